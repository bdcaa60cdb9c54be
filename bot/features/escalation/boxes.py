"""Boxes: what reaches one person or one room inside a few minutes goes as one message.

A box opens with the first thing that is put into it and goes out when it closes, `WINDOW` later.
Who is asked for others (managers, sponsors) gets at most one message a half of a working day, and
so does everybody after `CEILING` messages of a day. What cannot wait goes by itself. Pure.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from bot.core.calendar_hours import instant_of
from bot.features.escalation.ladder import Post
from bot.features.escalation.policy import How, Role, Rung
from bot.features.escalation.reach import Candidate, next_worked, reach

WINDOW = timedelta(minutes=5)
#: Messages to one person, or into one room, on one day, before they become one a half-day.
CEILING = 6
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Box:
    """What is known of somebody's box: when it last went out or will, and how often that day."""

    closes_at: datetime | None = None
    day: date | None = None
    count: int = 0


def put(box: Box, who: Candidate, at: datetime, *, is_sparing: bool) -> tuple[datetime, Box]:
    """When what is put into a box at `at` goes out, and the box then. They can be asked at `at`."""
    if box.closes_at is not None and at < box.closes_at:
        return box.closes_at, box
    closes = at + WINDOW
    today = at.astimezone(who.zone).date()
    count = box.count if box.day == today else 0
    is_full = is_sparing or count >= CEILING
    if is_full and box.closes_at is not None and _half(who, box.closes_at) == _half(who, at):
        closes = _next_half(who, at) or _last_chance(who, at)
    if reach(who, closes) != closes:
        closes = _last_chance(who, at)
    day = closes.astimezone(who.zone).date()
    count = box.count if box.day == day else 0
    return closes, replace(box, closes_at=closes, day=day, count=count + 1)


def _middle(who: Candidate, day: date) -> datetime:
    hours = who.calendar.hours
    minutes = (hours.opens + hours.closes) // 2
    return instant_of(day, time(minutes // 60, minutes % 60), who.zone)


def _half(who: Candidate, at: datetime) -> tuple[date, bool]:
    """The half of a day in which an instant is."""
    day = at.astimezone(who.zone).date()
    return day, at >= _middle(who, day)


def _next_half(who: Candidate, at: datetime) -> datetime | None:
    """When the next half of a working day begins that they can be asked in."""
    day, is_second = _half(who, at)
    begins = instant_of(day + _DAY, time(), who.zone) if is_second else _middle(who, day)
    worked = next_worked(who.calendar, begins, who.zone)
    found = reach(who, worked) if worked is not None else None
    return found if isinstance(found, datetime) else None


def _last_chance(who: Candidate, at: datetime) -> datetime:
    """The last minute in which they can be asked before they cannot: it ends within the day."""
    for step in (WINDOW, _MINUTE):
        while reach(who, at + step) == at + step:
            at += step
    return at


@dataclass(frozen=True, slots=True)
class Posted:
    """Something was put into a box: how it goes, when, and the box then.

    What cannot wait is in no box, and goes at once.
    """

    how: How
    key: str
    send_at: datetime
    box: Box
    is_loud: bool


#: Who is asked for others rather than for themselves.
_SPARING = frozenset((Role.MANAGER, Role.SPONSOR))


class Mail:
    """The boxes of everybody, as they are looked at: `load` knows how a box stands by its key."""

    def __init__(self, load: Callable[[str], Box]) -> None:
        self._load = load
        self._boxes: dict[str, Box] = {}
        #: What the last step that was taken has put into which boxes.
        self.posted: list[Posted] = []

    def poster(self, room: int, hours: Candidate, *, is_loud: bool) -> Post:
        """What posts the steps of things in a room, in which one can speak at `hours`."""

        def post(who: Candidate, rung: Rung, at: datetime) -> datetime:
            ways = [how for how in (How.DIRECT, How.THREAD) if how in rung.how] or [How.DIRECT]
            self.posted = []
            for how in ways:
                is_sparing = how is How.DIRECT and rung.whom in _SPARING
                name = "manager" if is_sparing else "person"
                key = f"room:{room}" if how is How.THREAD else f"{name}:{who.person}"
                reader = hours if how is How.THREAD else who
                self.posted.append(
                    self.put(key, reader, at, how=how, is_sparing=is_sparing, is_loud=is_loud)
                )
            return max(each.send_at for each in self.posted)

        return post

    def put(
        self,
        key: str,
        who: Candidate,
        at: datetime,
        *,
        how: How,
        is_sparing: bool = False,
        is_loud: bool = False,
    ) -> Posted:
        """Put something into a box; what is loud goes beside it."""
        if is_loud:
            return Posted(how, key, at, Box(at, at.date()), is_loud)
        box = self._boxes[key] if key in self._boxes else self._load(key)
        send_at, self._boxes[key] = put(box, who, at, is_sparing=is_sparing)
        return Posted(how, key, send_at, self._boxes[key], is_loud)
