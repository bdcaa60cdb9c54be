"""What time makes happen in a war room."""

from __future__ import annotations

from datetime import datetime

from bot.core.effects import Effect
from bot.core.events import Missed, RoomTouched
from bot.core.text import Strong, t
from bot.feature import Outcome
from bot.features.rooms import cards, queries
from bot.features.rooms.steps import UpdateDue
from bot.features.rooms.tables import Room
from storage.tx import Tx


def promise(tx: Tx, room: Room) -> None:
    """Have the room reminded when its next update is due; forget it when none is promised."""
    key = f"update:{room.id}"
    if room.next_update_at is None:
        tx.cancel_timer(key)
    else:
        tx.set_timer(key, room.next_update_at, UpdateDue(room=room.id))


def update_due(cmd: UpdateDue, tx: Tx, now: datetime) -> Outcome:
    """Remind the room of the update that it promised; its lead where the channel is gone.

    Late, after downtime, the reminder is still made: the update is still owed.
    """
    room = tx.get(Room, cmd.room, lock=True)
    if room is None or room.is_closed or room.next_update_at is None:
        return Outcome()
    tx.record("room.update_due", t("The promised update was due"), room=room.id)
    tx.change(room, next_update_at=None)
    card = cards.update_due(tx, room)
    told: tuple[Effect, ...] = queries.tell(tx, room, card)
    if not queries.can_hear(room) and room.lead_id is not None:
        told = (tx.direct(room.lead_id, card),)
    what = t("the promised update of {room}", room=Strong(room.key))
    missed = Missed("update", room.id, room.id, what, room.lead_id)
    return Outcome(effects=told, events=(RoomTouched(room.id), missed))
