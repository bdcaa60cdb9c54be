"""What people do to a room's channel by the platform's own means."""

from __future__ import annotations

from tests.world import Actor, Place, World


def test_a_renamed_channel_is_still_the_room(room: Place, alice: Actor, general: Place) -> None:
    alice.renames(room, "payments-fire")
    alice.says("/warroom note Still here", room).hears("Noted on the timeline of WR-1")
    alice.says("/warroom timeline", room).hears("The channel is now called payments-fire")
    alice.says("/warroom list", room).hears("#payments-fire")
    [announcement] = [m for m in room.world.messages(general.id) if m.only_for is None]
    assert "#payments-fire" in room.world.words(announcement)


def test_an_archived_channel_is_left_in_peace(
    world: World, room: Place, alice: Actor, bob: Actor, dora: Actor
) -> None:
    bob.archives(room)
    alice.hears(
        "The channel of WR-1 Payment timeouts was archived", "still open", "[Close the room]"
    )
    tried = len(world.tried)
    alice.dms("/warroom severity WR-1 1").hears("@Alice changed the severity")
    alice.dms("/item add WR-1 Check logs").hears("@Alice added WR-1-1")
    alice.dms("/decide --room WR-1 Wait").hears("Decision D-1 Wait")
    bob.dms("/warroom leave WR-1").hears("You have left")
    dora.dms("/warroom join WR-1").hears("You are in WR-1")
    alice.dms("/warroom invite WR-1 @Bob").hears("The channel of WR-1 is archived.")
    alice.dms("/export decisions --room WR-1").hears_nothing()
    alice.direct.expects("exported the decisions")
    assert not [each for each in world.tried[tried:] if getattr(each.to, "channel", "") == room.id]


def test_a_channel_that_is_back_is_brought_up_to_date(
    room: Place, alice: Actor, bob: Actor
) -> None:
    bob.archives(room)
    alice.hears("was archived")
    alice.dms("/warroom severity WR-1 1").hears("@Alice changed the severity")
    bob.archives(room, back=True)
    room.expects("The channel is back")
    room.card_says("1 · critical")
    alice.says("/warroom timeline", room).hears("The channel was archived", "The channel is back")


def test_the_lead_of_an_archived_channel_is_reminded_alone(
    world: World, room: Place, alice: Actor, bob: Actor
) -> None:
    alice.says("/warroom status --next 1h", room).hears_nothing()
    room.skips()
    bob.archives(room)
    alice.hears("was archived")
    world.advance(hours=1)
    alice.hears("The promised update is due", "[Post an update]")


def test_the_lead_can_close_from_there(room: Place, alice: Actor, bob: Actor) -> None:
    bob.archives(room)
    alice.hears("was archived")
    said = alice.presses("Close the room", alice.direct)
    said.fills(resolution="Fixed").hears("@Alice closed WR-1")


def test_the_channel_of_a_closed_room_is_archived_without_a_word(room: Place, alice: Actor) -> None:
    alice.says("/warroom close Fixed", room).hears_nothing()
    room.expects("@Alice closed WR-1")
    alice.archives(room)
    alice.direct.expects_nothing()


def test_other_channels_are_nobodys_business(world: World, alice: Actor, bob: Actor) -> None:
    other = Place(world, world.run(world.playground.create_channel(alice.id, "lunch")).id)
    before = world.rows()
    alice.brings(bob, other)
    alice.renames(other, "dinner")
    alice.archives(other)
    alice.archives(other, back=True)
    bob.leaves(other)
    after = world.rows()
    assert {name for name in after if after[name] != before[name]} <= {"person"}


def test_somebody_unknown_who_leaves_is_nobodys_business(
    world: World, room: Place, dora: Actor
) -> None:
    world.town.channels.invite(room.id, [dora.id])  # while Muster was not looking
    dora.leaves(room)
    room.card_says("People: 2")
