"""The minute in which everybody's stand-up opens: 10,000 people in 1,000 rooms, all at 09:30.

Measured from the first timer until every run is open and everybody's prompt is a row of the outbox,
on both engines; meanwhile somebody types a command every few milliseconds, and the prompts are
delivered as slowly as a platform takes them. Then the same with ten times the people.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import Connection, func, select

from benchmarks import pacing
from benchmarks.table import Row, ratio
from bot.bootstrap import registry
from bot.core.clock import MovableClock
from bot.core.commands import dump
from bot.core.effects import Address, Effect, Receipt
from bot.core.platform import Handle, Incoming, Sender, Typed
from bot.core.text import Reader
from bot.dispatch import Door
from bot.features.rooms.tables import Member, Room
from bot.features.standups.planning import timer
from bot.features.standups.questions import dump_questions, usual
from bot.features.standups.steps import RunDue
from bot.features.standups.tables import Run, Standup, Turn
from bot.worker import HANDS, Worker
from storage import migrate, timers
from storage.db import Database, open_database
from storage.rows import Rows, table_of
from storage.tables import Outbox, Person, Timer, Workspace
from tests.postgres import NoServer, address_in, programs
from tests.postgres import Run as Server

HOME = "playground"
PEOPLE = 10
SIZES = (1_000, 10_000)
OPENS = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
#: Seconds between the commands that somebody types meanwhile.
TYPES_EVERY = 0.01
#: Commands that are typed before anything is due.
ALONE = 200
#: Seconds between looks at whether all is planned.
LOOKS_EVERY = 0.05
A_SECOND = 50
MEGABYTE = 2**20


@dataclass(frozen=True)
class Measured:
    """What one size cost."""

    seconds: float
    #: Of this process's own processor time: what another machine, or a busy one, needs as well.
    cpu: float
    #: What commands waited for meanwhile, and before, in seconds.
    waits: list[float]
    alone: list[float]
    memory: float

    @property
    def slowest(self) -> float:
        """What 99 of 100 commands waited for meanwhile, at the most."""
        return statistics.quantiles(self.waits, n=100)[98]


def run() -> list[Row]:
    """Both engines at the usual size; SQLite with ten times the people too; and delivery's pace."""
    rows: list[Row] = []
    small, large = (asyncio.run(measure(sqlite, rooms)) for rooms in SIZES)
    rows += _rows("SQLite", small, SIZES[0], target=True)
    rows += _rows("SQLite", large, SIZES[1], target=False)
    rows.append(ratio("ten times the people, processor time", large.cpu / small.cpu))
    with postgres() as url:
        if url is None:
            rows.append(Row("stand-ups on PostgreSQL", "no server"))
        else:
            rows += _rows("PostgreSQL", asyncio.run(measure(url, SIZES[0])), SIZES[0], target=True)
    return rows + pacing.run()


def _rows(engine: str, found: Measured, rooms: int, *, target: bool) -> Iterator[Row]:
    of = f"{rooms * PEOPLE:,} people in {rooms:,} rooms, {engine}"
    seconds, slowest = f"{found.seconds:.1f} s", f"{found.slowest * 1000:.0f} ms"
    yield Row(
        f"stand-ups planned: {of}",
        seconds,
        "≤ 10 s" if target else "",
        found.seconds <= 10 if target else None,  # noqa: PLR2004  the target
    )
    yield Row(
        f"a command meanwhile, p99 of {len(found.waits):,}",
        slowest,
        "< 100 ms" if target else "",
        found.slowest < 0.1 if target else None,  # noqa: PLR2004  the target
    )
    yield Row("processor time that it took", f"{found.cpu:.1f} s")
    yield Row("memory that it took", f"{found.memory:.0f} MB")


@contextmanager
def postgres() -> Iterator[Callable[[Path], str] | None]:
    """A database on TEST_DATABASE_URL, else on a server of the tests' own; None without either."""
    given = os.environ.get("TEST_DATABASE_URL", "")
    if given:
        yield lambda _: given
        return

    try:
        programs()
        server = Server()
    except (NoServer, OSError):
        yield None
        return
    try:
        yield lambda _: address_in(server.folder)
    finally:
        server.end()


def sqlite(folder: Path) -> str:
    """The URL of a file in `folder`."""
    return f"sqlite:///{folder / 'bench.db'}"


async def measure(url: Callable[[Path], str], rooms: int) -> Measured:
    """Fill a database, let the minute come, and see it through until all is planned."""
    # Beside the project and not in the system's temporary folder, which may be in memory.
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=Path.cwd()) as folder:
        db = open_database(url(Path(folder)))
        migrate.upgrade(db.engine)
        clock = MovableClock(OPENS - timedelta(days=1), frozen=True)
        await db.write(lambda conn: _fill(conn, rooms, clock.now()))
        clock.move_to(OPENS)
        try:
            return await _fan_out(db, clock, rooms)
        finally:
            await db.close()


async def _fan_out(db: Database, clock: MovableClock, rooms: int) -> Measured:
    door = Door(db, registry(), clock, instance="bench", defaults=Reader())
    worker = Worker(door, {HOME: Slow()}, clock)
    door.wake = worker.wake
    process = psutil.Process()
    before = process.memory_info().rss
    alone: list[float] = []
    await _typed(door, alone, ALONE)
    waits: list[float] = []
    typing = asyncio.create_task(_typed(door, waits))
    begun, used = time.perf_counter(), time.process_time()
    working = asyncio.create_task(worker.run())
    while (due := await db.read(timers.next_due)) is not None and due <= OPENS:  # noqa: ASYNC110  it tells nobody
        await asyncio.sleep(LOOKS_EVERY)
    seconds, cpu = time.perf_counter() - begun, time.process_time() - used
    typing.cancel()
    await asyncio.gather(typing, return_exceptions=True)
    memory = (process.memory_info().rss - before) / MEGABYTE
    await worker.stop(5)
    await working
    await db.read(lambda conn: _check(conn, rooms))
    return Measured(seconds, cpu, waits, alone, memory)


class Slow:
    """A platform that takes fifty messages a second, as Feishu does of one app."""

    name = HOME

    async def run(self, handle: Handle) -> None:
        """Nothing comes from it."""

    async def perform(self, effect: Effect, key: str) -> Receipt:  # noqa: ARG002  as all do
        await asyncio.sleep(HANDS / A_SECOND)
        return Receipt(key)


async def _typed(door: Door, waits: list[float], count: int | None = None) -> None:
    """Somebody who goes on typing, whatever comes back when; for ever, or so many commands."""
    mark = "d" if count is None else "a"
    for number in itertools.count() if count is None else range(count):
        sender = Sender("p1", "Person 1", "en", "UTC")
        place = Address(HOME, HOME, "C1")
        text = Typed("/warroom note Still at it")
        begun = time.perf_counter()
        await door.handle(Incoming(HOME, HOME, f"{mark}{number}", sender, text, place))
        waits.append(time.perf_counter() - begun)
        await asyncio.sleep(TYPES_EVERY)


def _check(conn: Connection, rooms: int) -> None:
    outbox, turns, runs = table_of(Outbox), table_of(Turn), table_of(Run)
    prompts = select(func.count()).where(outbox.c.payload.contains('"direct_message"'))
    asked = select(func.count()).where(turns.c.state == "asked")
    opened = select(func.count()).where(runs.c.state == "open")
    found = [conn.execute(query).scalar() for query in (prompts, asked, opened)]
    assert found == [rooms * PEOPLE, rooms * PEOPLE, rooms], found


def _fill(conn: Connection, rooms: int, now: datetime) -> None:
    """Rooms of ten people each, every one with a stand-up at 09:30 tomorrow."""
    rows = Rows(conn)
    for table in (Turn, Run, Standup, Timer, Member, Room, Outbox):
        conn.execute(table_of(table).delete())
    home = rows.add(Workspace(platform=HOME, native=HOME, settings="{}", created_at=now))
    for start in range(0, rooms * PEOPLE, 10_000):
        numbers = range(start, min(start + 10_000, rooms * PEOPLE))
        rows.add_all(Person, [_person(home.id, n, now) for n in numbers])
    rows.add_all(Room, [_room(home.id, number, now) for number in range(1, rooms + 1)])
    asked = dump_questions(usual("daily"))
    for start in range(1, rooms + 1, 1000):
        some = range(start, min(start + 1000, rooms + 1))
        rows.add_all(Member, [each for room in some for each in _members(room, now)])
        rows.add_all(Standup, [_standup(home.id, room, asked, now) for room in some])
        rows.add_all(Run, [_run(home.id, room, asked) for room in some])
        rows.add_all(Timer, [_timer(home.id, room) for room in some])


def _person(home: int, number: int, now: datetime) -> dict[str, Any]:
    return {
        "workspace_id": home,
        "user": f"p{number + 1}",
        "name": f"Person {number + 1}",
        "native_lang": "zh" if number % 2 else "en",
        "native_zone": "UTC",
        "is_admin": number == 0,
        "is_active": True,
        "created_at": now,
    }


def _room(home: int, number: int, now: datetime) -> dict[str, Any]:
    return {
        "workspace_id": home,
        "number": number,
        "title": f"Trouble {number}",
        "severity": 2,
        "status": "investigating",
        "is_private": False,
        "lead_id": number * PEOPLE,
        "lang": "en",
        "zone": "UTC",
        "channel": f"C{number}",
        "channel_name": f"wr-{number}",
        "channel_gone": False,
        "opening": "ready",
        "not_invited": "{}",
        "opened_by": 1,
        "opened_at": now,
    }


def _members(room: int, now: datetime) -> list[dict[str, Any]]:
    people = range((room - 1) * PEOPLE + 1, room * PEOPLE + 1)
    return [{"room_id": room, "person_id": who, "is_in": True, "since": now} for who in people]


def _standup(home: int, room: int, asked: str, now: datetime) -> dict[str, Any]:
    return {
        "workspace_id": home,
        "room_id": room,
        "name": "",
        "opens": 9 * 60 + 30,
        "window": 90,
        "days": "workdays",
        "since": date(2026, 11, 23),
        "clock": "room",
        "zone": "UTC",
        "who": "members",
        "people": "[]",
        "questions": asked,
        "place": "form",
        "missing": "named",
        "reminds": True,
        "layout": "person",
        "made_by": 1,
        "made_at": now,
    }


def _run(home: int, room: int, asked: str) -> dict[str, Any]:
    return {
        "workspace_id": home,
        "standup_id": room,
        "room_id": room,
        "day": OPENS.date(),
        "opens_at": OPENS,
        "closes_at": OPENS + timedelta(minutes=90),
        "state": "planned",
        "questions": asked,
        "is_reported": False,
    }


def _timer(home: int, room: int) -> dict[str, Any]:
    return {
        "key": timer(room),
        "workspace_id": home,
        "due_at": OPENS,
        "payload": json.dumps(dump(RunDue(run=room))),
    }
