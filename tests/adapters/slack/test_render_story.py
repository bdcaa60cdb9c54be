"""The cards and forms of real stories, drawn for Slack."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from adapters.slack import render, views
from bot.core.chat import Card, Form
from bot.core.text import Reader
from tests.adapters.slack.judges import message_faults, view_faults
from tests.adapters.slack.sketch import sketch
from tests.world import Actor, Place, World

READERS = (Reader("en"), Reader("zh", "Asia/Shanghai"), Reader("both", "Asia/Shanghai"))


@pytest.fixture
def alice(world: World) -> Actor:
    world.person("Olga").dms("/muster whoami").hears("You are Olga")
    return world.person("Alice")


@pytest.fixture
def room(world: World, alice: Actor) -> Place:
    """A room in which something of everything has happened."""
    bob = world.person("Bob")
    alice.says("/warroom open Payment timeouts @Bob --severity 1").hears("Opening")
    world.channel("general").skips()
    opened = world.room("WR-1")
    opened.skips()
    alice.says("/item add Check <the> *balancer* --owner @Bob --due tomorrow", opened)
    alice.says("/item add Roll back", opened)
    bob.says("/decide Roll back to v1 because v2 leaks", opened)
    alice.says("/warroom status investigating We found the leak", opened)
    alice.says("/warroom goal Fewer timeouts", opened)
    world.settle()
    opened.skips()
    return opened


def cards(world: World, alice: Actor, room: Place) -> Iterator[Card]:
    """Every card that was posted, and what the usual questions are answered with."""
    for message in world.messages(room.id):
        if message.card is not None:
            yield message.card
    for question in (
        "/item list",
        "/decisions",
        "/warroom timeline",
        "/warroom list",
        "/muster help",
        "/muster help item add",
        "/muster settings",
        "/muster whoami",
        "/item done WR-9-9",
    ):
        answer = alice.says(question, room).answer
        assert answer is not None
        assert answer.card is not None
        yield answer.card


def forms(alice: Actor, room: Place) -> Iterator[Form]:
    for bare in ("/warroom", "/item add", "/decide", "/warroom status", "/warroom close"):
        yield alice.says(bare, room).form


def test_every_card_of_a_story_is_taken(world: World, alice: Actor, room: Place) -> None:
    drawn = 0
    for card in cards(world, alice, room):
        for reader in READERS:
            message = render.message(card, reader)
            assert not message_faults(message.blocks)
            assert message.overflow is None
            assert not view_faults(render.home(card, reader))
            assert not view_faults(render.said(card, reader))
            drawn += 1
    assert drawn > 30


def test_every_form_of_a_story_is_taken(world: World, alice: Actor, room: Place) -> None:
    for form in forms(alice, room):
        shown, metadata = views.packed(form, {"channel": room.id})
        assert shown == form
        for reader in READERS:
            view = views.modal(form, reader, private_metadata=metadata, callback_id="form")
            assert not view_faults(view)


def test_the_pinned_card(world: World, alice: Actor, room: Place) -> None:
    card = room.pinned.card
    assert card is not None
    look = sketch(render.message(card, Reader("en")).blocks)
    assert look.startswith("# 🔴 WR-1 Payment timeouts\n*Severity*: 1 · critical | *Status*: ")
    for part in (
        "\n> We found the leak\n",
        "\nGoal: Fewer timeouts\n",
        "\n---\n*2 open items, 0 done*\n",
        "\n*WR-1-1* Check <the> *balancer*\nAction",
        "   [⋯ Done / Blocked…]\n",
        "• *D-1* Roll back to v1 because v2 leaks",
        "\n[+Join] [Post an update] ",
    ):
        assert part in look


def test_the_form_of_a_new_room(world: World, alice: Actor, room: Place) -> None:
    form = alice.says("/warroom", room).form
    view = views.modal(form, Reader("en"), private_metadata="{}", callback_id="form")
    assert view["title"]["text"] == "Open a war room"
    assert view["submit"]["text"] == "Open the room"
    look = sketch(view["blocks"]).splitlines()
    assert look[:2] == [
        "What is the problem?*: plain_text_input()",
        "Severity: select=3 · medium(4)",
    ]
    assert {"Lead: users_select()", "People: multi_users_select()", "Private: checkboxes()"} <= set(
        look
    )
