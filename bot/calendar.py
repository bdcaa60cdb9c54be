"""The calendar on the command line: a month in the terminal, days from a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.cells import cell_len
from sqlalchemy import Connection

from bot.bootstrap import registry
from bot.core.calendar import Calendar, Override
from bot.core.chat import Buttons, Table
from bot.core.clock import SystemClock
from bot.core.i18n import plain
from bot.core.plaintext import block_lines
from bot.core.text import Code, Msg, Reader, Strong, t, tn
from bot.core.words import shortened
from bot.features.calendar import cards
from bot.features.calendar.actions import load_days
from bot.features.calendar.files import BadFile, read_days
from bot.features.calendar.months import read_month
from bot.features.calendar.regions import find_region, region_of, region_of_zone
from bot.problems import Problem
from bot.settings import Settings
from bot.store import opened, workspace_named, write
from storage import timeline
from storage.rows import Rows
from storage.tx import Tx

#: A file that is larger is no calendar.
_LARGEST = 5_000_000


def page(settings: Settings, month: str, region: str | None) -> Iterator[str]:
    """A month of a region's calendar, line by line. Problem: there is no such month or region."""
    zone = ZoneInfo(settings.timezone)
    found = read_month(month, SystemClock().now().astimezone(zone).date())
    if found is None:
        words, example = shortened(month), Code("2026-10")
        raise Problem(
            t("{words} is no month. Say for example {example}.", words=words, example=example)
        )
    code = region_of_zone(settings.timezone) if region is None else find_region(region)
    if region is not None and code is None:
        words, example = shortened(region), Code("CN")
        raise Problem(
            t("I know no region {words}. Say for example {example}.", words=words, example=example)
        )
    reader = Reader(settings.language, settings.timezone)
    card = cards.month(Calendar(region_of(code)), found, reader.lang, region=code)
    yield plain(card.title, reader)
    for block in card.blocks:
        match block:
            case Table():
                yield ""
                yield from _columns(block, reader)
                yield ""
            case Buttons():
                pass  # nobody can press them here
            case _:
                yield from block_lines(block, reader)


def _columns(table: Table, reader: Reader) -> Iterator[str]:
    """A table with its columns one below the other, however wide its characters are."""
    cells = [[plain(cell, reader) for cell in row] for row in (table.columns, *table.rows)]
    # The digits stand below each other, with brackets around them or not.
    cells = [[cell if cell.endswith((")", "]")) else f"{cell} " for cell in row] for row in cells]
    width = max(cell_len(cell) for row in cells for cell in row)
    for row in cells:
        yield "  ".join(" " * (width - cell_len(cell)) + cell for cell in row).rstrip()


def load(settings: Settings, file: Path, workspace: str | None) -> Msg:
    """Load the team's own days from a file; what was done. Problem: why nothing was."""
    found = _read(file)
    now = SystemClock().now()
    with opened(settings) as database:
        write(database, lambda conn: _load(conn, found, workspace, settings, now))
    name = _name(file)
    return tn("{n} day loaded from {file}", "{n} days loaded from {file}", len(found), file=name)


def _name(file: Path) -> Strong:
    return Strong(file.name)


def _read(file: Path) -> Mapping[date, Override]:
    if file.stat().st_size > _LARGEST:
        raise Problem(t("{file} is too large for a calendar.", file=_name(file)))
    try:
        found = read_days(file.read_text("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Problem(t("{file} is not in UTF-8.", file=_name(file))) from error
    except BadFile as error:
        sentence = t(
            "{file}: {problem}. Nothing was loaded.", file=_name(file), problem=error.message
        )
        raise Problem(sentence) from error
    if not found:
        raise Problem(t("There are no days in {file}.", file=_name(file)))
    return found


def _load(
    conn: Connection,
    found: Mapping[date, Override],
    named: str | None,
    settings: Settings,
    now: datetime,
) -> None:
    nobody = t("Nobody has used Muster yet: there is no calendar to load days into.")
    home = workspace_named(Rows(conn), named, nobody)
    reader = Reader(settings.language, settings.timezone)
    tx = Tx(conn, home, now=now, reader=reader, defaults=reader, ask=registry().ask)
    load_days(tx, found)
    timeline.write(tx, tx.records, workspace=tx.workspace_id, person=None)
