"""Slash commands through HTTP, Bolt and the door, durably, beside a bare Bolt that only echoes.

Three processes: a Slack whose every Web API call takes 100 ms, Muster, and the echo; the last two
are served by uvicorn in the same way (`process_before_response`) and get the same signed requests.
Then bursts of 300 commands, each on a connection of its own, all sent at once: to the echo, to
Muster of people whom it has never met, and of the same people again.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from benchmarks.table import Row, ratio
from bot.core.clock import SystemClock

AT_ONCE = 32
COMMANDS = 3000
ROUNDS = 3
BURST = 300
STRANGERS = 100
LATENCY = 0.1
_TARGET = 0.1
_PATIENCE = 60
#: The text of the commands that are counted; what they cost differs.
LINES = {
    "note": "note The gateway was restarted",
    "list": "list",
}
_ECHO = Path(__file__).parent / "echo.py"
_numbers = itertools.count()


def run() -> list[Row]:
    """Measure both in turns, so that both see the same machine."""
    return asyncio.run(_run())


async def _run() -> list[Row]:
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=Path.cwd()) as folder:
        async with (
            _slack() as slack,
            _echo(slack) as echo,
            _muster(slack, Path(folder)) as muster,
            _ears() as ears,
        ):
            return await _measured(slack, echo, muster, ears)


async def _measured(slack: Slack, echo: Server, muster: Server, ears: Ears) -> list[Row]:
    rates: dict[str, list[float]] = {"echo": [], **{name: [] for name in LINES}}
    await slack.does("delivers", url=muster.url)
    mei = await slack.does("person", name="Mei")
    general = await slack.does("channel", name="general")
    await slack.does("types", person="Mei", line="/warroom open Trouble", channel="general")
    await muster.idle()
    asker = _Asker(mei, await slack.does("channel", name="wr-1-trouble"))
    for _ in range(ROUNDS):
        rates["echo"].append(await _flood(slack, echo, asker, "echo", ears))
        for name, text in LINES.items():
            rates[name].append(await _flood(slack, muster, asker, text, ears))
            await muster.idle()
    floor = statistics.median(rates["echo"])
    rows = [Row("bare Bolt, echo", f"{floor:,.0f} /s")]
    for position, name in enumerate(LINES):
        rate = statistics.median(rates[name])
        rows.append(Row(f"Muster in Slack, {name}", f"{rate:,.0f} /s"))
        at_least = 0.5 if position == 0 else None
        rows.append(ratio(f"Muster ÷ bare Bolt, {name}", rate / floor, at_least=at_least))
    names = [f"Stranger {number}" for number in range(STRANGERS)]
    people = [_Asker(await slack.does("person", name=name), general) for name in names]
    rows += await _burst(slack, echo, people, ears, "echo")
    rows += await _burst(slack, muster, people, ears, "list, strangers")
    await muster.idle()
    return rows + await _burst(slack, muster, people, ears, "list, known")


# The processes.


@dataclass(frozen=True, slots=True)
class Slack:
    """The fake, as a process of its own."""

    settings: dict[str, str]
    session: aiohttp.ClientSession

    async def does(self, deed: str, **given: Any) -> Any:
        """What `tests/fakes/slack/control.py` does by that name."""
        url = f"{self.settings['control']}{deed}"
        async with self.session.post(url, json=given) as answer:
            told = await answer.json()
            assert answer.ok, told
            return told["result"]


@dataclass(frozen=True, slots=True)
class Server:
    """A process that takes slash commands."""

    port: int

    @property
    def url(self) -> str:
        """Where it takes them."""
        return f"http://127.0.0.1:{self.port}/slack/events"

    async def idle(self) -> None:
        """Wait until its outbox is empty."""
        async with aiohttp.ClientSession() as session:
            for _ in range(6000):
                async with session.get(f"http://127.0.0.1:{self.port}/metrics") as answer:
                    told = await answer.text()
                if 'muster_outbox_rows{state="waiting"} 0.0' in told and (
                    'muster_outbox_rows{state="claimed"} 0.0' in told
                ):
                    return
                await asyncio.sleep(0.02)
        message = "its outbox never was empty"
        raise TimeoutError(message)


@dataclass(slots=True)
class Ears:
    """Hears what is answered through response_urls, by the number in them."""

    port: int
    heard: set[int] = field(default_factory=set)

    def url(self, number: int) -> str:
        """The response_url of a command."""
        return f"http://127.0.0.1:{self.port}/answer/{number}"

    async def hear_all(self, count: int, start: float) -> None:
        """Wait until so many commands have been answered."""
        while len(self.heard) < count:
            assert time.perf_counter() - start < _PATIENCE, f"only {len(self.heard)} were answered"
            await asyncio.sleep(0.005)


@asynccontextmanager
async def _slack() -> AsyncIterator[Slack]:
    options = ["--no-limits", "--lag", str(LATENCY)]
    command = [sys.executable, "-m", "tests.fakes.slack", *options]
    process = subprocess.Popen(command, env=_environment({}), stdout=subprocess.PIPE, text=True)  # noqa: ASYNC220  it only starts
    try:
        settings = await asyncio.to_thread(_printed, process)
        async with aiohttp.ClientSession() as session:
            yield Slack(settings, session)
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait, 30)


def _printed(process: subprocess.Popen[str]) -> dict[str, str]:
    """The JSON object that it prints at first."""
    assert process.stdout is not None
    told = ""
    for line in process.stdout:
        told += line
        if line.rstrip() == "}":
            break
    found: dict[str, str] = json.loads(told)
    return found


@asynccontextmanager
async def _echo(slack: Slack) -> AsyncIterator[Server]:
    server = Server(_free_port())
    api, secret = slack.settings["SLACK_API_URL"], slack.settings["SLACK_SIGNING_SECRET"]
    async with _process([sys.executable, str(_ECHO), str(server.port), api, secret], {}, server):
        yield server


@asynccontextmanager
async def _muster(slack: Slack, folder: Path) -> AsyncIterator[Server]:
    server = Server(_free_port())
    names = ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_API_URL")
    settings = {
        "MUSTER_HOME": str(folder),
        "MUSTER_PORT": str(server.port),
        "MUSTER_LOG_LEVEL": "error",
        "MUSTER_PERSON_LIMIT": "0",
        "MUSTER_WORKSPACE_LIMIT": "0",
        **{name: slack.settings[name] for name in names},
    }
    command = [sys.executable, "-c", "from bot.cli import main; main()", "run"]
    async with _process(command, settings, server):
        yield server


@asynccontextmanager
async def _process(
    command: list[str], settings: dict[str, str], server: Server
) -> AsyncIterator[None]:
    process = subprocess.Popen(command, env=_environment(settings))  # noqa: ASYNC220  it only starts
    try:
        await _listening(process, server.port)
        yield
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait, 30)


def _environment(settings: dict[str, str]) -> dict[str, str]:
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("MUSTER_", "SLACK_", "FEISHU_")) and "proxy" not in name.lower()
    }
    return inherited | settings


async def _listening(process: subprocess.Popen[bytes], port: int) -> None:
    async with aiohttp.ClientSession() as session:
        for _ in range(600):
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


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@asynccontextmanager
async def _ears() -> AsyncIterator[Ears]:
    ears = Ears(_free_port())

    async def hear(request: web.Request) -> web.Response:
        await request.read()
        ears.heard.add(int(request.match_info["number"]))
        return web.Response(text="ok")

    app = web.Application()
    app.router.add_post("/answer/{number}", hear)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", ears.port).start()
    try:
        yield ears
    finally:
        await runner.cleanup()


# The requests.


@dataclass(frozen=True, slots=True)
class _Asker:
    """Somebody, and where they type."""

    user: str
    channel: str


def _request(slack: Slack, server: Server, asker: _Asker, text: str, url: str = "") -> bytes:
    """A slash command as Slack sends it, with a trigger of its own."""
    body = urlencode(
        {
            "command": "/warroom",
            "text": text,
            "user_id": asker.user,
            "user_name": "somebody",
            "team_id": slack.settings["team"],
            "channel_id": asker.channel,
            "trigger_id": f"{next(_numbers)}.bench",
            "response_url": url,
        }
    ).encode()
    stamp = str(int(SystemClock().now().timestamp()))
    secret = slack.settings["SLACK_SIGNING_SECRET"].encode()
    digest = hmac.new(secret, f"v0:{stamp}:".encode() + body, hashlib.sha256)
    head = (
        f"POST /slack/events HTTP/1.1\r\nhost: 127.0.0.1:{server.port}\r\n"
        "content-type: application/x-www-form-urlencoded\r\n"
        f"content-length: {len(body)}\r\nx-slack-request-timestamp: {stamp}\r\n"
        f"x-slack-signature: v0={digest.hexdigest()}\r\n\r\n"
    )
    return head.encode() + body


class _Line:
    """A connection that takes one request after another: as little as there has to be."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def to(cls, server: Server) -> _Line:
        return cls(*await asyncio.open_connection("127.0.0.1", server.port))

    async def ask(self, request: bytes) -> bytes:
        """The body of the answer. ValueError: it was refused."""
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise ValueError(head)
        fields = dict(line.split(b": ", 1) for line in head.lower().split(b"\r\n")[1:-2])
        return await self._reader.readexactly(int(fields[b"content-length"]))

    def close(self) -> None:
        self._writer.close()


async def _flood(slack: Slack, server: Server, asker: _Asker, text: str, ears: Ears) -> float:
    """Commands a second, so many at a time, until the last is answered."""
    requests = iter(
        [(n, _request(slack, server, asker, text, ears.url(n))) for n in range(COMMANDS)]
    )
    lines = [await _Line.to(server) for _ in range(AT_ONCE)]
    ears.heard.clear()

    async def one_after_another(line: _Line) -> None:
        for number, request in requests:
            if await line.ask(request):
                ears.heard.add(number)

    start = time.perf_counter()
    await asyncio.gather(*map(one_after_another, lines))
    await ears.hear_all(COMMANDS, start)
    took = time.perf_counter() - start
    for line in lines:
        line.close()
    return COMMANDS / took


async def _burst(
    slack: Slack, server: Server, people: list[_Asker], ears: Ears, what: str
) -> list[Row]:
    """300 commands at once; how long each waits for its acknowledgement, and which are answered."""
    requests = [
        _request(slack, server, people[n % len(people)], "list", ears.url(n)) for n in range(BURST)
    ]
    lines = [await _Line.to(server) for _ in range(BURST)]
    ears.heard.clear()
    waited: list[float] = []
    start = time.perf_counter()

    async def sent(number: int) -> None:
        body = await lines[number].ask(requests[number])
        waited.append(time.perf_counter() - start)
        if body:
            ears.heard.add(number)

    await asyncio.gather(*map(sent, range(BURST)))
    await ears.hear_all(BURST, start)
    took = time.perf_counter() - start
    for line in lines:
        line.close()
    waited.sort()
    slow = waited[int(BURST * 0.99) - 1]
    title = f"burst of {BURST} at {LATENCY * 1000:.0f} ms, {what}"
    target = ("", None) if what == "echo" else (f"≤ {_ms(_TARGET)}", slow <= _TARGET)
    return [
        Row(f"{title}: acknowledged, p50", _ms(waited[BURST // 2])),
        Row(f"{title}: acknowledged, p99", _ms(slow), *target),
        Row(f"{title}: all {BURST} answers shown after", f"{took:.2f} s"),
    ]


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"
