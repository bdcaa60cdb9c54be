"""What people say of items in passing, where it is shown anyway: in a stand-up.

The room is not told again of each; the timeline has it, and the summary card shows it.
"""

from __future__ import annotations

from datetime import datetime

from bot.core.events import BlockerNamed, ItemChanged, ItemReported, RoomTouched
from bot.core.text import Msg, t
from bot.feature import Outcome
from bot.features.items import cards, queries
from bot.features.items.tables import Item, Kind, State
from bot.features.rooms import queries as rooms
from bot.features.rooms.queries import Room
from storage.tx import Tx

_LONGEST = 2000


def blocker_named(event: BlockerNamed, tx: Tx, now: datetime) -> Outcome:
    """Make a blocker of what is in somebody's way, unless they have that one already."""
    room = rooms.locked(tx, event.room)
    text = event.text[:_LONGEST]
    theirs = [
        item
        for item in queries.blockers(tx, room.id)
        if event.person in {item.owner_id, item.added_by}  # somebody may have taken it over
    ]
    if any(queries.same_words(item.text, text) for item in theirs) or not queries.words_of(text):
        return Outcome()
    put = next(
        (i for i in theirs if event.before and queries.same_words(i.text, event.before)), None
    )
    if put is not None:
        tx.change(put, text=text, moved_at=now)
        said = t("{who} put {item} differently", who=tx.mention(event.person), item=cards.name(put))
        return _changed(tx, room, put, "item.reworded", said)
    item = tx.add(
        Item(
            workspace_id=tx.workspace_id,
            room_id=room.id,
            room_number=room.number,
            number=queries.last_number(tx, room.id) + 1,
            text=text,
            kind=Kind.BLOCKER,
            owner_id=event.person,
            added_by=event.person,
            added_at=now,
            moved_at=now,
        )
    )
    said = t("{who} added {item}", who=tx.mention(event.person), item=cards.name(item))
    return _changed(tx, room, item, "item.added", said)


def item_reported(event: ItemReported, tx: Tx, now: datetime) -> Outcome:
    """Note that an item is done or blocked. What it is already, or is gone, nobody need note."""
    room = rooms.locked(tx, event.room)
    item = queries.numbered(tx, room.id, event.number, lock=True)
    if item is None or item.is_done or item.withdrawn_at is not None or event.state == item.state:
        return Outcome()
    who = tx.mention(event.person)
    if event.state == State.DONE:
        tx.change(item, state=State.DONE, done_at=now, moved_at=now)
        said = t("{who} finished {item}", who=who, item=cards.name(item))
        return _changed(tx, room, item, "item.done", said)
    tx.change(item, state=State.BLOCKED, blocked_by=event.why[:_LONGEST], moved_at=now)
    said = t("{who} said what blocks {item}: {why}", who=who, item=cards.name(item), why=event.why)
    return _changed(tx, room, item, "item.blocked", said)


def _changed(tx: Tx, room: Room, item: Item, kind: str, said: Msg) -> Outcome:
    tx.record(kind, said, room=room.id)
    return Outcome(events=(ItemChanged(item.id, room.id), RoomTouched(room.id)))
