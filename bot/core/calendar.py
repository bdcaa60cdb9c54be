"""Which days are worked, and when: a region's days, the team's own, and somebody's leave.

    leave  >  the team's own days  >  the region's holidays and make-up workdays  >  its weekend

A `Calendar` is a value: whoever has the rows makes one, and asks it as often as they like. Where a
region's days off come from is for others to know (`Region`); here is only what follows from them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Protocol

from bot.core import calendar_hours
from bot.core.calendar_hours import Hours, Span, instant_of
from bot.core.errors import MusterError
from bot.core.text import Speech

_DAY = timedelta(days=1)
_SATURDAY = 5
#: Days without a single workday after which none is looked for: leave of many years, or a mistake.
_PATIENCE = 20 * 366


class NoWorkdays(MusterError):  # noqa: N818  as the errors of the core
    """There is no workday within twenty years."""

    def __init__(self) -> None:
        super().__init__(type(self).__doc__)


class Kind(StrEnum):
    """Why a day is worked, or is not."""

    WORKDAY = "workday"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    #: A day of the weekend that is worked, in exchange for a day off (调休).
    MAKE_UP = "make-up"
    LEAVE = "leave"
    #: The team says so, whatever the region does.
    OVERRIDE = "override"


@dataclass(frozen=True, slots=True)
class Day:
    """A date, and what it is."""

    on: date
    kind: Kind
    is_workday: bool
    #: What it is called in English, and in Chinese where that is known; "" if it has no name.
    name: str = ""
    name_zh: str = ""
    #: Of a make-up workday the day off that it is for; of such a day off, its make-up workday.
    swapped: date | None = None

    def called(self, lang: Speech) -> str:
        """Its name, in Chinese where that is asked for and known."""
        return (self.name_zh or self.name) if lang == "zh" else self.name


class Region(Protocol):
    """A country or a part of one, with its weekend and its days off."""

    @property
    def code(self) -> str:
        """As ISO 3166 has it: "CN", "DE-BY". Empty for nowhere in particular."""

    def day(self, day: date) -> Day:
        """What a date is there. Never raises."""

    def is_published(self, year: int) -> bool:
        """Whether the days off of a year are known. While they are not, its weekdays are worked."""


@dataclass(frozen=True, slots=True)
class Weekdays:
    """Nowhere in particular: Monday to Friday are worked, every week."""

    code: str = ""

    def day(self, day: date) -> Day:
        is_workday = day.weekday() < _SATURDAY
        return Day(day, Kind.WORKDAY if is_workday else Kind.WEEKEND, is_workday)

    def is_published(self, year: int) -> bool:  # noqa: ARG002  as `Region`
        return True


@dataclass(frozen=True, slots=True)
class Override:
    """What the team says of a day."""

    is_workday: bool
    name: str = ""


@dataclass(frozen=True, slots=True)
class Leave:
    """Somebody is away from `first` to `last`, both included."""

    first: date
    last: date


@dataclass(frozen=True)
class Calendar:
    """The days of somebody, of a room or of a workspace."""

    region: Region = field(default_factory=Weekdays)
    overrides: Mapping[date, Override] = field(default_factory=dict)
    leave: tuple[Leave, ...] = ()
    hours: Hours = field(default_factory=Hours)

    def day(self, day: date) -> Day:
        """What a date is. Leave is only what would be worked otherwise."""
        found = self.region.day(day)
        own = self.overrides.get(day)
        if own is not None:
            found = Day(day, Kind.OVERRIDE, own.is_workday, own.name, own.name)
        if found.is_workday and self.is_away(day):
            return replace(found, kind=Kind.LEAVE, is_workday=False, name="", name_zh="")
        return found

    def is_workday(self, day: date) -> bool:
        return self.day(day).is_workday

    def is_away(self, day: date) -> bool:
        """Whether it is leave, worked otherwise or not."""
        return any(away.first <= day <= away.last for away in self.leave)

    def workdays(self, start: date, end: date) -> list[date]:
        """The workdays from `start` to `end`, both included."""
        days = (start + timedelta(n) for n in range((end - start).days + 1))
        return [day for day in days if self.is_workday(day)]

    def next_workday(self, day: date) -> date:
        """The first workday after `day`. Raises NoWorkdays."""
        return next(self._workdays_from(day + _DAY))

    def plus_workdays(self, day: date, count: int) -> date:
        """The workday that comes `count` (at least 1) workdays after `day`. Raises NoWorkdays.

        "In three working days", said on a Friday, is the Wednesday.
        """
        for _ in range(count):
            day = self.next_workday(day)
        return day

    def next_at(self, after: datetime, at: time, zone: tzinfo) -> tuple[date, datetime]:
        """The next workday's `at` o'clock in `zone` after an instant: its date, and the instant.

        Each workday comes exactly once, in order. Raises NoWorkdays.
        """
        for day in self._workdays_from(after.astimezone(zone).date() - _DAY):
            found = instant_of(day, at, zone)
            if found > after:
                return day, found
        raise NoWorkdays

    def working_time(self, start: datetime, end: datetime, zone: tzinfo) -> timedelta:
        """How much of the time between two instants is worked; none if `end` is before `start`."""
        return calendar_hours.working_time(
            start, end, hours=self.hours, zone=zone, works=self.is_workday
        )

    def add_working_time(self, start: datetime, delta: timedelta, zone: tzinfo) -> datetime:
        """The first instant (UTC) by which `delta` has been worked since `start`.

        ValueError: `delta` is negative. Raises NoWorkdays.
        """
        spans = self._spans_from(start.astimezone(zone).date() - _DAY, zone)
        return calendar_hours.add_working_time(start, delta, spans=spans)

    def _spans_from(self, day: date, zone: tzinfo) -> Iterator[Span]:
        return (self.hours.on(each, zone) for each in self._workdays_from(day))

    def _workdays_from(self, day: date) -> Iterator[date]:
        """The workdays from `day` on; NoWorkdays when there are none for long."""
        idle = 0
        while idle < _PATIENCE:
            idle += 1
            if self.is_workday(day):
                idle = 0
                yield day
            if day == date.max:
                break
            day += _DAY
        raise NoWorkdays
