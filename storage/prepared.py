"""Constant statements, compiled once and then run straight through the driver.

SQLAlchemy prepares a statement, its parameters and its result anew each time: 20 to 50 µs in Python
around 2 µs in SQLite, 80 around 25 to PostgreSQL and back. A command runs a dozen constant
statements, a minute in which a thousand rooms are asked something tens of thousands; so here that
work is done once a statement. What is left is the driver and the columns' own conversions.
`make bench` shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, cast
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Dialect, Executable, Float
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import ClauseElement, Select
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

Convert = Callable[[Any], Any]
_FLOAT8 = 701


class Done(Protocol):
    """What came of a statement."""

    @property
    def rowcount(self) -> int: ...

    def scalar(self) -> Any: ...


class Prepared:
    """A statement in a driver's own words."""

    def __init__(self, statement: ClauseElement, dialect: Dialect, names: Sequence[str]) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=list(names))
        assert isinstance(compiled, SQLCompiler)
        # A list that is written in the statement becomes as many parameters as it has values.
        state = compiled.construct_expanded_state(dict.fromkeys(names))
        lists = {one: name for name, many in state.parameter_expansion.items() for one in many}
        if given := set(state.parameter_expansion) & set(names):
            message = f"a list of any length cannot be prepared: {sorted(given)}"
            raise TypeError(message)
        self.sql = state.statement
        #: SQLite's driver wants them in order, PostgreSQL's by name.
        self._is_in_order = compiled.positional
        order = list(state.positiontup or ()) if self._is_in_order else list(state.parameters)
        self._order = order
        #: In order: the parameter's name, and what it is unless given.
        self._parameters = [(name, state.parameters.get(name)) for name in order]
        types = [compiled.binds[lists.get(name, name)].type for name in order]
        #: Which of them are converted, and how.
        self._bound = _conversions(
            each.dialect_impl(dialect).bind_processor(dialect) for each in types
        )
        columns = list(statement.selected_columns) if isinstance(statement, Select) else []
        self._names = [column.key or "" for column in columns]
        self._found = [
            (self._names[position], convert)
            for position, convert in _conversions(
                column.type.dialect_impl(dialect).result_processor(dialect, _oid(column.type))
                for column in columns
            )
        ]

    def arguments(self, values: Mapping[str, Any]) -> list[Any] | dict[str, Any]:
        """`values` as the driver takes them."""
        given = [values.get(name, fixed) for name, fixed in self._parameters]
        for position, convert in self._bound:
            given[position] = convert(given[position])
        return given if self._is_in_order else dict(zip(self._order, given, strict=True))

    def row(self, found: Sequence[Any]) -> dict[str, Any]:
        """A row of the driver's, by column."""
        by_name = dict(zip(self._names, found, strict=True))
        for name, convert in self._found:
            by_name[name] = convert(by_name[name])
        return by_name


def _oid(kind: TypeEngine[Any]) -> int | None:
    """What PostgreSQL calls a type of numbers: SQLAlchemy converts by that."""
    return _FLOAT8 if isinstance(kind, Float) else None


def _conversions(converts: Iterable[Convert | None]) -> list[tuple[int, Convert]]:
    return [(position, convert) for position, convert in enumerate(converts) if convert]


#: By statement; then by engine and the names of the parameters.
_prepared: WeakKeyDictionary[ClauseElement, dict[tuple[str, ...], Prepared]] = WeakKeyDictionary()


def prepare(statement: Executable, dialect: Dialect, values: Mapping[str, Any]) -> Prepared:
    """`statement` for parameters of these names, prepared when it is first asked for."""
    element = cast("ClauseElement", statement)
    by_names = _prepared.get(element)
    if by_names is None:
        by_names = _prepared[element] = {}
    names = (dialect.name, *values)
    made = by_names.get(names)
    if made is None:
        made = by_names[names] = Prepared(element, dialect, names[1:])
    return made


def run(
    conn: Connection, statement: Executable, values: Mapping[str, Any] | Sequence[Mapping[str, Any]]
) -> Done:
    """Run a constant statement: one that is made once, at import, with all that varies in `values`.

    Several mappings of the same names run it once each. What it returns is not converted: for rows
    use `fetch`. Errors are SQLAlchemy's.
    """
    many = None if isinstance(values, Mapping) else values
    first = values if isinstance(values, Mapping) else values[0]
    made = prepare(statement, conn.dialect, first)
    with _as_ever(conn, made.sql):
        cursor = _driver(conn).cursor()
        if many is None:
            cursor.execute(made.sql, made.arguments(first))
        else:
            cursor.executemany(made.sql, [made.arguments(each) for each in many])
    return _Cursor(cursor)


def fetch(
    conn: Connection, statement: Select[Any], values: Mapping[str, Any]
) -> list[Mapping[str, Any]]:
    """The rows that a constant query finds, each by column."""
    made = prepare(statement, conn.dialect, values)
    with _as_ever(conn, made.sql):
        cursor = _driver(conn).cursor()
        found = cursor.execute(made.sql, made.arguments(values)).fetchall()
    return [made.row(each) for each in found]


def say(conn: Connection, sql: str) -> None:
    """Say something that has no parameters and no rows: SAVEPOINT, RELEASE."""
    _driver(conn).execute(sql)


def _driver(conn: Connection) -> Any:
    """The driver's own connection: both drivers are asked in the same way."""
    return conn.connection.dbapi_connection


@contextmanager
def _as_ever(conn: Connection, sql: str) -> Iterator[None]:
    """Errors of the driver as SQLAlchemy raises them, and a lost connection let go of."""
    base: Any = conn.dialect.loaded_dbapi.Error
    try:
        yield
    except base as error:
        if conn.dialect.is_disconnect(error, conn.connection.dbapi_connection, None):
            conn.invalidate(error)
        raise DBAPIError.instance(
            sql, None, error, base, hide_parameters=True, dialect=conn.dialect
        ) from error


class _Cursor:
    """What `run` needs of a result."""

    __slots__ = ("_cursor",)

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    @property
    def rowcount(self) -> int:
        return int(self._cursor.rowcount)

    def scalar(self) -> Any:
        found = self._cursor.fetchone()
        self._cursor.close()
        return found[0] if found else None
