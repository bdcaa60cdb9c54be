"""The database, for commands that look after it while nothing else runs, or beside what runs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.engine import make_url

from bot.core.text import Code, Msg, Seq, Strong, t
from bot.problems import Problem, settings_at_fault
from bot.settings import Settings
from storage import migrate
from storage.db import Database, Job, open_database
from storage.rows import Rows, table_of
from storage.tables import Workspace

T = TypeVar("T")


def missing_file(settings: Settings) -> Path | None:
    """The file that the database will be, if it is to be a file and is not there yet."""
    with settings_at_fault():
        url = make_url(settings.database)
    if url.get_backend_name() != "sqlite" or url.database in {None, "", ":memory:"}:
        return None
    file = Path(url.database or "")
    return None if file.exists() else file


@contextmanager
def opened(settings: Settings, *, new: bool = False) -> Iterator[Database]:
    """The database, closed at the end. Problem: there is none, unless a `new` one will do."""
    file = missing_file(settings)
    if file is not None and not new:
        run = Code("muster run")
        raise Problem(
            t("There is no database {file} yet; {run} makes it.", file=file.name, run=run)
        )
    if file is not None:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with settings_at_fault():
        database = open_database(settings.database)
    try:
        yield database
    finally:
        asyncio.run(database.close())


def read(database: Database, job: Job[T]) -> T:
    """What `job` finds. Problem: the schema is not this code's; Unavailable."""

    async def look() -> T:
        await _check_version(database)
        return await database.read(job)

    return asyncio.run(look())


def write(database: Database, job: Job[T]) -> T:
    """What `job` returns, which changes the database. Problem and Unavailable as `read`."""

    async def change() -> T:
        await _check_version(database)
        return await database.write(job)

    return asyncio.run(change())


async def _check_version(database: Database) -> None:
    if await database.read(migrate.fits):
        return
    found = await database.read(migrate.current)
    if found is not None and found > migrate.HEAD:
        raise Problem(
            t(
                "The database is of version {found}, and this Muster knows only {known}: use a "
                "newer Muster.",
                found=Strong(found),
                known=Strong(migrate.HEAD),
            )
        )
    upgrade = Code("muster db upgrade")
    raise Problem(t("The database is not up to date: {upgrade}", upgrade=upgrade))


_OPTION = Code("--workspace")


def workspace_named(rows: Rows, named: str | None, nobody: Msg) -> Workspace:
    """The workspace "slack" or "slack:T0123"; without a name the only one that there is.

    Problem: there is no such workspace, or not only one; `nobody` is what to say if there is none.
    """
    table = table_of(Workspace)
    found = rows.all(Workspace, select(table).order_by(table.c.id))
    names = [_name(each) for each in found]
    if named is not None:
        found = [each for each in found if named in {each.platform, _name(each)}]
    if len(found) == 1:
        return found[0]
    if not names:
        raise Problem(nobody)
    known = Seq(tuple(Code(name) for name in names))
    if found:
        raise Problem(t("Say which workspace with {option}: {known}.", option=_OPTION, known=known))
    name = Strong(named or "")
    raise Problem(t("There is no workspace {name}, but {known}.", name=name, known=known))


def _name(workspace: Workspace) -> str:
    return f"{workspace.platform}:{workspace.native}"
