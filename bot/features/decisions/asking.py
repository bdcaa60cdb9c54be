"""What decisions have to say to the questions of other features: on cards, on pages, at closing."""

from __future__ import annotations

from bot.core.chat import Block, Button
from bot.core.events import FormIntro, ItemActions, OpenWork, RoomActions, RoomSections
from bot.core.keys import RoomKey
from bot.core.text import Msg, t
from bot.core.words import shortened
from bot.features.decisions import cards, checkpoint_cards, queries
from bot.features.decisions.commands import RecordDecision
from bot.features.decisions.proposal_commands import ProposeDecision
from bot.features.items import queries as items
from bot.features.rooms import queries as rooms
from storage.tx import Tx

#: As much of an item as the form of a decision begins with.
_TITLE = 200


def section(question: RoomSections, tx: Tx) -> tuple[Block, ...]:
    """The last decisions of a room, and the checkpoints ahead of it."""
    room = tx.get(rooms.Room, question.room)
    if room is None:
        return ()
    ahead = () if room.is_closed else queries.open_checkpoints(tx, room.id)
    return (*cards.section(tx, room.id), *checkpoint_cards.section(tx, room, ahead))


def room_buttons(question: RoomActions, tx: Tx) -> tuple[Button, ...]:
    """Recording one."""
    room = tx.get(rooms.Room, question.room)
    return (cards.record_button(room.number),) if room else ()


def item_buttons(question: ItemActions, tx: Tx) -> tuple[Button, ...]:
    """Recording one about an item: its form has the item's text and key."""
    item = tx.get(items.Item, question.item)
    if item is None or item.is_done:
        return ()
    form = RecordDecision(
        title=shortened(item.text, _TITLE), items=str(item.key), room=RoomKey(item.room_number)
    )
    return (Button(t("Decide…"), form, opens_form=True),)


def form_intro(question: FormIntro, tx: Tx) -> Msg | None:
    """Who will be able to read a decision, before it is written down."""
    if question.command not in {RecordDecision.spec.path, ProposeDecision.spec.path}:
        return None
    key = question.values.get("room")
    key = key if isinstance(key, RoomKey) else RoomKey.parse(str(key or ""))
    room = rooms.here(tx) if key is None else rooms.numbered(tx, key.number)
    return cards.readers(room) if rooms.can_see(tx, room) else None


def open_work(question: OpenWork, tx: Tx) -> tuple[Msg, ...]:
    """The proposals of a room on which people still vote."""
    found = queries.proposals_in(tx, question.room)
    return tuple(t("the vote on {it}", it=cards.name(each)) for each in found)
