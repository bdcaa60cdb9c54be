"""Understands a date or time that somebody typed, in English or Chinese.

    text → tidied → tokens → parts → phrase → the first day that it can mean and that is still ahead
           here     └── when_grammar, with ──┘  when_calendar
                        when_en, when_zh, when_digits

`now` and the time zone are arguments. A phrase that is not understood as a whole is refused, and so
is one that can mean two things: a deadline that is silently wrong costs more than a question.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Literal
from zoneinfo import ZoneInfo

from bot.core.when_calendar import Ymd, add_months, days_meant, instant
from bot.core.when_digits import DIGITS
from bot.core.when_en import ENGLISH
from bot.core.when_grammar import Grammar
from bot.core.when_parts import CalendarDay, Clock, Days, Length, Phrase, Said, Vague
from bot.core.when_zh import CHINESE, HAN, SIMPLIFIED

Reason = Literal["empty", "unknown", "ambiguous", "past", "range"]

#: The end of the working day: when something is due of which only the day is known.
_END_OF_DAY = 18
_LONGEST_TEXT = 100
_MOST_TOKENS = 8
#: A time in any other year is a slip.
YEARS = range(2000, 2101)
#: Further ahead than any of these years is; checked before a date could overflow.
_FURTHEST = Length(months=101 * 12, days=101 * 366, seconds=101 * 366 * 24 * 3600)

_GRAMMAR = Grammar(ENGLISH, CHINESE, DIGITS)
_SPACE_BESIDE_HAN = re.compile(f"(?<=[{HAN}]) | (?=[{HAN}])")
_APOSTROPHE = str.maketrans("’", "'")


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant that is ahead of now."""

    #: Aware, in UTC.
    at: datetime
    #: False when only a date was given; `at` is then 18:00 of that day, where the person is.
    has_time: bool


class Unclear(ValueError):  # noqa: N818  it is the answer to a phrase, not a fault
    """That is no date or time still to come.

    `reason` says why: nothing was said (empty), it is not understood as a whole (unknown), it can
    mean several instants (ambiguous), it is over (past), it is outside 2000…2100 (range).
    """

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


def parse_when(text: str, *, now: datetime, zone: ZoneInfo) -> Moment:
    """The instant that `text` means to somebody in `zone` at `now` (aware).

    Raises Unclear, and nothing else, whatever `text` is.
    """
    phrase = _read(text)
    if phrase is None:
        raise Unclear("unknown" if text.strip() else "empty")
    return _moment(phrase, now, zone)


def longest_when(tokens: Sequence[str], *, now: datetime, zone: ZoneInfo) -> tuple[Moment, int]:
    """The longest run of first `tokens` (joined by spaces, 8 at most) that is a date or time.

    Returns it with the number of tokens used; raises Unclear when there is none. A run that is
    understood but is over, or can mean two things, is refused and not cut shorter: "2 days ago it
    broke" is not due in 2 days. Only a number that may belong to the text ("tomorrow 17 hosts") is.
    """
    tried = tokens[:_MOST_TOKENS]
    for used in range(len(tried), 0, -1):
        phrase = _read(" ".join(tried[:used]))
        if phrase is not None and not (phrase.date is not None and phrase.has_bare_number):
            return _moment(phrase, now, zone), used
    raise Unclear("unknown" if any(token.strip() for token in tried) else "empty")


def _read(text: str) -> Phrase | None:
    """The phrase that the whole of `text` is; None also when it is too long to be one."""
    return _GRAMMAR.read(_tidied(text)) if len(text) <= _LONGEST_TEXT else None


def _tidied(text: str) -> str:
    """One width of digits, one case, simplified characters, single spaces and none beside Chinese.

    A comma, semicolon or full stop after the phrase belongs to the sentence around it.
    """
    plain = unicodedata.normalize("NFKC", text).casefold().translate(SIMPLIFIED)
    spaced = " ".join(plain.translate(_APOSTROPHE).split()).rstrip(" ,.;。")
    return _SPACE_BESIDE_HAN.sub("", spaced)


def _moment(phrase: Phrase, now: datetime, zone: ZoneInfo) -> Moment:
    """What `phrase` means at `now`; Unclear unless it is ahead, and one thing."""
    if now.year not in YEARS:
        raise Unclear("range")
    match phrase.date:
        case Vague(ahead):
            raise Unclear("past" if ahead < 0 else "ambiguous")
        case Days(days) if days < 0:
            raise Unclear("past")
        case Length() as length:
            _check_length(length)
            if length.seconds:
                return _after(length, phrase, now, zone)
        case _:
            pass
    clock = _time_of_day(phrase)
    at_zone = zone if clock.offset is None else _fixed_zone(phrase, clock.offset)
    at = _first_ahead(phrase, clock, now, now.astimezone(zone).date(), at_zone)
    return Moment(at, has_time=phrase.clock is not None or phrase.part is not None)


def _check_length(length: Length) -> None:
    if length.ago or not (length.months or length.days or length.seconds):
        raise Unclear("past")
    if (
        length.months > _FURTHEST.months
        or length.days > _FURTHEST.days
        or length.seconds > _FURTHEST.seconds
    ):
        raise Unclear("range")


def _after(length: Length, phrase: Phrase, now: datetime, zone: ZoneInfo) -> Moment:
    """Hours and minutes from now are exact; days before them are days of the calendar."""
    if phrase.clock is not None or phrase.part is not None:
        raise Unclear("unknown")  # "in two hours at 5pm"
    start = now.astimezone(UTC)
    if length.months or length.days:
        local = now.astimezone(zone).replace(tzinfo=None)
        day = add_months(local.date(), length.months) + timedelta(length.days)
        start = instant(datetime.combine(day, local.time()), zone)
    at = start + timedelta(seconds=length.seconds)
    if at.astimezone(zone).year not in YEARS:
        raise Unclear("range")
    return Moment(at, has_time=True)


def _time_of_day(phrase: Phrase) -> Clock:
    """The time that is meant, on the 24-hour clock of its day; 24 is the midnight at its end."""
    clock, part = phrase.clock, phrase.part
    if clock is None:
        hour = _END_OF_DAY if part is None else part.usual_hour
        if hour is None:
            raise Unclear("ambiguous")
        return Clock(hour)
    if phrase.has_bare_number:
        raise Unclear("ambiguous")
    if part is None:
        if clock.said is Said.SPOKEN and clock.hour in range(1, 12):
            raise Unclear("ambiguous")
        return clock
    hour = part.hour(clock.hour)
    if hour is None:
        raise Unclear("ambiguous" if part.is_between_days(clock.hour) else "unknown")
    if clock.said is Said.FIXED and hour % 24 != clock.hour % 24:
        raise Unclear("unknown")  # "tomorrow morning at 5pm"
    return Clock(hour, clock.minute, clock.second, clock.said, clock.offset)


def _fixed_zone(phrase: Phrase, offset: int) -> tzinfo:
    """The zone of 2026-11-30T17:00+08:00; with any other date an offset makes no sense."""
    is_whole = isinstance(phrase.date, CalendarDay) and phrase.date.year is not None
    if not is_whole or phrase.part is not None:
        raise Unclear("unknown")
    return timezone(timedelta(minutes=offset))


def _first_ahead(
    phrase: Phrase, clock: Clock, now: datetime, today: date, zone: tzinfo
) -> datetime:
    """The instant (UTC) on the first day that the phrase can mean and that is still ahead."""
    is_over = False
    for ymd in days_meant(phrase.date, today):
        day = _existing(ymd)
        if day is None:
            continue
        since_midnight = timedelta(hours=clock.hour, minutes=clock.minute, seconds=clock.second)
        at = instant(datetime.combine(day, time()) + since_midnight, zone)
        if at > now:
            if phrase.weekday not in {None, day.weekday()}:
                raise Unclear("ambiguous")  # "Friday, Nov 30" of a year where that is a Monday
            return at
        is_over = True
    raise Unclear("past" if is_over else "unknown")


def _existing(ymd: Ymd) -> date | None:
    """The day, None where the month is too short; Unclear for a year that nobody means."""
    if ymd[0] not in YEARS:
        raise Unclear("range")
    try:
        return date(*ymd)
    except ValueError:
        return None
