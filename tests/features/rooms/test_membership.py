"""Who is in a room and who leads it: by command, by button, by the platform's own means."""

from __future__ import annotations

import pytest

from bot.core.effects import Invite
from bot.core.errors import Permanent
from tests.world import Actor, Place, World


@pytest.mark.parametrize(
    "said", ["/warroom join WR-1", "/攻关 加入 wr1", "／攻关 加入 ＷＲ－１", "join #WR-1"]
)
def test_joining_by_command(room: Place, dora: Actor, said: str) -> None:
    dora.dms(said).hears("You are in WR-1 Payment timeouts: #wr-1-payment-timeouts")
    assert dora.id in room.members
    room.card_says("People: 3")
    room.expects_nothing()


def test_joining_by_button(room: Place, dora: Actor, general: Place) -> None:
    dora.presses("Join", general).hears("You are in WR-1")
    assert dora.id in room.members
    dora.presses("Join", general).hears("You are in #wr-1-payment-timeouts already.")
    room.card_says("People: 3")


def test_joining_by_the_platforms_own_means(room: Place, dora: Actor) -> None:
    dora.joins(room)
    room.card_says("People: 3")
    dora.says("/warroom note I am here", room).hears("Noted")
    dora.says("/warroom timeline", room).hears("@Dora joined")
    dora.leaves(room)
    room.card_says("People: 2")
    dora.dms("/warroom note WR-1 Am I?").hears("Only members of WR-1 can do that.")


def test_being_brought_in_by_the_platforms_own_means(
    room: Place, alice: Actor, dora: Actor
) -> None:
    """Also somebody whom Muster has never heard of."""
    alice.brings(dora, room)
    room.card_says("People: 3")
    dora.says("/warroom timeline", room).hears("@Dora joined")


def test_what_is_told_twice_is_noted_once(world: World, room: Place, bob: Actor) -> None:
    """Platforms tell of Muster's own invitations too, and more than once."""
    bob.leaves(room)
    bob.dms("/warroom join WR-1").hears("You are in")
    bob.says("/warroom leave", room).hears("You have left")
    said = bob.dms("/warroom timeline WR-1").text
    assert said.count("@Bob joined") == 1
    assert said.count("@Bob left") == 2


def test_leaving(room: Place, bob: Actor) -> None:
    bob.dms("/warroom leave WR-1").hears("You have left WR-1 Payment timeouts.")
    assert bob.id not in room.members
    room.card_says("People: 1")
    bob.dms("/warroom leave WR-1").hears("You are not in WR-1.")
    bob.dms("/攻关 离开 WR-1").hears("You are not in WR-1.")


def test_the_lead_does_not_just_leave(room: Place, alice: Actor, bob: Actor) -> None:
    alice.says("/warroom leave", room).hears("You lead WR-1. Hand it over or close it first.")
    alice.says("/warroom lead @Bob", room).hears_nothing()
    room.expects("@Alice made @Bob the lead")
    alice.says("/warroom leave", room).hears("You have left WR-1")
    assert room.members == {bob.id}


def test_a_lead_who_left_anyhow_is_missed(room: Place, alice: Actor, bob: Actor) -> None:
    alice.leaves(room)
    room.expects("WR-1 has no lead now.", "/warroom lead")
    room.card_says("Lead: nobody")
    bob.says("/warroom lead @Bob", room).hears_nothing()
    room.expects("@Bob made @Bob the lead")
    room.card_says("Lead: @Bob")


def test_a_room_that_nobody_leads_is_led_by_its_members(
    room: Place, alice: Actor, bob: Actor, dora: Actor
) -> None:
    alice.leaves(room)
    room.skips()
    dora.dms("/warroom lead WR-1 @Dora").hears("Only members of WR-1 can do that.")
    bob.says("/warroom rename Payments in the EU", room).hears_nothing()
    room.expects("@Bob renamed the room")


@pytest.mark.parametrize(
    "said",
    [
        "/warroom invite @Dora @陈工",
        "/warroom invite @Dora, @陈工",
        "/攻关 邀请 @陈工@Dora",
        "/攻关 邀请 @Dora、@陈工",
        "/warroom invite --people @Dora @陈工",
        "/warroom invite @Dora --people @陈工",
        "/warroom invite WR-1 @dora @chen-gong",
    ],
)
def test_inviting(room: Place, alice: Actor, dora: Actor, chen: Actor, said: str) -> None:
    said = said.replace("@chen-gong", f"@{chen.id}")
    alice.says(said, room).hears("Bringing", "@Dora", "@陈工", "into WR-1")
    assert {dora.id, chen.id} < room.members
    room.card_says("People: 4")
    alice.says("/warroom timeline", room).hears("@Alice brought in", "@Dora", "@陈工")


def test_inviting_with_a_form(room: Place, alice: Actor, dora: Actor) -> None:
    alice.says("/warroom invite", room).fills(people=(dora.id,)).hears("Bringing @Dora into WR-1")
    assert dora.id in room.members


def test_inviting_who_is_there(room: Place, alice: Actor, bob: Actor) -> None:
    alice.says("/warroom invite @Bob", room).hears("They are in WR-1 already.", "> /warroom invite")


def test_inviting_who_cannot_come(
    world: World, room: Place, alice: Actor, dora: Actor, chen: Actor
) -> None:
    world.turns_away(dora, "user_disabled")
    alice.says("/warroom invite @Dora @陈工", room).hears("Bringing")
    room.expects("Could not be invited: Dora (account deactivated)")
    room.card_says("Could not be invited: Dora", "People: 3")
    world.welcomes(dora)
    alice.says("/warroom invite @Dora", room).hears("Bringing")
    room.card_lacks("Could not be invited")
    room.card_says("People: 4")


def test_inviting_while_the_platform_refuses_it_all(
    world: World, room: Place, alice: Actor, dora: Actor
) -> None:
    world.fails(Invite, Permanent("not_allowed"))
    alice.says("/warroom invite @Dora", room).hears("Bringing")
    room.expects("Could not be invited: Dora (the platform does not allow it)")


def test_who_joins_and_cannot_be_brought_in(world: World, room: Place, dora: Actor) -> None:
    world.turns_away(dora, "user_disabled")
    dora.dms("/warroom join WR-1").hears("You are in WR-1")
    room.expects("Could not be invited: Dora")
    room.card_says("People: 2")


@pytest.mark.parametrize(
    "said", ["/warroom lead @Bob", "/攻关 组长 @Bob", "/攻关 负责人 WR-1 @Bob", "/warroom lead bob"]
)
def test_making_somebody_the_lead(room: Place, alice: Actor, bob: Actor, said: str) -> None:
    alice.says(said, room).hears_nothing()
    room.expects("@Alice made @Bob the lead")
    room.card_says("Lead: @Bob")
    alice.says("/warroom lead @Alice", room).hears("Only the lead of WR-1 can do that: @Bob.")


def test_a_lead_who_leads(room: Place, alice: Actor) -> None:
    alice.says("/warroom lead @Alice", room).hears("@Alice leads already.")


def test_a_new_lead_from_outside_is_brought_in(room: Place, alice: Actor, dora: Actor) -> None:
    alice.says("/warroom lead @Dora", room).hears_nothing()
    room.expects("@Alice made @Dora the lead")
    assert dora.id in room.members


def test_a_new_lead_who_cannot_come(world: World, room: Place, alice: Actor, dora: Actor) -> None:
    world.turns_away(dora, "cant_invite")
    alice.says("/warroom lead @Dora", room).hears_nothing()
    room.expects("@Alice made @Dora the lead")
    room.expects("Could not be invited: Dora")
    room.card_says("Lead: @Alice")


def test_handing_over(room: Place, alice: Actor, bob: Actor) -> None:
    alice.says("/item add Check the logs", room).hears_nothing()
    room.expects("@Alice added WR-1-1")
    alice.says("/warroom handover @Bob The fix is out\nWatch the error rate", room).hears_nothing()
    room.expects(
        "@Alice handed over to @Bob",
        "> The fix is out\n> Watch the error rate",
        "WR-1-1 Check the logs",
    )
    room.card_says("Lead: @Bob")
    bob.says("/warroom timeline", room).hears("@Alice: The fix is out\nWatch the error rate")


@pytest.mark.parametrize(
    "said",
    ["/攻关 交接 @Bob，盯到中午", "/攻关 交接 @Bob 盯到中午", "/warroom handover @Bob: 盯到中午"],
)
def test_handing_over_in_a_sentence(room: Place, alice: Actor, bob: Actor, said: str) -> None:
    alice.says(said, room).hears_nothing()
    room.expects("@Alice handed over to @Bob", "> 盯到中午")


def test_handing_over_with_a_form(room: Place, alice: Actor, bob: Actor) -> None:
    said = alice.says("/warroom handover", room)
    again = said.fills(to=alice.id, note="Watch it")
    assert again.field_error("to") == "@Alice leads already."
    assert again.value("note") == "Watch it"
    again.fills(to=bob.id).hears_nothing()
    room.expects("@Alice handed over to @Bob", "> Watch it")


def test_an_administrator_can_step_in(room: Place, olga: Actor, bob: Actor) -> None:
    olga.dms("/warroom lead WR-1 @Bob").hears("@Olga made @Bob the lead")
    room.expects("@Olga made @Bob the lead")
