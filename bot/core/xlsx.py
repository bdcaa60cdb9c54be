"""A workbook of one sheet, by XlsxWriter: row by row, so that a long one needs no more memory.

Text is always text: what begins with = is no formula, what looks like a link or a number stays as
it was written. The header stays in sight; columns are as wide as what is in them, up to a limit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

#: A cell holds as much (Excel's specifications and limits), counted in UTF-16 as Excel does.
LONGEST = 32_767
#: Rows of a sheet, the header among them (the same page).
MOST_ROWS = 1_048_576
_NARROWEST, _WIDEST = 8, 60
_NOT_IN_NAMES = str.maketrans("[]:*?/\\", "       ")

#: What a cell can hold. A datetime is written as its own clock has it: a sheet knows no zones.
Value = str | float | date | datetime | None


def write_workbook(
    path: Path, sheet: str, columns: Sequence[str], rows: Iterable[Sequence[Value]]
) -> int:
    """Write a workbook to `path`, its first row `columns`; how many rows there were besides.

    `sheet` is what the sheet is called; what a name cannot have is left out of it. What is longer
    than a cell holds is cut. ValueError: there are more rows than a sheet holds.
    """
    # Its temporary file, as long as the sheet, lies where the workbook will.
    options: dict[str, Any] = {"constant_memory": True, "tmpdir": str(path.parent)}
    widths = [_NARROWEST] * len(columns)
    count = -1
    with Workbook(str(path), options) as book:
        written = book.add_worksheet(_named(sheet))
        written.freeze_panes(1, 0)
        formats = _Formats(book)
        for count, row in enumerate(_with_head(columns, rows)):
            if count >= MOST_ROWS:
                message = f"a sheet has {MOST_ROWS} rows at most"
                raise ValueError(message)
            for at, value in enumerate(row):
                length = _write(written, (count, at), value, formats, is_head=count == 0)
                widths[at] = max(widths[at], length)
        for at, width in enumerate(widths):
            written.set_column(at, at, min(width + 2, _WIDEST))
    return count


def _with_head(
    columns: Sequence[str], rows: Iterable[Sequence[Value]]
) -> Iterable[Sequence[Value]]:
    yield columns
    yield from rows


def _named(sheet: str) -> str:
    """A name that a sheet can have: 31 characters, no apostrophe at an end."""
    return sheet.translate(_NOT_IN_NAMES)[:31].strip(" '") or "Sheet1"


class _Formats:
    """How cells look."""

    def __init__(self, book: Workbook) -> None:
        self.head: Format = book.add_format({"bold": True, "valign": "top"})
        self.text: Format = book.add_format({"text_wrap": True, "valign": "top"})
        self.day: Format = book.add_format({"num_format": "yyyy-mm-dd", "valign": "top"})
        self.instant: Format = book.add_format({"num_format": "yyyy-mm-dd hh:mm", "valign": "top"})
        self.number: Format = book.add_format({"valign": "top"})


def _write(
    sheet: Worksheet, cell: tuple[int, int], value: Value, formats: _Formats, *, is_head: bool
) -> int:
    """Write a cell; how wide it wants to be, in characters."""
    row, column = cell
    match value:
        case None | "":
            return 0
        case str():
            text = _cut(value)
            sheet.write_string(row, column, text, formats.head if is_head else formats.text)
            return max(_width(line) for line in text[:10_000].split("\n"))
        case datetime():
            sheet.write_datetime(row, column, value.replace(tzinfo=None), formats.instant)
            return len("2026-11-23 09:30")
        case date():
            sheet.write_datetime(row, column, value, formats.day)
            return len("2026-11-23")
        case _:
            sheet.write_number(row, column, value, formats.number)
            return len(str(value))


def _cut(text: str) -> str:
    """As much of a text as a cell holds; half a character, which no file can have, is a "?"."""
    return text.encode("utf-16-le", "replace")[: LONGEST * 2].decode("utf-16-le", "ignore")


def _width(line: str) -> int:
    """How wide a line is, in characters: Chinese ones are wide."""
    return sum(2 if ord(each) >= 0x1100 else 1 for each in line[:_WIDEST])  # noqa: PLR2004  Hangul, kana and Han begin there
