"""SQLite: one writer, many jobs in a commit, and what becomes of them when it fails."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import pytest
from sqlalchemy import Connection, event
from sqlalchemy.engine import make_url
from structlog.testing import capture_logs

from bot.core.errors import Refused, Unavailable
from storage import sqlite as engine_of_sqlite
from storage.db import Database, Job, open_database
from storage.rows import Rows, table_of
from storage.sqlite import GROUP, SqliteDatabase
from storage.tables import Meta
from tests.storage.jobs import note, noted, together

pytestmark = pytest.mark.anyio


async def test_jobs_run_in_the_order_in_which_they_were_asked_for(sqlite: Database) -> None:
    order: list[int] = []

    def job(number: int) -> Job[None]:
        return lambda _: order.append(number)

    await together(sqlite, *(job(number) for number in range(3 * GROUP)))

    assert order == list(range(3 * GROUP))


@pytest.fixture
def commits(sqlite: Database) -> list[str]:
    """Every COMMIT as it is said."""
    said: list[str] = []

    @event.listens_for(sqlite.engine, "before_cursor_execute")
    def _(conn: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement == "COMMIT":
            said.append(statement)

    return said


async def test_what_waits_shares_a_commit(sqlite: Database, commits: list[str]) -> None:
    await together(sqlite, *(note(f"{n:03}") for n in range(GROUP - 1)))
    assert len(commits) == 1  # the gate that they waited for is of the group

    commits.clear()
    await together(sqlite, *(note(f"more {n:03}") for n in range(GROUP)))
    assert len(commits) == 2


async def test_what_comes_in_meanwhile_joins_the_group(
    sqlite: Database, commits: list[str]
) -> None:
    loop = asyncio.get_running_loop()
    tasks: list[asyncio.Task[str]] = []

    def first(conn: Connection) -> str:
        asked = threading.Event()

        def ask() -> None:
            tasks.append(loop.create_task(sqlite.write(note("second"))))
            loop.call_soon(asked.set)

        loop.call_soon_threadsafe(ask)
        assert asked.wait(10)
        return note("first")(conn)

    assert await sqlite.write(first) == "first"
    assert await tasks[0] == "second"
    assert len(commits) == 1


async def test_a_job_that_ends_its_thread_ends_only_itself(sqlite: Database) -> None:
    class End(BaseException):
        pass

    def end(_: Connection) -> NoReturn:
        raise End

    found = await together(sqlite, end, note("a"))

    assert isinstance(found[0], End)
    assert found[1] == "a"


async def unavailable(db: Database, *jobs: Job[Any]) -> Sequence[Any]:
    with capture_logs() as logs:
        found = await together(db, *jobs)
    assert {log["event"] for log in logs} <= {"database.unavailable"}
    return found


async def test_a_full_disk_fails_the_whole_group_and_passes(
    sqlite: Database, sqlite_url: str
) -> None:
    def fill(conn: Connection) -> None:
        pages = conn.exec_driver_sql("PRAGMA page_count").scalar_one()
        conn.exec_driver_sql(f"PRAGMA max_page_count={pages + 3}")
        for n in range(1000):
            Rows(conn).add(Meta(name=f"big {n}", value="x" * 10_000))

    found = await unavailable(sqlite, note("a"), fill, note("b"))

    assert [type(each) for each in found] == [Unavailable] * 3
    assert "full" in str(found[0])

    def clear(conn: Connection) -> list[str]:
        conn.exec_driver_sql("PRAGMA max_page_count=1000000")
        return noted(conn)

    assert await sqlite.write(clear) == []
    assert await sqlite.write(note("c")) == "c"


async def test_a_locked_database_is_unavailable_to_all_who_wait_and_passes(
    monkeypatch: pytest.MonkeyPatch, sqlite_url: str
) -> None:
    monkeypatch.setattr(engine_of_sqlite, "PATIENCE", 0.1)
    db = open_database(sqlite_url)
    other = sqlite3.connect(make_url(sqlite_url).database or "", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with capture_logs() as logs:
        found = await asyncio.gather(
            *(db.write(note(f"{n:02}")) for n in range(20)), return_exceptions=True
        )
    assert {type(each) for each in found} == {Unavailable}
    # The first may have been taken alone; all who came while it waited fail together.
    assert len(logs) <= 2
    assert {log["error"] for log in logs} == {"SQLITE_BUSY"}

    other.execute("ROLLBACK")
    assert await db.write(note("a")) == "a"
    assert await db.read(noted) == ["a"]
    other.close()
    await db.close()


async def test_where_the_log_is_just_being_made_it_is_waited_for(tmp_path: Path) -> None:
    """SQLite does not wait by itself: of two processes that start together one would fail."""
    file = tmp_path / "new.db"
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    other.execute("CREATE TABLE a (b)")
    other.execute("BEGIN IMMEDIATE")
    db = open_database(f"sqlite:///{file}")
    letting_go = threading.Timer(0.2, other.execute, ["COMMIT"])
    letting_go.start()

    journal = await db.write(lambda conn: conn.exec_driver_sql("PRAGMA journal_mode").scalar())
    assert journal == "wal"
    letting_go.join()
    other.close()
    await db.close()


async def test_a_log_that_cannot_be_made_is_not_waited_for_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_of_sqlite, "PATIENCE", 0.1)
    other = sqlite3.connect(tmp_path / "new.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    db = open_database(f"sqlite:///{tmp_path / 'new.db'}")
    with capture_logs() as logs, pytest.raises(Unavailable):
        await db.write(note("a"))

    assert [log["error"] for log in logs] == ["SQLITE_BUSY"]
    other.close()
    await db.close()


async def test_no_reader_free_is_unavailable(sqlite: Database) -> None:
    sqlite.engine.pool._timeout = 0.05  # type: ignore[attr-defined]  # half a minute in earnest
    with contextlib.ExitStack() as taken:
        for _ in range(15):
            taken.enter_context(sqlite.engine.connect())
        with pytest.raises(Unavailable):
            await sqlite.read(noted)
    assert await sqlite.read(noted) == []


async def test_a_read_only_database_is_unavailable(sqlite_url: str) -> None:
    db = open_database(sqlite_url.replace("sqlite:///", "sqlite:///file:") + "?mode=ro&uri=true")
    with capture_logs() as logs, pytest.raises(Unavailable):
        await db.write(note("a"))

    assert [log["error"] for log in logs] == ["SQLITE_READONLY"]
    assert await db.read(noted) == []
    await db.close()


async def test_a_file_that_cannot_be_opened_is_unavailable(tmp_path: Path) -> None:
    db = open_database(f"sqlite:///{tmp_path}/nowhere/muster.db")
    with capture_logs(), pytest.raises(Unavailable):
        await db.write(note("a"))
    with pytest.raises(Unavailable):
        await db.read(noted)
    await db.close()


async def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    file = tmp_path / "muster.db"
    file.write_text("This is a shopping list, and it is long enough for a header. " * 50)
    db = open_database(f"sqlite:///{file}")
    with capture_logs() as logs, pytest.raises(Unavailable):
        await db.write(note("a"))

    assert [log["error"] for log in logs] == ["SQLITE_NOTADB"]
    await db.close()


async def test_a_commit_that_fails_fails_the_whole_group(sqlite: Database) -> None:
    def break_at_the_end(conn: Connection) -> None:
        conn.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        conn.exec_driver_sql(
            "INSERT INTO person (workspace_id, user, name, is_admin, is_active, created_at)"
            " VALUES (99, 'u', 'n', 0, 1, '2026-03-02 09:00:00.000000')"
        )

    found = await unavailable(sqlite, note("a"), break_at_the_end, note("b"))

    assert [type(each) for each in found] == [Unavailable] * 3
    assert await sqlite.write(noted) == []


async def test_the_writer_outlives_what_nobody_thought_of(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken, capture_logs() as logs:
        broken.setattr(SqliteDatabase, "_run_in_savepoint", _break)
        with pytest.raises(Unavailable):
            await sqlite.write(note("a"))

    assert [log["error"] for log in logs] == ["MemoryError"]
    assert await sqlite.write(note("b")) == "b"


def _break(*_: object) -> NoReturn:
    raise MemoryError


async def test_closing_comes_to_an_end_though_the_last_commit_fails(
    monkeypatch: pytest.MonkeyPatch, sqlite_url: str
) -> None:
    monkeypatch.setattr(engine_of_sqlite, "PATIENCE", 0.05)
    db = open_database(sqlite_url)
    other = sqlite3.connect(make_url(sqlite_url).database or "", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with capture_logs():
        tasks = [asyncio.create_task(db.write(note(f"{n}"))) for n in range(3)]
        await asyncio.sleep(0)
        await asyncio.wait_for(db.close(), 30)
        found = await asyncio.gather(*tasks, return_exceptions=True)

    assert {type(each) for each in found} == {Unavailable}
    other.close()


def test_a_loop_that_has_ended_is_in_nobodys_way(sqlite_url: str) -> None:
    """Somebody asks, and their loop is closed before the answer: the writer goes on."""
    db = open_database(sqlite_url)
    gone, entered, leave = asyncio.new_event_loop(), threading.Event(), threading.Event()

    def slow(conn: Connection) -> None:
        entered.set()
        assert leave.wait(10)
        note("a")(conn)

    asking = gone.create_task(db.write(slow))
    gone.call_soon(gone.stop)
    gone.run_forever()
    assert entered.wait(10)
    asking.cancel()
    gone.run_until_complete(asyncio.gather(asking, return_exceptions=True))
    gone.close()
    leave.set()

    assert asyncio.run(_read_and_close(db)) == ["a"]


async def _read_and_close(db: Database) -> list[str]:
    found = await db.write(noted)
    await db.close()
    return found


async def test_a_database_in_memory() -> None:
    db = open_database("sqlite://")
    await db.write(lambda conn: table_of(Meta).create(conn))
    await db.write(note("a"))

    assert await db.read(noted) == ["a"]
    with pytest.raises(TypeError, match="wants to write"):
        await db.read(note("b"))
    assert await db.read(noted) == ["a"]
    assert await db.write(note("c")) == "c"
    await db.close()


async def test_letters_of_all_languages_have_two_cases(sqlite: Database) -> None:
    found = await sqlite.read(
        lambda conn: conn.exec_driver_sql("SELECT lower('ÉCOLE Ж 群'), lower(NULL)").one()
    )

    assert tuple(found) == ("école ж 群", None)


async def test_sqlite_is_set_up_as_promised(sqlite: Database) -> None:
    def settings(conn: Connection) -> list[Any]:
        asked = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "query_only")
        return [conn.exec_driver_sql(f"PRAGMA {name}").scalar() for name in asked]

    assert await sqlite.write(settings) == ["wal", 2, 1, 5000, 0]
    assert (await sqlite.read(settings))[:4] == ["wal", 2, 1, 5000]


async def test_the_writer_goes_on_though_not_even_its_log_can_be_written(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> NoReturn:
        raise OSError(errno.ENOSPC, "no space left on device")

    monkeypatch.setattr(engine_of_sqlite.log, "error", full)

    def fill(conn: Connection) -> None:
        pages = conn.exec_driver_sql("PRAGMA page_count").scalar_one()
        conn.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        Rows(conn).add(Meta(name="big", value="x" * 100_000))

    def clear(conn: Connection) -> None:
        conn.exec_driver_sql("PRAGMA max_page_count=1000000")

    async with asyncio.timeout(10):
        [refused] = await unavailable(sqlite, fill)
        assert "full" in str(refused)
        await sqlite.write(clear)
        assert await sqlite.write(note("a")) == "a"


async def test_one_process_works_on_a_file_and_another_is_refused(tmp_path: Path) -> None:
    one, other = (open_database(f"sqlite:///{tmp_path / 'm.db'}") for _ in range(2))
    one.hold()
    one.hold()
    with pytest.raises(Refused):
        other.hold()
    await one.close()
    other.hold()
    await other.close()


async def test_a_database_in_memory_is_its_own() -> None:
    one, other = open_database("sqlite://"), open_database("sqlite://")
    one.hold()
    other.hold()
    await one.close()
    await other.close()
