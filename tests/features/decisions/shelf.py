"""Two workspaces in one empty database, to export from and to import into."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine
from sqlmodel import SQLModel

from bot.bootstrap import registry
from bot.core.text import Reader
from bot.features.decisions import exports, importing
from bot.features.decisions.incoming import read_path
from storage.tables import Workspace
from storage.tx import Tx

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
SUFFIXES = {"adr": "zip"}


@contextmanager
def shelf() -> Iterator[Connection]:
    """A connection to a database of its own, with two workspaces, 1 and 2."""
    registry()  # whose tables are made
    engine = create_engine("sqlite://")
    SQLModel.metadata.create_all(engine)
    with engine.connect() as conn:
        for number in (1, 2):
            row = Workspace(platform="playground", native=f"w{number}", created_at=NOW)
            transaction(conn, row).add(row)
        conn.commit()
        yield conn
    engine.dispose()


def workspace(conn: Connection, number: int) -> Tx:
    """A transaction of a workspace."""
    row = Workspace(id=number, platform="playground", native=f"w{number}", created_at=NOW)
    return transaction(conn, row)


def transaction(conn: Connection, row: Workspace) -> Tx:
    return Tx(conn, row, now=NOW, reader=Reader(), defaults=Reader(), ask=registry().ask)


def exported(tx: Tx, form: str, folder: Path, **query: Any) -> Path:
    """The file of an export."""
    path = folder / f"decisions-{tx.workspace_id}.{SUFFIXES.get(form, form)}"
    asked = {"workspace": tx.workspace_id, "format": form, **query}
    exports.export(tx, asked, path, lambda _: None)
    return path


def imported(tx: Tx, path: Path) -> tuple[int, int]:
    """How many decisions of a file are new, and how many were there."""
    planned = importing.plan(tx, tx.workspace_id, read_path(path))
    new = importing.carry_out(tx, planned, None, lambda _: None)
    return new, len(planned) - new
