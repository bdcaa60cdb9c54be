"""The database: one engine, transactions off the event loop, one writer where SQLite wants one.

SQLite (`storage.sqlite`) is written by one thread, PostgreSQL (`storage.postgres`) by a few with a
connection each. Either way `write(job)` returns when the job's changes are durable, and not before.
"""

from __future__ import annotations

from typing import Protocol

from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from storage.jobs import Job, T
from storage.postgres import PostgresDatabase
from storage.sqlite import SqliteDatabase
from storage.watch import Watch

__all__ = ["Database", "Job", "open_database"]


class Database(Protocol):
    """Runs jobs in transactions, off the event loop."""

    engine: Engine
    #: Whether no other process works on it at the same time.
    is_exclusive: bool
    #: Is told how long it takes.
    watch: Watch

    def hold(self) -> None:
        """Work on it from now on. Refused: another process does, and it is for one alone."""

    async def write(self, job: Job[T]) -> T:
        """Run `job` in a transaction and commit it. What it raises undoes it and is raised here.

        It may be run more than once, so it must change nothing but the database. Whoever stops
        waiting does not stop it. Unavailable: the database did not take it, nothing was changed;
        only where the connection to a PostgreSQL broke in the middle of the commit nobody can tell.
        """

    async def read(self, job: Job[T]) -> T:
        """Run `job` on a snapshot. It cannot write. Raises as `write` does."""

    async def close(self) -> None:
        """Finish what was handed in, and let go; what comes later is Unavailable."""


def open_database(url: str) -> Database:
    """The database at an SQLAlchemy URL: `sqlite:///path`, `sqlite://`, `postgresql://…`."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return SqliteDatabase(url)
    if parsed.get_backend_name() == "postgresql":
        return PostgresDatabase(parsed.set(drivername="postgresql+psycopg"))
    message = f"MUSTER_DATABASE_URL names neither SQLite nor PostgreSQL: {parsed.drivername}"
    raise ValueError(message)
