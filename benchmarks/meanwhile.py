"""What a command waits for while everybody's stand-up opens, and while a million are exported.

Each beside the same command with nothing else going on, of the same run. 10,000 people in 1,000
rooms are prompted at 09:30 (see `standups.py`), a note typed every few milliseconds; then 1,000,000
decisions are written to a file, and `/decisions` is typed, one after the other.
"""

from __future__ import annotations

import asyncio
import itertools
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks import exports, standups
from benchmarks.engines import engines
from benchmarks.table import Row, ratio
from bot.bootstrap import registry
from bot.core.clock import SystemClock
from bot.core.effects import Address
from bot.core.platform import Incoming, Sender, Typed
from bot.core.text import Reader
from bot.dispatch import Door
from bot.features.decisions.exports import export
from storage.db import Database, open_database
from storage.rows import Rows

ROOMS = 1_000
DECISIONS = 1_000_000
#: Commands before the export begins; meanwhile it is as many as there is time for.
ALONE = 200
#: What nobody minds waiting for, in seconds.
NOTE, LIST = 0.1, 0.5


def run() -> list[Row]:
    """Both, on both engines."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=Path.cwd()) as name:
        folder = Path(name)
        with engines(folder) as found:
            for engine in found:
                opened = asyncio.run(standups.measure(lambda _: engine.make(), ROOMS))  # noqa: B023  it is called at once
                people = f"{ROOMS * standups.PEOPLE:,} people are prompted"
                rows += _rows(f"note, {engine.name}", people, opened.alone, opened.waits, NOTE)
            for engine in found:
                alone, waits = asyncio.run(_exporting(engine.make(), folder / "decisions.csv"))
                what = f"{DECISIONS:,} decisions are exported"
                rows += _rows(f"list of decisions, {engine.name}", what, alone, waits, LIST)
    return rows


def _rows(what: str, why: str, alone: list[float], waits: list[float], most: float) -> list[Row]:
    slow, usual = _p99(waits), _p99(alone)
    target = f"≤ {most * 1000:.0f} ms"
    return [
        Row(f"{what}, alone: p50, p99", f"{_median(alone)}, {usual * 1000:.0f} ms"),
        Row(
            f"{what}, while {why}: p50, p99 of {len(waits):,}",
            f"{_median(waits)}, {slow * 1000:.0f} ms",
            target,
            slow <= most,
        ),
        ratio(f"{what}, meanwhile ÷ alone, p99", slow / usual),
    ]


def _median(waits: list[float]) -> str:
    return f"{statistics.median(waits) * 1000:.0f} ms"


def _p99(waits: list[float]) -> float:
    return statistics.quantiles(waits, n=100)[98]


async def _exporting(url: str, out: Path) -> tuple[list[float], list[float]]:
    """What `/decisions` waits for alone, and while they are all exported."""
    await exports.make(url, DECISIONS)
    db = open_database(url)
    door = Door(db, registry(), SystemClock(), instance="bench", defaults=Reader())
    numbers = itertools.count()
    alone = [await _asked(door, next(numbers)) for _ in range(ALONE)]
    waits: list[float] = []
    exporting = asyncio.create_task(_export(db, out))
    while not exporting.done():
        waits.append(await _asked(door, next(numbers)))
    assert await exporting == DECISIONS
    await db.close()
    return alone, waits


async def _export(db: Database, out: Path) -> int:
    query = {"workspace": 1, "format": "csv"}
    return await db.read(lambda conn: export(Rows(conn), query, out, lambda _: None))


async def _asked(door: Door, number: int) -> float:
    """Seconds until `/decisions` is answered."""
    sender = Sender("p7", "Person 7", "en", "UTC")
    place = Address(exports.HOME, exports.HOME, "C-general")
    what = Incoming(exports.HOME, exports.HOME, f"d{number}", sender, Typed("/decisions"), place)
    begun = time.perf_counter()
    answer = await door.handle(what)
    took = time.perf_counter() - begun
    assert answer.reply is not None
    return took
