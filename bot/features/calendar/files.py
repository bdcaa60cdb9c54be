"""The team's own days from a file: CSV, or iCalendar as calendars on the web export it.

    date,kind,name              BEGIN:VEVENT
    2027-02-05,off,春节         DTSTART;VALUE=DATE:20270205
    2027-02-20,work,春节调休     DTEND;VALUE=DATE:20270212
                                SUMMARY:春节

An iCalendar event says with its title whether it is worked: one with 班 in it (补班, 上班), or with
"workday", "working day" or "make-up", is a workday, and every other one a day off.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from bot.core.calendar import Override
from bot.core.errors import MusterError
from bot.core.text import Code, Msg, Strong, t
from bot.core.words import clean, fold, shortened

_KINDS = {
    **dict.fromkeys(("work", "workday", "working day", "上班", "班", "补班", "工作日"), True),
    **dict.fromkeys(("off", "holiday", "day off", "休", "休息", "放假", "假日"), False),
}
_IS_WORKED = re.compile(r"班|work(ing)?[ -]?day|make-?up", re.IGNORECASE)
_YEARS = range(2000, 2101)
_LONGEST = 366
_LONGEST_NAME = 100
_COLUMNS = 2


#: A day, what the file says of it, and in which line.
_Found = tuple[int, date, Override]


class BadFile(MusterError):  # noqa: N818  as the errors of the core
    """A line of the file cannot be understood; nothing was loaded."""

    def __init__(self, number: int, why: Msg) -> None:
        self.message = t("Line {number}: {why}", number=str(number), why=why)
        super().__init__(self.message.id)


def read_days(text: str) -> dict[date, Override]:
    """The days of a file, in its order. BadFile: the first line that cannot be understood."""
    body = text.removeprefix("\ufeff")
    found = _ics(body) if body.lstrip().upper().startswith("BEGIN:VCALENDAR") else _csv(body)
    days: dict[date, Override] = {}
    for number, day, own in found:
        if days.setdefault(day, own).is_workday is not own.is_workday:
            name = Strong(str(day))
            raise BadFile(number, t("{day} is both a workday and a day off", day=name))
    return days


# CSV.


def _csv(text: str) -> Iterator[_Found]:
    lines = csv.reader(text.splitlines())
    while True:
        try:
            cells = next(lines, None)
        except csv.Error as error:
            raise BadFile(lines.line_num, t("{why}", why=str(error))) from error
        if cells is None:
            return
        words = [cell.strip() for cell in cells]
        is_header = lines.line_num == 1 and fold(words[0] if words else "") in {"date", "日期"}
        if any(words) and not is_header and not words[0].startswith("#"):
            yield _line(words, lines.line_num)


def _line(words: list[str], number: int) -> _Found:
    if len(words) < _COLUMNS:
        example = Code("2027-02-05,off,春节")
        raise BadFile(number, t("a line looks like {example}", example=example))
    is_workday = _KINDS.get(fold(words[1]))
    if is_workday is None:
        said = Strong(shortened(words[1]))
        raise BadFile(number, t("{words} is neither {a} nor {b}", words=said, a=_A, b=_B))
    name = _name(words[2] if len(words) > _COLUMNS else "")
    return number, _date(words[0], number), Override(is_workday, name)


_A, _B = Code("work"), Code("off")


def _date(words: str, number: int) -> date:
    try:
        found = date.fromisoformat(words.replace("/", "-"))
    except ValueError:
        said, example = Strong(shortened(words)), Code("2027-02-05")
        sentence = t("{words} is no date; one looks like {example}", words=said, example=example)
        raise BadFile(number, sentence) from None
    if found.year not in _YEARS:
        raise BadFile(number, t("{words} is too far away", words=Strong(words)))
    return found


def _name(words: str) -> str:
    return shortened(clean(words), _LONGEST_NAME)


# iCalendar (RFC 5545).


@dataclass(slots=True)
class _Event:
    number: int
    values: dict[str, tuple[int, str]] = field(default_factory=dict)


def _ics(text: str) -> Iterator[_Found]:
    event: _Event | None = None
    for number, unfolded in _unfolded(text):
        name, _, value = unfolded.partition(":")
        name = name.partition(";")[0].upper().strip()
        if (name, value.strip().upper()) == ("BEGIN", "VEVENT"):
            event = _Event(number)
        elif (name, value.strip().upper()) == ("END", "VEVENT") and event is not None:
            yield from _days_of(event)
            event = None
        elif event is not None:
            event.values[name] = number, value.strip()
    if event is not None:
        raise BadFile(event.number, t("the event has no end"))


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Logical lines, each with the number of its first; one that begins with a space goes on."""
    held: tuple[int, str] | None = None
    for number, each in enumerate(text.splitlines(), 1):
        if each[:1] in {" ", "\t"} and held is not None:
            held = held[0], held[1] + each[1:]
            continue
        if held is not None:
            yield held
        held = number, each
    if held is not None:
        yield held


def _days_of(event: _Event) -> Iterator[_Found]:
    for repeated in ("RRULE", "RDATE"):
        if repeated in event.values:
            number = event.values[repeated][0]
            raise BadFile(number, t("events that repeat cannot be loaded; write every day"))
    if "DTSTART" not in event.values:
        raise BadFile(event.number, t("the event has no date"))
    number, first = event.values["DTSTART"]
    start = _ics_date(first, number)
    until, last = event.values.get("DTEND", (number, ""))
    end = _ics_date(last, until) if last else start + timedelta(days=1)
    # The end of whole days is not included; an event of hours ends on the day that it is on.
    count = max((end - start).days, 1)
    if count > _LONGEST:
        raise BadFile(until, t("the event is longer than a year"))
    title = _unescaped(event.values.get("SUMMARY", (0, ""))[1])
    is_workday = _IS_WORKED.search(title) is not None
    for ahead in range(count):
        yield number, start + timedelta(ahead), Override(is_workday, _name(title))


def _ics_date(value: str, number: int) -> date:
    digits = value.partition("T")[0]
    words = f"{digits[:4]}-{digits[4:6]}-{digits[6:]}"
    if not _ICS_DATE.fullmatch(digits):
        said, example = Strong(shortened(value)), Code("20270205")
        sentence = t("{words} is no date; one looks like {example}", words=said, example=example)
        raise BadFile(number, sentence)
    return _date(words, number)


_ICS_DATE = re.compile(r"\d{8}", re.ASCII)


def _unescaped(text: str) -> str:
    return re.sub(r"\\([\\;,nN])", lambda found: " " if found[1] in "nN" else found[1], text)
