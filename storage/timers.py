"""Timers: everything that time makes happen is a row with a due time and a unique key.

Firing takes the row away in the transaction that does what it is for, so it happens once, however
many workers look and whenever one dies. No clock runs per timer: the worker asks when the next one
is due.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.core.commands import Command, dump
from storage.rows import table_of
from storage.tables import Timer

_table = table_of(Timer)


@dataclass(frozen=True, slots=True)
class Due:
    """A timer that has come due."""

    id: int
    key: str
    workspace_id: int
    due_at: datetime
    payload: str


def set_timer(
    conn: Connection, key: str, *, workspace_id: int, at: datetime, command: Command
) -> None:
    """Dispatch `command` at `at`; a timer of the same key is replaced."""
    module = sqlite if conn.dialect.name == "sqlite" else postgresql
    values = {
        "key": key,
        "workspace_id": workspace_id,
        "due_at": at,
        "payload": json.dumps(dump(command), ensure_ascii=False),
    }
    new = module.insert(_table).values(values)
    conn.execute(
        new.on_conflict_do_update(
            index_elements=[_table.c.key],
            set_={name: new.excluded[name] for name in values if name != "key"},
        )
    )


def cancel_timer(conn: Connection, key: str) -> None:
    """Forget a timer; harmless if there is none."""
    conn.execute(delete(_table).where(_table.c.key == key))


_next = (
    select(_table)
    .where(_table.c.due_at <= bindparam("now"))
    .order_by(_table.c.due_at, _table.c.id)
    .limit(1)
    .with_for_update(skip_locked=True)
)


def take_due(conn: Connection, now: datetime) -> Due | None:
    """Take the timer that has been due the longest away; the caller does what it is for, now."""
    row = conn.execute(_next, {"now": now}).first()
    if row is None:
        return None
    conn.execute(delete(_table).where(_table.c.id == row.id))
    return Due(row.id, row.key, row.workspace_id, row.due_at, row.payload)


def put_off(conn: Connection, timer: int, *, until: datetime) -> None:
    """Let a timer wait until then."""
    conn.execute(update(_table).where(_table.c.id == timer).values(due_at=until))


def next_due(conn: Connection) -> datetime | None:
    """When the next timer is due."""
    found: datetime | None = conn.execute(select(func.min(_table.c.due_at))).scalar()
    return found
