"""Local time, and working hours on it: which instant a local time is, how much of a span is worked.

A local time that does not exist happens at the next instant that does, one that happens twice
happens the first time; so each date has each local time exactly once, whatever the clocks do.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from bot.core.when_calendar import instant

#: Whether a date is worked.
Works = Callable[[date], bool]

_MINUTES = 24 * 60
_SPAN = re.compile(r"(\d{1,2})(?::(\d{2}))? ?(?:-|–|—|~|到|至|to) ?(\d{1,2})(?::(\d{2}))?")
_DAY = timedelta(days=1)


def instant_of(day: date, at: time, zone: tzinfo) -> datetime:
    """The instant (UTC) at which it is `at` o'clock on `day` in `zone`.

    The first of two where clocks are put back; the first that exists where they are put forward.
    """
    return instant(datetime.combine(day, at), zone)


@dataclass(frozen=True, slots=True)
class Hours:
    """From when to when a workday is worked, in minutes after its midnight; lunch counts too.

    ValueError unless 0 <= opens < closes <= 1440.
    """

    opens: int = 9 * 60
    closes: int = 18 * 60

    def __post_init__(self) -> None:
        if not 0 <= self.opens < self.closes <= _MINUTES:
            message = f"no working hours: {self.opens} to {self.closes} minutes after midnight"
            raise ValueError(message)

    def __str__(self) -> str:
        return f"{_clock(self.opens)}–{_clock(self.closes)}"

    @classmethod
    def parse(cls, text: str) -> Hours | None:
        """What "09:30-18:30", 「9:30到18:30」 or "9-18" says; None if it says no hours."""
        found = _SPAN.fullmatch(unicodedata.normalize("NFKC", text).strip().lower())
        if found is None:
            return None
        first, last = int(found[1]), int(found[3])
        minutes = int(found[2] or 0), int(found[4] or 0)
        if max(minutes) >= 60:  # noqa: PLR2004  minutes of an hour
            return None
        try:
            return cls(first * 60 + minutes[0], last * 60 + minutes[1])
        except ValueError:
            return None

    def on(self, day: date, zone: tzinfo) -> tuple[datetime, datetime]:
        """From which instant to which (UTC) `day` is worked in `zone`."""
        midnight = datetime.combine(day, time())
        opens, closes = timedelta(minutes=self.opens), timedelta(minutes=self.closes)
        return instant(midnight + opens, zone), instant(midnight + closes, zone)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def working_time(
    start: datetime, end: datetime, *, hours: Hours, zone: tzinfo, works: Works
) -> timedelta:
    """How much of the time from `start` to `end` (aware) is worked; none if it ends before it."""
    worked = timedelta()
    day = start.astimezone(zone).date() - _DAY  # its last hour may be later than its date says
    last = end.astimezone(zone).date()
    while day <= last:
        if works(day):
            opens, closes = hours.on(day, zone)
            worked += max(min(closes, end) - max(opens, start), timedelta())
        day += _DAY
    return worked


def add_working_time(start: datetime, delta: timedelta, *, spans: Iterator[Span]) -> datetime:
    """The first instant (UTC) by which `delta` has been worked since `start` (aware).

    `spans` are the worked ones in order, beginning no later than the first that `start` is before
    the end of. With nothing to work it is `start` itself. ValueError: `delta` is negative.
    """
    if delta < timedelta():
        message = f"working time cannot be taken back: {delta}"
        raise ValueError(message)
    left = delta
    at = start.astimezone(UTC)
    while left:
        opens, closes = next(spans)
        begins = max(opens, at)
        if begins >= closes:
            continue
        if closes - begins >= left:
            return begins + left
        left -= closes - begins
    return at


#: From an instant to another.
Span = tuple[datetime, datetime]
