"""Votes on proposals, answers to objections, and what the rule makes of them."""

from __future__ import annotations

from datetime import datetime

from bot.core.chat import Tone, line
from bot.core.effects import Effect
from bot.core.errors import Refused
from bot.core.events import DecisionRecorded, Event, PersonDeactivated, RoomClosed, RoomTouched
from bot.core.keys import DecisionKey
from bot.core.platform import Say
from bot.core.text import Msg, Seq, Strong, t
from bot.feature import Outcome
from bot.features.decisions import (
    cards,
    proposal_cards,
    proposals,
    queries,
    recording,
    reviews,
    settling,
    superseding,
)
from bot.features.decisions.access import changeable
from bot.features.decisions.proposal_commands import (
    Abstain,
    Agree,
    AnswerObjection,
    Object,
    WithdrawProposal,
)
from bot.features.decisions.steps import DeadlineDue
from bot.features.decisions.tables import (
    Choice,
    Decision,
    State,
    Vote,
    is_agreed,
    is_refused,
    open_objections,
    state_at_the_end,
)
from bot.features.decisions.telling import heard
from bot.features.rooms import queries as rooms
from bot.features.rooms.queries import Access, Room
from storage.tx import Tx


def agree(cmd: Agree, tx: Tx, now: datetime) -> Outcome:
    """Agree to a proposal."""
    return _vote(tx, cmd.decision, Choice.AGREE, cmd.reason)


def abstain(cmd: Abstain, tx: Tx, now: datetime) -> Outcome:
    """Abstain from a proposal."""
    return _vote(tx, cmd.decision, Choice.ABSTAIN, cmd.reason)


def object_to(cmd: Object, tx: Tx, now: datetime) -> Outcome:
    """Object to a proposal: the room is told, for the objection has to be answered."""
    if not cmd.reason.strip():
        raise Refused(t("Say why you object."), field="reason")
    return _vote(tx, cmd.decision, Choice.OBJECT, cmd.reason)


def _open(tx: Tx, key: DecisionKey) -> tuple[Decision, Room | None]:
    """A proposal that can still be voted on, locked."""
    decision, room = queries.decision_for(tx, key, Access.SEE)
    if room is not None:
        room = rooms.locked(tx, room.id)
    decision = tx.get(Decision, decision.id, lock=True) or decision
    if not decision.is_open:
        raise Refused(
            t(
                "The vote on {key} is closed: it is {state}.",
                key=Strong(str(key)),
                state=cards.state(decision),
            ),
            field="decision",
        )
    if room is not None:
        rooms.check_open(room)
    if decision.deadline_at is not None and decision.deadline_at <= tx.now:
        raise Refused(
            t("The vote on {key} is closed: its deadline has passed.", key=Strong(str(key))),
            field="decision",
        )
    return decision, room


def _vote(tx: Tx, key: DecisionKey, choice: Choice, reason: str) -> Outcome:
    decision, room = _open(tx, key)
    found = queries.votes_on(tx, decision.id)
    mine = next((vote for vote in found if vote.person_id == tx.asker), None)
    if mine is None:
        people = Seq(tuple(tx.mention(vote.person_id) for vote in found))
        sentence = t(
            "Only its approvers vote on {key}: {people}.", key=Strong(str(key)), people=people
        )
        raise Refused(sentence)
    said = proposal_cards.choice(choice)
    if mine.choice == choice and (mine.reason or "") == reason:
        raise Refused(t("You have said that already: {choice}.", choice=said))
    tx.change(
        mine,
        choice=choice,
        reason=reason or None,
        voted_at=tx.now,
        answer=None,
        answered_by=None,
        is_gone=False,
    )
    texts = {"reason": reason} if reason else {}
    recording.noted(tx, decision, "voted", texts, {"choice": str(choice), "person": tx.asker})
    it = cards.name(decision)
    text = _SAID[choice](tx, it)
    whole = t("{what}: {text}", what=text, text=reason) if reason else text
    tx.record("decision.voted", whole, room=room.id if room else None)
    effects: list[Effect] = []
    if choice == Choice.OBJECT:
        card = proposal_cards.objection(tx, decision, mine, text)
        effects += heard(tx, room, decision, card)
    return _weighed(tx, room, decision, Say(line(whole)), effects)


_SAID = {
    Choice.AGREE: lambda tx, it: t("{who} agrees to {it}", who=tx.mention(tx.asker), it=it),
    Choice.OBJECT: lambda tx, it: t("{who} objects to {it}", who=tx.mention(tx.asker), it=it),
    Choice.ABSTAIN: lambda tx, it: t("{who} abstains from {it}", who=tx.mention(tx.asker), it=it),
}


def answer(cmd: AnswerObjection, tx: Tx, now: datetime) -> Outcome:
    """Answer an objection. Whoever objected can change their vote then, or leave it."""
    decision, room = _open(tx, cmd.decision)
    _check_may_answer(tx, room, decision)
    vote = _objection(tx, decision, cmd.who)
    if not cmd.answer.strip():
        raise Refused(t("Say what you answer."), field="answer")
    tx.change(vote, answer=cmd.answer, answered_by=tx.asker)
    recording.noted(
        tx, decision, "answered", {"answer": cmd.answer}, {"objection_of": vote.person_id}
    )
    text = t(
        "{who} answered {whom} on {decision}",
        who=tx.mention(tx.asker),
        whom=tx.mention(vote.person_id),
        decision=cards.name(decision),
    )
    whole = t("{what}: {text}", what=text, text=cmd.answer)
    tx.record("decision.answered", whole, room=room.id if room else None)
    card = proposal_cards.answered(decision, vote, text)
    effects = [*heard(tx, room, decision, card), tx.direct(vote.person_id, card)]
    reply = Say(line(whole)) if room is None or rooms.answer(tx, room, card) else None
    return _weighed(tx, room, decision, reply, effects)


def _check_may_answer(tx: Tx, room: Room | None, decision: Decision) -> None:
    is_own = tx.asker in {decision.decided_by, decision.owner_id} or tx.person.is_admin
    if not is_own and not (room is not None and rooms.is_member(tx, room)):
        key = Strong(str(decision.key))
        raise Refused(t("Only who proposed {key}, or its room, can answer.", key=key))


def _objection(tx: Tx, decision: Decision, who: int | None) -> Vote:
    waiting = open_objections(queries.votes_on(tx, decision.id))
    mine = [vote for vote in waiting if who is None or vote.person_id == who]
    if not mine:
        raise Refused(t("There is no objection to answer."), field="who")
    if len(mine) > 1:
        people = Seq(tuple(tx.mention(vote.person_id) for vote in mine), "or")
        raise Refused(t("Whose objection: {people}?", people=people), field="who")
    return mine[0]


def withdraw(cmd: WithdrawProposal, tx: Tx, now: datetime) -> Outcome:
    """Take a proposal back: whoever made it, or those who may change it."""
    decision, room = changeable(tx, cmd.decision)
    if not decision.is_open:
        key, state = Strong(str(decision.key)), cards.state(decision)
        raise Refused(t("{key} is no proposal any more: it is {state}.", key=key, state=state))
    it = cards.name(decision)
    text = t("{who} took the proposal {it} back", who=tx.mention(tx.asker), it=it)
    whole = t("{what}: {text}", what=text, text=cmd.reason) if cmd.reason else text
    texts = {"reason": cmd.reason} if cmd.reason else {}
    return _closed(tx, room, decision, State.REJECTED, whole, texts=texts)


def deadline_due(cmd: DeadlineDue, tx: Tx, now: datetime) -> Outcome:
    """Close a proposal that nobody has decided by its deadline, and say what became of it.

    Late, after downtime, it is closed all the same: nobody could vote since.
    """
    decision = tx.get(Decision, cmd.decision)
    if decision is None or decision.withdrawn_at is not None:
        return Outcome()
    room = rooms.locked(tx, decision.room_id) if decision.room_id is not None else None
    decision = tx.get(Decision, cmd.decision, lock=True)
    if decision is None or not decision.is_open:
        return Outcome()
    found = queries.votes_on(tx, decision.id)
    state = state_at_the_end(found)
    it = cards.name(decision)
    text = t("{it} expired: too few agreed by the deadline", it=it)
    if state == State.REJECTED:
        text = t("{it} was rejected: somebody objected, and the deadline has passed", it=it)
    return _closed(tx, room, decision, state, text)


def follow_closing(event: RoomClosed, tx: Tx, now: datetime) -> Outcome:
    """A room was closed: what is still voted on there ends undecided."""
    room = rooms.locked(tx, event.room)
    effects: list[Effect] = []
    for decision in queries.proposals_in(tx, room.id):
        it, where = cards.name(decision), Strong(room.key)
        text = t("{it} expired: {room} was closed before it was decided", it=it, room=where)
        effects += _closed(tx, room, decision, State.EXPIRED, text).effects
    return Outcome(effects=tuple(effects))


def follow_leaving(event: PersonDeactivated, tx: Tx, now: datetime) -> Outcome:
    """Somebody's account is no longer in use: their votes are not waited for any more."""
    effects: list[Effect] = []
    events: list[Event] = []
    for decision in queries.proposals_with(tx, event.person):
        room = tx.get(Room, decision.room_id) if decision.room_id is not None else None
        for vote in queries.votes_on(tx, decision.id):
            if vote.person_id == event.person:
                tx.change(vote, is_gone=True)
        recording.noted(tx, decision, "approver left", {}, {"person": event.person})
        text = t(
            "{who} is not here any more, and cannot vote on {decision}",
            who=tx.mention(event.person),
            decision=cards.name(decision),
        )
        tx.record("decision.approver_left", text, room=room.id if room else None)
        effects += heard(tx, room, decision, line(text, Tone.WARNING))
        outcome = _weighed(tx, room, decision, None, [])
        effects += outcome.effects
        events += outcome.events
    return Outcome(effects=tuple(effects), events=tuple(events))


# ── the rule ─────────────────────────────────────────────────────────────────────────────────────


def _weighed(
    tx: Tx, room: Room | None, decision: Decision, reply: Say | None, effects: list[Effect]
) -> Outcome:
    """After a vote or an answer: closed by the rule, or the cards show how it stands."""
    found = queries.votes_on(tx, decision.id)
    lead = room.lead_id if room is not None else None
    it = cards.name(decision)
    if is_agreed(decision.quorum, found, lead):
        closed = _closed(tx, room, decision, State.ACCEPTED, t("{it} is accepted", it=it))
    elif is_refused(decision.quorum, found, lead):
        text = t("{it} was rejected: the lead objected", it=it)
        closed = _closed(tx, room, decision, State.REJECTED, text)
    else:
        redrawn = tx.redraw(proposals.live_name(decision))
        touched = (RoomTouched(room.id),) if room is not None else ()
        return Outcome(reply, (*effects, *redrawn), touched)
    return Outcome(reply, (*effects, *closed.effects), closed.events)


def _closed(
    tx: Tx,
    room: Room | None,
    decision: Decision,
    state: State,
    text: Msg,
    *,
    texts: dict[str, str] | None = None,
) -> Outcome:
    """A proposal is one no more."""
    accepted = state == State.ACCEPTED
    before = {"decided_at": tx.now} if accepted else {}
    tx.change(decision, state=state, closed_at=tx.now, **before)
    proposals.forget_time(tx, decision)
    recording.noted(tx, decision, str(state), texts or {})
    reviews.ask_later(tx, decision)
    tx.record(f"decision.{state}", text, room=room.id if room else None)
    events: list[Event] = []
    if accepted:
        events.append(DecisionRecorded(decision.id, room.id if room else None))
        for key in decision.supersedes_keys:
            old = queries.numbered(tx, key.number)
            if old is not None and old.state in {State.ACCEPTED, State.DEPRECATED}:
                superseding.put_in_place(tx, old, decision)
    settling.follow(tx, room, decision)
    if room is not None:
        events.append(RoomTouched(room.id))
    card = proposal_cards.closed(tx, decision, text)
    told = heard(tx, room, decision, card)
    redrawn = tx.redraw(proposals.live_name(decision))
    is_by_hand = tx.person_id is not None and not told
    reply = Say(card) if is_by_hand or (room is not None and _is_elsewhere(tx, room)) else None
    return Outcome(reply, (*told, *redrawn), tuple(events))


def _is_elsewhere(tx: Tx, room: Room) -> bool:
    return tx.person_id is not None and (tx.place is None or tx.place.channel != room.channel)
