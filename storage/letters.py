"""The outbox by hand: what failed for good (dead letters), what waits, and what can be done of it.

A dead letter that is tried again keeps its row, and so its key, its place before whatever waits in
its lane, and the count of its tries: it is a doubtful one, which is probed before it is performed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, func, or_, select, text, update
from sqlalchemy.exc import IntegrityError

from bot.core.effects import Home
from storage.rows import table_of
from storage.tables import FAILED, OPEN, Outbox

#: failed: for good; open: still on its way.
Which = Literal["failed", "open"]
#: As the reason of a row that somebody dropped.
DROPPED = "dropped"
#: More are not counted: it is enough to know that there are many.
MOST = 1000
#: An id: SQLite and PostgreSQL know none above it.
_LARGEST = 2**63 - 1
_table = table_of(Outbox)
_CONDITION = {"failed": text(FAILED), "open": text(OPEN)}


@dataclass(frozen=True, slots=True)
class Letter:
    """An effect of the outbox, as people look at it.

    `error` is the platform's word for why it failed, or why it waits. `payload` is the effect as
    JSON, with whatever somebody wrote in it: it is shown to nobody who did not ask for it.
    """

    id: int
    key: str
    platform: str
    lane: str
    payload: str
    state: str
    attempts: int
    created_at: datetime
    due_at: datetime
    finished_at: datetime | None
    error: str | None

    @property
    def kind(self) -> str:
        """What sort of effect it is: "post_card"."""
        return str(json.loads(self.payload).get("type", ""))

    @property
    def home(self) -> tuple[str, str]:
        """The workspace that it is for, by its platform and the platform's id."""
        platform, _, rest = self.lane.partition("/")
        return platform, rest.partition("/")[0]

    @property
    def channel(self) -> str | None:
        """The channel that it is for, by the platform's id; None if it is for none."""
        found: str | None = json.loads(self.payload).get("to", {}).get("channel")
        return found

    @property
    def has_failed(self) -> bool:
        """Whether it is given up; otherwise it is still on its way."""
        return self.state == "failed"


def listed(
    conn: Connection,
    which: Which,
    *,
    count: int,
    after: int = 0,
    home: Home | None = None,
    platform: str | None = None,
) -> list[Letter]:
    """Up to `count` effects with ids above `after`, the oldest first; of all workspaces or one."""
    found = _columns().where(_CONDITION[which], _table.c.id > after)
    if home is not None:
        found = found.where(_of(home))
    if platform is not None:
        found = found.where(_table.c.platform == platform)
    return [_letter(row) for row in conn.execute(found.order_by(_table.c.id).limit(count))]


def one(
    conn: Connection, row: int, home: Home | None = None, *, lock: bool = True
) -> Letter | None:
    """The effect of that id; None if there is none (in `home`), or it has left already.

    It is locked, to be changed; who only looks at it cannot lock it.
    """
    if not 0 < row <= _LARGEST:
        return None
    states = ("failed", "waiting", "claimed")
    found = _columns().where(_table.c.id == row, _table.c.state.in_(states))
    if home is not None:
        found = found.where(_of(home))
    row_ = conn.execute(found.with_for_update() if lock else found).first()
    return None if row_ is None else _letter(row_)


def retry(conn: Connection, letter: Letter, now: datetime) -> bool:
    """Let a dead letter, or one that waits for a later time, be tried now; False if it cannot be.

    Its age counts from now, so that it gets a whole day of tries. One that collapses gives way to a
    newer one of its kind that waits already.
    """
    mine = update(_table).where(_table.c.id == letter.id, _table.c.state == letter.state)
    again: dict[str, Any] = {"due_at": now}
    if letter.has_failed:
        again |= {"state": "waiting", "created_at": now, "finished_at": None, "lease_until": None}
    elif letter.state != "waiting":
        return False
    try:
        with conn.begin_nested():
            return conn.execute(mine.values(again)).rowcount == 1
    except IntegrityError:  # as in `outbox.postpone`
        conn.execute(mine.values(state="done", finished_at=now, error="collapsed"))
        return True


def drop(conn: Connection, letter: Letter, now: datetime) -> bool:
    """Close an effect that is not to happen any more; False if it is in hand, or gone.

    Its row stays as long as those that are done. What waits for its answer is not told: see
    `bot.delivery.Courier.drop`.
    """
    if letter.state not in {"failed", "waiting"}:
        return False
    reason = f"{DROPPED}: {letter.error}" if letter.error else DROPPED
    mine = update(_table).where(_table.c.id == letter.id, _table.c.state == letter.state)
    return conn.execute(mine.values(state="done", finished_at=now, error=reason)).rowcount == 1


def count(conn: Connection, which: Which, home: Home, *, since: datetime | None = None) -> int:
    """How many effects of a workspace there are (that have failed since then), up to `MOST`."""
    found = select(_table.c.id).where(_CONDITION[which], _of(home))
    if since is not None:
        found = found.where(_table.c.finished_at >= since)
    some = found.limit(MOST).subquery()
    return int(conn.execute(select(func.count()).select_from(some)).scalar_one())


def _columns() -> Any:
    return select(*(_table.c[name] for name in Letter.__slots__))


def _letter(row: Any) -> Letter:
    values: Sequence[Any] = tuple(row)
    return Letter(*values)


def _of(home: Home) -> ColumnElement[bool]:
    """A condition on effects: those of a workspace."""
    lane = f"{home.platform}/{home.workspace}"
    return or_(_table.c.lane == lane, _table.c.lane.startswith(f"{lane}/", autoescape=True))
