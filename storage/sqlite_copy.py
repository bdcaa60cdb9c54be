"""Copies of an SQLite database, with SQLite's own online backup.

https://www.sqlite.org/backup.html: the copy is of one moment, and whoever writes meanwhile goes on.
The way back writes into the file that is there, in one transaction with a journal, and not over it:
else a process could find itself with a file open that has no name any more.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import cast

from sqlalchemy import Engine

from storage import copied

#: Seconds to wait for a lock: of a process that is just leaving.
_PATIENCE = 2.0
#: What is not as in the copy: see `storage/backup.py`.
_MARK = "UPDATE outbox SET attempts = max(attempts, 1) WHERE state IN ('waiting', 'claimed')"


def backup(engine: Engine, path: Path) -> None:
    """Copy the database to `path`. BackupError: the copy is not sound, and not kept."""
    with copied.whole(path) as part, engine.connect() as conn:
        source = cast("sqlite3.Connection", conn.connection.driver_connection)
        with closing(sqlite3.connect(part)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, and no others beside it
            _check(copy, path)


def restore(file: Path, path: Path, before: Path | None, instance: str) -> None:
    """Put the copy at `path` into the database `file`; what was there is copied to `before`.

    `instance` is its new id. BackupError: `path` is no copy or too new, or the database is in use.
    """
    with _to_ourselves(file) as target, _marked(path, file, instance) as copy:
        if before is not None:
            with copied.whole(before) as part, closing(sqlite3.connect(part)) as old:
                target.backup(old)
        copy.backup(target)


@contextmanager
def _to_ourselves(file: Path) -> Iterator[sqlite3.Connection]:
    """The database, locked for everybody else. BackupError: somebody has it open."""
    if not file.exists():
        os.close(os.open(file, os.O_CREAT | os.O_EXCL, 0o600))
    with closing(sqlite3.connect(file, isolation_level=None, timeout=_PATIENCE)) as target:
        try:
            # Only who has it to themselves can leave the write-ahead log, …
            target.execute("PRAGMA journal_mode=DELETE")
            # … and a lock that was taken in this mode is held until the end.
            target.execute("PRAGMA locking_mode=EXCLUSIVE")
            target.execute("BEGIN EXCLUSIVE")
            target.execute("COMMIT")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            raise copied.in_use() from error
        yield target


@contextmanager
def _marked(path: Path, file: Path, instance: str) -> Iterator[sqlite3.Connection]:
    """A copy of the copy, checked, and changed as far as going back needs it."""
    part = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL, 0o600))
        with closing(sqlite3.connect(part)) as copy:
            _fill(copy, path)
            _check(copy, path)
            copied.check_version(path, _version(copy))
            with copy:
                copy.execute(_MARK)
                change = "UPDATE meta SET value = ? WHERE name = 'instance'"
                copy.execute(change, (instance,))
            yield copy
    finally:
        part.unlink(missing_ok=True)


def _fill(copy: sqlite3.Connection, path: Path) -> None:
    """Read all of the file at `path`, which nothing is written to."""
    if not path.is_file():
        raise FileNotFoundError(2, "No such file", str(path))
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as source:
            source.backup(copy)
    except sqlite3.DatabaseError as error:
        raise copied.none(path) from error


def _check(copy: sqlite3.Connection, path: Path) -> None:
    """Read it through. BackupError: it is damaged."""
    try:
        found = copy.execute("PRAGMA integrity_check").fetchall()
        broken = copy.execute("PRAGMA foreign_key_check").fetchall()
    except sqlite3.DatabaseError as error:
        raise copied.none(path) from error
    if found != [("ok",)] or broken:
        raise copied.none(path)


def _version(copy: sqlite3.Connection) -> str | None:
    """The version of its schema; None if it has none of Muster's."""
    asked = "SELECT count(*) FROM sqlite_master WHERE name IN ('alembic_version', 'outbox', 'meta')"
    if copy.execute(asked).fetchone() != (3,):
        return None
    found = copy.execute("SELECT version_num FROM alembic_version").fetchone()
    return None if found is None else str(found[0])
