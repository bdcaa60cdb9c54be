"""A million decisions into files: how fast beside the barest loop, and in how much memory.

What a command waits for meanwhile is measured by `meanwhile.py`.

The bare loops read the same query: one hands the rows of the driver's cursor to a CSV writer, the
other writes them as text with XlsxWriter in constant-memory mode. Each run is a process of its own,
the two of a pair take turns, and what counts is the processor's time, for the machine has other
things to do from one minute to the next.
"""

from __future__ import annotations

import asyncio
import csv
import json
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Insert, Integer, String, bindparam, cast, insert, literal, select
from sqlalchemy.dialects import sqlite
from xlsxwriter import Workbook

from benchmarks.table import Row, ratio
from bot.bootstrap import registry
from bot.core.clock import SystemClock
from bot.features.decisions import exports, records
from bot.features.decisions.finding import Filter
from bot.features.decisions.tables import Decision
from storage import migrate
from storage.db import open_database
from storage.rows import Rows, table_of
from storage.tables import Person, Workspace

COUNT = 1_000_000
#: A workbook of a million takes minutes; what it costs per row is the same from the first on.
SHEET = 100_000
TURNS = 3
PEOPLE = 500
#: Decisions made here; the others are copied from them.
BLOCK = 10_000
MOST_MEMORY = 200
HOME = "playground"


def run() -> list[Row]:
    """Rows per second against the bare loops, memory, and the bot's answers meanwhile."""
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=Path.cwd()) as folder:
        million, less = Path(folder) / "million.db", Path(folder) / "less.db"
        for path, count in ((million, COUNT), (less, SHEET)):
            asyncio.run(make(f"sqlite:///{path}", count))
        rows = []
        for name, bare, path in (
            ("csv", "bare csv", million),
            ("jsonl", "bare csv", million),
            ("xlsx", "bare xlsx", less),
        ):
            rows += _pair(name, bare, path)
        rows.append(_memory("xlsx", _call("xlsx", million)))
        return rows


def _pair(name: str, bare: str, path: Path) -> list[Row]:
    turns = [(_call(name, path), _call(bare, path)) for _ in range(TURNS)]
    count = turns[0][0]["rows"]
    ours = max(mine["rows"] / mine["seconds"] for mine, _ in turns)
    theirs = max(other["rows"] / other["seconds"] for _, other in turns)
    found = [
        Row(f"export {name}, {count:,} decisions", f"{ours:,.0f} rows/s"),
        Row(f"{bare}, {count:,} decisions", f"{theirs:,.0f} rows/s"),
        ratio(f"export {name} ÷ {bare}, rows per second", ours / theirs, at_least=0.5),
    ]
    if count == COUNT:
        found.append(_memory(name, turns[-1][0]))
    return found


def _memory(name: str, done: dict[str, Any]) -> Row:
    used = done["memory"]
    what = f"memory of an export {name}, {done['rows']:,} decisions"
    return Row(what, f"{used:.0f} MB", f"≤ {MOST_MEMORY} MB", used <= MOST_MEMORY)


def _call(name: str, path: Path) -> dict[str, Any]:
    line = [sys.executable, "-m", "benchmarks.exports", name, str(path)]
    done = subprocess.run(line, check=True, stdout=subprocess.PIPE)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


# ── one run, in a process of its own ─────────────────────────────────────────────────────────────


def main(name: str, path: str) -> None:
    """Run one of them on a database; print its rows, seconds and megabytes."""
    registry()
    out = Path(path).with_suffix(".out")
    begun = time.process_time()
    count = _BARE[name](path, out) if name in _BARE else _ours(name, path, out)
    seconds = time.process_time() - begun
    out.unlink()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"rows": count, "seconds": seconds, "memory": memory}))


def _ours(form: str, path: str, out: Path) -> int:
    db = open_database(f"sqlite:///{path}")
    query = {"workspace": 1, "format": form}
    with db.engine.connect() as conn:
        done = exports.export(Rows(conn), query, out, lambda _: None)
    asyncio.run(db.close())
    return done


def _cursor(path: str) -> sqlite3.Cursor:
    """The rows of the very query that an export reads."""
    query = records.selected(Filter(1), "sqlite")
    made = query.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    return sqlite3.connect(path).execute(str(made))


def _bare_csv(path: str, out: Path) -> int:
    count = 0
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        for row in _cursor(path):
            writer.writerow(row)
            count += 1
    return count


def _bare_xlsx(path: str, out: Path) -> int:
    count = 0
    book = Workbook(str(out), {"constant_memory": True})
    sheet = book.add_worksheet()
    for count, row in enumerate(_cursor(path), 1):
        for column, value in enumerate(row):
            if value is not None:
                sheet.write(count, column, value)
    book.close()
    return count


_BARE: dict[str, Callable[[str, Path], int]] = {"bare csv": _bare_csv, "bare xlsx": _bare_xlsx}

# ── what is exported ─────────────────────────────────────────────────────────────────────────────


async def make(url: str, count: int) -> None:
    """A new database with so many decisions: some made here, the others copied from them there."""
    db = open_database(url)
    migrate.upgrade(db.engine)

    def fill(conn: Connection) -> None:
        rows = Rows(conn)
        now = SystemClock().now()
        rows.add(Workspace(platform=HOME, native=HOME, settings="{}", created_at=now))
        rows.add_all(Person, [_person(number, now) for number in range(1, PEOPLE + 1)])
        rows.add_all(Decision, [_decision(number) for number in range(1, min(BLOCK, count) + 1)])
        for copies in range(1, -(-count // BLOCK)):
            conn.execute(_copied, {"moved": copies * BLOCK, "left": count - copies * BLOCK})

    await db.write(fill)
    with db.engine.connect() as conn:
        if conn.dialect.name == "sqlite":
            conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    await db.close()


def _copying() -> Insert:
    """All decisions of the first block once more, `moved` further on, up to number `left`."""
    table = table_of(Decision)
    moved, left = bindparam("moved", type_=Integer), bindparam("left", type_=Integer)
    names = [column.name for column in table.columns if column.name != "id"]
    numbered = table.c.number + moved
    new = {"number": numbered, "uid": literal("moved-") + cast(numbered, String)}
    found = select(*(new.get(name, table.c[name]) for name in names))
    return insert(table).from_select(
        names, found.where(table.c.number <= BLOCK, table.c.number <= left)
    )


_copied = _copying()


def _person(number: int, now: datetime) -> dict[str, Any]:
    return {
        "workspace_id": 1,
        "user": f"p{number}",
        "name": f"Person {number}",
        "native_lang": "en",
        "native_zone": "UTC",
        "is_admin": False,
        "is_active": True,
        "created_at": now,
    }


def _decision(number: int) -> dict[str, Any]:
    return {
        "workspace_id": 1,
        "number": number,
        "title": f"Roll back to version {number}",
        "why": f"Errors began with {number}: 支付超时",
        "instead_of": "Hotfix" if number % 2 else None,
        "context": "The release of Monday made checkout slow for everybody" if number % 3 else None,
        "options": "Roll back\n+ known\nHotfix\n- unknown" if number % 10 == 0 else None,
        "consequences": "Refunds stay broken until Thursday" if number % 4 == 0 else None,
        "tags": ",payments," if number % 5 == 0 else None,
        "state": "accepted",
        "decided_by": number % PEOPLE + 1,
        "decided_at": datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number),
        "uid": f"{number:032x}",
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
