"""Something is forgotten on a Thursday afternoon, before a holiday with a make-up Saturday."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from adapters.playground.places import Message
from bot.core.effects import Urgent
from bot.core.events import ProfileSeen
from bot.core.text import Reader
from tests.features.escalation.conftest import Group, away
from tests.world import World

SHANGHAI = "Asia/Shanghai"
EN = Reader("en", SHANGHAI)


@pytest.fixture
def at() -> datetime:
    """Thursday 30 April 2026, 09:00 in Shanghai. 1 to 5 May are off, Saturday 9 May is worked."""
    return datetime(2026, 4, 30, 1, tzinfo=UTC)


def test_it_climbs_on_working_days_only(world: World, group: Group) -> None:
    world.at("2026-04-30 15:00", SHANGHAI)
    group.alice.says("/item add Check the gateway logs --owner @Bob", group.room).hears_nothing()
    group.room.skips()

    world.at("2026-05-06 15:04", SHANGHAI)
    group.bob.direct.expects_nothing()
    world.at("2026-05-06 15:05", SHANGHAI)
    group.bob.hears(
        "WR-1-1 Check the gateway logs: has not moved since Thu 30 Apr 2026, 15:00",
        "You are asked because it is yours.",
        "Room: WR-1 Payment timeouts",
        "Last activity: Thu 30 Apr 2026, 15:00 (added)",
        "Next: @Alice (lead), Thu 7 May 2026, 15:10",
        "[On it] [Need help…] [Snooze…] [Done] [Blocked…] [Reassign…]",
    )
    world.at("2026-05-07 15:10", SHANGHAI)
    group.alice.hears("because you lead the room", "Next: @Dora (manager), Sat 9 May 2026, 15:15")

    world.at("2026-05-09 15:14", SHANGHAI)
    group.dora.direct.expects_nothing()
    world.at("2026-05-09 15:15", SHANGHAI)
    group.dora.hears("because its owner reports to you", "Next: @Bob (owner), Mon 11 May 2026")

    group.dora.says("/item done WR-1-1", group.dora.direct).hears("Only members of WR-1")
    group.bob.presses("Done", group.bob.direct).hears("finished WR-1-1")
    group.room.expects("@Bob finished WR-1-1")
    for actor in (group.bob, group.alice, group.dora):
        [card] = [m for m in world.messages(actor.direct.id) if "WR-1-1" in world.words(m)][:1]
        assert world.words(card, EN).startswith("WR-1-1 Check the gateway logs: done")
        actor.direct.skips()
    world.advance(days=30)
    group.bob.says("/warroom timeline", group.room).hears(
        "WR-1-1: @Bob is asked (owner)",
        "WR-1-1: @Alice is asked (lead)",
        "WR-1-1: @Dora is asked (manager)",
    )


def test_who_is_on_leave_or_gone_is_passed_over(world: World, group: Group) -> None:
    world.read(lambda tx: away(tx, "Bob", date(2026, 5, 6), date(2026, 5, 20)))
    group.dora.reports(ProfileSeen(is_active=False))
    world.at("2026-04-30 15:00", SHANGHAI)
    group.alice.says("/item add Check the gateway logs --owner @Bob", group.room).hears_nothing()
    group.room.skips()
    world.at("2026-05-06 15:05", SHANGHAI)
    group.alice.hears(
        "because you lead",
        "@Bob (owner) passed over: on leave, back on Thu 21 May 2026",
        "Next: ",
    )
    group.bob.direct.expects_nothing()


def test_nobody_can_be_asked(world: World, group: Group) -> None:
    """The ladder's end is the ops channel, at once; without one whoever administers is told."""
    group.olga.says("/escalate ops here", world.channel("general")).hears("Every ladder ends")
    group.alice.says("/item add Whose is this?", group.room).hears_nothing()
    group.alice.says("/warroom lead @Bob", group.room).hears_nothing()
    group.room.skips()
    world.read(lambda tx: away(tx, "Bob", date(2026, 5, 6), date(2026, 5, 20)))
    group.dora.reports(ProfileSeen(is_active=False))
    world.at("2026-05-06 09:05", SHANGHAI)
    world.channel("general").expects(
        "WR-1-1 Whose is this?",
        "Everybody on the ladder was asked, or could not be.",
        "owner passed over: nobody is set",
        "@Bob (lead) passed over: on leave",
        "If nothing happens it climbs again, Fri 8 May 2026, 09:00",
        reader=EN,
    )
    group.alice.says("/escalate ack 1", group.room).hears("You are on it until")


def said(world: World, message: Message) -> str:
    """What a message says by now."""
    return world.words(world.town.messages.get(message.id), EN).strip()


def test_severity_1_sounds_the_alarm(world: World, group: Group) -> None:
    """At any hour; where the platform has no alarm, they are mentioned in the room."""
    group.bob.dms("/escalate quiet 20:00-08:00").hears("Your quiet hours are 20:00–08:00")
    group.alice.says("/warroom severity 1", group.room).hears_nothing()
    world.at("2026-04-30 22:00", SHANGHAI)
    group.alice.says("/item add Restart it --owner @Bob", group.room).hears_nothing()
    group.room.skips()
    world.at("2026-04-30 23:00", SHANGHAI)
    group.bob.hears(
        "WR-1-1 Restart it: has not moved", "Next: @陈工 (backup), Thu 30 Apr 2026, 23:30"
    )
    assert [each.users for each in world.tried if isinstance(each, Urgent)] == [(group.bob.id,)]
    first = group.room.expects("@Bob: WR-1-1 Restart it", "this is urgent", "[On it]")
    group.bob.presses("On it", group.bob.direct).hears("You are on it until Fri 1 May 2026, 01:00")
    world.at("2026-05-01 00:30", SHANGHAI)
    group.bob.hears("WR-1-1 Restart it", "You said that you are on it.")
    world.at("2026-05-01 01:00", SHANGHAI)
    group.chen.hears("WR-1-1 Restart it", "你是负责人的后备")
    second = group.room.expects("@陈工: WR-1-1", "[On it]")
    assert "[On it]" not in said(world, first), "the one who was asked before"
    group.alice.presses("On it", second).hears("You are on it")
    assert "@Alice is on it until" in said(world, second)
    group.room.expects_nothing()
    group.alice.says("/item done 1", group.room)
    group.room.skips()
    for card in (first, second):
        assert said(world, card) == "WR-1-1 Restart it: done"
