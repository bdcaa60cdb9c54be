"""Local times become instants, and spans of time working time, whatever the clocks do."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.calendar import Calendar, Leave, NoWorkdays, Override
from bot.core.calendar_hours import Hours, instant_of

BERLIN = ZoneInfo("Europe/Berlin")
SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST, LAST = date(2026, 1, 1), date(2027, 12, 31)
HOUR = timedelta(hours=1)


# Local times.


def test_a_time_that_does_not_exist_is_the_next_that_does() -> None:
    found = instant_of(date(2026, 3, 29), time(2, 30), BERLIN)
    assert found.astimezone(BERLIN).isoformat() == "2026-03-29T03:00:00+02:00"


def test_a_time_that_happens_twice_is_the_first() -> None:
    found = instant_of(date(2026, 10, 25), time(2, 30), BERLIN)
    assert found.astimezone(BERLIN).isoformat() == "2026-10-25T02:30:00+02:00"


def test_a_gap_at_midnight_ends_on_its_date() -> None:
    cairo = ZoneInfo("Africa/Cairo")
    found = instant_of(date(2026, 4, 24), time(0), cairo)
    assert found.astimezone(cairo).isoformat() == "2026-04-24T01:00:00+03:00"


def test_a_gap_before_midnight_ends_on_the_next_date() -> None:
    nuuk = ZoneInfo("America/Nuuk")
    found = instant_of(date(2026, 3, 28), time(23), nuuk)
    assert found.astimezone(nuuk).isoformat() == "2026-03-29T00:00:00-01:00"
    assert found < instant_of(date(2026, 3, 29), time(0, 1), nuuk)


def _behaviours() -> dict[tuple[object, ...], str]:
    """One zone for each way in which clocks are moved in 2026 and 2027, or never.

    Zones that have the same offset at first, and move to the same offsets at the same instants,
    give every local time the same instant. (No clocks are moved twice within six hours.)
    """
    start = datetime(2025, 12, 30, tzinfo=UTC)
    instants = [start + n * 6 * HOUR for n in range(4 * 735)]
    found: dict[tuple[object, ...], str] = {}
    for name in sorted(zoneinfo.available_timezones()):
        zone = ZoneInfo(name)
        offsets = [at.astimezone(zone).utcoffset() for at in instants]
        moves = [
            (_moved(before, after, zone), offset)
            for (before, old), (after, offset) in pairwise(zip(instants, offsets, strict=True))
            if old != offset
        ]
        found.setdefault((offsets[0], *moves), name)
    return found


def _moved(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The second at which the clocks of a zone are moved."""
    old = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after


def test_each_date_has_each_hour_exactly_once_in_every_zone() -> None:
    """All IANA zones, 24 hours, 2026 and 2027: in order, on time, or right after a gap."""
    days = [FIRST + timedelta(n) for n in range((LAST - FIRST).days + 1)]
    wrong = []
    behaviours = _behaviours()
    assert len(behaviours) > 50
    for name in behaviours.values():
        zone = ZoneInfo(name)
        for hour in range(24):
            instants = [instant_of(day, time(hour), zone) for day in days]
            assert all(one < other for one, other in pairwise(instants)), (name, hour)
            shown = [at.astimezone(zone) for at in instants]
            wrong += [
                (name, day, hour)
                for day, local in zip(days, shown, strict=True)
                if (local.date(), local.time(), local.fold) != (day, time(hour), 0)
                and not _is_end_of_gap(day, time(hour), zone, local)
            ]
    assert wrong == []


def _is_end_of_gap(day: date, at: time, zone: ZoneInfo, shown: datetime) -> bool:
    """Whether the wall clock jumped over `at` and `shown` is what it showed next."""
    just_before = (shown.astimezone(UTC) - timedelta(microseconds=1)).astimezone(zone)
    wall = datetime.combine(day, at)
    return just_before.replace(tzinfo=None) < wall < shown.replace(tzinfo=None)


# Hours.


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("09:00-18:00", "09:00–18:00"),
        ("9-18", "09:00–18:00"),
        ("9:30到18:30", "09:30–18:30"),
        ("10：00 － 19：00", "10:00–19:00"),
        ("09:00–18:00", "09:00–18:00"),
        ("0-24", "00:00–24:00"),
        ("8:15 to 17", "08:15–17:00"),
    ],
)
def test_hours_that_are_understood(said: str, meant: str) -> None:
    found = Hours.parse(said)
    assert str(found) == meant
    assert Hours.parse(str(found)) == found


@pytest.mark.parametrize(
    "said", ["", "9", "18-9", "9-9", "9-25", "9:75-10", "9-18:61", "nine to five", "x9-18"]
)
def test_hours_that_are_none(said: str) -> None:
    assert Hours.parse(said) is None


def test_hours_that_cannot_be() -> None:
    with pytest.raises(ValueError, match="no working hours"):
        Hours(600, 600)


# Working time.

PLAIN = Calendar()


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def test_a_weekend_is_not_worked() -> None:
    friday, monday = at("2026-11-20 17:00"), at("2026-11-23 10:00")
    assert PLAIN.working_time(friday, monday, SHANGHAI) == 2 * HOUR
    assert PLAIN.add_working_time(friday, 2 * HOUR, SHANGHAI) == monday


def test_time_outside_of_hours_is_not_worked() -> None:
    night, morning = at("2026-11-23 20:00"), at("2026-11-24 08:00")
    assert PLAIN.working_time(night, morning, SHANGHAI) == timedelta()
    assert PLAIN.add_working_time(night, HOUR, SHANGHAI) == at("2026-11-24 10:00")


def test_the_end_of_a_day_comes_before_the_start_of_the_next() -> None:
    assert PLAIN.add_working_time(at("2026-11-23 17:00"), HOUR, SHANGHAI) == at("2026-11-23 18:00")


def test_nothing_to_work_is_done_at_once() -> None:
    sunday = at("2026-11-22 12:00")
    assert PLAIN.add_working_time(sunday, timedelta(), SHANGHAI) == sunday


def test_what_ends_before_it_begins_is_not_worked() -> None:
    assert (
        PLAIN.working_time(at("2026-11-24 12:00"), at("2026-11-23 12:00"), SHANGHAI) == timedelta()
    )
    with pytest.raises(ValueError, match="taken back"):
        PLAIN.add_working_time(at("2026-11-24 12:00"), -HOUR, SHANGHAI)


def test_a_shorter_day_is_shorter_and_a_longer_one_longer() -> None:
    """Around the clock, in a place where the clocks are put forward and back on Sundays."""
    always = Calendar(
        overrides={date(2026, 3, 29): Override(True), date(2026, 10, 25): Override(True)},
        hours=Hours(0, 1440),
    )
    for day, hours in (("2026-03-29", 23), ("2026-10-25", 25), ("2026-11-23", 24)):
        start = at(day, BERLIN)
        end = at(str(date.fromisoformat(day) + timedelta(1)), BERLIN)
        assert always.working_time(start, end, BERLIN) == hours * HOUR
        assert always.add_working_time(start, hours * HOUR, BERLIN) == end


def test_where_nobody_ever_works_time_stands_still() -> None:
    away = Calendar(leave=(Leave(date(2000, 1, 1), date(2090, 1, 1)),))
    with pytest.raises(NoWorkdays):
        away.add_working_time(at("2026-11-23 09:00"), HOUR, SHANGHAI)
    with pytest.raises(NoWorkdays):
        away.next_workday(date(2026, 11, 23))
    with pytest.raises(NoWorkdays):
        away.next_at(at("2026-11-23 09:00"), time(9), SHANGHAI)


ZONES = st.sampled_from(
    [
        ZoneInfo(name)
        for name in (
            "UTC",
            "Asia/Shanghai",
            "Europe/Berlin",
            "America/New_York",
            "Australia/Lord_Howe",
            "America/Nuuk",
            "Africa/Cairo",
            "Pacific/Apia",
            "Asia/Kathmandu",
        )
    ]
)
DAYS = st.dates(date(2025, 12, 1), date(2028, 1, 31))
CALENDARS = st.builds(
    Calendar,
    overrides=st.dictionaries(DAYS, st.booleans().map(Override), max_size=30),
    leave=st.lists(
        st.tuples(DAYS, st.integers(0, 20)).map(
            lambda both: Leave(both[0], both[0] + timedelta(both[1]))
        ),
        max_size=4,
    ).map(tuple),
    hours=st.tuples(st.integers(0, 1439), st.integers(1, 1440)).map(
        lambda both: Hours(min(both), max(both)) if both[0] != both[1] else Hours()
    ),
)
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001


@settings(max_examples=300, deadline=None)
@given(
    days=CALENDARS,
    zone=ZONES,
    start=INSTANTS,
    delta=st.timedeltas(timedelta(), timedelta(hours=80)),
)
def test_adding_working_time_is_the_inverse_of_measuring_it(
    days: Calendar, zone: ZoneInfo, start: datetime, delta: timedelta
) -> None:
    end = days.add_working_time(start, delta, zone)
    assert end >= start
    assert days.working_time(start, end, zone) == delta
    if delta:  # it is the first such instant
        earlier = end - timedelta(microseconds=1)
        assert days.working_time(start, earlier, zone) == delta - timedelta(microseconds=1)


@settings(max_examples=300, deadline=None)
@given(days=CALENDARS, zone=ZONES, start=INSTANTS, span=st.timedeltas(timedelta(), timedelta(20)))
def test_measuring_and_adding_comes_back_to_no_later_than_it_began(
    days: Calendar, zone: ZoneInfo, start: datetime, span: timedelta
) -> None:
    worked = days.working_time(start, start + span, zone)
    assert timedelta() <= worked <= span
    back = days.add_working_time(start, worked, zone)
    assert start <= back <= start + span
    assert days.working_time(back, start + span, zone) == timedelta()


@settings(max_examples=100, deadline=None)
@given(
    days=CALENDARS,
    zone=ZONES,
    start=INSTANTS,
    spans=st.tuples(*[st.timedeltas(timedelta(), timedelta(9))] * 2),
)
def test_working_time_adds_up(
    days: Calendar, zone: ZoneInfo, start: datetime, spans: tuple[timedelta, timedelta]
) -> None:
    middle, end = start + spans[0], start + sum(spans, timedelta())
    whole = days.working_time(start, end, zone)
    parts = days.working_time(start, middle, zone) + days.working_time(middle, end, zone)
    assert whole == parts


@settings(max_examples=100, deadline=None)
@given(days=CALENDARS, zone=ZONES, start=INSTANTS, hour=st.integers(0, 23))
def test_every_workday_comes_once_and_in_order(
    days: Calendar, zone: ZoneInfo, start: datetime, hour: int
) -> None:
    found = []
    after = start
    for _ in range(10):
        day, after = days.next_at(after, time(hour), zone)
        found.append(day)
    assert found == days.workdays(found[0], found[-1])
    assert instant_of(found[0], time(hour), zone) > start
