"""A private room shows itself to its members only: everywhere else it is as if it were not."""

from __future__ import annotations

import pytest

from tests.world import Actor, Place, World

#: Everything that can be asked of a room or of what is in it, by key.
ASKED = [
    "/warroom join {room}",
    "/warroom leave {room}",
    "/warroom invite {room} @Dora",
    "/warroom lead {room} @Dora",
    "/warroom severity {room} 1",
    "/warroom status {room} mitigating",
    "/warroom goal {room} Latency",
    "/warroom reading {room} 3",
    "/warroom rename {room} Other",
    "/warroom handover {room} @Dora",
    "/warroom note {room} Hello",
    "/warroom timeline {room}",
    "/warroom close {room} Done",
    "/warroom reopen {room} Back again",
    "/warroom retry {room}",
    "/item add {room} Hello",
    "/item done {room}-1",
    "/item reopen {room}-1",
    "/item assign {room}-1 @Dora",
    "/item due {room}-1 tomorrow",
    "/item block {room}-1 Me",
    "/item done {room}-77",
    "/item list {room}",
    "/decide --room {room} Hello",
    "/decisions {room}",
    "/decisions --room {room}",
    "/export decisions --room {room}",
    "/攻关 加入 {room}",
    "/事项 完成 {room}-1",
    "/导出 决策 --群 {room}",
]


def test_it_announces_itself_nowhere(
    world: World, olga: Actor, alice: Actor, bob: Actor, general: Place
) -> None:
    lobby = Place(world, world.run(world.playground.create_channel(olga.id, "lobby")).id)
    olga.says("/muster settings --lobby here", lobby).hears("Settings saved")
    alice.says("/warroom open Secret leak --private @Bob").hears("Opening WR-1")
    room = world.room("WR-1")
    room.expects("WR-1 Secret leak")
    assert world.town.channels.get(room.id).private
    alice.says("/warroom severity 1", room).hears_nothing()
    alice.says("/warroom close Plugged", room).hears_nothing()
    room.skips()
    general.expects_nothing()
    lobby.expects_nothing()
    olga.direct.expects_nothing()


@pytest.mark.parametrize(
    "said", ["/攻关 开 泄密 --私密", "/warroom open Leak --private", "/warroom open --private Leak"]
)
def test_ways_to_say_it(world: World, alice: Actor, general: Place, said: str) -> None:
    alice.says(said).hears("WR-1")
    assert world.town.channels.get(world.room("WR-1").id).private
    world.room("WR-1").skips()
    general.expects_nothing()


def test_by_its_form(world: World, alice: Actor, general: Place) -> None:
    alice.says("/warroom").fills(title="Leak", private="yes").hears("WR-1")
    assert world.town.channels.get(world.room("WR-1").id).private
    world.room("WR-1").skips()
    general.expects_nothing()


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("somebody", ["dora", "olga"])
def test_to_others_it_is_as_unknown_as_one_that_never_was(
    world: World,
    vault: Place,
    alice: Actor,
    dora: Actor,
    olga: Actor,
    asked: str,
    somebody: str,
) -> None:
    """Also to an administrator: word for word what is said of a room that there is not."""
    alice.says("/item add Change the keys", vault).hears_nothing()
    alice.says("/decide Tell nobody", vault).hears_nothing()
    vault.skips()
    outsider = {"dora": dora, "olga": olga}[somebody]
    secret = outsider.dms(asked.format(room="WR-1")).hears("There is no war room WR-1.").text
    unknown = outsider.dms(asked.format(room="WR-9")).text
    assert secret == unknown.replace("WR-9", "WR-1")
    vault.expects_nothing()


@pytest.mark.parametrize(
    "asked",
    [
        "/warroom list",
        "/warroom list all",
        "/warroom list mine",
        "/warroom find secret",
        "/warroom find wr-1",
        "/item list",
        "/item list all",
        "/decisions",
        "/muster help",
        "/muster help warroom",
        "/warroom status",
        "/warroom note Which?",
        "/item done 1",
        "/warroom opne Secret",
        "/muster settings",
    ],
)
def test_no_list_and_no_error_names_it(vault: Place, alice: Actor, dora: Actor, asked: str) -> None:
    alice.says("/item add Change the keys", vault).hears_nothing()
    alice.says("/decide Tell nobody", vault).hears_nothing()
    vault.skips()
    shown = dora.dms(asked)
    words = shown.text if shown.shown.form is None else str(shown.form)
    assert "Secret leak" not in words
    assert "WR-1" not in words
    assert "Change the keys" not in words
    assert "Tell nobody" not in words


def test_an_export_leaves_it_out(world: World, vault: Place, alice: Actor, dora: Actor) -> None:
    alice.says("/decide Tell nobody", vault).hears_nothing()
    vault.skips()
    alice.dms("/decide Tell everybody").hears("Decision D-2")
    dora.dms("/export decisions --format json").hears_nothing()
    mine = world.file(dora.hears("exported the decisions"))
    assert "Tell everybody" in mine
    assert "Tell nobody" not in mine
    assert "Secret" not in mine
    alice.dms("/export decisions --format csv").hears_nothing()
    hers = world.file(alice.hears("exported the decisions"))
    assert "Tell everybody" in hers
    assert "Tell nobody" in hers


def test_its_members_see_all_of_it(vault: Place, bob: Actor) -> None:
    bob.dms("/warroom list").hears("WR-1 Secret leak")
    bob.dms("/warroom find leak").hears("WR-1 Secret leak")
    bob.dms("/warroom timeline WR-1").hears("@Alice opened WR-1 Secret leak")
    bob.dms("/item add WR-1 Change the keys --owner @Bob").hears("WR-1-1")
    bob.dms("/item list").hears("WR-1-1 Change the keys")
    vault.expects("WR-1-1")


def test_who_left_it_knows_it_no_more(vault: Place, alice: Actor, bob: Actor) -> None:
    alice.says("/item add Change the keys --owner @Bob", vault).hears_nothing()
    vault.skips()
    bob.dms("/warroom leave WR-1").hears("You have left")
    bob.dms("/warroom list").hears("No war rooms to show")
    bob.dms("/item list").hears("No items to show")
    bob.dms("/item done WR-1-1").hears("There is no war room WR-1.")
    bob.dms("/warroom join WR-1").hears("There is no war room WR-1.")


def test_who_was_taken_out_of_its_channel_knows_it_no_more(vault: Place, bob: Actor) -> None:
    bob.leaves(vault)
    bob.dms("/warroom timeline WR-1").hears("There is no war room WR-1.")


def test_who_is_brought_in_knows_it(vault: Place, alice: Actor, dora: Actor) -> None:
    alice.says("/warroom invite @Dora", vault).hears("Bringing @Dora")
    dora.dms("/warroom list").hears("WR-1 Secret leak")
    dora.says("/warroom severity 1", vault).hears_nothing()
    vault.expects("@Dora changed the severity")


def test_who_is_brought_in_by_the_platforms_own_means_knows_it(
    vault: Place, alice: Actor, dora: Actor
) -> None:
    alice.brings(dora, vault)
    dora.dms("/warroom list").hears("WR-1 Secret leak")


def test_nothing_is_given_to_somebody_who_cannot_know_of_it(
    vault: Place, alice: Actor, dora: Actor
) -> None:
    alice.says("/item add Change the keys --owner @Dora", vault).hears(
        "@Dora is not in WR-1. Bring them in first: /warroom invite"
    )
    alice.says("/item add Change the keys", vault).hears_nothing()
    vault.expects("WR-1-1")
    alice.says("/item assign 1 @Dora", vault).hears("@Dora is not in WR-1.")


def test_the_question_which_room_names_ones_own_only(
    world: World, vault: Place, alice: Actor, dora: Actor, general: Place
) -> None:
    dora.dms("/warroom open Lunch").hears("WR-2")
    world.room("WR-2").skips()
    dora.dms("/warroom severity 1").hears("Yours: WR-2 Lunch.")
    alice.dms("/warroom severity 1").hears("Yours: WR-1 Secret leak.")


def test_its_failures_are_told_to_who_opened_it_alone(
    world: World, alice: Actor, bob: Actor, general: Place
) -> None:
    world.turns_away(bob, "user_disabled")
    alice.says("/warroom open Secret leak --private @Bob").hears("Opening WR-1")
    world.room("WR-1").expects("Could not be invited: Bob")
    general.expects_nothing()
    bob.dms("/warroom timeline WR-1").hears("There is no war room WR-1.")
