"""Engines and transactions that close themselves, and copies made and put back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine

from storage import backup
from storage.db import open_database


@contextmanager
def engine_of(url: str) -> Iterator[Engine]:
    """The engine of a database, as Muster sets it up."""
    engine = open_database(url).engine
    yield engine
    engine.dispose()


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """A transaction that is committed at the end."""
    with engine.begin() as conn:
        if engine.dialect.name == "sqlite":
            conn.exec_driver_sql("BEGIN IMMEDIATE")
        yield conn


def copied(url: str, path: Path) -> Path:
    """A copy of a database."""
    with engine_of(url) as engine:
        backup.backup(engine, path)
    return path


def put_back(url: str, path: Path, before: Path | None = None) -> None:
    """Put a copy in a database's place, which is copied to `before`."""
    with engine_of(url) as engine:
        backup.restore(engine, path, before)
