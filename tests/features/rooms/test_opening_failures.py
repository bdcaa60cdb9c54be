"""Opening a war room, when steps of it fail: it stops where it is, says so, and can go on."""

from __future__ import annotations

import pytest

from bot.core.effects import CreateChannel, Effect, Invite, Pin, PostCard
from bot.core.errors import Permanent, Temporary
from bot.features.rooms.opening import MOST_NAMES
from storage.rows import table_of
from storage.tables import Outbox
from tests.world import Actor, Place, World


def test_a_taken_name_is_followed_by_the_next(world: World, alice: Actor, general: Place) -> None:
    for name in ("wr-1-payments", "wr-1-payments-2"):
        world.run(world.playground.create_channel(alice.id, name))
    alice.says("/warroom open Payments").hears("Opening WR-1")
    room = world.room("WR-1")
    assert room.name == "wr-1-payments-3"
    room.expects("WR-1 Payments")
    general.expects("#wr-1-payments-3", "[Join]")


@pytest.mark.parametrize("code", ["not_in_channel", "channel_not_found"])
def test_where_muster_is_not_nobody_is_told_and_whoever_opened_it_hears_so(
    world: World, alice: Actor, general: Place, code: str
) -> None:
    world.fails(PostCard, Permanent(code))
    alice.says("/warroom open Payments").hears("Opening WR-1")
    alice.hears("Muster is not in the channel where you opened WR-1", "Invite Muster")
    world.room("WR-1").expects("WR-1 Payments")
    general.expects_nothing()
    state = [each.name for each in table_of(Outbox).columns].index("state")
    assert {row[state] for row in world.rows()["outbox"]} == {"done"}, "and nobody is alarmed"


def test_names_are_not_tried_for_ever(world: World, alice: Actor, general: Place) -> None:
    world.fails(CreateChannel, *[Permanent("name_taken") for _ in range(MOST_NAMES)])
    alice.says("/warroom open Payments").hears("Opening WR-1")
    alice.hears("WR-1 Payments could not be opened", "the channel's name is taken")
    general.expects("Opening stopped", "[Retry]")
    alice.presses("Retry", general).hears("Trying again to open WR-1")
    world.room("WR-1").expects("WR-1 Payments")
    general.expects_nothing()


def test_who_cannot_be_invited_is_named_and_the_rest_come(
    world: World, alice: Actor, bob: Actor, dora: Actor, general: Place
) -> None:
    world.turns_away(bob, "user_disabled")
    alice.says("/warroom open Payments @Bob @Dora").hears("Opening WR-1")
    room = world.room("WR-1")
    room.expects("Could not be invited: Bob (account deactivated)", "People: 2")
    assert room.members == {alice.id, dora.id}
    general.skips()
    bob.says("/warroom list mine").hears("No war rooms to show")


def test_who_came_after_all_is_no_longer_named(
    world: World, alice: Actor, bob: Actor, general: Place
) -> None:
    world.turns_away(bob, "cant_invite")
    alice.says("/warroom open Payments @Bob").hears("Opening WR-1")
    room = world.room("WR-1")
    room.expects("Could not be invited: Bob (may not be invited)")
    world.welcomes(bob)
    bob.says("/warroom join WR-1").hears("You are in WR-1")
    room.card_lacks("Could not be invited")
    room.card_says("People: 2")
    general.skips()


def test_a_lead_who_cannot_come_does_not_lead(
    world: World, alice: Actor, bob: Actor, general: Place
) -> None:
    world.turns_away(bob, "user_disabled")
    alice.says("/warroom open Payments --lead @Bob").hears("Opening WR-1")
    world.room("WR-1").expects("Could not be invited: Bob", "Lead: @Alice")
    general.skips()


@pytest.mark.parametrize(
    ("step", "code", "why"),
    [
        (CreateChannel, "not_allowed", "the platform does not allow it"),
        (CreateChannel, "some_new_word", "some_new_word"),
        (Invite, "is_archived", "the channel is archived"),
        (Invite, "channel_not_found", "the channel is gone"),
        (PostCard, "is_archived", "the channel is archived"),
    ],
)
def test_retry_goes_on_where_it_stopped(
    world: World, alice: Actor, bob: Actor, step: type[Effect], code: str, why: str
) -> None:
    world.fails(step, Permanent(code))
    alice.dms("/warroom open Payments @Bob").hears("Opening WR-1")
    alice.hears("WR-1 Payments could not be opened", f"Opening stopped: {why}", "[Retry]")
    alice.presses("Retry", alice.direct).hears("Trying again to open WR-1")
    room = [Place(world, c.id) for c in world.town.channels.everything() if "WR-1" in c.title][-1]
    room.expects("WR-1 Payments", "[Join]")
    room.card_says("[Join]")
    assert room.members == {alice.id, bob.id}
    again = [effect for effect in world.tried if isinstance(effect, step)]
    assert len(again) == 2, "what had failed was done again, and nothing else"
    alice.dms("/warroom retry WR-1").hears("The opening of WR-1 did not stop.")


def test_a_channel_that_is_gone_is_made_anew(world: World, alice: Actor) -> None:
    world.fails(Invite, Permanent("channel_not_found"))
    alice.dms("/warroom open Payments").hears("Opening WR-1")
    alice.hears("the channel is gone")
    alice.presses("Retry", alice.direct).hears("Trying again")
    made = [effect for effect in world.tried if isinstance(effect, CreateChannel)]
    assert [effect.name for effect in made] == ["wr-1-payments", "wr-1-payments", "wr-1-payments-2"]
    Place(world, world.town.channels.named("wr-1-payments-2").id).expects("WR-1 Payments")  # type: ignore[union-attr]  # it was just made


def test_a_failure_is_on_the_card_and_the_timeline(world: World, alice: Actor) -> None:
    world.fails(PostCard, Permanent("not_allowed"))
    alice.dms("/warroom open Payments").hears("Opening WR-1")
    alice.hears("could not be opened")
    alice.dms("/warroom timeline WR-1").hears("Opening stopped: the platform does not allow it")


def test_a_card_that_cannot_be_pinned_serves_where_it_stands(
    world: World, alice: Actor, general: Place
) -> None:
    world.fails(Pin, Permanent("not_allowed"))
    alice.says("/warroom open Payments").hears("Opening WR-1")
    world.room("WR-1").expects("WR-1 Payments", "[Join]")
    general.expects("War room WR-1", "[Join]")


@pytest.mark.parametrize("step", [CreateChannel, Invite, PostCard, Pin])
def test_a_hiccup_of_the_platform_only_takes_time(
    world: World, alice: Actor, step: type[Effect]
) -> None:
    world.fails(step, Temporary(retry_after=30), Temporary())
    alice.dms("/warroom open Payments").hears("Opening WR-1")
    world.advance(minutes=2)
    world.room("WR-1").expects("WR-1 Payments", "[Join]")
    world.room("WR-1").card_says("[Join]")
    alice.direct.expects_nothing()


def test_a_platform_that_is_away_for_a_day_stops_the_opening(world: World, alice: Actor) -> None:
    world.fails(CreateChannel, *[Temporary(retry_after=3600) for _ in range(26)])
    alice.dms("/warroom open Payments").hears("Opening WR-1")
    world.advance(hours=26)
    alice.hears("the platform did not answer for a day", "[Retry]")
    alice.presses("Retry", alice.direct).hears("Trying again")
    world.advance(hours=2)
    world.room("WR-1").expects("WR-1 Payments")


def test_others_cannot_retry(world: World, alice: Actor, dora: Actor, general: Place) -> None:
    world.fails(CreateChannel, Permanent("not_allowed"))
    alice.says("/warroom open Payments").hears("Opening WR-1")
    alice.hears("could not be opened")
    general.expects("[Retry]")
    dora.presses("Retry", general).hears("Only members of WR-1 can do that")


def test_a_room_without_a_channel_can_be_spoken_of(world: World, alice: Actor, bob: Actor) -> None:
    """What is done meanwhile is there when the channel is."""
    world.fails(CreateChannel, Permanent("not_allowed"))
    alice.dms("/warroom open Payments").hears("Opening WR-1")
    alice.hears("could not be opened")
    alice.dms("/warroom severity WR-1 1").hears("@Alice changed the severity")
    alice.dms("/warroom invite WR-1 @Bob").hears("as soon as the channel is there")
    bob.dms("/warroom list mine").hears("WR-1 Payments")
    alice.dms("/warroom rename WR-1 Payments in the EU").hears("@Alice renamed the room")
    alice.dms("/item add WR-1 Check logs --owner @Bob").hears("@Alice added WR-1-1")
    alice.dms("/warroom handover WR-1 @Bob Watch it").hears("@Alice handed over to @Bob")
    alice.dms("/warroom leave WR-1").hears("You have left WR-1")
    bob.dms("/warroom timeline WR-1").hears("@Alice brought in @Bob")
    bob.dms("/warroom retry WR-1").hears("Trying again")
    room = world.room("WR-1")
    room.expects("WR-1 Payments in the EU", "1 · critical", "1 open item", "Lead: @Bob")
    assert room.members == {bob.id}
    assert room.name == "wr-1-payments-in-the-eu"
