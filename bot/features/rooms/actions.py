"""What people do with a war room: where it stands, what it is for, how it ends."""

from __future__ import annotations

from datetime import datetime

from bot.core.chat import Block, Button, Buttons, Card, Paragraph, Quote, Tone
from bot.core.errors import Refused
from bot.core.keys import RoomKey
from bot.core.text import Strong, When, t
from bot.feature import Outcome
from bot.features.rooms import queries, wording
from bot.features.rooms.commands import (
    CloseRoom,
    RecordReading,
    RenameRoom,
    SetGoal,
    SetSeverity,
    SetStatus,
)
from bot.features.rooms.due import promise
from bot.features.rooms.queries import Access
from bot.features.rooms.tables import Reading, Status
from bot.features.rooms.telling import describe, said
from storage.tx import Tx

#: A reason to reopen that says less is no reason. A Chinese character says as much as two letters.
SHORTEST_REASON = 4


def set_severity(cmd: SetSeverity, tx: Tx, now: datetime) -> Outcome:
    """Change the severity."""
    room = queries.room_for(tx, cmd.room, Access.MEMBER, lock=True)
    before = room.severity
    if before == cmd.severity:
        raise Refused(
            t("The severity is {severity} already.", severity=wording.severity(before)),
            field="severity",
        )
    tx.change(room, severity=cmd.severity)
    text = t(
        "{who} changed the severity from {before} to {after}",
        who=tx.mention(tx.asker),
        before=wording.severity(before),
        after=wording.severity(cmd.severity),
    )
    return said(tx, room, "room.severity", text, *describe(tx, room))


def set_status(cmd: SetStatus, tx: Tx, now: datetime) -> Outcome:
    """Say where things stand, and when there will be more; the status may stay as it is."""
    room = queries.room_for(tx, cmd.room, Access.MEMBER, lock=True)
    if cmd.status is None and not cmd.text and cmd.next is None:
        raise Refused(t("Say what has changed, or give another status."), field="text")
    tx.change(
        room,
        status=cmd.status or room.status,
        update_text=cmd.text or room.update_text,
        updated_at=now,
        next_update_at=cmd.next,
    )
    promise(tx, room)
    text = t("{who}: {status}", who=tx.mention(tx.asker), status=wording.status(room.status))
    blocks: list[Block] = [Quote(cmd.text)] if cmd.text else []
    if cmd.next is not None:
        blocks.append(Paragraph(t("Next update by {when}", when=When(cmd.next))))
    if room.status == Status.RESOLVED:
        close = CloseRoom(room=RoomKey(room.number), resolution=cmd.text)
        blocks.append(Buttons((Button(t("Close the room"), close, Tone.GOOD, opens_form=True),)))
    card = Card(text, tuple(blocks), wording.tone(room))
    if cmd.text:
        text = t("{update}: {text}", update=text, text=cmd.text)
    return said(tx, room, "room.status", text, card=card)


def set_goal(cmd: SetGoal, tx: Tx, now: datetime) -> Outcome:
    """Set a goal that can be measured."""
    room = queries.room_for(tx, cmd.room, Access.MEMBER, lock=True)
    if cmd.target is not None and cmd.target == cmd.baseline:
        raise Refused(t("A goal that begins where it ends is reached already."), field="target")
    if cmd.target is None and cmd.baseline is not None:
        raise Refused(t("Say also which value is to be reached."), field="target")
    tx.change(
        room,
        goal=cmd.metric,
        goal_unit=cmd.unit,
        goal_baseline=cmd.baseline,
        goal_target=cmd.target,
        goal_due=cmd.due,
        reading=None,
    )
    text = t("{who} set the goal: {goal}", who=tx.mention(tx.asker), goal=wording.goal_text(room))
    return said(tx, room, "room.goal", text)


def record_reading(cmd: RecordReading, tx: Tx, now: datetime) -> Outcome:
    """Record a measurement of the goal."""
    room = queries.room_for(tx, cmd.room, Access.MEMBER, lock=True)
    if room.goal_target is None:
        raise Refused(t("{room} has no goal with a target to measure.", room=Strong(room.key)))
    tx.add(Reading(room_id=room.id, value=cmd.value, at=now, person_id=tx.asker))
    baseline = room.goal_baseline if room.goal_baseline is not None else cmd.value
    tx.change(room, reading=cmd.value, goal_baseline=baseline)
    text = t(
        "{who} measured {goal}: {progress}",
        who=tx.mention(tx.asker),
        goal=room.goal or "",
        progress=wording.progress_text(room),
    )
    return said(tx, room, "room.reading", text)


def rename_room(cmd: RenameRoom, tx: Tx, now: datetime) -> Outcome:
    """Give a room another title."""
    room = queries.room_for(tx, cmd.room, Access.LEAD, lock=True)
    if cmd.title == room.title:
        raise Refused(t("It is called that already."), field="title")
    text = t(
        "{who} renamed the room from {before} to {after}",
        who=tx.mention(tx.asker),
        before=Strong(room.title),
        after=Strong(cmd.title),
    )
    tx.change(room, title=cmd.title)
    return said(tx, room, "room.renamed", text, *describe(tx, room))
