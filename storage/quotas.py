"""A platform's limits for the sum of all replicas: who called when, in PostgreSQL.

Each limit is a row with its latest calls, so that "at most so many within any minute" holds to the
letter, and not only on average. Calls are counted in steps of a 64th of the time, rounded up: a
row stays small whatever the limit, and is never too generous. All instants are PostgreSQL's.

Calls that are asked for while the database is being asked go together in the next transaction. It
is not waited for until it is on disk: what a crash of the database forgets of it is a second.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from sqlalchemy import ARRAY, Connection, Text, bindparam, delete, func, select, text
from sqlalchemy.dialects import postgresql

from bot.core.errors import Unavailable
from bot.core.replicas import Limit
from storage.db import Database
from storage.rows import table_of
from storage.tables import Quota

log = structlog.get_logger(__name__)
_table = table_of(Quota)
#: What those who ask lock of each place, with a hash of its name; any number will do ("mq").
_PLACES = 0x6D71
#: Windows are taken this much longer, for calls arrive later than they leave, and not all as late.
MARGIN = 1.03
LATENESS = 0.1
_STEPS = 64
#: Seconds that an answer may take; then a replica goes by what it knows itself.
PATIENCE = 1.5
#: Seconds between sweeps: rows that say nothing any more are dropped.
_SWEEP = 600.0


@dataclass(slots=True)
class Window:
    """The latest calls under one limit."""

    calls: int
    seconds: float
    #: When, rounded up, and how many; the oldest first.
    taken: list[tuple[float, int]] = field(default_factory=list)
    held_until: float = 0.0

    def free_at(self, now: float) -> float:
        """When one call more may be made, not before `now`."""
        while self.taken and self.taken[0][0] + self.seconds <= now:
            del self.taken[0]
        free = max(now, self.held_until)
        over = sum(many for _, many in self.taken) + 1 - self.calls
        for at, many in self.taken:
            if over <= 0:
                break
            free = max(free, at + self.seconds)
            over -= many
        return free

    def take(self, at: float) -> None:
        """One call more, not earlier than any other."""
        step = self.seconds / _STEPS
        rounded = math.ceil(math.ceil(at / step) * step * 1000) / 1000
        if self.taken and self.taken[-1][0] >= rounded:
            last, many = self.taken[-1]
            self.taken[-1] = (last, many + 1)
        else:
            self.taken.append((rounded, 1))


@dataclass(slots=True)
class _Asked:
    """A call that somebody wants to make, or a pause that the platform asked for."""

    place: str
    limits: Sequence[Limit] = ()
    paused: Sequence[str] = ()
    seconds: float = 0.0

    @property
    def keys(self) -> list[str]:
        return [
            f"{self.place} {key}" for key in (*(each.key for each in self.limits), *self.paused)
        ]


def settle(conn: Connection, asked: Sequence[_Asked]) -> list[float]:
    """Answer all that is asked, in its order: seconds to wait, 0.0 for what was taken."""
    places = sorted({each.place for each in asked})
    each = func.unnest(bindparam("places", places, ARRAY(Text))).table_valued("name")
    lock = func.pg_advisory_xact_lock(_PLACES, func.hashtext(each.c.name))
    conn.execute(text("SET LOCAL synchronous_commit = off"))
    conn.execute(select(lock))
    now = float(conn.execute(_now).scalar_one())
    keys = {key for one in asked for key in one.keys}
    found = conn.execute(select(_table).where(_table.c.key.in_(keys))).all()
    book = _Book(now, {row.key: row for row in found})
    answers = [book.settle(one) for one in asked]
    if book.changed:
        rows = [book.row(key) for key in sorted(book.changed)]
        put = postgresql.insert(_table).values(rows)
        new = {name: put.excluded[name] for name in ("calls", "held_until", "kept_until")}
        conn.execute(put.on_conflict_do_update(index_elements=[_table.c.key], set_=new))
    return answers


_now = select(func.extract("epoch", func.clock_timestamp()))


class _Book:
    """The windows of one transaction."""

    def __init__(self, now: float, rows: dict[str, Any]) -> None:
        self._now = now
        self._rows = rows
        self._windows: dict[str, Window] = {}
        #: As `_windows`, with the calls that come later: so that who waits is told when *its* turn
        #: comes, and not all the same.
        self._ahead: dict[str, Window] = {}
        self.changed: set[str] = set()

    def settle(self, asked: _Asked) -> float:
        for key in asked.paused:
            window = self._window(f"{asked.place} {key}")
            window.held_until = max(window.held_until, self._now + asked.seconds)
            self.changed.add(f"{asked.place} {key}")
        keys = [f"{asked.place} {limit.key}" for limit in asked.limits]
        windows = [self._window(key, each) for key, each in zip(keys, asked.limits, strict=True)]
        free = max((window.free_at(self._now) for window in windows), default=self._now)
        if free <= self._now:
            for key, window in zip(keys, windows, strict=True):
                window.take(self._now)
                self.changed.add(key)
            return 0.0
        ahead = [self._ahead.setdefault(k, _copy(w)) for k, w in zip(keys, windows, strict=True)]
        turn = max(free, *(window.free_at(self._now) for window in ahead))
        for window in ahead:
            window.take(turn)
        return turn - self._now

    def _window(self, key: str, limit: Limit | None = None) -> Window:
        """That of a key; without `limit` only to be paused."""
        window = self._windows.get(key)
        if window is None:
            window = self._windows[key] = Window(1, 0.0)
            if (row := self._rows.get(key)) is not None:
                window.taken = [(at, many) for at, many in json.loads(row.calls)]
                window.held_until = row.held_until
        if limit is not None:
            window.calls, window.seconds = limit.calls, limit.seconds * MARGIN + LATENESS
        return window

    def row(self, key: str) -> dict[str, Any]:
        window = self._windows[key]
        last = window.taken[-1][0] + window.seconds if window.taken else 0.0
        before = self._rows[key].kept_until if key in self._rows else 0.0
        return {
            "key": key,
            "calls": json.dumps(window.taken, separators=(",", ":")),
            "held_until": window.held_until,
            "kept_until": max(last, window.held_until, before),
        }


def _copy(window: Window) -> Window:
    return Window(window.calls, window.seconds, list(window.taken), window.held_until)


def sweep(conn: Connection) -> int:
    """Drop what says nothing any more; how much."""
    now = conn.execute(_now).scalar_one()
    return conn.execute(delete(_table).where(_table.c.kept_until < float(now))).rowcount


class SharedQuotas:
    """As `Quotas`, among the replicas on one PostgreSQL."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._queue: list[tuple[_Asked, asyncio.Future[float]]] = []
        self._asking: asyncio.Task[None] | None = None
        self._sweeping: asyncio.Task[None] | None = None
        self._swept_at = time.monotonic()

    async def take(self, place: str, limits: Sequence[Limit]) -> float:
        """As `Quotas`."""
        return await self._ask(_Asked(place, limits)) if limits else 0.0

    async def pause(self, place: str, keys: Sequence[str], seconds: float) -> None:
        """As `Quotas`."""
        await self._ask(_Asked(place, paused=keys, seconds=seconds))

    async def _ask(self, asked: _Asked) -> float:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[float] = loop.create_future()
        self._queue.append((asked, answer))
        if self._asking is None:
            self._asking = asyncio.create_task(self._answer_all(), name="quotas")
        try:
            async with asyncio.timeout(PATIENCE):
                return await answer
        except TimeoutError:
            log.warning("quotas.not_shared", place=asked.place)
            return 0.0

    async def _answer_all(self) -> None:
        """One transaction after the other, each with all that has been asked meanwhile."""
        try:
            while self._queue:
                asked, self._queue = self._queue, []
                asked = [each for each in asked if not each[1].done()]
                for (_, answer), wait in zip(asked, await self._answers(asked), strict=True):
                    if not answer.done():
                        answer.set_result(wait)
        finally:
            self._asking = None
        self._sweep_in_time()

    async def _answers(self, asked: Iterable[tuple[_Asked, Any]]) -> list[float]:
        wanted = [each for each, _ in asked]
        try:
            return await self._db.write(lambda conn: settle(conn, wanted)) if wanted else []
        except Unavailable:
            log.warning("quotas.not_shared", calls=len(wanted))
        except Exception:
            log.exception("quotas.failed")  # nobody must wait for it: the platform says no itself
        return [0.0] * len(wanted)

    def _sweep_in_time(self) -> None:
        """Beside the asking: nobody who asks meanwhile waits for it."""
        if time.monotonic() - self._swept_at > _SWEEP:
            self._swept_at = time.monotonic()
            self._sweeping = asyncio.create_task(self._sweep(), name="quotas sweep")

    async def _sweep(self) -> None:
        with contextlib.suppress(Unavailable):  # and tried again later
            await self._db.write(sweep)
