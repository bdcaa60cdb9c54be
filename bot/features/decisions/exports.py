"""Decisions as files: Markdown to read, CSV for a spreadsheet, JSON for a program.

Rows are written as they are read, so that a file of any size takes the memory of one.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields
from itertools import groupby
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import quote

from bot.core.filetext import csv_cell, markdown_line, markdown_quote
from bot.core.i18n import plain
from bot.core.text import Msg, Reader, When, t
from bot.core.words import shortened
from bot.feature import Report
from bot.features.decisions.queries import Exported, exported
from storage.rows import Rows

#: As much of a long decision as its heading has; the whole of it follows.
_HEADING = 120
#: What a web address keeps as it is; brackets would end the link.
_IN_LINKS = "%/:?#@!$&*+,;=-._~"
_EVERY = 500


def export(rows: Rows, query: Mapping[str, Any], path: Path, report: Report) -> int:
    """Write the decisions of `query` to `path` in `query["format"]`; how many there were.

    As `queries.exported`, and `lang` and `zone` say for whom the file is written. CSV and JSON are
    the same in every language: times in UTC, ISO 8601.
    """
    by_room = query["format"] not in {"csv", "json"}
    counted = _Counted(exported(rows, {**query, "by_room": by_room}), report)
    with path.open("w", encoding="utf-8", newline="") as file:
        match query["format"]:
            case "csv":
                _write_csv(file, counted)
            case "json":
                _write_json(file, counted)
            case _:
                reader = Reader(query.get("lang", "en"), query.get("zone", "UTC"))
                _write_markdown(file, counted, reader)
    report(counted.count)
    return counted.count


class _Counted:
    """Rows on their way, counted and reported as they pass."""

    def __init__(self, rows: Iterator[Exported], report: Report) -> None:
        self._rows = rows
        self._report = report
        self.count = 0

    def __iter__(self) -> Iterator[Exported]:
        for row in self._rows:
            yield row
            self.count += 1
            if self.count % _EVERY == 0:
                self._report(self.count)


def _write_csv(file: TextIO, rows: _Counted) -> None:
    file.write("\ufeff")  # Excel takes a file for UTF-8 only by its mark
    out = csv.writer(file)
    out.writerow([field.name for field in fields(Exported)])
    for row in rows:
        values = (*asdict(row).values(),)
        out.writerow([_cell(value) for value in values])


def _cell(value: Any) -> str:
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    return csv_cell(text)


def _write_json(file: TextIO, rows: _Counted) -> None:
    file.write("[")
    for position, row in enumerate(rows):
        values = {**asdict(row), "decided_at": row.decided_at.isoformat()}
        file.write(("," if position else "") + "\n  " + json.dumps(values, ensure_ascii=False))
    file.write("\n]\n")


def _write_markdown(file: TextIO, rows: _Counted, reader: Reader) -> None:
    def say(message: Msg) -> str:
        return plain(message, reader)

    file.write(f"# {say(t('Decisions'))}\n")
    for room, found in groupby(rows, lambda row: (row.room, row.room_title)):
        if room[0]:
            file.write(f"\n## {room[0]} {markdown_line(room[1])}\n")
        for row in found:
            file.write(f"\n### {row.key} {markdown_line(shortened(row.title, _HEADING))}\n\n")
            if shortened(row.title, _HEADING) != row.title:
                file.write(f"{markdown_quote(row.title)}\n\n")
            who = t("{name}, {when}", name=row.decided_by, when=When(row.decided_at))
            file.write(f"*{markdown_line(say(who))}*\n")
            if row.link:
                file.write(f"\n[{say(t('message'))}]({quote(row.link, safe=_IN_LINKS)})\n")
            for label, text in ((t("Why"), row.why), (t("Instead of"), row.instead_of)):
                if text:
                    file.write(f"\n**{say(label)}**\n\n{markdown_quote(text)}\n")
    if rows.count == 0:
        file.write(f"\n{say(t('No decisions yet.'))}\n")
