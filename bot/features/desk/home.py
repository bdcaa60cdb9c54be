"""Somebody's own page: their rooms and items, and of what they will be reminded next.

Other features say what stands on it (`HomeSections`, `NextReminders`). Where a platform has such a
page it is drawn when somebody opens it, and again, while they may still look at it, when something
of theirs changes; `/muster home` shows the same card anywhere.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.core.chat import Block, Button, Buttons, Card, Entries, Entry, Heading, Note, Tone
from bot.core.effects import PublishHome
from bot.core.events import HomeOpened, HomeSections, ItemChanged, NextReminders
from bot.core.platform import Say
from bot.core.text import When, t
from bot.feature import Outcome
from bot.features.desk.commands import Help, ShowHome
from bot.features.items import queries as items
from storage import identity
from storage.tables import Person
from storage.tx import Tx

#: How long after somebody has opened their page it is kept up to date.
KEPT_FRESH = timedelta(days=7)
#: Reminders that stand on it.
_SHOWN = 8


def draw(tx: Tx, person: int) -> Card:
    """The page of `person`, whoever asks."""
    blocks: list[Block] = [block for section in tx.ask(HomeSections(person)) for block in section]
    blocks += _reminders(tx, person)
    blocks.append(Buttons((Button(t("Help"), Help()),)))
    return Card(t("Yours"), tuple(blocks), Tone.INFO)


def _reminders(tx: Tx, person: int) -> tuple[Block, ...]:
    found = [each for some in tx.ask(NextReminders(person)) for each in some]
    title = Heading(t("What comes next"))
    if not found:
        return (title, Note(t("Nothing has a date.")))
    soonest = sorted(found, key=lambda reminder: reminder.at)[:_SHOWN]
    entries = tuple(Entry(reminder.text, When(reminder.at)) for reminder in soonest)
    return (title, Entries(entries))


def show_home(cmd: ShowHome, tx: Tx, now: datetime) -> Outcome:
    """Show somebody their page where they ask for it."""
    return Outcome(Say(draw(tx, tx.asker)))


def open_home(event: HomeOpened, tx: Tx, now: datetime) -> Outcome:
    """Somebody looks at their page: draw it, and remember that they do."""
    if tx.person_id is None:
        return Outcome()
    tx.change(tx.person, home_opened_at=now)
    return Outcome(effects=(_published(tx, tx.person),))


def follow_item(event: ItemChanged, tx: Tx, now: datetime) -> Outcome:
    """An item has changed: so have the pages of who has it and of who had it."""
    item = tx.get(items.Item, event.item)
    owners = dict.fromkeys([item.owner_id if item else None, event.before])
    people = [tx.person_by_id(owner) for owner in owners if owner is not None]
    looking = [
        person
        for person in people
        if person.home_opened_at is not None and now - person.home_opened_at <= KEPT_FRESH
    ]
    return Outcome(effects=tuple(_published(tx, person) for person in looking))


def _published(tx: Tx, person: Person) -> PublishHome:
    reader = identity.reader_for(person, tx.defaults)
    name = f"home:{person.id}"
    return PublishHome(tx.user(person.id), name, draw(tx, person.id), reader)
