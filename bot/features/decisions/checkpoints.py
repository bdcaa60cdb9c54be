"""Checkpoints (决策锚点): decisions that a room plans to make, and cannot close without."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.chat import Entry, Tone
from bot.core.errors import Refused
from bot.core.events import ClosingHeld, RoomTouched
from bot.core.i18n import plain
from bot.core.platform import Say
from bot.core.text import Msg, Strong, When, t, tn
from bot.core.words import shortened
from bot.feature import Outcome
from bot.features.decisions import cards, checkpoint_cards, proposals, queries, recording, settling
from bot.features.decisions.checkpoint_commands import (
    ListCheckpoints,
    MoveCheckpoint,
    PassCheckpoint,
    PlanCheckpoint,
    UseTemplate,
    WaiveCheckpoint,
)
from bot.features.decisions.commands import RecordDecision
from bot.features.decisions.proposal_commands import ProposeDecision
from bot.features.decisions.steps import CheckpointDue
from bot.features.decisions.tables import Checkpoint, Stage, State
from bot.features.decisions.telling import changed
from bot.features.decisions.templates import named
from bot.features.rooms import queries as rooms
from bot.features.rooms.queries import Access, Room
from storage.tx import Tx

_DAY = timedelta(days=1)
#: More in one room are a mistake.
MOST = 100


def plan(cmd: PlanCheckpoint, tx: Tx, now: datetime) -> Outcome:
    """Plan a decision that the room will have to make."""
    room = rooms.room_for(tx, cmd.room, Access.MEMBER, lock=True)
    if not cmd.title.strip():
        raise Refused(t("Say what is to be decided."), field="title")
    if cmd.due is not None and cmd.due <= now:
        raise Refused(t("That is in the past."), field="due")
    made = _add(tx, room, cmd)
    it = checkpoint_cards.name(made)
    text = t("{who} planned the checkpoint {it}", who=tx.mention(tx.asker), it=it)
    card = checkpoint_cards.told(tx, room, made, text)
    return changed(tx, room, "checkpoint.planned", card)


def _add(tx: Tx, room: Room, cmd: PlanCheckpoint) -> Checkpoint:
    known = queries.checkpoints_of(tx, room.id)
    if len(known) >= MOST:
        raise Refused(t("A room has at most {n} checkpoints.", n=MOST))
    approvers = proposals.asked(tx, room, cmd.approvers, "all")[0] if cmd.approvers else ()
    made = tx.add(
        Checkpoint(
            workspace_id=tx.workspace_id,
            room_id=room.id,
            number=max((each.number for each in known), default=0) + 1,
            title=cmd.title,
            due_at=cmd.due,
            evidence=cmd.evidence,
            approvers=" ".join(map(str, approvers)),
        )
    )
    _remind_later(tx, made)
    return made


def _remind_later(tx: Tx, checkpoint: Checkpoint) -> None:
    """Tell the room a day before, and when it is due."""
    for is_early in (True, False):
        key = settling.timer(checkpoint, is_early=is_early)
        at = checkpoint.due_at
        if at is not None and is_early:
            at -= _DAY
        if at is None or at <= tx.now:
            tx.cancel_timer(key)
        else:
            tx.set_timer(key, at, CheckpointDue(checkpoint=checkpoint.id, is_early=is_early))


def use_template(cmd: UseTemplate, tx: Tx, now: datetime) -> Outcome:
    """Plan all checkpoints of a template, each with its date. In the language of the room."""
    room = rooms.room_for(tx, cmd.room, Access.MEMBER, lock=True)
    template = named(cmd.template)
    start = cmd.start if cmd.start is not None else now
    for each in template.checkpoints:
        due = start + timedelta(days=each.days)
        planned = PlanCheckpoint(
            title=_in_words(each.title, room),
            due=due if due > now else now + _DAY,
            evidence=_in_words(each.evidence, room),
            approvers=cmd.approvers,
        )
        _add(tx, room, planned)
    count = tn("{n} checkpoint", "{n} checkpoints", len(template.checkpoints))
    text = t(
        "{who} planned {count} of the template {template}",
        who=tx.mention(tx.asker),
        count=count,
        template=template.title,
    )
    listed = checkpoint_cards.listing(tx, room, queries.open_checkpoints(tx, room.id))
    return changed(tx, room, "checkpoint.planned", replace(listed, title=text))


def _in_words(text: Msg, room: Room) -> str:
    """What a template says, in the language of the room: from then on it is the room's own."""
    return plain(text, rooms.reader(room))


def list_checkpoints(cmd: ListCheckpoints, tx: Tx, now: datetime) -> Outcome:
    """List the checkpoints of a room, those that are settled too."""
    room = rooms.room_for(tx, cmd.room, Access.SEE, closed=True)
    found = queries.checkpoints_of(tx, room.id)
    return Outcome(Say(checkpoint_cards.listing(tx, room, found)))


def _checkpoint(tx: Tx, room: Room, number: float) -> Checkpoint:
    """The checkpoint that is meant, locked, still to be settled."""
    found = next((c for c in queries.checkpoints_of(tx, room.id) if c.number == number), None)
    if found is None:
        said = Strong(f"{number:g}")
        sentence = t("{room} has no checkpoint {n}.", room=Strong(room.key), n=said)
        raise Refused(sentence, field="number")
    found = tx.get(Checkpoint, found.id, lock=True) or found
    if found.is_settled:
        it = checkpoint_cards.name(found)
        facts = checkpoint_cards.facts(tx, found, tx.now)
        sentence = t("{it} is settled already ({facts}).", it=it, facts=facts)
        raise Refused(sentence, field="number")
    return found


def pass_checkpoint(cmd: PassCheckpoint, tx: Tx, now: datetime) -> Outcome:
    """Make the decision of a checkpoint; one that has approvers is proposed to them."""
    room = rooms.room_for(tx, cmd.room, Access.MEMBER, lock=True)
    checkpoint = _checkpoint(tx, room, cmd.number)
    if checkpoint.stage == Stage.ASKED:
        raise Refused(t("Its approvers are voting already."), field="number")
    if checkpoint.evidence and not (cmd.evidence or "").strip():
        wanted = shortened(checkpoint.evidence)
        raise Refused(t("Evidence is needed: {what}.", what=wanted), field="evidence")
    columns = {"checkpoint_id": checkpoint.id}
    context = checkpoint.title
    if checkpoint.approver_ids:
        return _ask(cmd, tx, room, checkpoint)
    said = RecordDecision(title=cmd.outcome, evidence=cmd.evidence, why=cmd.why, context=context)
    how = recording.Added(State.ACCEPTED, now, tx.asker, columns)
    decision = recording.add(tx, room, said, how)
    settling.settle(tx, room, checkpoint, Stage.PASSED, decision=decision.number)
    text = t("{who} decided {decision}", who=tx.mention(tx.asker), decision=cards.name(decision))
    tx.record("decision.recorded", text, room=room.id)
    return recording.told(tx, room, decision, cards.recorded(tx, decision))


def _ask(cmd: PassCheckpoint, tx: Tx, room: Room, checkpoint: Checkpoint) -> Outcome:
    active = [p for p in checkpoint.approver_ids if tx.person_by_id(p).is_active]
    if not active:
        raise Refused(t("None of its approvers is here any more. It can only be waived."))
    due = checkpoint.due_at
    said = ProposeDecision(
        title=cmd.outcome,
        approvers=tuple(active),
        deadline=due if due is not None and due > tx.now else None,
        evidence=cmd.evidence,
        why=cmd.why,
        context=checkpoint.title,
    )
    voters = proposals.asked(tx, room, said.approvers, said.quorum)
    decision = proposals.make(tx, room, said, voters, {"checkpoint_id": checkpoint.id})
    tx.change(checkpoint, stage=Stage.ASKED, decision=decision.number)
    return proposals.posted(tx, room, decision, [])


def waive(cmd: WaiveCheckpoint, tx: Tx, now: datetime) -> Outcome:
    """Do without a checkpoint. Who said so and why is kept; a vote on it is not waited for."""
    room = rooms.room_for(tx, cmd.room, Access.LEAD, lock=True)
    checkpoint = _checkpoint(tx, room, cmd.number)
    if not cmd.reason.strip():
        raise Refused(t("Say why it is not needed."), field="reason")
    settling.settle(tx, room, checkpoint, Stage.WAIVED, reason=cmd.reason)
    text = t(
        "{who} waived the checkpoint {it}: {why}",
        who=tx.mention(tx.asker),
        it=checkpoint_cards.name(checkpoint),
        why=cmd.reason,
    )
    card = checkpoint_cards.told(tx, room, checkpoint, text, Tone.WARNING)
    return changed(tx, room, "checkpoint.waived", card)


def move(cmd: MoveCheckpoint, tx: Tx, now: datetime) -> Outcome:
    """Say when a checkpoint is due."""
    room = rooms.room_for(tx, cmd.room, Access.MEMBER, lock=True)
    checkpoint = _checkpoint(tx, room, cmd.number)
    if cmd.due <= now:
        raise Refused(t("That is in the past."), field="due")
    tx.change(checkpoint, due_at=cmd.due)
    _remind_later(tx, checkpoint)
    text = t(
        "{who} set the checkpoint {it} due {when}",
        who=tx.mention(tx.asker),
        it=checkpoint_cards.name(checkpoint),
        when=When(cmd.due),
    )
    card = checkpoint_cards.told(tx, room, checkpoint, text)
    return changed(tx, room, "checkpoint.moved", card)


def due(cmd: CheckpointDue, tx: Tx, now: datetime) -> Outcome:
    """Tell the room that a checkpoint is due, or will be in a day.

    Late, after downtime, it is still told; that it will be due only before it is.
    """
    checkpoint = tx.get(Checkpoint, cmd.checkpoint, lock=True)
    room = tx.get(Room, checkpoint.room_id) if checkpoint is not None else None
    if checkpoint is None or room is None or checkpoint.is_settled or room.is_closed:
        return Outcome()
    if cmd.is_early and checkpoint.is_overdue(now):
        return Outcome()
    card = checkpoint_cards.due(tx, room, checkpoint, is_early=cmd.is_early)
    if not cmd.is_early:
        tx.record("checkpoint.due", card.title, room=room.id)
    told = rooms.tell(tx, room, card)
    if not told and room.lead_id is not None:
        told = (tx.direct(room.lead_id, card),)
    return Outcome(effects=told, events=(RoomTouched(room.id),))


def hold_closing(question: ClosingHeld, tx: Tx) -> tuple[Entry, ...]:
    """A room with checkpoints ahead is not closed: each is passed or waived first."""
    room = tx.get(Room, question.room)
    if room is None:
        return ()
    found = queries.open_checkpoints(tx, room.id)
    return tuple(checkpoint_cards.entry(tx, room, each, tx.now) for each in found)
