"""What time does to what is watched reads no table from end to end; an idle hour reads nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from bot.auditor import Auditor
from storage import prepared
from tests.world import World

SHANGHAI = "Asia/Shanghai"
#: What grows with what is watched.
LARGE = (
    "escalation_climb",
    "escalation_step",
    "escalation_parcel",
    "timer",
    "item",
    "timeline",
    "card",
)
CHANGES = "INSERT|UPDATE|DELETE"
Asked = dict[str, Any]


@pytest.fixture
def busy(database_url: str) -> Iterator[World]:
    """Things climb, on each engine: two for Bob, whose room Alice leads."""
    with World(database_url, zone=SHANGHAI, escalation=True) as made:
        alice, bob = (made.person(name, zone=SHANGHAI) for name in ("Alice", "Bob"))
        bob.dms("/muster whoami")
        alice.says("/warroom open Payment timeouts @Bob")
        room = made.room("WR-1")
        for text in ("Raise the timeout", "Tell the vendor"):
            alice.says(f"/item add {text} --owner @Bob", room)
        yield made
        for place in (alice.direct, bob.direct, room, made.channel("general")):
            place.skips()


@contextmanager
def listening(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Asked]:
    """What the database is asked meanwhile, in its own words, with some values."""
    heard: Asked = {}

    def hear(*arguments: Any) -> None:
        heard[arguments[2]] = arguments[3]

    known = prepared.Prepared.arguments

    def arguments(self: prepared.Prepared, values: Any) -> list[Any] | dict[str, Any]:
        heard[self.sql] = known(self, values)
        return known(self, values)

    event.listen(engine, "before_cursor_execute", hear)
    with monkeypatch.context() as patch:
        patch.setattr(prepared.Prepared, "arguments", arguments)
        yield heard
    event.remove(engine, "before_cursor_execute", hear)


def whole(conn: Connection, statement: str, values: Any) -> list[str]:
    """Which large tables a statement reads from end to end."""
    if conn.dialect.name == "sqlite":
        plan = conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", tuple(values)).fetchall()
        scans = [line[3] for line in plan if line[3].startswith("SCAN")]
        return [line for line in scans if line.split()[1] in LARGE]
    # So few rows are read fastest from end to end: the question is whether they must be.
    conn.exec_driver_sql("SET LOCAL enable_seqscan = off")
    plan = conn.exec_driver_sql(f"EXPLAIN {statement}", values).fetchall()
    names = "|".join(LARGE)
    return [line[0] for line in plan if re.search(rf"Seq Scan on ({names})\b", line[0])]


def test_time_reads_no_table_from_end_to_end(busy: World, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = busy.muster.db.engine
    auditor = Auditor(busy.muster.door, busy.clock)
    with listening(engine, monkeypatch) as heard:
        busy.at("2026-11-24 12:00", SHANGHAI)
        busy.run(auditor.look())
        busy.at("2026-12-01 12:00", SHANGHAI)
    reads = {each: heard[each] for each in heard if re.match("SELECT|UPDATE|DELETE", each)}
    assert [each for each in reads if "escalation_parcel" in each]
    assert [each for each in reads if "next_at <" in each]  # the auditor's
    with engine.connect() as conn:
        found = {each: lines for each in reads if (lines := whole(conn, each, reads[each]))}
    assert found == {}


def test_a_plan_that_reads_everything_is_noticed(busy: World) -> None:
    with busy.muster.db.engine.connect() as conn:
        assert whole(conn, "SELECT * FROM escalation_climb WHERE why = 'x'", ())
        assert not whole(conn, "SELECT * FROM escalation_climb WHERE id = 1", ())


def test_an_idle_hour_asks_nothing(busy: World, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = busy.muster.db.engine
    busy.at("2026-11-23 20:00", SHANGHAI)
    due = busy.run(busy.muster.worker.next_due())
    assert due is not None
    assert due - busy.clock.now() > timedelta(hours=12)  # until then the worker sleeps
    with listening(engine, monkeypatch) as heard:
        busy.advance(hours=1)
    assert not [each for each in heard if "escalation_" in each or re.match(CHANGES, each)]
    # The hour in which the first of them is stale is none.
    busy.at("2026-11-24 08:30", SHANGHAI)
    with listening(engine, monkeypatch) as heard:
        busy.advance(hours=1)
    assert [each for each in heard if each.startswith("UPDATE escalation_climb")]
