"""When somebody can be asked: in their working hours, not in their quiet hours, not on leave."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Literal

from bot.core.calendar import Calendar
from bot.core.calendar_hours import instant_of

_DAY = timedelta(days=1)
#: Who cannot be asked for longer than this is passed over: a weekend, seen from another zone.
PATIENCE = timedelta(hours=72)
_SPAN = re.compile(r"(\d{1,2})(?::(\d{2}))? ?(?:-|–|—|~|到|至|to) ?(\d{1,2})(?::(\d{2}))?")
_HOURS, _MINUTES = 24, 60

Why = Literal["unknown", "gone", "outside", "leave", "off", "asked"]


@dataclass(frozen=True, slots=True)
class Quiet:
    """From when to when somebody does not want to be asked, in minutes after midnight.

    It may go over midnight. The two differ.
    """

    begins: int
    ends: int

    def __str__(self) -> str:
        clock = [f"{each // 60:02}:{each % 60:02}" for each in (self.begins, self.ends)]
        return "–".join(clock)

    @classmethod
    def parse(cls, text: str) -> Quiet | None:
        """What "22:00-08:00" or 「22点到8点」 says; None if it says no such hours."""
        plain = unicodedata.normalize("NFKC", text).strip().lower().replace("点", "")
        found = _SPAN.fullmatch(plain)
        if found is None:
            return None
        hours = int(found[1]), int(found[3])
        minutes = int(found[2] or 0), int(found[4] or 0)
        if max(hours) > _HOURS or max(minutes) >= _MINUTES:
            return None
        first, last = ((h * 60 + m) for h, m in zip(hours, minutes, strict=True))
        if max(first, last) > _HOURS * 60 or first % (_HOURS * 60) == last % (_HOURS * 60):
            return None
        return cls(first % (_HOURS * 60), last % (_HOURS * 60))

    def until(self, at: datetime, zone: tzinfo) -> datetime:
        """When the quiet in which `at` falls ends; `at` itself if it is not quiet then."""
        local = at.astimezone(zone)
        for day in (local.date() - _DAY, local.date()):
            begins = instant_of(day, _clock(self.begins), zone)
            last = day + _DAY if self.ends < self.begins else day
            ends = instant_of(last, _clock(self.ends), zone)
            if begins <= at < ends:
                return ends
        return at


def _clock(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may be asked, and what there is to know for that."""

    person: int
    calendar: Calendar
    zone: tzinfo
    quiet: Quiet | None = None
    is_active: bool = True
    #: Whether they may know of the thing at all.
    may_see: bool = True


@dataclass(frozen=True, slots=True)
class Away:
    """Somebody cannot be asked: why, and until when, where that is known."""

    why: Why
    until: datetime | None = None


def reach(  # noqa: PLR0911  one a reason
    who: Candidate | None, at: datetime, *, is_loud: bool = False
) -> datetime | Away:
    """The first instant from `at` on at which somebody can be asked.

    `is_loud` asks at any hour, but nobody who is on leave.
    """
    if who is None:
        return Away("unknown")
    if not who.is_active:
        return Away("gone")
    if not who.may_see:
        return Away("outside")
    today = at.astimezone(who.zone).date()
    if who.calendar.is_away(today):
        return Away("leave", _back(who, today))
    if is_loud:
        return at
    found: datetime | None = at
    while found is not None and found - at <= PATIENCE:
        worked = next_worked(who.calendar, found, who.zone)
        found = who.quiet.until(worked, who.zone) if worked and who.quiet else worked
        if found == worked and found is not None and found - at <= PATIENCE:
            return found
    return Away("off", found)


def _back(who: Candidate, day: date) -> datetime:
    """When somebody is back from leave: their first day without any begins."""
    while who.calendar.is_away(day):
        day += _DAY
    return instant_of(day, time(), who.zone)


def next_worked(calendar: Calendar, at: datetime, zone: tzinfo) -> datetime | None:
    """The first instant from `at` on that is worked; None if none is for two months."""
    day = at.astimezone(zone).date() - _DAY  # its last hour may be later than its date says
    for _ in range(62):
        if calendar.is_workday(day):
            opens, closes = calendar.hours.on(day, zone)
            if at < closes:
                return max(at, opens)
        day += _DAY
    return None
