"""Programs that benchmarks talk to, each a process of its own: the fakes, Muster, the bare echo."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import psutil

_ECHO = Path(__file__).parent / "echo.py"
_CONSOLE = "from bot.cli import main; main()"
#: Seconds between looks at whether it is idle: each costs it milliseconds, which are measured.
_LOOKS_EVERY = 0.25
#: States of effects that are on their way.
_OPEN = ("waiting", "claimed")
#: Seconds that a process is given to end.
_PATIENCE = 30


@dataclass(frozen=True, slots=True)
class Slack:
    """The fake Slack."""

    settings: dict[str, str]
    session: aiohttp.ClientSession

    async def does(self, deed: str, **given: Any) -> Any:
        """What `tests/fakes/slack/control.py` does by that name."""
        url = f"{self.settings['control']}{deed}"
        async with self.session.post(url, json=given) as answer:
            told = await answer.json()
            assert answer.ok, told
            return told["result"]

    @property
    def credentials(self) -> dict[str, str]:
        """What Muster needs in its environment."""
        names = ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_API_URL")
        return {name: self.settings[name] for name in names}


@dataclass(frozen=True, slots=True)
class Feishu:
    """The fake Feishu, its app set to HTTP, and the (open_id, direct chat) of its people."""

    settings: dict[str, str]
    people: list[tuple[str, str]]

    @property
    def credentials(self) -> dict[str, str]:
        """What Muster needs in its environment."""
        return {**self.settings, "FEISHU_MODE": "webhook"}


@dataclass(frozen=True, slots=True)
class Server:
    """A process that takes requests."""

    port: int
    process: psutil.Process

    @property
    def cpu(self) -> float:
        """Seconds of the processor that it has used up to now."""
        used = self.process.cpu_times()
        return float(used.user + used.system)

    @property
    def memory(self) -> float:
        """MB that it holds now (RSS)."""
        return float(self.process.memory_info().rss) / 2**20

    async def idle(self) -> None:
        """Wait until its outbox is empty. TimeoutError: it is not, after ten minutes."""
        async with asyncio.timeout(600):
            await self.caught_up()
            while True:
                told = await self._told()
                if all(f'rows{{state="{state}"}} 0.0' in told for state in _OPEN):
                    return
                await asyncio.sleep(_LOOKS_EVERY)

    async def caught_up(self) -> None:
        """Wait until what it has acknowledged is carried out. At once for what counts no such."""
        while True:
            told = await self._told()
            if "muster_inbox_waiting" not in told or "muster_inbox_waiting 0.0" in told:
                return
            await asyncio.sleep(0.005)

    async def refused(self) -> int:
        """How many deliveries it has refused up to now."""
        lines = [line for line in (await self._told()).splitlines() if 'outcome="refused"' in line]
        return round(sum(float(line.split()[-1]) for line in lines if "_total" in line))

    async def _told(self) -> str:
        """Its metrics."""
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{self.port}/metrics") as answer,
        ):
            return await answer.text()


@asynccontextmanager
async def slack(lag: float = 0.0) -> AsyncIterator[Slack]:
    """A Slack without rate limits, whose every call of the Web API takes `lag` seconds."""
    options = ["--no-limits", "--lag", str(lag)]
    async with _printing("tests.fakes.slack", *options) as process:
        told = await asyncio.to_thread(_until, process, "}")
        async with aiohttp.ClientSession() as session:
            yield Slack(json.loads(told), session)


@asynccontextmanager
async def feishu(lag: float = 0.0, people: int = 2) -> AsyncIterator[Feishu]:
    """A Feishu without rate limits, whose every call takes `lag` seconds."""
    options = ["--no-limits", "--lag", str(lag), "--people", str(people)]
    keys = ["--encrypt-key", "a key for benchmarks", "--event-url", "http://127.0.0.1:9/none"]
    async with _printing("tests.fakes.feishu", *options, *keys) as process:
        told = await asyncio.to_thread(_until, process, "# all")
        lines = [line.partition("=") for line in told.splitlines() if line.startswith("FEISHU_")]
        settings = {name: value for name, _, value in lines}
        words = [line.split() for line in told.splitlines() if line.startswith("# person")]
        yield Feishu(settings, [(user, chat) for _, _, user, chat in words])


@asynccontextmanager
async def echo(database: str, secret: str, api: str = "") -> AsyncIterator[Server]:
    """The bare servers of `echo.py`, which write to a database of their own."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.echo", str(port), database, secret, api]
    async with _serving(command, {}, port) as server:
        yield server


@asynccontextmanager
async def muster(
    folder: Path, credentials: Mapping[str, str], database: str = "", program: str = ""
) -> AsyncIterator[Server]:
    """`muster run`; its home is `folder`, its database in there unless another is named.

    `program` is a module that does the same and something besides.
    """
    port = free_port()
    settings = {
        "MUSTER_HOME": str(folder),
        "MUSTER_PORT": str(port),
        "MUSTER_DATABASE_URL": database,
        "MUSTER_LOG_LEVEL": "error",
        # So few people send so much nowhere else.
        "MUSTER_PERSON_LIMIT": "0",
        "MUSTER_WORKSPACE_LIMIT": "0",
        **credentials,
    }
    how = ["-m", program] if program else ["-c", _CONSOLE]
    async with _serving([sys.executable, *how, "run"], settings, port) as server:
        yield server


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """This process's environment without what would set Muster up, and with `settings`."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("MUSTER_", "SLACK_", "FEISHU_")) and "proxy" not in name.lower()
    }
    return {**inherited, **settings}


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@asynccontextmanager
async def _printing(module: str, *options: str) -> AsyncIterator[subprocess.Popen[str]]:
    """A module run as a program, which prints how to reach it."""
    command = [sys.executable, "-m", module, *options]
    process = subprocess.Popen(  # noqa: ASYNC220  it only starts
        command,
        env=environment({}),
        stdin=subprocess.PIPE,  # the fake Feishu reads it
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        await _ended(process)


def _until(process: subprocess.Popen[str], last: str) -> str:
    """What it prints, up to a line."""
    assert process.stdout is not None
    told = ""
    for line in process.stdout:
        told += line
        if line.rstrip() == last:
            return told
    raise RuntimeError(told)


@asynccontextmanager
async def _serving(
    command: list[str], settings: Mapping[str, str], port: int
) -> AsyncIterator[Server]:
    process = subprocess.Popen(command, env=environment(settings))  # noqa: ASYNC220  it only starts
    try:
        await _listening(process, port)
        yield Server(port, psutil.Process(process.pid))
    finally:
        await _ended(process)


async def _ended(process: subprocess.Popen[Any]) -> None:
    """End it, and take what is left in its pipes, or one that prints would never end."""
    process.terminate()
    try:
        await asyncio.to_thread(process.communicate, timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        await asyncio.to_thread(process.communicate)
        raise


async def _listening(process: subprocess.Popen[Any], port: int) -> None:
    async with aiohttp.ClientSession() as session:
        for _ in itertools.repeat(None, 2400):
            assert process.poll() is None, "it ended"
            try:
                async with session.get(f"http://127.0.0.1:{port}/readyz") as answer:
                    if answer.status in {200, 404}:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.05)
    message = "it never listened"
    raise TimeoutError(message)
