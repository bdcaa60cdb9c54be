"""The way back from a copy: all of it or nothing, never under a Muster that runs, nothing twice."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, MetaData, make_url, select, text

from bot.core.effects import Address, Pin
from storage import migrate, outbox, sqlite_copy
from storage.backup import BackupError
from storage.rows import Rows
from storage.tables import Meta, Workspace
from tests.storage.opened import copied, engine_of, put_back, transaction

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("_programs")
SET_VERSION = text("UPDATE alembic_version SET version_num = :version")


@pytest.fixture
def url(database_url: str) -> str:
    """A database with something in it, in use by nobody."""
    with engine_of(database_url) as engine, transaction(engine) as conn:
        rows = Rows(conn)
        migrate.instance_of(conn)
        rows.add(Workspace(platform="p", native="w", created_at=NOW, settings='{"a": "é\\t集结"}'))
        outbox.put(conn, [Pin(Address("p", "w", f"C{n}"), "m") for n in range(3)], key="k", now=NOW)
        [first, *_] = outbox.claim(conn, NOW, count=2)
        outbox.finish(conn, first.id, now=NOW)
    return database_url


def content(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table; but for what going back changes."""
    with engine_of(url) as engine, engine.connect() as conn:
        metadata = MetaData()
        metadata.reflect(conn)
        tables = [each for each in metadata.sorted_tables if "_fts" not in each.name]
        return {
            each.name: sorted(
                (
                    tuple(value for name, value in row.items() if name != "attempts")
                    for row in conn.execute(select(each)).mappings()
                    if row.get("name") != "instance"
                ),
                key=repr,
            )
            for each in tables
        }


def change(url: str) -> None:
    """What happens after the copy was made."""
    with engine_of(url) as engine, transaction(engine) as conn:
        Rows(conn).add(Meta(name="later", value=""))
        outbox.put(conn, [Pin(Address("p", "w", "C9"), "m")], key="later", now=NOW)


def attempts(engine: Engine) -> list[tuple[str, int]]:
    with engine.connect() as conn:
        found = conn.exec_driver_sql("SELECT state, attempts FROM outbox ORDER BY id")
        return [(state, tries) for state, tries in found]


def instance(url: str) -> str:
    with engine_of(url) as engine, engine.connect() as conn:
        return migrate.instance_of(conn)


def test_there_and_back(url: str, tmp_path: Path) -> None:
    was = content(url)
    copy = copied(url, tmp_path / "copy")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    change(url)
    assert content(url) != was
    put_back(url, copy)
    assert content(url) == was
    with engine_of(url) as engine:
        assert migrate.check(engine) == []


def test_what_was_there_is_kept(url: str, tmp_path: Path) -> None:
    copy = copied(url, tmp_path / "copy")
    change(url)
    later = content(url)
    put_back(url, copy, tmp_path / "before")
    assert content(url) != later
    put_back(url, tmp_path / "before")
    assert content(url) == later


def test_what_may_have_left_since_is_doubted(url: str, tmp_path: Path) -> None:
    """It waited when the copy was made: by now it may stand in its channel."""
    copy = copied(url, tmp_path / "copy")
    put_back(url, copy)
    with engine_of(url) as engine:
        assert attempts(engine) == [("done", 1), ("claimed", 1), ("waiting", 1)]
        with transaction(engine) as conn:
            found = outbox.claim(conn, NOW + outbox.LEASE, count=9)
    assert len(found) == 2
    assert all(claimed.is_doubtful for claimed in found)


def test_keys_are_not_given_again(url: str, tmp_path: Path) -> None:
    """The next row gets an id that another effect had, which has left: not its key."""
    copy = copied(url, tmp_path / "copy")
    first = instance(url)
    put_back(url, copy)
    second = instance(url)
    put_back(url, copy)
    assert len({first, second, instance(url)}) == 3


def test_into_an_empty_database(url: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    is_sqlite = url.startswith("sqlite")
    name = "empty_sqlite_url" if is_sqlite else "empty_postgres_url"
    empty: str = request.getfixturevalue(name)
    copy = copied(url, tmp_path / "copy")
    put_back(empty, copy)
    assert content(empty) == content(url)


def test_not_while_it_is_in_use(url: str, tmp_path: Path) -> None:
    copy = copied(url, tmp_path / "copy")
    change(url)
    later = content(url)
    with engine_of(url) as running, running.connect() as conn:
        conn.exec_driver_sql("SELECT * FROM meta").all()
        conn.rollback()
        with pytest.raises(BackupError, match="The database is in use"):
            put_back(url, copy, tmp_path / "before")
    assert not (tmp_path / "before").exists()
    assert content(url) == later
    put_back(url, copy)
    assert content(url) != later


def test_not_from_a_newer_muster(url: str, tmp_path: Path) -> None:
    now = content(url)
    with engine_of(url) as engine, transaction(engine) as conn:
        conn.execute(SET_VERSION, {"version": "9999"})
    copy = copied(url, tmp_path / "copy")
    with engine_of(url) as engine, transaction(engine) as conn:
        conn.execute(SET_VERSION, {"version": migrate.HEAD})
    with pytest.raises(BackupError, match="is of version 9999, and this Muster knows only"):
        put_back(url, copy)
    assert content(url) == now


@pytest.mark.parametrize("length", [0, 100, -1000])
def test_not_from_what_is_cut_off(url: str, tmp_path: Path, length: int) -> None:
    now = content(url)
    copy = copied(url, tmp_path / "copy")
    copy.write_bytes(copy.read_bytes()[:length])
    with pytest.raises(BackupError):
        put_back(url, copy)
    assert content(url) == now


def test_not_from_what_is_no_copy(url: str, tmp_path: Path) -> None:
    now = content(url)
    other = tmp_path / "other"
    other.write_text("a shopping list")
    with pytest.raises(BackupError, match="is no copy of a database of Muster's"):
        put_back(url, other)
    with pytest.raises(FileNotFoundError):
        put_back(url, tmp_path / "nowhere")
    assert content(url) == now


def test_not_from_another_database_of_sqlite(sqlite_url: str, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as other, other:
        other.execute("CREATE TABLE birds (name)")
    with pytest.raises(BackupError, match="is no copy"):
        put_back(sqlite_url, tmp_path / "other.db")
    assert [each.name for each in tmp_path.glob(".*")] == [], "nothing is left lying about"


#: Goes back, and dies when half of the database has been written.
KILLED = """
import os, pathlib, sqlite3
from storage import sqlite_copy

def die(status, left, total):
    if left * 2 < total:
        os.kill(os.getpid(), 9)

class Killed(sqlite3.Connection):
    def backup(self, target, **more):
        [(_, _, name)] = target.execute("PRAGMA database_list").fetchall()
        if name == {file!r}:
            target.execute("PRAGMA cache_size=1")  # what is written goes to the file at once
            more = dict(pages=3, progress=die)
        super().backup(target, **more)

connect = sqlite3.connect
sqlite3.connect = lambda *args, **more: connect(*args, **more, factory=Killed)
sqlite_copy.restore(pathlib.Path({file!r}), pathlib.Path({copy!r}), None, "abc")
"""


def test_a_crash_in_the_middle_leaves_what_was_there(sqlite_url: str, tmp_path: Path) -> None:
    """SQLite's journal undoes the half that was written when it is next opened."""
    copy = copied(sqlite_url, tmp_path / "copy.db")
    change(sqlite_url)
    later = content(sqlite_url)
    file = make_url(sqlite_url).database
    killed = KILLED.format(file=str(file), copy=str(copy))
    done = subprocess.run([sys.executable, "-c", killed], check=False)
    assert done.returncode == -9
    assert Path(f"{file}-journal").stat().st_size > 0, "it was in the middle"
    assert content(sqlite_url) == later


def test_nobody_comes_in_meanwhile(sqlite_url: str, tmp_path: Path) -> None:
    """A Muster that starts just then waits, or gives up; it never works on what goes away."""
    copy = copied(sqlite_url, tmp_path / "copy.db")
    file = make_url(sqlite_url).database
    assert file is not None
    with (
        sqlite_copy._to_ourselves(Path(file)),
        closing(sqlite3.connect(file, timeout=0)) as other,
        pytest.raises(sqlite3.OperationalError, match="locked"),
    ):
        other.execute("SELECT * FROM meta").fetchall()
    put_back(sqlite_url, copy)
