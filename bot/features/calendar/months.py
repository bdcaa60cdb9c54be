"""Months, as people type them and as a page of a calendar."""

from __future__ import annotations

import calendar
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from babel.dates import format_date, get_day_names, get_month_names

from bot.core.calendar import Calendar, Day, Kind
from bot.core.text import Speech
from bot.core.when_calendar import add_months

_WEEK = 7
_YEARS = range(2000, 2101)
_YEAR_MONTH = re.compile(r"(\d{4}) ?[-/.年] ?(\d{1,2})月?")
_MONTH_YEAR = re.compile(r"(\d{1,2}) ?/ ?(\d{4})")
_CHINESE_MONTH = re.compile(r"(\d{1,2})月(?:份)?")
#: Months from this one, by what people call them.
_AHEAD = {
    "": 0,
    "now": 0,
    "this": 0,
    "this month": 0,
    "本月": 0,
    "这个月": 0,
    "当月": 0,
    "next": 1,
    "next month": 1,
    "下月": 1,
    "下个月": 1,
    "last": -1,
    "last month": -1,
    "previous": -1,
    "上月": -1,
    "上个月": -1,
}
_LOCALES: dict[str, str] = {"en": "en_GB", "zh": "zh_Hans_CN"}


@dataclass(frozen=True, slots=True)
class Month:
    """A month of a year from 2000 to 2100."""

    year: int
    month: int

    def __str__(self) -> str:
        return f"{self.year}-{self.month:02}"

    @property
    def first(self) -> date:
        return date(self.year, self.month, 1)

    def ahead(self, months: int) -> Month:
        """The month that many months later."""
        day = add_months(self.first, months)
        return Month(day.year, day.month)

    @property
    def is_known(self) -> bool:
        return self.year in _YEARS

    def days(self) -> list[date]:
        count = calendar.monthrange(self.year, self.month)[1]
        return [self.first + timedelta(n) for n in range(count)]

    def title(self, lang: Speech) -> str:
        """As "October 2026", 「2026年10月」."""
        pattern = "y年M月" if lang == "zh" else "MMMM y"
        return format_date(self.first, pattern, locale=_locale(lang))


def read_month(text: str, today: date) -> Month | None:
    """The month that `text` means ("2026-10", "October", "next", 「下个月」); None if none."""
    words = unicodedata.normalize("NFKC", text).strip().casefold()
    this = Month(today.year, today.month)
    if words in _AHEAD:
        return this.ahead(_AHEAD[words])
    year, month = today.year, 0
    if (found := _YEAR_MONTH.fullmatch(words)) is not None:
        year, month = int(found[1]), int(found[2])
    elif (found := _MONTH_YEAR.fullmatch(words)) is not None:
        year, month = int(found[2]), int(found[1])
    elif (found := _CHINESE_MONTH.fullmatch(words)) is not None:
        month = int(found[1])
    else:
        name, _, said = words.partition(" ")
        month = _month_names().get(name, 0)
        year = int(said) if said.isascii() and said.isdigit() else year if not said else 0
    return Month(year, month) if year in _YEARS and 1 <= month <= 12 else None  # noqa: PLR2004


@cache
def _month_names() -> dict[str, int]:
    named = (get_month_names("wide", locale="en"), get_month_names("abbreviated", locale="en"))
    return {name.casefold(): month for names in named for month, name in names.items()}


def weekday_names(lang: Speech) -> list[str]:
    """Monday first: "Mon", 「周一」."""
    names = get_day_names("abbreviated", locale=_locale(lang))
    return [names[day] for day in range(_WEEK)]


def day_name(day: date, lang: Speech) -> str:
    """As "Wed 7 Oct", 「10月7日 周三」."""
    return format_date(day, "M月d日 EEE" if lang == "zh" else "EEE d MMM", locale=_locale(lang))


def _locale(lang: Speech) -> str:
    return _LOCALES["zh" if lang == "zh" else "en"]


def weeks(days: Calendar, month: Month) -> list[list[Day | None]]:
    """The days of a month in weeks from Monday on; None is a day of another month."""
    cells: list[Day | None] = [None] * month.first.weekday()
    cells += [days.day(day) for day in month.days()]
    cells += [None] * (-len(cells) % _WEEK)
    return [cells[start : start + _WEEK] for start in range(0, len(cells), _WEEK)]


def mark(day: Day | None) -> str:
    """A day on the page: 8 is worked, (4) is off, [10] is worked though the region's week says no.

    A day of another month is empty.
    """
    if day is None:
        return ""
    if not day.is_workday:
        return f"({day.on.day})"
    return f"{day.on.day}" if day.kind is Kind.WORKDAY else f"[{day.on.day}]"
