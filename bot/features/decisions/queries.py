"""Reads of decisions, for every feature, for lists and for exports."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, func, literal, or_, select

from bot.core.errors import Refused
from bot.core.keys import DecisionKey, RoomKey
from bot.core.sources import Source
from bot.core.text import Strong, t
from bot.features.decisions.tables import Checkpoint, Decision, Part, Stage, State, Vote
from bot.features.rooms import queries as rooms
from bot.features.rooms.queries import Access, Room
from storage.rows import Rows, table_of
from storage.tables import Person
from storage.tx import Tx

__all__ = ["Checkpoint", "Decision"]

#: The setting that names the channel of the weekly digest.
DIGEST = "decision_digest"
decisions = table_of(Decision)
parts = table_of(Part)
votes = table_of(Vote)
checkpoints = table_of(Checkpoint)
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
    """A condition on decisions: those of no room, and of rooms that a person may know of.

    Those of no room are the workspace's, and for who belongs to it.
    """
    seen = select(rooms.rooms.c.id).where(rooms.visible(person))
    is_everybodys = and_(decisions.c.room_id.is_(None), rooms.belongs(person))
    return or_(is_everybodys, decisions.c.room_id.in_(seen))


_numbered = select(decisions).where(
    decisions.c.workspace_id == bindparam("workspace"), decisions.c.number == bindparam("number")
)
_parts = (
    select(parts)
    .where(parts.c.decision_id == bindparam("decision"))
    .order_by(parts.c.role, parts.c.id)
)
_votes = select(votes).where(votes.c.decision_id == bindparam("decision")).order_by(votes.c.id)


def numbered(tx: Tx, number: int) -> Decision | None:
    """The decision D-`number`, whoever may see it."""
    return tx.first(Decision, _numbered, {"workspace": tx.workspace_id, "number": number})


def room_of(tx: Tx, decision: Decision) -> Room | None:
    """The room of a decision; None if it is the workspace's own."""
    return tx.get(Room, decision.room_id) if decision.room_id is not None else None


def decision_for(tx: Tx, key: DecisionKey, access: Access) -> tuple[Decision, Room | None]:
    """The decision that is meant, and its room, which is locked if it will be changed.

    Refused if there is none that the person may see, or if they are not close enough to its room.
    """
    found = numbered(tx, key.number)
    room = room_of(tx, found) if found is not None else None
    if found is None or not rooms.can_see(tx, room):
        raise Refused(t("There is no decision {key}.", key=Strong(str(key))), field="decision")
    if found.withdrawn_at is not None:
        raise Refused(t("{key} was taken back.", key=Strong(str(key))), field="decision")
    if room is not None and access is not Access.SEE:
        room_key = RoomKey(room.number)
        room = rooms.room_for(tx, room_key, access, lock=True, closed=True)
    if access is not Access.SEE:
        found = tx.get(Decision, found.id, lock=True) or found
    return found, room


def parts_of(tx: Tx, decision: int) -> list[Part]:
    """Who made a decision, was consulted, is informed."""
    return tx.all(Part, _parts, {"decision": decision})


def votes_on(tx: Tx, decision: int) -> list[Vote]:
    """The approvers of a proposal, and what they say."""
    return tx.all(Vote, _votes, {"decision": decision})


def proposals_with(tx: Tx, person: int) -> list[Decision]:
    """The open proposals of which somebody is an approver, the oldest first."""
    query = (
        select(decisions)
        .join(votes, votes.c.decision_id == decisions.c.id)
        .where(
            decisions.c.workspace_id == tx.workspace_id,
            decisions.c.state == State.PROPOSED,
            decisions.c.withdrawn_at.is_(None),
            votes.c.person_id == person,
        )
        .order_by(decisions.c.id)
    )
    return tx.all(Decision, query)


_in_room = (
    select(decisions)
    .where(
        decisions.c.room_id == bindparam("room"),
        decisions.c.state == literal(str(State.PROPOSED)),
        decisions.c.withdrawn_at.is_(None),
    )
    .order_by(decisions.c.number)
)


def proposals_in(tx: Tx, room: int) -> list[Decision]:
    """The open proposals of a room, the oldest first."""
    return tx.all(Decision, _in_room, {"room": room})


def waiting_for(tx: Tx, person: int, *, count: int) -> list[Decision]:
    """The proposals on which somebody has not voted yet, the oldest first."""
    query = (
        select(decisions)
        .join(votes, votes.c.decision_id == decisions.c.id)
        .where(
            decisions.c.workspace_id == tx.workspace_id,
            decisions.c.state == State.PROPOSED,
            decisions.c.withdrawn_at.is_(None),
            votes.c.person_id == person,
            votes.c.choice.is_(None),
            visible(person),
        )
        .order_by(decisions.c.id)
        .limit(count)
    )
    return tx.all(Decision, query)


_UNSETTLED = {Stage.PLANNED, Stage.ASKED}
_checkpoints = (
    select(checkpoints)
    .where(checkpoints.c.room_id == bindparam("room"))
    .order_by(checkpoints.c.number)
)


def checkpoints_of(tx: Tx, room: int) -> list[Checkpoint]:
    """The checkpoints of a room, in their order."""
    return tx.all(Checkpoint, _checkpoints, {"room": room})


def open_checkpoints(tx: Tx, room: int) -> list[Checkpoint]:
    """Those that were neither passed nor waived, the soonest first."""
    found = [each for each in checkpoints_of(tx, room) if Stage(each.stage) in _UNSETTLED]
    return sorted(found, key=lambda each: (each.due_at is None, each.due_at or each.number))


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
        .outerjoin(_people, _people.c.id == decisions.c.decided_by)
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
            decided_by=row.name or "",
            decided_at=row.decided_at,
            link=Source.parse(row.source).link if row.source else "",
        )
