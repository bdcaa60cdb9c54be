"""What follows from what happens to a room's channel. Its id alone makes it the room's."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, update

from bot.core.chat import Button, Buttons, Card, Paragraph, Tone, line
from bot.core.effects import Effect
from bot.core.events import (
    ChannelArchived,
    ChannelDeleted,
    ChannelMadePrivate,
    ChannelMoved,
    ChannelRenamed,
    ChannelShared,
    MusterRemoved,
    RoomTouched,
)
from bot.core.keys import RoomKey
from bot.core.text import Msg, Strong, t
from bot.core.words import clean
from bot.feature import Outcome
from bot.features.rooms import cards, opening, queries, wording
from bot.features.rooms.commands import CloseRoom
from bot.features.rooms.queries import rooms
from bot.features.rooms.tables import CHANNEL_DELETED, Opening, Room
from storage import outbox
from storage.rows import table_of
from storage.tables import LiveCard
from storage.tx import Tx

_live = table_of(LiveCard)


def _followed(tx: Tx, room: Room, text: Msg, *effects: Effect) -> Outcome:
    """Note it on the timeline, and redraw what shows the room."""
    tx.record("room.channel", text, room=room.id)
    return Outcome(effects=effects, events=(RoomTouched(room.id),))


def follow_renaming(event: ChannelRenamed, tx: Tx, now: datetime) -> Outcome:
    """A room's channel has another name; the room is still the same."""
    room = queries.of_channel(tx, event.channel, lock=True)
    name = clean(event.name)
    if room is None or room.channel_name == name:
        return Outcome()
    tx.change(room, channel_name=name)
    return _followed(tx, room, t("The channel is now called {name}", name=Strong(name)))


def follow_archiving(event: ChannelArchived, tx: Tx, now: datetime) -> Outcome:
    """A room's channel was archived, or is back; its lead is told what to do about it."""
    room = queries.of_channel(tx, event.channel, lock=True)
    if room is None or room.channel_gone == event.gone:
        return Outcome()
    tx.change(room, channel_gone=event.gone)
    if not event.gone:
        return _is_back(tx, room, t("The channel is back"))
    how = t("The room is still open. Bring the channel back, or close the room.")
    card = _lost(room, t("The channel of {room} was archived", room=wording.name(room)), how)
    return _followed(tx, room, t("The channel was archived"), *_to_lead(tx, room, card))


def follow_deletion(event: ChannelDeleted, tx: Tx, now: datetime) -> Outcome:
    """A room's channel was deleted for good: the room goes on, and can have another one.

    It is as far as before its channel was made, so *Retry* makes one and brings everybody in.
    """
    tx.execute(delete(_live).where(*_stands_in(tx, event.channel)))
    room = queries.of_channel(tx, event.channel, lock=True)
    if room is None:
        return Outcome()
    lost = {"channel": None, "channel_name": "", "channel_gone": True, "card": None}
    tx.change(
        room,
        **lost,
        muster_out_at=None,
        shared_at=None,
        opening=Opening.CHANNEL,
        failure=CHANNEL_DELETED,
    )
    told = _to_lead(tx, room, cards.channel_lost(room))
    return _followed(tx, room, t("The channel was deleted"), *told)


def _stands_in(tx: Tx, channel: str) -> tuple[Any, ...]:
    """A condition on live cards."""
    home = tx.home
    return (
        _live.c.platform == home.platform,
        _live.c.workspace == home.workspace,
        _live.c.channel == channel,
    )


def follow_removal(event: MusterRemoved, tx: Tx, now: datetime) -> Outcome:
    """Muster was taken out of a room's channel, or is in it again."""
    room = queries.of_channel(tx, event.channel, lock=True)
    if room is None or (room.muster_out_at is not None) == event.gone:
        return Outcome()
    tx.change(room, muster_out_at=now if event.gone else None)
    if not event.gone:
        return _is_back(tx, room, t("Muster is back in the channel"))
    how = t(
        "I can neither hear nor say anything there. Invite me into the channel again, as you would "
        "invite a person, or close the room."
    )
    card = _lost(room, t("I was taken out of the channel of {room}", room=wording.name(room)), how)
    return _followed(tx, room, t("Muster was taken out of the channel"), *_to_lead(tx, room, card))


def _is_back(tx: Tx, room: Room, text: Msg) -> Outcome:
    """Something can be said in a channel again: its card is brought up to date, or posted anew."""
    card = () if tx.redraw(room.live) else opening.card_again(tx, room)
    return _followed(tx, room, text, *queries.tell(tx, room, line(text)), *card)


def _to_lead(tx: Tx, room: Room, card: Card) -> tuple[Effect, ...]:
    if room.lead_id is None or room.is_closed:
        return ()
    return (tx.direct(room.lead_id, card),)


def _lost(room: Room, what: Msg, how: Msg) -> Card:
    close = CloseRoom(room=RoomKey(room.number), resolution="")
    button = Button(t("Close the room"), close, opens_form=True)
    return Card(what, (Paragraph(how), Buttons((button,))), Tone.WARNING)


def follow_privacy(event: ChannelMadePrivate, tx: Tx, now: datetime) -> Outcome:
    """A room's channel is private now, and so is the room: outside, nothing of it is shown."""
    room = queries.of_channel(tx, event.channel, lock=True)
    if room is None or room.is_private:
        return Outcome()
    tx.change(room, is_private=True)
    return _followed(tx, room, t("The channel is private now, and so is the room"))


def follow_sharing(event: ChannelShared, tx: Tx, now: datetime) -> Outcome:
    """People of another organisation read along in a room's channel, or no longer."""
    room = queries.of_channel(tx, event.channel, lock=True)
    if room is None or (room.shared_at is not None) == event.shared:
        return Outcome()
    tx.change(room, shared_at=now if event.shared else None)
    if not event.shared:
        return _followed(tx, room, t("Only this organisation reads along in the channel now"))
    text = t("People of another organisation read along in the channel now")
    return _followed(tx, room, text, *queries.tell(tx, room, Card(text, (), Tone.WARNING)))


def follow_moving(event: ChannelMoved, tx: Tx, now: datetime) -> Outcome:
    """A channel has another id: all that leads there, and all that waits to, leads to that one."""
    tx.execute(update(_live).where(*_stands_in(tx, event.channel)).values(channel=event.new))
    mine = rooms.c.workspace_id == tx.workspace_id
    opened_there = (mine, rooms.c.origin == event.channel)
    tx.execute(update(rooms).where(*opened_there).values(origin=event.new))
    if tx.setting("lobby") == event.channel:
        tx.change_settings(lobby=event.new)
    outbox.move(tx.conn, tx.channel(event.channel), event.new)
    room = queries.of_channel(tx, event.channel, lock=True)
    if room is None:
        return Outcome()
    tx.change(room, channel=event.new)
    return _followed(tx, room, t("The platform gave the channel another address"))
