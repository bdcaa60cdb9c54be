"""Not being there: skipped, away, back, a day off; and people who change zone."""

from __future__ import annotations

import pytest

from tests.features.standups.stage import answers
from tests.world import Actor, Place, World


def test_skipping(world: World, standup: Place, alice: Actor, bob: Actor, dora: Actor) -> None:
    dora.dms("/standup skip").hears("There is nothing to skip")
    world.at("2026-11-23 09:30")
    head = standup.expects("0 of 2")
    for who in (alice, bob):
        who.hears("please answer")
    bob.says("/站会 跳过 今天培训", standup).hears("Skipped for today.")
    assert "0 of 1" in world.words(world.town.messages.get(head.id))
    world.at("2026-11-23 10:42")
    bob.direct.expects_nothing()
    alice.hears("There is still time")
    answers(alice, since="Here").hears("Thank you.")
    standup.expects("Alice answered")
    standup.expects("Report", "Not today: Bob (今天培训)")
    bob.dms("/standup skip").hears("There is nothing to skip")


def test_skipping_in_the_evening_is_not_for_tomorrow(
    world: World, standup: Place, bob: Actor, alice: Actor
) -> None:
    world.at("2026-11-23 20:00")
    for place in (standup, alice.direct, bob.direct):
        place.skips()
    bob.dms("/standup skip").hears("There is nothing to skip")


def test_who_answers_after_all_is_not_skipping(
    world: World, standup: Place, bob: Actor, alice: Actor
) -> None:
    bob.dms("/standup skip").hears("Skipped for today.")
    world.at("2026-11-23 09:30")
    standup.expects("0 of 1")
    bob.direct.expects_nothing()
    answers(bob, since="After all").hears("Thank you.")
    standup.expects("After all")
    world.at("2026-11-23 11:00")
    assert "Not today" not in world.words(standup.expects("Report", "After all"))
    alice.direct.skips()


@pytest.mark.parametrize(
    ("said", "last"),
    [("3d", "2026-11-25"), ("until Nov 25", "2026-11-25"), ("1 week", "2026-11-29"),
     ("到11月25日", "2026-11-25"), ("3天", "2026-11-25"), ("for 2 weeks", "2026-12-06"),
     ("tomorrow", "2026-11-24"), ("to Nov 24", "2026-11-24"), ("直到11月24日", "2026-11-24")],
)  # fmt: skip
def test_away(standup: Place, bob: Actor, said: str, last: str) -> None:
    bob.dms(f"/standup away {said}").hears(
        f"You are away from 2026-11-23 to {last}, both included.", "[I am back]"
    )


@pytest.mark.parametrize(
    ("said", "why"),
    [("900d", "too long: 366 days are the most"), ("0d", "too long"), ("soon-ish", "I do not "),
     ("until Nov 24 --begins Nov 30", "The last day is before the first one."),
     ("until 2030-01-01", "too long")],
)  # fmt: skip
def test_away_that_cannot_be(standup: Place, bob: Actor, said: str, why: str) -> None:
    bob.dms(f"/standup away {said}").hears(why, f"> /standup away {said}")


def test_nobody_away_is_asked_named_missing_or_counted(
    world: World, standup: Place, alice: Actor, bob: Actor
) -> None:
    bob.dms("/away 2d --why Surgery").hears("You are away from 2026-11-23 to 2026-11-24")
    for day in (23, 24):
        world.at(f"2026-11-{day} 09:30")
        standup.expects("0 of 1")
        world.at(f"2026-11-{day} 11:00")
        report = world.words(standup.expects("Report", "Away: Bob", "Still to come: Alice"))
        assert "Surgery" not in report, "why is for their own eyes"
    bob.direct.expects_nothing()
    world.at("2026-11-25 09:30")
    standup.expects("0 of 2")
    bob.hears("please answer")
    alice.direct.skips()


def test_back_in_the_middle_of_the_window(
    world: World, standup: Place, alice: Actor, bob: Actor
) -> None:
    bob.dms("/standup back").hears("You are not away.")
    bob.dms("/standup away today").hears("You are away on 2026-11-23.")
    world.at("2026-11-23 09:30")
    standup.expects("0 of 1")
    world.at("2026-11-23 10:00")
    bob.direct.expects_nothing()
    bob.dms("/站会 回来").hears("Welcome back.")
    assert "please answer until 11:00" in world.words(bob.hears("please answer"))
    answers(bob, since="Here I am").hears("Thank you.")
    standup.expects("Bob answered")
    alice.direct.skips()


def test_back_on_a_day_off_is_not_asked(
    world: World, standup: Place, alice: Actor, bob: Actor
) -> None:
    bob.dms("/muster region US").hears("United States")
    world.at("2026-11-25 12:00")
    for place in (standup, alice.direct, bob.direct):
        place.skips()
    bob.dms("/away 2d").hears("2026-11-25 to 2026-11-26")
    world.at("2026-11-26 09:45")
    standup.expects("Stand-up of 2026-11-26", "0 of 1")
    bob.dms("/back").hears("Welcome back.")
    bob.direct.expects_nothing()  # it is Thanksgiving
    alice.hears("please answer")
    world.at("2026-11-26 11:00")
    standup.expects("Report", "Away: Bob", "Still to come: Alice")
    alice.direct.skips()


def test_everybody_away_is_quiet(world: World, standup: Place, alice: Actor, bob: Actor) -> None:
    for who in (alice, bob):
        who.dms("/standup away 1d").hears("You are away")
    world.at("2026-11-23 23:00")
    standup.expects_nothing()
    bob.says("/standup history", standup).hears("2026-11-23: everybody was away")
    bob.says("/standup report", standup).hears("There was no stand-up of WR-1 then.")
    bob.says("/standup report today", standup).hears("everybody was away")
    for who in (alice, bob):
        who.direct.expects_nothing()


def test_everybody_goes_while_it_is_open(
    world: World, standup: Place, alice: Actor, bob: Actor
) -> None:
    world.at("2026-11-23 09:30")
    head = standup.expects("0 of 2")
    for who in (alice, bob):
        asked = who.hears("please answer")
        who.presses("Answer", who.direct)
        who.dms("/standup away 1d").hears("You are away")
        now = world.words(world.town.messages.get(asked.id))
        assert now.strip() == "Stand-up of WR-1 Payment timeouts: you are away"
    assert "Everybody is away." in world.words(world.town.messages.get(head.id))
    world.at("2026-11-23 12:00")
    standup.expects_nothing()
    bob.dms("/standup").hears("There is no stand-up to answer now.")


@pytest.mark.parametrize(
    ("moves_at", "asked_at"),
    [
        ("23 20:00", "24 10:00"),
        ("24 01:45", "24 10:00"),
        ("24 02:30", "24 02:00"),
        ("24 05:00", "24 02:00"),
        ("24 11:00", "24 02:00"),
    ],
)
def test_who_changes_zone_is_asked_once_for_each_date(
    world: World, room: Place, alice: Actor, bob: Actor, moves_at: str, asked_at: str
) -> None:
    """From Tokyo, where it is eleven at 02:00 UTC, to Berlin, where it is at 10:00."""
    bob.dms("/muster timezone Asia/Tokyo").hears("Asia/Tokyo")
    alice.dms("/muster timezone Asia/Shanghai").hears("Asia/Shanghai")
    alice.says("/standup setup 11:00 --closes 13:00 --clock person --days daily", room)
    asked: list[str] = []
    times = ("24 01:59", "24 02:00", "24 02:59", "24 09:59", "24 10:00", "25 09:59", "25 10:00")
    for when in sorted({*times, moves_at}):
        world.at(f"2026-11-{when}")
        for message in world.unread(bob.direct.id):
            if "please answer" in world.words(message):
                asked.append(when)
            world.mark(message)
        if when == moves_at:
            bob.dms("/muster timezone Europe/Berlin").hears("Europe/Berlin")
    assert asked == [asked_at, "25 10:00"]
    for place in (room, alice.direct):
        place.skips()


def test_who_moves_between_the_first_clock_and_their_own(
    world: World, room: Place, alice: Actor, bob: Actor
) -> None:
    """Berlin when the run opens in Shanghai; by half past nine there, London: asked then."""
    alice.dms("/muster timezone Asia/Shanghai").hears("Asia/Shanghai")
    bob.dms("/muster timezone Europe/Berlin").hears("Europe/Berlin")
    alice.says("/standup setup 17:00 --closes 18:00 --clock person", room)
    room.skips()
    world.at("2026-11-23 09:00")
    alice.hears("please answer")
    bob.dms("/muster timezone Europe/London").hears("Europe/London")
    world.at("2026-11-23 16:59")
    bob.direct.expects_nothing()
    world.at("2026-11-23 17:00")
    bob.hears("please answer")
    world.at("2026-11-23 17:59")
    room.expects("Stand-up of 2026-11-23")
    room.expects_nothing()
    world.at("2026-11-23 18:00")
    room.expects("Report of 2026-11-23")
    for who in (alice, bob):
        who.direct.skips()


def test_who_comes_from_the_west_is_asked_that_day_too(
    world: World, room: Place, alice: Actor, bob: Actor
) -> None:
    """The run was planned by clocks that nobody has any more."""
    for who in (alice, bob):
        who.dms("/muster timezone America/New_York").hears("America/New_York")
    alice.says("/standup setup 09:30 --closes 11:00 --clock person", room)
    room.skips()
    world.at("2026-11-23 23:00")
    for place in (room, alice.direct, bob.direct):
        place.skips()
    bob.dms("/muster timezone Asia/Shanghai").hears("Asia/Shanghai")
    world.at("2026-11-24 01:29")
    bob.direct.expects_nothing()
    world.at("2026-11-24 01:30")
    assert "late" not in world.words(bob.hears("please answer"))
    assert "late" not in world.words(room.expects("Stand-up of 2026-11-24"))
    world.at("2026-11-24 14:30")
    alice.hears("please answer")
    world.at("2026-11-24 16:00")
    room.expects("Report of 2026-11-24")
    for place in (room, alice.direct, bob.direct):
        place.skips()
