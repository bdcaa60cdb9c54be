"""When a stand-up is: which dates, and from which instant to which. Pure rules, no rows.

Dates are of whoever's clock it is. "workdays" follows the calendar of each person who takes part;
a rule (RRULE, RFC 5545 §3.3.10) names the dates itself, and only leave and holidays excuse from it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo

from bot.core.calendar import Calendar, Kind
from bot.core.calendar_hours import instant_of
from bot.core.errors import Refused
from bot.core.recurrence import recurrence
from bot.core.text import Code, Seq, Strong, t
from bot.core.words import fold, shortened

WORKDAYS = "workdays"
EVERY_DAY = "FREQ=DAILY"
_DAY = timedelta(days=1)
MINUTES = 24 * 60
#: The shortest and the longest window.
SHORTEST, LONGEST = 5, MINUTES
#: At this share of the window whoever is missing is reminded.
REMINDED_AT = 0.8
#: Days ahead that the next date is looked for.
HORIZON = 2 * 366
_TIME = re.compile(r"(\d{1,2})(?:[:.](\d{2})|点(?:(\d{1,2})分?)?|时)? ?(am|pm)?")
_LENGTH = re.compile(r"(\d{1,4}) ?(m|min|minutes?|分钟?|h|hours?|小时)")
_TOO_OFTEN = re.compile(r"FREQ=(HOUR|MINUTE|SECOND)LY|BY(HOUR|MINUTE|SECOND)=")
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_DAY_NAMES = {
    name: number
    for number, names in enumerate(
        ("mon monday", "tue tues tuesday", "wed wednesday", "thu thur thurs thursday",
         "fri friday", "sat saturday", "sun sunday")
    )
    for name in names.split()
}  # fmt: skip
_HAN_DAYS = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6}
_WORDS = {
    WORKDAYS: {"workdays", "working days", "weekdays", "workday", "工作日", "每个工作日"},
    EVERY_DAY: {"daily", "every day", "everyday", "每天", "每日"},
}


def read_time(text: str, field: str) -> int:
    """Minutes after midnight that "9:30", "9.30", "9am", 「9点半」 say; Refused if none."""
    words = fold(text).replace("半", "30分")
    found = _TIME.fullmatch(words)
    if found is not None:
        hour, minute = int(found[1]), int(found[2] or found[3] or 0)
        if found[4] and 1 <= hour <= 12:  # noqa: PLR2004  the hours of a half day
            hour = hour % 12 + (12 if found[4] == "pm" else 0)
        if hour * 60 + minute < MINUTES and minute < 60:  # noqa: PLR2004  minutes of an hour
            return hour * 60 + minute
    raise Refused(
        t(
            "{words} is no time of day. Say for example {example}.",
            words=Strong(shortened(text)),
            example=Code("09:30"),
        ),
        field=field,
    )


def read_window(opens: int, text: str) -> int:
    """For how many minutes answers are taken: until a time of day, or for so long; or Refused."""
    length = _LENGTH.fullmatch(fold(text))
    if length is not None:
        window = int(length[1]) * (60 if length[2][0] in "h小" else 1)
    else:
        closes = read_time(text, "closes")
        window = closes - opens
        if window <= 0:
            raise Refused(
                t(
                    "It would close at {closes}, before it opens at {opens}. Past midnight, say "
                    "how long it is open, for example {example}.",
                    closes=Strong(clock(closes)),
                    opens=Strong(clock(opens)),
                    example=Code("8h"),
                ),
                field="closes",
            )
    if not SHORTEST <= window <= LONGEST:
        sentence = t(
            "It can be open for {least} minutes at least and a day at most.", least=SHORTEST
        )
        raise Refused(sentence, field="closes")
    return window


def clock(minutes: int) -> str:
    """Minutes after midnight as "09:30"."""
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"


def read_days(text: str, since: date) -> str:
    """The days that somebody typed, as they are kept: "workdays" or a rule; or Refused."""
    words = fold(text)
    for days, names in _WORDS.items():
        if words in names:
            return days
    if weekdays := _weekdays(words):
        return f"FREQ=WEEKLY;BYDAY={','.join(_WEEKDAYS[day] for day in sorted(weekdays))}"
    rule = unicodedata.normalize("NFKC", text).strip().upper().removeprefix("RRULE:")
    if "FREQ=" not in rule:
        examples = (Code("workdays"), Code("mon wed fri"), Code("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"))
        raise Refused(
            t(
                "{words} are no days. Say for example {examples}.",
                words=Strong(shortened(text)),
                examples=Seq(examples, "or"),
            ),
            field="days",
        )
    _check_rule(rule, since)
    return rule


def _weekdays(words: str) -> set[int]:
    """The days of the week that a text names and nothing else; none if there is anything else."""
    found: set[int] = set()
    for word in re.split(r"[\s,，、/;；]+|and", words):
        if not word:
            continue
        han = re.fullmatch(r"(?:每?周|星期|礼拜)?([一二三四五六日天]+)", word)
        if han:
            found |= {_HAN_DAYS[each] for each in han[1]}
        elif (name := word if word in _DAY_NAMES else word.removesuffix("s")) in _DAY_NAMES:
            found.add(_DAY_NAMES[name])
        else:
            return set()
    return found


def _check_rule(rule: str, since: date) -> None:
    if _TOO_OFTEN.search(rule):
        sentence = t("A stand-up is once a day at most: the rule has to be of days or longer.")
        raise Refused(sentence, field="days")
    try:
        made = recurrence(rule, since)
    except ValueError as error:
        raise _no_rule(rule) from error
    if not any(made.is_on(since + offset * _DAY) for offset in range(HORIZON)):
        raise Refused(t("By that rule it would never be."), field="days")


def _no_rule(rule: str) -> Refused:
    return Refused(
        t(
            "{rule} is no rule that I understand. Say for example {example}.",
            rule=Code(shortened(rule)),
            example=Code("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"),
        ),
        field="days",
    )


@dataclass(frozen=True, slots=True)
class Plan:
    """What of a stand-up says when it is."""

    opens: int
    window: int
    days: str
    since: date

    def next_day(self, after: date, calendars: Iterable[Calendar]) -> date | None:
        """The first date after `after` on which somebody might be there; None within two years.

        Leave is not looked at: who will be away by then nobody knows yet.
        """
        first = max(after + _DAY, self.since)
        known = {(each.region.code, id(each.overrides)): each for each in calendars}
        found = [replace(each, leave=()) for each in known.values()]
        rule = None if self.days == WORKDAYS else recurrence(self.days, self.since)
        for offset in range(HORIZON):
            day = first + offset * _DAY
            if rule.is_on(day) if rule else any(each.is_workday(day) for each in found):
                return day
        return None

    def is_on(self, day: date, calendar: Calendar) -> bool:
        """Whether somebody is asked on a date of the stand-up."""
        if self.days == WORKDAYS:
            return calendar.is_workday(day)
        found = calendar.day(day)
        is_free = found.is_workday or found.kind is Kind.WEEKEND
        return is_free and not calendar.is_away(day)

    def span(self, day: date, zone: tzinfo) -> tuple[datetime, datetime]:
        """From which instant to which it is open on a date in `zone`.

        A local time that does not exist happens at the next instant that does; one that happens
        twice, the first time. The window is elapsed time.
        """
        opens = instant_of(day, time(self.opens // 60, self.opens % 60), zone)
        return opens, opens + timedelta(minutes=self.window)

    def remind(self, opens: datetime) -> datetime:
        """When whoever is missing is reminded of a window that began at `opens`."""
        return opens + timedelta(minutes=self.window) * REMINDED_AT
