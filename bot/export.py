"""Exports from the command line: to a file that is there as a whole or not at all, or to a pipe."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from bot.bootstrap import registry
from bot.core.clock import SystemClock
from bot.core.keys import RoomKey
from bot.core.text import Code, Msg, Strong, t, tn
from bot.core.words import fold
from bot.core.zones import zone_named
from bot.feature import Report
from bot.features.decisions import finding
from bot.features.decisions.past import parse_since
from bot.features.decisions.queries import decisions
from bot.features.decisions.recording import read_tags
from bot.features.rooms.queries import Room, rooms
from bot.problems import Problem
from bot.settings import Settings
from bot.store import opened, read, workspace_named, write
from storage import timeline
from storage.rows import Rows, table_of
from storage.tables import Person, Workspace

#: In place of a file: standard output.
STDOUT = "-"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be exported, as it was said on the command line."""

    format: str
    #: WR-7; None is all rooms, and what was decided outside of them.
    room: str | None = None
    #: "slack" or "slack:T0123"; None is the only one that there is.
    workspace: str | None = None
    #: As `/decisions` takes them; `by` is a person's name.
    find: str | None = None
    by: str | None = None
    tag: str | None = None
    since: str | None = None
    status: str | None = None


def export_decisions(settings: Settings, wanted: Wanted, out: str) -> int:
    """Write decisions to the file `out`, or to `STDOUT`; how many. Problem: there is no such thing.

    Whoever runs the machine sees everything, the decisions of private rooms too. That it was done
    is on the timeline.
    """
    export = registry().exports["decisions"]
    now = SystemClock().now()
    with opened(settings) as database:
        query, total = read(database, lambda conn: _query(Rows(conn), wanted, settings, now))
        with whole(out) as path, progress(total) as report:
            count = read(database, lambda conn: export(Rows(conn), query, path, report))
        write(database, lambda conn: _record(Rows(conn), query, now))
    return count


def _record(rows: Rows, query: dict[str, Any], now: datetime) -> None:
    text = t("The decisions were exported at the command line")
    line = timeline.Record("decisions.exported", text, query["room"], now)
    timeline.write(rows, [line], workspace=query["workspace"], person=None)


def _query(
    rows: Rows, wanted: Wanted, settings: Settings, now: datetime
) -> tuple[dict[str, Any], int]:
    """What the exporter is asked, and how many decisions it will find, or few more."""
    nobody = t("Nobody has used Muster yet: there is nothing to export.")
    workspace = workspace_named(rows, wanted.workspace, nobody)
    room = room_named(rows, workspace, wanted.room) if wanted.room is not None else None
    since = None
    if wanted.since is not None:
        since = parse_since(wanted.since, now=now, zone=zone_named(settings.timezone)).isoformat()
    query: dict[str, Any] = {
        "workspace": workspace.id,
        "room": room.id if room else None,
        "format": wanted.format,
        "lang": settings.language,
        "zone": settings.timezone,
        "text": wanted.find,
        "by": _person(rows, workspace, wanted.by) if wanted.by is not None else None,
        "tags": (read_tags(wanted.tag) or "").strip(",").split(",") if wanted.tag else [],
        "since": since,
        "state": wanted.status,
    }
    found = select(decisions.c.id)
    narrowed = finding.narrowed(found, finding.Filter.of(query), rows.conn.dialect.name)
    return query, int(rows.value(select(func.count()).select_from(narrowed.subquery())) or 0)


def _person(rows: Rows, workspace: Workspace, name: str) -> int:
    people = table_of(Person)
    mine = people.c.workspace_id == workspace.id
    found = [
        each
        for each in rows.all(Person, select(people).where(mine))
        if fold(each.name) == fold(name.removeprefix("@"))
    ]
    if not found:
        raise Problem(t("There is nobody called {name}.", name=Strong(name)))
    if len(found) > 1:
        raise Problem(t("Several people are called {name}.", name=Strong(name)))
    return found[0].id


def room_named(rows: Rows, workspace: Workspace, key: str) -> Room:
    """The war room WR-7; Problem if there is none."""
    number = RoomKey.parse(key)
    found = None
    if number is not None:
        mine = rooms.c.workspace_id == workspace.id
        found = rows.first(Room, select(rooms).where(mine, rooms.c.number == number.number))
    if found is None:
        raise Problem(t("There is no war room {key}.", key=Strong(key)))
    return found


@contextmanager
def whole(out: str) -> Iterator[Path]:
    """A path to write to, which becomes `out` when all went well."""
    if out == STDOUT:
        with tempfile.TemporaryDirectory(prefix="muster-export-") as folder:
            path = Path(folder) / "export"
            yield path
            with path.open("rb") as written:
                shutil.copyfileobj(written, sys.stdout.buffer)
            sys.stdout.buffer.flush()
        return
    path = Path(out)
    if path.is_dir():
        raise Problem(t("{path} is a folder: say the name of a file.", path=Code(out)))
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        yield part
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.replace(path)
    except OSError as error:
        # A full disk says so without saying where.
        why = error.strerror or str(error)
        raise Problem(t("{file} could not be written: {why}", file=out, why=why)) from error
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def progress(total: int | None) -> Iterator[Report]:
    """What to tell how far it is: a bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console  # noqa: PLC0415  only on a terminal
    from rich.progress import Progress  # noqa: PLC0415

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda done: bar.update(task, completed=done)


def done(count: int, out: str) -> Msg:
    """What came of it, in a sentence."""
    return tn("{n} decision in {file}", "{n} decisions in {file}", count, file=Strong(out))
