"""The same stories on SQLite in a file and on PostgreSQL: same tables, same code paths."""

from __future__ import annotations

import json

import pytest

from bot.core.effects import CreateChannel
from bot.core.errors import Permanent
from tests.world import Actor, Place, World


@pytest.fixture
def world(world_on_both: World) -> World:
    return world_on_both


def test_a_room_from_beginning_to_end(
    world: World, room: Place, alice: Actor, bob: Actor, dora: Actor, chen: Actor, general: Place
) -> None:
    dora.presses("Join", general).hears("You are in WR-1")
    bob.says("/warroom goal p99 --from 1200 --to 300", room).hears_nothing()
    bob.says("/warroom reading 640", room).hears_nothing()
    bob.says("/item add Check the logs --owner @Dora --due 2h", room).hears_nothing()
    bob.says("/item add 查网关日志", room).hears_nothing()
    dora.says("/item done 1 Clean", room).hears_nothing()
    bob.says("/warroom status mitigating Rolled back --next 1h", room).hears_nothing()
    room.skips()
    world.advance(hours=1)
    room.expects("The promised update is due")
    bob.says("/decide Roll back --why Errors", room).hears_nothing()
    room.skips()
    said = alice.says("/warroom close Pool enlarged", room).hears("WR-1-2 查网关日志")
    alice.presses("Close anyway", said).hears("@Alice closed")
    room.expects("@Alice closed WR-1")
    room.expects("The decisions of WR-1")
    bob.says("/warroom reopen It is back", room).hears_nothing()
    room.expects("@Bob reopened")
    bob.says("/export decisions --format json", room).hears_nothing()
    rows = json.loads(world.file(room.expects("exported")))
    assert [row["title"] for row in rows] == ["Roll back"]
    chen.dms("/攻关 列表 全部").text  # noqa: B018  read
    room.card_says("1 open item, 1 done", "1 decision", "640 now, 62% of the way", "People: 3")


def test_finding_and_listing(world: World, room: Place, alice: Actor, chen: Actor) -> None:
    alice.dms("/warroom open 支付网关 Überlast --severity 1").hears("WR-2")
    world.room("WR-2").skips()
    for words in ("GATEWAY", "网关", "ÜBERLAST", "überlast"):
        found = alice.dms(f"/warroom find {words}").text
        assert ("WR-2" in found) == (words != "GATEWAY")
    alice.dms("/warroom find %").hears("No war rooms to show")
    alice.dms("/warroom list mine --severity 1").hears("1 war room", "WR-2")
    alice.dms("/item list overdue").hears("No items to show")


def test_a_private_room(
    world: World, vault: Place, alice: Actor, dora: Actor, general: Place
) -> None:
    dora.dms("/warroom list all").hears("No war rooms to show")
    dora.dms("/warroom join WR-1").hears("There is no war room WR-1.")
    dora.dms("/export decisions").hears_nothing()
    assert "Secret" not in world.file(dora.hears("exported"))


def test_an_opening_that_stops_and_goes_on(world: World, alice: Actor) -> None:
    world.fails(CreateChannel, Permanent("name_taken"), Permanent("not_allowed"))
    alice.dms("/warroom open Payments").hears("Opening WR-1")
    alice.hears("could not be opened")
    alice.presses("Retry", alice.direct).hears("Trying again")
    world.room("WR-1").expects("WR-1 Payments", "[Join]")


def test_what_is_refused_leaves_nothing(world: World, room: Place, alice: Actor) -> None:
    before = world.rows()
    alice.says("/item add Late --due yesterday", room).hears("yesterday is in the past.")
    alice.says("/warroom severity 9", room).hears("9 is none of")
    alice.says("/item add \x00NUL and \ud800 half", room).hears_nothing()
    room.expects("WR-1-1 ")
    after = world.rows()
    assert len(after["item"]) == len(before["item"]) + 1


def test_desk(olga: Actor, alice: Actor, general: Place) -> None:
    olga.says("/muster settings --lobby here --timezone Shanghai").hears("Settings saved")
    olga.dms("/muster admin @Nobody").hears("I do not know anybody called Nobody here.")
    olga.dms("/muster admin @ALICE").hears("@Alice now administers this workspace.")
    alice.dms("/muster timezone tokyo").hears("Asia/Tokyo")
    # In Shanghai, whose days off of 2027 nobody knows yet.
    alice.dms("/muster doctor").hears("The database", "The days off of 2027 in China")
