"""Two versions side by side: a later Muster has upgraded the database, and this one goes on."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from bot import delivery
from bot.delivery import NOT_MINE
from bot.worker import MOST_FAULTS
from storage import migrate, outbox
from storage.rows import Rows, table_of
from storage.tables import Meta, Outbox, Timer
from tests.world import World

#: Tables that every command writes to or reads.
_TABLES = ("workspace", "person", "inbox", "outbox", "timer", "timeline", "live_card", "room")
_outbox = table_of(Outbox)
_timer = table_of(Timer)


def expand(conn: Connection) -> None:
    """What the next version adds: columns with a default, a table that refers to one of ours."""
    for table in (*_TABLES, "item", "decision"):
        added = "added_later VARCHAR NOT NULL DEFAULT 'as before'"
        conn.exec_driver_sql(f"ALTER TABLE {table} ADD COLUMN {added}")
    conn.exec_driver_sql("CREATE TABLE later (id INTEGER PRIMARY KEY, room_id INTEGER)")
    conn.exec_driver_sql("CREATE INDEX ix_later ON room (added_later)")
    conn.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    Rows(conn).add(Meta(name="contract", value=migrate.HEAD))


def test_this_version_works_on_the_schema_of_the_next(database_url: str) -> None:
    with World(database_url) as world:
        alice, general = world.person("Alice"), world.channel("general")
        alice.says("/warroom open Before the upgrade", general).hears("WR-1")
        before = world.room("WR-1")
        general.skips()
        before.skips()
        world.read(lambda tx: expand(tx.conn))

        migrate.upgrade(world.muster.db.engine)
        alice.says("/warroom open After the upgrade", general).hears("WR-2")
        general.skips()
        for room in (before, world.room("WR-2")):
            room.skips()
            alice.says("/item add Check the logs", room).hears_nothing()
            room.skips()
            alice.says("/decide Roll back", room).hears_nothing()
            room.expects("Roll back")
            alice.says("/warroom close Fixed", room)
            room.skips()
        general.skips()
        alice.direct.skips()


@pytest.fixture
def later() -> str:
    """A stored command that only the next version knows."""
    return json.dumps({"do": "step of the next version", "v": 1, "with": {}})


def test_what_only_the_next_version_can_read_is_left_to_it(
    later: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "UPGRADING", timedelta(minutes=5))
    with World() as world:
        monkeypatch.setattr(world.muster.db, "is_exclusive", False)  # as with PostgreSQL
        general = world.channel("general")
        alice = world.person("Alice")
        alice.says("/warroom open Payment timeouts", general).hears("WR-1")
        room = world.room("WR-1")
        general.skips()
        room.skips()
        effect = {"type": "effect of the next version", "to": {}}
        lane = "playground/playground/elsewhere"
        now = world.clock.now()
        world.read(
            lambda tx: tx.conn.execute(
                sa.insert(_outbox).values(
                    key="later",
                    platform="playground",
                    lane=lane,
                    payload=json.dumps(effect),
                    state="waiting",
                    due_at=now,
                    attempts=0,
                    created_at=now,
                )
            )
        )
        world.read(
            lambda tx: tx.conn.execute(
                sa.insert(_timer).values(
                    key="later", workspace_id=tx.workspace_id, due_at=now, payload=later
                )
            )
        )

        world.advance(minutes=4)
        soon = world.clock.now() + timedelta(seconds=NOT_MINE)
        for table in (_outbox, _timer):
            query = sa.select(table.c.due_at).where(table.c.key == "later")
            due_at = world.read(lambda tx, query=query: tx.conn.execute(query).scalar_one())
            assert world.clock.now() <= due_at <= soon

        # Nobody came who could read it.
        world.meant_errors |= {"worker.failed", "effect.abandoned"}
        for _ in range(MOST_FAULTS):
            world.advance(minutes=6)
        assert world.read(lambda tx: outbox.counts(tx.conn)).get("failed") == 1
        room.skips()
        alice.direct.skips()
