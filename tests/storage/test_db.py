"""Transactions: durable when they return, whole or not at all, one by one or together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import NoReturn

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from bot.core.errors import Refused, Unavailable
from bot.core.text import t
from storage.db import Database, open_database
from storage.rows import Rows
from storage.tables import Meta
from tests.storage.jobs import Gate, note, noted, refused, together

pytestmark = pytest.mark.anyio


@pytest.fixture
async def seen(database_url: str) -> AsyncIterator[Callable[[], list[str]]]:
    """What another process sees: what is committed."""
    engine = open_database(database_url).engine

    def look() -> list[str]:
        with engine.connect() as conn:
            return noted(conn)

    yield look
    engine.dispose()


async def test_what_is_written_is_durable_when_it_returns(
    db: Database, seen: Callable[[], list[str]]
) -> None:
    assert await db.write(note("a")) == "a"
    assert seen() == ["a"]


async def test_what_a_job_raises_undoes_it_and_is_raised(
    db: Database, seen: Callable[[], list[str]]
) -> None:
    with pytest.raises(Refused):
        await db.write(refused("a"))

    assert seen() == []


async def test_one_refusal_does_not_spoil_the_others(
    db: Database, seen: Callable[[], list[str]]
) -> None:
    await db.write(note("a"))
    found = await together(db, refused("b"), note("c"), note("a"), note("d"))

    assert [found[1], found[3]] == ["c", "d"]
    assert isinstance(found[0], Refused)
    assert isinstance(found[2], IntegrityError)
    assert seen() == ["a", "c", "d"]


async def test_wrong_sql_is_the_fault_of_its_job_alone(
    db: Database, seen: Callable[[], list[str]]
) -> None:
    def wrong(conn: Connection) -> None:
        conn.execute(text("SELECT nonsense FROM nowhere"))

    found = await together(db, note("a"), wrong, note("b"))

    assert isinstance(found[1], DBAPIError)
    assert seen() == ["a", "b"]


async def test_a_job_may_raise_anything(db: Database) -> None:
    def stop(_: Connection) -> NoReturn:
        raise StopIteration  # no future can carry it

    found = await together(db, stop, note("a"))

    assert isinstance(found[0], RuntimeError)
    assert found[1] == "a"


async def test_whoever_stops_waiting_does_not_stop_the_others(
    db: Database, seen: Callable[[], list[str]]
) -> None:
    gate = Gate()
    keeping = asyncio.create_task(db.write(gate))
    await gate.entered()
    left = asyncio.create_task(db.write(note("left")))
    staying = asyncio.create_task(db.write(note("stayed")))
    await asyncio.sleep(0)
    left.cancel()
    gate.open()

    assert await staying == "stayed"
    await keeping
    with pytest.raises(asyncio.CancelledError):
        await left
    await db.close()
    assert "stayed" in seen()


async def test_closing_finishes_what_was_handed_in(
    db: Database, seen: Callable[[], list[str]]
) -> None:
    gate = Gate()
    keeping = asyncio.create_task(db.write(gate))
    await gate.entered()
    tasks = [asyncio.create_task(db.write(note(f"{n:02}"))) for n in range(20)]
    await asyncio.sleep(0)
    closing = asyncio.create_task(db.close())
    await asyncio.sleep(0)
    gate.open()
    await closing

    assert await asyncio.gather(*tasks) == seen()
    assert len(seen()) == 20
    assert await keeping == "gate"


async def test_a_closed_database_is_unavailable(db: Database) -> None:
    await db.close()
    await db.close()

    with pytest.raises(Unavailable):
        await db.write(note("a"))
    with pytest.raises(Unavailable):
        await db.read(noted)


async def test_a_read_sees_a_snapshot(db: Database) -> None:
    await db.write(note("a"))
    loop = asyncio.get_running_loop()

    def read(conn: Connection) -> tuple[list[str], list[str]]:
        before = noted(conn)
        asyncio.run_coroutine_threadsafe(db.write(note("b")), loop).result(10)
        return before, noted(conn)

    assert await db.read(read) == (["a"], ["a"])
    assert await db.read(noted) == ["a", "b"]


async def test_a_read_cannot_write(db: Database, seen: Callable[[], list[str]]) -> None:
    with pytest.raises((TypeError, SQLAlchemyError)):
        await db.read(note("a"))

    assert seen() == []
    await db.write(note("b"))
    assert seen() == ["b"]


async def test_a_fault_in_a_read_is_raised(db: Database) -> None:
    with pytest.raises(Refused):
        await db.read(_refuse)
    with pytest.raises(DBAPIError):
        await db.read(lambda conn: conn.execute(text("SELECT nonsense FROM nowhere")))


def _refuse(_: Connection) -> NoReturn:
    raise Refused(t("No."))


async def test_what_people_wrote_is_in_no_error(db: Database) -> None:
    def job(conn: Connection) -> None:
        Rows(conn).add(Meta(name="a", value="a secret"))

    await db.write(job)
    with pytest.raises(IntegrityError) as caught:
        await db.write(job)

    assert "INSERT INTO meta" in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("url", ["mysql://u@h/d", "oracle://u@h/d"])
async def test_another_engine_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="neither SQLite nor PostgreSQL"):
        open_database(url)
