"""A decision's life: superseded, deprecated, amended; and what became of it, step by step."""

from __future__ import annotations

from datetime import datetime

from bot.core.chat import Block, Card, Note, Quote, Tone
from bot.core.errors import Refused
from bot.core.platform import Say
from bot.core.text import Strong, t
from bot.feature import Outcome
from bot.features.decisions import (
    cards,
    history,
    proposals,
    queries,
    recording,
    reviews,
    superseding,
)
from bot.features.decisions.access import changeable, check_can_be_named
from bot.features.decisions.commands import RecordDecision
from bot.features.decisions.life_commands import (
    DeprecateDecision,
    ShowDecision,
    ShowHistory,
    SupersedeDecision,
)
from bot.features.decisions.tables import Decision, State
from bot.features.decisions.telling import changed
from bot.features.rooms.queries import Access, Room
from storage.tx import Tx


def show(cmd: ShowDecision, tx: Tx, now: datetime) -> Outcome:
    """Show a decision, whole; a proposal with its votes."""
    decision, _ = queries.decision_for(tx, cmd.decision, Access.SEE)
    if decision.is_open:
        card = proposals.draw(tx, decision.id)
        assert card is not None, "it is there"
        return Outcome(Say(card))
    return Outcome(Say(cards.whole(tx, decision)))


def show_history(cmd: ShowHistory, tx: Tx, now: datetime) -> Outcome:
    """Show what became of a decision, the newest first."""
    decision, _ = queries.decision_for(tx, cmd.decision, Access.SEE)
    return Outcome(Say(history.card(tx, decision, max(0, int(cmd.skip)))))


def supersede(cmd: SupersedeDecision, tx: Tx, now: datetime) -> Outcome:
    """Put another decision in the place of one: a new one, or one that is there."""
    old, room = superseding.replaceable(tx, cmd.decision)
    new = _replacement(cmd, tx, room, old)
    superseding.put_in_place(tx, old, new)
    text = t(
        "{who} put {new} in the place of {old}",
        who=tx.mention(tx.asker),
        new=cards.name(new),
        old=cards.name(old),
    )
    holds = Note(t("{key} now holds", key=Strong(str(new.key))))
    blocks: tuple[Block, ...] = (*cards.said(new), holds)
    return changed(tx, room, "decision.superseded", Card(text, blocks, Tone.GOOD))


def _replacement(cmd: SupersedeDecision, tx: Tx, room: Room | None, old: Decision) -> Decision:
    if cmd.by is not None:
        if cmd.title:
            raise Refused(t("Say either another decision, or what is decided."), field="title")
        new, _ = queries.decision_for(tx, cmd.by, Access.SEE)
        new = changeable(tx, cmd.by)[0] if new.id != old.id else old
        superseding.check_ring(tx, old, new)
        check_can_be_named(tx, new.room_id, room, Strong(str(new.key)), "by")
        if new.state != State.ACCEPTED:
            key, state = Strong(str(new.key)), cards.state(new)
            raise Refused(t("{key} does not hold: {state}.", key=key, state=state), field="by")
        return new
    if not cmd.title.strip():
        raise Refused(t("Say what is decided instead."), field="title")
    said = RecordDecision(title=cmd.title, why=cmd.why, tags=",".join(old.tag_list))
    how = recording.Added(State.ACCEPTED, tx.now, tx.asker)
    return recording.add(tx, room, said, how)


def deprecate(cmd: DeprecateDecision, tx: Tx, now: datetime) -> Outcome:
    """Say that a decision does not hold any more, with nothing in its place."""
    decision, room = changeable(tx, cmd.decision)
    superseding.check_holds(decision)
    key = Strong(str(decision.key))
    if decision.state == State.DEPRECATED:
        raise Refused(t("{key} was deprecated already.", key=key), field="decision")
    if not cmd.reason.strip():
        raise Refused(t("Say why it does not hold any more."), field="reason")
    tx.change(decision, state=State.DEPRECATED)
    reviews.ask_later(tx, decision)
    recording.noted(tx, decision, "deprecated", {"reason": cmd.reason})
    it = cards.name(decision)
    text = t("{who} deprecated {decision}", who=tx.mention(tx.asker), decision=it)
    card = Card(text, (Quote(cmd.reason),), Tone.WARNING)
    return changed(tx, room, "decision.deprecated", card)
