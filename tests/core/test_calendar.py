"""Which days are worked, as far as that follows from region, team and leave alone."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.core.calendar import Calendar, Day, Kind, Leave, Override, Weekdays

MONDAY = date(2026, 11, 23)
SATURDAY = date(2026, 11, 28)


def test_nowhere_in_particular_monday_to_friday_are_worked() -> None:
    week = [MONDAY + timedelta(n) for n in range(7)]
    assert [Calendar().is_workday(day) for day in week] == [True] * 5 + [False] * 2
    assert Calendar().day(MONDAY) == Day(MONDAY, Kind.WORKDAY, is_workday=True)
    assert Calendar().day(SATURDAY).kind is Kind.WEEKEND
    assert Weekdays().is_published(2099)


def test_the_team_knows_better_than_the_region() -> None:
    days = Calendar(overrides={MONDAY: Override(False, "Party"), SATURDAY: Override(True)})
    party = days.day(MONDAY)
    assert (party.kind, party.is_workday, party.called("zh")) == (Kind.OVERRIDE, False, "Party")
    assert days.is_workday(SATURDAY)


def test_leave_comes_before_everything_and_has_no_reason() -> None:
    away = Leave(MONDAY, SATURDAY)
    days = Calendar(overrides={MONDAY: Override(True, "Release")}, leave=(away,))
    assert days.day(MONDAY) == Day(MONDAY, Kind.LEAVE, is_workday=False)
    assert days.day(SATURDAY).kind is Kind.WEEKEND
    assert days.is_away(SATURDAY)
    assert not days.is_away(SATURDAY + timedelta(1))


@pytest.mark.parametrize(
    ("count", "reached"), [(1, "2026-11-30"), (3, "2026-12-02"), (6, "2026-12-07")]
)
def test_workdays_are_counted_from_the_next(count: int, reached: str) -> None:
    friday = date(2026, 11, 27)
    assert Calendar().plus_workdays(friday, count) == date.fromisoformat(reached)
    assert Calendar().plus_workdays(SATURDAY, count) == date.fromisoformat(reached)


def test_workdays_of_a_span_have_both_its_ends() -> None:
    assert Calendar().workdays(MONDAY, MONDAY) == [MONDAY]
    assert Calendar().workdays(SATURDAY, SATURDAY) == []
    assert Calendar().workdays(MONDAY, MONDAY - timedelta(1)) == []
    assert len(Calendar().workdays(date(2026, 11, 1), date(2026, 11, 30))) == 21


def test_the_next_workday_at_nine() -> None:
    zone = ZoneInfo("America/New_York")
    friday = datetime(2026, 11, 27, 9, 0, tzinfo=zone)
    day, at = Calendar().next_at(friday, time(9), zone)
    assert (day, at.astimezone(zone).isoformat()) == (
        date(2026, 11, 30),
        "2026-11-30T09:00:00-05:00",
    )
    day, at = Calendar().next_at(friday - timedelta(microseconds=1), time(9), zone)
    assert (day, at) == (date(2026, 11, 27), friday)


def test_a_name_is_said_in_chinese_where_it_is_known() -> None:
    day = Day(MONDAY, Kind.HOLIDAY, is_workday=False, name="National Day", name_zh="国庆节")
    assert [day.called(lang) for lang in ("en", "zh", "both")] == [
        "National Day",
        "国庆节",
        "National Day",
    ]
    assert Day(MONDAY, Kind.HOLIDAY, is_workday=False, name="Memorial Day").called("zh") == (
        "Memorial Day"
    )
