"""Imports at the command line: what would come of one, or what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from bot.bootstrap import registry
from bot.core.clock import SystemClock
from bot.core.i18n import plain
from bot.core.text import Code, Msg, Reader, Strong, t, tn
from bot.core.words import shortened
from bot.export import progress, room_named
from bot.feature import Report
from bot.features.decisions import importing
from bot.features.decisions.drafts import Draft, Trouble, Unreadable
from bot.features.decisions.importing import Planned
from bot.features.decisions.incoming import read_path
from bot.problems import Problem
from bot.settings import Settings
from bot.store import opened, read, workspace_named, write
from storage import timeline
from storage.rows import Rows
from storage.tx import Tx

#: Decisions that a dry run names; the others are counted.
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Source:
    """What is to be imported, as it was said on the command line, and into what."""

    path: Path
    room: str | None = None
    workspace: str | None = None


def read_troubled(path: Path) -> list[Draft]:
    """The decisions of a file or a folder; Problem: the lines that are at fault."""
    if not path.exists():
        raise Problem(t("There is no {file}.", file=Strong(str(path))))
    try:
        return read_path(path)
    except Unreadable as error:
        lines = "\n".join(_line(trouble) for trouble in error.troubles)
        raise Problem(t("Nothing was imported.\n{troubles}", troubles=lines)) from error


def _line(trouble: Trouble) -> str:
    where = f"{trouble.file}:{trouble.line}" if trouble.line else trouble.file
    return f"{where}: {plain(trouble.why, Reader())}"


def preview(settings: Settings, source: Source) -> list[Msg]:
    """What an import would do, line by line; nothing is changed. Problem: why it cannot be."""
    drafts = read_troubled(source.path)
    with opened(settings) as database:
        planned = read(database, lambda conn: _plan(conn, drafts, source))
    return list(_told(planned, source))


def _plan(conn: Connection, drafts: Sequence[Draft], source: Source) -> list[Planned]:
    rows = Rows(conn)
    home = workspace_named(rows, source.workspace, _nobody())
    if source.room is not None:
        room_named(rows, home, source.room)
    return importing.plan(rows, home.id, drafts)


def _nobody() -> Msg:
    return t("Nobody has used Muster yet: there is nothing to import into.")


def _told(planned: Sequence[Planned], source: Source) -> Iterator[Msg]:
    new = [each for each in planned if not each.is_there]
    for each in new[:_SHOWN]:
        title = shortened(each.draft.record.title)
        yield t("{key} {title}", key=Strong(f"D-{each.number}"), title=title)
    if len(new) > _SHOWN:
        yield tn("… and {n} more", "… and {n} more", len(new) - _SHOWN)
    yield from _counted(len(new), len(planned) - len(new), would=True)
    if new:
        again = Code(f"muster import decisions {source.path} --write")
        yield t("Nothing was changed. To import them: {again}", again=again)


def _counted(new: int, there: int, *, would: bool) -> Iterator[Msg]:
    if would:
        yield tn("{n} decision would be imported.", "{n} decisions would be imported.", new)
    else:
        yield tn("{n} decision was imported.", "{n} decisions were imported.", new)
    if there:
        yield tn(
            "{n} is there already, and stays as it is.",
            "{n} are there already, and stay as they are.",
            there,
        )


def carry_out(settings: Settings, source: Source) -> list[Msg]:
    """Import; what was done. All of it or, with a Problem, nothing."""
    drafts = read_troubled(source.path)
    now = SystemClock().now()
    with opened(settings) as database, progress(len(drafts)) as report:
        new, there = write(
            database, lambda conn: _import(conn, drafts, source, settings, now, report)
        )
    return list(_counted(new, there, would=False))


def _import(  # noqa: PLR0917  one transaction, and all that it takes
    conn: Connection,
    drafts: Sequence[Draft],
    source: Source,
    settings: Settings,
    now: datetime,
    report: Report,
) -> tuple[int, int]:
    home = workspace_named(Rows(conn), source.workspace, _nobody())
    reader = Reader(settings.language, settings.timezone)
    tx = Tx(conn, home, now=now, reader=reader, defaults=reader, ask=registry().ask)
    room = room_named(tx, home, source.room) if source.room is not None else None
    planned = importing.plan(tx, home.id, drafts)
    new = importing.carry_out(tx, planned, room, report)
    if new:
        file = Strong(source.path.name)
        text = tn(
            "{n} decision was imported from {file}",
            "{n} decisions were imported from {file}",
            new,
            file=file,
        )
        tx.record("decisions.imported", text, room=room.id if room else None)
        timeline.write(tx, tx.records, workspace=tx.workspace_id, person=None)
    return new, len(planned) - new
