"""What people do with items."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.sql import Select

from bot.core.chat import Card, Entries
from bot.core.errors import Refused
from bot.core.events import ItemChanged, RoomTouched
from bot.core.keys import ItemKey, RoomKey
from bot.core.platform import Say
from bot.core.sources import Source
from bot.core.text import Msg, Slash, Strong, When, t
from bot.core.words import shortened
from bot.feature import Outcome
from bot.features.items import cards, queries, sources
from bot.features.items.commands import (
    AddItem,
    AssignItem,
    BlockItem,
    FinishItem,
    ListItems,
    ReopenItem,
    SetDue,
)
from bot.features.items.queries import items
from bot.features.items.tables import Item, State
from bot.features.rooms import queries as rooms
from bot.features.rooms.queries import Access, Room
from storage.tx import Tx

PAGE = 10
#: Of the words of an item that blocks another one, so many characters stand beside its key.
_LINKED = 160


def add_item(cmd: AddItem, tx: Tx, now: datetime) -> Outcome:
    """Add an item to a room; of a message, once."""
    room = rooms.room_for(tx, cmd.room, Access.MEMBER, lock=True)
    source = Source.parse(cmd.source) if cmd.source else None
    if source is not None and (known := sources.made_already(tx, room, source, cmd.text)):
        said = t("There is an item of that message already: {item}", item=cards.name(known))
        return Outcome(Say(Card(said, (Entries((cards.entry(tx, known, now),)),))))
    _check_owner(tx, room, cmd.owner)
    item = tx.add(
        Item(
            workspace_id=tx.workspace_id,
            room_id=room.id,
            room_number=room.number,
            number=queries.last_number(tx, room.id) + 1,
            text=cmd.text,
            kind=cmd.kind,
            owner_id=cmd.owner,
            due_at=cmd.due,
            added_by=tx.asker,
            added_at=now,
            moved_at=now,
            source=cmd.source,
            source_key=source.key if source else None,
            by_emoji=tx.is_errand if source else None,
        )
    )
    text = t("{who} added {item}", who=tx.mention(tx.asker), item=cards.name(item))
    return _changed(tx, room, item, "item.added", text)


def _check_owner(tx: Tx, room: Room, owner: int | None) -> None:
    """Who is to do something must be able to know of it."""
    if owner is not None and not rooms.can_see(tx, room, owner):
        raise Refused(
            t(
                "{who} is not in {room}. Bring them in first: {invite}",
                who=tx.mention(owner),
                room=Strong(room.key),
                invite=Slash("warroom invite", "@…"),
            ),
            field="owner",
        )


def _changed(
    tx: Tx, room: Room, item: Item, event: str, text: Msg, *, before: int | None = None
) -> Outcome:
    """Note it on the timeline, tell the room, redraw its card."""
    tx.record(event, text, room=room.id)
    card = cards.changed(tx, item, text, tx.now)
    return Outcome(
        rooms.answer(tx, room, card),
        rooms.tell(tx, room, card),
        (ItemChanged(item.id, room.id, before), RoomTouched(room.id)),
    )


def _item_for(tx: Tx, key: ItemKey) -> tuple[Room, Item]:
    """The item that is meant, and its room, both to be changed by a member of the room."""
    room_key = RoomKey(key.room) if key.room is not None else None
    room = rooms.room_for(tx, room_key, Access.MEMBER, lock=True)
    item = queries.numbered(tx, room.id, key.number, lock=True)
    if item is None:
        unknown = ItemKey(key.number, room.number)
        raise Refused(t("There is no item {key}.", key=Strong(str(unknown))), field="item")
    if item.withdrawn_at is not None:
        raise Refused(t("{key} was taken back.", key=Strong(str(item.key))), field="item")
    return room, item


def finish_item(cmd: FinishItem, tx: Tx, now: datetime) -> Outcome:
    """Mark an item as done."""
    room, item = _item_for(tx, cmd.item)
    if item.is_done:
        raise Refused(t("{key} is done already.", key=Strong(str(item.key))))
    tx.change(item, state=State.DONE, done_at=now, moved_at=now)
    text = t("{who} finished {item}", who=tx.mention(tx.asker), item=cards.name(item))
    if cmd.note:
        text = t("{what}: {text}", what=text, text=cmd.note)
    return _changed(tx, room, item, "item.done", text)


def reopen_item(cmd: ReopenItem, tx: Tx, now: datetime) -> Outcome:
    """Open an item again."""
    room, item = _item_for(tx, cmd.item)
    if item.state == State.OPEN:
        raise Refused(t("{key} is open already.", key=Strong(str(item.key))))
    tx.change(item, state=State.OPEN, done_at=None, blocked_by=None, moved_at=now)
    text = t("{who} reopened {item}", who=tx.mention(tx.asker), item=cards.name(item))
    if cmd.reason:
        text = t("{what}: {text}", what=text, text=cmd.reason)
    return _changed(tx, room, item, "item.reopened", text)


def assign_item(cmd: AssignItem, tx: Tx, now: datetime) -> Outcome:
    """Give an item to somebody."""
    room, item = _item_for(tx, cmd.item)
    if cmd.owner is None:
        raise Refused(t("Say who is to have it."), field="owner")
    if item.owner_id == cmd.owner:
        raise Refused(t("{who} has it already.", who=tx.mention(cmd.owner)), field="owner")
    _check_owner(tx, room, cmd.owner)
    before = item.owner_id
    tx.change(item, owner_id=cmd.owner, moved_at=now)
    text = t(
        "{who} gave {item} to {owner}",
        who=tx.mention(tx.asker),
        item=cards.name(item),
        owner=tx.mention(cmd.owner),
    )
    return _changed(tx, room, item, "item.assigned", text, before=before)


def set_due(cmd: SetDue, tx: Tx, now: datetime) -> Outcome:
    """Say when an item is due."""
    room, item = _item_for(tx, cmd.item)
    if item.is_done:
        raise Refused(t("{key} is done already.", key=Strong(str(item.key))))
    tx.change(item, due_at=cmd.due, moved_at=now)
    text = t(
        "{who} set {item} due {when}",
        who=tx.mention(tx.asker),
        item=cards.name(item),
        when=When(cmd.due),
    )
    return _changed(tx, room, item, "item.due", text)


def block_item(cmd: BlockItem, tx: Tx, now: datetime) -> Outcome:
    """Say what blocks an item."""
    room, item = _item_for(tx, cmd.item)
    if item.is_done:
        raise Refused(t("{key} is done already.", key=Strong(str(item.key))))
    reason = _linked(tx, room, item, cmd.reason)
    tx.change(item, state=State.BLOCKED, blocked_by=reason, moved_at=now)
    text = t(
        "{who} said what blocks {item}: {why}",
        who=tx.mention(tx.asker),
        item=cards.name(item),
        why=reason,
    )
    return _changed(tx, room, item, "item.blocked", text)


def _linked(tx: Tx, room: Room, item: Item, reason: str) -> str:
    """What is in the way; of another item, that is named by its key alone, its words too."""
    key = ItemKey.parse(reason.strip())
    if key is None:
        return reason
    where = room
    if key.room is not None and key.room != room.number:
        where = rooms.room_for(tx, RoomKey(key.room), Access.SEE, closed=True)
        if where.is_private:
            return reason  # its words are for its own people
    other = queries.numbered(tx, where.id, key.number)
    if other is None and key.room is None:
        return reason  # a number of something else
    if other is None or other.withdrawn_at is not None:
        unknown = Strong(str(ItemKey(key.number, where.number)))
        raise Refused(t("There is no item {key}.", key=unknown), field="reason")
    if other.id == item.id:
        raise Refused(t("Nothing blocks itself. Name another item."), field="reason")
    if other.is_done:
        sentence = t("{key} is done already.", key=Strong(str(other.key)))
        raise Refused(sentence, field="reason")
    return f"{other.key} {shortened(' '.join(other.text.split()), _LINKED)}"


def list_items(cmd: ListItems, tx: Tx, now: datetime) -> Outcome:
    """List a room's items; outside a room, one's own."""
    room = None
    if cmd.room is not None or rooms.here(tx) is not None:
        room = rooms.room_for(tx, cmd.room, Access.SEE, closed=True)
    skip = max(0, int(cmd.skip))
    found = tx.all(Item, _filtered(cmd, tx, now, room).offset(skip).limit(PAGE + 1))
    more = None
    if len(found) > PAGE:
        key = RoomKey(room.number) if room else None
        more = replace(cmd, room=key, skip=float(skip + PAGE))
    title = t("Items of {room}", room=Strong(room.key)) if room else t("Your items")
    return Outcome(Say(cards.listing(tx, title, found[:PAGE], more, now)))


def _filtered(cmd: ListItems, tx: Tx, now: datetime, room: Room | None) -> Select[Any]:
    """A room's items in their order; one's own in all rooms, those that are due first first."""
    if room is not None:
        query = select(items).where(items.c.room_id == room.id).order_by(items.c.number)
    else:
        query = (
            select(items)
            .join(rooms.rooms, rooms.rooms.c.id == items.c.room_id)
            .where(items.c.workspace_id == tx.workspace_id, rooms.visible(tx.asker))
            .order_by(items.c.due_at.is_(None), items.c.due_at, items.c.id)
        )
    query = query.where(items.c.withdrawn_at.is_(None))
    if room is None or cmd.scope == "mine":
        query = query.where(items.c.owner_id == tx.asker)
    if cmd.scope == "done":
        query = query.where(items.c.state == State.DONE)
    elif cmd.scope != "all":
        query = query.where(items.c.state.in_((State.OPEN, State.BLOCKED)))
    if cmd.scope == "overdue":
        query = query.where(items.c.due_at <= now)
    return query
