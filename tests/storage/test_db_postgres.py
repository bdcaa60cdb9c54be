"""PostgreSQL: what is tried again, what is its trouble and what the job's own."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError

from bot.core.errors import Unavailable
from storage import postgres
from storage.db import Database, Job, open_database
from storage.postgres import PostgresDatabase
from storage.rows import table_of
from storage.tables import Meta
from tests.storage.jobs import note, noted

pytestmark = pytest.mark.anyio


async def test_a_deadlock_is_tried_again(postgres_db: Database) -> None:
    await postgres_db.write(note("a"))
    await postgres_db.write(note("b"))
    both = threading.Barrier(2)
    tries: list[str] = []

    def job(first: str, second: str) -> Job[None]:
        def run(conn: Connection) -> None:
            tries.append(first)
            _append(conn, first)
            if len(tries) <= 2:
                both.wait(20)
            _append(conn, second)

        return run

    await asyncio.gather(postgres_db.write(job("a", "b")), postgres_db.write(job("b", "a")))

    assert len(tries) >= 3, "whoever is undone may be undone again by who was slow to go on"
    values = select(table_of(Meta).c.value)
    found = await postgres_db.read(lambda conn: list(conn.execute(values).scalars()))
    assert found == ["xx", "xx"]


async def end_all_others(url: str) -> None:
    """End every connection to the database but the one that says so."""
    other = open_database(url)
    await other.write(
        lambda conn: conn.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).all()
    )
    await other.close()


def _append(conn: Connection, name: str) -> None:
    conn.execute(text("UPDATE meta SET value = value || 'x' WHERE name = :name"), {"name": name})


def raising(state: str, times: int) -> Job[int]:
    """A job in which the server raises an error the first `times` it is run."""
    tries: list[None] = []

    def job(conn: Connection) -> int:
        tries.append(None)
        note(f"try {len(tries)}")(conn)
        if len(tries) <= times:
            conn.exec_driver_sql(
                f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{state}'; END $$"
            )
        return len(tries)

    return job


@pytest.mark.parametrize("state", ["40001", "40P01"])
async def test_a_conflict_is_tried_again_and_only_the_last_try_counts(
    postgres_db: Database, state: str
) -> None:
    assert await postgres_db.write(raising(state, 4)) == 5
    assert await postgres_db.read(noted) == ["try 5"]


async def test_a_conflict_without_end_is_unavailable(postgres_db: Database) -> None:
    with pytest.raises(Unavailable):
        await postgres_db.write(raising("40001", 99))

    assert await postgres_db.read(noted) == []


@pytest.mark.parametrize("state", ["53100", "53300", "57014", "58030", "25006", "55P03", "XX001"])
async def test_troubles_of_the_server_are_unavailable(postgres_db: Database, state: str) -> None:
    with pytest.raises(Unavailable):
        await postgres_db.write(raising(state, 1))

    assert await postgres_db.read(noted) == []


@pytest.mark.parametrize("state", ["22012", "23514", "42501", "P0001"])
async def test_troubles_of_the_job_are_its_own(postgres_db: Database, state: str) -> None:
    with pytest.raises(DBAPIError):
        await postgres_db.write(raising(state, 1))


async def test_a_value_that_postgresql_cannot_hold_is_the_jobs_own_trouble(
    postgres_db: Database,
) -> None:
    with pytest.raises(DBAPIError):
        await postgres_db.write(note("nul \x00"))


async def test_a_lost_connection_is_unavailable_and_passes(postgres_db: Database) -> None:
    def lose(conn: Connection) -> None:
        note("lost")(conn)
        conn.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(Unavailable):
        await postgres_db.write(lose)

    assert await postgres_db.write(note("a")) == "a"
    assert await postgres_db.read(noted) == ["a"]


async def test_connections_that_died_in_the_pool_are_replaced(
    monkeypatch: pytest.MonkeyPatch, postgres_db: Database, postgres_url: str
) -> None:
    monkeypatch.setattr(postgres, "TRUSTED", 0.0)
    await postgres_db.write(note("a"))
    await end_all_others(postgres_url)

    assert await postgres_db.read(noted) == ["a"]


async def test_a_connection_that_died_right_after_it_answered_refuses_one_job(
    monkeypatch: pytest.MonkeyPatch, postgres_db: Database, postgres_url: str
) -> None:
    monkeypatch.setattr(postgres, "TRUSTED", 60.0)
    await asyncio.gather(*(postgres_db.write(note(f"a{n}")) for n in range(8)))
    await end_all_others(postgres_url)

    with pytest.raises(Unavailable):
        await postgres_db.write(note("b"))

    await asyncio.gather(*(postgres_db.write(note(f"c{n}")) for n in range(8)))


async def test_a_connection_that_answered_just_now_is_not_asked_whether_it_is_there(
    monkeypatch: pytest.MonkeyPatch, postgres_db: PostgresDatabase
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(postgres, "TRUSTED", 60.0)
    monkeypatch.setattr(postgres_db.engine.dialect, "do_ping", asked.append)
    for number in range(20):
        await postgres_db.write(note(f"a{number}"))
    assert not asked

    monkeypatch.setattr(postgres, "TRUSTED", 0.0)
    await postgres_db.write(note("b"))
    assert len(asked) == 1


async def test_a_server_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    db = open_database(f"postgresql://nobody@/nothing?host={tmp_path}")
    with pytest.raises(Unavailable):
        await db.write(note("a"))
    await db.close()


async def test_a_lock_that_is_not_given_is_unavailable(
    monkeypatch: pytest.MonkeyPatch, postgres_db: Database, postgres_url: str
) -> None:
    monkeypatch.setattr(postgres, "PATIENCE", 0.1)
    hurried = open_database(postgres_url)
    await postgres_db.write(note("a"))
    with postgres_db.engine.begin() as holding:
        _append(holding, "a")
        with pytest.raises(Unavailable):
            await hurried.write(lambda conn: _append(conn, "a"))

    await hurried.write(lambda conn: _append(conn, "a"))
    await hurried.close()


async def test_no_connection_free_is_unavailable(postgres_url: str) -> None:
    db = PostgresDatabase(make_url(postgres_url).set(drivername="postgresql+psycopg"), threads=1)
    db.engine.pool._timeout = 0.05  # type: ignore[attr-defined]  # half a minute in earnest
    with db.engine.connect(), pytest.raises(Unavailable):
        await db.write(note("a"))
    await db.close()


async def test_an_error_that_a_job_swallows_is_no_success(postgres_db: Database) -> None:
    """PostgreSQL rolls such a transaction back when it is told to commit it."""

    def swallow(conn: Connection) -> None:
        note("a")(conn)
        with contextlib.suppress(IntegrityError):
            note("a")(conn)

    with pytest.raises(RuntimeError, match="refused a statement"):
        await postgres_db.write(swallow)

    assert await postgres_db.read(noted) == []


async def test_how_long_to_wait_for_a_server_can_be_said_in_the_url() -> None:
    url = make_url("postgresql+psycopg://u@h/d")

    own = PostgresDatabase(url).engine.url.query
    assert own["connect_timeout"] == "2"
    assert own["tcp_user_timeout"] == "3000"  # a network that is gone is noticed
    said = url.set(query={"connect_timeout": "9"})
    assert PostgresDatabase(said).engine.url.query == {**own, "connect_timeout": "9"}


async def test_what_has_waited_too_long_for_its_turn_is_not_done_any_more(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = make_url(postgres_url).set(drivername="postgresql+psycopg")
    narrow = PostgresDatabase(url, threads=1)
    has_begun, may_end = threading.Event(), threading.Event()
    done: list[str] = []

    def slow(_: Connection) -> None:
        has_begun.set()
        may_end.wait(10)
        time.sleep(0.1)  # longer than the other one may wait, which waits by now

    first = asyncio.create_task(narrow.write(slow))
    await asyncio.to_thread(has_begun.wait, 10)
    monkeypatch.setattr(postgres, "TURN", 0.05)
    second = asyncio.create_task(narrow.write(lambda _: done.append("second")))
    await asyncio.sleep(0)  # it is in the queue
    may_end.set()
    await first
    with pytest.raises(Unavailable):
        await second
    assert done == []
    monkeypatch.undo()
    await narrow.write(lambda _: done.append("third"))
    assert done == ["third"]
    await narrow.close()
