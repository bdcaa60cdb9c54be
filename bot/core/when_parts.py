"""What a phrase about time can be made of, whatever language it was said in.

The languages (`when_en`, `when_zh`, `when_digits`) build these values, `when_calendar` says which
days they can mean, and `when` decides. Nothing here knows what time it is.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass, replace
from enum import Enum, IntEnum, auto


class Unit(IntEnum):
    """What a length of time is counted in."""

    MINUTE = 0
    HOUR = 1
    DAY = 2
    WEEK = 3
    MONTH = 4
    YEAR = 5


class DayPart(IntEnum):
    """A stretch of the day; it says what its usual hour is, and which half a bare hour is in."""

    DAWN = 0
    MORNING = 1
    NOON = 2
    AFTERNOON = 3
    DUSK = 4
    EVENING = 5
    NIGHT = 6
    MIDNIGHT = 7

    @property
    def usual_hour(self) -> int | None:
        """The hour (0…24) that is meant when none is given; None where people would differ."""
        return _USUAL_HOURS[self]

    def hour(self, said: int) -> int | None:
        """The hour (0…24) of "5 in the <part>"; None where no such hour belongs to the part."""
        return _HOURS[self].get(said)

    def is_between_days(self, said: int) -> bool:
        """Whether `said` is after midnight in a night, so that either day may be meant."""
        return self in {DayPart.NIGHT, DayPart.MIDNIGHT} and said in _SMALL_HOURS


_USUAL_HOURS: dict[DayPart, int | None] = {
    DayPart.DAWN: None,
    DayPart.MORNING: 9,
    DayPart.NOON: 12,
    DayPart.AFTERNOON: 15,
    DayPart.DUSK: 18,
    DayPart.EVENING: 20,
    DayPart.NIGHT: 20,
    DayPart.MIDNIGHT: 24,
}

_SMALL_HOURS = range(1, 5)
_AFTER_NOON = {said: said + 12 for said in range(1, 12)} | {said: said for said in range(12, 24)}
_TO_MIDNIGHT = _AFTER_NOON | {0: 24, 12: 24, 24: 24}

#: The hour said → the hour meant, on the 24-hour clock of that day; 24 is the midnight at its end.
_HOURS: dict[DayPart, dict[int, int]] = {
    DayPart.DAWN: {said: said % 12 for said in range(13)},
    DayPart.MORNING: {said: said for said in range(13)},
    DayPart.NOON: {1: 13, 2: 14} | {said: said for said in range(10, 15)},
    DayPart.AFTERNOON: _AFTER_NOON,
    DayPart.DUSK: _TO_MIDNIGHT,
    DayPart.EVENING: _TO_MIDNIGHT,
    DayPart.NIGHT: {said: _TO_MIDNIGHT[said] for said in _TO_MIDNIGHT if said not in _SMALL_HOURS},
    DayPart.MIDNIGHT: {0: 24, 12: 24, 24: 24},
}


class Said(Enum):
    """How an hour was said, which decides what it can mean without a part of the day."""

    BARE = auto()  # "5": perhaps not an hour at all
    SPOKEN = auto()  # "at 5", "5点": an hour, of either half of the day
    COLON = auto()  # "5:30": the 24-hour clock
    FIXED = auto()  # "5pm", "eod": nothing is left open


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day. `hour` 24 is the midnight at the end of the day; a BARE hour is any number."""

    hour: int
    minute: int = 0
    second: int = 0
    said: Said = Said.COLON
    #: Minutes east of Greenwich, where the phrase says so itself.
    offset: int | None = None


@dataclass(frozen=True, slots=True)
class Days:
    """today, tomorrow, yesterday: `days` from today."""

    days: int


@dataclass(frozen=True, slots=True)
class Length:
    """A length of time from now, or before now."""

    months: int = 0
    days: int = 0
    seconds: int = 0
    ago: bool = False
    #: The finest unit that it was told in.
    unit: Unit = Unit.MINUTE

    def __add__(self, other: Length) -> Length:
        return Length(
            self.months + other.months,
            self.days + other.days,
            self.seconds + other.seconds,
            ago=self.ago or other.ago,
            unit=min(self.unit, other.unit),
        )


@dataclass(frozen=True, slots=True)
class Weekday:
    """A day of the week, 0 is Monday. `weeks` from the current one, or None for the nearest."""

    day: int
    weeks: int | None = None


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day of a month: `day` None is its last one. What is None was not said and may roll on."""

    day: int | None
    month: int | None = None
    year: int | None = None
    months_ahead: int | None = None
    years_ahead: int | None = None


@dataclass(frozen=True, slots=True)
class Vague:
    """Understood, but not one day: "next week", "3/4". `ahead` < 0 is over, whichever it is."""

    ahead: int = 0


Date = Days | Length | Weekday | CalendarDay | Vague
Part = Date | Clock | DayPart


@dataclass(frozen=True, slots=True)
class Phrase:
    """A whole phrase: at most one of each, in whatever order they were said."""

    date: Date | None = None
    clock: Clock | None = None
    part: DayPart | None = None
    #: "Friday" in "Friday, Nov 30", which the date has to agree with.
    weekday: int | None = None

    @property
    def has_bare_number(self) -> bool:
        """Whether nothing has made an hour of a number in it."""
        return self.clock is not None and self.clock.said is Said.BARE

    def plus(self, part: Part) -> Phrase | None:
        """This phrase with `part` said after it; None when they do not go together."""
        match part:
            case Clock():
                return replace(self, clock=part) if self.clock is None else None
            case DayPart():
                return self._plus_day_part(part)
            case _:
                return self._plus_date(part)

    def _plus_day_part(self, part: DayPart) -> Phrase | None:
        clock = self.clock
        if clock is not None and clock.said is Said.BARE:
            clock = replace(clock, said=Said.SPOKEN)  # "8 tonight": now it is an hour
        if self.part is None:
            return replace(self, part=part, clock=clock)
        if part is DayPart.MIDNIGHT and self.part in {DayPart.EVENING, DayPart.NIGHT}:
            return replace(self, part=part, clock=clock)  # "tonight at midnight"
        return None

    def _plus_date(self, date: Date) -> Phrase | None:
        match self.date, date:
            case None, _:
                return replace(self, date=date)
            case (Weekday(day, None), CalendarDay()) if self.weekday is None:
                return replace(self, date=date, weekday=day)
            case (CalendarDay(), Weekday(day, None)) if self.weekday is None:
                return replace(self, weekday=day)
            case _:
                return None


#: What one of each unit is; half of one is told only where it is a whole number of something.
_UNITS = {
    Unit.MINUTE: Length(seconds=60),
    Unit.HOUR: Length(seconds=3600),
    Unit.DAY: Length(days=1),
    Unit.WEEK: Length(days=7),
    Unit.MONTH: Length(months=1),
    Unit.YEAR: Length(months=12),
}
_HALVED = frozenset({Unit.HOUR, Unit.YEAR})


def length(*, unit: int, count: int = 0, half: int = 0, ago: int = 0) -> Length | None:
    """`count` and `half` halves of a unit; None for a half of something that has none."""
    if half and unit not in _HALVED:
        return None
    one = _UNITS[Unit(unit)]
    halves = 2 * count + half
    return Length(
        one.months * halves // 2,
        one.days * halves // 2,
        one.seconds * halves // 2,
        ago=bool(ago),
        unit=Unit(unit),
    )


def calendar_day(
    *,
    day: int | None = None,
    month: int | None = None,
    year: int | None = None,
    months_ahead: int | None = None,
    years_ahead: int | None = None,
) -> CalendarDay | None:
    """A `CalendarDay`, or None if no year has such a day (Feb 30, month 13)."""
    if month is not None and month not in range(1, 13):
        return None
    # 2000 is a leap year, and January has as many days as any month.
    if day is not None and day not in range(1, calendar.monthrange(2000, month or 1)[1] + 1):
        return None
    return CalendarDay(day, month, year, months_ahead, years_ahead)


def clock_time(
    *,
    hour: int,
    minute: int = 0,
    second: int = 0,
    offset: int | None = None,
    said: Said = Said.COLON,
) -> Clock | None:
    """A `Clock` of the 24 hours, or None if no clock shows that; 24:00 ends the day."""
    ends_the_day = (hour, minute, second) == (24, 0, 0)
    is_shown = hour in range(24) and minute in range(60) and second in range(60)
    return Clock(hour, minute, second, said, offset) if is_shown or ends_the_day else None


def half_day_time(*, hour: int, ampm: int, minute: int = 0, second: int = 0) -> Clock | None:
    """A `Clock` of the 12 hours; `ampm` is 0 or 12. None for 13pm and 0am."""
    if hour not in range(1, 13):
        return None
    return clock_time(hour=hour % 12 + ampm, minute=minute, second=second, said=Said.FIXED)


def day_part(*, part: int) -> DayPart:
    """The part of the day that a token stands for."""
    return DayPart(part)
