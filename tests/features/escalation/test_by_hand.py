"""By hand: `/escalate`, pauses, quiet hours, stand-ins, sponsors, the ops channel, the switch."""

from __future__ import annotations

from datetime import date

import pytest

from bot.core.events import ProfileSeen
from bot.features.escalation.reach import Quiet
from tests.features.escalation.conftest import Group, away
from tests.world import World

SHANGHAI = "Asia/Shanghai"


@pytest.fixture
def item(world: World, group: Group) -> Group:
    """WR-1-1 is Bob's, of Monday, 09:00."""
    group.alice.says("/item add Check the logs --owner @Bob", group.room).hears_nothing()
    group.room.skips()
    return group


def test_somebody_has_it_climb_at_once(world: World, item: Group) -> None:
    item.alice.says("/escalate 1 The vendor does not answer", item.room).hears(
        "WR-1-1 Check the logs climbs now.", "Next: @Alice (lead), Tue 24 Nov 2026, 09:10"
    )
    world.advance(minutes=5)
    item.bob.hears("WR-1-1 Check the logs: @Alice asks for it: The vendor does not answer")
    item.alice.says("/warroom timeline", item.room).hears("@Alice escalated WR-1-1 Check the logs")


def test_with_a_name_that_person_is_asked_too(world: World, item: Group) -> None:
    item.alice.says("/升级 1 供应商不回复 --找 @陈工", item.room).hears("climbs now")
    item.chen.hears("WR-1-1 Check the logs", "供应商不回复", "因为有人需要你帮忙")
    world.advance(minutes=5)
    item.bob.hears("WR-1-1 Check the logs")
    item.chen.presses("我来处理", item.chen.direct).hears("你在处理")
    item.bob.direct.skips()
    item.chen.direct.skips()


def test_again_asks_the_next_one_though_somebody_is_on_it(world: World, item: Group) -> None:
    item.alice.says("/escalate 1", item.room).hears("climbs now")
    world.advance(minutes=5)
    item.bob.hears("@Alice asks for it")
    item.bob.presses("On it", item.bob.direct).hears("You are on it until")
    item.alice.says("/escalate 1 Nothing happens", item.room).hears("Next: @Dora (manager)")
    world.advance(minutes=5)
    item.alice.hears("WR-1-1 Check the logs: @Alice asks for it: Nothing happens")
    item.bob.direct.skips()


def test_out_of_hours_it_waits_for_the_morning(world: World, item: Group) -> None:
    world.at("2026-11-23 17:00", SHANGHAI)
    item.bob.says("/item block 1 x", item.room)
    item.room.skips()
    world.at("2026-11-23 21:00", SHANGHAI)
    item.alice.says("/escalate 1", item.room).hears("climbs now.", "Tue 24 Nov 2026, 09:0")
    world.at("2026-11-24 09:04", SHANGHAI)
    item.bob.direct.expects_nothing()
    world.at("2026-11-24 09:05", SHANGHAI)
    item.bob.hears("WR-1-1")


def test_who_cannot_be_asked_by_name(world: World, item: Group) -> None:
    world.read(lambda tx: away(tx, "陈工", date(2026, 11, 23), date(2026, 11, 30)))
    item.alice.says("/escalate 1 Help --to @陈工", item.room).hears(
        "@陈工 is on leave. Name somebody else.", "> /escalate 1 Help --to @陈工"
    )
    item.dora.reports(ProfileSeen(is_active=False))
    item.alice.says("/escalate 1 --to @Dora", item.room).hears("Dora")
    world.advance(minutes=10)
    item.bob.direct.expects_nothing()  # refused is refused as a whole


def test_a_room_is_paused_and_goes_on(world: World, item: Group) -> None:
    item.bob.says("/escalate pause 2026-11-22 9am", item.room).hears("in the past")
    item.dora.dms("/escalate pause WR-1 2026-11-26 09:00").hears("Only")
    item.alice.says("/escalate pause 2026-11-26 10:00", item.room)
    item.room.expects("@Alice paused escalation in WR-1 until Thu 26 Nov 2026, 02:00")
    item.alice.says("/escalate why 1", item.room).hears(
        "Escalation in this room is paused until Thu 26 Nov 2026, 10:00.",
        "climbs at Thu 26 Nov 2026, 10:00",
    )
    world.at("2026-11-26 10:04", SHANGHAI)
    item.bob.direct.expects_nothing()
    world.at("2026-11-26 10:05", SHANGHAI)
    item.bob.hears("WR-1-1 Check the logs")


def test_a_pause_ends_early(world: World, item: Group) -> None:
    item.alice.says("/escalate resume", item.room).hears("Escalation in WR-1 is not paused.")
    item.alice.says("/升级 暂停 2026-11-30 10:00", item.room)
    world.at("2026-11-26 10:00", SHANGHAI)
    item.room.skips()
    item.alice.says("/升级 恢复", item.room)
    item.room.expects("@Alice resumed escalation in WR-1")
    world.advance(minutes=5)
    item.bob.hears("WR-1-1 Check the logs")


def test_quiet_hours_are_kept(world: World, item: Group) -> None:
    item.bob.dms("/escalate quiet whenever").hears("Say the hours like this: 22:00-08:00")
    item.bob.dms("/升级 免打扰 8:00-11:00").hears("Your quiet hours are 08:00–11:00.")
    world.at("2026-11-24 11:04", SHANGHAI)
    item.bob.direct.expects_nothing()
    world.at("2026-11-24 11:05", SHANGHAI)
    item.bob.hears("WR-1-1 Check the logs")
    item.bob.dms("/escalate quiet off").hears("You have no quiet hours now.")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("22:00-08:00", "22:00–08:00"),
        ("22点到8点", "22:00–08:00"),
        ("9 to 10", "09:00–10:00"),
        ("20:30~24:00", "20:30–00:00"),
        ("８：００－９：００", "08:00–09:00"),
        ("25-26", None),
        ("8:75-9", None),
        ("24:30-3", None),
        ("8-8", None),
        ("soon", None),
    ],
)
def test_hours(text: str, meant: str | None) -> None:
    found = Quiet.parse(text)
    assert (str(found) if found else None) == meant


def test_backups_and_sponsors(world: World, item: Group) -> None:
    item.bob.dms("/escalate backup @Bob").hears("Nobody stands in for themselves.")
    item.bob.dms("/升级 后备 @Dora").hears("@Dora stands in for @Bob.")
    item.bob.dms("/escalate backup").fills().hears("Nobody stands in for @Bob now.")
    item.bob.dms("/escalate sponsor @Dora").hears("Only people who administer")
    item.olga.dms("/escalate sponsor @Dora").hears("@Dora sponsors this workspace.")
    item.dora.dms("/escalate sponsor @Dora --room WR-1").hears("Only")
    item.alice.says("/升级 发起人 @Olga", item.room).hears("@Olga sponsors WR-1.")
    item.alice.says("/warroom severity 2", item.room)
    item.room.skips()
    world.at("2026-11-25 18:00", SHANGHAI)
    item.olga.hears("WR-1-1 Check the logs", "You are asked because you sponsor the room.")
    item.alice.says("/escalate sponsor", item.room).fills().hears("Nobody sponsors WR-1 now.")
    item.olga.dms("/escalate sponsor").fills().hears("Nobody sponsors this workspace now.")
    for actor in (item.bob, item.alice, item.dora, item.olga):
        actor.direct.skips()
    item.room.skips()


def test_managers_are_no_circle(world: World, item: Group) -> None:
    item.dora.dms("/muster manager @Alice").hears("reports to")
    item.alice.dms("/muster manager @Bob").hears("@Bob reports to @Alice already.")
    item.alice.dms("/muster manager @Alice").hears("Nobody reports to themselves.")


def test_the_ops_channel(world: World, item: Group) -> None:
    item.bob.says("/escalate ops here", world.channel("general")).hears("Only people who")
    item.olga.dms("/escalate ops here").hears("Say that in the channel that is to be the ops")
    item.olga.says("/升级 兜底群 这里", world.channel("general")).hears("Every ladder ends")
    item.olga.says("/escalate ops off", world.channel("general")).hears("There is no ops channel")
    assert "There is no ops channel: choose one" in item.bob.dms("/escalate policy").text


def test_without_an_ops_channel_administrators_are_told(world: World, item: Group) -> None:
    """Never silence: at the ladder's end somebody hears of it, in their own language."""
    for name in ("Bob", "Alice", "Dora"):
        world.read(lambda tx, name=name: away(tx, name, date(2026, 11, 23), date(2026, 12, 30)))
    world.at("2026-11-24 09:05", SHANGHAI)
    item.olga.hears("WR-1-1 Check the logs", "Everybody on the ladder was asked, or could not be.")


def test_off_nothing_fires_and_on_again_it_is_watched_from_then(world: World, item: Group) -> None:
    item.olga.dms("/escalate switch on").hears("It is so already.")
    item.bob.dms("/escalate switch off").hears("Only people who administer")
    item.olga.dms("/升级 开关 关").hears("@Olga switched escalation off")
    item.alice.says("/escalate 1", item.room).hears("Escalation is switched off in this workspace.")
    item.alice.dms("/escalate preview").hears("Escalation is switched off in this workspace.")
    item.alice.says("/item add Another --owner @Bob", item.room)
    item.room.skips()
    world.at("2026-11-26 10:00", SHANGHAI)
    item.bob.direct.expects_nothing()
    item.alice.says("/escalate why 2", item.room).hears("switched off")
    item.olga.dms("/escalate switch on").hears("@Olga switched escalation on")
    world.at("2026-11-27 10:05", SHANGHAI)
    item.bob.hears("2 things need you", "WR-1-1", "WR-1-2")
