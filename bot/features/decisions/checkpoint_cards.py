"""Checkpoints as cards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.core.chat import Block, Button, Buttons, Card, Entries, Entry, Heading, Note, Tone
from bot.core.keys import DecisionKey, RoomKey
from bot.core.text import Msg, Seq, Slash, Strong, When, t, tn
from bot.core.words import shortened
from bot.features.decisions.checkpoint_commands import (
    ListCheckpoints,
    MoveCheckpoint,
    PassCheckpoint,
    PlanCheckpoint,
    WaiveCheckpoint,
)
from bot.features.decisions.tables import Checkpoint, Stage
from bot.features.rooms.queries import Room
from storage.tx import Tx

#: On the summary card of a room; the rest are counted.
SHOWN = 5
_LINE = 300


def name(checkpoint: Checkpoint) -> Msg:
    """A checkpoint, in a sentence."""
    title = shortened(checkpoint.title, _LINE)
    return t("{number}. {title}", number=Strong(str(checkpoint.number)), title=title)


def entry(tx: Tx, room: Room, checkpoint: Checkpoint, now: datetime) -> Entry:
    """A line about a checkpoint, with what can be done about it."""
    return Entry(name(checkpoint), facts(tx, checkpoint, now), buttons(room, checkpoint))


def facts(tx: Tx, checkpoint: Checkpoint, now: datetime) -> Msg:
    """How it stands: when it is due, what must be at hand, who decides; or what came of it."""
    said = _standing(tx, checkpoint, now)
    if checkpoint.is_settled:
        return said
    if checkpoint.evidence:
        evidence = shortened(checkpoint.evidence, _LINE)
        said = t("{facts} · needs: {evidence}", facts=said, evidence=evidence)
    if checkpoint.approver_ids:
        people = Seq(tuple(tx.mention(person) for person in checkpoint.approver_ids))
        said = t("{facts} · decided by {people}", facts=said, people=people)
    return said


def _standing(tx: Tx, checkpoint: Checkpoint, now: datetime) -> Msg:
    if checkpoint.stage == Stage.WAIVED and checkpoint.settled_by is not None:
        who = tx.mention(checkpoint.settled_by)
        why = shortened(checkpoint.reason or "", _LINE)
        return t("waived by {who}: {why}", who=who, why=why)
    if checkpoint.stage == Stage.PASSED:
        key = Strong(str(DecisionKey(checkpoint.decision or 0)))
        return t("passed: {key}", key=key)
    if checkpoint.stage == Stage.ASKED:
        key = Strong(str(DecisionKey(checkpoint.decision or 0)))
        return t("its approvers are voting on {key}", key=key)
    if checkpoint.due_at is None:
        return t("no date yet")
    if checkpoint.is_overdue(now):
        return t("overdue since {when}", when=When(checkpoint.due_at))
    return t("due {when}", when=When(checkpoint.due_at))


def buttons(room: Room, checkpoint: Checkpoint) -> tuple[Button, ...]:
    """What can be done about a checkpoint."""
    if checkpoint.is_settled or room.is_closed:
        return ()
    key, number = RoomKey(room.number), float(checkpoint.number)
    waive = Button(
        t("Waive…"),
        WaiveCheckpoint(room=key, number=number, reason=""),
        Tone.DANGER,
        opens_form=True,
    )
    if checkpoint.stage == Stage.ASKED:
        return (waive,)
    decide = PassCheckpoint(room=key, number=number, outcome="")
    return (Button(t("Decide…"), decide, Tone.GOOD, opens_form=True), waive)


def section(tx: Tx, room: Room, found: Sequence[Checkpoint]) -> tuple[Block, ...]:
    """The upcoming and overdue checkpoints on the summary card of a room."""
    if not found:
        return ()
    shown = tuple(entry(tx, room, each, tx.now) for each in found[:SHOWN])
    title = tn("{n} checkpoint ahead", "{n} checkpoints ahead", len(found))
    return (Heading(title), Entries(shown, more=len(found) - len(shown)))


def listing(tx: Tx, room: Room, found: Sequence[Checkpoint]) -> Card:
    """All checkpoints of a room."""
    title = t("Checkpoints of {room}", room=Strong(room.key))
    if not found:
        plan = Slash("checkpoint plan", "…")
        template = Slash("checkpoint template", "…")
        hint = t("Plan one with {plan}, or several with {template}", plan=plan, template=template)
        return Card(title, (Note(hint), *_plan_button(room)))
    shown = tuple(entry(tx, room, each, tx.now) for each in found)
    return Card(title, (Entries(shown), *_plan_button(room)))


def _plan_button(room: Room) -> tuple[Block, ...]:
    if room.is_closed:
        return ()
    form = PlanCheckpoint(room=RoomKey(room.number), title="")
    return (Buttons((Button(t("Plan a checkpoint"), form, opens_form=True),)),)


def told(tx: Tx, room: Room, checkpoint: Checkpoint, text: Msg, tone: Tone = Tone.INFO) -> Card:
    """What a room is told of a checkpoint."""
    return Card(text, (Entries((entry(tx, room, checkpoint, tx.now),)),), tone)


def due(tx: Tx, room: Room, checkpoint: Checkpoint, *, is_early: bool) -> Card:
    """What a room is told when a checkpoint is due, or will be in a day."""
    it = name(checkpoint)
    text = t("Checkpoint {it} is due in a day", it=it) if is_early else _overdue(it)
    blocks: list[Block] = [Entries((entry(tx, room, checkpoint, tx.now),))]
    number = float(checkpoint.number)
    move = MoveCheckpoint(room=RoomKey(room.number), number=number, due=tx.now)
    blocks.append(
        Buttons(
            (
                Button(t("Another date…"), move, opens_form=True),
                Button(t("All checkpoints"), ListCheckpoints(room=RoomKey(room.number))),
            )
        )
    )
    return Card(text, tuple(blocks), Tone.WARNING if is_early else Tone.DANGER)


def _overdue(it: Msg) -> Msg:
    return t("Checkpoint {it} is due now", it=it)
