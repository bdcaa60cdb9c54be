"""Engines and transactions that close themselves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

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
