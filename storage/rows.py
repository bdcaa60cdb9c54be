"""Rows in and out of one transaction, as the SQLModel values that features declare.

Statements go through SQLAlchemy Core: on this hot path the ORM's unit of work costs three to eight
times as much (docs/adr/0004). A row that was read is a value: it changes only through `change`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Executable, Table, bindparam, insert, inspect, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Mapper, configure_mappers
from sqlalchemy.sql import Insert, Select, Update
from sqlmodel import SQLModel

from storage import prepared

R = TypeVar("R", bound=SQLModel)
Kept = dict[type[SQLModel], dict[tuple[Any, ...], list[Any]]]
#: Where a connection has what its transaction keeps.
KEPT = "muster.kept"


@cache
def _mapper(cls: type[SQLModel]) -> Mapper[Any]:
    return cast("Mapper[Any]", inspect(cls))


def table_of(cls: type[SQLModel]) -> Table:
    """The table of a model."""
    return cast("Table", _mapper(cls).local_table)


@cache
def _insert(cls: type[SQLModel]) -> Insert:
    return insert(table_of(cls))


@cache
def _insert_returning(cls: type[SQLModel]) -> Any:
    return insert(table_of(cls)).returning(table_of(cls).c.id)


@cache
def _insert_missing(cls: type[SQLModel], dialect: str) -> Any:
    module = sqlite if dialect == "sqlite" else postgresql
    return module.insert(table_of(cls)).on_conflict_do_nothing()


@cache
def _by_id(cls: type[SQLModel], *, lock: bool) -> Select[Any]:
    table = table_of(cls)
    found = select(table).where(table.c.id == bindparam("id"))
    # PostgreSQL's FOR NO KEY UPDATE: rows that refer to this one can still be added by others, and
    # two transactions that have both done so do not lock each other out.
    return found.with_for_update(key_share=True) if lock else found


@cache
def _update(cls: type[SQLModel], names: tuple[str, ...]) -> Update:
    table = table_of(cls)
    changed: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    return update(table).where(table.c.id == bindparam("row_id")).values(changed)


@cache
def _maker(cls: type[SQLModel]) -> Callable[[], Any]:
    configure_mappers()  # which else happens only when the first row of any class is made anew
    return _mapper(cls).class_manager.new_instance


def row_of(cls: type[R], values: Mapping[str, Any]) -> R:
    """A row as it was read: no validation, no defaults, 3 µs instead of 33."""
    made = _maker(cls)()
    made.__dict__.update(values)
    return cast("R", made)


def _values(row: SQLModel) -> dict[str, Any]:
    """What is to be inserted; a primary key that the database gives is left out."""
    return {
        column.key: getattr(row, column.key)
        for column in table_of(type(row)).columns
        if not (column.primary_key and getattr(row, column.key) is None)
    }


class Rows:
    """One transaction's connection, speaking in rows.

    A query that is given with `values` is a constant one, made once; see `prepared`. What such a
    query with `keep` has found is remembered until a row of its table is written, by all who share
    the transaction: in a group commit dozens of commands ask who the same people are.
    """

    def __init__(self, conn: Connection) -> None:
        self.conn = conn
        #: What was found, by table and query. A transaction that nobody shares keeps nothing.
        self._kept: Kept | None = conn.info.get(KEPT)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """A part of the transaction that is undone, and nothing else, if it raises."""
        try:
            with self.conn.begin_nested():
                yield
        except BaseException:
            if self._kept:
                self._kept.clear()
            raise

    def execute(self, statement: Executable, values: Any = None) -> CursorResult[Any]:
        """Run any statement."""
        if self._kept:
            self._kept.clear()
        return cast("CursorResult[Any]", self.conn.execute(statement, values))

    def get(self, cls: type[R], row_id: int, *, lock: bool = False) -> R | None:
        """The row with that id; with `lock`, nobody else changes it before this commit."""
        return self.first(cls, _by_id(cls, lock=lock), {"id": row_id})

    def all(
        self, cls: type[R], statement: Select[Any], values: Any = None, *, keep: bool = False
    ) -> list[R]:
        """The rows of a statement that selects all columns of `cls`.

        With `keep` it reads no other table.
        """
        if not keep or self._kept is None:
            return [row_of(cls, found) for found in self._found(statement, values)]
        kept = self._kept.setdefault(cls, {})
        key = (statement, *values.values())
        if key not in kept:
            kept[key] = [row_of(cls, found) for found in self._found(statement, values)]
        return list(kept[key])

    def first(
        self, cls: type[R], statement: Select[Any], values: Any = None, *, keep: bool = False
    ) -> R | None:
        """The first row of such a statement."""
        return next(iter(self.all(cls, statement, values, keep=keep)), None)

    def _written(self, cls: type[SQLModel]) -> None:
        if self._kept:
            self._kept.pop(cls, None)

    def _found(
        self, statement: Select[Any], values: Mapping[str, Any] | None
    ) -> list[Mapping[str, Any]]:
        if values is not None:
            return prepared.fetch(self.conn, statement, values)
        return [dict(found) for found in self.conn.execute(statement).mappings()]

    def value(self, statement: Executable, values: Any = None) -> Any:
        """The first column of the first row; None if there is none."""
        if values is not None:
            return prepared.run(self.conn, statement, values).scalar()
        return self.conn.execute(statement).scalar()

    def add(self, row: R) -> R:
        """Insert a new row, and give it its id."""
        values = _values(row)
        self._written(type(row))
        if "id" not in table_of(type(row)).columns:
            prepared.run(self.conn, _insert(type(row)), values)
        else:
            done = prepared.run(self.conn, _insert_returning(type(row)), values)
            row.__dict__["id"] = done.scalar()
        return row

    def add_missing(self, row: SQLModel) -> None:
        """Insert a new row, unless one with the same unique key is there.

        Nor is it then, if another transaction is just adding that one: this waits for its commit.
        """
        cls = type(row)
        self._written(cls)
        self.conn.execute(_insert_missing(cls, self.conn.dialect.name), _values(row))

    def add_all(self, cls: type[SQLModel], values: Sequence[Mapping[str, Any]]) -> None:
        """Insert many rows of plain values in one go."""
        if values:
            self._written(cls)
            prepared.run(self.conn, _insert(cls), values)

    def change(self, row: SQLModel, **changes: Any) -> None:
        """Change columns of a row, in the database and in hand."""
        if not changes:
            return
        cls = type(row)
        self._written(cls)
        names = tuple(sorted(changes))
        values = {f"new_{name}": changes[name] for name in names}
        values["row_id"] = row.id  # type: ignore[attr-defined]  # every table that changes has an id
        prepared.run(self.conn, _update(cls, names), values)
        row.__dict__.update(changes)
