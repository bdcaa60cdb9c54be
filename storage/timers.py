"""Timers: everything that time makes happen is a row with a due time and a unique key.

Firing takes the row away in the transaction that does what it is for, so it happens once, however
many workers look and whenever one dies. No clock runs per timer: the worker asks when the next one
is due.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.core.commands import Command, dump
from storage.notices import announce
from storage.prepared import fetch, run
from storage.rows import table_of
from storage.tables import Timer, Workspace

_table = table_of(Timer)
_workspace = table_of(Workspace)


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
    values = {
        "key": key,
        "workspace_id": workspace_id,
        "due_at": at,
        "payload": json.dumps(dump(command), ensure_ascii=False),
    }
    run(conn, _set[conn.dialect.name], values)
    announce(conn)


def _insert_or_move() -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, new in (
        ("sqlite", sqlite.insert(_table)),
        ("postgresql", postgresql.insert(_table)),
    ):
        moved = {each: new.excluded[each] for each in ("workspace_id", "due_at", "payload")}
        made[name] = new.on_conflict_do_update(index_elements=[_table.c.key], set_=moved)
    return made


_set = _insert_or_move()


def cancel_timer(conn: Connection, key: str) -> None:
    """Forget a timer; harmless if there is none."""
    run(conn, _cancel, {"named": key})


_cancel = delete(_table).where(_table.c.key == bindparam("named"))


#: What is due in a workspace that Muster is gone from waits until it is back.
_left = select(_workspace.c.id).where(_workspace.c.left_at.is_not(None))
_is_on = _table.c.workspace_id.not_in(_left)
_next = (
    select(_table)
    .where(_table.c.due_at <= bindparam("now"), _is_on)
    .order_by(_table.c.due_at, _table.c.id)
    .limit(1)
    .with_for_update(skip_locked=True)
)


_drop = delete(_table).where(_table.c.id == bindparam("row"))


def take_due(conn: Connection, now: datetime) -> Due | None:
    """Take the timer that has been due the longest away; the caller does what it is for, now."""
    found = fetch(conn, _next, {"now": now})
    if not found:
        return None
    run(conn, _drop, {"row": found[0]["id"]})
    return Due(**found[0])


def is_set(conn: Connection, key: str) -> bool:
    """Whether a timer of that key waits."""
    return bool(fetch(conn, _named, {"named": key}))


_named = select(_table.c.id).where(_table.c.key == bindparam("named"))


def put_off(conn: Connection, timer: int, *, until: datetime) -> None:
    """Let a timer wait until then."""
    conn.execute(update(_table).where(_table.c.id == timer).values(due_at=until))


def next_due(conn: Connection) -> datetime | None:
    """When the next timer is due."""
    found: datetime | None = fetch(conn, _first, {})[0]["first"]
    return found


_first = select(func.min(_table.c.due_at).label("first")).where(_is_on)
