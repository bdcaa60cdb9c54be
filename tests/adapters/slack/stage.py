"""Muster as in production, and a Slack beside it: both ways in.

async with stage(tmp_path, "http") as on:
    mei = on.team.person("Mei", locale="zh-CN", tz="Asia/Shanghai")
    await mei.types("/warroom open Payment timeouts", on.general)
    await on.settled()
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import uvicorn
from sqlalchemy import Connection

from adapters.slack.adapter import Slack
from adapters.slack.manifest import SCOPES, manifest
from bot.alarm import Alarm
from bot.bootstrap import Muster, build, registry
from bot.core.clock import Clock
from bot.settings import Settings
from bot.web import app
from storage import inbox, outbox
from tests.fakes.slack import FakeSlack

Mode = Literal["http", "socket"]
MODES: tuple[Mode, ...] = ("http", "socket")


@dataclass
class Stage:
    """A Slack, and the Muster that listens to it."""

    slack: FakeSlack
    muster: Muster
    address: str
    settings: Settings
    _closers: list[Callable[[], Any]] = field(default_factory=list)

    @property
    def team(self) -> Any:
        return self.slack.team

    @property
    def general(self) -> Any:
        return self.team.named("general") or self.team.channel("general")

    @property
    def adapter(self) -> Slack:
        found = self.muster.adapters["slack"]
        assert isinstance(found, Slack)
        return found

    async def settled(self) -> None:
        """Wait until nothing is on its way any more, in or out."""

        def waiting(conn: Connection) -> int:
            counts = outbox.counts(conn)
            on_its_way = counts.get("waiting", 0) + counts.get("claimed", 0)
            return on_its_way + inbox.count_waiting(conn)

        for _ in range(3):
            await self.slack.quiet()
            while await self.muster.db.read(waiting):  # noqa: ASYNC110  nobody tells when
                await asyncio.sleep(0.01)  # the outbox is what is waited for, not the time

    async def caught_up(self) -> None:
        """Wait until everything that was acknowledged is done; it may not have been told yet."""
        while await self.muster.db.read(inbox.count_waiting):  # noqa: ASYNC110  nobody tells when
            await asyncio.sleep(0.01)

    async def room(self, key: str) -> Any:
        """The channel of a war room, once it is there."""
        name = key.lower()
        return await self.slack.until(
            lambda: next(
                (c for c in self.team.channels.values() if c.name.startswith(f"{name}-")), None
            )
        )


@asynccontextmanager
async def stage(
    home: Path,
    mode: Mode,
    *,
    slack: FakeSlack | None = None,
    clock: Clock | None = None,
    **settings: Any,
) -> AsyncIterator[Stage]:
    """Muster and a Slack, until the block is left. `settings` are more of Muster's own."""
    own = slack is None
    fake = slack or FakeSlack()
    if own:
        await fake.__aenter__()
    try:
        async with _muster(fake, home, mode, clock, settings) as made:
            yield made
    finally:
        if own:
            await fake.__aexit__(None, None, None)


#: For what is kept encrypted.
KEY = "a secret key that nobody guesses"


@asynccontextmanager
async def oauth_stage(home: Path, slack: FakeSlack, **more: Any) -> AsyncIterator[Stage]:
    """Muster over HTTP for whoever installs it."""
    given = {
        "slack_bot_token": "",
        "slack_client_id": slack.client_id,
        "slack_client_secret": slack.client_secret,
        "secret_key": KEY,
        **more,
    }
    async with stage(home, "http", slack=slack, **given) as on:
        yield on


@asynccontextmanager
async def _muster(
    fake: FakeSlack, home: Path, mode: Mode, clock: Clock | None, more: dict[str, Any]
) -> AsyncIterator[Stage]:
    given: dict[str, Any] = {
        "home": home,
        "playground": "off",
        "slack_bot_token": fake.team.bot_token,
        "slack_signing_secret": fake.signing_secret,
        "slack_app_token": fake.app_token if mode == "socket" else "",
        "slack_api_url": fake.api,
        **more,
    }
    settings = Settings.without_file(**given)
    fake.manifest(manifest(registry().commands.values(), prefix=settings.slack_command_prefix))
    if fake.team.installation is not None:
        fake.team.grants(SCOPES)  # what the manifest asks for, and nothing else
    muster = build(settings, clock=clock, alarm=Alarm)
    server, serving, address = await _served(muster)
    fake.delivers_to(f"{address}/slack/events") if mode == "http" else None
    await muster.start()
    adapter = muster.adapters["slack"]
    assert isinstance(adapter, Slack)
    await asyncio.wait_for(adapter.ready.wait(), 20)
    try:
        yield Stage(fake, muster, address, settings)
    finally:
        server.should_exit = True
        await serving
        await muster.stop()


async def _served(muster: Muster) -> tuple[uvicorn.Server, asyncio.Task[None], str]:
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    port = sock.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app(muster), log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve([sock]))
    while not server.started:  # noqa: ASYNC110  it tells nobody
        await asyncio.sleep(0.01)  # it says so itself
    return server, serving, f"http://127.0.0.1:{port}"
