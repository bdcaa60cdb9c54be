"""What follows from what happens elsewhere: to people in a room, and in other features."""

from __future__ import annotations

from datetime import datetime

from bot.core.effects import Effect
from bot.core.events import MemberJoined, MemberLeft, PersonDeactivated, RoomTouched
from bot.core.text import t
from bot.feature import Outcome
from bot.features.rooms import membership, queries
from bot.features.rooms.tables import Room
from storage.tx import Tx


def redraw(event: RoomTouched, tx: Tx, now: datetime) -> Outcome:
    """Redraw a room's cards wherever they stand and can still be seen."""
    room = tx.get(Room, event.room)
    if room is None:
        return Outcome()
    shown = [f"announcement:{room.id}"]
    if queries.can_hear(room):
        shown.append(room.live)
    return Outcome(effects=tuple(tx.redraw(*shown)))


def follow_joining(event: MemberJoined, tx: Tx, now: datetime) -> Outcome:
    """Somebody came into a room's channel by the platform's own means."""
    room = queries.of_channel(tx, event.channel, lock=True)
    if room is None:
        return Outcome()
    person = queries.met(tx, event.user, event.name)
    if not membership.put_in(tx, room, person):
        return Outcome()
    tx.record("room.joined", t("{who} joined", who=tx.mention(person)), room=room.id)
    return Outcome(events=(RoomTouched(room.id),))


def follow_leaving(event: MemberLeft, tx: Tx, now: datetime) -> Outcome:
    """Somebody left a room's channel by the platform's own means."""
    room = queries.of_channel(tx, event.channel, lock=True)
    person = queries.known(tx, event.user)
    if room is None or person is None or not membership.take_out(tx, room, person):
        return Outcome()
    tx.record("room.left", t("{who} left", who=tx.mention(person)), room=room.id)
    effects: tuple[Effect, ...] = ()
    if room.lead_id == person and not room.is_closed:
        effects = membership.lead_left(tx, room)
    return Outcome(effects=effects, events=(RoomTouched(room.id),))


def follow_deactivation(event: PersonDeactivated, tx: Tx, now: datetime) -> Outcome:
    """Somebody's account is no longer in use: nobody leads the rooms that they led."""
    effects: list[Effect] = []
    events: list[RoomTouched] = []
    for found in queries.led_by(tx, event.person):
        room = queries.locked(tx, found.id)
        if room.lead_id == event.person and not room.is_closed:
            effects += membership.lead_left(tx, room)
            events.append(RoomTouched(room.id))
    return Outcome(effects=tuple(effects), events=tuple(events))
