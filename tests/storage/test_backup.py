"""Copies of a database in use."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from storage import backup, migrate
from storage.backup import BackupError
from storage.rows import Rows
from storage.tables import Meta
from tests.storage.opened import engine_of, transaction


def names(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as opened:
        return [name for (name,) in opened.execute("SELECT name FROM meta ORDER BY name")]


def test_a_copy_is_made_of_a_database_in_use(sqlite_url: str, tmp_path: Path) -> None:
    copy = tmp_path / "copies" / "muster.db"
    copy.parent.mkdir()
    copy.write_text("an older copy", encoding="utf-8")
    with engine_of(sqlite_url) as engine:
        with transaction(engine) as conn:
            Rows(conn).add(Meta(name="committed", value=""))
        with engine.connect() as writing:
            writing.exec_driver_sql("BEGIN IMMEDIATE")
            Rows(writing).add(Meta(name="not committed", value=""))
            backup.backup(engine, copy)

    assert names(copy) == ["committed"]
    assert [file.name for file in copy.parent.iterdir()] == ["muster.db"]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with engine_of(f"sqlite:///{copy}") as engine:
        assert migrate.check(engine) == []


def test_a_copy_that_fails_leaves_the_older_one(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "copies" / "muster.db"
    copy.parent.mkdir()
    copy.write_text("an older copy", encoding="utf-8")

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with engine_of(sqlite_url) as engine, pytest.raises(OSError, match="No space"):
        backup.backup(engine, copy)

    assert copy.read_text(encoding="utf-8") == "an older copy"
    assert [file.name for file in copy.parent.iterdir()] == ["muster.db"]


def test_a_copy_is_on_the_disk_before_it_takes_the_place_of_the_older_one(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def note(what: str, act: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*arguments: Any) -> Any:
            done.append(what)
            return act(*arguments)

        return noted

    monkeypatch.setattr(os, "fsync", note("fsync", fsync))
    monkeypatch.setattr(Path, "replace", note("replace", replace))
    with engine_of(sqlite_url) as engine:
        backup.backup(engine, tmp_path / "copy.db")

    assert done == ["fsync", "replace", "fsync"]


def test_a_copy_that_is_damaged_does_not_count(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read through before it takes the place of the older one."""
    copy = tmp_path / "copies" / "muster.db"
    copy.parent.mkdir()
    copy.write_text("an older copy", encoding="utf-8")
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as database, database:
        database.execute("PRAGMA foreign_keys=OFF")
        database.execute(
            "INSERT INTO timer (key, workspace_id, due_at, payload) VALUES ('k', 99, 0, '{}')"
        )
    with engine_of(sqlite_url) as engine, pytest.raises(BackupError, match="damaged"):
        backup.backup(engine, copy)

    assert copy.read_text(encoding="utf-8") == "an older copy"
    assert [file.name for file in copy.parent.iterdir()] == ["muster.db"]
