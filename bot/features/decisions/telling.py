"""Telling a room, or the people of a decision without one, what became of it."""

from __future__ import annotations

from bot.core.chat import Card
from bot.core.effects import Effect
from bot.core.events import RoomTouched
from bot.core.platform import Say
from bot.feature import Outcome
from bot.features.decisions.tables import Decision
from bot.features.rooms import queries as rooms
from bot.features.rooms.queries import Room
from storage.tx import Tx


def changed(tx: Tx, room: Room | None, kind: str, card: Card, *more: Effect) -> Outcome:
    """Somebody did something: on the timeline (the card's title), in the room, on its card."""
    tx.record(kind, card.title, room=room.id if room else None)
    if room is None:
        return Outcome(Say(card), more)
    return Outcome(
        rooms.answer(tx, room, card),
        (*rooms.tell(tx, room, card), *more),
        (RoomTouched(room.id),),
    )


def heard(tx: Tx, room: Room | None, decision: Decision, card: Card) -> tuple[Effect, ...]:
    """What time made happen: the room hears it; where it cannot, or there is none, who has it."""
    if room is not None and (effects := rooms.tell(tx, room, card)):
        return effects
    person = decision.owner_id if decision.owner_id is not None else decision.decided_by
    if person is None or not tx.person_by_id(person).is_active:
        return ()
    if not rooms.can_see(tx, room, person):
        return ()
    return (tx.direct(person, card),)
