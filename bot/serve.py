"""The running process: every platform, the worker and the web server, until it is told to stop.

Told by SIGTERM or SIGINT, it accepts nothing more, finishes what is in hand, and ends within
`PATIENCE`. What is left waits in the database for the next start.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator
from typing import NoReturn

import structlog
import uvicorn

from bot import connections
from bot.alarm import Alarm
from bot.bootstrap import Muster, build
from bot.core.clock import Clock
from bot.core.text import Code, t
from bot.problems import Problem, settings_at_fault
from bot.settings import Settings
from bot.web import app

log = structlog.get_logger(__name__)
#: Seconds from the signal to the end of the process, at the most.
PATIENCE = 10.0
#: Of these, what requests in hand get; the worker has the rest.
_FOR_REQUESTS = 5
#: Before this many seconds a second signal is taken for an echo of the first; then it ends us.
_ECHO = 1.0
_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_BACKLOG = 2048

Prepare = Callable[[Muster], Awaitable[None]]
Ready = Callable[[str], None]


def run(
    settings: Settings,
    *,
    clock: Clock | None = None,
    prepare: Prepare | None = None,
    ready: Ready | None = None,
) -> None:
    """Serve until told to stop. Problem: it cannot begin, or a part of it broke.

    `prepare` is awaited before connections are accepted; `ready` is told the address once they are.
    """
    before = {each: signal.signal(each, _leave) for each in _SIGNALS}
    try:
        with listener(settings.host, settings.port) as sock, _runner() as runner:
            with settings_at_fault():
                muster = build(settings, clock=clock, alarm=Alarm)
            # What there is by now stays for good: the collector need not go through it again.
            gc.collect()
            gc.freeze()
            runner.run(_Process(muster, sock).run(prepare, ready))
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _leave(*_: object) -> NoReturn:
    """As long as there is nothing yet that could be in hand."""
    raise SystemExit(0)


def _runner() -> asyncio.Runner:
    try:
        from uvloop import new_event_loop  # noqa: PLC0415  there is none for Windows
    except ImportError:
        return asyncio.Runner()
    return asyncio.Runner(loop_factory=new_event_loop)


@contextlib.contextmanager
def listener(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that listens. Problem: the port is taken, or the address is none of this machine's.

    It listens before anything else is done, so that of two processes only one begins.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except OSError as error:
        raise Problem(t("{host} is no address: set MUSTER_HOST.", host=Code(host))) from error
    with socket.socket(found[0], found[1]) as made:
        if os.name == "posix":  # elsewhere it would let two servers have one port
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            made.bind(found[4])
            made.listen(_BACKLOG)
        except OSError as error:
            raise _not_ours(error, host, port) from error
        yield made


def _not_ours(error: OSError, host: str, port: int) -> Problem:
    if error.errno == errno.EADDRINUSE:
        sentence = t("Port {port} is taken: set MUSTER_PORT to a free one.", port=str(port))
    elif error.errno == errno.EACCES:
        sentence = t("Port {port} needs more rights: set MUSTER_PORT above 1023.", port=str(port))
    else:
        sentence = t("{host} is no address of this machine: set MUSTER_HOST.", host=Code(host))
    return Problem(sentence)


class _Server(uvicorn.Server):
    """Uvicorn, which leaves the signals to us and says when it accepts connections."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Not at all: it would end the process by the signal, not with 0."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()


class _Process:
    """One run, from the first connection to the last."""

    def __init__(self, muster: Muster, sock: socket.socket) -> None:
        self._muster = muster
        self._sock = sock
        self._told = asyncio.Event()

    async def run(self, prepare: Prepare | None, ready: Ready | None) -> None:
        """Serve until a signal; Problem if a part breaks."""
        server = self._server(ready)
        serving: asyncio.Task[None] | None = None
        with self._signals():
            await self._muster.start()
            try:
                if prepare is not None:
                    await prepare(self._muster)
                serving = asyncio.create_task(server.serve([self._sock]))
                fault = await self._until_told(serving)
            finally:
                await self._stop(server, serving)
        if fault is not None:
            log.error("broken", exc_info=fault)
            raise Problem(t("Muster stopped, for a part of it broke. The log says which."))

    async def _until_told(self, serving: asyncio.Task[None]) -> BaseException | None:
        """Wait for a signal, or for what breaks before."""
        broken = asyncio.create_task(self._muster.broken())
        told = asyncio.create_task(self._told.wait())
        await asyncio.wait({serving, broken, told}, return_when=asyncio.FIRST_COMPLETED)
        for task in (broken, told):
            task.cancel()
        if serving.done():
            return serving.exception() or RuntimeError("the web server ended by itself")
        return broken.result() if broken.done() else None

    def _server(self, ready: Ready | None) -> _Server:
        address = _address(self._sock)

        def announce() -> None:
            if not self._muster.adapters:
                log.warning("nothing_is_set_up", hint="set up Slack or Feishu, or the playground")
            log.info("ready", address=address, platforms=sorted(self._muster.adapters))
            if ready is not None:
                ready(address)

        config = uvicorn.Config(
            app(self._muster),
            http=connections.protocol(connections.most()),
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,  # an address may hold what somebody wrote
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_FOR_REQUESTS,
        )
        return _Server(config, announce)

    async def _stop(self, server: _Server, serving: asyncio.Task[None] | None) -> None:
        """Finish what is in hand. What takes too long is left to the next start."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + PATIENCE
        log.info("stopping")
        server.should_exit = True
        try:
            async with asyncio.timeout_at(deadline - 0.5):
                while serving is not None and not serving.done():
                    self._hang_up()
                    await asyncio.wait({serving}, timeout=0.1)
                await self._muster.stop(max(0.0, deadline - 1.0 - loop.time()))
        except TimeoutError:
            # A thread that waits for the database cannot be told to stop waiting.
            log.warning("stopped", unfinished=True)
            sys.stdout.flush()
            os._exit(0 if self._told.is_set() else 1)
        log.info("stopped")

    def _hang_up(self) -> None:
        """Open pages hold a connection each, and a new one may have come in meanwhile."""
        if self._muster.playground is not None:
            self._muster.playground.town.hang_up()

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()

        def tell() -> None:
            self._told.set()
            loop.call_later(_ECHO, restore)

        def restore() -> None:
            for each in _SIGNALS:
                with contextlib.suppress(NotImplementedError):
                    loop.remove_signal_handler(each)
                signal.signal(each, signal.SIG_DFL)

        for each in _SIGNALS:
            try:
                loop.add_signal_handler(each, tell)
            except NotImplementedError:  # Windows
                signal.signal(each, lambda *_: loop.call_soon_threadsafe(tell))
        try:
            yield
        finally:
            restore()


def _address(sock: socket.socket) -> str:
    host, port = sock.getsockname()[:2]
    if host in {"0.0.0.0", "::"}:  # noqa: S104  only to say how to reach it from here
        host = "localhost"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
