"""Buttons with values that no card of Muster's ever had."""

from __future__ import annotations

from typing import Any

import pytest

from bot.core.events import MemberJoined, MemberLeft
from bot.core.platform import Happened, Pressed, Say
from bot.features.rooms import membership, queries
from bot.features.rooms.steps import UpdateDue
from tests.world import Actor, Place, World


def _press(world: World, actor: Actor, room: Place, do: str, values: dict[str, Any]) -> str:
    payload = {"do": do, "v": 1, "with": values}
    reply = actor.sends(Pressed(payload), room).reply
    if reply is None:
        return ""
    assert isinstance(reply, Say), reply
    return reply.card.title.id


@pytest.mark.parametrize(
    ("do", "values"),
    [
        ("item add", {"text": "x", "owner": 99999}),
        ("item add", {"text": "x", "owner": -1}),
        ("item add", {"text": "x", "owner": 10**30}),
        ("item add", {"text": "x", "due": "2026-11-24T00:00:00"}),
        ("item add", {"text": "x", "due": "1799-01-01T00:00:00Z"}),
        ("item add", {"text": "x" * 2001}),
        ("item add", {"text": "\u202ex"}),
        ("item add", {"text": "x", "room": {"number": 10**12}}),
        ("item done", {"item": {"number": -1, "room": 1}}),
        ("warroom invite", {"people": [99999]}),
        ("warroom invite", {"people": [1] * 101}),
        ("warroom severity", {"severity": 9}),
        ("warroom list", {"scope": "theirs"}),
        ("warroom list", {"before": 1e300}),
        ("warroom timeline", {"before": "Infinity"}),
        ("warroom reading", {"value": "nan"}),
    ],
)
def test_forged_values_are_no_commands(
    world: World, room: Place, alice: Actor, do: str, values: dict[str, Any]
) -> None:
    before = world.rows()
    assert _press(world, alice, room, do, values).startswith("This button is from another")
    assert world.rows() == before


def test_values_such_as_can_be_typed_are(
    world: World, room: Place, alice: Actor, bob: Actor
) -> None:
    bob.says("/muster whoami", room).hears("Bob")
    [number] = [row[0] for row in world.rows()["person"] if "Bob" in row]
    add = {"text": "x", "owner": number, "due": "2026-11-24T00:00:00Z", "kind": "risk"}
    assert _press(world, alice, room, "item add", add) == ""
    room.expects("@Alice added WR-1-1 x", "(Risk · @Bob · due Tue 24 Nov 2026, 00:00)")
    said = _press(world, alice, room, "warroom invite", {"people": [number]})
    assert said == "They are in {room} already."


def test_somebody_of_another_workspace_is_nobody_here(
    world: World, room: Place, alice: Actor
) -> None:
    from bot.core.platform import Incoming, Sender, Typed

    stranger = Incoming(
        "playground", "elsewhere", "1", Sender("eve", "Eve"), Typed("/muster whoami")
    )
    world.run(world.muster.door.handle(stranger))
    [number] = [row[0] for row in world.rows()["person"] if "Eve" in row]
    said = _press(world, alice, room, "item assign", {"item": {"number": 1}, "owner": number})
    assert said.startswith("This button is from another")


def test_what_is_told_again_changes_nothing(world: World, room: Place, bob: Actor) -> None:
    bob.says("/muster whoami", room).hears("Bob")
    before = world.rows()
    for event in (MemberJoined(room.id, bob.id, "Bob"), MemberLeft(room.id, "nobody")):
        assert bob.sends(Happened(event), room).reply is None
    assert world.rows() == before


def test_rooms_that_are_not_there(world: World, room: Place) -> None:
    """Steps and timers of a room find it, or say loudly that they do not."""

    def look(tx: Any) -> None:
        with pytest.raises(LookupError, match="no room 99"):
            queries.locked(tx, 99)
        made = queries.locked(tx, 1)
        assert membership.note_refused(tx, made, {"nobody": "user_not_found"}) == {}
        made.channel = None
        with pytest.raises(LookupError, match="WR-1 has no channel yet"):
            queries.address(tx, made)
        registry = world.muster.registry
        outcome = registry.use_case(UpdateDue)(UpdateDue(room=99), tx, tx.now)
        assert outcome.effects == ()

    world.read(look)
