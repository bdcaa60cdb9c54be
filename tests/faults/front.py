"""A Muster as a process of its own, with everything at its front door: Slack, Feishu, a browser.

The platforms are in this process. Muster has as many files as a machine gives by default (1,024),
and both its own database and whatever else is wrong with its world are the line's to choose.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
from sqlalchemy import Engine as SqlEngine
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from adapters.slack.manifest import SCOPES, manifest
from bot.bootstrap import registry
from tests.fakes.feishu import App, FakeFeishu, TenantDesk
from tests.fakes.slack import FakeSlack
from tests.faults.finding import Engine
from tests.running import ROOT

T = TypeVar("T")
#: What a shell may hold and Bolt, aiohttp or the SDKs would read.
_TRAPS = ("MUSTER_", "SLACK_", "FEISHU_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
#: Files that a process may open on most machines.
FILES = 1024
#: Seconds that it has to start: much is done at once where all this is measured.
STARTING = 240
KEY, TOKEN = "a key of some length", "a verification token"


@contextlib.contextmanager
def database(engine: Engine, home: Path) -> Iterator[str]:
    """The URL of a new database. NoServer: PostgreSQL cannot be had here."""
    if engine == "sqlite":
        yield f"sqlite:///{home / 'muster.db'}"
        return
    from tests.postgres import Run, address_in

    run = Run()
    try:
        yield address_in(run.folder)
    finally:
        run.end()


def dsn(url: str) -> str:
    """What psycopg takes."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


async def until(
    condition: Callable[[], object], within: float = 30.0, *, every: float = 0.02
) -> float:
    """Wait until it holds; how many seconds that took. AssertionError if it does not by then."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < within, f"not within {within} s: {condition}"
        await asyncio.sleep(every)
    return time.monotonic() - began


async def found(look: Callable[[], T | None], within: float = 30.0) -> T:
    """What `look` finds, as soon as it does. AssertionError if it does not by then."""
    await until(lambda: look() is not None, within)
    seen = look()
    assert seen is not None
    return seen


@dataclass
class Front:
    """Everybody there is."""

    home: Path
    url: str
    slack: FakeSlack
    feishu: FakeFeishu
    tenant: TenantDesk
    app: App
    port: int
    env: dict[str, str]
    program: str = "bot.cli"
    browser: aiohttp.ClientSession = field(init=False)
    process: subprocess.Popen[bytes] = field(init=False)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """All that it has written so far."""
        return (self.home / "log").read_text(encoding="utf-8")

    @property
    def files(self) -> int:
        """How many files it has open."""
        return sum(1 for _ in Path(f"/proc/{self.process.pid}/fd").iterdir())

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    def start(self) -> None:
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        with (self.home / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", self.program, "run"],
                cwd=self.home,
                env=self.env,
                stdout=log,
                stderr=log,
            )
        # Long before it counts them: it has yet to be loaded.
        resource.prlimit(self.process.pid, resource.RLIMIT_NOFILE, (min(FILES, hard), hard))

    async def is_ready(self) -> bool:
        """Whether it says so itself."""

        def ask() -> bool:
            try:
                with urllib.request.urlopen(f"{self.address}/readyz", timeout=5) as answer:  # noqa: S310  ours
                    return bool(answer.status == 200)
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                return False

        return await asyncio.to_thread(ask)

    async def up(self) -> None:
        """Wait until it serves."""
        end = time.monotonic() + STARTING
        while not await self.is_ready():
            assert self.is_alive, f"it ended: {self.log[-3000:]}"
            assert time.monotonic() < end, f"never ready: {self.log[-3000:]}"
            await asyncio.sleep(0.05)

    async def stop(self) -> None:
        self.process.terminate()
        try:
            await asyncio.to_thread(self.process.wait, 20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            await asyncio.to_thread(self.process.wait, 20)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What stands in its database, seen from outside."""
        with self._engine().connect() as conn:
            return [tuple(row) for row in conn.execute(text(query))]

    def change(self, statement: str) -> None:
        """Put something in its database right, from outside."""
        with self._engine().begin() as conn:
            conn.execute(text(statement))

    def _engine(self) -> SqlEngine:
        url = make_url(self.url)
        if url.get_backend_name() == "postgresql":
            url = url.set(drivername="postgresql+psycopg")
        return create_engine(url, poolclass=NullPool)

    def count(self, query: str) -> int:
        return int(self.rows(query)[0][0])

    def titles(self) -> list[str]:
        """Of the war rooms there are."""
        return sorted(title for (title,) in self.rows("SELECT title FROM room"))

    def waiting(self) -> int:
        """Effects on their way, and deliveries that are only noted yet."""
        return self.count(
            "SELECT (SELECT COUNT(*) FROM outbox WHERE state IN ('waiting', 'claimed'))"
            " + (SELECT COUNT(*) FROM inbox WHERE waiting IS NOT NULL)"
        )

    async def say(self, words: str, channel: str, who: str) -> int:
        """Type something in the playground, over a connection of its own; the HTTP status."""
        body = {"as": who, "channel": channel, "text": words}
        return await self.post("/playground/api/say", body)

    async def post(self, path: str, body: dict[str, Any]) -> int:
        """The status of the answer; 0 if there was none within ten seconds."""
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            async with self.browser.post(self.address + path, json=body) as answer:
                return answer.status
        return 0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@contextlib.asynccontextmanager
async def front(
    home: Path, url: str, *, program: str = "bot.cli", **settings: str
) -> AsyncIterator[Front]:
    """All of it, until the block is left. `settings` are more of the environment."""
    async with FakeSlack(record=None) as slack, FakeFeishu() as feishu:
        slack.manifest(manifest(registry().commands.values(), prefix=""))
        slack.team.grants(SCOPES)
        tenant = feishu.tenant()
        app = tenant.app(encrypt_key=KEY, verification_token=TOKEN)
        port = free_port()
        env = {k: v for k, v in os.environ.items() if not k.upper().startswith(_TRAPS)}
        env |= {
            "PYTHONPATH": str(ROOT),
            "MUSTER_HOME": str(home),
            "MUSTER_PORT": str(port),
            "MUSTER_DATABASE_URL": url,
            "MUSTER_PLAYGROUND": "on",
            "MUSTER_LOG_FORMAT": "json",
            "SLACK_BOT_TOKEN": slack.team.bot_token,
            "SLACK_SIGNING_SECRET": slack.signing_secret,
            "SLACK_API_URL": slack.api,
            "FEISHU_APP_ID": app.id,
            "FEISHU_APP_SECRET": app.secret,
            "FEISHU_ENCRYPT_KEY": KEY,
            "FEISHU_VERIFICATION_TOKEN": TOKEN,
            "FEISHU_MODE": "webhook",
            "FEISHU_DOMAIN": feishu.url,
            **settings,
        }
        on = Front(home, url, slack, feishu, tenant, app, port, env, program)
        connector = aiohttp.TCPConnector(force_close=True, limit=0)
        patience = aiohttp.ClientTimeout(total=10)
        async with aiohttp.ClientSession(connector=connector, timeout=patience) as on.browser:
            on.start()
            try:
                await on.up()
                slack.delivers_to(f"{on.address}/slack/events")
                app.event_url = f"{on.address}/feishu/events"
                app.card_url = f"{on.address}/feishu/cards"
                yield on
            finally:
                await on.stop()
