from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.core.clock import MovableClock, SystemClock

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def test_the_computers_clock_knows_its_zone() -> None:
    assert SystemClock().now().tzinfo is UTC


def test_a_frozen_clock_stands_still_until_it_is_moved() -> None:
    clock = MovableClock(AT, frozen=True)
    assert clock.now() == clock.now() == AT
    later = AT.astimezone() + timedelta(hours=1)
    clock.move_to(later)
    assert clock.now() == later
    assert clock.now().tzinfo is UTC


def test_a_running_clock_runs_on_from_where_it_was_moved() -> None:
    clock = MovableClock()
    before = clock.now()
    clock.move_to(before + timedelta(days=1))
    moved = clock.now() - before
    assert timedelta(days=1) <= moved < timedelta(days=1, minutes=1)


def test_a_running_clock_can_start_anywhere() -> None:
    clock = MovableClock(AT)
    assert timedelta() <= clock.now() - AT < timedelta(minutes=1)


@pytest.mark.parametrize("frozen", [True, False])
def test_no_clock_goes_back(frozen: bool) -> None:
    clock = MovableClock(AT, frozen=frozen)
    with pytest.raises(ValueError, match="does not go back"):
        clock.move_to(AT - timedelta(seconds=1))
