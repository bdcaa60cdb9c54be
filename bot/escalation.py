"""Escalation on the command line: policies and people from files."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, select

from bot.bootstrap import registry
from bot.core.clock import SystemClock
from bot.core.text import Code, Msg, Reader, Strong, t, tn
from bot.core.words import fold, shortened
from bot.features.escalation import choices
from bot.features.escalation.files import BadFile, Row, check_cycles, read_people, read_policies
from bot.features.escalation.policy import Policy
from bot.problems import Problem
from bot.settings import Settings
from bot.store import opened, workspace_named, write
from storage import timeline
from storage.rows import Rows, table_of
from storage.tables import Person
from storage.tx import Tx

#: A file that is larger is none of these.
_LARGEST = 1_000_000


def load_policies(settings: Settings, file: Path, workspace: str | None) -> Msg:
    """Load the team's own policies from a file; what was done. Problem: why nothing was."""
    try:
        found = read_policies(_read(file))
    except BadFile as bad:
        raise _problem(file, bad) from bad
    now = SystemClock().now()

    def job(conn: Connection) -> None:
        tx = _tx(conn, workspace, settings, now)
        choices.keep(tx, found, None)
        timeline.write(tx, tx.records, workspace=tx.workspace_id, person=None)

    with opened(settings) as database:
        write(database, job)
    return _loaded(found, file)


def _loaded(found: tuple[Policy, ...], file: Path) -> Msg:
    name = Strong(file.name)
    return tn(
        "{n} policy loaded from {file}", "{n} policies loaded from {file}", len(found), file=name
    )


def import_people(settings: Settings, file: Path, workspace: str | None) -> Msg:
    """Load who reports to whom, and who stands in for whom. Problem: why nothing was loaded."""
    try:
        rows = read_people(_read(file))
        now = SystemClock().now()
        with opened(settings) as database:
            write(database, lambda conn: _import(_tx(conn, workspace, settings, now), rows))
    except BadFile as bad:
        raise _problem(file, bad) from bad
    name = Strong(file.name)
    return tn("{n} person read from {file}", "{n} people read from {file}", len(rows), file=name)


def _import(tx: Tx, rows: tuple[Row, ...]) -> None:
    """All of the rows, or BadFile with the first that cannot be used."""
    table = table_of(Person)
    everybody = tx.all(Person, select(table).where(table.c.workspace_id == tx.workspace_id))
    ids: dict[str, int] = {}
    for row in rows:
        for name in (row.person, row.manager, row.backup):
            if name:
                ids[name] = find(everybody, name, row.line)
        if row.person and ids[row.person] in {ids.get(row.manager), ids.get(row.backup)}:
            raise BadFile(row.line, t("Nobody reports to themselves, or stands in for themselves"))
    managers = {each.id: each.manager for each in everybody}
    managers |= {ids[row.person]: ids[row.manager] for row in rows if row.manager}
    check_cycles(rows, managers, ids, {each.id: each.name for each in everybody})
    by_id = {each.id: each for each in everybody}
    for row in rows:
        person = by_id[ids[row.person]]
        if row.manager:
            tx.change(person, manager_set_id=ids[row.manager])
        if row.backup:
            tx.change(choices.chosen(tx, person.id), backup_id=ids[row.backup])
    said = tn("{n} person read from a file", "{n} people read from a file", len(rows))
    tx.record("people.imported", said)
    timeline.write(tx, tx.records, workspace=tx.workspace_id, person=None)


def find(everybody: list[Person], name: str, line: int) -> int:
    """Whom a name means: the platform's id, else what they are called."""
    wanted = fold(name.removeprefix("@"))
    exact = [each for each in everybody if each.user == name.removeprefix("@")]
    found = exact or [each for each in everybody if fold(each.name) == wanted and each.is_active]
    who = Strong(shortened(name))
    if not found:
        raise BadFile(line, t("I do not know anybody called {name} here", name=who))
    if len(found) > 1:
        raise BadFile(line, t("Several people are called {name}: use their ids", name=who))
    return found[0].id


def _read(file: Path) -> str:
    name = Strong(file.name)
    if file.stat().st_size > _LARGEST:
        raise Problem(t("{file} is too large.", file=name))
    try:
        return file.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Problem(t("{file} is not in UTF-8.", file=name)) from error


def _problem(file: Path, bad: BadFile) -> Problem:
    name = Strong(file.name)
    return Problem(t("{file}: {problem}. Nothing was loaded.", file=name, problem=bad.message))


def _tx(conn: Connection, named: str | None, settings: Settings, now: datetime) -> Tx:
    used = Code("muster run")
    nobody = t("Nobody has used Muster yet: start it with {used} first.", used=used)
    home = workspace_named(Rows(conn), named, nobody)
    reader = Reader(settings.language, settings.timezone)
    return Tx(conn, home, now=now, reader=reader, defaults=reader, ask=registry().ask)
