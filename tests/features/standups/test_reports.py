"""Reports: how they are ordered, of whom they speak, where else they are posted, and the past."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Connection, func, select

from bot.core.errors import Refused
from bot.core.events import ChannelMadePrivate
from bot.features.standups.reading import read_past
from storage.rows import table_of
from storage.tables import LiveCard
from tests.features.standups.stage import answers
from tests.world import Actor, Place, World


@pytest.mark.parametrize(
    ("missing", "has", "lacks"),
    [
        ("nothing", (), ("Alice", "Still to come")),
        ("named", ("Still to come: Alice",), ("@Alice",)),
        ("mentioned", ("Still to come: @Alice",), ()),
    ],
)
def test_how_the_missing_are_treated(
    world: World, standup: Place, alice: Actor, bob: Actor, missing: str, has: tuple[str, ...],
    lacks: tuple[str, ...],
) -> None:  # fmt: skip
    alice.says(f"/standup edit --missing {missing} --remind no", standup).hears_nothing()
    standup.skips()
    world.at("2026-11-23 09:30")
    answers(bob, since="Here").hears("Thank you.")
    alice.hears("please answer")
    world.at("2026-11-23 11:00")
    alice.direct.expects_nothing()
    report = world.words(standup.expects("Report", "Here", *has))
    assert not [word for word in lacks if word in report]
    for place in (standup, alice.direct, bob.direct):
        place.skips()


def test_by_question(world: World, standup: Place, alice: Actor, bob: Actor) -> None:
    alice.says("/standup edit --layout question", standup)
    standup.skips()
    world.at("2026-11-23 09:30")
    answers(alice, since="A since", next="A next").hears("Thank you.")
    answers(bob, since="B since", mood="2").hears("Thank you.")
    standup.skips()
    words = world.words(world.messages(standup.id)[-1])
    order = ["Report of", "have you done", "A since", "B since", "will you do next", "A next", "2"]
    places = [words.index(each) for each in order[:-1]]
    assert places == sorted(places)
    for who in (alice, bob):
        who.direct.skips()


@pytest.fixture
def copied(world: World, standup: Place, alice: Actor, olga: Actor) -> Place:
    """A second channel that gets the reports too."""
    other = Place(world, world.run(world.playground.create_channel(olga.id, "leads")).id)
    alice.joins(other)
    alice.says("/standup edit --copy here", standup).hears("Say it in the channel that")
    alice.dms("/standup edit --copy here --room WR-1").hears("Say it in the channel that")
    alice.says("/standup edit WR-1 --copy here", other).hears("@Alice changed the stand-up")
    standup.expects("@Alice changed the stand-up")
    return other


def test_a_second_channel(
    world: World, standup: Place, copied: Place, alice: Actor, bob: Actor
) -> None:
    world.at("2026-11-23 09:30")
    answers(bob, since="For the leads too").hears("Thank you.")
    copied.expects_nothing()
    world.at("2026-11-23 11:00")
    there = copied.expects("Report of 2026-11-23: WR-1 Payment timeouts", "For the leads too")
    assert there.thread is None
    answers(alice, since="Late, but there").hears("added late")
    assert "Late, but there" in world.words(world.town.messages.get(there.id))
    alice.says("/standup edit WR-1 --copy off", copied).hears("@Alice changed the stand-up")
    world.at("2026-11-24 11:00")
    copied.expects_nothing()
    for place in (standup, alice.direct, bob.direct):
        place.skips()


def test_a_second_channel_learns_nothing_of_a_private_room(
    world: World, standup: Place, copied: Place, alice: Actor, bob: Actor
) -> None:
    world.at("2026-11-23 09:30")
    answers(bob, since="Still public").hears("Thank you.")
    world.at("2026-11-23 11:00")
    there = copied.expects("Still public")
    alice.reports(ChannelMadePrivate(standup.id), standup)
    answers(alice, since="Secret by now").hears("added late")
    words = world.words(world.town.messages.get(there.id))
    assert "no longer shown here" in words
    assert "Secret" not in words
    world.at("2026-11-24 11:00")
    copied.expects_nothing()
    alice.says("/standup edit WR-1 --copy here", copied).hears("is private: its report stays there")
    for place in (standup, alice.direct, bob.direct):
        place.skips()


def test_reports_of_the_past(world: World, standup: Place, alice: Actor, bob: Actor) -> None:
    bob.says("/standup report", standup).hears("There was no stand-up of WR-1 then.")
    bob.says("/standup history", standup).hears("WR-1 has had no stand-up yet.")
    world.at("2026-11-23 09:30")
    answers(bob, since="On Monday").hears("Thank you.")
    bob.says("/standup report", standup).hears("On Monday", "Still to come: Alice")
    world.at("2026-11-24 12:00")
    for said in ("2026-11-23", "yesterday", "昨天", "monday", "周一", "11月23日", "11-23"):
        bob.says(f"/standup report {said}", standup).hears("Report of 2026-11-23", "On Monday")
    bob.says("/standup report", standup).hears("Report of 2026-11-24", "Nobody had anything")
    bob.says("/standup report 2026-11-22", standup).hears("There was no stand-up of WR-1 then.")
    bob.says("/standup report tomorrow", standup).hears("is no day that I understand", "> /standup")
    bob.says("/standup report 2026-02-30", standup).hears("is no day that I understand")
    bob.says("/standup report 2026-11-25", standup).hears("There was no stand-up")
    bob.dms("/standup report yesterday --room WR-1").hears("On Monday")
    for place in (standup, alice.direct, bob.direct):
        place.skips()


@pytest.mark.parametrize(
    ("text", "day"),
    [("today", "2026-11-24"), ("前天", "2026-11-22"), ("tue", "2026-11-24"),
     ("星期三", "2026-11-18"),
     ("12-25", "2025-12-25"), ("2026年1月2日", "2026-01-02"), ("礼拜天", "2026-11-22")],
)  # fmt: skip
def test_days_of_the_past(text: str, day: str) -> None:
    assert read_past(text, date(2026, 11, 24)) == date.fromisoformat(day)


@pytest.mark.parametrize("text", ["", "someday", "13-45", "2026-1", "0-0", "2月30日"])
def test_what_is_no_day(text: str) -> None:
    with pytest.raises(Refused):
        read_past(text, date(2026, 11, 24))


def test_the_trend_is_of_ten_runs_and_of_nobody(
    world: World, standup: Place, alice: Actor, bob: Actor
) -> None:
    for n in range(12):
        day = (
            f"2026-{'11' if n < 6 else '12'}-{(23 + n if n < 5 else 25 + n if n < 6 else n - 5):02}"
        )
        world.at(f"{day} 09:31")
        if world.muster.clock.now().weekday() < 5:
            answers(bob, since=f"Day {n}", mood=str(n % 5 + 1)).hears("Thank you.")
    world.at("2026-12-07 09:31")
    answers(alice, since="Both", mood="5").hears("Thank you.")
    answers(bob, since="Both", mood="4").hears("Thank you.")
    words = world.words(world.messages(standup.id)[-1])
    lately = next(line for line in words.splitlines() if line.startswith("Answers lately"))
    assert lately.endswith("100%")
    bars = lately.removeprefix("Answers lately: ").split()[0]
    assert len(bars) == 10
    assert bars[-1] == "█"
    mood = next(line for line in words.splitlines() if line.startswith("Mood lately"))
    assert mood.endswith(" 4.5")
    assert "Alice" not in lately + mood
    for place in (standup, alice.direct, bob.direct):
        place.skips()


def test_a_year_later_the_chat_is_left_as_it_is(
    world: World, standup: Place, alice: Actor, bob: Actor
) -> None:
    def live(conn: Connection) -> int:
        shown = table_of(LiveCard)
        is_asked = shown.c.live.like("standup-prompt%") | shown.c.live.like("standup-reminder%")
        query = select(func.count()).where(shown.c.live.like("standup%"), ~is_asked)
        return int(conn.execute(query).scalar_one())

    world.at("2026-11-23 09:30")
    answers(bob, since="Long ago").hears("Thank you.")
    world.at("2026-11-24 12:00")
    before = world.read(lambda tx: live(tx.conn))
    assert before == 5, "two heads, two reports, an answer"
    alice.says("/standup pause", standup)
    world.at("2027-11-23 08:00")
    assert world.read(lambda tx: live(tx.conn)) == before
    alice.says("/standup resume", standup)
    world.at("2027-11-23 11:00")
    assert world.read(lambda tx: live(tx.conn)) == 4, "those of the first day are let go"
    world.at("2027-11-24 11:00")
    assert world.read(lambda tx: live(tx.conn)) == 4, "and those of the second one"
    for place in (standup, alice.direct, bob.direct):
        place.skips()
