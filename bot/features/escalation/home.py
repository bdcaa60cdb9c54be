"""Climbs on somebody's own page, and what the doctor asks."""

from __future__ import annotations

from datetime import timedelta

from bot.core.chat import Block, Entries, Entry, Heading
from bot.core.events import Checkup, Finding, HomeSections, NextReminders, Reminder
from bot.core.text import When, t, tn
from bot.features.escalation import cards, queries
from bot.features.escalation.ladder import Phase
from storage.tx import Tx

_SHOWN = 10
#: A step that is later than this is late: the worker needs no more than seconds.
GRACE = timedelta(minutes=2)


def sections(question: HomeSections, tx: Tx) -> tuple[Block, ...]:
    """What they have been asked about and nobody is on."""
    found = queries.asked_of(tx, question.person, count=_SHOWN)
    if not found:
        return ()
    lines = tuple(
        Entry(cards.name(tx, climb), cards.cause(tx, climb), cards.buttons(tx, climb))
        for climb in found
    )
    title = tn("{n} thing waits for you", "{n} things wait for you", len(found))
    return (Heading(title), Entries(lines))


def reminders(question: NextReminders, tx: Tx) -> tuple[Reminder, ...]:
    """When they no longer count as being on something."""
    return tuple(
        Reminder(climb.until, t("{what}: you are on it until then", what=cards.name(tx, climb)))
        for climb in queries.held_by(tx, question.person, count=_SHOWN)
        if climb.phase == Phase.HELD and climb.until is not None
    )


def findings(question: Checkup, tx: Tx) -> tuple[Finding, ...]:
    """Whether any escalation is late."""
    late = queries.late(tx, tx.workspace_id, tx.now - GRACE, count=1)
    if not late or late[0].next_at is None:
        return (Finding(t("No escalation is late"), is_fine=True),)
    since = When(late[0].next_at)
    advice = t("Is Muster running? The log may say what is in the way.")
    return (
        Finding(t("Escalations are late, since {when}", when=since), is_fine=False, advice=advice),
    )
