"""Decisions as files: to read, for a spreadsheet, for a program, for a repository.

Rows are written as they are read, so that a file of any size takes the memory of one batch. In the
files for programs (CSV, JSON, JSON Lines) everything is there as it is, the same in every language:
times in UTC, ISO 8601. docs/decisions.schema.json describes them.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import chain
from json.encoder import encode_basestring
from pathlib import Path
from typing import Any, TextIO

from bot.core.filetext import FORMULA, csv_cell
from bot.core.i18n import plain
from bot.core.text import Reader, Speech
from bot.core.xlsx import Column, Kind, write_workbook
from bot.core.zones import zone_named
from bot.feature import Report
from bot.features.decisions import folder, markdown, page, wording
from bot.features.decisions.options import read_options
from bot.features.decisions.records import FIELDS, INSTANTS, LISTS, Record, Wanted, read_records
from storage.rows import Rows

#: What a file's name ends with, where that is not the name of the format.
SUFFIXES = {"adr": "zip"}
#: Those that people read go room by room.
_BY_ROOM = frozenset({"md", "html"})
#: For whom a file is written.
_SPEECH: dict[str, Speech] = {"zh": "zh", "both": "both"}
_Writer = Callable[["Passing", Path, Reader], None]


def export(rows: Rows, query: Mapping[str, Any], path: Path, report: Report) -> int:
    """Write the decisions of `query` to `path` in `query["format"]`; how many there were.

    As `finding.Filter.of`, and `lang` and `zone` say for whom the file is written. OSError if it
    cannot be written: then what is at `path` is not whole.
    """
    wanted = Wanted.of(query)
    by_room = wanted.format in _BY_ROOM
    passing = Passing(read_records(rows, wanted.filter, by_room=by_room), report)
    reader = Reader(_SPEECH.get(wanted.lang, "en"), wanted.zone)
    if wanted.format == "adr":
        folder.write(passing, path, folder.Names(rows, wanted.filter))
    else:
        _WRITERS[wanted.format](passing, path, reader)
    return passing.count


class Passing:
    """Records on their way, some at a time or one by one; counted and reported as they pass."""

    def __init__(self, batches: Iterable[list[Record]], report: Report) -> None:
        self._batches = batches
        self._report = report
        self.count = 0

    def batches(self) -> Iterator[list[Record]]:
        """Some at a time: a program's file of a million rows is written at half the cost so."""
        for batch in self._batches:
            yield batch
            self.count += len(batch)
            self._report(self.count)

    def __iter__(self) -> Iterator[Record]:
        return chain.from_iterable(self.batches())


def _opened(path: Path) -> TextIO:
    return path.open("w", encoding="utf-8", newline="")


def _write_csv(records: Passing, path: Path, _: Reader) -> None:
    lists = [position for position, name in enumerate(FIELDS) if name in LISTS]
    with _opened(path) as file:
        file.write("\ufeff")  # Excel takes a file for UTF-8 only by its mark
        out = csv.writer(file)
        out.writerow(FIELDS)
        for batch in records.batches():
            out.writerows([_csv_row(record, lists) for record in batch])


def _csv_row(record: Record, lists: list[int]) -> list[str]:
    cells: list[Any] = [*record]
    for position in lists:
        cells[position] = "\n".join(cells[position]) if cells[position] else ""
    return [csv_cell(cell) if cell and cell[0] in _GUARDED else cell for cell in cells]


#: Only what begins so can be anything but itself in a cell.
_GUARDED = FORMULA | {"'"}


def as_json(record: Record) -> str:
    """A record as one line of JSON, as docs/decisions.schema.json has it."""
    parts = [
        opening + write(value) if value else absent
        for opening, write, absent, value in zip(_OPENINGS, _WRITE, _ABSENT, record, strict=True)
    ]
    return f"{{{', '.join(parts)}}}"


def _listed(values: Iterable[str]) -> str:
    return f"[{', '.join(map(encode_basestring, values))}]"


def _options(text: str) -> str:
    found = [
        {"name": each.name, "pros": [*each.pros], "cons": [*each.cons]}
        for each in read_options(text)
    ]
    return json.dumps(found, ensure_ascii=False)


#: How each field begins, how its value is written, and what stands where there is none.
_OPENINGS = [f'"{name}": ' for name in FIELDS]
_IN_JSON: dict[str, Callable[[Any], str]] = {
    **dict.fromkeys(LISTS, _listed),
    "options": _options,
}
_WRITE = [_IN_JSON.get(name, encode_basestring) for name in FIELDS]
_NONE = dict.fromkeys(INSTANTS, "null") | dict.fromkeys([*LISTS, "options"], "[]")
_ABSENT = [f'"{name}": {_NONE.get(name, encode_basestring(""))}' for name in FIELDS]


def _write_json(records: Passing, path: Path, _: Reader) -> None:
    with _opened(path) as file:
        file.write("[")
        for batch in records.batches():
            said = ",\n  ".join(map(as_json, batch))
            file.write(f"{',' if records.count else ''}\n  {said}" if batch else "")
        file.write("\n]\n")


def _write_json_lines(records: Passing, path: Path, _: Reader) -> None:
    with _opened(path) as file:
        for batch in records.batches():
            file.write("".join([f"{as_json(record)}\n" for record in batch]))


def _write_markdown(records: Passing, path: Path, reader: Reader) -> None:
    with _opened(path) as file:
        markdown.write(file, records, reader)


def _write_page(records: Passing, path: Path, reader: Reader) -> None:
    with _opened(path) as file:
        page.write(file, records, reader)


#: How wide the columns of a workbook are; the others have this width.
_WIDTHS = {"title": 48, "room_title": 28, "link": 30} | dict.fromkeys(wording.LONG, 40)
_WIDTH = 16


def _write_workbook(records: Passing, path: Path, reader: Reader) -> None:
    zone = zone_named(reader.zone)

    def column(name: str) -> Column:
        kind = Kind.INSTANT if name in INSTANTS else Kind.LINK if name == "link" else Kind.TEXT
        return Column(plain(wording.LABELS[name], reader), _WIDTHS.get(name, _WIDTH), kind, zone)

    sheet = plain(wording.DECISIONS, reader)
    write_workbook(path, sheet, [column(name) for name in FIELDS], _cells(records, reader))


def _cells(records: Passing, reader: Reader) -> Iterator[list[Any]]:
    lists = [position for position, name in enumerate(FIELDS) if name in LISTS]
    instants = [position for position, name in enumerate(FIELDS) if name in INSTANTS]
    states = {state: plain(name, reader) for state, name in wording.STATES.items()}
    state = FIELDS.index("state")
    for record in records:
        cells: list[Any] = [*record]
        cells[state] = states.get(record.state, record.state)
        for position in lists:
            cells[position] = "\n".join(cells[position])
        for position in instants:
            if cells[position]:
                cells[position] = datetime.fromisoformat(cells[position])
        yield cells


_WRITERS: dict[str, _Writer] = {
    "md": _write_markdown,
    "csv": _write_csv,
    "xlsx": _write_workbook,
    "json": _write_json,
    "jsonl": _write_json_lines,
    "html": _write_page,
}
