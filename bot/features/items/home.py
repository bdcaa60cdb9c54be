"""Items on somebody's own page."""

from __future__ import annotations

from bot.core.chat import Block, Entries, Heading, Note
from bot.core.events import HomeSections, NextReminders, Reminder
from bot.core.text import Either, Slash, t, tn
from bot.features.items import cards, queries
from storage.tx import Tx

#: As many stand on the page; the rest are counted.
_SHOWN = 10


def sections(question: HomeSections, tx: Tx) -> tuple[Block, ...]:
    """Theirs, those that are due first first."""
    count = queries.count_of(tx, question.person)
    if not count:
        hint = t(
            "Nothing is yours to do. {mine} lists your items.",
            mine=Slash("item list", Either("mine", "我的")),
        )
        return (Heading(t("Your items")), Note(hint))
    found = queries.of_person(tx, question.person, count=_SHOWN)
    shown = tuple(cards.entry(tx, item, tx.now) for item in found)
    title = tn("{n} item of yours", "{n} items of yours", count)
    return (Heading(title), Entries(shown, more=count - len(shown)))


def reminders(question: NextReminders, tx: Tx) -> tuple[Reminder, ...]:
    """When their items are due."""
    found = queries.of_person(tx, question.person, count=_SHOWN, after=tx.now)
    return tuple(
        Reminder(item.due_at, t("{item} is due", item=cards.name(item)))
        for item in found
        if item.due_at is not None
    )
