"""Recurring dates: the part of RFC 5545 (§3.3.10, RRULE) that is about days, by `dateutil.rrule`.

    FREQ=WEEKLY;INTERVAL=2;BYDAY=TU        every other Tuesday
    FREQ=MONTHLY;BYDAY=-1FR                the last Friday of each month

A rule is asked about one year at a time. The library looks for the next date up to the year 9999,
whatever it is told: for one that is on no date, FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30, that took three
seconds a year. The calendar repeats itself every 400 years, to the weekday, so the library is asked
as late as can be, and has not far to look. COUNT is not taken, for a count of days says less to
people than the last of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from typing import Self

from dateutil.rrule import rrule, rrulestr

_DAY = r"(?:MO|TU|WE|TH|FR|SA|SU)"
_NTH = r"[+-]?(?:[1-9]|[1-4]\d|5[0-3])"


def _list_of(part: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{part})(?:,(?:{part}))*")


_PARTS = {
    "FREQ": re.compile(r"DAILY|WEEKLY|MONTHLY|YEARLY"),
    "INTERVAL": re.compile(r"[1-9]\d{0,2}"),
    "BYDAY": _list_of(rf"(?:{_NTH})?{_DAY}"),
    "BYMONTHDAY": _list_of(r"[+-]?(?:0?[1-9]|[12]\d|3[01])"),
    "BYYEARDAY": _list_of(r"[+-]?(?:[1-9]\d?|[12]\d\d|3[0-5]\d|36[0-6])"),
    "BYWEEKNO": _list_of(_NTH),
    "BYMONTH": _list_of(r"0?[1-9]|1[0-2]"),
    "BYSETPOS": _list_of(r"[+-]?(?:[1-9]\d?|[12]\d\d|3[0-5]\d|36[0-6])"),
    "WKST": re.compile(_DAY),
    "UNTIL": re.compile(r"\d{8}(?:T\d{6}Z?)?"),
}
#: Years after which the days of the week and the leap years are the same again.
_CYCLE = 400
#: Parts that have a meaning only where the frequency has room for them (RFC 5545, table of BYxxx).
_NEEDS = {"BYYEARDAY": {"YEARLY"}, "BYWEEKNO": {"YEARLY"}}


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A rule, which counts from the date `since`."""

    rule: str
    since: date
    until: date

    @classmethod
    def parse(cls, text: str, since: date) -> Self:
        """The rule that `text` is; ValueError if it is none, or one of less than a day."""
        parts = _parts(text)
        freq = parts.get("FREQ", "")
        if not freq:
            raise ValueError(text)
        _check_places(freq, parts)
        last = parts.pop("UNTIL", "99991231")
        rule = ";".join(f"{name}={value}" for name, value in parts.items())
        _made(rule, since, 0)  # it may refuse what the pattern lets through
        return cls(rule, since, date.fromisoformat(last[:8]))

    def is_on(self, day: date) -> bool:
        """Whether `day` is one of its dates."""
        return self.since <= day <= self.until and day in _dates(self.rule, self.since, day.year)


def _parts(text: str) -> dict[str, str]:
    """What a rule says, by name; ValueError if it says something twice, or nothing known."""
    pairs = [part.partition("=")[::2] for part in text.split(";") if part]
    parts = dict(pairs)
    if len(parts) != len(pairs):
        raise ValueError(text)
    for name, value in parts.items():
        if name not in _PARTS or not _PARTS[name].fullmatch(value):
            message = f"{name}={value}"
            raise ValueError(message)
    return parts


def _check_places(freq: str, parts: Mapping[str, str]) -> None:
    """ValueError where a part has no meaning with that frequency: the library passes over some."""
    if freq in {"DAILY", "WEEKLY"} and re.search(r"\d", parts.get("BYDAY", "")):
        raise ValueError(parts["BYDAY"])
    if freq == "WEEKLY" and "BYMONTHDAY" in parts:
        raise ValueError(parts["BYMONTHDAY"])
    for name, places in _NEEDS.items():
        if name in parts and freq not in places:
            raise ValueError(name)
    days = {"BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYMONTH"}
    if "BYSETPOS" in parts and (freq == "DAILY" or not days & parts.keys()):
        raise ValueError(parts["BYSETPOS"])


def _made(rule: str, since: date, cycles: int) -> rrule:
    """A rule that counts from `since`, so many cycles of the calendar later."""
    made = rrulestr(rule, dtstart=datetime.combine(_moved(since, cycles), time()))
    assert isinstance(made, rrule), "one line is one rule"
    return made


@lru_cache(maxsize=1024)
def _dates(rule: str, since: date, year: int) -> frozenset[date]:
    """The dates of a rule from `since` to the end of `year`."""
    cycles = (date.max.year - year) // _CYCLE
    last = datetime.combine(_moved(date(year, 12, 31), cycles), time())
    found = _made(rule, since, cycles).replace(until=last)
    return frozenset(_moved(each.date(), -cycles) for each in found)


def _moved(day: date, cycles: int) -> date:
    return day.replace(year=day.year + cycles * _CYCLE)


@lru_cache(maxsize=512)
def recurrence(text: str, since: date) -> Recurrence:
    """As `Recurrence.parse`, kept."""
    return Recurrence.parse(text, since)
