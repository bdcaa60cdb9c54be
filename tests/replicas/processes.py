"""Replicas as processes of their own, `muster run` several times, beside a platform's fake.

async with FakeSlack() as slack, replicas(tmp_path, postgres_url, slack_settings(slack)) as them:
    first, second = await them.start("all"), await them.start("worker")
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from adapters.slack.manifest import SCOPES, manifest
from bot.bootstrap import registry
from tests.fakes.feishu import App, FakeFeishu
from tests.fakes.slack import FakeSlack
from tests.running import Running


def slack_settings(slack: FakeSlack, *, socket: bool) -> dict[str, str]:
    """What makes a Muster of the fake's app, which knows its commands and scopes from then on."""
    slack.manifest(manifest(registry().commands.values()))
    slack.team.grants(SCOPES)
    return {
        "SLACK_BOT_TOKEN": slack.team.bot_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "SLACK_APP_TOKEN": slack.app_token if socket else "",
        "SLACK_API_URL": slack.api,
    }


def feishu_settings(feishu: FakeFeishu, app: App) -> dict[str, str]:
    """As above, for a long connection, that comes back as soon as the server may ask for."""
    feishu.sockets.tell_config(ReconnectInterval=1, ReconnectNonce=0, PingInterval=60)
    return {
        "FEISHU_APP_ID": app.id,
        "FEISHU_APP_SECRET": app.secret,
        "FEISHU_DOMAIN": feishu.url,
    }


class Replicas:
    """Those of one test. Each has a home of its own, with its settings in a file `.env`."""

    def __init__(self, home: Path, url: str, settings: dict[str, str]) -> None:
        self._home = home
        self._url = url
        self._settings = settings
        self.running: list[Running] = []

    async def start(self, role: str = "all") -> Running:
        """One more, once it says that it is ready to answer."""
        home = self._home / f"replica-{len(self.running)}"
        home.mkdir()
        lines = [f"{name}='{value}'" for name, value in self._settings.items()]
        (home / ".env").write_text("\n".join(lines))
        started = Running(home, database_url=self._url, role=role, playground="off")
        self.running.append(started)
        await self.until(lambda: _is_ready(started), within=90.0)
        return started

    @staticmethod
    async def until(condition: Any, within: float = 30.0) -> None:
        """Wait, without stopping the fake, until `condition` holds."""
        async with asyncio.timeout(within):
            while not await asyncio.to_thread(condition):  # noqa: ASYNC110  nobody tells
                await asyncio.sleep(0.02)

    def end(self) -> None:
        for each in self.running:
            if each.process.poll() is None:
                each.process.kill()
            each.wait()  # also closes the pipes of one that was killed before


def _is_ready(process: Running) -> bool:
    assert process.process.poll() is None, process.logs[-5:]
    if not any(log["event"] == "ready" for log in process.logs):
        return False
    try:
        status, _ = process.get("/readyz")
    except OSError:
        return False
    return status == 200


def connected(process: Running) -> bool:
    """Whether it is the one that holds a platform's connection."""
    return "connected_seconds" in json.loads(process.get("/readyz")[1])


@asynccontextmanager
async def replicas(home: Path, url: str, settings: dict[str, str]) -> AsyncIterator[Replicas]:
    """Ended for certain."""
    them = Replicas(home, url, settings)
    try:
        yield them
    finally:
        await asyncio.to_thread(them.end)
