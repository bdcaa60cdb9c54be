"""The timeline: an append-only record of everything that happened in a room.

Its text is a message with values, not words, so that it can be read in any language for ever.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select

from bot.core.sources import Source
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
    source: Source | None = None
    by_emoji: bool | None = None


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
                "source": str(record.source) if record.source else None,
                "source_key": record.source.key if record.source else None,
                "by_emoji": record.by_emoji,
                "withdrawn_at": None,
            }
            for record in records
        ],
    )


def text_of(entry: Entry) -> Msg:
    """What a line says."""
    return load_msg(json.loads(entry.text))


def latest(rows: Rows, room: int, *, count: int, before: int | None = None) -> list[Entry]:
    """The last `count` lines of a room, the newest first; `before` an entry's id, to page."""
    shown = (_table.c.room_id == room, _table.c.withdrawn_at.is_(None))
    found = select(_table).where(*shown).order_by(_table.c.id.desc())
    if before is not None:
        found = found.where(_table.c.id < before)
    return rows.all(Entry, found.limit(count))


def count(rows: Rows, room: int) -> int:
    """How many lines a room has."""
    shown = (_table.c.room_id == room, _table.c.withdrawn_at.is_(None))
    found = select(func.count()).select_from(_table).where(*shown)
    return int(rows.value(found) or 0)


def times(rows: Rows, room: int, kind: str) -> int:
    """How often something of a kind has happened in a room."""
    is_it = (_table.c.room_id == room, _table.c.kind == kind)
    return int(rows.value(select(func.count()).select_from(_table).where(*is_it)) or 0)


_made_of = (
    select(_table)
    .where(
        _table.c.workspace_id == bindparam("workspace"),
        _table.c.source_key == bindparam("source"),
        _table.c.withdrawn_at.is_(None),
    )
    .order_by(_table.c.id)
)


def made_of(rows: Rows, workspace: int, source: str) -> list[Entry]:
    """The lines that were made of a message, by its key; not those that were withdrawn."""
    return rows.all(Entry, _made_of, {"workspace": workspace, "source": source})
