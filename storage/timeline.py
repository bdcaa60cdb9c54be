"""The timeline: an append-only record of everything that happened in a room.

Its text is a message with values, not words, so that it can be read in any language for ever.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from bot.core.text import Msg, dump_inline, load_msg
from storage.rows import Rows, table_of
from storage.tables import Entry

_table = table_of(Entry)
_to_json = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(frozen=True, slots=True)
class Record:
    """A line that is to be written with the commit at hand."""

    kind: str
    text: Msg
    room: int | None
    at: datetime
    key: str | None = None


def write(rows: Rows, records: Sequence[Record], *, workspace: int, person: int | None) -> None:
    """Write lines in order."""
    rows.add_all(
        Entry,
        [
            {
                "workspace_id": workspace,
                "room_id": record.room,
                "at": record.at,
                "person_id": person,
                "kind": record.kind,
                "text": _to_json(dump_inline(record.text)),
                "key": record.key,
            }
            for record in records
        ],
    )


def text_of(entry: Entry) -> Msg:
    """What a line says."""
    return load_msg(json.loads(entry.text))


def latest(rows: Rows, room: int, *, count: int, before: int | None = None) -> list[Entry]:
    """The last `count` lines of a room, the newest first; `before` an entry's id, to page."""
    found = select(_table).where(_table.c.room_id == room).order_by(_table.c.id.desc())
    if before is not None:
        found = found.where(_table.c.id < before)
    return rows.all(Entry, found.limit(count))


def count(rows: Rows, room: int) -> int:
    """How many lines a room has."""
    found = select(func.count()).select_from(_table).where(_table.c.room_id == room)
    return int(rows.value(found) or 0)
