"""Reads of escalation: what is watched, by which policy, who may be asked."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, func, literal, select

from bot.features.calendar import queries as calendar
from bot.features.escalation.boxes import Box
from bot.features.escalation.ladder import Facts, Phase
from bot.features.escalation.policy import Policy, Role, choose, from_data
from bot.features.escalation.reach import Candidate
from bot.features.escalation.tables import (
    Climb,
    Parcel,
    PolicySet,
    Preference,
    Step,
    Subject,
    Watched,
)
from bot.features.items import queries as items
from bot.features.rooms import queries as rooms
from storage import identity
from storage.rows import Rows, table_of
from storage.tx import Tx

__all__ = ["Climb", "Parcel", "Step", "Watched"]

climbs = table_of(Climb)
steps = table_of(Step)
parcels = table_of(Parcel)
_watched = table_of(Watched)
_preferences = table_of(Preference)
_policies = table_of(PolicySet)

_climb = select(climbs).where(
    climbs.c.kind == bindparam("kind"), climbs.c.subject_id == bindparam("subject")
)
_climb_locked = _climb.with_for_update(key_share=True)
_of_room = select(_watched).where(_watched.c.room_id == bindparam("room"))
_preference = select(_preferences).where(_preferences.c.person_id == bindparam("person"))
_newest = (
    select(_policies)
    .where(_policies.c.workspace_id == bindparam("workspace"))
    .order_by(_policies.c.version.desc())
    .limit(1)
)
_steps = (
    select(steps)
    .where(steps.c.climb_id == bindparam("climb"), steps.c.cycle == bindparam("cycle"))
    .order_by(steps.c.id)
)
_in_parcel = select(steps).where(steps.c.parcel_id == bindparam("parcel")).order_by(steps.c.id)
_newest_of = (
    select(func.max(steps.c.id).label("id"), func.min(steps.c.id).label("first"))
    .where(steps.c.parcel_id == bindparam("parcel"))
    .group_by(steps.c.climb_id)
    .subquery()
)
_needs_somebody = (
    (climbs.c.cycle == steps.c.cycle)
    & (climbs.c.phase != str(Phase.ENDED))
    & ((climbs.c.phase != str(Phase.WATCHING)) | (steps.c.role == "ops"))
)
_shown = (
    select(steps, _newest_of.c.first)
    .join(_newest_of, _newest_of.c.id == steps.c.id)
    .join(climbs, climbs.c.id == steps.c.climb_id)
    .order_by(_needs_somebody.desc(), _newest_of.c.first)
    .limit(bindparam("count"))
    .subquery()
)
_digest = select(*(_shown.c[each.name] for each in steps.c)).order_by(_shown.c.first)
_things = select(func.count(steps.c.climb_id.distinct())).where(
    steps.c.parcel_id == bindparam("parcel")
)
_last_parcel = (
    select(parcels)
    .where(parcels.c.box == bindparam("box"), parcels.c.workspace_id == bindparam("workspace"))
    .order_by(parcels.c.send_at.desc(), parcels.c.id.desc())
    .limit(1)
)
#: Which has not gone yet: a later one may have, before the clock was put back.
_open_parcel = (
    select(parcels)
    .where(parcels.c.box == bindparam("box"), parcels.c.workspace_id == bindparam("workspace"))
    .where(parcels.c.send_at > bindparam("now"), parcels.c.sent_at.is_(None))
    .order_by(parcels.c.send_at.desc(), parcels.c.id.desc())
    .limit(1)
)
_last_step = select(func.max(steps.c.number)).where(
    steps.c.climb_id == bindparam("climb"), steps.c.cycle == bindparam("cycle")
)
#: What should have gone on before `before`. Found in the index, however much is watched.
LATE = (
    select(climbs)
    .where(climbs.c.workspace_id == bindparam("workspace"), climbs.c.next_at < bindparam("before"))
    .order_by(climbs.c.next_at)
    .limit(bindparam("count"))
)


def climb_of(tx: Tx, kind: str, subject: int, *, lock: bool = False) -> Climb | None:
    """The row of a thing that is or was watched."""
    query = _climb_locked if lock else _climb
    return tx.first(Climb, query, {"kind": kind, "subject": subject})


def watched(tx: Tx, room: int) -> Watched | None:
    """What is known of a room."""
    return tx.first(Watched, _of_room, {"room": room})


def preference(tx: Tx, person: int) -> Preference | None:
    """What somebody chose."""
    return tx.first(Preference, _preference, {"person": person}, keep=True)


def steps_of(tx: Tx, climb: Climb) -> list[Step]:
    """The steps of a climb since it began last, in order."""
    return tx.all(Step, _steps, {"climb": climb.id, "cycle": climb.cycle})


def steps_in(tx: Tx, parcel: Parcel) -> list[Step]:
    """The steps that go as one message."""
    return tx.all(Step, _in_parcel, {"parcel": parcel.id})


def next_step(tx: Tx, climb: Climb) -> int:
    """The number of the next step of a climb; lock the climb first."""
    return int(tx.value(_last_step, {"climb": climb.id, "cycle": climb.cycle}) or 0) + 1


def digest(tx: Tx, parcel: Parcel, *, count: int) -> tuple[list[Step], int]:
    """The newest step of each thing in a parcel, in its order, and how many things there are.

    Where there are more than `count`, those that still need somebody.
    """
    where = {"parcel": parcel.id, "count": count}
    return tx.all(Step, _digest, where), int(tx.value(_things, where) or 0)


def last_parcel(tx: Tx, box: str) -> Parcel | None:
    """The parcel of a box that is open, else the newest."""
    where = {"box": box, "workspace": tx.workspace_id}
    found = tx.first(Parcel, _open_parcel, where | {"now": tx.now})
    return found if found is not None else tx.first(Parcel, _last_parcel, where)


def box_of(tx: Tx, key: str) -> Box:
    """How a box stands."""
    found = last_parcel(tx, key)
    if found is None:
        return Box()
    if found.sent_at is not None and found.send_at > tx.now:  # the clock was put back since
        return replace(found.state, closes_at=tx.now)
    return found.state


def late(rows: Rows, workspace: int, before: datetime, *, count: int) -> list[Climb]:
    """The climbs that should have gone on before then, the latest first."""
    where = {"workspace": workspace, "before": before, "count": count}
    return rows.all(Climb, LATE, where)


def is_on(tx: Tx) -> bool:
    """Whether anything climbs in this workspace. It does unless somebody said no."""
    return bool(tx.setting("escalation") != "off")


# Policies.


def newest(tx: Tx) -> PolicySet | None:
    """The team's own policies, as they hold now."""
    return tx.first(PolicySet, _newest, {"workspace": tx.workspace_id}, keep=True)


@lru_cache(maxsize=64)
def _read(text: str) -> tuple[Policy, ...]:
    return tuple(from_data(each) for each in json.loads(text))


def policies(tx: Tx) -> tuple[Policy, ...]:
    """The team's own policies, in their order; without the defaults."""
    found = newest(tx)
    return _read(found.policies) if found is not None else ()


def policy_of(tx: Tx, climb: Climb, room: rooms.Room) -> Policy:
    """The policy that it began with; while it is only watched, the one that holds now."""
    frozen = climb.frozen
    if frozen is not None and climb.phase != Phase.WATCHING:
        return frozen
    return choose(policies(tx), room.severity, kind_of(tx, climb), room.number)


def kind_of(tx: Tx, climb: Climb) -> str:
    """What it is, as policies name it: an item's kind, else its own."""
    item = item_of(tx, climb)
    return item.kind if item is not None else climb.kind


def item_of(tx: Tx, climb: Climb) -> items.Item | None:
    """The item that it is about; None if it is about something else."""
    return tx.get(items.Item, climb.subject_id) if climb.kind == Subject.ITEM else None


# People.


def facts_of(tx: Tx, climb: Climb, room: rooms.Room) -> Facts:
    """All that the ladder wants to know."""
    known = watched(tx, room.id)
    roles = people_of(tx, climb, room)
    holder = {climb.holder_id} if climb.holder_id is not None else set()
    people = candidates(tx, room, {each for each in roles.values() if each is not None} | holder)
    return Facts(
        policy_of(tx, climb, room),
        calendar.calendar_of(tx, room=room.id),
        ZoneInfo(room.zone),
        {role: people.get(who) if who is not None else None for role, who in roles.items()},
        people.get(climb.holder_id) if climb.holder_id is not None else None,
        known.paused_until if known is not None else None,
    )


def people_of(tx: Tx, climb: Climb, room: rooms.Room) -> dict[Role, int | None]:
    """Who is what to a thing, by id; None where nobody is."""
    item = item_of(tx, climb)
    owner = item.owner_id if item is not None else climb.owner_id
    chosen = preference(tx, owner) if owner is not None else None
    reports = owner if owner is not None else room.lead_id
    known = watched(tx, room.id)
    sponsor = known.sponsor_id if known is not None else None
    return {
        Role.OWNER: owner,
        Role.BACKUP: chosen.backup_id if chosen is not None else None,
        Role.LEAD: room.lead_id,
        Role.MANAGER: tx.person_by_id(reports).manager if reports is not None else None,
        Role.SPONSOR: sponsor if sponsor is not None else tx.setting("sponsor"),
    }


def candidates(tx: Tx, room: rooms.Room, people: Iterable[int]) -> dict[int, Candidate]:
    """People who may be asked about something in a room."""
    ids = sorted(set(people))
    calendars = calendar.calendars_of(tx, ids, room=room.id)
    found = {}
    for each in ids:
        person, chosen = tx.person_by_id(each), preference(tx, each)
        found[each] = Candidate(
            each,
            calendars[each],
            ZoneInfo(identity.reader_for(person, tx.defaults).zone),
            chosen.hours if chosen is not None else None,
            person.is_active,
            rooms.can_see(tx, room, each),
        )
    return found


def speaking_hours(tx: Tx, room: rooms.Room) -> Candidate:
    """When one can speak in a room, as if it was somebody."""
    return Candidate(0, calendar.calendar_of(tx, room=room.id), ZoneInfo(room.zone))


# Lists.


def climbing_in(tx: Tx, room: int) -> list[Climb]:
    """What climbs in a room, what goes on first first."""
    phases = [literal(str(each)) for each in (Phase.CLIMBING, Phase.HELD, Phase.SNOOZED)]
    query = select(climbs).where(climbs.c.room_id == room, climbs.c.phase.in_(phases))
    return tx.all(Climb, query.order_by(climbs.c.next_at, climbs.c.id))


def watched_in(tx: Tx, room: int, *, after: int = 0, count: int = 1000) -> list[Climb]:
    """Everything of a room that has not ended, by id."""
    query = select(climbs).where(
        climbs.c.room_id == room, climbs.c.id > after, climbs.c.phase != str(Phase.ENDED)
    )
    return tx.all(Climb, query.order_by(climbs.c.id).limit(count))


def due_before(
    tx: Tx, until: datetime, *, room: int | None = None, person: int, count: int
) -> list[Climb]:
    """What goes on before then in a room, else in all rooms that a person may know of."""
    query = (
        select(climbs)
        .join(rooms.rooms, rooms.rooms.c.id == climbs.c.room_id)
        .where(climbs.c.workspace_id == tx.workspace_id, climbs.c.next_at <= until)
        .where(rooms.visible(person))
        .order_by(climbs.c.next_at, climbs.c.id)
        .limit(count)
    )
    return tx.all(Climb, query if room is None else query.where(climbs.c.room_id == room))


def asked_of(tx: Tx, person: int, *, count: int) -> list[Climb]:
    """What somebody has been asked about and nobody is on yet, the newest first."""
    query = (
        select(climbs)
        .join(steps, (steps.c.climb_id == climbs.c.id) & (steps.c.cycle == climbs.c.cycle))
        .join(parcels, parcels.c.id == steps.c.parcel_id)
        .where(
            parcels.c.person_id == person,
            parcels.c.sent_at.is_not(None),
            climbs.c.phase == str(Phase.CLIMBING),
            climbs.c.room_id.in_(select(rooms.rooms.c.id).where(rooms.visible(person))),
        )
        .group_by(*climbs.c)
        .order_by(func.max(steps.c.id).desc())
        .limit(count)
    )
    return tx.all(Climb, query)


def held_by(tx: Tx, person: int, *, count: int) -> list[Climb]:
    """What somebody is on, what ends first first."""
    query = select(climbs).where(
        climbs.c.workspace_id == tx.workspace_id,
        climbs.c.holder_id == person,
        climbs.c.phase == str(Phase.HELD),
    )
    return tx.all(Climb, query.order_by(climbs.c.until, climbs.c.id).limit(count))
