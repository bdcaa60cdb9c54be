"""Captures on SQLite in a file and on PostgreSQL, also by two people at once."""

from __future__ import annotations

import asyncio
import uuid

import pytest

from adapters.playground.places import Message
from bot.core.effects import Address
from bot.core.events import ChannelMoved, Reacted
from bot.core.platform import Answer, Happened, Incoming, Sender
from tests.world import Actor, Place, World


@pytest.fixture
def world(world_on_both: World) -> World:
    return world_on_both


@pytest.fixture
def said(room: Place, bob: Actor) -> Message:
    return bob.writes("We roll back\nErrors", room)


def at_once(room: Place, message: Message, emoji: str, *people: Actor, back: bool) -> None:
    """They all do it at the same moment."""
    world = room.world

    def delivered(actor: Actor) -> Incoming:
        event = Reacted(room.id, message.id, emoji, removed=back)
        place = Address("playground", "playground", room.id)
        sender, key = Sender(actor.id), uuid.uuid4().hex
        return Incoming("playground", "playground", key, sender, Happened(event), place)

    async def all_of_them() -> list[Answer]:
        handle = world.muster.door.handle
        return await asyncio.gather(*(handle(delivered(actor)) for actor in people))

    world.run(all_of_them())


def test_several_at_once_make_one_and_the_last_takes_it_back(
    room: Place, alice: Actor, bob: Actor, said: Message
) -> None:
    for emoji, shown in (("pushpin", "We roll back"), ("memo", "added WR-1-"), ("scales", "D-")):
        at_once(room, said, emoji, alice, bob, alice, back=False)
        lines = alice.says("/warroom timeline", room).text
        assert lines.count(shown) == 1, emoji
        at_once(room, said, emoji, alice, bob, back=True)
        room.skips()
    assert "@Bob: We roll back" not in alice.says("/warroom timeline", room).text
    room.card_lacks("open item", "1 decision")
    states = {row[7] for row in room.world.rows()["capture"]}
    assert states == {"withdrawn"}


def test_a_refusal_on_the_way_undoes_nothing_else(
    world: World, room: Place, alice: Actor, dora: Actor, said: Message
) -> None:
    world.town.channels.invite(room.id, [dora.id])
    dora.reacts("scales", said)
    dora.is_told("Only members of WR-1 can do that.", place=room)
    alice.reacts("scales", said)
    room.expects("Decision D-1 We roll back")


def test_what_was_made_moves_with_its_channel(
    world: World, room: Place, alice: Actor, said: Message
) -> None:
    for emoji in ("pushpin", "memo", "scales"):
        alice.reacts(emoji, said)
    room.skips()
    alice.reports(ChannelMoved(room.id, "C-new"))
    rows = world.rows()
    for table in ("timeline", "item", "decision", "capture"):
        assert any(f"C-new/{said.id}" in row for row in rows[table]), table
    world.meant_errors |= {"effect.failed"}
    world.is_abandoned = True  # nobody is in the channel of that name
