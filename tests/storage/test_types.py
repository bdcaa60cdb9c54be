"""Instants: aware in, UTC out, the same on both engines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, Dialect, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import StatementError

from storage.types import Instant

SQLITE: Dialect = sqlite.dialect()
POSTGRESQL: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
NOON_IN_SHANGHAI = datetime(2026, 3, 2, 12, tzinfo=ZoneInfo("Asia/Shanghai"))


def through(conn: Connection, value: datetime | None) -> datetime | None:
    """What comes out of the database for what goes in."""
    found: datetime | None = conn.execute(
        select(
            bindparam("at", value, type_=Instant()).label(
                "at",
            )
        )
    ).scalar()
    return found


def test_an_instant_comes_back_in_utc(conn: Connection) -> None:
    found = through(conn, NOON_IN_SHANGHAI)

    assert found == NOON_IN_SHANGHAI
    assert found is not None
    assert found.tzinfo is UTC


def test_microseconds_are_kept(conn: Connection) -> None:
    at = datetime(2026, 3, 2, 4, 0, 0, 123456, tzinfo=UTC)

    assert through(conn, at) == at


def test_nothing_comes_back_as_nothing(conn: Connection) -> None:
    assert through(conn, None) is None


def test_a_naive_datetime_is_refused(conn: Connection) -> None:
    with pytest.raises(StatementError, match="naive datetime"):
        through(conn, datetime(2026, 3, 2, 12))  # noqa: DTZ001  the subject of this test


@given(
    st.datetimes(
        min_value=datetime(1, 1, 2),  # noqa: DTZ001  Hypothesis adds the zone
        max_value=datetime(9999, 12, 30),  # noqa: DTZ001  as above
        timezones=st.timedeltas(timedelta(hours=-23), timedelta(hours=23)).map(timezone),
    ),
    st.sampled_from([SQLITE, POSTGRESQL]),
)
def test_every_instant_survives(at: datetime, dialect: Dialect) -> None:
    kind = Instant()
    stored = kind.process_bind_param(at, dialect)

    assert stored is not None
    assert (stored.tzinfo is None) == (dialect.name == "sqlite")
    assert kind.process_result_value(stored, dialect) == at


@given(st.lists(st.datetimes(timezones=st.just(UTC)), min_size=2, max_size=2))
def test_sqlite_sorts_instants_as_time_does(pair: list[datetime]) -> None:
    written = Instant().bind_processor(SQLITE)
    assert written is not None

    assert (str(written(pair[0])) < str(written(pair[1]))) == (pair[0] < pair[1])
