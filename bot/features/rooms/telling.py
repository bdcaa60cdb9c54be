"""Telling a room what somebody did there."""

from __future__ import annotations

from bot.core.chat import Card, line
from bot.core.effects import Describe, Effect
from bot.core.events import RoomTouched
from bot.core.text import Msg
from bot.feature import Outcome
from bot.features.rooms import queries, wording
from bot.features.rooms.tables import Room
from storage.tx import Tx


def said(
    tx: Tx, room: Room, kind: str, text: Msg, *more: Effect, card: Card | None = None
) -> Outcome:
    """Note it on the timeline, tell the room, answer whoever asked elsewhere, redraw the card."""
    tx.record(kind, text, room=room.id)
    told = card or line(text)
    return Outcome(
        queries.answer(tx, room, told),
        (*more, *queries.tell(tx, room, told)),
        (RoomTouched(room.id),),
    )


def describe(tx: Tx, room: Room) -> tuple[Effect, ...]:
    """Give its channel the title and the topic that it should have by now."""
    if not queries.can_hear(room):
        return ()
    title = f"{room.key} {room.title}"
    return (Describe(queries.address(tx, room), title, wording.topic(room)),)
