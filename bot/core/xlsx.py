"""Workbooks: rows of any number into one XLSX file, in the memory of one row.

What people wrote is only ever text there: nothing begins to run when the file is opened.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from enum import Enum
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from bot.core.filetext import FORMULA

#: Excel's own limits: rows of a sheet, UTF-16 units of a cell, links of a sheet, a link's length.
MOST_ROWS = 1_048_576
LONGEST = 32_767
MOST_LINKS = 65_530
LONGEST_LINK = 2_079
_NO_SHEET_NAME = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))


class Kind(Enum):
    """What stands in a column."""

    TEXT = "text"
    NUMBER = "number"
    #: An aware datetime: in the file a date and time of the column's zone, for Excel has no zones.
    INSTANT = "instant"
    DATE = "date"
    #: The address of a page.
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, how wide it is (in characters), and what stands in it."""

    title: str
    width: float = 16
    kind: Kind = Kind.TEXT
    zone: tzinfo = UTC


def write_workbook(
    path: Path, sheet: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]]
) -> int:
    """Write a workbook of one sheet to `path`; how many rows it has. OSError if that fails.

    A row has a value for each column: text, a number, an aware datetime, a date, or None for an
    empty cell. Longer than Excel takes, a text ends with "…", and the rows go on in a next sheet.
    """
    with tempfile.TemporaryDirectory(prefix=".xlsx-", dir=path.parent) as folder:
        book = Workbook(str(path), {"constant_memory": True, "tmpdir": folder})
        try:
            book.use_zip64()
            count = _Book(book, sheet, columns).write(rows)
            book.close()
        except BaseException as error:
            # Its files are open still. What it wrote there is thrown away.
            for each in book.worksheets():
                with suppress(OSError):
                    each._opt_close()  # noqa: SLF001  it has no other way to let go of them
            if isinstance(error, FileCreateError) and isinstance(error.args[0], OSError):
                raise error.args[0] from error
            raise
        return count


class _Book:
    """A workbook while it is written."""

    def __init__(self, book: Workbook, name: str, columns: Sequence[Column]) -> None:
        self._book = book
        self._name = name.translate(_NO_SHEET_NAME).strip()[:24] or "Sheet"
        self._columns = columns
        looks = {"valign": "top", "text_wrap": True}
        self._head = book.add_format({"bold": True, "bottom": 1, "bg_color": "#E8EEF6", **looks})
        self._text = book.add_format(looks)
        # With this mark a cell stays text also when somebody edits it.
        self._quoted = book.add_format({"quote_prefix": True, **looks})
        self._number = book.add_format({"valign": "top"})
        self._instant = book.add_format({"num_format": "yyyy-mm-dd hh:mm", "valign": "top"})
        self._date = book.add_format({"num_format": "yyyy-mm-dd", "valign": "top"})
        self._link = book.add_format({"font_color": "#0B57D0", "underline": 1, "valign": "top"})
        self._sheets = 0
        self._links = 0

    def write(self, rows: Iterable[Sequence[Any]]) -> int:
        """Write all rows; how many."""
        count = 0
        sheet, position = self._begin(), 0
        for row in rows:
            if position == MOST_ROWS - 1:
                self._end(sheet, position)
                sheet, position = self._begin(), 0
            position += 1
            count += 1
            self._row(sheet, position, row)
        self._end(sheet, position)
        return count

    def _begin(self) -> Worksheet:
        self._sheets += 1
        self._links = 0
        number = f" {self._sheets}" if self._sheets > 1 else ""
        sheet: Worksheet = self._book.add_worksheet(self._name + number)
        for position, column in enumerate(self._columns):
            sheet.set_column(position, position, column.width)
            sheet.write_string(0, position, column.title, self._head)
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        return sheet

    def _end(self, sheet: Worksheet, last: int) -> None:
        if last:
            sheet.autofilter(0, 0, last, len(self._columns) - 1)

    def _row(self, sheet: Worksheet, position: int, row: Sequence[Any]) -> None:
        for at, (value, column) in enumerate(zip(row, self._columns, strict=True)):
            if value is None or value == "":
                continue
            if column.kind is Kind.TEXT:
                text, looks = _fitted(value), self._look(value)
                sheet.write_string(position, at, text, looks)
            elif column.kind is Kind.LINK:
                self._write_link(sheet, position, at, value)
            elif column.kind is Kind.NUMBER:
                sheet.write_number(position, at, value, self._number)
            else:
                self._write_date(sheet, position, at, value, column)

    def _look(self, text: str) -> Format:
        return self._quoted if text[0] in FORMULA else self._text

    def _write_date(
        self, sheet: Worksheet, position: int, at: int, value: date, column: Column
    ) -> None:
        if isinstance(value, datetime):
            value = value.astimezone(column.zone).replace(tzinfo=None)
        is_date = column.kind is Kind.DATE
        if value.year < 1900:  # noqa: PLR2004  where Excel's dates begin
            sheet.write_string(position, at, value.isoformat(), self._text)
        else:
            sheet.write_datetime(position, at, value, self._date if is_date else self._instant)

    def _write_link(self, sheet: Worksheet, position: int, at: int, link: str) -> None:
        is_link = link.startswith(("https://", "http://")) and len(link) <= LONGEST_LINK
        if is_link and self._links < MOST_LINKS:
            self._links += 1
            sheet.write_url(position, at, link, self._link, string=link[:255])
        else:
            sheet.write_string(position, at, _fitted(link), self._look(link))


def _fitted(text: str) -> str:
    if len(text) > LONGEST // 2:
        units = text.encode("utf-16-le", "surrogatepass")
        if len(units) > LONGEST * 2:
            kept = units[: (LONGEST - 1) * 2].decode("utf-16-le", "ignore")
            return f"{kept}…"
    if text.startswith("<r>") and text.endswith("</r>"):
        # XlsxWriter takes that for its own markup, and writes it into the file as it is.
        return f"{text}\u200b"
    return text
