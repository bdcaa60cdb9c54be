"""Who may hold a connection, and for how long: on a socket, with less time and fewer places."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot import connections

TIME = 0.2
PLACES = 3
#: Longer than any of this takes, and no more than somebody waits who sees it fail.
PATIENCE = 20.0
resource = pytest.importorskip("resource", reason="files are not counted on Windows")
Wire = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Site:
    """An application behind the guard, and who calls."""

    def __init__(self, port: int, crowd: connections.Crowd) -> None:
        self.port = port
        self.crowd = crowd
        self.held = asyncio.Event()
        #: Requests that are being answered, and those that were cut off.
        self.in_hand = 0
        self.cut_off = 0
        self._wires: list[asyncio.StreamWriter] = []

    async def call(self, sent: bytes = b"") -> Wire:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self._wires.append(writer)
        writer.write(sent)
        await writer.drain()
        return reader, writer

    async def ask(self, sent: bytes = b"GET / HTTP/1.1\r\nconnection: close\r\n\r\n") -> bytes:
        """All that is answered until the connection ends."""
        reader, _ = await self.call(sent)
        return await ended(reader)

    async def here(self, count: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while len(self.crowd) != count:  # noqa: ASYNC110  the server tells nobody
                await asyncio.sleep(0)

    async def hang_up(self) -> None:
        self.held.set()
        for writer in self._wires:
            writer.transport.abort()

    async def answer(self, request: Request) -> Response:
        if request.url.path == "/held":
            self.in_hand += 1
            await self.held.wait()
        try:
            size = len(await request.body())
        except ClientDisconnect:
            self.cut_off += 1
            raise
        return PlainTextResponse(f"{size} bytes")


async def ended(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(PATIENCE):
        with contextlib.suppress(ConnectionError):
            return await reader.read(-1)
    return b""


@asynccontextmanager
async def site(places: int = PLACES) -> AsyncIterator[Site]:
    guarded = connections.protocol(places)

    async def gone(_: Request, __: Exception) -> Response:
        return PlainTextResponse("", 400)

    async def answer(request: Request) -> Response:
        return await made.answer(request)

    routes = [Route("/{path:path}", answer, methods=["GET", "POST"])]
    app = Starlette(routes=routes, exception_handlers={ClientDisconnect: gone})
    with socket.create_server(("127.0.0.1", 0)) as sock:
        made = Site(sock.getsockname()[1], guarded.crowd)
        config = uvicorn.Config(app, http=guarded, log_config=None, lifespan="off")
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve([sock]))
        try:
            while not server.started:  # noqa: ASYNC110  it tells nobody
                await asyncio.sleep(0)
            yield made
        finally:
            await made.hang_up()
            server.should_exit = True
            await serving


def run(story: Callable[[Site], Awaitable[None]], places: int = PLACES) -> None:
    async def doing() -> None:
        async with site(places) as on:
            await story(on)

    asyncio.run(doing())


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD", TIME)
    monkeypatch.setattr(connections, "BODY", TIME)


def test_a_request_is_answered_and_its_connection_goes_on() -> None:
    async def story(on: Site) -> None:
        reader, writer = await on.call()
        for body in (b"", b"x" * 100_000, b"abc"):
            writer.write(b"POST / HTTP/1.1\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200")
            assert await reader.readexactly(len(f"{len(body)} bytes")) == b"%d bytes" % len(body)
        assert on.crowd.shed == 0

    run(story)


@pytest.mark.usefixtures("hurry")
@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        (b"", b""),
        (b"GET / HT", b"HTTP/1.1 408"),
        (b"GET / HTTP/1.1\r\nx: y\r\n", b"HTTP/1.1 408"),
        (b"POST / HTTP/1.1\r\ncontent-length: 10\r\n\r\n12345", b"HTTP/1.1 408"),
        (b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n5\r\n12345\r\n", b"HTTP/1.1 408"),
    ],
)
def test_what_does_not_come_to_its_end_is_ended(sent: bytes, answered: bytes) -> None:
    async def story(on: Site) -> None:
        assert (await on.ask(sent)).startswith(answered)
        await on.here(0)

    run(story)


@pytest.mark.usefixtures("hurry")
def test_a_second_request_has_no_more_time_than_the_first() -> None:
    async def story(on: Site) -> None:
        reader, writer = await on.call(b"GET / HTTP/1.1\r\n\r\n")
        await reader.readuntil(b"0 bytes")
        writer.write(b"GET / HTTP/1.1\r\nx: ")
        assert (await ended(reader)).startswith(b"HTTP/1.1 408")

    run(story)


@pytest.mark.usefixtures("hurry")
def test_who_has_said_all_may_wait_for_the_answer() -> None:
    async def story(on: Site) -> None:
        reader, _ = await on.call(b"GET /held HTTP/1.1\r\nconnection: close\r\n\r\n")
        others = [await on.call() for _ in range(2)]
        for other, _ in others:
            assert await ended(other) == b""  # their time is over, though they came later
        on.held.set()
        assert (await ended(reader)).endswith(b"0 bytes")

    run(story)


@pytest.mark.usefixtures("hurry")
def test_an_application_that_reads_hears_that_nothing_more_comes() -> None:
    async def story(on: Site) -> None:
        assert await on.ask(b"POST / HTTP/1.1\r\ncontent-length: 10\r\n\r\n1")
        await on.here(0)
        async with asyncio.timeout(PATIENCE):
            while not on.cut_off:  # noqa: ASYNC110  as above
                await asyncio.sleep(0)

    run(story)


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\nx: " + b"a" * connections.LARGEST_HEAD,
        b"GET /" + b"a" * connections.LARGEST_HEAD,
        b"\r\n" * (connections.LARGEST_HEAD // 2 + 1),
        b"GET / HTTP/1.1\r\n" + b"x: y\r\n" * (connections.LARGEST_HEAD // 6),
    ],
)
def test_headers_have_a_size(sent: bytes) -> None:
    async def story(on: Site) -> None:
        assert b"HTTP/1.1 431" in await on.ask(sent)

    run(story)


def test_a_request_has_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "LARGEST_REQUEST", 100_000)

    async def story(on: Site) -> None:
        head = b"POST / HTTP/1.1\r\ncontent-length: 900000\r\n\r\n"
        assert b"HTTP/1.1 413" in await on.ask(head + b"x" * 100_001)

    run(story)


def test_who_has_kept_us_waiting_longest_makes_room() -> None:
    async def story(on: Site) -> None:
        with structlog.testing.capture_logs() as logs:
            first, _ = await on.call()
            await on.here(1)
            second, _ = await on.call(b"GET / HTTP/1.1\r\nx: ")
            await on.here(2)
            await on.call()
            await on.here(3)
            assert (await on.ask()).endswith(b"0 bytes")
            assert await ended(first) == b""
            assert (await on.ask()).endswith(b"0 bytes")  # in the place of the one before
            await on.call()
            await on.here(3)
            await on.call()
            assert await ended(second) == b""
            assert on.crowd.shed == 2
        assert [log["event"] for log in logs] == ["web.crowded"], "said once, not for each"

    run(story)


def test_who_is_being_answered_keeps_its_place() -> None:
    async def story(on: Site) -> None:
        busy = [await on.call(b"GET /held HTTP/1.1\r\nconnection: close\r\n\r\n") for _ in "123"]
        async with asyncio.timeout(PATIENCE):
            while on.in_hand < PLACES:  # noqa: ASYNC110  as above
                await asyncio.sleep(0)
        assert (await on.ask()).startswith(b"HTTP/1.1 503")
        on.held.set()
        for reader, _ in busy:
            assert (await ended(reader)).endswith(b"0 bytes")
        assert (await on.ask()).endswith(b"0 bytes")

    run(story)


@pytest.mark.parametrize(
    ("files", "places"),
    [
        (1024, 768),
        (65_536, connections.MOST),
        (100, 16),
        (resource.RLIM_INFINITY, connections.MOST),
    ],
)
def test_there_are_places_for_the_files_that_there_are(
    files: int, places: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (files, files))
    assert connections.most() == places
