"""Copies of a database in use, and the way back from one.

A copy is there as a whole or not at all, and is read through before it counts. Going back needs the
database to itself, and happens in one transaction: a crash in the middle leaves what was there
before. Two things are then not as in the copy, for much may have happened since it was made:

- the database gets a new id (`migrate.instance_of`), for what is written from now on must not have
  the keys of effects that were written, and left, in the meantime;
- what waits in the outbox counts as tried: it may have left since, so it is probed first.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from sqlalchemy import Engine

from storage import dump, sqlite_copy
from storage.copied import BackupError
from storage.db import Database

__all__ = ["BackupError", "backup", "restore"]


def backup(database: Engine | Database, path: Path) -> None:
    """Copy a database to `path` while it is in use: entirely, or not at all. Raises BackupError.

    Here and in `restore` all models must have been imported: they say which tables are Muster's.
    """
    engine = _engine(database)
    copy = sqlite_copy.backup if engine.dialect.name == "sqlite" else dump.backup
    copy(engine, path)


def restore(database: Engine | Database, path: Path, before: Path | None = None) -> None:
    """Put the copy at `path` in the place of a database's content: entirely, or not at all.

    What is there is copied to `before` first. BackupError, with nothing changed: `path` is no copy,
    damaged, or of a newer Muster; the database is in use.
    """
    engine = _engine(database)
    instance = secrets.token_hex(3)
    if engine.dialect.name != "sqlite":
        dump.restore(engine, path, before, instance)
        return
    engine.dispose()  # whoever has it open is in the way, also if it is us
    file = Path(engine.url.database or "")
    sqlite_copy.restore(file, path, before, instance)


def _engine(database: Engine | Database) -> Engine:
    return database if isinstance(database, Engine) else database.engine
