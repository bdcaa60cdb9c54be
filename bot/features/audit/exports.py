"""The audit log as a file for programs: CSV, or JSON Lines. Times in UTC, ISO 8601."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select

from bot.core.filetext import csv_cell
from bot.core.i18n import plain
from bot.core.keys import RoomKey
from bot.core.text import Reader, load_msg
from bot.feature import Report
from bot.features.rooms import queries as rooms
from storage.rows import Rows, table_of
from storage.tables import Entry, Person

#: What of the timeline belongs to it: these kinds, and all that begin as the others do.
KINDS = (
    "person.manager",
    "decision.redacted",
    "decisions.exported",
    "decisions.export_failed",
    "decisions.imported",
    "standups.exported",
    "escalation.ops",
    "escalation.policy",
    "escalation.sponsor",
    "escalation.switched",
)
FAMILIES = ("audit.", "calendar.", "outbox.", "people.", "workspace.")
_EVERY = 1000
_entries, _people = table_of(Entry), table_of(Person)


@dataclass(frozen=True, slots=True)
class Line:
    """Something that was done. Nobody did what Muster did by itself, or the command line."""

    id: int
    at: str
    kind: str
    by: str
    by_id: str
    room: str
    text: str


def export(rows: Rows, query: Mapping[str, Any], path: Path, report: Report) -> int:
    """Write the lines of `query` to `path`, the oldest first; how many there were.

    "workspace" is whose; "person" for whom, None for whoever runs the machine and sees everything;
    "since" and "until" are ISO instants or None; "format" is csv or jsonl; "lang" is that of the
    sentences. OSError if it cannot be written.
    """
    reader = Reader("zh" if query.get("lang") == "zh" else "en")
    found = _lines(rows, query, reader, report)
    with path.open("w", encoding="utf-8", newline="") as file:
        if query["format"] == "jsonl":
            return sum(_wrote(file.write(_json(line))) for line in found)
        file.write("\ufeff")  # Excel takes a file for UTF-8 only by its mark
        out = csv.writer(file)
        out.writerow(field.name for field in fields(Line))
        return sum(_wrote(out.writerow(map(_cell, asdict(line).values()))) for line in found)


def _wrote(_: object) -> int:
    return 1


def _json(line: Line) -> str:
    return json.dumps(asdict(line), ensure_ascii=False) + "\n"


def _cell(value: object) -> str:
    return csv_cell(str(value))


def _lines(rows: Rows, query: Mapping[str, Any], reader: Reader, report: Report) -> Iterator[Line]:
    found = rows.conn.execute(_query(query).execution_options(yield_per=_EVERY))
    for count, row in enumerate(found, 1):
        at: datetime = row.at
        yield Line(
            row.id,
            at.astimezone(UTC).isoformat(),
            row.kind,
            row.name or "",
            row.user or "",
            str(RoomKey(row.number)) if row.number is not None else "",
            plain(load_msg(json.loads(row.text)), reader),
        )
        report(count)


def _query(query: Mapping[str, Any]) -> Select[Any]:
    wanted: list[ColumnElement[bool]] = [
        _entries.c.workspace_id == query["workspace"],
        or_(_entries.c.kind.in_(KINDS), *(_entries.c.kind.like(f"{each}%") for each in FAMILIES)),
    ]
    if query.get("person") is not None:
        seen = rooms.visible(query["person"])
        wanted.append(or_(_entries.c.room_id.is_(None), seen))
    if query.get("since"):
        wanted.append(_entries.c.at >= datetime.fromisoformat(query["since"]))
    if query.get("until"):
        wanted.append(_entries.c.at < datetime.fromisoformat(query["until"]))
    return (
        select(_entries, _people.c.name, _people.c.user, rooms.rooms.c.number)
        .select_from(
            _entries.outerjoin(_people, _people.c.id == _entries.c.person_id).outerjoin(
                rooms.rooms, rooms.rooms.c.id == _entries.c.room_id
            )
        )
        .where(*wanted)
        .order_by(_entries.c.id)
    )
