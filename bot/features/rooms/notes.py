"""Notes on the timeline, by themselves or made of a message."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update

from bot.core.chat import line
from bot.core.events import CaptureWithdrawn, ChannelMoved, NoteAdded, RoomTouched
from bot.core.platform import Say
from bot.core.sources import Source
from bot.core.text import Inline, Link, Msg, Strong, t
from bot.feature import Outcome
from bot.features.rooms import queries
from bot.features.rooms.commands import AddNote
from bot.features.rooms.queries import Access
from storage import timeline
from storage.rows import table_of
from storage.tables import Entry
from storage.tx import Tx

KIND = "room.note"
_entries = table_of(Entry)


def add_note(cmd: AddNote, tx: Tx, now: datetime) -> Outcome:
    """Write a line on the timeline; of a message, at its time and as its author's, once."""
    source = Source.parse(cmd.source) if cmd.source else None
    room = queries.room_for(tx, cmd.room, Access.MEMBER, lock=source is not None)
    if source is None:
        text = t("{who}: {text}", who=tx.mention(tx.asker), text=cmd.text)
        tx.record(KIND, text, room=room.id)
    else:
        text = _quoting(tx, source, cmd.text)
        if _is_noted(tx, room.id, source, text):
            known = t("That is on the timeline of {room} already.", room=Strong(room.key))
            return Outcome(Say(line(known)))
        tx.record(KIND, text, room=room.id, at=source.at, source=source)
    noted = t("Noted on the timeline of {room}.", room=Strong(room.key))
    added = NoteAdded(room.id, tx.asker, cmd.text)
    return Outcome(Say(line(noted)), events=(RoomTouched(room.id), added))


def _quoting(tx: Tx, source: Source, text: str) -> Msg:
    who: Inline = queries.author(tx, source)
    if not source.link:
        return t("{who}: {text}", who=who, text=text)
    link = Link(source.link, source.link, t("message"))
    return t("{who}: {text} ({link})", who=who, text=text, link=link)


def _is_noted(tx: Tx, room: int, source: Source, text: Msg) -> bool:
    """Whether the message is on the timeline with these words; for a sign, with any.

    What was asked for in words as well does not go with an emoji any more.
    """
    for entry in timeline.made_of(tx, tx.workspace_id, source.key):
        if entry.room_id != room or entry.kind != KIND:
            continue
        if tx.is_errand or _said(timeline.text_of(entry)) == _said(text):
            if entry.by_emoji and not tx.is_errand:
                tx.change(entry, by_emoji=False)
            return True
    return False


def _said(text: Msg) -> Inline:
    return text.values["text"]


def withdraw_note(event: CaptureWithdrawn, tx: Tx, now: datetime) -> Outcome:
    """Take back what an emoji had put on a timeline."""
    if event.command != AddNote.spec.path:
        return Outcome()
    touched: list[int] = []
    for entry in timeline.made_of(tx, tx.workspace_id, event.source):
        if entry.kind != KIND or not entry.by_emoji or entry.room_id is None:
            continue
        tx.change(entry, withdrawn_at=now)
        taken = t("{who} took a note off the timeline", who=tx.mention(event.person))
        tx.record("room.note_withdrawn", taken, room=entry.room_id)
        touched.append(entry.room_id)
    return Outcome(events=tuple(RoomTouched(room) for room in dict.fromkeys(touched)))


def follow_moving(event: ChannelMoved, tx: Tx, now: datetime) -> Outcome:
    """A channel has another id: what was made of its messages is still made of them."""
    is_moved, key = queries.of_source(_entries.c.source_key, event)
    mine = _entries.c.workspace_id == tx.workspace_id
    tx.execute(update(_entries).where(mine, is_moved).values(source_key=key))
    return Outcome()
