"""The inbox: what makes a delivery that comes twice happen once.

Platforms deliver again when an answer was late or lost: Slack for 5 minutes and, with delayed
events, for 24 hours; Feishu for 7.1 hours. A row is kept for `KEPT`, well past both.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from storage.prepared import run
from storage.rows import table_of
from storage.tables import Inbox

KEPT = timedelta(hours=72)
_table = table_of(Inbox)
_take = {
    "sqlite": sqlite.insert(_table).on_conflict_do_nothing().returning(_table.c.id),
    "postgresql": postgresql.insert(_table).on_conflict_do_nothing().returning(_table.c.id),
}


def take_in(
    conn: Connection, *, platform: str, workspace: str, delivery: str, now: datetime
) -> int | None:
    """Note a delivery; its row's id, or None if it was taken in before.

    Two replicas with the same delivery: the second waits for the first to commit, then gets None.
    """
    values = {"platform": platform, "workspace": workspace, "delivery": delivery, "at": now}
    taken: int | None = run(conn, _take[conn.dialect.name], values).scalar()
    return taken


def forget_old(conn: Connection, now: datetime, *, at_most: int = 5000) -> int:
    """Drop rows past `KEPT`, a slice at a time so that nobody waits; how many."""
    old = select(_table.c.id).where(_table.c.at < now - KEPT).limit(at_most)
    return conn.execute(delete(_table).where(_table.c.id.in_(old))).rowcount
