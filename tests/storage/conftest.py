"""Databases in use, for the tests of storage/."""

from __future__ import annotations

import contextlib
import importlib
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, Engine

from storage.db import Database, open_database
from tests.storage.opened import engine_of

Begin = Callable[[], Connection]
Meanwhile = Callable[[Callable[[], object]], contextlib.AbstractContextManager[None]]

# Every table there is, for the comparison of models with migrations.
for _file in sorted(Path(__file__).parents[2].glob("bot/features/*/tables.py")):
    importlib.import_module(f"bot.features.{_file.parent.name}.tables")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A database with the whole schema, on each engine."""
    with engine_of(database_url) as opened:
        yield opened


@pytest.fixture
def empty(empty_database_url: str) -> Iterator[Engine]:
    """A database without a schema, on each engine."""
    with engine_of(empty_database_url) as opened:
        yield opened


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    """A database, on each engine."""
    opened = open_database(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def sqlite(sqlite_url: str) -> AsyncIterator[Database]:
    opened = open_database(sqlite_url)
    yield opened
    await opened.close()


@pytest.fixture
async def postgres_db(postgres_url: str) -> AsyncIterator[Database]:
    opened = open_database(postgres_url)
    yield opened
    await opened.close()


@pytest.fixture
def conn(database_url: str) -> Iterator[Connection]:
    """A transaction on each engine, as a job is given one; undone after the test."""
    with contextlib.ExitStack() as opened:
        yield _begin(database_url, opened)


@pytest.fixture
def begin(postgres_url: str) -> Iterator[Begin]:
    """Opens transactions side by side, as replicas on one PostgreSQL do."""
    with contextlib.ExitStack() as opened:
        yield lambda: _begin(postgres_url, opened)


def _begin(url: str, opened: contextlib.ExitStack) -> Connection:
    engine = opened.enter_context(engine_of(url))
    conn = opened.enter_context(engine.connect())
    if engine.dialect.name == "sqlite":
        conn.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        conn.begin()
    return conn


@pytest.fixture
def meanwhile(postgres_url: str) -> Iterator[Meanwhile]:
    """Does something in a thread up to where it waits for another transaction, or ends.

    with meanwhile(lambda: second.claim()):  # cannot go on before the first has committed
        first.commit()
    """
    asked = """SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'"""
    with psycopg.connect(postgres_url, autocommit=True) as looking:

        @contextlib.contextmanager
        def start(act: Callable[[], object]) -> Iterator[None]:
            with ThreadPoolExecutor(1) as thread:
                acting = thread.submit(act)
                while not acting.done() and looking.execute(asked).fetchone() == (0,):
                    time.sleep(0.002)
                yield
                acting.result(30)

        yield start


@pytest.fixture
def sqlite_conn(sqlite_url: str) -> Iterator[Connection]:
    """A transaction on SQLite."""
    with contextlib.ExitStack() as opened:
        yield _begin(sqlite_url, opened)
