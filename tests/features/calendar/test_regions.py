"""Regions: verified days, make-up workdays, unpublished years, names in two languages."""

from __future__ import annotations

from datetime import date, timedelta

import holidays
import pytest

from bot.core.calendar import Calendar, Kind, Weekdays
from bot.features.calendar import regions
from bot.features.calendar.regions import (
    find_region,
    near_regions,
    region_name,
    region_of,
    region_of_zone,
)

CHINA = region_of("CN")
GUOQING = [date(2026, 10, day) for day in range(1, 8)]
SPRING = [*(date(2026, 2, day) for day in range(16, 21)), date(2026, 2, 23)]


@pytest.mark.parametrize(
    "day", ["2026-09-20", "2026-10-10", "2026-02-14", "2026-02-28", "2026-05-09", "2026-01-04"]
)
def test_the_make_up_workdays_of_china(day: str) -> None:
    found = CHINA.day(date.fromisoformat(day))
    assert (found.kind, found.is_workday) == (Kind.MAKE_UP, True)
    assert found.on.weekday() >= 5
    assert found.swapped is not None
    assert CHINA.day(found.swapped).swapped == found.on
    assert not CHINA.day(found.swapped).is_workday


@pytest.mark.parametrize("day", [date(2026, 9, 25), *GUOQING, *SPRING])
def test_the_days_off_of_china(day: date) -> None:
    assert not CHINA.day(day).is_workday


def test_china_works_on_248_days_of_2026() -> None:
    """365 days, 104 on weekends, 19 weekdays off, 6 days of weekends worked."""
    days = Calendar(CHINA).workdays(date(2026, 1, 1), date(2026, 12, 31))
    assert len(days) == 365 - 104 - 19 + 6


def test_a_year_that_is_not_published_has_its_weekdays() -> None:
    assert CHINA.is_published(2026)
    assert not CHINA.is_published(2027)
    year = [date(2027, 1, 1) + timedelta(n) for n in range(365)]
    assert all(CHINA.day(day).is_workday is (day.weekday() < 5) for day in year)
    assert {CHINA.day(day).kind for day in year} == {Kind.WORKDAY, Kind.WEEKEND}
    assert region_of("DE").is_published(2027)
    assert region_of("DE").day(date(2027, 1, 1)).kind is Kind.HOLIDAY


def test_no_date_and_no_region_raises() -> None:
    ends = [date(1, 1, 1), date(1949, 1, 1), date(2026, 12, 31), date(2100, 12, 31), date.max]
    for code in holidays.list_supported_countries(include_aliases=False):
        region = region_of(code)
        assert region.code == code
        for day in ends:
            assert region.day(day).on == day
        for year in (1900, 2026, 2036, 2101, 9999):
            region.is_published(year)


@pytest.mark.parametrize(
    ("code", "day", "is_workday"),
    [
        ("DE", "2026-01-06", True),
        ("DE-BY", "2026-01-06", False),  # Epiphany
        ("US", "2026-03-31", True),
        ("US-CA", "2026-03-31", False),  # Cesar Chavez Day
        ("SA", "2026-11-27", False),  # a Friday
        ("SA", "2026-11-29", True),  # a Sunday
        ("HK", "2026-11-28", False),  # a Saturday: see regions.py
        ("US", "2021-12-31", False),  # New Year's Day of 2022, a Saturday
        ("HU", "2026-01-10", True),  # a Saturday, worked for the 2nd
    ],
)
def test_days_elsewhere(code: str, day: str, is_workday: bool) -> None:
    assert region_of(code).day(date.fromisoformat(day)).is_workday is is_workday


def test_names_of_days() -> None:
    day = CHINA.day(date(2026, 9, 25))
    assert (day.called("en"), day.called("zh")) == ("Mid-Autumn Festival", "中秋节")
    unity = region_of("DE").day(date(2026, 10, 3))
    assert unity.called("zh") == unity.called("en") == "German Unity Day"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("CN", "CN"),
        ("ｃｎ", "CN"),
        ("CHN", "CN"),
        ("中国", "CN"),
        ("China", "CN"),
        ("香港", "HK"),
        ("Hong Kong", "HK"),
        ("台湾", "TW"),
        ("Germany", "DE"),
        ("德国", "DE"),
        ("usa", "US"),
        ("United Kingdom", "GB"),
        ("UK", "GB"),
        ("de-by", "DE-BY"),
        ("DE BY", "DE-BY"),
        ("Germany, Bayern", "DE-BY"),
        ("US-CA", "US-CA"),
        ("加州", "US-CA"),
        ("South Korea", "KR"),
        ("新加坡", "SG"),
    ],
)
def test_regions_by_their_names(said: str, meant: str) -> None:
    assert find_region(said) == meant


@pytest.mark.parametrize("said", ["", "X", "US-ZZ", "DE-BY-MUC", "Germany Texas", "中", "-", "CN-"])
def test_what_is_no_region(said: str) -> None:
    assert find_region(said) is None


def test_every_name_leads_to_a_region() -> None:
    for name, code in regions._names().items():
        assert find_region(name) == code
        assert region_of(code).code == code, name


def test_slips() -> None:
    assert near_regions("Germny") == ["DE"]
    assert near_regions("Q") == []


def test_names_of_regions() -> None:
    assert region_name("CN", "zh") == "中国"
    assert region_name("DE-BY", "en") == "Germany (BY)"


def test_what_is_stored_and_known_no_longer_is_nowhere_in_particular() -> None:
    assert region_of("XX") == region_of("DE-XX") == region_of(None) == Weekdays()


@pytest.mark.parametrize(
    ("zone", "code"),
    [
        ("Asia/Shanghai", "CN"),
        ("America/New_York", "US"),
        ("UTC", None),
        ("Antarctica/Troll", None),
    ],
)
def test_the_country_of_a_time_zone(zone: str, code: str | None) -> None:
    assert region_of_zone(zone) == code
