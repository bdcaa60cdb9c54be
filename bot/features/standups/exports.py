"""Stand-up answers as files: Markdown to read, CSV, JSON or a workbook to calculate with.

One row for each answer to each question, written as it is read. Only what somebody said is in it:
who has not answered, nobody counts.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bot.core.filetext import csv_cell, markdown_line, markdown_quote
from bot.core.i18n import plain
from bot.core.keys import RoomKey
from bot.core.text import Reader, t
from bot.core.xlsx import Column, Kind, write_workbook
from bot.feature import Report
from bot.features.rooms import queries as rooms
from bot.features.standups.queries import runs, standups, turns
from bot.features.standups.questions import load_questions
from bot.features.standups.tables import Stand
from storage.rows import Rows, table_of
from storage.tables import Person

_person = table_of(Person)
_EVERY = 500


@dataclass(frozen=True, slots=True)
class Line:
    """An answer to one question."""

    day: str
    room: str
    standup: str
    person: str
    question: str
    answer: str
    given_at: str
    late: str


def lines(rows: Rows, query: Mapping[str, Any]) -> Iterator[Line]:
    """The answers of `query`, by date: "workspace", "room", "person", "since", and "lang"."""
    found = (
        select(
            runs.c.day,
            runs.c.questions,
            rooms.rooms.c.number,
            standups.c.name.label("standup"),
            _person.c.name.label("person"),
            turns.c.answers,
            turns.c.given_at,
            turns.c.is_late,
        )
        .select_from(
            turns.join(runs, runs.c.id == turns.c.run_id)
            .join(standups, standups.c.id == runs.c.standup_id)
            .join(rooms.rooms, rooms.rooms.c.id == runs.c.room_id)
            .join(_person, _person.c.id == turns.c.person_id)
        )
        .where(turns.c.workspace_id == query["workspace"], turns.c.state == Stand.ANSWERED)
        .order_by(runs.c.day, runs.c.id, turns.c.given_at, turns.c.id)
    )
    if query.get("room") is not None:
        found = found.where(runs.c.room_id == query["room"])
    if query.get("person") is not None:
        found = found.where(turns.c.person_id == query["person"])
    if query.get("since"):
        found = found.where(runs.c.day >= date.fromisoformat(query["since"]))
    reader = Reader("zh" if query.get("lang") == "zh" else "en")
    for row in rows.conn.execute(found.execution_options(yield_per=_EVERY)):
        yield from _answers(row, reader)


def _answers(row: Any, reader: Reader) -> Iterator[Line]:
    said = json.loads(row.answers or "{}")
    given: datetime | None = row.given_at
    for asked in load_questions(row.questions):
        if said.get(asked.id) not in {None, ""}:
            yield Line(
                str(row.day),
                str(RoomKey(row.number)),
                row.standup,
                row.person,
                plain(asked.label, reader),
                str(said[asked.id]),
                given.isoformat() if given is not None else "",
                "yes" if row.is_late else "",
            )


def export(rows: Rows, query: Mapping[str, Any], path: Path, report: Report) -> int:
    """Write the answers of `query` to `path` in `query["format"]`; how many there were."""
    columns = [field.name for field in fields(Line)]
    found = _counted(lines(rows, query), report)
    match query["format"]:
        case "xlsx":
            zone = ZoneInfo(str(query.get("zone") or "UTC"))
            return write_workbook(path, "stand-ups", _columns(columns, zone), map(_cells, found))
        case "csv":
            return _write_csv(path, columns, found)
        case "json":
            return _write_json(path, found)
        case _:
            return _write_markdown(path, found, Reader(query.get("lang", "en")))


def _columns(names: list[str], zone: ZoneInfo) -> list[Column]:
    """The columns of a workbook: dates as dates, the time by the clock of whom it is for."""
    known = {
        "day": Column("day", 12, Kind.DATE),
        "question": Column("question", 30),
        "answer": Column("answer", 60),
        "given_at": Column("given_at", 17, Kind.INSTANT, zone),
    }
    return [known.get(name, Column(name)) for name in names]


def _cells(line: Line) -> list[Any]:
    given = datetime.fromisoformat(line.given_at) if line.given_at else None
    values = {**asdict(line), "day": date.fromisoformat(line.day), "given_at": given}
    return list(values.values())


def _counted(found: Iterator[Line], report: Report) -> Iterator[Line]:
    count = 0
    for count, line in enumerate(found, 1):
        if count % _EVERY == 0:
            report(count)
        yield line
    report(count)


def _write_csv(path: Path, columns: list[str], found: Iterator[Line]) -> int:
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file)
        out.writerow(columns)
        for line in found:
            out.writerow([csv_cell(value) for value in asdict(line).values()])
            count += 1
    return count


def _write_json(path: Path, found: Iterator[Line]) -> int:
    count = 0
    with path.open("w", encoding="utf-8") as file:
        file.write("[")
        for count, line in enumerate(found, 1):
            file.write(("," if count > 1 else "") + "\n  ")
            file.write(json.dumps(asdict(line), ensure_ascii=False))
        file.write("\n]\n")
    return count


def _write_markdown(path: Path, found: Iterator[Line], reader: Reader) -> int:
    count = 0
    with path.open("w", encoding="utf-8") as file:
        file.write(f"# {plain(t('Stand-ups'), reader)}\n")
        for (day, room, name), of_day in groupby(found, lambda x: (x.day, x.room, x.standup)):
            file.write(f"\n## {day} {room} {markdown_line(name)}".rstrip() + "\n")
            for person, said in groupby(of_day, lambda line: line.person):
                file.write(f"\n### {markdown_line(person)}\n")
                for line in said:
                    count += 1
                    file.write(f"\n**{markdown_line(line.question)}**\n\n")
                    file.write(f"{markdown_quote(line.answer)}\n")
        if count == 0:
            file.write(f"\n{plain(t('Nothing was answered yet.'), reader)}\n")
    return count
