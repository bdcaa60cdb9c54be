"""Whether decisions are still valid: asked on the day that somebody has named for it."""

from __future__ import annotations

from datetime import datetime

from bot.core.chat import Button, Buttons, Card, Tone
from bot.core.effects import Effect
from bot.core.errors import Refused
from bot.core.text import Strong, When, t
from bot.feature import Outcome
from bot.features.decisions import cards, chain
from bot.features.decisions.access import changeable
from bot.features.decisions.life_commands import (
    ConfirmDecision,
    DeprecateDecision,
    SetReview,
    SupersedeDecision,
)
from bot.features.decisions.steps import ReviewDue
from bot.features.decisions.tables import Decision, State
from bot.features.decisions.telling import changed, heard
from bot.features.rooms.queries import Room
from storage.tx import Tx


def ask_later(tx: Tx, decision: Decision) -> None:
    """Have it asked when a decision is due for review; forget it if it is not, or has ended."""
    key = f"decision-review:{decision.id}"
    if decision.review_at is None or decision.state != State.ACCEPTED:
        tx.cancel_timer(key)
    else:
        tx.set_timer(key, decision.review_at, ReviewDue(decision=decision.id))


def set_review(cmd: SetReview, tx: Tx, now: datetime) -> Outcome:
    """Say when to ask whether a decision is still valid."""
    decision, room = changeable(tx, cmd.decision)
    _check_is_valid(decision)
    if cmd.at <= now:
        raise Refused(t("That is in the past."), field="at")
    tx.change(decision, review_at=cmd.at)
    ask_later(tx, decision)
    chain.append(tx, decision, "review set", at=cmd.at.isoformat())
    text = t(
        "{who} wants to be asked {when} whether {decision} is still valid",
        who=tx.mention(tx.asker),
        when=When(cmd.at),
        decision=cards.name(decision),
    )
    return changed(tx, room, "decision.review", Card(text))


def _check_is_valid(decision: Decision) -> None:
    if decision.state != State.ACCEPTED:
        key = Strong(str(decision.key))
        raise Refused(t("{key} does not hold: {state}.", key=key, state=cards.state(decision)))


def confirm(cmd: ConfirmDecision, tx: Tx, now: datetime) -> Outcome:
    """A decision is still valid. Asked again only if a date is said."""
    decision, room = changeable(tx, cmd.decision)
    _check_is_valid(decision)
    if cmd.again is not None and cmd.again <= now:
        raise Refused(t("That is in the past."), field="again")
    tx.change(decision, review_at=cmd.again)
    ask_later(tx, decision)
    again = cmd.again.isoformat() if cmd.again else None
    chain.append(tx, decision, "confirmed", again=again)
    it = cards.name(decision)
    text = t("{who} says that {decision} is still valid", who=tx.mention(tx.asker), decision=it)
    return changed(tx, room, "decision.confirmed", Card(text, (), Tone.GOOD))


def review_due(cmd: ReviewDue, tx: Tx, now: datetime) -> Outcome:
    """Ask its room, and who has it, whether a decision is still valid.

    Late, after downtime, it is still asked.
    """
    decision = tx.get(Decision, cmd.decision, lock=True)
    if decision is None or decision.withdrawn_at is not None:
        return Outcome()
    if decision.state != State.ACCEPTED or decision.review_at is None:
        return Outcome()
    room = tx.get(Room, decision.room_id) if decision.room_id is not None else None
    text = t("Is {decision} still valid?", decision=cards.name(decision))
    tx.record("decision.review_due", text, room=room.id if room else None)
    card = Card(text, (*cards.summary(tx, decision), asking(decision)), Tone.INFO)
    effects: tuple[Effect, ...] = heard(tx, room, decision, card)
    return Outcome(effects=effects)


def asking(decision: Decision) -> Buttons:
    """What one can answer to the question."""
    key = decision.key
    return Buttons(
        (
            Button(t("Still valid…"), ConfirmDecision(decision=key), Tone.GOOD, opens_form=True),
            Button(t("Supersede…"), SupersedeDecision(decision=key), opens_form=True),
            Button(t("Deprecate…"), DeprecateDecision(decision=key, reason=""), opens_form=True),
        )
    )
