"""Months as people type them, and their pages."""

from __future__ import annotations

from datetime import date

import pytest

from bot.core.calendar import Calendar, Override
from bot.features.calendar.months import Month, mark, read_month, weekday_names, weeks

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("", "2026-11"),
        ("2026-10", "2026-10"),
        ("2026/1", "2026-01"),
        ("2026年10月", "2026-10"),
        ("10/2026", "2026-10"),
        ("10月", "2026-10"),
        ("October", "2026-10"),
        ("oct", "2026-10"),
        ("Oct 2027", "2027-10"),
        ("next month", "2026-12"),
        ("下个月", "2026-12"),
        ("上个月", "2026-10"),
        ("２０２６－１０", "2026-10"),
    ],
)
def test_months_that_are_understood(said: str, meant: str) -> None:
    assert str(read_month(said, TODAY)) == meant


@pytest.mark.parametrize(
    "said", ["2026-13", "2026-00", "1999-12", "2101-01", "13月", "Octobre", "2026", "Oct ²", "soon"]
)
def test_what_is_no_month(said: str) -> None:
    assert read_month(said, TODAY) is None


def test_a_page() -> None:
    days = Calendar(
        overrides={date(2026, 11, 28): Override(True), date(2026, 11, 2): Override(False)}
    )
    page = [[mark(day) for day in week] for week in weeks(days, Month(2026, 11))]
    assert page[0] == ["", "", "", "", "", "", "(1)"]
    assert page[1] == ["(2)", "3", "4", "5", "6", "(7)", "(8)"]
    assert page[4] == ["23", "24", "25", "26", "27", "[28]", "(29)"]
    assert page[5] == ["30", "", "", "", "", "", ""]


def test_titles() -> None:
    month = Month(2026, 12)
    assert (month.title("en"), month.title("zh")) == ("December 2026", "2026年12月")
    assert (str(month.ahead(1)), str(month.ahead(-12))) == ("2027-01", "2025-12")
    assert weekday_names("zh")[0] == "周一"
    assert weekday_names("en")[6] == "Sun"
