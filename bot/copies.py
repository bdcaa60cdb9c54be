"""`muster db backup` and `muster db restore`: copies of the database, for whoever runs Muster."""

from __future__ import annotations

import asyncio
from pathlib import Path

from sqlalchemy import Connection, func, select

from bot.bootstrap import registry
from bot.core.clock import SystemClock
from bot.core.text import Code, Msg, Strong, t
from bot.problems import Problem
from bot.settings import Settings
from bot.store import missing_file, opened
from storage import backup, migrate
from storage.db import Database
from storage.rows import table_of
from storage.tables import Workspace

_workspace = table_of(Workspace)


def make(settings: Settings, path: Path, *, force: bool) -> Msg:
    """Copy the database to `path`. Problem: a file is there, unless `force`; BackupError."""
    if path.exists() and not force:
        there = Strong(str(path))
        raise Problem(
            t("{path} is there already; {force} replaces it.", path=there, force=Code("--force"))
        )
    registry()  # whose tables are copied
    with opened(settings) as database:
        backup.backup(database, path)
    return t("The database was copied to {path}", path=Strong(str(path)))


def put_back(settings: Settings, path: Path, *, force: bool) -> list[Msg]:
    """Put the copy at `path` in the place of the database; what was done, in sentences.

    What the database has is copied into the home folder first. Problem: it has something, unless
    `force`; BackupError.
    """
    registry()  # whose tables are replaced
    before = None
    is_new = missing_file(settings) is not None
    with opened(settings, new=True) as database:
        if not is_new and asyncio.run(_is_used(database)):
            if not force:
                said = t(
                    "The database has something in it already; {force} replaces it, and keeps a "
                    "copy of what is there.",
                    force=Code("--force"),
                )
                raise Problem(said)
            before = _name_for_what_is_there(settings)
        backup.restore(database, path, before)
    told = [t("The database is as in {path}", path=Strong(str(path)))]
    if before is not None:
        told.append(t("What it was before is in {path}", path=Strong(str(before))))
    return told


def _name_for_what_is_there(settings: Settings) -> Path:
    now = SystemClock().now()
    settings.home.mkdir(parents=True, exist_ok=True)
    return settings.home / f"before-restore-{now:%Y%m%dT%H%M%S}.bak"


async def _is_used(database: Database) -> bool:
    """Whether anything is in it; one of a version that is not known counts as if."""

    def look(conn: Connection) -> bool:
        version = migrate.current(conn)
        if version is None:
            return False
        if version != migrate.HEAD:
            return True
        return bool(conn.execute(select(func.count()).select_from(_workspace)).scalar_one())

    return await database.read(look)
