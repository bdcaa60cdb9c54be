"""Proposals: others are asked to agree by a deadline, and a rule says what comes of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.core.chat import Card
from bot.core.effects import Effect, PostCard
from bot.core.errors import Refused
from bot.core.events import RoomTouched
from bot.core.platform import Say
from bot.core.sources import Source
from bot.core.text import t, tn
from bot.core.words import fold
from bot.feature import Outcome
from bot.features.decisions import (
    cards,
    finding,
    proposal_cards,
    queries,
    recording,
    sources,
    superseding,
)
from bot.features.decisions.access import room_of
from bot.features.decisions.proposal_commands import ProposeDecision
from bot.features.decisions.steps import DeadlineDue, ReminderDue
from bot.features.decisions.tables import Decision, State, Vote
from bot.features.rooms import queries as rooms
from bot.features.rooms.queries import Access, Room
from storage.tx import Tx

#: How long people have to vote when nobody says.
USUAL = timedelta(days=3)
#: Earlier decisions that are shown because a proposal resembles them.
_ALIKE = 3
_QUORUMS = {
    "all": "all",
    "everybody": "all",
    "全部": "all",
    "全体": "all",
    "所有人": "all",
    "any": "any",
    "one": "any",
    "任一": "any",
    "任意": "any",
    "lead": "lead",
    "组长": "lead",
}


def propose(cmd: ProposeDecision, tx: Tx, now: datetime) -> Outcome:
    """Propose a decision: its approvers are asked, in the room and each alone."""
    room = room_of(tx, cmd.room, Access.MEMBER)
    source = Source.parse(cmd.source) if cmd.source else None
    if source is not None and (known := sources.made_already(tx, room, source, cmd)):
        said = t("There is a decision of that message already: {it}", it=cards.name(known))
        return Outcome(Say(Card(said, cards.recorded(tx, known).blocks)))
    decision = make(tx, room, cmd, asked(tx, room, cmd.approvers, cmd.quorum))
    return posted(tx, room, decision, alike(tx, decision))


def make(
    tx: Tx,
    room: Room | None,
    cmd: ProposeDecision,
    voters: tuple[tuple[int, ...], str],
    columns: Mapping[str, Any] | None = None,
) -> Decision:
    """Add a proposal, its approvers and rule (as of `asked`), and what time will make of it."""
    approvers, quorum = voters
    now = tx.now
    deadline = cmd.deadline if cmd.deadline is not None else now + USUAL
    if deadline <= now:
        raise Refused(t("The deadline is in the past."), field="deadline")
    if cmd.supersedes is not None:
        superseding.replaceable(tx, cmd.supersedes)
    supersedes = str(cmd.supersedes) if cmd.supersedes is not None else None
    stated = {"approvers": list(approvers), "quorum": quorum, "deadline": deadline.isoformat()}
    more = {"quorum": quorum, "deadline_at": deadline, "supersedes": supersedes, **(columns or {})}
    how = recording.Added(State.PROPOSED, now, tx.asker, more, "proposed", stated)
    decision = recording.add(tx, room, cmd, how)
    for person in approvers:
        tx.add(Vote(decision_id=decision.id, person_id=person))
    tx.set_timer(_closing(decision), deadline, DeadlineDue(decision=decision.id))
    remind_later(tx, decision)
    return decision


def asked(
    tx: Tx, room: Room | None, people: tuple[int, ...], said: str
) -> tuple[tuple[int, ...], str]:
    """Who is to approve, and the rule. Refused if that can never be."""
    quorum = read_quorum(said)
    approvers = tuple(dict.fromkeys(people))
    if quorum == "lead":
        if room is None or room.lead_id is None:
            raise Refused(t("Only a room that has a lead can let the lead decide."), field="quorum")
        approvers = tuple(dict.fromkeys((*approvers, room.lead_id)))
    if not approvers:
        raise Refused(t("Say who is to agree."), field="approvers")
    for person in approvers:
        recording.check_may_know(tx, room, person, "approvers")
    if quorum.isdecimal() and int(quorum) > len(approvers):
        few = tn("there is {n} approver", "there are {n} approvers", len(approvers))
        sentence = t("{wanted} cannot agree: {few}.", wanted=int(quorum), few=few)
        raise Refused(sentence, field="quorum")
    return approvers, quorum


def read_quorum(said: str) -> str:
    """The rule: "all", "any", "lead", or a number from 1 on. Refused if it is something else."""
    word = fold(said) or "all"
    if word in _QUORUMS:
        return _QUORUMS[word]
    digits = unicodedata.normalize("NFKC", word).removesuffix("人").strip()
    if digits.isascii() and digits.isdecimal() and int(digits[:9]) > 0 and len(digits) < 5:  # noqa: PLR2004  nobody has more approvers
        return str(int(digits))
    raise Refused(t("Say all, any, lead, or how many must agree."), field="quorum")


def alike(tx: Tx, decision: Decision) -> list[Decision]:
    """Earlier decisions that a proposal resembles, as far as who proposes it may know of them."""
    where = finding.Filter(tx.workspace_id, viewer=tx.asker, before=decision.number)
    return [*finding.alike(tx, decision.title, where, count=_ALIKE)]


def posted(tx: Tx, room: Room | None, decision: Decision, like: list[Decision]) -> Outcome:
    """Ask the approvers: a card in the room and one for each, all kept up to date."""
    who, it = tx.mention(tx.asker), cards.name(decision)
    text = t("{who} proposed {decision}", who=who, decision=it)
    tx.record("decision.proposed", text, room=room.id if room else None)
    card = proposal_cards.proposal(tx, decision)
    live = live_name(decision)
    effects: list[Effect] = []
    if room is not None and rooms.can_hear(room):
        effects.append(PostCard(rooms.address(tx, room), card, rooms.reader(room), live=live))
    effects += [
        replace(tx.direct(vote.person_id, card), live=live)
        for vote in queries.votes_on(tx, decision.id)
        if vote.person_id != tx.asker or room is None
    ]
    answer = proposal_cards.proposed(tx, decision, like)
    touched = (RoomTouched(room.id),) if room is not None else ()
    is_told_there = room is not None and rooms.answer(tx, room, answer) is None
    reply = None if is_told_there and not like else Say(answer)
    return Outcome(reply, tuple(effects), touched)


def live_name(decision: Decision) -> str:
    """What a card shows that is kept up to date with a proposal."""
    return f"proposal:{decision.id}"


def draw(tx: Tx, decision: int) -> Card | None:
    """The card of a proposal as it stands now."""
    found = tx.get(Decision, decision)
    return proposal_cards.proposal(tx, found) if found is not None else None


# ── time ─────────────────────────────────────────────────────────────────────────────────────────


def _closing(decision: Decision) -> str:
    return f"decision-deadline:{decision.id}"


def _reminding(decision: Decision) -> str:
    return f"decision-reminder:{decision.id}"


def forget_time(tx: Tx, decision: Decision) -> None:
    """A proposal is closed: nothing is due any more."""
    tx.cancel_timer(_closing(decision))
    tx.cancel_timer(_reminding(decision))


def remind_later(tx: Tx, decision: Decision) -> None:
    """Remind those who have not voted halfway to the deadline, and once more near it.

    That is a day before it, or an hour where there is less than two days altogether.
    """
    now, deadline = tx.now, decision.deadline_at
    if deadline is None:
        return
    left = deadline - now
    day, hour = timedelta(days=1), timedelta(hours=1)
    nearly = deadline - (day if deadline - decision.decided_at > 2 * day else hour)
    halfway = decision.decided_at + (deadline - decision.decided_at) / 2
    coming = sorted(at for at in (halfway, nearly) if at > now)
    if coming and left > timedelta(minutes=10):
        tx.set_timer(_reminding(decision), coming[0], ReminderDue(decision=decision.id))


def reminder_due(cmd: ReminderDue, tx: Tx, now: datetime) -> Outcome:
    """Remind those who have not voted, each alone.

    Late, after downtime, it is still done, unless the deadline has passed as well.
    """
    decision = tx.get(Decision, cmd.decision, lock=True)
    if decision is None or not decision.is_open or decision.withdrawn_at is not None:
        return Outcome()
    remind_later(tx, decision)
    silent = [
        vote.person_id
        for vote in queries.votes_on(tx, decision.id)
        if vote.choice is None and not vote.is_gone
    ]
    card = proposal_cards.reminder(tx, decision)
    return Outcome(effects=tuple(tx.direct(person, card) for person in silent))
