"""Copies on a PostgreSQL that others use as well: only what is Muster's is copied, and replaced."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from bot.core.effects import Address, Pin
from bot.core.i18n import plain
from bot.core.text import Reader
from bot.problems import explain
from storage import migrate, outbox, programs
from storage.backup import BackupError
from tests.storage.opened import copied, engine_of, put_back, transaction

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("_programs")]
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
STRANGERS = """
CREATE SCHEMA grafana; CREATE TABLE grafana.panel (id int); INSERT INTO grafana.panel VALUES (1);
CREATE TABLE billing (id int PRIMARY KEY); INSERT INTO billing VALUES (1), (2);
CREATE INDEX ix_billing ON billing (id);
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TYPE mood AS ENUM ('fine'); COMMENT ON TABLE outbox IS 'not ours to say'
"""


@pytest.fixture
def role(empty_postgres_url: str) -> Iterator[str]:
    """A database whose owner is an ordinary role, as that role; with an extension of root's."""
    name = f"muster_test_{secrets.token_hex(3)}"
    url = make_url(empty_postgres_url)
    with psycopg.connect(empty_postgres_url, autocommit=True) as conn:
        if conn.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'vector'").fetchone():
            conn.execute("CREATE EXTENSION vector")
        conn.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'sesame'".encode())
        conn.execute(f"ALTER DATABASE {url.database} OWNER TO {name}".encode())
        conn.execute(f"GRANT ALL ON SCHEMA public TO {name}".encode())
    own = url.set(username=name, password="sesame").render_as_string(hide_password=False)
    with engine_of(own) as engine:
        migrate.upgrade(engine)
        with transaction(engine) as tx:
            migrate.instance_of(tx)
            outbox.put(tx, [Pin(Address("p", "w", "C1"), "m")], key="k", now=NOW)
    yield own
    with psycopg.connect(empty_postgres_url, autocommit=True) as conn:
        conn.execute(f"DROP OWNED BY {name}".encode())
        conn.execute(f"ALTER DATABASE {url.database} OWNER TO CURRENT_USER".encode())
        conn.execute(f"DROP ROLE {name}".encode())


def execute(url: str, statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as conn:
        for each in statements.split(";"):
            conn.execute(each.strip().encode())


def value(url: str, query: str) -> object:
    with psycopg.connect(url) as conn:
        [(found,)] = conn.execute(query.encode()).fetchall()
    return found


def test_what_is_not_musters_stays_as_it_is(role: str, tmp_path: Path) -> None:
    execute(role, STRANGERS)
    copy = copied(role, tmp_path / "copy")
    execute(role, "INSERT INTO billing VALUES (3); DELETE FROM outbox")
    put_back(role, copy, tmp_path / "before")
    assert value(role, "SELECT count(*) FROM billing") == 3
    assert value(role, "SELECT count(*) FROM grafana.panel") == 1
    assert value(role, "SELECT f()") == 1
    assert value(role, "SELECT attempts FROM outbox") == 1
    put_back(role, tmp_path / "before")
    assert value(role, "SELECT count(*) FROM outbox") == 0
    with engine_of(role) as engine:
        assert [line for line in migrate.check(engine) if "billing" not in line] == []


def test_a_copy_has_no_more_than_musters_tables(role: str, tmp_path: Path) -> None:
    execute(role, STRANGERS)
    copy = copied(role, tmp_path / "copy")
    told = subprocess.run(["pg_restore", "-l", copy], capture_output=True, text=True, check=True)
    for foreign in ("grafana", "billing", "FUNCTION", "mood", "EXTENSION", "COMMENT", "SCHEMA"):
        assert foreign not in told.stdout
    assert " TABLE public decision " in told.stdout, "those of the features as well"


def test_what_depends_on_musters_tables_is_not_dropped(role: str, tmp_path: Path) -> None:
    copy = copied(role, tmp_path / "copy")
    execute(role, "CREATE VIEW waiting AS SELECT * FROM outbox; DELETE FROM meta")
    with pytest.raises(BackupError, match="view waiting depends on table outbox") as refused:
        put_back(role, copy, tmp_path / "before")
    assert str(refused.value).startswith("Something that is not Muster's depends on its tables")
    assert not (tmp_path / "before").exists()
    assert value(role, "SELECT count(*) FROM waiting") == 1
    assert value(role, "SELECT count(*) FROM meta") == 0


def test_tables_of_another_role_are_not_said_to_be_silence(
    role: str, empty_postgres_url: str, tmp_path: Path
) -> None:
    copy = copied(role, tmp_path / "copy")
    execute(empty_postgres_url, "ALTER SCHEMA public OWNER TO CURRENT_USER")
    execute(empty_postgres_url, "ALTER TABLE outbox OWNER TO CURRENT_USER")
    execute(empty_postgres_url, f"GRANT SELECT ON outbox TO {make_url(role).username}")
    with pytest.raises(DBAPIError) as refused:
        put_back(role, copy)
    sentence = explain(refused.value)
    assert sentence is not None
    assert plain(sentence, Reader()) == "The database refuses that: must be owner of table outbox"


def test_a_copy_with_more_in_it_is_refused(role: str, tmp_path: Path) -> None:
    execute(role, STRANGERS)
    whole = tmp_path / "whole"
    plain = make_url(role).set(password=None).render_as_string()
    subprocess.run(
        ["pg_dump", "-Fc", f"--file={whole}", f"--dbname={plain}"],
        env={**os.environ, "PGPASSWORD": "sesame"},
        check=True,
    )
    with pytest.raises(BackupError, match="there is something that is not Muster's: "):
        put_back(role, whole)
    assert value(role, "SELECT attempts FROM outbox") == 0


def test_another_role_that_is_connected_is_in_the_way(
    role: str, empty_postgres_url: str, tmp_path: Path
) -> None:
    """An ordinary role is not told what the others are that it sees."""
    copy = copied(role, tmp_path / "copy")
    with (
        psycopg.connect(empty_postgres_url),
        pytest.raises(BackupError, match="The database is in use"),
    ):
        put_back(role, copy)
    put_back(role, copy)


def test_tables_that_only_a_newer_muster_knows(role: str, tmp_path: Path) -> None:
    """They are in the copy of what was there, and do not make the next upgrade stumble."""
    copy = copied(role, tmp_path / "copy")
    execute(role, "CREATE TABLE novelty (id int); INSERT INTO novelty VALUES (7)")
    execute(role, "UPDATE meta SET value = value || ' novelty' WHERE name = 'tables'")
    execute(role, "UPDATE alembic_version SET version_num = '9999'")
    put_back(role, copy, tmp_path / "before")
    assert value(role, "SELECT to_regclass('novelty')") is None
    told = subprocess.run(
        ["pg_restore", "-l", tmp_path / "before"], capture_output=True, text=True, check=True
    )
    assert " TABLE DATA public novelty " in told.stdout


def test_an_empty_database_is_not_copied(empty_postgres_url: str, tmp_path: Path) -> None:
    execute(empty_postgres_url, "CREATE TABLE billing (id int)")
    with pytest.raises(BackupError, match="has nothing of Muster's in it yet"):
        copied(empty_postgres_url, tmp_path / "copy")
    assert list(tmp_path.iterdir()) == []


# ── where the programs are missing, or are old ───────────────────────────────────────────────────


def offered(refused: pytest.ExceptionInfo[BackupError]) -> str:
    said = str(refused.value)
    assert "is not installed here: it comes with PostgreSQL's client." in said
    assert "sesame" not in said
    assert "*" not in said
    return said.partition("~/.pgpass: ")[2]


def by_hand(command: str, path: str) -> None:
    """As somebody would, on a machine with the programs."""
    environment = {"PATH": path, "PGPASSWORD": "sesame"}
    subprocess.run(["sh", "-euc", command], env=environment, check=True, capture_output=True)


def test_without_the_programs_there_is_a_way_by_hand(
    role: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = os.environ["PATH"]
    monkeypatch.setenv("PATH", str(tmp_path))
    copy, before = tmp_path / "the copy", tmp_path / "before"
    with pytest.raises(BackupError) as refused:
        copied(role, copy)
    by_hand(offered(refused), path)
    execute(role, "INSERT INTO meta VALUES ('later', ''); CREATE TABLE billing (id int)")
    instance = "SELECT value FROM meta WHERE name = 'instance'"
    first = value(role, instance)
    with pytest.raises(BackupError) as refused:
        put_back(role, copy, before)
    by_hand(offered(refused), path)
    assert value(role, "SELECT count(*) FROM meta WHERE name = 'later'") == 0
    assert value(role, "SELECT attempts FROM outbox") == 1
    assert value(role, "SELECT count(*) FROM billing") == 0
    assert value(role, instance) != first
    assert before.exists()


OLD = """#!/bin/sh
case $* in *--list*) exit;; esac
echo "pg_dump: error: aborting because of server version mismatch" >&2
echo "pg_dump: detail: server version: 18.0; pg_dump version: 15.18" >&2
exit 1
"""


def test_a_program_that_is_too_old_is_named_with_both_versions(
    role: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "pg_dump"
    old.write_text(OLD, "utf-8")
    old.chmod(0o755)
    shutil.copy(old, tmp_path / "pg_restore")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(BackupError) as refused:
        copied(role, tmp_path / "copy")
    said = str(refused.value)
    assert said.startswith("pg_dump here is too old. Install PostgreSQL's client of the server's")
    assert "server version: 18.0; pg_dump version: 15.18" in said


def test_a_password_is_in_no_argument() -> None:
    for url in ("postgresql+psycopg://me:sesame@h/db", "postgresql://me@h/db?password=sesame"):
        words = programs.Call("psql", ["--quiet"], make_url(url)).words
        assert words[0] == "psql"
        assert "postgresql://me@h/db" in words[1]
        assert "sesame" not in " ".join(words)
