"""Limits for the sum of all replicas: never exceeded, and hardly ever waited for in vain."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection

from bot.core.replicas import Limit
from storage import quotas
from storage.db import Database, open_database
from storage.quotas import LATENESS, MARGIN, SharedQuotas, Window, _Asked
from tests.storage.opened import engine_of

if TYPE_CHECKING:
    from tests.storage.conftest import Begin, Meanwhile

#: What a step of 1/64 may add.
STEP = 1 / 64


# ── the window itself ────────────────────────────────────────────────────────────────────────────


@given(
    calls=st.integers(1, 12),
    seconds=st.sampled_from([1.0, 4.0, 60.0]),
    pauses=st.lists(st.floats(0, 30), min_size=1, max_size=60),
    start=st.floats(0, 2_000_000_000),
)
def test_no_stretch_of_time_has_more_calls_than_may_be(
    calls: int, seconds: float, pauses: list[float], start: float
) -> None:
    window, now, taken = Window(calls, seconds), start, []
    for pause in pauses:
        now = max(now + pause, window.free_at(now + pause))
        assert window.free_at(now) <= now, "it was told when to come"
        window.take(now)
        taken.append(now)
    for first, last in zip(taken, taken[calls:], strict=False):
        assert last - first >= seconds * (1 - 1e-9)
    assert len(window.taken) <= 64 + 2


@given(calls=st.integers(1, 300), seconds=st.sampled_from([1.0, 4.0, 60.0]))
def test_it_is_never_waited_for_much_longer_than_needed(calls: int, seconds: float) -> None:
    window, now = Window(calls, seconds), 1_000_000.0
    for _ in range(calls):
        assert window.free_at(now) == now
        window.take(now)
    free = window.free_at(now)
    assert seconds <= free - now <= seconds * (1 + STEP) + 0.002


def test_a_clock_that_goes_back_makes_nothing_free() -> None:
    window = Window(2, 60.0)
    window.take(1000.0)
    window.take(900.0)
    assert window.free_at(900.0) >= 1060.0


# ── in the database ──────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def conn(postgres_url: str) -> Iterator[Connection]:
    with engine_of(postgres_url) as engine, engine.connect() as opened, opened.begin():
        yield opened


def ask(conn: Connection, *limits: Limit, place: str = "slack/T1") -> float:
    return quotas.settle(conn, [_Asked(place, limits)])[0]


FEW = Limit("chat.postMessage C1", 2, 60.0)
MANY = Limit("chat.postMessage", 300, 60.0)


@pytest.mark.postgres
def test_what_one_takes_another_one_finds_taken(conn: Connection) -> None:
    assert ask(conn, FEW, MANY) == ask(conn, FEW, MANY) == 0.0
    wait = ask(conn, FEW, MANY)
    assert 0.0 < wait <= 60.0 * MARGIN * (1 + STEP) + LATENESS + 0.1
    assert ask(conn, MANY) == 0.0, "only the channel is full"
    assert ask(conn, FEW, MANY, place="slack/T2") == 0.0, "another workspace"


@pytest.mark.postgres
def test_a_pause_that_one_was_asked_for_holds_for_all(conn: Connection) -> None:
    pause = _Asked("slack/T1", paused=["pins.add"], seconds=30.0)
    [_, wait] = quotas.settle(conn, [pause, _Asked("slack/T1", [Limit("pins.add", 20, 60.0)])])
    assert 29.0 < wait <= 30.0
    assert 29.0 < ask(conn, Limit("pins.add", 20, 60.0)) <= 30.0
    assert ask(conn, Limit("pins.list", 20, 60.0)) == 0.0


@pytest.mark.postgres
def test_those_who_wait_are_told_when_each_ones_turn_is(conn: Connection) -> None:
    limit = Limit("views.open", 1, 1.0)
    waits = quotas.settle(conn, [_Asked("slack/T1", [limit]) for _ in range(4)])
    assert waits[0] == 0.0
    assert all(later - sooner >= 1.0 for sooner, later in pairwise(waits))


@pytest.mark.postgres
def test_what_says_nothing_any_more_is_swept_out(conn: Connection) -> None:
    ask(conn, Limit("short", 5, 0.001))
    ask(conn, Limit("long", 5, 3600.0))
    conn.exec_driver_sql("UPDATE quota SET kept_until = kept_until - 10")
    assert quotas.sweep(conn) == 1


@pytest.mark.postgres
def test_who_asks_at_the_same_moment_waits_for_the_other(
    begin: Begin, meanwhile: Meanwhile
) -> None:
    one, other = begin(), begin()
    limit = Limit("views.open", 1, 3600.0)
    answers: list[float] = []
    assert ask(one, limit) == 0.0
    with meanwhile(lambda: answers.append(ask(other, limit))):
        one.commit()
    assert answers[0] > 3600.0


# ── among replicas ───────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def databases(postgres_url: str) -> AsyncIterator[list[Database]]:
    opened = [open_database(postgres_url) for _ in range(3)]
    yield opened
    for each in opened:
        await each.close()


@pytest.mark.anyio
@pytest.mark.postgres
async def test_three_replicas_together_take_no_more_than_there_is(
    databases: list[Database],
) -> None:
    limit = Limit("chat.update", 20, 3600.0)
    replicas = [SharedQuotas(db) for db in databases]
    waits = await asyncio.gather(
        *(replicas[number % 3].take("slack/T1", [limit]) for number in range(60))
    )
    assert sum(wait == 0.0 for wait in waits) == 20


@pytest.mark.anyio
@pytest.mark.postgres
async def test_nobody_waits_while_old_rows_are_swept_out(
    databases: list[Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "_SWEEP", 0.0)
    monkeypatch.setattr(quotas, "PATIENCE", 20.0)
    shared, limit = SharedQuotas(databases[0]), Limit("chat.update", 1, 3600.0)
    sweeping, swept = threading.Event(), threading.Event()

    def slow(_: Connection) -> int:
        sweeping.set()
        assert swept.wait(60)
        return 0

    monkeypatch.setattr(quotas, "sweep", slow)
    assert await shared.take("slack/T1", [limit]) == 0.0
    assert await asyncio.to_thread(sweeping.wait, 20)
    async with asyncio.timeout(15):
        assert await shared.take("slack/T1", [limit]) > 0.0
    swept.set()


@pytest.mark.anyio
@pytest.mark.postgres
async def test_without_its_database_a_replica_goes_by_itself(databases: list[Database]) -> None:
    shared = SharedQuotas(databases[0])
    await databases[0].close()
    limit = Limit("chat.update", 1, 3600.0)
    await shared.pause("slack/T1", ["chat.update"], 30.0)
    assert [await shared.take("slack/T1", [limit]) for _ in range(3)] == [0.0] * 3
