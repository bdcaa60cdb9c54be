"""The queue behind docs/scaling.md is one as the books know it, and its table is what it gives."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from benchmarks import growth
from benchmarks.growth import Habits, arrivals
from benchmarks.queueing import Load, simulate
from benchmarks.table import table

#: Ten minutes of commands alone, on one process; the database takes no time.
ALONE = Load(
    seed=3,
    rates=(70.0,) * 10,
    backlog=0,
    backlog_at=60.0,
    effects=0.0,
    processes=1,
    hands=32,
    cores=4,
    timers=8,
    command=(0.01, 0.0),
    effect=(0.0, 0.0),
    plan=(0.0, 0.0),
    platform=0.1,
)
#: As many effects at once, which cost nothing but the platform's time.
BACKLOG = replace(ALONE, rates=(0.0,) * 10, backlog=3_200)


def test_commands_wait_as_the_formula_of_pollaczek_and_khinchine_says() -> None:
    found = simulate(ALONE)

    busy = 70.0 * 0.01
    assert found.mean == pytest.approx(0.01 + busy * 0.01 / (2 * (1 - busy)), rel=0.05)
    assert found.busy == pytest.approx(busy, rel=0.05)


def test_as_many_effects_go_out_as_there_are_hands() -> None:
    one, two = simulate(BACKLOG), simulate(replace(BACKLOG, processes=2))

    assert one.cleared == pytest.approx(3_200 / 32 * 0.1)
    assert two.cleared == pytest.approx(one.cleared / 2)


def test_a_backlog_that_is_not_delivered_in_time_says_so() -> None:
    assert math.isinf(simulate(replace(BACKLOG, platform=60.0)).cleared)


def test_a_command_waits_for_the_timers_that_a_process_has_in_hand() -> None:
    planned = replace(ALONE, rates=(1.0,) * 10, backlog=100_000, plan=(0.05, 0.0))

    eight, one = simulate(planned), simulate(replace(planned, timers=1))

    assert eight.p50 == pytest.approx(0.01 + 8 * 0.05, abs=0.05)
    assert one.p50 < 0.01 + 2 * 0.05


def test_where_web_and_worker_are_apart_no_command_waits_for_a_timer() -> None:
    planned = replace(ALONE, rates=(1.0,) * 10, backlog=100_000, plan=(0.05, 0.0), processes=2)

    assert simulate(replace(planned, web=1)).p99 < 0.03
    assert simulate(planned).p99 > 0.4


def test_the_database_is_waited_for_too() -> None:
    narrow = replace(ALONE, cores=1, command=(0.001, 0.01))

    found = simulate(narrow)

    assert found.mean > simulate(replace(narrow, cores=8)).mean > 0.011 - 1e-9
    assert found.database == pytest.approx(0.7, rel=0.05)


def test_what_is_never_served_counts_as_waited_for_ever() -> None:
    assert math.isinf(simulate(replace(ALONE, rates=(150.0,) * 10)).p99)


def test_the_same_load_gives_the_same_waits() -> None:
    assert simulate(ALONE) == simulate(ALONE)
    assert simulate(ALONE) != simulate(replace(ALONE, seed=4))


def test_a_day_has_everybodys_commands_and_answers() -> None:
    habits = Habits()

    day = arrivals(100, habits)

    asked = day.people * habits.standup
    assert sum(day.prompts) == pytest.approx(asked)
    typed = day.people * habits.active * habits.commands
    assert sum(day.commands) == pytest.approx(typed + asked, rel=0.001)


def test_stand_ups_open_at_their_local_time() -> None:
    habits = replace(Habits(), zones=((8 * 60, 1.0),), opens=((9 * 60 + 30, 1.0),))

    day = arrivals(10, habits)

    assert [minute for minute, count in enumerate(day.prompts) if count] == [90]


def test_the_page_shows_what_the_simulation_gives() -> None:
    page = growth.DOCUMENT.read_text(encoding="utf-8")

    rows = growth.rows_of("100 workspaces", 100, Habits())

    missing = [line for line in table(rows).splitlines()[2:] if line not in page]
    assert missing == [], "python -m benchmarks.growth --save writes it anew"


def test_saving_changes_nothing_but_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "SIZES", (5,))
    start, end = growth.MARKS

    found = growth.written(f"before\n{start}\nold\n{end}\nafter\n")

    assert found.startswith(f"before\n{start}\n| what | simulated |")
    assert found.endswith(f"{end}\nafter\n")
    assert "old" not in found
