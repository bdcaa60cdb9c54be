"""What becomes of a message: it fails, it is late, its person goes away, it matters no more."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from bot.core.effects import DirectMessage
from bot.core.errors import Permanent
from bot.core.events import ProfileSeen
from tests.features.escalation.conftest import Group, away
from tests.world import World

SHANGHAI = "Asia/Shanghai"


@pytest.fixture
def item(world: World, group: Group) -> Group:
    """WR-1-1 is Bob's, of Monday, 09:00. What he gets about it goes out on Tuesday at 09:05."""
    group.alice.says("/item add Check the logs --owner @Bob", group.room).hears_nothing()
    group.room.skips()
    return group


def test_who_cannot_be_written_to_is_mentioned_in_the_room(world: World, item: Group) -> None:
    world.fails(DirectMessage, Permanent("cannot_dm"))
    world.meant_errors.add("effect.failed")
    world.at("2026-11-24 09:05", SHANGHAI)
    item.bob.direct.expects_nothing()
    item.room.expects("@Bob: WR-1-1 Check the logs", "@Bob could not be reached")
    item.bob.presses("On it", item.room).hears("You are on it until")


def test_who_goes_on_leave_meanwhile_is_passed_over(world: World, item: Group) -> None:
    """Their message is in its box, and does not go out: the next one is asked at once."""
    world.at("2026-11-24 09:02", SHANGHAI)
    world.read(lambda tx: away(tx, "Bob", date(2026, 11, 24), date(2026, 11, 27)))
    world.at("2026-11-24 09:10", SHANGHAI)
    item.bob.direct.expects_nothing()
    item.alice.hears("WR-1-1 Check the logs", "@Bob (owner) passed over: on leave")


def test_who_is_deactivated_meanwhile_is_passed_over(world: World, item: Group) -> None:
    world.at("2026-11-24 09:02", SHANGHAI)
    item.bob.reports(ProfileSeen(is_active=False))
    item.room.skips()
    world.at("2026-11-24 09:10", SHANGHAI)
    item.alice.hears("WR-1-1", "@Bob (owner) passed over: the account is deactivated")
    item.bob.direct.skips()


@pytest.mark.parametrize("said", ["/item done 1", "/item due 1 2026-12-24", "/item assign 1 @陈工"])
def test_what_moves_meanwhile_is_not_asked_about(world: World, item: Group, said: str) -> None:
    world.at("2026-11-24 09:02", SHANGHAI)
    item.bob.says(said, item.room)
    item.room.skips()
    item.chen.direct.skips()
    world.at("2026-11-24 18:00", SHANGHAI)
    item.bob.direct.expects_nothing()
    item.alice.direct.expects_nothing()


def test_after_hours_of_downtime_nobody_is_asked_at_night(world: World, item: Group) -> None:
    """The clock jumps over the step and over its message: both come late, once, in the morning."""
    world.clock.move_to(datetime(2026, 11, 24, 14, tzinfo=UTC))  # Tuesday, 22:00 in Shanghai
    world.settle()
    item.bob.direct.expects_nothing()
    world.at("2026-11-25 09:04", SHANGHAI)
    item.bob.direct.expects_nothing()
    world.at("2026-11-25 09:05", SHANGHAI)
    item.bob.hears("WR-1-1 Check the logs", "Next: @Alice (lead), Thu 26 Nov 2026, 09:10")
    item.bob.direct.expects_nothing()


def test_a_message_that_is_late_waits_for_their_morning(world: World, item: Group) -> None:
    world.at("2026-11-24 09:02", SHANGHAI)
    world.clock.move_to(datetime(2026, 11, 24, 14, tzinfo=UTC))
    world.settle()
    item.bob.direct.expects_nothing()
    world.at("2026-11-25 09:00", SHANGHAI)
    item.bob.hears("WR-1-1 Check the logs")


def test_the_ladder_of_a_private_room_ends_in_the_room(world: World, group: Group) -> None:
    group.olga.says("/escalate ops here", world.channel("general")).hears("Every ladder ends")
    group.alice.says("/warroom open Layoffs --private")
    group.alice.direct.skips()
    world.channel("general").skips()
    secret = world.room("WR-2")
    secret.skips()
    world.read(lambda tx: away(tx, "Alice", date(2026, 11, 23), date(2026, 12, 30)))
    group.alice.says("/item add Call the lawyer", secret)
    secret.skips()
    world.at("2026-11-24 09:05", SHANGHAI)
    secret.expects("WR-2-1 Call the lawyer", "Everybody on the ladder was asked, or could not be.")
    world.channel("general").expects_nothing()


def test_a_private_item_of_somebody_outside_passes_them_over(world: World, group: Group) -> None:
    group.alice.says("/warroom open Layoffs @Bob --private")
    for place in (group.alice.direct, group.bob.direct):
        place.skips()
    world.channel("general").skips()
    secret = world.room("WR-2")
    group.alice.says("/item add Call the lawyer --owner @Bob", secret)
    secret.skips()
    group.bob.leaves(secret)
    secret.skips()
    world.at("2026-11-24 09:05", SHANGHAI)
    group.alice.hears("WR-2-1", "@Bob (owner) passed over: not in this room")
    group.bob.direct.skips()
    secret.skips()
