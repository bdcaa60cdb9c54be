"""The inbox: what makes a delivery that comes twice happen once.

Platforms deliver again when an answer was late or lost: Slack for 5 minutes and, with delayed
events, for 24 hours; Feishu for 7.1 hours. A row is kept for `KEPT`, well past both.

A delivery may be only noted at first, with what it takes to carry it out (`waiting`). It counts as
taken in when it is carried out, in that transaction, by whichever process gets there first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Integer, bindparam, delete, exists, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.prepared import run
from storage.rows import table_of
from storage.tables import Inbox, Workspace

KEPT = timedelta(hours=72)
_table = table_of(Inbox)
_workspace = table_of(Workspace)
_is_away = exists().where(
    _workspace.c.left_at.is_not(None),
    _workspace.c.platform == _table.c.platform,
    _workspace.c.native == _table.c.workspace,
)
_KEY = ("platform", "workspace", "delivery")
_inserts: dict[str, Any] = {
    "sqlite": sqlite.insert(_table),
    "postgresql": postgresql.insert(_table),
}
_take = {
    name: insert.on_conflict_do_update(
        index_elements=_KEY, set_={"waiting": None}, where=_table.c.waiting.is_not(None)
    ).returning(_table.c.id)
    for name, insert in _inserts.items()
}
_note = {name: insert.on_conflict_do_nothing() for name, insert in _inserts.items()}
_drop = (
    update(_table)
    .where(
        _table.c.platform == bindparam("of"),
        _table.c.workspace == bindparam("within"),
        _table.c.delivery == bindparam("named"),
    )
    .values(waiting=None)
)


class Note(NamedTuple):
    """A delivery that waits to be carried out."""

    platform: str
    workspace: str
    delivery: str
    at: datetime
    #: What the platform brought, as its adapter wrote it down.
    waiting: str


def take_in(
    conn: Connection, *, platform: str, workspace: str, delivery: str, now: datetime
) -> int | None:
    """Take a delivery in; its row's id, or None if that was done before.

    Two replicas with the same delivery: the second waits for the first to commit, then gets None.
    """
    values = {"platform": platform, "workspace": workspace, "delivery": delivery, "at": now}
    taken: int | None = run(conn, _take[conn.dialect.name], values).scalar()
    return taken


def note(conn: Connection, notes: Sequence[Note]) -> None:
    """Note deliveries that will be carried out later; those that are known stay as they are."""
    run(conn, _note[conn.dialect.name], [each._asdict() for each in notes])


def drop_note(conn: Connection, *, platform: str, workspace: str, delivery: str) -> None:
    """Do not carry out what was noted: it cannot be. Nothing if there is no such note."""
    run(conn, _drop, {"of": platform, "within": workspace, "named": delivery})


def noted_before(
    conn: Connection, platforms: Collection[str], before: datetime, *, at_most: int = 500
) -> list[Note]:
    """The deliveries that wait since before an instant, the oldest first."""
    query = (
        select(*(_table.c[name] for name in Note._fields))
        .where(_table.c.waiting.is_not(None), _table.c.at < before)
        .where(_table.c.platform.in_(list(platforms)))
        .order_by(_table.c.id)
        .limit(at_most)
    )
    return [Note(*found) for found in conn.execute(query)]


def count_waiting(conn: Connection) -> int:
    """How many deliveries are noted and not yet carried out.

    Those of a workspace that Muster is gone from are not counted: they wait until it is back.
    """
    query = select(func.count()).where(_table.c.waiting.is_not(None), ~_is_away)
    return int(conn.execute(query).scalar_one())


def give_up_old(conn: Connection, now: datetime) -> dict[str, int]:
    """Wait no longer for what was noted before `KEPT`; how many deliveries, by platform."""
    old = (_table.c.waiting.is_not(None), _table.c.at < now - KEPT)
    given_up = update(_table).where(*old).values(waiting=None).returning(_table.c.platform)
    return dict(Counter(conn.execute(given_up).scalars()))


def forget_old(conn: Connection, now: datetime, *, at_most: int = 5000) -> int:
    """Drop rows past `KEPT`, a slice at a time so that nobody waits; how many.

    What was acknowledged and is not carried out stays: that is not forgotten in silence.
    """
    return run(conn, _forget, {"since": now - KEPT, "most": at_most}).rowcount


_forget = delete(_table).where(
    _table.c.id.in_(
        select(_table.c.id)
        .where(_table.c.at < bindparam("since", type_=_table.c.at.type), _table.c.waiting.is_(None))
        .limit(bindparam("most", type_=Integer))
    )
)
