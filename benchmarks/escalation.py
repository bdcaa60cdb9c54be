"""What is due among a thousand open items, and among a million: it must take the same time.

Every open item is watched: it has a row that says when it is stale, and a timer. One is due.
On SQLite, and on PostgreSQL where there is a server (TEST_DATABASE_URL, or the tests' own).
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, Integer, String, cast, insert, select, text, true
from sqlalchemy import column as sql_column
from sqlalchemy import table as sql_table
from sqlmodel import SQLModel

from benchmarks.lists import HOME
from benchmarks.table import Row, ratio
from bot.bootstrap import registry
from bot.core.clock import SystemClock
from bot.core.commands import dump
from bot.core.text import Reader
from bot.dispatch import Door
from bot.features.escalation import queries
from bot.features.escalation.steps import ClimbDue
from bot.features.escalation.tables import Climb, Subject
from bot.features.items.tables import Item
from bot.features.rooms.tables import Room
from storage import migrate, timers
from storage.db import Database, open_database
from storage.rows import Rows, table_of
from storage.tables import Person, Timer, Workspace
from tests.postgres import NoServer, Run, address_in

SIZES = (1_000, 1_000_000)
CALLS = 100
#: So many rows are made here; the others are copied from them in the database.
BLOCK = 1_000


class _Undone(Exception):  # noqa: N818  no error: what was done is not to be kept
    pass


class Jobs:
    """What is measured, each in a transaction that is undone."""

    def __init__(self, db: Database, now: datetime) -> None:
        self._door = Door(db, registry(), SystemClock(), instance="bench", defaults=Reader())
        self._now = now

    def next_due(self, conn: Connection) -> object:
        return timers.next_due(conn)

    def take_due(self, conn: Connection) -> object:
        return timers.take_due(conn, self._now)

    def fire(self, conn: Connection) -> object:
        return self._door.carrier.fire(conn, self._now)

    def late(self, conn: Connection) -> object:
        return queries.late(Rows(conn), 1, self._now, count=1)


JOBS: dict[str, Callable[[Jobs, Connection], object]] = {
    "when is something due": Jobs.next_due,
    "take what is due": Jobs.take_due,
    "take it and ask its owner": Jobs.fire,
    "is anything late": Jobs.late,
}


def run() -> list[Row]:
    """The same work at both sizes, on both engines."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=Path.cwd()) as folder:
        rows += _rows("SQLite", lambda size: f"sqlite:///{Path(folder) / f'{size}.db'}")
    with contextlib.ExitStack() as stack:
        try:
            server = stack.enter_context(_postgres())
        except NoServer as error:
            return [*rows, Row("what is due, PostgreSQL", f"not measured: {error}")]
        rows += _rows("PostgreSQL", server)
    return rows


def _rows(engine: str, url: Callable[[int], str]) -> list[Row]:
    small, large = (asyncio.run(_measure(url(size), size)) for size in SIZES)
    rows = []
    for job in JOBS:
        for size, found in ((SIZES[0], small), (SIZES[1], large)):
            rows.append(Row(f"{job}, {engine}, {size:,} open items", f"{found[job] * 1e6:.0f} µs"))
        rows.append(ratio(f"{job}, {engine}, large ÷ small", large[job] / small[job], at_most=1.5))
    return rows


@contextlib.contextmanager
def _postgres() -> Iterator[Callable[[int], str]]:
    """Where a new database of a size is. NoServer: nowhere."""
    given, own = os.environ.get("TEST_DATABASE_URL"), None
    if given is None:
        own = Run()
    try:
        address = given or address_in(own.folder if own is not None else Path())
        made: list[str] = []

        def make(size: int) -> str:
            made.append(f"muster_bench_{os.getpid()}_{size}")
            _admin(address, f"CREATE DATABASE {made[-1]}")
            return address.replace("/postgres?", f"/{made[-1]}?")

        try:
            yield make
        finally:
            for name in made:
                _admin(address, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    finally:
        if own is not None:
            own.end()


def _admin(address: str, command: str) -> None:
    import psycopg  # noqa: PLC0415  only where there is a server

    with psycopg.connect(address, autocommit=True) as conn:
        conn.execute(command.encode())


async def _measure(url: str, size: int) -> dict[str, float]:
    db = open_database(url)
    try:
        migrate.upgrade(db)
        now = SystemClock().now()
        await db.write(_filler(size, now))
        await _settle(db)
        jobs = Jobs(db, now)
        times: dict[str, list[float]] = {name: [] for name in JOBS}
        for _ in range(CALLS):
            for name, job in JOBS.items():
                times[name].append(await _timed(db, functools.partial(job, jobs)))
        return {name: statistics.median(found) for name, found in times.items()}
    finally:
        await db.close()


async def _timed(db: Database, job: Callable[[Connection], object]) -> float:
    times: list[float] = []

    def measured(conn: Connection) -> None:
        begun = time.perf_counter()
        found = job(conn)
        times.append(time.perf_counter() - begun)
        assert found, job
        raise _Undone

    with contextlib.suppress(_Undone):
        await db.write(measured)
    return times[-1]


async def _settle(db: Database) -> None:
    """The statistics that any server has after a while."""

    def analyze(conn: Connection) -> None:
        conn.execute(text("ANALYZE"))

    await db.write(analyze)
    if db.engine.dialect.name == "sqlite":
        with db.engine.connect() as conn:
            conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def _filler(size: int, now: datetime) -> Callable[[Connection], None]:
    """A room of one person, `size` open items, each watched; the first is due since a minute."""

    def fill(conn: Connection) -> None:
        rows = Rows(conn)
        rows.add(Workspace(platform=HOME, native=HOME, settings="{}", created_at=now))
        rows.add(_person(now))
        rows.add(_room(now))
        for number in range(1, BLOCK + 1):
            rows.add(_item(number, now))
            rows.add(_climb(number, now))
            rows.add(_timer(number, now))
        conn.execute(text("CREATE TEMPORARY TABLE block (n INTEGER)"))
        blocks = [{"n": number} for number in range(1, size // BLOCK)]
        if blocks:
            conn.execute(text("INSERT INTO block VALUES (:n)"), blocks)
            _copy(conn, Item, {"number": BLOCK})
            _copy(conn, Climb, {"subject_id": BLOCK})
            _copy(conn, Timer, {})

    return fill


def _copy(conn: Connection, model: type[SQLModel], moved: dict[str, int]) -> None:
    """Copy the rows for each block, but none that is due; `moved` is what must differ."""
    table = table_of(model)
    block = sql_table("block", sql_column("n", Integer))
    names = [column.name for column in table.columns if column.name != "id"]
    found = []
    for name in names:
        column = table.c[name]
        if name == "key":
            found.append(column + "-" + cast(block.c.n, String))
        else:
            found.append(column + block.c.n * moved[name] if name in moved else column)
    rows = select(*found).select_from(table.join(block, true())).where(table.c.id > 1)
    conn.execute(insert(table).from_select(names, rows))


def _later(number: int, now: datetime) -> datetime:
    """The first is due, the others within the coming month."""
    return now - timedelta(minutes=1) if number == 1 else now + timedelta(hours=1, minutes=number)


def _person(now: datetime) -> Person:
    return Person(
        workspace_id=1,
        user="p1",
        name="Person 1",
        native_lang="en",
        native_zone="UTC",
        is_admin=True,
        is_active=True,
        created_at=now,
    )


def _room(now: datetime) -> Room:
    return Room(
        workspace_id=1,
        number=1,
        title="Trouble",
        severity=1,
        status="investigating",
        is_private=False,
        lead_id=1,
        lang="en",
        zone="UTC",
        channel="C1",
        channel_name="wr-1",
        opening="ready",
        not_invited="{}",
        opened_by=1,
        opened_at=now,
    )


def _item(number: int, now: datetime) -> Item:
    return Item(
        workspace_id=1,
        room_id=1,
        room_number=1,
        number=number,
        text=f"Look at part {number}",
        kind="action",
        state="open",
        owner_id=1,
        added_by=1,
        added_at=now,
        moved_at=now,
    )


def _climb(number: int, now: datetime) -> Climb:
    return Climb(
        workspace_id=1,
        room_id=1,
        kind=str(Subject.ITEM),
        subject_id=number,
        phase="watching",
        next_at=_later(number, now),
        since=now - timedelta(days=1),
        asked="[]",
    )


def _timer(number: int, now: datetime) -> Timer:
    return Timer(
        key=f"climb:{number}",
        workspace_id=1,
        due_at=_later(number, now),
        payload=json.dumps(dump(ClimbDue(climb=number))),
    )
