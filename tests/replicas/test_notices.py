"""Replicas tell each other that there is work: by the database, with the commit, once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import psycopg
import pytest
from sqlalchemy import Connection

from bot import siblings as siblings_module
from bot.core.effects import Address, Pin
from bot.core.errors import Unavailable
from bot.core.events import ProfileSeen
from bot.core.platform import Answer, Happened, Incoming, Sender
from bot.core.text import Reader
from bot.siblings import Siblings
from storage import notices, outbox
from storage.db import open_database
from storage.notices import Listener, Word, address
from storage.postgres import PostgresDatabase

pytestmark = [pytest.mark.anyio, pytest.mark.postgres]
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def put(conn: Connection, *keys: str) -> None:
    for key in keys:
        outbox.put(conn, [Pin(Address("p", "w", "c"), "m")], key=key, now=NOW)


class Ear:
    """What one replica hears."""

    def __init__(self) -> None:
        self.words: asyncio.Queue[Word] = asyncio.Queue()
        self.about: list[list[str]] = []

    def hears(self, word: Word, about: list[str]) -> None:
        self.words.put_nowait(word)
        self.about.append(about)

    async def next(self) -> Word:
        async with asyncio.timeout(20):
            return await self.words.get()

    async def begins(self) -> None:
        """It listens: what it missed may be anything."""
        assert {await self.next(), await self.next()} == {"now", "seat"}


@asynccontextmanager
async def listening(db: PostgresDatabase, name: str) -> AsyncIterator[Ear]:
    ear = Ear()
    running = asyncio.create_task(Listener(db.engine.url, name, ear.hears).run())
    try:
        await ear.begins()
        yield ear
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
async def db(postgres_url: str) -> AsyncIterator[PostgresDatabase]:
    opened = open_database(postgres_url)
    assert isinstance(opened, PostgresDatabase)
    yield opened
    await opened.close()


async def test_a_commit_with_effects_is_heard_once_and_one_that_is_undone_never(
    db: PostgresDatabase,
) -> None:
    def undone(conn: Connection) -> None:
        put(conn, "never")
        raise Unavailable

    async with listening(db, "another") as ear, listening(db, db.name) as own:
        with pytest.raises(Unavailable):
            await db.write(undone)
        await db.write(lambda conn: put(conn, "a", "b", "c"))
        assert await ear.next() == "soon"
        db.teller.word = "now"
        await db.write(lambda conn: None)
        await db.write(lambda conn: put(conn, "d"))
        assert await ear.next() == "now"
        assert ear.words.empty()
        assert own.words.empty(), "it hears what it said itself"


async def test_in_a_storm_few_tell_and_the_last_is_told_of(
    db: PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find(conn: Connection) -> set[str]:
        return {each.key for each in outbox.claim(conn, NOW, count=99)}

    def write(number: int) -> Callable[[Connection], None]:
        effect = Pin(Address("p", "w", f"c{number}"), "m")
        return lambda conn: outbox.put(conn, [effect], key=f"k{number}", now=NOW)

    async def work(ear: Ear) -> int:
        """Look when told to, and not otherwise; how often that was."""
        found: set[str] = set()
        times = 0
        while len(found) < 41:
            times += 1
            await ear.next()
            found |= await db.write(find)
        return times

    monkeypatch.setattr(notices, "MOMENT", 0.3)
    async with listening(db, "another") as ear:
        working = asyncio.create_task(work(ear))
        await db.write(write(0))
        for some in range(4):  # one after the other, and some at once
            numbers = range(1 + 10 * some, 11 + 10 * some)
            await asyncio.gather(*(db.write(write(number)) for number in numbers))
        assert await asyncio.wait_for(working, 30) < 20, "most need not have been told"


async def test_what_is_not_understood_is_passed_over(
    db: PostgresDatabase, postgres_url: str
) -> None:
    async with listening(db, "another") as ear:
        with psycopg.connect(postgres_url, autocommit=True) as somebody:
            for words in (
                "hello",
                "",
                "later one",
                "person one slack",
                "seat",
                "seat one and so on",
            ):
                somebody.execute("SELECT pg_notify('muster', %s)", (words,))
        assert await ear.next() == "seat"
        assert ear.about[-1] == []
        assert ear.words.empty()


async def test_a_lost_connection_is_made_again_and_what_was_missed_is_looked_for(
    db: PostgresDatabase, postgres_url: str
) -> None:
    async with listening(db, "another") as ear:
        with psycopg.connect(postgres_url, autocommit=True) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE query LIKE 'LISTEN%' AND pid <> pg_backend_pid()"
            )
        await ear.begins()
        await db.write(lambda conn: put(conn, "a"))
        assert await ear.next() == "soon"


async def test_what_somebody_else_does_is_looked_at_a_little_later_and_once(
    db: PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(siblings_module, "LATER", 0.05)
    looks: list[str] = []
    with psycopg.connect(address(db.engine.url), autocommit=True) as another:
        them = Siblings(db)
        running = asyncio.create_task(them.run())
        await asyncio.wait_for(them.listener.ready.wait(), 20)
        looked = asyncio.Event()

        def look() -> None:
            looks.append("look")
            looked.set()

        them.wake = look
        for _ in range(5):
            another.execute("SELECT pg_notify('muster', 'soon another')")
        await asyncio.wait_for(looked.wait(), 20)
        assert looks == ["look"]
        looked.clear()
        another.execute("SELECT pg_notify('muster', 'a word of the next version')")
        another.execute("SELECT pg_notify('muster', 'now another')")
        await asyncio.wait_for(looked.wait(), 20)
        assert looks == ["look", "look"]
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await them.close()


async def test_who_has_changed_is_forgotten_by_the_other_replicas(db: PostgresDatabase) -> None:
    seen: list[Incoming] = []
    forgotten: asyncio.Queue[tuple[str, str, str]] = asyncio.Queue()

    async def door(incoming: Incoming) -> Answer:
        seen.append(incoming)
        return Answer(None, Reader())

    def fact(user: str, *, is_news: bool) -> Incoming:
        what = Happened(ProfileSeen(is_news=is_news))
        return Incoming("slack", "T1", f"d {user}", Sender(user), what, is_answerable=False)

    other_db = open_database(db.engine.url.render_as_string(hide_password=False))
    assert isinstance(other_db, PostgresDatabase)
    mine, other = Siblings(db), Siblings(other_db)
    other.forget = lambda *who: forgotten.put_nowait(who)
    running = asyncio.create_task(other.run())
    await asyncio.wait_for(other.listener.ready.wait(), 20)
    handle = mine.spreading(door)
    for incoming in (fact("U1", is_news=False), fact("U2", is_news=True)):
        await handle(incoming)
    assert len(seen) == 2
    assert await asyncio.wait_for(forgotten.get(), 20) == ("slack", "T1", "U2")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    for each in (mine, other):
        await each.close()
    await other_db.close()
