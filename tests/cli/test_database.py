"""`muster db`: upgrade, check, backup, restore."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from storage import migrate
from tests.cli.calls import call, problem
from tests.running import muster, running


def test_a_database_is_made_and_checked(home: Path) -> None:
    for command in (("db", "check"), ("db", "backup", "x"), ("export", "decisions")):
        assert "There is no database muster.db yet" in problem(call(*command))
    assert not (home / "muster.db").exists()
    assert f"version {migrate.HEAD}" in call("db", "upgrade").output
    result = call("db", "check")
    assert (result.exit_code, result.output) == (0, "The database is as it should be\n")


def test_what_differs_is_named(home: Path) -> None:
    call("db", "upgrade")
    with closing(sqlite3.connect(home / "muster.db")) as database:
        database.execute("DROP TABLE room_reading")
    result = call("db", "check")
    assert result.exit_code == 1
    assert "table room_reading is missing" in result.output


def _moved_on(home: Path, contract: str) -> None:
    """A later Muster has upgraded the database."""
    call("db", "upgrade")
    with closing(sqlite3.connect(home / "muster.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.execute("UPDATE meta SET value = ? WHERE name = 'contract'", (contract,))
        database.execute("CREATE TABLE novelty (id int)")


def test_a_newer_version_that_works_with_this_muster_is_said(home: Path) -> None:
    _moved_on(home, migrate.HEAD)
    for command in ("upgrade", "check"):
        result = call("db", command)
        assert result.exit_code == 0
        assert result.output == (
            f"The database is of version 9999, which is newer than this Muster ({migrate.HEAD}) "
            "and works with it as it is.\n"
        )


def test_a_newer_version_that_does_not_asks_for_a_newer_muster(home: Path) -> None:
    """It would be no use to advise `muster db upgrade`, which refuses."""
    _moved_on(home, "9998")
    said = f"The database is of version 9999, and this Muster knows only {migrate.HEAD}"
    for command in (("outbox", "list"), ("export", "decisions"), ("db", "upgrade")):
        assert problem(call(*command)).startswith(said)
    assert "use a newer Muster" in problem(call("outbox", "list"))


def test_a_database_in_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    file = tmp_path / "no" / "folder" / "x.db"
    done = muster("run", home=tmp_path, database_url=f"sqlite:///{file}", playground="off")
    assert (done.returncode, done.stderr) == (1, f"muster: {file}: No such file or directory\n")


@pytest.mark.usefixtures("_programs")
def test_a_copy_is_made_and_put_back_on_each_engine(
    database_url: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All tables are in it, also for a process that has loaded nothing before."""
    monkeypatch.setenv("MUSTER_DATABASE_URL", database_url)
    made = muster("db", "backup", "x.bak", home=home, database_url=database_url)
    assert (made.returncode, made.stderr) == (0, "The database was copied to x.bak\n")
    back = muster("db", "restore", "x.bak", home=home, database_url=database_url)
    assert (back.returncode, back.stderr) == (0, "The database is as in x.bak\n")
    assert call("db", "check").output == "The database is as it should be\n"


def test_a_home_that_is_not_there_is_made(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "down" / "x.db"
    done = muster("db", "upgrade", home=tmp_path, database_url=f"sqlite:///{file}")
    assert done.returncode == 0
    assert file.exists()


def test_a_backup_is_made_while_muster_runs(tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    with running(tmp_path) as site:
        site.api("people", {"name": "alice", "lang": "en", "zone": "UTC"})
        site.api("say", {"as": "alice", "channel": "dm", "text": "/muster whoami"})
        done = muster("db", "backup", copy, home=tmp_path)
        assert (done.returncode, done.stdout) == (0, "")
        assert done.stderr == f"The database was copied to {copy}\n"
        assert site.stop() == 0
    with closing(sqlite3.connect(copy)) as database:
        assert database.execute("SELECT name FROM person").fetchall() == [("alice",)]


def test_a_backup_replaces_nothing_unasked(home: Path) -> None:
    call("db", "upgrade")
    copy = home / "copy.db"
    copy.write_text("precious")
    assert f"{copy} is there already; --force replaces it." in problem(
        call("db", "backup", str(copy))
    )
    assert copy.read_text() == "precious"
    assert call("db", "backup", "--force", str(copy)).exit_code == 0
    assert copy.read_bytes().startswith(b"SQLite format 3")


def test_a_copy_is_put_back(told: Path) -> None:
    copy = told / "copy.db"
    assert call("db", "backup", str(copy)).exit_code == 0
    _decide(told, "Drink it")
    assert "Drink it" in call("export", "decisions").stdout
    assert "has something in it already; --force replaces it" in problem(
        call("db", "restore", str(copy))
    )
    assert "Drink it" in call("export", "decisions").stdout
    done = call("db", "restore", "--force", str(copy))
    assert done.exit_code == 0, done.output
    [first, second] = done.output.splitlines()
    assert first == f"The database is as in {copy}"
    before = second.removeprefix("What it was before is in ")
    decided = call("export", "decisions").stdout
    assert "Buy tea" in decided
    assert "Drink it" not in decided
    assert call("db", "restore", "--force", before).exit_code == 0
    assert "Drink it" in call("export", "decisions").stdout
    assert call("db", "check").exit_code == 0


def test_a_copy_is_put_back_where_nothing_is(told: Path) -> None:
    copy = told / "copy.db"
    call("db", "backup", str(copy))
    (told / "muster.db").unlink()
    done = call("db", "restore", str(copy))
    assert done.output == f"The database is as in {copy}\n"
    assert "Buy tea" in call("export", "decisions").stdout
    assert list(told.glob("before-*")) == []


def test_nothing_is_put_back_under_a_muster_that_runs(tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    with running(tmp_path) as site:
        site.api("people", {"name": "alice", "lang": "en", "zone": "UTC"})
        site.api("say", {"as": "alice", "channel": "dm", "text": "/muster whoami"})
        assert muster("db", "backup", copy, home=tmp_path).returncode == 0
        refused = muster("db", "restore", copy, "--force", home=tmp_path)
        assert refused.returncode == 1
        assert refused.stderr == (
            "muster: The database is in use. Stop every Muster that uses it, then try again.\n"
        )
        site.api("say", {"as": "alice", "channel": "dm", "text": "/decide Go on"})
        assert site.stop() == 0
    assert list(tmp_path.glob("before-*")) == []
    assert muster("db", "restore", copy, "--force", home=tmp_path).returncode == 0
    with running(tmp_path) as site:
        assert site.get("/readyz")[0] == 200
        assert site.stop() == 0


def _decide(home: Path, what: str) -> None:
    story = home / "more"
    story.write_text(f"alice: /decide {what}", "utf-8")
    assert call("chat", "--db", str(home / "muster.db"), str(story)).exit_code == 0
