"""Rules of dates, against the library that everybody uses for them."""

from __future__ import annotations

from calendar import isleap
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core import recurrence
from bot.core.recurrence import Recurrence

SINCE = date(2026, 11, 23)
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


def _ours(rule: str, since: date, days: int) -> list[date]:
    made = Recurrence.parse(rule, since)
    every = (since + timedelta(n) for n in range(days))
    return [day for day in every if made.is_on(day)]


def _theirs(rule: str, since: date, days: int) -> list[date]:
    last = datetime.combine(since + timedelta(days - 1), time())
    if "UNTIL" not in rule:
        rule += f";UNTIL={last:%Y%m%d}"
    found = rrulestr(rule, dtstart=datetime.combine(since, time()))
    return [each.date() for each in found if each <= last]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY",
        "FREQ=DAILY;INTERVAL=3;BYDAY=MO,TU,WE,TH,FR",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=SU",
        "FREQ=WEEKLY",
        "FREQ=MONTHLY",
        "FREQ=MONTHLY;BYDAY=-1FR",
        "FREQ=MONTHLY;BYMONTHDAY=-1",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        "FREQ=MONTHLY;INTERVAL=2;BYDAY=1MO,3MO",
        "FREQ=YEARLY;BYMONTH=3,6",
        "FREQ=YEARLY;BYMONTH=3;BYDAY=2TU",
        "FREQ=YEARLY;BYDAY=-1MO",
        "FREQ=WEEKLY;UNTIL=20270101;BYDAY=WE",
    ],
)
def test_dates_are_those_of_the_library(rule: str) -> None:
    assert _ours(rule, SINCE, 900) == _theirs(rule, SINCE, 900)
    assert _ours(rule, SINCE, 900)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["DAILY", "WEEKLY", "MONTHLY"]),
    st.integers(1, 5),
    st.sets(st.sampled_from(DAYS), max_size=4),
    st.dates(date(2026, 1, 1), date(2027, 12, 31)),
)
def test_any_simple_rule_is_as_in_the_library(
    freq: str, interval: int, days: set[str], since: date
) -> None:
    rule = f"FREQ={freq};INTERVAL={interval}"
    rule += f";BYDAY={','.join(sorted(days))}" if days else ""
    assert _ours(rule, since, 400) == _theirs(rule, since, 400)


@pytest.mark.parametrize(
    ("rule", "dates"),
    [
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", ["11-24", "12-08", "12-22"]),
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR",
            ["11-23", "11-27", "12-07", "12-11", "12-21", "12-25"],
        ),
        ("FREQ=MONTHLY;BYDAY=-1FR", ["11-27", "12-25"]),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", ["11-30", "12-31"]),
        ("FREQ=DAILY;INTERVAL=10;UNTIL=20261220T235959Z", ["11-23", "12-03", "12-13"]),
        ("FREQ=YEARLY;BYWEEKNO=50;BYDAY=WE", ["12-09"]),
        ("FREQ=YEARLY;BYYEARDAY=-1", ["12-31"]),
    ],
)
def test_dates_by_hand(rule: str, dates: list[str]) -> None:
    assert [f"{day:%m-%d}" for day in _ours(rule, SINCE, 39)] == dates


def test_a_rule_goes_on_through_the_years() -> None:
    rule = Recurrence.parse("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", SINCE)
    first = date(2026, 11, 24)
    every = [first + timedelta(14 * n) for n in range(300)]
    assert all(rule.is_on(day) and not rule.is_on(day + timedelta(7)) for day in every)
    assert not rule.is_on(first - timedelta(14))


PARTS = {
    "FREQ": ["DAILY", "WEEKLY", "MONTHLY", "YEARLY", "HOURLY", ""],
    "INTERVAL": ["1", "0", "999", "-1"],
    "BYDAY": ["MO", "-1FR", "53SU", "54SU", "0MO", "MO,MO", "M"],
    "BYMONTHDAY": ["31", "-31", "0", "32", "1,-1"],
    "BYMONTH": ["2", "13", "0", "12,12"],
    "BYSETPOS": ["1", "-1", "0", "400"],
    "BYYEARDAY": ["366", "-1", "367"],
    "BYWEEKNO": ["53", "-53", "0", "54"],
    "WKST": ["SU", "1"],
    "UNTIL": ["20270101", "20261301", "x"],
    "COUNT": ["3"],
    "BYHOUR": ["9"],
}


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(sorted(PARTS)).flatmap(
            lambda name: st.sampled_from([f"{name}={value}" for value in PARTS[name]])
        ),
        max_size=5,
    )
)
def test_whatever_is_typed_ends_and_raises_nothing_else(parts: list[str]) -> None:
    try:
        rule = Recurrence.parse(";".join(parts), SINCE)
    except ValueError:
        return
    assert isinstance(any(rule.is_on(SINCE + timedelta(n)) for n in range(400)), bool)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;INTERVAL=7;BYDAY=TU",
        "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=2",
    ],
)
def test_a_rule_of_no_date_is_not_looked_for_through_eight_thousand_years(
    rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    began: list[int] = []

    def noted(rule: str, dtstart: datetime) -> Any:
        began.append(dtstart.year)
        return rrulestr(rule, dtstart=dtstart)

    made = Recurrence.parse(rule, SINCE)
    monkeypatch.setattr(recurrence, "rrulestr", noted)
    assert not any(made.is_on(SINCE + timedelta(n)) for n in range(900))
    assert began
    assert all(date.max.year - year < 400 for year in began)


def test_leap_days_are_where_they_are() -> None:
    rule = Recurrence.parse("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", SINCE)
    years = (2027, 2028, 2099, 2100, 2104, 2399, 2400, 2401, 2404)
    leap = [year for year in years if rule.is_on(date(year, 2, 28) + timedelta(1))]
    assert leap == [year for year in years if isleap(year)]


@pytest.mark.parametrize(
    "rule",
    ["", "FREQ=HOURLY", "FREQ=DAILY;COUNT=3", "FREQ=WEEKLY;INTERVAL=0", "FREQ=WEEKLY;BYDAY=XX",
     "FREQ=WEEKLY;BYDAY=2TU", "FREQ=DAILY;BYSETPOS=1", "FREQ=WEEKLY;UNTIL=20261399", "BYDAY=MO",
     "FREQ"],
)  # fmt: skip
def test_what_is_no_rule_is_refused(rule: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  it has no words: nobody sees it
        Recurrence.parse(rule, SINCE)
