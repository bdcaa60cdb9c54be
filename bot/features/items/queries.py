"""Reads of items, for every feature."""

from __future__ import annotations

from sqlalchemy import bindparam, func, literal, select

from bot.features.items.tables import Item, State
from storage.rows import table_of
from storage.tx import Tx

__all__ = ["Item", "State"]

items = table_of(Item)
_numbered = select(items).where(
    items.c.room_id == bindparam("room"), items.c.number == bindparam("number")
)
_numbered_locked = _numbered.with_for_update()
_last = select(func.max(items.c.number)).where(items.c.room_id == bindparam("room"))
_counts = (
    select(items.c.state, func.count().label("count"))
    .where(items.c.room_id == bindparam("room"))
    .group_by(items.c.state)
)
#: Literals, for an IN of plain values is written out anew each time and cannot be prepared.
_undone = items.c.state.in_([literal(str(State.OPEN)), literal(str(State.BLOCKED))])
_soonest = (
    select(items)
    .where(items.c.room_id == bindparam("room"), _undone)
    .order_by(items.c.due_at.is_(None), items.c.due_at, items.c.number)
    .limit(bindparam("count"))
)


def numbered(tx: Tx, room: int, number: int, *, lock: bool = False) -> Item | None:
    """The item of a room with that number."""
    query = _numbered_locked if lock else _numbered
    return tx.first(Item, query, {"room": room, "number": number})


def last_number(tx: Tx, room: int) -> int:
    """The highest number of a room's items; lock the room before giving out the next."""
    return int(tx.value(_last, {"room": room}) or 0)


def counts(tx: Tx, room: int) -> dict[str, int]:
    """How many items of a room are in each state."""
    found = tx.execute(_counts, {"room": room}).mappings()
    return {str(row["state"]): int(row["count"]) for row in found}


def soonest(tx: Tx, room: int, *, count: int) -> list[Item]:
    """The open items of a room, those that are due first first."""
    return tx.all(Item, _soonest, {"room": room, "count": count})
