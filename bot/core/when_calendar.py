"""Which days a date can mean, and which instant a local time is: arithmetic, nothing is refused.

A date that may roll forward ("Friday", "the 30th") gives several days, in order: whoever asks takes
the first whose instant is still ahead. That is all there is to rolling forward.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import product

from bot.core.when_parts import CalendarDay, Date, Days, Length, Weekday

#: (year, month, day); of a calendar date perhaps one that does not exist.
Ymd = tuple[int, int, int]

#: After Feb 29 of 2096 comes that of 2104; after Jan 31 comes Mar 31.
_YEARS_TO_TRY = 9
_MONTHS_TO_TRY = 3


def days_meant(said: Date | None, today: date) -> Iterator[Ymd]:
    """The days that `said` can mean, the nearest first; None said is today or else tomorrow."""
    match said:
        case Days(days):
            yield _ymd(today + timedelta(days))
        case Length(months, days):
            yield _ymd(add_months(today, months) + timedelta(days))
        case Weekday(day, None):
            nearest = today + timedelta((day - today.weekday()) % 7)
            yield _ymd(nearest)
            yield _ymd(nearest + timedelta(weeks=1))
        case Weekday(day, int(weeks)):
            yield _ymd(today + timedelta(day - today.weekday(), weeks=weeks))
        case CalendarDay(day):
            for year, month in _months_meant(said, today):
                yield year, month, day or calendar.monthrange(year, month)[1]
        case _:
            yield _ymd(today)
            yield _ymd(today + timedelta(days=1))


def _months_meant(said: CalendarDay, today: date) -> Iterator[tuple[int, int]]:
    if said.months_ahead is not None:
        yield _month_ahead(today, said.months_ahead)
    elif said.month is None:
        yield from (_month_ahead(today, ahead) for ahead in range(_MONTHS_TO_TRY))
    elif said.year is not None:
        yield said.year, said.month
    elif said.years_ahead is not None:
        yield today.year + said.years_ahead, said.month
    else:
        yield from product(range(today.year, today.year + _YEARS_TO_TRY), [said.month])


def _ymd(day: date) -> Ymd:
    return day.year, day.month, day.day


def _month_ahead(today: date, months: int) -> tuple[int, int]:
    years, month = divmod(today.month - 1 + months, 12)
    return today.year + years, month + 1


def add_months(day: date, months: int) -> date:
    """`day` that many months later, clipped to the end of a shorter month."""
    year, month = _month_ahead(day, months)
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def instant(wall: datetime, zone: tzinfo) -> datetime:
    """The instant (UTC) at which a wall clock (naive) in `zone` shows `wall`.

    The first of them where the clock is put back; where it is put forward and never shows `wall`,
    the first instant after the gap.
    """
    found = wall.replace(tzinfo=zone).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == wall:
        return found
    # PEP 495: in a gap, fold=1 reads the clock as after the change, which gives an instant before
    # it, and fold=0 one after it. The change is in between.
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    old_offset = before.astimezone(zone).utcoffset()
    while found - before > datetime.resolution:
        middle = before + (found - before) // 2
        if middle.astimezone(zone).utcoffset() == old_offset:
            before = middle
        else:
            found = middle
    return found
