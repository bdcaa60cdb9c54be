"""Commands as Slack and Feishu send them, signed, and how long each waits to be acknowledged."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import json
import secrets
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode

from aiohttp import web

from benchmarks.processes import Feishu, Server, Slack, free_port
from bot.core.clock import SystemClock
from tests.fakes.feishu.webhook import encrypt, signature

_PATIENCE = 60
_numbers = itertools.count()
#: Makes the n-th request to a server.
Ask = Callable[[Server, int], bytes]


@dataclass(frozen=True, slots=True)
class Asker:
    """Somebody of Slack's, and where they type."""

    user: str
    channel: str


def slash(
    slack: Slack, askers: Sequence[Asker], line: str, url: Callable[[int], str] = lambda _: ""
) -> Ask:
    """`/warroom …` as Slack posts it, of one after the other; `url` gives response_urls."""
    command, _, text = line.partition(" ")

    def ask(server: Server, number: int) -> bytes:
        asker = askers[number % len(askers)]
        body = urlencode(
            {
                "command": command,
                "text": text,
                "user_id": asker.user,
                "user_name": "somebody",
                "team_id": slack.settings["team"],
                "channel_id": asker.channel,
                "trigger_id": f"{next(_numbers)}.bench",
                "response_url": url(number),
            }
        ).encode()
        stamp = _stamp()
        secret = slack.settings["SLACK_SIGNING_SECRET"].encode()
        digest = hmac.new(secret, f"v0:{stamp}:".encode() + body, hashlib.sha256)
        headers = {
            "content-type": "application/x-www-form-urlencoded",
            "x-slack-request-timestamp": stamp,
            "x-slack-signature": f"v0={digest.hexdigest()}",
        }
        return _post(server, "/slack/events", body, headers)

    return ask


def message(feishu: Feishu, people: Sequence[tuple[str, str]], text: str) -> Ask:
    """Words to Muster alone as Feishu posts them, encrypted, of one after the other."""
    key, app = feishu.settings["FEISHU_ENCRYPT_KEY"], feishu.settings["FEISHU_APP_ID"]

    def ask(server: Server, number: int) -> bytes:
        user, chat = people[number % len(people)]
        header = {
            "event_id": secrets.token_hex(16),
            "event_type": "im.message.receive_v1",
            "token": feishu.settings["FEISHU_VERIFICATION_TOKEN"],
            "app_id": app,
        }
        said = {
            "message_id": f"om_{secrets.token_hex(8)}",
            "chat_id": chat,
            "chat_type": "p2p",
            "message_type": "text",
            "content": json.dumps({"text": text}),
        }
        event = {"sender": {"sender_id": {"open_id": user}, "sender_type": "user"}, "message": said}
        plain = json.dumps({"schema": "2.0", "header": header, "event": event})
        body = json.dumps({"encrypt": encrypt(key, plain)}).encode()
        stamp, nonce = _stamp(), secrets.token_hex(5)
        headers = {
            "content-type": "application/json; charset=utf-8",
            "x-lark-request-timestamp": stamp,
            "x-lark-request-nonce": nonce,
            "x-lark-signature": signature(stamp, nonce, key, body),
        }
        return _post(server, "/feishu/events", body, headers)

    return ask


def _stamp() -> str:
    return str(int(SystemClock().now().timestamp()))


def _post(server: Server, path: str, body: bytes, headers: dict[str, str]) -> bytes:
    told = {"host": f"127.0.0.1:{server.port}", "content-length": str(len(body)), **headers}
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


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


async def flood(servers: Sequence[Server], ask: Ask, count: int, at_once: int) -> float:
    """Commands a second until all are carried out, `at_once` of them on their way.

    Each server gets the same share.
    """
    share = len(servers)
    left = {
        server.port: iter([ask(server, number) for number in range(first, count, share)])
        for first, server in enumerate(servers)
    }
    some = itertools.islice(itertools.cycle(servers), at_once)
    lines = [(server, await _Line.to(server)) for server in some]

    async def one_after_another(server: Server, line: _Line) -> None:
        for request in left[server.port]:
            await line.ask(request)

    start = time.perf_counter()
    await asyncio.gather(*(one_after_another(*each) for each in lines))
    for server in servers:
        await server.caught_up()
    took = time.perf_counter() - start
    for _, line in lines:
        line.close()
    return count / took


@dataclass(slots=True)
class Ears:
    """Hears what is answered through response_urls, by the number in them."""

    port: int
    heard: set[int] = field(default_factory=set)

    def url(self, number: int) -> str:
        """The response_url of a command."""
        return f"http://127.0.0.1:{self.port}/answer/{number}"

    async def all(self, count: int) -> None:
        """Wait until that many were heard. TimeoutError: they were not."""
        async with asyncio.timeout(_PATIENCE):
            while len(self.heard) < count:  # noqa: ASYNC110  polled as seldom as it can be
                await asyncio.sleep(0.005)


@asynccontextmanager
async def ears() -> AsyncIterator[Ears]:
    """A server for response_urls."""
    found = Ears(free_port())

    async def hear(request: web.Request) -> web.Response:
        await request.read()
        found.heard.add(int(request.match_info["number"]))
        return web.Response(text="ok")

    app = web.Application()
    app.router.add_post("/answer/{number}", hear)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", found.port).start()
    try:
        yield found
    finally:
        await runner.cleanup()


@dataclass(frozen=True, slots=True)
class Burst:
    """How long commands that were sent at once waited for their acknowledgement, in seconds."""

    waited: list[float]
    #: When all had been answered, or, in Feishu, all answers were delivered.
    shown: float = 0.0

    @property
    def p50(self) -> float:
        return statistics.median(self.waited)

    @property
    def p99(self) -> float:
        return sorted(self.waited)[int(len(self.waited) * 0.99) - 1]


async def burst(
    server: Server, ask: Ask, count: int, shown: Callable[[set[int]], Awaitable[None]]
) -> Burst:
    """So many commands in the same instant, each on a connection of its own.

    `shown` is given the numbers of those whose acknowledgement held the answer already, and waits
    for the others.
    """
    requests = [ask(server, number) for number in range(count)]
    lines = [await _Line.to(server) for _ in range(count)]
    waited: list[float] = []
    at_once: set[int] = set()
    start = time.perf_counter()

    async def sent(number: int) -> None:
        body = await lines[number].ask(requests[number])
        waited.append(time.perf_counter() - start)
        if body:
            at_once.add(number)

    await asyncio.gather(*map(sent, range(count)))
    await shown(at_once)
    took = time.perf_counter() - start
    for line in lines:
        line.close()
    return Burst(waited, took)
