"""Reads of decisions, for every feature, for lists and for exports."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, or_, select

from bot.core.sources import Source
from bot.features.decisions.tables import Decision
from bot.features.rooms import queries as rooms
from storage.rows import Rows, table_of
from storage.tables import Person
from storage.tx import Tx

__all__ = ["Decision"]

decisions = table_of(Decision)
_people = table_of(Person)
_latest = (
    select(decisions)
    .where(decisions.c.room_id == bindparam("room"), decisions.c.withdrawn_at.is_(None))
    .order_by(decisions.c.number.desc())
    .limit(bindparam("count"))
)
_count = select(func.count()).where(
    decisions.c.room_id == bindparam("room"), decisions.c.withdrawn_at.is_(None)
)


def latest(tx: Tx, room: int, *, count: int) -> list[Decision]:
    """The last decisions of a room, the newest first."""
    return tx.all(Decision, _latest, {"room": room, "count": count})


def count(tx: Tx, room: int) -> int:
    """How many decisions a room has made."""
    return int(tx.value(_count, {"room": room}) or 0)


_last = select(func.max(decisions.c.number)).where(
    decisions.c.room_id == bindparam("room"), decisions.c.withdrawn_at.is_(None)
)


def last_number(tx: Tx, room: int) -> int:
    """The number of the last decision of a room; 0 if it has none."""
    return int(tx.value(_last, {"room": room}) or 0)


def visible(person: int) -> Any:
    """A condition on decisions: those of no room, and of rooms that a person may know of."""
    seen = select(rooms.rooms.c.id).where(rooms.visible(person))
    return or_(decisions.c.room_id.is_(None), decisions.c.room_id.in_(seen))


@dataclass(frozen=True, slots=True)
class Exported:
    """A decision as a row of an export."""

    key: str
    room: str
    room_title: str
    title: str
    why: str
    instead_of: str
    decided_by: str
    decided_at: datetime
    #: Opens the message that it was made of; "" if it was made of none, or none can be opened.
    link: str


def exported(rows: Rows, query: dict[str, Any]) -> Iterator[Exported]:
    """The decisions of an export, the oldest first, read as they are needed.

    `query` has `workspace` and, each optional, `room` (a row's id), `person` (whose eyes it is for;
    without one nothing is left out) and `by_room`: those of no room first, then room by room.
    """
    found = (
        select(
            decisions.c.number,
            decisions.c.title,
            decisions.c.why,
            decisions.c.instead_of,
            decisions.c.decided_at,
            decisions.c.source,
            _people.c.name,
            rooms.rooms.c.number.label("room_number"),
            rooms.rooms.c.title.label("room_title"),
        )
        .join(_people, _people.c.id == decisions.c.decided_by)
        .outerjoin(rooms.rooms, rooms.rooms.c.id == decisions.c.room_id)
        .where(decisions.c.workspace_id == query["workspace"], decisions.c.withdrawn_at.is_(None))
    )
    room_number = rooms.rooms.c.number
    if query.get("by_room"):
        found = found.order_by(room_number.is_not(None), room_number)
    found = found.order_by(decisions.c.number)
    if query.get("room") is not None:
        found = found.where(decisions.c.room_id == query["room"])
    if query.get("person") is not None:
        found = found.where(visible(query["person"]))
    streamed = rows.conn.execution_options(yield_per=1000).execute(found)
    for row in streamed:
        yield Exported(
            key=f"D-{row.number}",
            room=f"WR-{row.room_number}" if row.room_number else "",
            room_title=row.room_title or "",
            title=row.title,
            why=row.why or "",
            instead_of=row.instead_of or "",
            decided_by=row.name,
            decided_at=row.decided_at,
            link=Source.parse(row.source).link if row.source else "",
        )
