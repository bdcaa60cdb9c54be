"""Timers: what time makes happen, once."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, func, select

from bot.core.commands import Step, load, step
from storage import timers
from storage.db import Database, open_database
from storage.rows import Rows, table_of
from storage.tables import Timer, Workspace

if TYPE_CHECKING:
    from tests.storage.conftest import Begin

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOMES = ("w", "w2")


@step("ring")
class Ring(Step):
    word: str = ""


def home(conn: Connection, native: str = "w") -> int:
    table = table_of(Workspace)
    rows = Rows(conn)
    found = rows.first(Workspace, select(table).where(table.c.native == native))
    new = Workspace(platform="p", native=native, settings="{}", created_at=NOW)
    return (found or rows.add(new)).id


def ring(conn: Connection, key: str, at: datetime = NOW, word: str = "", native: str = "w") -> None:
    timers.set_timer(
        conn, key, workspace_id=home(conn, native), at=at, command=Ring(word=word or key)
    )


def fired(conn: Connection, now: datetime = NOW) -> list[str]:
    """The keys of all that is due."""
    found = []
    while due := timers.take_due(conn, now):
        found.append(due.key)
    return found


def test_a_timer_fires_when_it_is_due_and_once(conn: Connection) -> None:
    ring(conn, "a")

    assert timers.take_due(conn, NOW - MINUTE) is None
    due = timers.take_due(conn, NOW)
    assert due is not None
    assert (due.key, due.workspace_id, due.due_at) == ("a", home(conn), NOW)
    assert load(json.loads(due.payload), {"ring": Ring}) == Ring(word="a")
    assert timers.take_due(conn, NOW) is None


def test_what_has_been_due_the_longest_comes_first(conn: Connection) -> None:
    for key, minutes in (("b", 2), ("a", 1), ("c", 2), ("later", 9)):
        ring(conn, key, NOW + minutes * MINUTE)

    assert fired(conn, NOW + 2 * MINUTE) == ["a", "b", "c"]


def test_a_timer_of_the_same_key_is_replaced(conn: Connection) -> None:
    ring(conn, "a", NOW, "first")
    ring(conn, "a", NOW + MINUTE, "second", native="w2")

    assert timers.take_due(conn, NOW) is None
    due = timers.take_due(conn, NOW + MINUTE)
    assert due is not None
    assert due.workspace_id == home(conn, "w2")
    assert load(json.loads(due.payload), {"ring": Ring}) == Ring(word="second")
    assert fired(conn, NOW + 9 * MINUTE) == []


def test_a_timer_can_be_cancelled(conn: Connection) -> None:
    ring(conn, "a")
    ring(conn, "b")
    timers.cancel_timer(conn, "a")
    timers.cancel_timer(conn, "never set")

    assert fired(conn) == ["b"]


def test_one_that_fails_is_put_off_and_the_others_pass(conn: Connection) -> None:
    ring(conn, "bad")
    ring(conn, "good", NOW + MINUTE)
    now = NOW + MINUTE
    with conn.begin_nested() as undone:
        bad = timers.take_due(conn, now)
        undone.rollback()
    assert bad is not None
    timers.put_off(conn, bad.id, until=now + 5 * MINUTE)

    assert fired(conn, now) == ["good"]
    assert fired(conn, now + 5 * MINUTE) == ["bad"]


def test_putting_off_what_is_gone_changes_nothing(conn: Connection) -> None:
    ring(conn, "a", NOW + MINUTE)
    timers.put_off(conn, 10**6, until=NOW + 9 * MINUTE)

    assert timers.next_due(conn) == NOW + MINUTE


def test_when_the_next_is_due(conn: Connection) -> None:
    assert timers.next_due(conn) is None
    ring(conn, "b", NOW + MINUTE)
    ring(conn, "a", NOW)

    assert timers.next_due(conn) == NOW


def test_a_timer_that_is_set_again_is_a_new_one(conn: Connection) -> None:
    """The keys of its effects are made of its id and its time: they must differ each time."""
    ring(conn, "a")
    first = timers.take_due(conn, NOW)
    ring(conn, "a")
    second = timers.take_due(conn, NOW)

    assert first is not None
    assert second is not None
    assert first.id != second.id


def test_two_workers_never_get_the_same(begin: Begin) -> None:
    setting, first, second, third = begin(), begin(), begin(), begin()
    ring(setting, "a")
    ring(setting, "b")
    setting.commit()

    taken = [timers.take_due(worker, NOW) for worker in (first, second, third)]
    assert [due and due.key for due in taken] == ["a", "b", None]

    first.rollback()  # its work failed: the timer is there again
    second.commit()
    assert fired(third) == ["a"]


@pytest.mark.anyio
async def test_many_workers_fire_each_timer_once(database_url: str) -> None:
    workers: list[Database] = [open_database(database_url) for _ in range(3)]
    keys = [f"t{n:02}" for n in range(40)]

    def set_all(conn: Connection) -> None:
        for key in keys:
            ring(conn, key)

    await workers[0].write(set_all)

    def take(conn: Connection) -> str | None:
        due = timers.take_due(conn, NOW)
        return due.key if due else None

    async def work(worker: Database) -> list[str]:
        found = []
        while key := await worker.write(take):
            found.append(key)
        return found

    found = await asyncio.gather(*(work(worker) for worker in workers))

    assert sorted(key for keys_of_one in found for key in keys_of_one) == keys
    for worker in workers:
        await worker.close()


# ── a model of timers ────────────────────────────────────────────────────────────────────────────

_keys = st.sampled_from("abcd")
_steps = st.one_of(
    st.tuples(st.just("set"), _keys, st.integers(0, 9)),
    st.tuples(st.just("cancel"), _keys, st.just(0)),
    st.tuples(st.just("fire"), st.just(""), st.integers(0, 3)),
    st.tuples(st.just("put off"), st.just(""), st.integers(1, 5)),
)


@given(steps=st.lists(_steps, max_size=30))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_timers_fire_as_a_plain_list_would(
    conn: Connection, steps: list[tuple[str, str, int]]
) -> None:
    conn.execute(delete(table_of(Timer)))
    now, order = NOW, 0
    pending: dict[str, tuple[datetime, int]] = {}
    for what, key, minutes in steps:
        if what == "set":
            ring(conn, key, now + minutes * MINUTE)
            order = order + 1 if key not in pending else order
            pending[key] = (now + minutes * MINUTE, pending.get(key, (now, order))[1])
        elif what == "cancel":
            timers.cancel_timer(conn, key)
            pending.pop(key, None)
        else:
            now += minutes * MINUTE if what == "fire" else timedelta()
            due = sorted((at, number, name) for name, (at, number) in pending.items() if at <= now)
            if what == "fire":
                taken = timers.take_due(conn, now)
                assert (taken.key if taken else None) == (due[0][2] if due else None)
                if due:
                    del pending[due[0][2]]
            elif due:
                timers.put_off(conn, _id_of(conn, due[0][2]), until=now + minutes * MINUTE)
                pending[due[0][2]] = (now + minutes * MINUTE, due[0][1])
        assert timers.next_due(conn) == min((at for at, _ in pending.values()), default=None)
    left = conn.execute(select(func.count()).select_from(table_of(Timer))).scalar_one()
    assert left == len(pending)


def _id_of(conn: Connection, key: str) -> int:
    table = table_of(Timer)
    return int(conn.execute(select(table.c.id).where(table.c.key == key)).scalar_one())


def test_in_a_workspace_that_muster_is_gone_from_timers_wait(conn: Connection) -> None:
    rows = Rows(conn)
    workspace = rows.add(Workspace(platform="p", native="left", created_at=NOW))
    timers.set_timer(conn, "waits", workspace_id=workspace.id, at=NOW, command=Ring())
    rows.change(workspace, left_at=NOW)
    assert timers.take_due(conn, NOW) is None
    assert timers.next_due(conn) is None
    rows.change(workspace, left_at=None)
    assert timers.next_due(conn) == NOW
    due = timers.take_due(conn, NOW)
    assert due is not None
    assert due.key == "waits"
