"""The schema of databases in memory: made by the migrations once a process, then copied.

It is the same schema, byte for byte, and saves every world a third of its making.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, cast

from sqlalchemy import Engine

from storage import migrate
from storage.db import Database, open_database

_upgrade = migrate.upgrade


@cache
def _made() -> sqlite3.Connection:
    engine = open_database("sqlite://").engine
    _upgrade(engine)
    copy = sqlite3.connect(":memory:", check_same_thread=False)
    _connection(engine).backup(copy)
    return copy


def _connection(engine: Engine) -> sqlite3.Connection:
    with engine.connect() as conn:
        return cast("sqlite3.Connection", conn.connection.driver_connection)


def upgrade(database: Engine | Database, **more: Any) -> None:
    """As `migrate.upgrade`."""
    engine = database if isinstance(database, Engine) else database.engine
    if str(engine.url) == "sqlite://" and not more:
        _made().backup(_connection(engine))
    else:
        _upgrade(database, **more)


@contextmanager
def at_hand() -> Iterator[None]:
    """Whoever brings a database up to date meanwhile is handed the copy."""
    migrate.upgrade = upgrade
    try:
        yield
    finally:
        migrate.upgrade = _upgrade
