"""Copies of a PostgreSQL database, with PostgreSQL's own pg_dump, pg_restore and psql.

The password goes to them through the environment, where no list of processes shows it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import URL, Engine, text

from bot.core.text import Code, t
from storage import copied
from storage.copied import BackupError

#: What is not as in the copy: see `storage/backup.py`.
_MARKS = """
SET search_path TO {schema};
UPDATE outbox SET attempts = greatest(attempts, 1) WHERE state IN ('waiting', 'claimed');
UPDATE meta SET value = '{instance}' WHERE name = 'instance';
"""
_OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)
_TABLES = text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
_VERSION = re.compile(r"^COPY \S*alembic_version .*\n(.*)$", re.MULTILINE)


def backup(engine: Engine, path: Path) -> None:
    """Copy the database to `path`, as pg_dump's own format has it.

    BackupError: pg_dump is not installed, or says that it cannot.
    """
    with copied.whole(path) as part:
        _run(engine.url, "pg_dump", "--format=custom", "--no-owner", "--no-acl", f"--file={part}")
        _run(engine.url, "pg_restore", "--list", str(part), connects=False)


def restore(engine: Engine, path: Path, before: Path | None, instance: str) -> None:
    """Put the copy at `path` in the place of what the database has, which is copied to `before`.

    `instance` is its new id. BackupError: `path` is no copy or too new, or the database is in use,
    or the programs are not installed.
    """
    if not path.is_file():
        raise FileNotFoundError(2, "No such file", str(path))
    copied.check_version(path, _version(engine.url, path))
    try:
        with engine.connect() as conn:
            if conn.execute(_OTHERS).scalar_one():
                raise copied.in_use()
            schema = str(conn.exec_driver_sql("SELECT current_schema()").scalar_one())
            tables = [_quoted(name) for name in conn.execute(_TABLES).scalars()]
    finally:
        engine.dispose()
    if before is not None:
        backup(engine, before)
    with tempfile.TemporaryDirectory(prefix="muster-") as folder:
        script = Path(folder) / "script"
        _run(
            engine.url, "pg_restore", "--no-owner", "--no-acl", f"--file={script}", str(path),
            connects=False,
        )  # fmt: skip
        clear = f"DROP TABLE {', '.join(tables)} CASCADE" if tables else "SELECT 1"
        marks = _MARKS.format(schema=_quoted(schema), instance=instance)
        one = ("--single-transaction", "--set=ON_ERROR_STOP=1", "--no-psqlrc", "--quiet")
        _run(engine.url, "psql", *one, f"--command={clear}", f"--file={script}", *_each(marks))


def _each(statements: str) -> list[str]:
    return [f"--command={each.strip()}" for each in statements.split(";") if each.strip()]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _version(url: URL, path: Path) -> str | None:
    """The version of the schema in a copy; None if it has none of Muster's."""
    args = ("--data-only", "--table=alembic_version", "--file=-", str(path))
    try:
        told = _run(url, "pg_restore", *args, connects=False)
    except BackupError as error:
        if error.__cause__ is None:
            raise
        raise copied.none(path) from error
    found = _VERSION.search(told)
    return found[1] if found else None


def _run(url: URL, program: str, *args: str, connects: bool = True) -> str:
    """What a program of PostgreSQL's says. BackupError: it is not there, or it failed."""
    address = url.set(drivername="postgresql")
    shown = address.render_as_string(hide_password=True)
    found = shutil.which(program)
    if found is None:
        command = Code(f"{program} {' '.join(args)} '{shown}'")
        raise BackupError(
            t(
                "{program} is not installed here: it comes with PostgreSQL's client. "
                "Where it is, this does it: {command}",
                program=Code(program),
                command=command,
            )
        )
    where = [f"--dbname={address.set(password=None).render_as_string()}"] if connects else []
    password = {"PGPASSWORD": str(url.password)} if url.password else {}
    try:
        done = subprocess.run(  # noqa: S603  a program of PostgreSQL's, no shell
            [found, *where, *args],
            env={**os.environ, **password},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            text=True,
        )
    except subprocess.CalledProcessError as error:
        why = _first_line(error.stderr)
        raise BackupError(t("{program} failed: {why}", program=Code(program), why=why)) from error
    return done.stdout


def _first_line(said: str) -> str:
    lines: Sequence[str] = [line for line in said.splitlines() if line.strip()]
    return lines[0] if lines else "?"
