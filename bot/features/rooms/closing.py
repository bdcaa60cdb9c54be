"""How a war room ends, and how it begins anew."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.chat import Card, Paragraph, Quote, Tone, line
from bot.core.effects import Archive, Failure
from bot.core.errors import Refused
from bot.core.events import ClosingHeld, OpenWork, RoomClosed, RoomReopened, RoomTouched
from bot.core.platform import Redraw, Say
from bot.core.reasons import reason
from bot.core.text import Strong, t
from bot.feature import Outcome
from bot.features.rooms import cards, queries, wording
from bot.features.rooms.commands import CloseRoom, ReopenRoom
from bot.features.rooms.due import promise
from bot.features.rooms.queries import Access
from bot.features.rooms.steps import Archived, ArchiveDue
from bot.features.rooms.tables import Room, Status
from bot.features.rooms.telling import said
from storage import timeline
from storage.tx import Tx

#: A reason to reopen that says less is no reason. A Chinese character says as much as two letters.
SHORTEST_REASON = 4
#: Time to read what was said last, to send what goes with it, and to have second thoughts.
ARCHIVED_AFTER = timedelta(minutes=2)


def close_room(cmd: CloseRoom, tx: Tx, now: datetime) -> Outcome:
    """Close a war room; ask first if something is still open."""
    is_answer = cmd.closings is not None
    room = queries.room_for(tx, cmd.room, Access.LEAD, lock=True, closed=is_answer)
    closings = timeline.times(tx, room.id, "room.closed")
    if is_answer and (room.is_closed or closings != cmd.closings):
        return Outcome(Redraw(cards.asked_before(room)))
    held = [entry for found in tx.ask(ClosingHeld(room.id)) for entry in found]
    if held:
        return Outcome(Say(cards.held(room, held)))
    work = [each for found in tx.ask(OpenWork(room.id)) for each in found]
    if work and not cmd.anyway:
        return Outcome(Say(cards.still_open(room, cmd.resolution, work, closings)))
    tx.change(
        room,
        closed_at=now,
        closed_by=tx.asker,
        resolution=cmd.resolution,
        status=Status.RESOLVED,
        next_update_at=None,
    )
    promise(tx, room)
    if tx.setting("archive_on_close") == "yes":
        tx.set_timer(_archiving(room), now + ARCHIVED_AFTER, ArchiveDue(room=room.id))
    text = t("{who} closed {room}", who=tx.mention(tx.asker), room=wording.name(room))
    tx.record("room.closed", t("{what}: {text}", what=text, text=cmd.resolution), room=room.id)
    told = Card(text, (Quote(cmd.resolution),), Tone.DONE)
    return Outcome(
        Redraw(told) if is_answer else queries.answer(tx, room, told),
        queries.tell(tx, room, told),
        (RoomClosed(room.id), RoomTouched(room.id)),
    )


def reopen_room(cmd: ReopenRoom, tx: Tx, now: datetime) -> Outcome:
    """Open a closed war room again."""
    room = queries.room_for(tx, cmd.room, Access.MEMBER, lock=True, closed=True)
    if not room.is_closed:
        raise Refused(t("{room} is not closed.", room=Strong(room.key)))
    if _width(cmd.reason) < SHORTEST_REASON:
        raise Refused(t("Please say why in a few words."), field="reason")
    tx.change(room, closed_at=None, closed_by=None, status=Status.INVESTIGATING)
    tx.cancel_timer(_archiving(room))
    text = t(
        "{who} reopened {room}: {reason}",
        who=tx.mention(tx.asker),
        room=wording.name(room),
        reason=cmd.reason,
    )
    card = None
    if room.channel_gone and not room.has_lost_channel:
        how = Paragraph(t("Its channel is archived. Somebody has to bring it back by hand."))
        card = Card(text, (how,), Tone.WARNING)
    outcome = said(tx, room, "room.reopened", text, card=card)
    return replace(outcome, events=(RoomReopened(room.id), *outcome.events))


def _width(text: str) -> int:
    return sum(1 + (unicodedata.east_asian_width(char) in {"W", "F"}) for char in text)


def _archiving(room: Room) -> str:
    """The key of the timer."""
    return f"archive:{room.id}"


def archive_due(cmd: ArchiveDue, tx: Tx, now: datetime) -> Outcome:
    """Archive the channel of a room that is still closed: behind all that is on its way there."""
    room = tx.get(Room, cmd.room, lock=True)
    if room is None or not room.is_closed or not queries.can_hear(room):
        return Outcome()
    return Outcome(effects=(Archive(queries.address(tx, room), then=Archived(room=room.id)),))


def archived(cmd: Archived, tx: Tx, now: datetime) -> Outcome:
    """The channel is archived; or the room is told why not."""
    room = queries.locked(tx, cmd.room)
    if isinstance(cmd.receipt, Failure):
        why = reason(cmd.receipt.code)
        text = t("The channel could not be archived: {why}", why=why)
        tx.record("room.channel", text, room=room.id)
        return Outcome(effects=queries.tell(tx, room, line(text, Tone.WARNING)))
    if not room.channel_gone:
        tx.change(room, channel_gone=True)
        tx.record("room.channel", t("The channel was archived"), room=room.id)
    return Outcome()
