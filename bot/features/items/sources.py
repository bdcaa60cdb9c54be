"""Items that were made of a message: found by it, and taken back with its emoji."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, select, update

from bot.core.chat import Card, Note, Paragraph, Tone, line
from bot.core.effects import Effect
from bot.core.events import CaptureWithdrawn, ChannelMoved, ItemChanged, RoomTouched
from bot.core.sources import Source
from bot.core.text import Slash, t
from bot.feature import Outcome
from bot.features.items import cards
from bot.features.items.commands import AddItem
from bot.features.items.queries import items
from bot.features.items.tables import Item
from bot.features.rooms import queries as rooms
from bot.features.rooms.queries import Room
from storage.tx import Tx

_of_room = (
    select(items)
    .where(
        items.c.room_id == bindparam("room"),
        items.c.source_key == bindparam("source"),
        items.c.withdrawn_at.is_(None),
    )
    .order_by(items.c.id)
)
_of_message = (
    select(items)
    .where(
        items.c.workspace_id == bindparam("workspace"),
        items.c.source_key == bindparam("source"),
        items.c.withdrawn_at.is_(None),
        items.c.by_emoji,
    )
    .order_by(items.c.id)
)


def made_already(tx: Tx, room: Room, source: Source, text: str) -> Item | None:
    """The item of a message that says the same; for a sign, whatever it says.

    One that was asked for in words as well does not go with an emoji any more.
    """
    for item in tx.all(Item, _of_room, {"room": room.id, "source": source.key}):
        if tx.is_errand or item.text == text:
            if item.by_emoji and not tx.is_errand:
                tx.change(item, by_emoji=False)
            return item
    return None


def withdraw_item(event: CaptureWithdrawn, tx: Tx, now: datetime) -> Outcome:
    """Take back what an emoji had made, unless somebody has gone on with it."""
    if event.command != AddItem.spec.path:
        return Outcome()
    effects: list[Effect] = []
    events: list[ItemChanged | RoomTouched] = []
    where = {"workspace": tx.workspace_id, "source": event.source}
    for found in tx.all(Item, _of_message, where):
        room = rooms.locked(tx, found.room_id)
        item = tx.get(Item, found.id, lock=True) or found
        if item.is_touched:
            effects.append(tx.direct(event.person, _kept(item)))
            continue
        tx.change(item, withdrawn_at=now)
        text = t("{who} took {item} back", who=tx.mention(event.person), item=cards.name(item))
        tx.record("item.withdrawn", text, room=room.id)
        effects += rooms.tell(tx, room, line(text))
        events += [ItemChanged(item.id, room.id), RoomTouched(room.id)]
    return Outcome(effects=tuple(effects), events=tuple(events))


def _kept(item: Item) -> Card:
    done = Slash("item done", str(item.key))
    return Card(
        t("{item} stays", item=cards.name(item)),
        (
            Paragraph(t("You took your emoji back, but somebody has gone on with the item since.")),
            Note(t("If it is not needed any more, close it: {done}", done=done)),
        ),
        Tone.WARNING,
    )


def follow_moving(event: ChannelMoved, tx: Tx, now: datetime) -> Outcome:
    """A channel has another id: what was made of its messages is still made of them."""
    is_moved, key = rooms.of_source(items.c.source_key, event)
    mine = items.c.workspace_id == tx.workspace_id
    tx.execute(update(items).where(mine, is_moved).values(source_key=key))
    return Outcome()
