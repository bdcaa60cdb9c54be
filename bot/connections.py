"""Who may hold a connection to Muster, and for how long.

Uvicorn ends a connection that says nothing after an answer; one that never says anything, or says
it a byte at a time, it waits for without end, and the parser below it takes headers of any size.
Here a request has a time and a size, and a process has so many connections. When one more comes,
the one that has kept Muster waiting for the longest has to go: whoever has something to say does
so at once, and is served, however many others only hold the line.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Any, ClassVar

import structlog
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

log = structlog.get_logger(__name__)
#: Connections of a process, where the system allows for them. Slack and Feishu use a few at once.
MOST = 1000
#: Files that a process needs besides: databases, calls to the platforms, pages, logs.
_OTHER_FILES = 256
#: Seconds for the first line and the headers of a request, and for its body.
HEAD, BODY = 10.0, 10.0
#: Bytes of the first line and the headers. Those of Slack and Feishu are about one thousand.
LARGEST_HEAD = 65_536
#: Bytes of a whole request, whatever its route takes: see `web.LARGEST` of the platforms.
LARGEST_REQUEST = 32_000_000
#: Seconds between two lines in the log that say that connections were shed.
_SAID_EVERY = 10.0


def most() -> int:
    """How many connections this process may hold, by the files that it may have open."""
    try:
        import resource  # noqa: PLC0415  there is none on Windows
    except ImportError:
        return MOST
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if files == resource.RLIM_INFINITY:
        return MOST
    return max(16, min(MOST, files - _OTHER_FILES))


class Crowd:
    """The connections of one server, and which of them keep it waiting."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        #: Connections that were ended to make room, and that were turned away for want of it.
        self.shed = 0
        self._here: set[Connection] = set()
        #: Those that have not finished what they have to say; who has taken longest, first.
        self._waited_for: OrderedDict[Connection, None] = OrderedDict()
        self._said_at = float("-inf")

    def __len__(self) -> int:
        return len(self._here)

    def let_in(self, newcomer: Connection, now: float) -> bool:
        """Whether there is room, or somebody who can make some."""
        if len(self._here) >= self.limit:
            self.shed += 1
            if now - self._said_at >= _SAID_EVERY:
                self._said_at = now
                log.warning("web.crowded", connections=len(self._here), shed=self.shed)
            if not self._waited_for:
                return False
            slowest = next(iter(self._waited_for))
            self.leaves(slowest)
            slowest.hang_up()
        self._here.add(newcomer)
        return True

    def leaves(self, gone: Connection) -> None:
        self._here.discard(gone)
        self._waited_for.pop(gone, None)

    def waits_for(self, one: Connection) -> None:
        """It has nothing to hear, and may say something."""
        if one in self._here:
            self._waited_for[one] = None
            self._waited_for.move_to_end(one)

    def has_heard(self, one: Connection) -> None:
        """It has said all, and waits for an answer."""
        self._waited_for.pop(one, None)


class Connection(HttpToolsProtocol):
    """One connection, with a limit to its size and its time. See `protocol`."""

    crowd: ClassVar[Crowd]

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._deadline: asyncio.TimerHandle | None = None
        self._awaits_head = True
        self._size = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        if not self.crowd.let_in(self, self.loop.time()):
            self._turn_away(503, "Too many connections.")
            return
        self._wait(HEAD)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        self.crowd.leaves(self)
        super().connection_lost(exc)

    def hang_up(self) -> None:
        """End it, whatever it is about to say: another one needs its place."""
        self._stop_waiting()
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        self._size += len(data)
        super().data_received(data)
        if self._awaits_head and self._size > LARGEST_HEAD:
            self._turn_away(431, "The headers are too large.")
        elif self._size > LARGEST_REQUEST:
            self._turn_away(413, "The request is too large.")

    # What the parser and the application tell.

    def on_headers_complete(self) -> None:
        self._awaits_head = False
        super().on_headers_complete()
        self._wait(BODY, is_new=False)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._awaits_head, self._size = True, 0
        if not self.cycle.response_complete:
            self._stop_waiting()
            self.crowd.has_heard(self)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.cycle.response_complete and not self.transport.is_closing():
            self._wait(HEAD)

    # Time.

    def _wait(self, seconds: float, *, is_new: bool = True) -> None:
        """Give it so long for its head, or for its body."""
        self._stop_waiting()
        if is_new:
            self.crowd.waits_for(self)
        self._deadline = self.loop.call_later(seconds, self._too_slow)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        if self._size:
            self._turn_away(408, "The request did not come to its end.")
        else:
            self.transport.close()

    def _turn_away(self, status: int, why: str) -> None:
        """Say why, and hang up. An application that is still reading hears of that."""
        self._stop_waiting()
        if self.transport.is_closing():
            return
        cycle: RequestResponseCycle | None = self.cycle  # None before the first request
        if cycle is None or cycle.response_complete or not cycle.response_started:
            self.transport.write(
                STATUS_LINE[status]
                + b"content-type: text/plain; charset=utf-8\r\nconnection: close\r\n"
                + f"content-length: {len(why)}\r\n\r\n{why}".encode()
            )
        self.transport.close()


def protocol(limit: int) -> type[Connection]:
    """What uvicorn takes for `http`: connections of one server, at most `limit` at once."""
    return type("Guarded", (Connection,), {"crowd": Crowd(limit)})
