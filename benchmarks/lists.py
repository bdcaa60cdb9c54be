"""Lists in a small and in a large workspace: they must take the same time.

The large one has 100,000 rooms and 1,000,000 items, the small one 1,000 rooms and 10,000 items, of
as many people in proportion.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection

from benchmarks.table import Row, ratio
from bot.bootstrap import registry
from bot.core.chat import Entries
from bot.core.clock import SystemClock
from bot.core.effects import Address
from bot.core.platform import Answer, Incoming, Say, Sender, Typed
from bot.core.text import Reader
from bot.dispatch import Door
from bot.features.items.tables import Item
from bot.features.rooms.tables import Member, Room
from storage import migrate
from storage.db import open_database
from storage.rows import Rows
from storage.tables import Person, Workspace

SIZES = (1_000, 100_000)
ITEMS = 10
CALLS = 60
HOME = "playground"
LINES = {
    "/warroom list": "C-general",
    "/warroom list mine": "C-general",
    "/warroom list all --severity 1": "C-general",
    "/item list": "C500",
    "/item list mine": "C-general",
}


def run() -> list[Row]:
    """The same commands at both sizes."""
    small, large = (asyncio.run(_measure(size)) for size in SIZES)
    rows = []
    for line in LINES:
        rows.append(Row(f"`{line}`, {SIZES[0]:,} rooms", f"{small[line] * 1000:.2f} ms"))
        rows.append(Row(f"`{line}`, {SIZES[1]:,} rooms", f"{large[line] * 1000:.2f} ms"))
        rows.append(ratio(f"`{line}`, large ÷ small", large[line] / small[line], at_most=1.5))
    return rows


async def _measure(rooms: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=Path.cwd()) as folder:
        db = open_database(f"sqlite:///{Path(folder) / 'bench.db'}")
        migrate.upgrade(db.engine)
        await db.write(_filler(rooms))
        with db.engine.connect() as conn:
            conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        door = Door(db, registry(), SystemClock(), instance="bench", defaults=Reader())
        times: dict[str, list[float]] = {line: [] for line in LINES}
        for number in range(CALLS):
            for line, channel in LINES.items():
                sender = Sender("p500", "Person 500", "en", "UTC")
                place = Address(HOME, HOME, channel)
                what = Incoming(HOME, HOME, f"{line}{number}", sender, Typed(line), place)
                begun = time.perf_counter()
                answer = await door.handle(what)
                times[line].append(time.perf_counter() - begun)
                _check(answer)
        await db.close()
    return {line: statistics.median(found) for line, found in times.items()}


def _check(answer: Answer) -> None:
    assert isinstance(answer.reply, Say)
    blocks = answer.reply.card.blocks
    assert blocks, answer.reply.card.title.id
    assert isinstance(blocks[0], Entries), answer.reply.card.title.id
    assert len(blocks[0].entries) >= 1


def _filler(rooms: int) -> Callable[[Connection], None]:
    """Rooms of two people each, every tenth closed, every fiftieth private; ten items a room."""

    def fill(conn: Connection) -> None:
        rows = Rows(conn)
        now = SystemClock().now()
        rows.add(Workspace(platform=HOME, native=HOME, settings="{}", created_at=now))
        people = range(1, rooms + 1)
        rows.add_all(
            Person,
            [
                {
                    "workspace_id": 1,
                    "user": f"p{number}",
                    "name": f"Person {number}",
                    "native_lang": "en",
                    "native_zone": "UTC",
                    "is_admin": number == 1,
                    "is_active": True,
                    "created_at": now,
                }
                for number in people
            ],
        )
        rows.add_all(Room, [_room(number, now) for number in people])
        rows.add_all(
            Member,
            [
                {"room_id": room, "person_id": who, "is_in": True, "since": now}
                for room in people
                for who in {room, room % rooms + 1}
            ],
        )
        for start in range(1, rooms + 1, 10_000):
            some = range(start, min(start + 10_000, rooms + 1))
            rows.add_all(Item, [_item(room, n, now) for room in some for n in range(1, ITEMS + 1)])

    return fill


def _room(number: int, now: object) -> dict[str, object]:
    return {
        "workspace_id": 1,
        "number": number,
        "title": f"Trouble {number}",
        "severity": number % 4 + 1,
        "status": "investigating",
        "is_private": number % 50 == 0,
        "lead_id": number,
        "lang": "en",
        "zone": "UTC",
        "channel": f"C{number}",
        "channel_name": f"wr-{number}",
        "channel_gone": False,
        "opening": "ready",
        "not_invited": "{}",
        "opened_by": number,
        "opened_at": now,
        "closed_at": now if number % 10 == 0 else None,
    }


def _item(room: int, number: int, now: object) -> dict[str, object]:
    assert now is not None
    return {
        "workspace_id": 1,
        "room_id": room,
        "room_number": room,
        "number": number,
        "text": f"Look at part {number}",
        "kind": "action",
        "state": "done" if number % 3 == 0 else "open",
        "owner_id": room,
        "due_at": SystemClock().now() + timedelta(days=number),
        "added_by": room,
        "added_at": now,
        "moved_at": now,
    }
