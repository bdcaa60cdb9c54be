"""Days from files, and the lines at fault."""

from __future__ import annotations

from datetime import date

import pytest

from bot.core.calendar import Override
from bot.core.i18n import plain
from bot.core.text import Reader
from bot.features.calendar.files import BadFile, read_days

CSV = """\
date,kind,name
2027-02-05,off,"春节, 第一天"
# a remark

2027/02/20,上班
2027-02-21,Work,Release
"""
ICS = """\
BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
DTSTART;VALUE=DATE:20270205
DTEND;VALUE=DATE:20270208
SUMMARY:春节\\, 长
 假
END:VEVENT
BEGIN:VEVENT
DTSTART:20270220T000000
SUMMARY:春节 补班
END:VEVENT
END:VCALENDAR
"""


def test_csv() -> None:
    assert read_days("\ufeff" + CSV.replace("\n", "\r\n")) == {
        date(2027, 2, 5): Override(False, "春节, 第一天"),
        date(2027, 2, 20): Override(True, ""),
        date(2027, 2, 21): Override(True, "Release"),
    }


def test_icalendar() -> None:
    assert read_days(ICS) == {
        date(2027, 2, 5): Override(False, "春节, 长假"),
        date(2027, 2, 6): Override(False, "春节, 长假"),
        date(2027, 2, 7): Override(False, "春节, 长假"),
        date(2027, 2, 20): Override(True, "春节 补班"),
    }


def _event(*lines: str) -> str:
    return "\n".join(["BEGIN:VCALENDAR", "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2027-02-05", "Line 1: a line looks like 2027-02-05,off,春节"),
        ("date,kind\n2027-02-30,off", "Line 2: 2027-02-30 is no date"),
        ("2027-02-05,maybe", "Line 1: maybe is neither work nor off"),
        ("3027-02-05,off", "Line 1: 3027-02-05 is too far away"),
        ("2027-02-05,off\n\n2027-02-05,work", "Line 3: 2027-02-05 is both"),
        (f"2027-02-05,off,{'x' * 200_000}", "Line 1: field larger"),
        (_event("SUMMARY:x"), "Line 2: the event has no date"),
        (_event("DTSTART:soon"), "Line 3: soon is no date"),
        (_event("DTSTART:30270205"), "Line 3: 3027-02-05 is too far away"),
        (_event("DTSTART:20270205", "RRULE:FREQ=YEARLY"), "Line 4: events that repeat"),
        (_event("DTSTART:20270205", "DTEND:20290205"), "Line 4: the event is longer"),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20270205", "Line 2: the event has no end"),
    ],
)
def test_the_line_at_fault_is_named(text: str, said: str) -> None:
    with pytest.raises(BadFile) as found:
        read_days(text)
    assert plain(found.value.message, Reader()).startswith(said)


def test_names_are_cut_and_cleaned() -> None:
    [own] = read_days(f"2027-02-05,off,\x1b[2J{'x' * 500}").values()
    assert len(own.name) == 100
    assert "\x1b" not in own.name
