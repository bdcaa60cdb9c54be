"""The inbox: a delivery that comes twice happens once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Connection, func, select

from storage import inbox
from storage.db import Database, open_database
from storage.rows import table_of
from storage.tables import Inbox

if TYPE_CHECKING:
    from tests.storage.conftest import Begin, Meanwhile

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def take_in(conn: Connection, delivery: str = "d1", **more: str) -> int | None:
    where = {"platform": "playground", "workspace": "w", **more}
    return inbox.take_in(conn, **where, delivery=delivery, now=NOW)


def count(conn: Connection) -> int:
    return conn.execute(select(func.count()).select_from(table_of(Inbox))).scalar_one()


def test_a_delivery_is_taken_in_once(conn: Connection) -> None:
    assert take_in(conn) is not None
    assert take_in(conn) is None
    assert count(conn) == 1


def test_deliveries_differ_by_platform_workspace_and_id(conn: Connection) -> None:
    taken = [
        take_in(conn),
        take_in(conn, "d2"),
        take_in(conn, platform="slack"),
        take_in(conn, workspace="w2"),
    ]

    assert None not in taken
    assert len(set(taken)) == 4


@pytest.mark.anyio
async def test_of_many_at_once_one_is_taken_in(db: Database) -> None:
    taken = await asyncio.gather(
        *(
            db.write(lambda conn, n=n: take_in(conn, f"d{n % 5}"))  # type: ignore[misc]
            for n in range(100)
        )
    )

    assert len([row for row in taken if row is not None]) == 5
    assert await db.read(count) == 5


@pytest.mark.anyio
async def test_of_several_processes_one_takes_it_in(database_url: str) -> None:
    replicas = [open_database(database_url) for _ in range(4)]
    for delivery in ("d1", "d2", "d3"):
        taken = await asyncio.gather(
            *(replica.write(lambda conn, d=delivery: take_in(conn, d)) for replica in replicas)  # type: ignore[misc]
        )
        assert len([row for row in taken if row is not None]) == 1
    for replica in replicas:
        await replica.close()


def test_the_second_waits_for_the_first_to_commit(begin: Begin, meanwhile: Meanwhile) -> None:
    first, second = begin(), begin()
    taken: list[int | None] = [take_in(first)]
    with meanwhile(lambda: taken.append(take_in(second))):
        first.commit()

    assert taken[0] is not None
    assert taken[1:] == [None]


def test_where_the_first_is_undone_the_second_takes_it_in(
    begin: Begin, meanwhile: Meanwhile
) -> None:
    first, second = begin(), begin()
    taken: list[int | None] = [take_in(first)]
    with meanwhile(lambda: taken.append(take_in(second))):
        first.rollback()

    assert taken[1] is not None


def test_what_is_old_is_forgotten_a_slice_at_a_time(conn: Connection) -> None:
    for n in range(7):
        take_in(conn, f"old {n}")
    later = NOW + inbox.KEPT + timedelta(microseconds=1)

    assert inbox.forget_old(conn, NOW + inbox.KEPT) == 0
    inbox.take_in(conn, platform="p", workspace="w", delivery="new", now=later)
    assert inbox.forget_old(conn, later, at_most=5) == 5
    assert inbox.forget_old(conn, later, at_most=5) == 2
    assert inbox.forget_old(conn, later, at_most=5) == 0
    assert count(conn) == 1


def test_a_delivery_is_remembered_for_longer_than_any_platform_tries() -> None:
    assert timedelta(hours=24) < inbox.KEPT


def noted(delivery: str, *, at: datetime = NOW, platform: str = "slack") -> inbox.Note:
    return inbox.Note(platform, "w", delivery, at, f"what {delivery} brought")


def test_what_is_noted_is_taken_in_when_it_is_carried_out_and_once(conn: Connection) -> None:
    inbox.note(conn, [noted("d1"), noted("d2")])
    assert inbox.count_waiting(conn) == 2

    assert take_in(conn, "d1", platform="slack") is not None
    assert take_in(conn, "d1", platform="slack") is None
    assert inbox.count_waiting(conn) == 1


def test_what_was_taken_in_before_is_not_noted_again(conn: Connection) -> None:
    take_in(conn, "d1", platform="slack")
    inbox.note(conn, [noted("d1"), noted("d1")])

    assert inbox.count_waiting(conn) == 0
    assert take_in(conn, "d1", platform="slack") is None


def test_the_oldest_notes_are_found_first(conn: Connection) -> None:
    later = NOW + timedelta(seconds=20)
    inbox.note(conn, [noted("d1"), noted("d2"), noted("d3", at=later), noted("d4", platform="x")])
    take_in(conn, "d2", platform="slack")

    found = inbox.noted_before(conn, ("slack", "other"), later)

    assert found == [noted("d1")]
    assert inbox.noted_before(conn, ("slack",), later + timedelta(seconds=1), at_most=1) == found


def test_a_note_that_is_dropped_counts_as_taken_in(conn: Connection) -> None:
    inbox.note(conn, [noted("d1")])
    inbox.drop_note(conn, platform="slack", workspace="w", delivery="d1")
    inbox.drop_note(conn, platform="slack", workspace="w", delivery="never")

    assert inbox.count_waiting(conn) == 0
    assert take_in(conn, "d1", platform="slack") is None


@pytest.mark.anyio
async def test_of_many_who_find_the_same_note_one_takes_it_in(db: Database) -> None:
    await db.write(lambda conn: inbox.note(conn, [noted("d1")]))
    taken = await asyncio.gather(
        *(db.write(lambda conn: take_in(conn, "d1", platform="slack")) for _ in range(40))
    )

    assert len([row for row in taken if row is not None]) == 1
