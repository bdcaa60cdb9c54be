"""Workbooks, as a spreadsheet reads them."""

from __future__ import annotations

import errno
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from bot.core import xlsx
from bot.core.xlsx import Column, Kind, write_workbook

TEXT = [Column("Text", 40)]


def opened(path: Path) -> Worksheet:
    sheet = openpyxl.load_workbook(path).active
    assert isinstance(sheet, Worksheet)
    return sheet


def written(tmp_path: Path, columns: list[Column], *rows: tuple[Any, ...]) -> Worksheet:
    path = tmp_path / "x.xlsx"
    assert write_workbook(path, "Sheet", columns, rows) == len(rows)
    assert [each.name for each in tmp_path.iterdir()] == ["x.xlsx"], "nothing else is left"
    return opened(path)


def test_every_kind_of_column(tmp_path: Path) -> None:
    columns = [
        Column("Text", 40),
        Column("Number", kind=Kind.NUMBER),
        Column("At", kind=Kind.INSTANT, zone=ZoneInfo("Asia/Shanghai")),
        Column("Day", kind=Kind.DATE),
        Column("Link", kind=Kind.LINK),
    ]
    at = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
    sheet = written(
        tmp_path,
        columns,
        ("支付", 7, at, date(2026, 11, 23), "https://x.test/a"),
        (None, None, None, None, None),
    )
    assert [cell.value for cell in sheet[1]] == ["Text", "Number", "At", "Day", "Link"]
    assert [cell.value for cell in sheet[2]] == [
        "支付",
        7,
        datetime(2026, 11, 24, 2, 0),  # noqa: DTZ001  workbooks have no zones
        datetime(2026, 11, 23),  # noqa: DTZ001  as above
        "https://x.test/a",
    ]
    assert sheet["E2"].hyperlink is not None
    assert sheet["C2"].is_date
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:E3"
    assert sheet.column_dimensions["A"].width == pytest.approx(40, abs=1)


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\n=1", "=HYPERLINK(1)", "\uff1d1", "{=1}", "0012"],
)
def test_no_cell_is_run(tmp_path: Path, text: str) -> None:
    cell = written(tmp_path, TEXT, (text,))["A2"]
    assert cell.data_type == "s"
    assert cell.value == text


@given(text=st.text(max_size=40))
@settings(max_examples=40, deadline=None)
def test_texts_come_back(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("x") / "x.xlsx"
    write_workbook(path, "Sheet", TEXT, [(text,), ("<r>no markup</r>",)])
    sheet = opened(path)
    assert sheet["A3"].value == "<r>no markup</r>\u200b", "not XlsxWriter's own markup"
    found = sheet["A2"].value
    # XML has no carriage return; openpyxl leaves what stands for a control as it is written.
    if text.isprintable() and "_x" not in text:
        assert (found or "") == text


def test_what_is_too_long_is_shortened(tmp_path: Path) -> None:
    for long in ("a" * 50_000, "\U0001f600" * 40_000):
        value = written(tmp_path, TEXT, (long,))["A2"].value
        assert isinstance(value, str)
        assert value.endswith("…")
        assert len(value.encode("utf-16-le")) <= xlsx.LONGEST * 2
        assert long.startswith(value[:-1])
    fits = "a" * xlsx.LONGEST
    assert written(tmp_path, TEXT, (fits,))["A2"].value == fits


def test_links_that_are_none_are_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "MOST_LINKS", 1)
    columns = [Column("Link", kind=Kind.LINK)]
    long = "https://x.test/" + "a" * 2100
    sheet = written(
        tmp_path, columns, ("javascript:1",), (long,), ("https://x.test",), ("https://y.test",)
    )
    assert [bool(sheet[f"A{row}"].hyperlink) for row in (2, 3, 4, 5)] == [False, False, True, False]
    assert sheet["A5"].value == "https://y.test"


def test_days_before_the_first_one_are_text(tmp_path: Path) -> None:
    sheet = written(tmp_path, [Column("Day", kind=Kind.DATE)], (date(1899, 12, 31),))
    assert sheet["A2"].value == "1899-12-31"


def test_rows_go_on_in_a_next_sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "MOST_ROWS", 3)
    path = tmp_path / "x.xlsx"
    assert write_workbook(path, "De[c]:?", TEXT, ((str(n),) for n in range(5))) == 5
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["De c", "De c 2", "De c 3"]
    assert [row[0].value for row in book["De c 3"].iter_rows()] == ["Text", "4"]


def test_an_empty_workbook(tmp_path: Path) -> None:
    assert written(tmp_path, TEXT).max_row == 1


def test_what_breaks_off_leaves_no_files_behind(tmp_path: Path) -> None:
    def rows() -> Any:
        yield ("a",)
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        write_workbook(tmp_path / "x.xlsx", "Sheet", TEXT, rows())
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "x.xlsx").mkdir()
    with pytest.raises(IsADirectoryError):
        write_workbook(tmp_path / "x.xlsx", "Sheet", TEXT, [("a",)])
