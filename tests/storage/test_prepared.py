"""Constant statements, prepared once: they mean what SQLAlchemy's own way means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError

from storage import prepared
from storage.rows import table_of
from storage.tables import Inbox, Meta

NOW = datetime(2026, 3, 2, 17, tzinfo=ZoneInfo("Asia/Shanghai"))
_inbox = table_of(Inbox)
_meta = table_of(Meta)
ADD = insert(_inbox)
ADD_RETURNING = insert(_inbox).returning(_inbox.c.id)
BY_AGE = (
    select(_inbox)
    .where(_inbox.c.at <= bindparam("now"), _inbox.c.platform == "p")
    .order_by(_inbox.c.id)
)
RENAME = (
    update(_inbox).where(_inbox.c.delivery == bindparam("old")).values(delivery=bindparam("new"))
)


def values(delivery: str, at: datetime = NOW) -> dict[str, Any]:
    return {"platform": "p", "workspace": "w", "delivery": delivery, "at": at}


def deliveries(conn: Connection, now: datetime = NOW) -> list[str]:
    return [row["delivery"] for row in prepared.fetch(conn, BY_AGE, {"now": now})]


def test_rows_are_found_with_all_their_columns_converted(conn: Connection) -> None:
    prepared.run(conn, ADD, values("d1"))

    (row,) = prepared.fetch(conn, BY_AGE, {"now": NOW})
    expected = conn.execute(BY_AGE, {"now": NOW}).mappings().one()
    assert row == dict(expected)
    assert row["at"].tzinfo is UTC


def test_a_list_that_is_written_in_the_statement(conn: Connection) -> None:
    some = select(_inbox).where(_inbox.c.delivery.in_(("d1", "d3")), _inbox.c.at.in_((NOW,)))
    prepared.run(conn, ADD, [values("d1"), values("d2"), values("d3")])

    assert [row["delivery"] for row in prepared.fetch(conn, some, {})] == ["d1", "d3"]


def test_a_list_that_is_given_is_refused_where_it_would_be_prepared(conn: Connection) -> None:
    some = select(_inbox).where(_inbox.c.delivery.in_(bindparam("some", expanding=True)))
    prepared.run(conn, ADD, values("d1"))

    if conn.dialect.name == "sqlite":
        with pytest.raises(TypeError, match="list"):
            prepared.fetch(conn, some, {"some": ["d1"]})


def test_parameters_are_converted(conn: Connection) -> None:
    prepared.run(conn, ADD, values("d1"))

    assert deliveries(conn, NOW.astimezone(UTC)) == ["d1"]
    assert deliveries(conn, NOW - timedelta(seconds=1)) == []
    with pytest.raises((ValueError, SQLAlchemyError), match="naive"):
        deliveries(conn, NOW.replace(tzinfo=None))


def test_a_statement_can_be_run_for_many_values(conn: Connection) -> None:
    prepared.run(conn, ADD, [values("d1"), values("d2"), values("d3")])

    assert deliveries(conn) == ["d1", "d2", "d3"]


def test_what_a_statement_returns(conn: Connection) -> None:
    first = prepared.run(conn, ADD_RETURNING, values("d1")).scalar()
    second = prepared.run(conn, ADD_RETURNING, values("d2")).scalar()

    assert second > first
    assert prepared.run(conn, select(_meta.c.value), {}).scalar() is None


def test_how_many_rows_a_statement_changed(conn: Connection) -> None:
    prepared.run(conn, ADD, values("d1"))

    assert prepared.run(conn, RENAME, {"old": "d1", "new": "d2"}).rowcount == 1
    assert prepared.run(conn, RENAME, {"old": "d1", "new": "d3"}).rowcount == 0
    assert deliveries(conn) == ["d2"]


def test_the_same_statement_for_other_columns(conn: Connection) -> None:
    add = insert(_meta)
    prepared.run(conn, add, {"name": "a", "value": "1"})
    with pytest.raises(IntegrityError):
        prepared.run(conn, add, {"name": "b"})


def test_values_of_a_statement_itself_are_kept(conn: Connection) -> None:
    prepared.run(conn, insert(_meta).values(value="kept"), {"name": "a"})

    assert prepared.run(conn, select(_meta.c.value), {}).scalar() == "kept"


def test_errors_are_sqlalchemys(sqlite_conn: Connection) -> None:
    prepared.run(sqlite_conn, ADD, values("d1"))

    with pytest.raises(IntegrityError) as caught:
        prepared.run(sqlite_conn, ADD, values("d1"))
    assert "d1" not in str(caught.value)
    sqlite_conn.exec_driver_sql("DROP TABLE inbox")
    with pytest.raises(OperationalError):
        prepared.fetch(sqlite_conn, BY_AGE, {"now": NOW})


def test_a_statement_is_prepared_once() -> None:
    dialect = sqlite.dialect()
    first = prepared.prepare(BY_AGE, dialect, {"now": NOW})

    assert prepared.prepare(BY_AGE, dialect, {"now": NOW}) is first
    assert "LIMIT" not in first.sql
