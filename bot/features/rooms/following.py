"""What follows from what happens elsewhere: in a room's channel, and in other features."""

from __future__ import annotations

from datetime import datetime

from bot.core.chat import Button, Buttons, Card, Paragraph, Tone, line
from bot.core.effects import Effect
from bot.core.events import (
    ChannelArchived,
    ChannelRenamed,
    MemberJoined,
    MemberLeft,
    RoomTouched,
)
from bot.core.keys import RoomKey
from bot.core.text import Strong, t
from bot.core.words import clean
from bot.feature import Outcome
from bot.features.rooms import membership, queries, wording
from bot.features.rooms.commands import CloseRoom
from bot.features.rooms.tables import Room
from storage.tx import Tx


def redraw(event: RoomTouched, tx: Tx, now: datetime) -> Outcome:
    """Redraw a room's cards wherever they stand and can still be seen."""
    room = tx.get(Room, event.room)
    if room is None:
        return Outcome()
    shown = [f"announcement:{room.id}"]
    if not room.channel_gone:
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


def follow_renaming(event: ChannelRenamed, tx: Tx, now: datetime) -> Outcome:
    """A room's channel has another name; the room is still the same."""
    room = queries.of_channel(tx, event.channel, lock=True)
    name = clean(event.name)
    if room is None or room.channel_name == name:
        return Outcome()
    tx.change(room, channel_name=name)
    text = t("The channel is now called {name}", name=Strong(name))
    tx.record("room.channel", text, room=room.id)
    return Outcome(events=(RoomTouched(room.id),))


def follow_archiving(event: ChannelArchived, tx: Tx, now: datetime) -> Outcome:
    """A room's channel was archived, or is back; its lead is told what to do about it."""
    room = queries.of_channel(tx, event.channel, lock=True)
    if room is None or room.channel_gone == event.gone:
        return Outcome()
    tx.change(room, channel_gone=event.gone)
    text = t("The channel was archived") if event.gone else t("The channel is back")
    tx.record("room.channel", text, room=room.id)
    if not event.gone:
        return Outcome(effects=queries.tell(tx, room, line(text)), events=(RoomTouched(room.id),))
    effects: tuple[Effect, ...] = ()
    if room.lead_id is not None and not room.is_closed:
        effects = (tx.direct(room.lead_id, _channel_gone(room)),)
    return Outcome(effects=effects, events=(RoomTouched(room.id),))


def _channel_gone(room: Room) -> Card:
    close = CloseRoom(room=RoomKey(room.number), resolution="")
    return Card(
        t("The channel of {room} was archived", room=wording.name(room)),
        (
            Paragraph(t("The room is still open. Bring the channel back, or close the room.")),
            Buttons((Button(t("Close the room"), close, opens_form=True),)),
        ),
        Tone.WARNING,
    )
