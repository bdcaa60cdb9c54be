"""Commands a second through the door, durably, against a bare loop that does the same inserts.

Both write to SQLite with synchronous=FULL and group commit, 32 at a time. The bare loop only makes
the three inserts of the command (inbox, timeline, outbox) through SQLAlchemy Core; the door also
finds the workspace, the person and the room, parses, authorises, and lets the cards be redrawn.
"""

from __future__ import annotations

import asyncio
import queue
import statistics
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert

from benchmarks.table import Row, ratio
from bot.bootstrap import registry
from bot.core.clock import SystemClock
from bot.core.effects import Address
from bot.core.platform import Incoming, Sender, Typed
from bot.core.text import Reader
from bot.dispatch import Door
from bot.features.rooms.tables import Room
from storage import migrate
from storage.db import Database, open_database
from storage.rows import Rows, table_of
from storage.sqlite import GROUP
from storage.tables import Entry, Inbox, LiveCard, Outbox, Person, Workspace

AT_ONCE = 32
COMMANDS = 4000
ROUNDS = 5
HOME = "playground"
COMMAND_LINES = {
    "note (inbox, timeline, outbox)": "/warroom note The gateway was restarted",
    "item add (and an item, a post)": "/item add Check the gateway logs --due tomorrow 5pm",
    "decide (and a decision, a post)": "/decide Roll back --why Errors began with 1.5",
}


def run() -> list[Row]:
    """Measure bare and door in turns, so that both see the same machine."""
    bare: list[float] = []
    door: dict[str, list[float]] = {name: [] for name in COMMAND_LINES}
    for _ in range(ROUNDS):
        bare.append(_in_folder(_bare))
        for name, line in COMMAND_LINES.items():
            door[name].append(_in_folder(lambda folder, line=line: _door(folder, line)))  # type: ignore[misc]
    floor = statistics.median(bare)
    rows = [Row("bare loop, three inserts", f"{floor:,.0f} /s")]
    for position, (name, rates) in enumerate(door.items()):
        rate = statistics.median(rates)
        rows.append(Row(f"door, {name}", f"{rate:,.0f} /s"))
        at_least = 0.5 if position == 0 else None
        rows.append(ratio(f"door ÷ bare, {name}", rate / floor, at_least=at_least))
    return rows


def _in_folder(measure: Callable[[Path], Awaitable[float]]) -> float:
    # Beside the project and not in the system's temporary folder, which may be in memory.
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=Path.cwd()) as folder:
        return asyncio.run(_awaited(measure(Path(folder))))


async def _awaited(doing: Awaitable[float]) -> float:
    return await doing


async def _flood(do: Callable[[int], Awaitable[Any]]) -> float:
    numbers = iter(range(COMMANDS))

    async def one_after_another() -> None:
        for number in numbers:
            await do(number)

    start = time.perf_counter()
    await asyncio.gather(*(one_after_another() for _ in range(AT_ONCE)))
    return COMMANDS / (time.perf_counter() - start)


def _open(folder: Path) -> Database:
    db = open_database(f"sqlite:///{folder / 'bench.db'}")
    migrate.upgrade(db.engine)
    return db


async def _door(folder: Path, line: str) -> float:
    db = _open(folder)
    door = Door(db, registry(), SystemClock(), instance="bench", defaults=Reader())
    place = Address(HOME, HOME, "C1")

    async def say(text: str, delivery: str) -> None:
        sender = Sender("alice", "Alice", "en", "UTC")
        await door.handle(Incoming(HOME, HOME, delivery, sender, Typed(text), place))

    await say("/warroom open Trouble", "first")
    await db.write(_make_ready)
    rate = await _flood(lambda number: say(line, f"d{number}"))
    await db.close()
    return rate


def _make_ready(conn: Connection) -> None:
    rows = Rows(conn)
    room = rows.get(Room, 1)
    assert room is not None
    rows.change(room, channel="C1", card="1", opening="ready")
    where = {"platform": HOME, "workspace": HOME, "channel": "C1", "message": "1"}
    rows.add(LiveCard.model_validate({"live": room.live, "lang": "en", "zone": "UTC", **where}))


async def _bare(folder: Path) -> float:
    db = _open(folder)
    now = SystemClock().now()
    with db.engine.begin() as conn:
        rows = Rows(conn)
        rows.add(Workspace(platform=HOME, native=HOME, settings="{}", created_at=now))
        rows.add(Person(workspace_id=1, user="alice", name="Alice", created_at=now))
    jobs: queue.SimpleQueue[tuple[int, asyncio.Future[None]] | None] = queue.SimpleQueue()
    loop = asyncio.get_running_loop()
    writer = threading.Thread(target=_write_bare, args=(db, jobs, loop, now))
    writer.start()

    async def do(number: int) -> None:
        done: asyncio.Future[None] = loop.create_future()
        jobs.put((number, done))
        await done

    rate = await _flood(do)
    jobs.put(None)
    writer.join()
    await db.close()
    return rate


def _write_bare(
    db: Database,
    jobs: queue.SimpleQueue[tuple[int, asyncio.Future[None]] | None],
    loop: asyncio.AbstractEventLoop,
    now: datetime,
) -> None:
    inserts = [insert(table_of(table)) for table in (Inbox, Entry, Outbox)]
    while (job := jobs.get()) is not None:
        group = [job]
        with db.engine.connect() as conn:
            conn.exec_driver_sql("BEGIN IMMEDIATE")
            for number, _ in group:
                for statement, values in zip(inserts, _three(number, now), strict=True):
                    conn.execute(statement, values)
                if len(group) < GROUP and not jobs.empty() and (more := jobs.get()) is not None:
                    group.append(more)
            conn.exec_driver_sql("COMMIT")
        loop.call_soon_threadsafe(_settle, [done for _, done in group])


def _settle(done: list[asyncio.Future[None]]) -> None:
    for each in done:
        each.set_result(None)


def _three(number: int, now: datetime) -> tuple[dict[str, Any], ...]:
    return (
        {"platform": HOME, "workspace": HOME, "delivery": f"d{number}", "at": now},
        {
            "workspace_id": 1,
            "room_id": 1,
            "at": now,
            "person_id": 1,
            "kind": "room.note",
            "text": '["msg","{who}: {text}",{"who":["mention","alice","Alice"],"text":"…"},null]',
        },
        {
            "key": f"bench-{number}",
            "platform": HOME,
            "lane": f"{HOME}/{HOME}/C1",
            "payload": "x" * 250,
            "state": "waiting",
            "due_at": now,
            "attempts": 0,
            "created_at": now,
        },
    )
