"""Proposals as cards: how the vote stands, what is asked of whom, what came of it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.chat import (
    Block,
    Button,
    Buttons,
    Card,
    Entries,
    Entry,
    Fields,
    Heading,
    Note,
    Quote,
    Tone,
)
from bot.core.text import Inline, Msg, Seq, Strong, When, t, tn
from bot.core.words import shortened
from bot.features.decisions import cards, queries
from bot.features.decisions.life_commands import ShowDecision
from bot.features.decisions.proposal_commands import (
    Abstain,
    Agree,
    AnswerObjection,
    Object,
)
from bot.features.decisions.tables import Choice, Decision, State, Vote
from bot.features.rooms import queries as rooms
from storage.tx import Tx

_CHOICES = {
    Choice.AGREE: t("agrees"),
    Choice.OBJECT: t("objects"),
    Choice.ABSTAIN: t("abstains"),
}
#: As much of each text as the card of a proposal has: the votes and the buttons come after them.
_TEXT = 800
#: In a list a reason is one line.
_LINE = 300


def choice(said: str) -> Msg:
    """What an approver says, in a word."""
    return _CHOICES[Choice(said)]


def proposal(tx: Tx, decision: Decision) -> Card:
    """A proposal as it stands: what it says, the rule, the votes, and buttons while it is open."""
    found = queries.votes_on(tx, decision.id)
    blocks: list[Block] = [*cards.said(decision, at_most=_TEXT), *cards.people(tx, decision)]
    who = cards.decider(tx, decision)
    blocks += [Note(t("Proposed by {who}", who=who)), *cards.notes(tx, decision)]
    facts = [*_where(tx, decision), (t("Who must agree"), rule(decision))]
    if decision.is_open and decision.deadline_at is not None:
        facts.append((t("Until"), When(decision.deadline_at)))
    blocks.append(Fields(tuple(facts)))
    blocks.append(Heading(t("Votes")))
    blocks.append(Entries(tuple(_vote(tx, decision, vote) for vote in found)))
    more = Button(t("Show it whole"), ShowDecision(decision=decision.key))
    if not decision.is_open:
        title = t(
            "{decision} ({state})", decision=cards.name(decision), state=cards.state(decision)
        )
        return Card(title, (*blocks, Buttons((more,))), cards.tone(decision))
    votes = vote_buttons(decision).buttons
    blocks.append(Buttons((*votes, more) if cards.is_longer(decision, _TEXT) else votes))
    title = t("Proposal {decision}", decision=cards.name(decision))
    return Card(title, tuple(blocks), Tone.INFO)


def _where(tx: Tx, decision: Decision) -> list[tuple[Msg, Inline]]:
    """The room that it is of: whoever votes may not be in it."""
    room = queries.room_of(tx, decision)
    return [(t("Room"), rooms.whole_name(room))] if room is not None else []


def rule(decision: Decision) -> Msg:
    """Whose agreement a proposal needs."""
    match decision.quorum:
        case "any":
            return t("any one of the approvers")
        case "lead":
            return t("the lead of the room")
        case str(number) if number.isdecimal():
            return tn("{n} approver", "{n} approvers", int(number))
        case _:
            return t("all approvers who do not abstain")


def _vote(tx: Tx, decision: Decision, vote: Vote) -> Entry:
    who = tx.mention(vote.person_id)
    if vote.is_gone:
        return Entry(t("{who}: is not here any more", who=who))
    if vote.choice is None:
        no_vote = t("{who}: has not voted yet", who=who)
        return Entry(no_vote if decision.is_open else t("{who}: did not vote", who=who))
    said = t("{who}: {choice}", who=who, choice=choice(vote.choice))
    note: Inline | None = shortened(vote.reason, _LINE) if vote.reason else None
    if vote.choice == Choice.OBJECT and vote.answer and vote.answered_by is not None:
        note = t(
            "{reason} · answered by {who}: {answer}",
            reason=shortened(vote.reason or "", _LINE),
            who=tx.mention(vote.answered_by),
            answer=shortened(vote.answer, _LINE),
        )
    elif vote.choice == Choice.OBJECT and decision.is_open:
        note = t("{reason} · not answered yet", reason=shortened(vote.reason or "", _LINE))
        return Entry(said, note, (_answer_button(decision, vote),))
    return Entry(said, note)


def _answer_button(decision: Decision, vote: Vote) -> Button:
    form = AnswerObjection(decision=decision.key, who=vote.person_id, answer="")
    return Button(t("Answer…"), form, opens_form=True)


def vote_buttons(decision: Decision) -> Buttons:
    """What an approver can say."""
    key = decision.key
    return Buttons(
        (
            Button(t("Agree"), Agree(decision=key), Tone.GOOD),
            Button(t("Object…"), Object(decision=key, reason=""), Tone.DANGER, opens_form=True),
            Button(t("Abstain"), Abstain(decision=key)),
        )
    )


def proposed(tx: Tx, decision: Decision, like: Sequence[Decision]) -> Card:
    """What whoever proposes something is told: who is asked until when, and what it resembles."""
    found = queries.votes_on(tx, decision.id)
    people = Seq(tuple(tx.mention(vote.person_id) for vote in found))
    blocks: list[Block] = [Note(t("Asked to vote: {people}", people=people))]
    if decision.deadline_at is not None:
        blocks.append(Note(t("Until {when}", when=When(decision.deadline_at))))
    blocks += cards.readers_note(tx, decision)
    if like:
        blocks.append(Heading(t("This resembles what was decided before")))
        shown = tuple(
            Entry(
                cards.name(each),
                cards.state(each),
                (Button(t("Show"), ShowDecision(decision=each.key)),),
            )
            for each in like
        )
        blocks.append(Entries(shown))
    return Card(t("You proposed {decision}", decision=cards.name(decision)), tuple(blocks))


def objection(tx: Tx, decision: Decision, vote: Vote, text: Msg) -> Card:
    """What is told of an objection: it has to be answered."""
    return Card(
        text,
        (
            Quote(vote.reason or ""),
            Note(t("It has to be answered before the proposal can be accepted.")),
            Buttons((_answer_button(decision, vote),)),
        ),
        Tone.WARNING,
    )


def answered(decision: Decision, vote: Vote, text: Msg) -> Card:
    """What is told of an answer; whoever objected can change their vote."""
    blocks: tuple[Block, ...] = (Quote(vote.answer or ""), vote_buttons(decision))
    return Card(text, blocks)


def reminder(tx: Tx, decision: Decision) -> Card:
    """What those are told who have not voted yet."""
    blocks: list[Block] = []
    if where := _where(tx, decision):
        blocks.append(Fields(tuple(where)))
    if decision.deadline_at is not None:
        blocks.append(Note(t("Until {when}", when=When(decision.deadline_at))))
    blocks.append(vote_buttons(decision))
    title = t("Your vote on {decision} is still missing", decision=cards.name(decision))
    return Card(title, tuple(blocks), Tone.WARNING)


def closed(tx: Tx, decision: Decision, text: Msg) -> Card:
    """What is told when the vote is over."""
    found = queries.votes_on(tx, decision.id)
    blocks: list[Block] = [Entries(tuple(_vote(tx, decision, vote) for vote in found))]
    if decision.state == State.ACCEPTED and decision.supersedes_keys:
        keys = Seq(tuple(Strong(str(key)) for key in decision.supersedes_keys))
        blocks.append(Note(t("In place of {keys}", keys=keys)))
    if decision.state == State.ACCEPTED:
        blocks.append(Buttons((cards.amend_button(decision),)))
    return Card(text, tuple(blocks), cards.tone(decision))


def changed(tx: Tx, decision: Decision) -> Card:
    """What those are told who voted on what a proposal said before."""
    title = t("{decision} was changed: please vote again", decision=cards.name(decision))
    show = Button(t("Show it whole"), ShowDecision(decision=decision.key))
    buttons = Buttons((*vote_buttons(decision).buttons, show))
    where = _where(tx, decision)
    about: tuple[Block, ...] = (Fields(tuple(where)),) if where else ()
    return Card(title, (*about, buttons), Tone.WARNING)
