"""The versions of the schema: bring a database up to this code's, and check it.

Alembic does the work, and is loaded only when there is some: it costs 13 MB and 0.3 seconds. There
is no way back to an earlier version but a backup.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import (
    Connection,
    Engine,
    Index,
    MetaData,
    delete,
    func,
    insert,
    inspect,
    select,
    text,
)
from sqlmodel import SQLModel

from bot.core.errors import MusterError
from storage.db import Database
from storage.jobs import PATIENCE
from storage.rows import Rows, table_of
from storage.tables import Meta

if TYPE_CHECKING:
    from alembic.config import Config

_FOLDER = Path(__file__).with_name("migrations")
#: All versions, the oldest first. A migration's file begins with its own: `0001_….py`.
REVISIONS = tuple(sorted(file.name[:4] for file in _FOLDER.glob("versions/[0-9]*.py")))
#: This code's version of the schema.
HEAD: str = REVISIONS[-1]
#: The oldest version of this code that works on the newest schema. A migration that only adds
#: leaves it as it is; one that takes away what older code needs raises it (docs/upgrading.md).
CONTRACT = "0008"
#: Under what name a database keeps the contract of whoever upgraded it last.
_CONTRACT = "contract"
#: And under what name all tables of that version, for code that does not know them all.
_TABLES = "tables"
#: Seconds that a process waits for another one that is upgrading the same SQLite database.
_PATIENCE = 120
#: What the upgraders of one PostgreSQL database lock; any number will do ("mu").
_LOCK = 0x6D75

#: As Alembic makes it.
_VERSION_TABLE = text(
    "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL,"
    " CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
)


class SchemaError(MusterError):
    """The database's schema does not fit this Muster."""


def current(conn: Connection) -> str | None:
    """The version of a database; None if it has no schema yet."""
    if not inspect(conn).has_table("alembic_version"):
        return None
    found: str | None = conn.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def fits(conn: Connection) -> bool:
    """Whether this code works on a database: it is of its version, or of a later one that says so.

    During a rolling upgrade the replicas of the version before go on where they are, and start
    again, on the schema of the next.
    """
    found = current(conn)
    return found == HEAD or (found is not None and _is_ahead(conn, found))


def newer(conn: Connection) -> str | None:
    """The version of a database, if this code does not know it and `fits` nevertheless."""
    found = current(conn)
    return found if found is not None and _is_ahead(conn, found) else None


def _is_ahead(conn: Connection, found: str) -> bool:
    """Whether a version is one that this code does not know, and that can do with it."""
    meta = table_of(Meta)
    asked = select(meta.c.value).where(meta.c.name == _CONTRACT)
    return found > HEAD and (Rows(conn).value(asked) or found) <= HEAD


def upgrade(database: Engine | Database, *, to: str = HEAD, models: MetaData | None = None) -> None:
    """Bring a database up to version `to`: entirely, or not at all.

    With `models`, all of them, an empty database gets the newest schema from these, which is to the
    letter what the migrations make, and Alembic is not needed for it. Of several processes that
    start together one does it, and the others wait. One that `fits` as it is stays so.
    SchemaError: the database is of a version that this code does not know, and cannot work on.
    """
    engine = _engine(database)
    with engine.connect() as conn:
        found = current(conn)
    if found == to:
        return
    with _alone(engine) as conn:
        found = current(conn)
        if found is not None and found not in REVISIONS:
            if _is_ahead(conn, found):
                return
            message = (
                f"The database is of version {found}, and this Muster knows only {HEAD}. "
                "Start the newer Muster again, or go back to a backup."
            )
            raise SchemaError(message)
        if found is None and models is not None and to == HEAD:
            models.create_all(conn)
            conn.execute(_VERSION_TABLE)
            conn.execute(text("INSERT INTO alembic_version VALUES (:version)"), {"version": HEAD})
        elif found is None or found < to:
            from alembic import command  # noqa: PLC0415  see above

            command.upgrade(_config(conn), to)
        if to == HEAD:
            _note(conn, _CONTRACT, CONTRACT)
            _note(conn, _TABLES, " ".join(sorted((models or SQLModel.metadata).tables)))


def _note(conn: Connection, name: str, value: str) -> None:
    meta = table_of(Meta)
    conn.execute(delete(meta).where(meta.c.name == name))
    conn.execute(insert(meta).values(name=name, value=value))


def tables_noted(conn: Connection) -> set[str]:
    """The tables that a database has by the word of whoever upgraded it last."""
    meta = table_of(Meta)
    return set((Rows(conn).value(select(meta.c.value).where(meta.c.name == _TABLES)) or "").split())


def draft(database: Engine | Database, title: str, folder: Path = _FOLDER / "versions") -> Path:
    """Write the next migration: what the models of this process have and the database has not.

    It is a draft. What Alembic cannot see, such as data to move, is added by hand.
    """
    from alembic import command  # noqa: PLC0415  see above

    with _engine(database).connect() as conn:
        config = _config(conn)
        config.set_main_option("version_locations", _escaped(folder))
        number = f"{len(REVISIONS) + 1:04}"
        made = command.revision(config, title, autogenerate=True, rev_id=number)
    return Path(cast("Any", made).path)


def check(database: Engine | Database, metadata: MetaData = SQLModel.metadata) -> list[str]:
    """How the schema differs from the models, a line each. All models must have been imported.

    A later version that can do with this code may have more than the models, but not less.
    """
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415  see above
    from alembic.migration import MigrationContext  # noqa: PLC0415

    with _engine(database).connect() as conn:
        found = current(conn)
        context = MigrationContext.configure(conn, opts={"include_name": is_compared})
        differences = compare_metadata(context, metadata)
        lines = [line for difference in differences for line in _told(difference)]
        if newer(conn) is not None:
            return [line for line in lines if line.endswith(_IS["add"])]
        if found != HEAD:
            lines.insert(0, f"the schema is of version {found}, not {HEAD}")
        return lines + list(_whole_indexes(conn, metadata))


def is_compared(name: str | None, kind: str, _: object) -> bool:
    """Whether a table or an index of the database is one that models know.

    What is for finding words (its name has `_fts`) is of each engine's own kind, and made by hand.
    """
    return kind not in {"table", "index"} or name is None or "_fts" not in name


def instance_of(conn: Connection) -> str:
    """This database's own id, which every effect key begins with; made when first asked for."""
    rows = Rows(conn)
    meta = table_of(Meta)
    asked = select(meta.c.value).where(meta.c.name == "instance")
    found = rows.value(asked)
    if found is None:
        rows.add_missing(Meta(name="instance", value=secrets.token_hex(3)))
        found = rows.value(asked)
    return str(found)


def _engine(database: Engine | Database) -> Engine:
    return database if isinstance(database, Engine) else database.engine


def _config(conn: Connection) -> Config:
    from alembic.config import Config  # noqa: PLC0415  see above

    config = Config()
    config.set_main_option("script_location", _escaped(_FOLDER))
    config.set_main_option("path_separator", "newline")
    config.attributes["connection"] = conn
    return config


def _escaped(path: Path) -> str:
    return str(path).replace("%", "%%")


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """A transaction, on a database that nobody else upgrades meanwhile."""
    if engine.dialect.name == "sqlite":
        with engine.connect() as conn:
            yield from _alone_in_sqlite(conn)
    else:
        with engine.begin() as conn:
            conn.exec_driver_sql("SET LOCAL lock_timeout = 0")
            conn.execute(select(func.pg_advisory_xact_lock(_LOCK)))
            # Whoever waits for a table makes everybody wait who comes after: rather try again.
            conn.exec_driver_sql(f"SET LOCAL lock_timeout = {int(2 * PATIENCE * 1000)}")
            yield conn


def _alone_in_sqlite(conn: Connection) -> Iterator[Connection]:
    conn.exec_driver_sql(f"PRAGMA busy_timeout={_PATIENCE * 1000}")
    # SQLite changes a table by copying it; to drop the old one must not count as dropping its rows.
    conn.exec_driver_sql("PRAGMA foreign_keys=OFF")
    try:
        conn.exec_driver_sql("BEGIN IMMEDIATE")
        yield conn
        broken = conn.exec_driver_sql("PRAGMA foreign_key_check").all()
        if broken:
            message = f"The upgrade would leave rows that refer to nothing: {broken[:5]}"
            raise SchemaError(message)
        conn.exec_driver_sql("COMMIT")
    finally:
        conn.rollback()
        conn.exec_driver_sql("PRAGMA foreign_keys=ON")
        conn.exec_driver_sql(f"PRAGMA busy_timeout={int(PATIENCE * 1000)}")


def _told(difference: Any) -> Iterator[str]:
    """What Alembic found, in words."""
    match difference:
        case list():
            for each in difference:
                yield from _told(each)
        case (("add_table" | "remove_table") as what, table):
            yield f"table {table.name} {_IS[what[:3]]}"
        case (("add_column" | "remove_column") as what, _, table, column):
            yield f"column {table}.{column.name} {_IS[what[:3]]}"
        case (str(what), item):
            yield f"{what.partition('_')[2]} {item.name} of {item.table.name} {_IS[what[:3]]}"
        case (str(what), _, table, column, _, found, wanted):
            yield f"column {table}.{column}: {what.partition('_')[2]} is {found!r}, not {wanted!r}"
        case _:
            yield str(difference)


_IS = {"add": "is missing", "rem": "is not known here"}


def _whole_indexes(conn: Connection, metadata: MetaData) -> Iterable[str]:
    """Indexes that are partial in the models but not in the schema, or the other way around."""
    where = f"{conn.dialect.name}_where"
    inspector = inspect(conn)
    for table in metadata.sorted_tables:
        if not inspector.has_table(table.name):
            continue
        for found in inspector.get_indexes(table.name):
            wanted = _named(table.indexes, found["name"])
            is_partial = bool(found.get("dialect_options", {}).get(where) is not None)
            if wanted is not None and is_partial != (wanted.dialect_kwargs.get(where) is not None):
                said = "is partial" if is_partial else "is not partial"
                yield f"index {wanted.name} of {table.name} {said}"


def _named(indexes: Iterable[Index], name: str | None) -> Index | None:
    return next((index for index in indexes if index.name == name), None)
