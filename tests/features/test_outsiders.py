"""Guests and people of other organisations: to them every room is as a private one.

What belongs to no room is not there for them at all.
"""

from __future__ import annotations

import pytest

from bot.core.events import HomeOpened
from bot.core.platform import Typed
from tests.features.rooms.test_private import ASKED
from tests.world import Actor, Place, World


@pytest.fixture
def vera(world: World, olga: Actor) -> Actor:
    """Works for a supplier, and is in no room unless a test brings her in."""
    somebody = world.person("Vera")
    somebody.dms("/muster whoami").hears("You are Vera")
    somebody.is_seen(outsider=True)
    return somebody


@pytest.fixture
def log(room: Place, alice: Actor) -> Place:
    """WR-1 Payment timeouts, public, with an item and a decision; and a decision of no room."""
    alice.says("/item add Change the keys", room).hears_nothing()
    alice.says("/decide Roll back to 1.4", room).hears_nothing()
    alice.dms("/decide Freeze hiring").hears("D-2")
    room.skips()
    return room


@pytest.mark.parametrize("asked", ASKED)
def test_a_room_that_they_are_not_in_is_as_unknown_as_one_that_never_was(
    log: Place, vera: Actor, dora: Actor, asked: str
) -> None:
    hidden = vera.dms(asked.format(room="WR-1")).hears("There is no war room WR-1.").text
    unknown = vera.dms(asked.format(room="WR-9")).text
    assert hidden == unknown.replace("WR-9", "WR-1")
    log.expects_nothing()


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize(
    "asked",
    [
        "/decide show D-{n}",
        "/decide history D-{n}",
        "/decide agree D-{n}",
        "/decide amend D-{n} --title Other",
        "/decide deprecate D-{n} Wrong",
        "/decide propose Roll forward --approvers @Vera --supersedes D-{n} --room WR-2",
        "/decisions D-{n}",
    ],
)
def test_so_is_a_decision_of_such_a_room_or_of_none(
    world: World, log: Place, vera: Actor, alice: Actor, asked: str, number: int
) -> None:
    alice.dms("/warroom open Supplies @Vera").hears("WR-2")
    theirs = world.room("WR-2")
    theirs.skips()
    hidden = vera.dms(asked.format(n=number)).hears(f"There is no decision D-{number}.").text
    unknown = vera.dms(asked.format(n=99)).text
    assert hidden == unknown.replace("D-99", f"D-{number}")
    log.expects_nothing()
    theirs.expects_nothing()


@pytest.mark.parametrize(
    "asked",
    [
        "/warroom list",
        "/warroom list all",
        "/warroom list mine",
        "/warroom find payment",
        "/warroom find wr-1",
        "/item list",
        "/item list all",
        "/decisions",
        "/decisions --everywhere",
        "/decisions roll",
        "/decisions check",
        "/decisions digest",
        "/decide",
        "/decide Another thing",
        "/decide propose Another thing --approvers @Vera",
        "/escalate preview",
        "/escalate policy",
        "/muster help",
        "/muster help warroom",
        "/muster home",
        "/muster settings",
        "/muster emoji",
        "/warroom status",
        "/warroom note Which?",
        "/warroom open Ours",
        "/warroom",
        "/item done 1",
        "/standup show",
        "/standup report",
    ],
)
def test_no_list_and_no_error_names_it(
    world: World, log: Place, vera: Actor, general: Place, asked: str
) -> None:
    general.skips()
    rooms = len(world.town.channels.everything())
    shown = vera.dms(asked)
    words = shown.text if shown.shown.form is None else str(shown.form)
    for hidden in ("WR-1", "Payment", "Change the keys", "Roll back", "Freeze hiring", "D-1"):
        assert hidden not in words, words
    assert len(world.town.channels.everything()) == rooms
    log.expects_nothing()


def test_what_is_only_for_people_of_the_workspace_says_so(vera: Actor, room: Place) -> None:
    told = "You are a guest in this workspace, or of another organisation"
    for asked in (
        "/warroom open Ours",
        "/muster settings",
        "/decisions digest",
        "/escalate policy",
    ):
        vera.dms(asked).hears(told)
    assert "/warroom open" not in vera.dms("/muster help").text
    assert "Open a war room" not in vera.dms("/muster home").text
    vera.dms("/decide Something").hears("Which war room?")


def test_an_export_has_only_what_is_of_their_rooms(
    world: World, log: Place, alice: Actor, vera: Actor
) -> None:
    alice.dms("/warroom open Supplies @Vera").hears("WR-2")
    theirs = world.room("WR-2")
    theirs.skips()
    vera.says("/decide Order ten more", theirs).hears_nothing()
    theirs.expects("D-3")
    for form in ("json", "csv", "md"):
        vera.dms(f"/export decisions --format {form}")
        file = world.file(vera.hears("exported the decisions"))
        assert "Order ten more" in file
        assert "Roll back" not in file
        assert "Freeze hiring" not in file
        assert "Payment" not in file


def test_in_a_room_that_they_are_in_they_do_what_everybody_does(
    log: Place, alice: Actor, vera: Actor
) -> None:
    alice.brings(vera, log)
    vera.dms("/warroom list").hears("WR-1 Payment timeouts")
    vera.dms("/decisions").hears("D-1 Roll back to 1.4")
    vera.says("/item add Send new keys --owner @Vera", log).hears_nothing()
    log.expects("WR-1-2 Send new keys")
    alice.says("/decide propose Rotate weekly --approvers @Vera", log)
    log.expects("D-3")
    vera.hears("Rotate weekly")
    assert "Rotate weekly" in vera.dms("/muster home").text
    vera.dms("/decide agree D-3").hears("agrees to D-3")
    log.skips()
    vera.leaves(log)
    vera.dms("/warroom list").hears("No war rooms to show")
    vera.dms("/decide show D-1").hears("There is no decision D-1.")
    vera.dms("/item list").hears("No items to show")


def test_they_are_given_nothing_that_they_cannot_know_of(
    log: Place, alice: Actor, vera: Actor
) -> None:
    alice.says("/item assign 1 @Vera", log).hears("@Vera is not in WR-1. Bring them in first")
    alice.says("/decide Roll on --owner @Vera", log).hears("@Vera is a guest", "not in WR-1")
    asked = alice.dms("/decide propose Freeze spending --approvers @Vera")
    asked.hears("@Vera is a guest", "sees only their own war rooms")


def test_what_was_asked_of_them_before_is_gone_with_their_standing(
    alice: Actor, dora: Actor, room: Place
) -> None:
    dora.dms("/muster whoami").hears("Dora")
    alice.dms("/decide propose Freeze spending --approvers @Dora").hears("D-1")
    dora.hears("Freeze spending")
    dora.is_seen(outsider=True)
    assert "Freeze spending" not in dora.dms("/muster home").text
    dora.dms("/decide agree D-1").hears("There is no decision D-1.")


def test_a_guest_who_becomes_a_full_member_sees_it_all(log: Place, vera: Actor) -> None:
    vera.dms("/warroom list").hears("No war rooms to show")
    vera.is_seen(outsider=False)
    vera.dms("/warroom list").hears("WR-1 Payment timeouts")
    vera.dms("/decide show D-2").hears("Freeze hiring")
    vera.dms("/warroom join WR-1").hears("You are in WR-1")


def test_where_the_platform_does_not_say_it_stays_as_it_was(log: Place, vera: Actor) -> None:
    vera.reports(HomeOpened())
    vera.dms("/warroom list").hears("No war rooms to show")


def test_they_administer_nothing(world: World, room: Place, olga: Actor, vera: Actor) -> None:
    olga.dms("/muster admin @Vera").hears("@Vera is a guest", "cannot administer")
    dora = world.person("Dora")
    dora.dms("/muster whoami").hears("Dora")
    olga.dms("/muster admin @Dora").hears("@Dora now administers")
    dora.is_seen(outsider=True)
    dora.dms("/warroom close WR-1 Over").hears("There is no war room WR-1.")
    dora.dms("/muster doctor").hears("Only people who administer")


def test_the_first_to_come_does_not_administer_it_if_they_are_of_another_organisation(
    world: World,
) -> None:
    first = world.person("Vera")
    first.sends(Typed("/muster whoami"), is_outsider=True)
    second = world.person("Ann")
    second.dms("/muster whoami").hears("You are Ann")
    first.dms("/muster whoami").hears("Administers this workspace: no")
