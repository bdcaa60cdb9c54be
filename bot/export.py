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
from pathlib import Path

from sqlalchemy import func, select

from bot.bootstrap import registry
from bot.core.keys import RoomKey
from bot.core.text import Code, Msg, Strong, t, tn
from bot.feature import Report
from bot.features.decisions.queries import decisions
from bot.features.rooms.queries import Room, rooms
from bot.problems import Problem
from bot.settings import Settings
from bot.store import opened, read, workspace_named
from storage.rows import Rows
from storage.tables import Workspace

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


def export_decisions(settings: Settings, wanted: Wanted, out: str) -> int:
    """Write decisions to the file `out`, or to `STDOUT`; how many. Problem: there is no such thing.

    Whoever runs the machine sees everything, the decisions of private rooms too.
    """
    write = registry().exports["decisions"]
    with opened(settings) as database:
        query, total = read(database, lambda conn: _query(Rows(conn), wanted, settings))
        with _whole(out) as path, progress(total) as report:
            return read(database, lambda conn: write(Rows(conn), query, path, report))


def _query(rows: Rows, wanted: Wanted, settings: Settings) -> tuple[dict[str, object], int]:
    """What the exporter is asked, and how many decisions it will find."""
    nobody = t("Nobody has used Muster yet: there is nothing to export.")
    workspace = workspace_named(rows, wanted.workspace, nobody)
    room = _room(rows, workspace, wanted.room) if wanted.room is not None else None
    count = select(func.count()).where(decisions.c.workspace_id == workspace.id)
    if room is not None:
        count = count.where(decisions.c.room_id == room.id)
    query: dict[str, object] = {
        "workspace": workspace.id,
        "room": room.id if room else None,
        "format": wanted.format,
        "lang": settings.language,
        "zone": settings.timezone,
    }
    return query, int(rows.value(count) or 0)


def _room(rows: Rows, workspace: Workspace, key: str) -> Room:
    number = RoomKey.parse(key)
    found = None
    if number is not None:
        mine = rooms.c.workspace_id == workspace.id
        found = rows.first(Room, select(rooms).where(mine, rooms.c.number == number.number))
    if found is None:
        raise Problem(t("There is no war room {key}.", key=Strong(key)))
    return found


@contextmanager
def _whole(out: str) -> Iterator[Path]:
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
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def progress(total: int) -> Iterator[Report]:
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
