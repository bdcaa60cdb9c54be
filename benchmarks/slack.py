"""Slash commands through HTTP, Bolt and the door, durably, beside a bare Bolt that only echoes.

Both are processes of their own, served by uvicorn in the same way (`process_before_response`), and
get the same signed requests. Then a burst of 300 commands at once, of people whom Muster has never
met, while every call of Slack's Web API takes 100 ms.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import aiohttp

from benchmarks.table import Row, ratio
from bot.core.clock import SystemClock
from tests.fakes.slack import FakeSlack

AT_ONCE = 32
COMMANDS = 3000
ROUNDS = 3
BURST = 300
STRANGERS = 100
LATENCY = 0.1
_TARGET = 0.1
#: The text of the commands that are counted; what they cost differs.
LINES = {
    "note": "note The gateway was restarted",
    "list": "list",
}
_ECHO = Path(__file__).parent / "echo.py"
_numbers = itertools.count()


@dataclass(frozen=True, slots=True)
class Server:
    """A process that takes slash commands."""

    url: str
    secret: str


def run() -> list[Row]:
    """Measure both in turns, so that both see the same machine."""
    return asyncio.run(_run())


async def _run() -> list[Row]:
    async with FakeSlack(record=None) as slack:
        slack.limits.on = False
        with tempfile.TemporaryDirectory(prefix=".bench-", dir=Path.cwd()) as folder:
            return await _measured(slack, Path(folder))


async def _measured(slack: FakeSlack, folder: Path) -> list[Row]:
    rates: dict[str, list[float]] = {"echo": [], **{name: [] for name in LINES}}
    asker = slack.team.person("Mei")
    general = slack.team.channel("general")
    async with _echo(slack) as echo, _muster(slack, folder) as muster:
        slack.delivers_to(muster.url)
        await asker.types("/warroom open Trouble", general)
        room = await slack.until(lambda: slack.team.named("wr-1-trouble"), patience=30)
        await slack.until(lambda: any(seen.is_pinned for seen in asker.sees(room)), patience=30)
        for _ in range(ROUNDS):
            rates["echo"].append(await _flood(slack, echo, asker.id, room.id, "echo"))
            for name, text in LINES.items():
                rates[name].append(await _flood(slack, muster, asker.id, room.id, text))
                await slack.quiet(patience=120)
        burst = await _burst(slack)
    floor = statistics.median(rates["echo"])
    rows = [Row("bare Bolt, echo", f"{floor:,.0f} /s")]
    for position, name in enumerate(LINES):
        rate = statistics.median(rates[name])
        rows.append(Row(f"Muster in Slack, {name}", f"{rate:,.0f} /s"))
        at_least = 0.5 if position == 0 else None
        rows.append(ratio(f"Muster ÷ bare Bolt, {name}", rate / floor, at_least=at_least))
    return [*rows, *burst]


async def _flood(slack: FakeSlack, server: Server, user: str, channel: str, text: str) -> float:
    requests = iter([_signed(slack, server, user, channel, text) for _ in range(COMMANDS)])
    connector = aiohttp.TCPConnector(limit=AT_ONCE)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def one_after_another() -> None:
            for body, headers in requests:
                async with session.post(server.url, data=body, headers=headers) as answer:
                    await answer.read()
                    assert answer.ok, answer.status

        start = time.perf_counter()
        await asyncio.gather(*(one_after_another() for _ in range(AT_ONCE)))
        return COMMANDS / (time.perf_counter() - start)


def _signed(
    slack: FakeSlack, server: Server, user: str, channel: str, text: str
) -> tuple[bytes, dict[str, str]]:
    """A slash command as Slack sends it, with a trigger of its own."""
    body = urlencode(
        {
            "command": "/warroom",
            "text": text,
            "user_id": user,
            "user_name": "somebody",
            "team_id": slack.team.id,
            "channel_id": channel,
            "trigger_id": f"{next(_numbers)}.bench",
            "response_url": "",
        }
    ).encode()
    stamp = str(int(SystemClock().now().timestamp()))
    digest = hmac.new(server.secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256)
    return body, {
        "content-type": "application/x-www-form-urlencoded",
        "x-slack-request-timestamp": stamp,
        "x-slack-signature": f"v0={digest.hexdigest()}",
    }


async def _burst(slack: FakeSlack) -> list[Row]:
    """300 commands at once; how long each waits for its acknowledgement, and which are answered."""
    people = [slack.team.person(f"Stranger {number}") for number in range(STRANGERS)]
    lag = slack.faults.lag(LATENCY)
    answers = [
        people[number % STRANGERS].types("/warroom list", "general") for number in range(BURST)
    ]
    start = time.perf_counter()
    results = await asyncio.gather(*answers)
    waited = sorted(result.seconds for result in results)
    await slack.until(lambda: all(result.said for result in results), patience=60)
    took = time.perf_counter() - start
    lag.lift()
    slow = waited[int(len(waited) * 0.99) - 1]
    return [
        Row(
            f"burst of {BURST} at {LATENCY * 1000:.0f} ms: acknowledged, p50",
            _ms(waited[BURST // 2]),
        ),
        Row(f"burst of {BURST}: acknowledged, p99", _ms(slow), "≤ 100 ms", slow <= _TARGET),
        Row(f"burst of {BURST}: all {BURST} answers shown after", f"{took:.2f} s"),
    ]


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


@asynccontextmanager
async def _echo(slack: FakeSlack) -> AsyncIterator[Server]:
    port = _free_port()
    command = [sys.executable, str(_ECHO), str(port), slack.api, slack.signing_secret]
    async with _process(command, {}, port):
        yield Server(f"http://127.0.0.1:{port}/slack/events", slack.signing_secret)


@asynccontextmanager
async def _muster(slack: FakeSlack, folder: Path) -> AsyncIterator[Server]:
    port = _free_port()
    settings = {
        "MUSTER_HOME": str(folder),
        "MUSTER_PORT": str(port),
        "MUSTER_LOG_LEVEL": "error",
        "SLACK_BOT_TOKEN": slack.team.bot_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "SLACK_API_URL": slack.api,
    }
    command = [sys.executable, "-c", "from bot.cli import main; main()", "run"]
    async with _process(command, settings, port):
        yield Server(f"http://127.0.0.1:{port}/slack/events", slack.signing_secret)


@asynccontextmanager
async def _process(command: list[str], settings: dict[str, str], port: int) -> AsyncIterator[None]:
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("MUSTER_", "SLACK_", "FEISHU_")) and "proxy" not in name.lower()
    }
    process = subprocess.Popen(command, env=inherited | settings)  # noqa: ASYNC220  it only starts
    try:
        await _listening(process, port)
        yield
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait, 30)


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
