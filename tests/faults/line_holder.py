"""The holder of a platform's connection dies or is stopped: another replica follows, one at a time.

Two replicas, processes of their own, on one PostgreSQL, at a Slack in Socket Mode and a Feishu with
a long connection. Again and again the one that holds Slack's socket is killed, or told to stop.
"""

from __future__ import annotations

import asyncio
import json
import random
import signal
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.fakes.feishu import App, FakeFeishu
from tests.fakes.slack import FakeSlack
from tests.faults.finding import Engine, Finding, Scale
from tests.replicas.processes import Replicas, feishu_settings, replicas, slack_settings
from tests.running import Running

TITLE = "the holder of a connection is killed, or stopped"
ENGINES: tuple[Engine, ...] = ("postgresql",)
#: Seconds without a connection: after a kill, and after the end of one that was told to stop.
KILLED, STOPPED = 10.0, 3.0
ROUNDS = {"short": 1, "long": 10}


@dataclass
class Seen:
    killed: list[float] = field(default_factory=list)
    stopped: list[float] = field(default_factory=list)
    #: Connections that a platform had at the same time, the most.
    most: int = 0
    #: Commands that were typed after a change and had no effect.
    deaf: int = 0


def measure(scale: Scale, engine: Engine, seed: int) -> list[Finding]:
    """As `finding` says."""
    from tests.engines import Postgres
    from tests.postgres import Run, address_in

    assert engine == "postgresql"
    hows = [signal.SIGKILL, signal.SIGTERM] * ROUNDS[scale]
    random.Random(seed).shuffle(hows)
    run = Run()
    try:
        server = Postgres(address_in(run.folder))
        with tempfile.TemporaryDirectory(prefix="muster-holder-") as folder:
            seen = asyncio.run(_measured(Path(folder), server.copy(), hows))
        server.close()
    finally:
        run.end()
    return [
        _within("seconds without a connection after kill -9, longest", seen.killed, KILLED),
        _within("… after the end of one that was stopped, longest", seen.stopped, STOPPED),
        Finding("connections at the same time, most", str(seen.most), "1", seen.most == 1),
        Finding("commands unheard afterwards", f"{seen.deaf}", "0", seen.deaf == 0),
    ]


def _within(what: str, found: list[float], most: float) -> Finding:
    longest = max(found)
    return Finding(what, f"{longest:.1f} (of {len(found)})", f"≤ {most:g}", longest <= most)


async def _measured(folder: Path, url: str, hows: list[signal.Signals]) -> Seen:
    async with FakeSlack() as slack, FakeFeishu() as feishu:
        app = feishu.tenant().app()
        given = slack_settings(slack, socket=True) | feishu_settings(feishu, app)
        async with replicas(folder, url, given) as them:
            site = _Site(slack, feishu, app, them)
            await them.start()
            await site.connected()
            for number, how in enumerate(hows):
                await them.start()
                await site.lose_holder(how)
                await site.ask(f"Room {number}")
        return site.seen


@dataclass
class _Site:
    slack: FakeSlack
    feishu: FakeFeishu
    app: App
    them: Replicas
    seen: Seen = field(default_factory=Seen)

    def _is_connected(self) -> bool:
        counts = len(self.slack.socket.connections), len(self.feishu.sockets.of(self.app))
        self.seen.most = max(self.seen.most, *counts)
        return counts == (1, 1)

    async def connected(self) -> None:
        """Wait until each platform has its connection."""
        await self.them.until(self._is_connected)

    async def lose_holder(self, how: signal.Signals) -> None:
        """End the process that holds Slack's socket; note how long nobody did."""
        alive = [each for each in self.them.running if each.process.poll() is None]
        held = [await asyncio.to_thread(_holds_slack, each) for each in alive]
        holder, heir = alive if held[0] else reversed(alive)
        holder.process.send_signal(how)
        await self.them.until(lambda: self._is_connected() is None or _has_ended(holder))
        ended = time.monotonic()
        await self.them.until(lambda: self._is_connected() and _holds_slack(heir))
        took = time.monotonic() - ended
        (self.seen.killed if how is signal.SIGKILL else self.seen.stopped).append(took)

    async def ask(self, title: str) -> None:
        """Somebody opens a room: the new holder has to hear it."""
        before = len(self.slack.called("conversations.create"))
        mei = self.slack.team.person(f"Mei {title}")
        await mei.types(f"/warroom open {title}", self.slack.team.named("general"))
        try:
            await self.slack.until(
                lambda: len(self.slack.called("conversations.create")) > before, patience=30
            )
        except AssertionError:
            self.seen.deaf += 1


def _has_ended(process: Running) -> bool:
    return process.process.poll() is not None


def _holds_slack(process: Running) -> bool:
    return "slack" in json.loads(process.get("/readyz")[1]).get("connected_seconds", {})
