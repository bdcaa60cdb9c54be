"""Workbooks, as a spreadsheet program reads them."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from bot.core import xlsx
from bot.core.xlsx import Value, write_workbook

SHANGHAI = timezone(timedelta(hours=8))


def _sheet(path: Path, *rows: Sequence[Value], name: str = "Answers") -> Worksheet:
    columns = ["day", "what", "n"]
    assert write_workbook(path, name, columns, rows) == len(rows)
    book = load_workbook(path)
    [sheet] = book.worksheets
    assert [cell.value for cell in sheet[1]] == columns
    return sheet


def _values(sheet: Worksheet) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in sheet.iter_rows(min_row=2, values_only=True)]


def test_dates_are_dates_and_numbers_numbers(tmp_path: Path) -> None:
    at = datetime(2026, 11, 23, 9, 30, tzinfo=SHANGHAI)
    sheet = _sheet(tmp_path / "a.xlsx", (date(2026, 11, 23), at, 4), (None, "", 1.5))
    assert _values(sheet) == [
        (datetime(2026, 11, 23), datetime(2026, 11, 23, 9, 30), 4),  # noqa: DTZ001  a sheet knows no zones
        (None, None, 1.5),
    ]
    assert sheet["A2"].number_format == "yyyy-mm-dd"
    assert sheet["B2"].number_format == "yyyy-mm-dd hh:mm"


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "{=A1}", "https://example.org", "007", " leading\nand more ",
     "进展顺利 🙂", "<b>&amp;", "mailto:a@example.org"],
)  # fmt: skip
def test_text_is_text(tmp_path: Path, text: str) -> None:
    sheet = _sheet(tmp_path / "a.xlsx", ("2026-11-23", text, 1))
    assert sheet["B2"].value == text
    assert sheet["B2"].data_type == "s"
    assert sheet["B2"].hyperlink is None


def test_what_a_cell_cannot_hold(tmp_path: Path) -> None:
    sheet = _sheet(
        tmp_path / "a.xlsx", ("x" * 50_000, "😀" * 20_000, 1), ("a\x00b\x07", "\ud800", 2)
    )
    assert sheet["A2"].value == "x" * xlsx.LONGEST
    assert sheet["B2"].value == "😀" * (xlsx.LONGEST // 2)
    assert sheet["A3"].value is not None
    assert sheet["C3"].value == 2


def test_the_header_stays_and_columns_fit(tmp_path: Path) -> None:
    sheet = _sheet(tmp_path / "a.xlsx", ("短", "昨天修好了支付超时的问题", 1), ("y" * 500, "", 2))
    assert sheet.freeze_panes == "A2"
    assert sheet["A1"].font.bold
    width = {name: sheet.column_dimensions[name].width for name in "ABC"}
    assert width["A"] == pytest.approx(60, abs=1)
    assert width["B"] == pytest.approx(26, abs=1)
    assert width["C"] == pytest.approx(10, abs=1)


@pytest.mark.parametrize(
    ("name", "shown"),
    [("WR-1: [a/b]*?", "WR-1   a b"), ("", "Sheet1"), ("'x'", "x"), ("长" * 40, "长" * 31)],
)
def test_the_name_of_the_sheet(tmp_path: Path, name: str, shown: str) -> None:
    assert _sheet(tmp_path / "a.xlsx", name=name).title == shown


def test_too_many_rows_are_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "MOST_ROWS", 3)
    rows = [("a", "b", 1)] * 3
    with pytest.raises(ValueError, match="3 rows at most"):
        write_workbook(tmp_path / "a.xlsx", "x", ["1", "2", "3"], rows)


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    """Ten times the rows: no more memory at its peak."""
    peaks = []
    write_workbook(tmp_path / "warm.xlsx", "x", ["1"], [("warm",)])
    for count in (300, 3000):
        tracemalloc.start()
        rows = ((f"row {n}", "text " * 20, n) for n in range(count))
        assert write_workbook(tmp_path / "a.xlsx", "x", ["1", "2", "3"], rows) == count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 300_000
