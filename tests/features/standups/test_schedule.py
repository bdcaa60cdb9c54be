"""When a stand-up is: pure rules, for every zone there is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest

from bot.core.calendar import Calendar, Leave, Override
from bot.core.errors import Refused
from bot.core.i18n import plain
from bot.core.text import Reader
from bot.features.calendar.regions import region_of
from bot.features.standups.schedule import (
    EVERY_DAY,
    WORKDAYS,
    Plan,
    clock,
    read_days,
    read_time,
    read_window,
)

ENGLISH = Reader("en", "UTC")
FIRST, LAST = date(2026, 1, 1), date(2027, 12, 31)
DAY = timedelta(days=1)
CHINA = Calendar(region_of("CN"))
SINCE = date(2026, 11, 23)


def _plan(days: str = WORKDAYS, opens: int = 570, since: date = FIRST) -> Plan:
    return Plan(opens, 90, days, since)


def _refusal(call: object, *args: object) -> str:
    with pytest.raises(Refused) as refused:
        call(*args)  # type: ignore[operator]
    return plain(refused.value.message, ENGLISH)


def _switches(zone: ZoneInfo) -> set[date]:
    """The dates around which the clocks of a zone are put forward or back, two years long."""
    found: set[date] = set()
    day, before = FIRST - DAY, None
    while day <= LAST + DAY:
        offset = datetime(day.year, day.month, day.day, 12, tzinfo=zone).utcoffset()
        if before is not None and offset != before:
            found |= {day - DAY, day, day + DAY}
        day, before = day + DAY, offset
    return {day for day in found if FIRST <= day <= LAST}


def test_each_local_date_exactly_once_in_every_zone() -> None:
    """All zones × 24 hours × 2026–2027: each date opens once, on that date, in order.

    Days on which no clock is changed are alike but for their date: of those a few stand for all.
    """
    checked = 0
    for name in sorted(available_timezones()):
        zone = ZoneInfo(name)
        days = _switches(zone) | {FIRST, date(2026, 2, 28), date(2027, 6, 15), LAST}
        for hour in range(24):
            plan = _plan(EVERY_DAY, hour * 60)
            for day in sorted(days):
                opens, closes = plan.span(day, zone)
                before, after = plan.span(day - DAY, zone)[0], plan.span(day + DAY, zone)[0]
                assert before < opens < after, (name, day, hour)
                assert closes - opens == timedelta(minutes=90)
                _is_that_hour(opens, day, hour, zone)
                checked += 1
    assert checked > 50_000


def _is_that_hour(opens: datetime, day: date, hour: int, zone: ZoneInfo) -> None:
    local = opens.astimezone(zone)
    if (local.date(), local.hour, local.minute) == (day, hour, 0):
        assert local.fold == 0, "of two, the first"
        return
    # That local time does not exist: it is the very instant at which the clock goes on.
    before = (opens - timedelta(seconds=1)).astimezone(zone)
    assert before.replace(tzinfo=None) < datetime(day.year, day.month, day.day, hour)  # noqa: DTZ001  as the clock shows it
    assert local.replace(tzinfo=None) > datetime(day.year, day.month, day.day, hour)  # noqa: DTZ001  as the clock shows it
    jump = local.replace(tzinfo=None) - before.replace(tzinfo=None)
    assert jump > timedelta(minutes=1)


@pytest.mark.parametrize(
    ("zone", "day", "at", "instant"),
    [
        ("Europe/Berlin", "2026-03-29", "02:30", "2026-03-29 01:00"),  # does not exist
        ("Europe/Berlin", "2026-10-25", "02:30", "2026-10-25 00:30"),  # twice: the first
        ("America/New_York", "2026-03-08", "02:00", "2026-03-08 07:00"),
        ("America/New_York", "2026-11-01", "01:30", "2026-11-01 05:30"),
        ("Australia/Lord_Howe", "2026-10-04", "02:15", "2026-10-03 15:30"),
        ("Asia/Shanghai", "2026-10-10", "09:30", "2026-10-10 01:30"),
    ],
)
def test_local_times_around_the_clocks(zone: str, day: str, at: str, instant: str) -> None:
    opens, _ = _plan(opens=read_time(at, "")).span(date.fromisoformat(day), ZoneInfo(zone))
    assert opens == datetime.fromisoformat(instant).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "day", ["2026-09-20", "2026-10-10", "2026-02-14", "2026-02-28", "2026-05-09", "2026-01-04"]
)
def test_make_up_days_are_worked_in_china(day: str) -> None:
    that = date.fromisoformat(day)
    assert _plan().is_on(that, CHINA)
    assert not _plan().is_on(that, Calendar())
    assert _plan().next_day(that - DAY, [CHINA]) == that


@pytest.mark.parametrize(
    "day",
    ["2026-09-25", "2026-02-23"]
    + [f"2026-10-0{n}" for n in range(1, 8)]
    + [f"2026-02-{n}" for n in range(16, 21)],
)
def test_holidays_are_not_worked_in_china(day: str) -> None:
    that = date.fromisoformat(day)
    assert not _plan().is_on(that, CHINA)
    if that.weekday() < 5:
        assert not _plan("FREQ=DAILY").is_on(that, CHINA), "a rule does not ask on a day off"
    assert _plan().next_day(that - DAY, [CHINA]) != that
    # Where somebody of another country is there, there is a run, on days that are worked there.
    assert (_plan().next_day(that - DAY, [CHINA, Calendar()]) == that) == (that.weekday() < 5)


def test_of_a_year_that_is_not_published_weekdays_are_worked() -> None:
    assert _plan().next_day(date(2026, 12, 31), [CHINA]) == date(2027, 1, 1)
    assert _plan().next_day(date(2027, 9, 30), [CHINA]) == date(2027, 10, 1)


def test_leave_and_the_teams_own_days() -> None:
    away = Calendar(leave=(Leave(SINCE, SINCE + DAY),))
    assert not _plan().is_on(SINCE, away)
    assert _plan().is_on(SINCE + 2 * DAY, away)
    assert not _plan("FREQ=DAILY").is_on(SINCE, away)
    assert _plan().next_day(SINCE - DAY, [away]) == SINCE, "leave may be taken back by then"
    off = Calendar(overrides={SINCE: Override(is_workday=False)})
    assert _plan().next_day(SINCE - DAY, [off]) == SINCE + DAY


def test_a_rule_names_dates_itself() -> None:
    plan = _plan("FREQ=WEEKLY;INTERVAL=2;BYDAY=SA", since=SINCE)
    saturday = date(2026, 11, 28)
    assert plan.next_day(FIRST, [Calendar()]) == saturday
    assert plan.next_day(saturday, [Calendar()]) == saturday + 14 * DAY
    assert plan.is_on(saturday, Calendar()), "a rule may ask for a Saturday"
    ended = _plan("FREQ=DAILY;UNTIL=20261201", since=SINCE)
    assert ended.next_day(date(2026, 12, 1), [Calendar()]) is None


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("9:30", 570), ("09.30", 570), ("9am", 540), ("9:30 pm", 1290), ("12am", 0), ("12pm", 720),
     ("9点半", 570), ("9点", 540), ("14时", 840), ("９：３０", 570), ("0:00", 0), ("23:59", 1439),
     ("9", 540)],
)  # fmt: skip
def test_times_of_day(text: str, minutes: int) -> None:
    assert read_time(text, "opens") == minutes


@pytest.mark.parametrize(
    "text", ["", "24:00", "9:60", "25", "half past nine", "-1", "9:3:0", "1e3"]
)
def test_what_is_no_time_of_day(text: str) -> None:
    assert "is no time of day. Say for example 09:30." in _refusal(read_time, text, "opens")


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("11:00", 90), ("90m", 90), ("8h", 480), ("24h", 1440), ("90分钟", 90), ("2小时", 120)],
)
def test_windows(text: str, minutes: int) -> None:
    assert read_window(570, text) == minutes


def test_windows_that_cannot_be() -> None:
    assert "It would close at 08:00, before it opens at 09:30." in _refusal(
        read_window, 570, "08:00"
    )
    assert "before it opens" in _refusal(read_window, 570, "09:30")
    for text in ("25h", "1441m", "4m", "0m", "9999h"):
        assert "for 5 minutes at least and a day at most" in _refusal(read_window, 570, text)
    assert "is no time of day" in _refusal(read_window, 570, "soon")


@pytest.mark.parametrize(
    ("text", "kept"),
    [("workdays", WORKDAYS), ("工作日", WORKDAYS), ("daily", EVERY_DAY), ("每天", EVERY_DAY),
     ("mon wed fri", "FREQ=WEEKLY;BYDAY=MO,WE,FR"), ("Tuesdays", "FREQ=WEEKLY;BYDAY=TU"),
     ("周一、周三", "FREQ=WEEKLY;BYDAY=MO,WE"), ("每周一三五", "FREQ=WEEKLY;BYDAY=MO,WE,FR"),
     ("rrule:freq=weekly;interval=2;byday=tu", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU")],
)  # fmt: skip
def test_days(text: str, kept: str) -> None:
    assert read_days(text, SINCE) == kept


@pytest.mark.parametrize(
    ("text", "why"),
    [("sometimes", "are no days"), ("", "are no days"), ("monkey", "are no days"),
     ("FREQ=HOURLY", "once a day at most"), ("FREQ=DAILY;BYHOUR=9,17", "once a day at most"),
     ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "it would never be"),
     ("FREQ=DAILY;UNTIL=20200101", "it would never be"),
     ("FREQ=WEEKLY;BYDAY=XX", "is no rule that I understand"), ("FREQ=", "is no rule"),
     ("FREQ=DAILY;COUNT=3", "is no rule"), ("FREQ=DAILY;INTERVAL=0", "is no rule")],
)  # fmt: skip
def test_days_that_cannot_be(text: str, why: str) -> None:
    assert why in _refusal(read_days, text, SINCE)


def test_a_clock_is_written_with_two_digits() -> None:
    assert [clock(570), clock(0), clock(1500)] == ["09:30", "00:00", "01:00"]
