"""The database, for commands that look after it while nothing else runs, or beside what runs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from sqlalchemy.engine import make_url

from bot.core.text import Code, t
from bot.problems import Problem, settings_at_fault
from bot.settings import Settings
from storage import migrate
from storage.db import Database, Job, open_database

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
        file.parent.mkdir(parents=True, exist_ok=True)
    with settings_at_fault():
        database = open_database(settings.database)
    try:
        yield database
    finally:
        asyncio.run(database.close())


def read(database: Database, job: Job[T]) -> T:
    """What `job` finds. Problem: the schema is not this code's; Unavailable."""

    async def look() -> T:
        version = await database.read(migrate.current)
        if version != migrate.HEAD:
            upgrade = Code("muster db upgrade")
            raise Problem(t("The database is not up to date: {upgrade}", upgrade=upgrade))
        return await database.read(job)

    return asyncio.run(look())
