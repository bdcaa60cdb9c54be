"""Reads of items, for every feature."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, func, literal, or_, select
from sqlalchemy.sql import Select

from bot.core.words import fold
from bot.features.items.tables import Item, Kind, State
from bot.features.rooms import queries as rooms
from storage.rows import table_of
from storage.tx import Tx

__all__ = ["Item", "Kind", "State"]

items = table_of(Item)
_BETWEEN_WORDS = re.compile(r"[\W_]+")
_numbered = select(items).where(
    items.c.room_id == bindparam("room"), items.c.number == bindparam("number")
)
_numbered_locked = _numbered.with_for_update()
_last = select(func.max(items.c.number)).where(items.c.room_id == bindparam("room"))
_counts = (
    select(items.c.state, func.count().label("count"))
    .where(items.c.room_id == bindparam("room"), items.c.withdrawn_at.is_(None))
    .group_by(items.c.state)
)
#: Literals, for an IN of plain values is written out anew each time and cannot be prepared.
_undone = items.c.state.in_([literal(str(State.OPEN)), literal(str(State.BLOCKED))])
_soonest = (
    select(items)
    .where(items.c.room_id == bindparam("room"), _undone, items.c.withdrawn_at.is_(None))
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


def _of(person: int) -> Any:
    """A condition: the open items that somebody has, in rooms that they may know of."""
    return and_(
        items.c.owner_id == person,
        _undone,
        items.c.withdrawn_at.is_(None),
        rooms.visible(person),
    )


_in_rooms = items.join(rooms.rooms, rooms.rooms.c.id == items.c.room_id)


def open_after(after: int, *, workspace: int, count: int) -> Select[Any]:
    """The query of a workspace's open items, by id, those after `after`."""
    return (
        select(items)
        .where(items.c.workspace_id == workspace, items.c.id > after)
        .where(_undone, items.c.withdrawn_at.is_(None))
        .order_by(items.c.id)
        .limit(count)
    )


def of_person(tx: Tx, person: int, *, count: int, after: datetime | None = None) -> list[Item]:
    """The open items of a person, those that are due first first; `after` only those due then."""
    found = (
        select(items)
        .select_from(_in_rooms)
        .where(_of(person))
        .order_by(items.c.due_at.is_(None), items.c.due_at, items.c.id)
        .limit(count)
    )
    if after is not None:
        found = found.where(items.c.due_at > after)
    return tx.all(Item, found)


def count_of(tx: Tx, person: int) -> int:
    """How many open items a person has."""
    return int(tx.value(select(func.count()).select_from(_in_rooms).where(_of(person))) or 0)


_theirs = (
    select(items)
    .where(
        items.c.room_id == bindparam("room"),
        items.c.owner_id == bindparam("person"),
        _undone,
        items.c.withdrawn_at.is_(None),
    )
    .order_by(items.c.due_at.is_(None), items.c.due_at, items.c.number)
    .limit(bindparam("count"))
)
_blockers = (
    select(items)
    .where(
        items.c.room_id == bindparam("room"),
        items.c.kind == literal(str(Kind.BLOCKER)),
        _undone,
        items.c.withdrawn_at.is_(None),
    )
    .order_by(items.c.added_at, items.c.number)
)


def of_person_in(tx: Tx, room: int, person: int, *, count: int) -> list[Item]:
    """The open items that a person has in a room, those that are due first first."""
    return tx.all(Item, _theirs, {"room": room, "person": person, "count": count})


def blockers(tx: Tx, room: int, person: int | None = None) -> list[Item]:
    """The open blockers of a room, or of a person in it, the oldest first."""
    found = tx.all(Item, _blockers, {"room": room})
    return [item for item in found if person is None or item.owner_id == person]


def blockers_at(tx: Tx, room: int, at: datetime) -> list[Item]:
    """The blockers of a room that were open at an instant, the oldest first."""
    found = select(items).where(
        items.c.room_id == room,
        items.c.kind == Kind.BLOCKER,
        items.c.withdrawn_at.is_(None),
        items.c.added_at <= at,
        or_(items.c.done_at.is_(None), items.c.done_at > at),
    )
    return tx.all(Item, found.order_by(items.c.added_at, items.c.number))


def same_words(one: str, other: str) -> bool:
    """Whether two texts say the same: their case, width, spaces and punctuation do not matter."""
    return words_of(one) == words_of(other)


def words_of(text: str) -> str:
    """The words of a text, as they are compared."""
    return _BETWEEN_WORDS.sub(" ", fold(text)).strip()
