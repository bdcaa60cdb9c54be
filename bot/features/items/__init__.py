"""Items: what is to be done, what is in the way, what might go wrong, what nobody knows yet.

`/item add` puts an item into a war room, with an owner and a date in words. Every change is on the
room's timeline and on its summary card; a room with open items asks before it closes.
"""

from __future__ import annotations

from bot.core.chat import Block, Button
from bot.core.events import (
    BlockerNamed,
    CaptureWithdrawn,
    ChannelMoved,
    HomeSections,
    ItemActions,
    ItemReported,
    NextReminders,
    OpenWork,
    RoomActions,
    RoomSections,
)
from bot.core.text import Msg
from bot.feature import Feature
from bot.features.items import actions, cards, commands, home, queries, reports, sources, tables
from bot.features.rooms import queries as rooms
from storage.tx import Tx

#: Open items that are named when a room is to be closed.
_NAMED = 10


def _section(question: RoomSections, tx: Tx) -> tuple[Block, ...]:
    return cards.section(tx, question.room)


def _buttons(question: RoomActions, tx: Tx) -> tuple[Button, ...]:
    room = tx.get(rooms.Room, question.room)
    return (cards.add_button(room.number),) if room else ()


def _item_buttons(question: ItemActions, tx: Tx) -> tuple[Button, ...]:
    item = tx.get(tables.Item, question.item)
    return (*cards.buttons(item), *cards.more_buttons(item)) if item is not None else ()


def _open_work(question: OpenWork, tx: Tx) -> tuple[Msg, ...]:
    return tuple(cards.name(item) for item in queries.soonest(tx, question.room, count=_NAMED))


FEATURE = Feature(
    name="items",
    commands={
        commands.AddItem: actions.add_item,
        commands.FinishItem: actions.finish_item,
        commands.ReopenItem: actions.reopen_item,
        commands.AssignItem: actions.assign_item,
        commands.SetDue: actions.set_due,
        commands.BlockItem: actions.block_item,
        commands.ListItems: actions.list_items,
    },
    reactions={
        BlockerNamed: reports.blocker_named,
        ItemReported: reports.item_reported,
        CaptureWithdrawn: sources.withdraw_item,
        ChannelMoved: sources.follow_moving,
    },
    answers={
        RoomSections: _section,
        RoomActions: _buttons,
        ItemActions: _item_buttons,
        OpenWork: _open_work,
        HomeSections: home.sections,
        NextReminders: home.reminders,
    },
    tables=(tables.Item,),
)
