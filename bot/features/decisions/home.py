"""Decisions on somebody's own page: what waits for their vote."""

from __future__ import annotations

from bot.core.chat import Block, Button, Entries, Entry, Heading, Tone
from bot.core.events import HomeSections, NextReminders, Reminder
from bot.core.text import When, t, tn
from bot.features.decisions import cards, queries
from bot.features.decisions.life_commands import ShowDecision
from bot.features.decisions.proposal_commands import Abstain, Agree, Object
from bot.features.decisions.tables import Decision
from storage.tx import Tx

_SHOWN = 10


def sections(question: HomeSections, tx: Tx) -> tuple[Block, ...]:
    """The proposals on which they have not voted yet."""
    found = queries.waiting_for(tx, question.person, count=_SHOWN + 1)
    if not found:
        return ()
    title = tn("{n} proposal waits for your vote", "{n} proposals wait for your vote", len(found))
    shown = tuple(_entry(decision) for decision in found[:_SHOWN])
    return (Heading(title), Entries(shown, more=len(found) - len(shown)))


def _entry(decision: Decision) -> Entry:
    key = decision.key
    until = decision.deadline_at
    note = t("until {when}", when=When(until)) if until is not None else None
    return Entry(
        cards.name(decision),
        note,
        (
            Button(t("Agree"), Agree(decision=key), Tone.GOOD),
            Button(t("Object…"), Object(decision=key, reason=""), Tone.DANGER, opens_form=True),
            Button(t("Abstain"), Abstain(decision=key)),
            Button(t("Show it whole"), ShowDecision(decision=key)),
        ),
    )


def reminders(question: NextReminders, tx: Tx) -> tuple[Reminder, ...]:
    """When the votes that they owe are over."""
    found = queries.waiting_for(tx, question.person, count=_SHOWN)
    return tuple(
        Reminder(each.deadline_at, t("the vote on {it} ends", it=cards.name(each)))
        for each in found
        if each.deadline_at is not None
    )
