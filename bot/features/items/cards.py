"""Items as cards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.core.chat import Block, Button, Buttons, Card, Entries, Entry, Heading, Note, Quote, Tone
from bot.core.keys import RoomKey
from bot.core.sources import Source
from bot.core.text import Inline, Msg, Slash, Strong, When, t, tn
from bot.core.words import shortened
from bot.features.items import queries
from bot.features.items.commands import (
    KINDS,
    AddItem,
    AssignItem,
    BlockItem,
    FinishItem,
    ListItems,
    ReopenItem,
)
from bot.features.items.tables import Item, Kind, State
from bot.features.rooms import queries as rooms
from storage.tx import Tx

_KIND = {option.value: option.label for option in KINDS}
#: In a sentence an item is one line; what the room is told of it has it whole.
_LINE = 200
#: Items on the summary card of a room; the rest are counted.
SHOWN = 5


def kind(value: str) -> Msg:
    return _KIND[Kind(value)]


def name(item: Item) -> Msg:
    """An item, in a sentence."""
    return t("{key} {text}", key=Strong(str(item.key)), text=shortened(item.text, _LINE))


def entry(tx: Tx, item: Item, now: datetime) -> Entry:
    """A line about an item, with what can be done about it."""
    return Entry(name(item), facts(tx, item, now), buttons(item))


def facts(tx: Tx, item: Item, now: datetime) -> Msg:
    """Who has it, when it is due, how it stands."""
    owner: Inline = tx.mention(item.owner_id) if item.owner_id else t("nobody yet")
    said = t("{kind} · {owner}", kind=kind(item.kind), owner=owner)
    if item.is_done and item.done_at is not None:
        return t("{facts} · done {when}", facts=said, when=When(item.done_at))
    if item.due_at is not None:
        due = When(item.due_at)
        if item.is_overdue(now):
            said = t("{facts} · overdue since {when}", facts=said, when=due)
        else:
            said = t("{facts} · due {when}", facts=said, when=due)
    if item.state == State.BLOCKED:
        said = t(
            "{facts} · blocked: {why}", facts=said, why=shortened(item.blocked_by or "", _LINE)
        )
    return said


def buttons(item: Item) -> tuple[Button, ...]:
    """What can be done about an item."""
    if item.is_done:
        return (Button(t("Reopen"), ReopenItem(item=item.key)),)
    return (
        Button(t("Done"), FinishItem(item=item.key), Tone.GOOD),
        Button(t("Blocked…"), BlockItem(item=item.key, reason=""), opens_form=True),
    )


def more_buttons(item: Item) -> tuple[Button, ...]:
    """What else can be done about an item, where there is room for it."""
    if item.is_done:
        return ()
    return (Button(t("Reassign…"), AssignItem(item=item.key, owner=None), opens_form=True),)


def changed(tx: Tx, item: Item, what: Msg, now: datetime) -> Card:
    """What a room is told about a change."""
    whole = (Quote(item.text),) if shortened(item.text, _LINE) != item.text else ()
    said = (Note(rooms.said_in(tx, Source.parse(item.source))),) if item.source else ()
    return Card(what, (*whole, *said, Entries((entry(tx, item, now),))), tone(item, now))


def tone(item: Item, now: datetime) -> Tone:
    if item.is_done:
        return Tone.GOOD
    if item.is_overdue(now) or item.state == State.BLOCKED:
        return Tone.DANGER
    return Tone.WARNING if item.kind in {Kind.BLOCKER, Kind.RISK} else Tone.INFO


def section(tx: Tx, room: int) -> tuple[Block, ...]:
    """The items on the summary card of a room."""
    counts = queries.counts(tx, room)
    done = counts.get(State.DONE, 0)
    still_open = sum(counts.values()) - done
    if not counts:
        return ()
    title = t(
        "{open}, {done}",
        open=tn("{n} open item", "{n} open items", still_open),
        done=tn("{n} done", "{n} done", done),
    )
    soonest = queries.soonest(tx, room, count=SHOWN)
    shown = tuple(entry(tx, item, tx.now) for item in soonest)
    return (Heading(title), *((Entries(shown, more=still_open - len(shown)),) if shown else ()))


def add_button(room: int) -> Button:
    """Opens the form that adds an item to room number `room`."""
    return Button(t("Add an item"), AddItem(room=RoomKey(room), text=""), opens_form=True)


def listing(
    tx: Tx, title: Msg, items: Sequence[Item], next_page: ListItems | None, now: datetime
) -> Card:
    """A page of items."""
    if not items:
        return Card(
            t("No items to show"), (Note(t("Add one with {add}", add=Slash("item add", "…"))),)
        )
    blocks: list[Block] = [Entries(tuple(entry(tx, item, now) for item in items))]
    if next_page is not None:
        blocks.append(Buttons((Button(t("More"), next_page),)))
    return Card(title, tuple(blocks))
