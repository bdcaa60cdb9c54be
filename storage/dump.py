"""Copies of a PostgreSQL database, with PostgreSQL's own pg_dump, pg_restore and psql.

A database may have in it what is not Muster's: other schemas, extensions, tables that somebody
added. A copy has Muster's own tables in it and nothing else, and so has what makes room for it.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

from bot.core.text import Code, t
from storage import copied, migrate, programs
from storage.copied import BackupError
from storage.programs import Call

#: What is not as in the copy: see `storage/backup.py`.
_MARKS = (
    (
        "UPDATE {schema}.outbox SET attempts = greatest(attempts, 1)"
        " WHERE state IN ('waiting', 'claimed')"
    ),
    "UPDATE {schema}.meta SET value = '{instance}' WHERE name = 'instance'",
)
#: Who is connected besides us. Of other roles an ordinary one is not told what they are; but what
#: the server itself sends in has no role.
_OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid <> pg_backend_pid() AND (backend_type = 'client backend'"
    " OR backend_type IS NULL AND usesysid IS NOT NULL)"
)
_TABLES = text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
#: Whose the tables are, and who else may do what with them, is the database's own affair.
_PLAIN = ("--no-owner", "--no-acl", "--no-comments")
#: A line of what pg_restore lists, of something that none of Muster's tables brings along.
_FOREIGN = re.compile(
    r"^\d+; \d+ \d+ (?!TABLE |SEQUENCE |DEFAULT |CONSTRAINT |FK CONSTRAINT |INDEX |STATISTICS )"
    r"(.*)$",
    re.MULTILINE,
)
_COPIED_TABLE = re.compile(r"^\d+; \d+ \d+ TABLE (?!DATA )\S+ (\S+) ", re.MULTILINE)
_VERSION = re.compile(r"^COPY \S*alembic_version .*\n(.*)$", re.MULTILINE)
_NOTED = re.compile(r"^tables\t(.*)$", re.MULTILINE)
_DEPENDENTS = "2BP01"


def backup(engine: Engine, path: Path) -> None:
    """Copy Muster's tables to `path`, as pg_dump's own format has it.

    BackupError: the programs are not installed, or say that they cannot; there are no tables.
    """
    try:
        with engine.connect() as conn:
            schema, tables = _own(conn)
    finally:
        engine.dispose()
    if not tables:
        raise BackupError(t("The database has nothing of Muster's in it yet."))
    programs.need(("pg_dump", "pg_restore"), [_dump(engine, schema, tables, path)])
    with copied.whole(path) as part:
        programs.run(_dump(engine, schema, tables, part))
        programs.run(Call("pg_restore", ["--list", str(part)]))


def _dump(engine: Engine, schema: str, tables: Sequence[str], path: Path) -> Call:
    # A regular expression, as psql's patterns may be; names of tables are plain words.
    pattern = f"--table={_quoted(schema)}.({'|'.join(tables)})"
    return Call("pg_dump", ["--format=custom", *_PLAIN, pattern, f"--file={path}"], engine.url)


def restore(engine: Engine, path: Path, before: Path | None, instance: str) -> None:
    """Put the copy at `path` in the place of Muster's tables, which are copied to `before`.

    `instance` is the database's new id. BackupError: `path` is no copy or too new, the database is
    in use, something else depends on the tables, or the programs are not installed.
    """
    if not path.is_file():
        raise FileNotFoundError(2, "No such file", str(path))
    try:
        with engine.connect() as conn:
            if conn.execute(_OTHERS).scalar_one():
                raise copied.in_use()
            schema, tables = _own(conn)
            clear = f"DROP TABLE {', '.join(_in(schema, each) for each in tables)}"
            clearing = [clear] if tables else []
            _try(conn, clearing)
    finally:
        engine.dispose()
    marks = [each.format(schema=_quoted(schema), instance=instance) for each in _MARKS]
    first = [_dump(engine, schema, tables, before)] if before is not None else []
    script = path.with_name(f"{path.name}.sql")
    by_hand = [*first, *_going_back(engine, path, script, clearing, marks)]
    programs.need(("pg_restore", "psql", *(each.program for each in first)), by_hand)
    copied.check_version(path, _found(_VERSION, path, "alembic_version"))
    _check_content(path)
    if before is not None:
        backup(engine, before)
    with tempfile.TemporaryDirectory(prefix="muster-") as folder:
        for call in _going_back(engine, path, Path(folder) / "script", clearing, marks):
            programs.run(call)


def _going_back(
    engine: Engine, path: Path, script: Path, clearing: Sequence[str], marks: Sequence[str]
) -> list[Call]:
    """The copy as a script, and that in one transaction, between what comes before and after."""
    out = [*_PLAIN, f"--file={script}", str(path)]
    one = ["--single-transaction", "--set=ON_ERROR_STOP=1", "--no-psqlrc", "--quiet"]
    before, after = ([f"--command={each}" for each in them] for them in (clearing, marks))
    psql = [*one, *before, f"--file={script}", *after]
    return [Call("pg_restore", out), Call("psql", psql, engine.url)]


def _own(conn: Connection) -> tuple[str, list[str]]:
    """The schema, and those of its tables that are Muster's. All models must have been imported.

    A database of a newer or older version may have others than this code; it has noted its own.
    """
    schema = conn.exec_driver_sql("SELECT current_schema()").scalar_one()
    there = set(conn.execute(_TABLES).scalars())
    known = {"alembic_version", *SQLModel.metadata.tables}
    if "meta" in there:
        known |= migrate.tables_noted(conn)
    return str(schema), sorted(there & known)


def _try(conn: Connection, clearing: Sequence[str]) -> None:
    """BackupError: the tables cannot be dropped, for something else depends on them."""
    try:
        for each in clearing:
            conn.exec_driver_sql(each)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != _DEPENDENTS:
            raise
        what = str(getattr(error.orig, "diag").message_detail)  # noqa: B009  psycopg's
        raise BackupError(
            t(
                "Something that is not Muster's depends on its tables: {what}. Take that away "
                "first, and make it again afterwards.",
                what=what.partition("\n")[0],
            )
        ) from error
    finally:
        conn.rollback()


def _check_content(path: Path) -> None:
    """BackupError: there is something in the copy that is not Muster's."""
    told = programs.run(Call("pg_restore", [*_PLAIN, "--list", str(path)]))
    noted = _found(_NOTED, path, "meta") or ""
    known = {"alembic_version", *SQLModel.metadata.tables, *noted.split()}
    strange = [each for each in _COPIED_TABLE.findall(told) if each not in known]
    strange += _FOREIGN.findall(told)
    if strange:
        raise BackupError(
            t(
                "In {path} there is something that is not Muster's: {what}. Put it into an empty "
                "database with {program}, and copy that with {backup}.",
                path=Code(str(path)),
                what=strange[0],
                program=Code("pg_restore"),
                backup=Code("muster db backup"),
            )
        )


def _found(what: re.Pattern[str], path: Path, table: str) -> str | None:
    """Something in a table of a copy, none if it is not there. BackupError: `path` is no copy."""
    try:
        args = ["--data-only", f"--table={table}", "--file=-", str(path)]
        told = programs.run(Call("pg_restore", args))
    except BackupError as error:
        if error.__cause__ is None:  # it says what to do
            raise
        raise copied.none(path) from error
    found = what.search(told)
    return found[1] if found else None


def _in(schema: str, table: str) -> str:
    return f"{_quoted(schema)}.{_quoted(table)}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
