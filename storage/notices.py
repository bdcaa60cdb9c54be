"""Telling other replicas that there is something to do: PostgreSQL's LISTEN and NOTIFY.

    announce(conn) … commit → NOTIFY → every replica's `Listener` → its worker looks

A notice is part of the transaction that it tells of, one at the most (in a storm, of the first of
many: see `Teller`), and says nothing but who it is from and whether anybody there will do it. It
only saves time: whoever missed it finds the rows by polling. Whoever listens has a connection of
their own for it, which is made again when it breaks, and looked after so that one that is dead
without a word is noticed.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from typing import Any, Literal, get_args

import structlog
from sqlalchemy import URL, Connection

from bot.core.errors import Unavailable

log = structlog.get_logger(__name__)
_CHANNEL = "muster"
_ANNOUNCED = "muster.announced"
#: soon: whoever says it will probably do it themselves. now: they will not. seat: a lease is free.
#: person: somebody (platform, workspace, id) has changed.
Word = Literal["soon", "now", "seat", "person"]
Job = Callable[[Connection], None]
#: Seconds for which one notice serves for all.
MOMENT = 0.05
#: Seconds between questions whether the connection still stands.
CHECK = 10.0
#: Seconds before it is made again, at first and at last.
_PAUSES = (0.2, 5.0)
#: How soon a connection without an answer counts as dead: 5 s + 3 × 2 s, or 8 s for what was sent.
ALIVE: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 8000,
}


def announce(conn: Connection) -> None:
    """With this transaction there will be something to do."""
    conn.info[_ANNOUNCED] = True


class Teller:
    """Lets other replicas know of what is announced here, but not of each single thing in a storm.

    PostgreSQL commits transactions with a notice one after the other. So for a moment after one was
    committed others go without, and a last one follows at the end of the moment.
    """

    def __init__(self, name: str, write: Callable[[Job], Awaitable[None]]) -> None:
        """`name` is this replica's; `write` runs a job in a transaction."""
        self.name = name
        self.word: Word = "soon"
        self._write = write
        self._told_at = -math.inf
        self._last: asyncio.Task[None] | None = None

    def begin(self, conn: Connection) -> None:
        """A transaction begins, on a connection that had others before."""
        conn.info.pop(_ANNOUNCED, None)

    def tell(self, conn: Connection) -> bool | None:
        """Before a commit: whether it carries a notice; None if there is nothing to tell."""
        if not conn.info.pop(_ANNOUNCED, False):
            return None
        is_due = time.monotonic() - self._told_at >= MOMENT
        if is_due:
            notify(conn, self.word, self.name)
        return is_due

    def committed(self, told: bool | None) -> None:  # noqa: FBT001  what `tell` said
        """After the commit, in the loop."""
        if told:
            self._told_at = time.monotonic()
        elif told is False and self._last is None:
            self._last = asyncio.create_task(self._tell_last(), name="last notice")

    async def _tell_last(self) -> None:
        try:
            await asyncio.sleep(self._told_at + MOMENT - time.monotonic())
            self._last = None  # what is announced from now on is not told by this one
            await self._write(lambda conn: notify(conn, self.word, self.name))
        except Unavailable:
            log.info("replicas.not_told")  # they look themselves, a little later
        finally:
            if self._last is asyncio.current_task():
                self._last = None

    async def close(self) -> None:
        """Tell nothing any more."""
        if self._last is not None:
            self._last.cancel()
            await asyncio.gather(self._last, return_exceptions=True)


def notify(conn: Connection, word: Word, name: str, *about: str) -> None:
    """Say a word to all replicas when this transaction is committed; `name` is whose it is."""
    conn.exec_driver_sql("SELECT pg_notify(%s, %s)", (_CHANNEL, " ".join((word, name, *about))))


def address(url: URL) -> str:
    """The URL of a PostgreSQL database as psycopg wants it."""
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


class Listener:
    """Hears what other replicas say."""

    def __init__(self, url: URL, name: str, heard: Callable[[Word, list[str]], None]) -> None:
        """`heard` is called in the loop, for all but what `name`, this replica, said itself.

        It gets the word, and what it is about.
        """
        self._address = address(url)
        self._name = name
        self._heard = heard
        #: Set while it hears.
        self.ready = asyncio.Event()

    async def run(self) -> None:
        """Listen until cancelled. A database that is away is waited for."""
        import psycopg  # noqa: PLC0415  SQLite needs none

        pause, longest = _PAUSES
        while True:
            try:
                await self._listen()
            except (psycopg.Error, OSError, TimeoutError) as error:
                if self.ready.is_set():
                    pause = _PAUSES[0]
                self.ready.clear()
                log.warning("replicas.not_heard", reason=type(error).__name__)
            await asyncio.sleep(pause)
            pause = min(2 * pause, longest)

    async def _listen(self) -> None:
        import psycopg  # noqa: PLC0415  as above

        connecting = psycopg.AsyncConnection.connect(self._address, autocommit=True, **ALIVE)
        async with await connecting as conn:
            await conn.execute(f"LISTEN {_CHANNEL}")
            self.ready.set()
            # What was said while nobody listened is not said again.
            self._heard("now", [])
            self._heard("seat", [])
            while True:
                async for notice in conn.notifies(timeout=CHECK):
                    self._take(notice.payload)
                async with asyncio.timeout(CHECK):
                    await conn.execute("SELECT 1")

    def _take(self, payload: str) -> None:
        word, *rest = payload.split(" ")
        known = _WORDS.get(word)
        if known is None or len(rest) <= _PARTS[known]:
            log.info("replicas.not_understood")  # of a later version, or not Muster's at all
            return
        name, *about = rest[: 1 + _PARTS[known]]
        if name != self._name:
            self._heard(known, about)


_WORDS: dict[str, Word] = {each: each for each in get_args(Word)}
#: How many parts there are to what a word is about.
_PARTS: dict[Word, int] = {"soon": 0, "now": 0, "seat": 0, "person": 3}
