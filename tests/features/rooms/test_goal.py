"""A goal that can be measured, and how far it has come."""

from __future__ import annotations

import pytest

from bot.core.plaintext import bar
from tests.world import Actor, Place


def test_a_goal_that_goes_down(room: Place, bob: Actor) -> None:
    bob.says(
        "/warroom goal p99 latency --unit ms --from 1200 --to 300 --due friday", room
    ).hears_nothing()
    goal = "p99 latency, from 1,200 to 300 ms, by Fri 27 Nov 2026"
    room.expects(f"@Bob set the goal: {goal}")
    room.card_says(f"Goal: {goal}")
    bob.says("/warroom reading 640", room).hears_nothing()
    room.expects("@Bob measured p99 latency: 640 ms now, 62% of the way")
    room.card_says(f"{goal}: {bar(0.62)} 640 ms now, 62% of the way")


def test_a_goal_that_goes_up(room: Place, chen: Actor, alice: Actor) -> None:
    alice.says("/warroom invite @陈工", room).hears("Bringing")
    chen.says(
        "/攻关 目标 支付成功率 --单位 % --从 92 --到 99.5 --截止 下周五", room
    ).hears_nothing()
    room.expects("支付成功率, from 92 to 99.5%")
    chen.says("/攻关 读数 96％", room).hears_nothing()
    room.card_says(f"{bar(0.53)} 96% now, 53% of the way")
    room.skips()


@pytest.mark.parametrize(
    ("reading", "share", "words"),
    [
        ("1200", 0, "0% of the way"),
        ("300", 1, "100% of the way"),
        ("200", 1, "111% of the way"),
        ("1500", 0, "-33% of the way"),
        ("1,200.00", 0, "0% of the way"),
        ("-1e9", 1, "999% of the way"),
    ],
)
def test_how_far_it_has_come(
    room: Place, bob: Actor, reading: str, share: float, words: str
) -> None:
    bob.says("/warroom goal Latency --from 1200 --to 300", room).hears_nothing()
    bob.says(f"/warroom reading {reading}", room).hears_nothing()
    room.skips()
    room.card_says(bar(share), words)


def test_without_a_baseline_the_first_reading_is_it(room: Place, bob: Actor) -> None:
    bob.says("/warroom goal Latency --to 300", room).hears_nothing()
    room.expects("set the goal: Latency, to 300")
    bob.says("/warroom reading 1200", room).hears_nothing()
    room.expects("1,200 now, 0% of the way")
    bob.says("/warroom reading 300", room).hears_nothing()
    room.expects("300 now, 100% of the way")
    room.card_says("Latency, from 1,200 to 300", bar(1))


def test_a_goal_that_begins_where_it_ends_by_its_first_reading(room: Place, bob: Actor) -> None:
    bob.says("/warroom goal Errors --to 0", room).hears_nothing()
    bob.says("/warroom reading 0", room).hears_nothing()
    room.expects("set the goal")
    room.expects("0 now, 100% of the way")
    bob.says("/warroom reading 5", room).hears_nothing()
    room.expects("5 now, 0% of the way")


def test_a_goal_of_words_alone(room: Place, bob: Actor) -> None:
    bob.says("/warroom goal Nobody is paged at night", room).hears_nothing()
    room.expects("@Bob set the goal: Nobody is paged at night")
    room.card_says("Goal: Nobody is paged at night")
    bob.says("/warroom reading 3", room).hears("WR-1 has no goal with a target to measure.")


def test_another_goal_starts_afresh(room: Place, bob: Actor) -> None:
    bob.says("/warroom goal Latency --from 1200 --to 300", room).hears_nothing()
    bob.says("/warroom reading 640", room).hears_nothing()
    bob.says("/warroom goal Errors --from 50 --to 0", room).hears_nothing()
    room.skips()
    room.card_says("Goal: Errors, from 50 to 0")
    room.card_lacks("640", "Latency")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("/warroom goal Latency --from 300 --to 300", "begins where it ends"),
        ("/warroom goal Latency --from 300", "Say also which value is to be reached."),
        ("/warroom goal Latency --to fast", "fast is not a number."),
        ("/warroom goal Latency --to nan", "nan is not a number."),
        ("/warroom goal Latency --to 1e400", "1e400 is not a number."),
        ("/warroom goal Latency --to 1,5", "1,5 is not a number."),
        ("/warroom goal Latency --to 3 --due 1799-01-01", "too far away"),
        ("/warroom goal Latency --form 3", "There is no --form. Did you mean --from?"),
        ("/warroom reading", None),
        ("/warroom reading lots", "lots is not a number."),
        ("/warroom reading ½½", "½½ is not a number."),
    ],
)
def test_goals_and_readings_that_are_none(
    room: Place, bob: Actor, said: str, why: str | None
) -> None:
    answer = bob.says(said, room)
    if why is None:
        assert answer.form.command == "warroom reading"
    else:
        answer.hears(why, f"> {said}")
    room.card_lacks("Goal")


def test_a_goal_by_its_form(room: Place, bob: Actor) -> None:
    said = bob.says("/warroom goal Revenue --to 1234567.5", room)
    said.hears_nothing()
    room.expects("Revenue, to 1,234,567.5")
    form = bob.says("/warroom goal --from 1000000 --to 1234567", room)
    assert (form.value("baseline"), form.value("target")) == ("1000000", "1234567")
    form.fills(metric="Revenue", due="tomorrow").hears_nothing()
    room.expects("Revenue, from 1,000,000 to 1,234,567, by Tue 24 Nov 2026")
