"""The outbox: effects, written in the commit that causes them, performed afterwards in order.

Of each lane (a channel, a person) only the oldest open row can be claimed, and only while no other
of it is in hand, whichever replica has it: so what people see arrives in order, and lanes do not
wait for each other. A claim is a lease: a worker that dies lets its rows go when the lease ends,
and a row with more than one attempt is a *doubtful* one, to be probed before it is performed again.
"""

from __future__ import annotations

import functools
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Connection,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    case,
    delete,
    exists,
    false,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from bot.core.effects import Address, Effect, Home, PublishHome, RedrawCard, dump_effect, lane
from storage.notices import announce
from storage.prepared import fetch, run
from storage.rows import table_of
from storage.tables import CLAIMED, FAILED, OPEN, WAITING, Outbox, Workspace

#: How long a claimed effect may take before another worker may think it was abandoned.
LEASE = timedelta(seconds=60)
KEPT = timedelta(days=7)
#: More rows are not counted.
MOST_COUNTED = 100_000
_table = table_of(Outbox)
_workspace = table_of(Workspace)
_open = text(OPEN)
_before = _table.alias("before")
_other = _table.alias("other")
#: Nothing of its lane stands before it. Asked of a row, and not of all lanes at once: where
#: a hundred thousand wait, the first ones are found as soon as where ten do.
_is_head = ~exists().where(_before.c.lane == _table.c.lane, _before.c.id < _table.c.id, _open)
#: Another of its lane is claimed: one that came before, or one that was committed before it.
_in_hand = (_other.c.lane == _table.c.lane, _other.c.id != _table.c.id, text(f"other.{CLAIMED}"))
#: What those who claim lock of each lane, with a hash of its name; any number will do ("ml").
_LANES = 0x6D6C


@dataclass(frozen=True, slots=True)
class Claim:
    """An effect that is this worker's to perform until its lease ends."""

    id: int
    key: str
    platform: str
    lane: str
    payload: str
    attempts: int
    created_at: datetime

    @property
    def is_doubtful(self) -> bool:
        """Whether it may have been performed already."""
        return self.attempts > 1


def _insert_or_collapse() -> dict[str, Any]:
    waiting: dict[str, Any] = {
        "index_elements": [_table.c.collapse],
        "index_where": text(WAITING),
    }
    new = postgresql.insert(_table)
    # The row that waits already is locked though not changed: nobody must claim it, and draw what
    # was true before, until this commit.
    locked = new.on_conflict_do_update(
        **waiting, set_={"collapse": new.excluded.collapse}, where=false()
    )
    return {
        "sqlite": sqlite.insert(_table).on_conflict_do_nothing(**waiting),
        "postgresql": locked,
    }


_insert = _insert_or_collapse()


def put(conn: Connection, effects: Sequence[Effect], *, key: str, now: datetime) -> None:
    """Write effects, in order; `key` must be new, and each gets its own from it.

    A redrawing that is already waiting stands for the new one too: it draws what is true then.
    """
    rows = [
        {
            "key": f"{key}-{position}",
            "platform": effect.to.platform,
            "lane": lane(effect),
            "payload": dump_effect(effect).decode(),
            "collapse": _collapse(effect),
            "state": "waiting",
            "due_at": now,
            "attempts": 0,
            "created_at": now,
        }
        for position, effect in enumerate(effects)
    ]
    if rows:
        run(conn, _insert[conn.dialect.name], rows)
        announce(conn)


def _collapse(effect: Effect) -> str | None:
    if isinstance(effect, RedrawCard) and effect.then is None:
        return f"redraw {lane(effect)} {effect.message}"
    if isinstance(effect, PublishHome) and effect.then is None:
        return f"home {lane(effect)}"
    return None


def claim(
    conn: Connection,
    now: datetime,
    *,
    count: int,
    busy: Iterable[str] = (),
    platforms: Iterable[str] | None = None,
) -> list[Claim]:
    """Claim up to `count` effects that may be performed now, one a lane, the oldest first.

    `busy` are lanes in which this worker has something in hand already; `platforms` are those that
    it serves, None for all.
    """
    mine = frozenset(busy)
    heads = _heads(None if platforms is None else tuple(platforms))
    # What is in hand is claimed, and so not free; but its lease may have ended a moment ago.
    found = fetch(conn, heads, {"at": now, "most": count + len(mine)})
    rows = [row for row in found if row["lane"] not in mine][:count]
    taken = _take(conn, {row["id"]: row["lane"] for row in rows}, now)
    return [
        Claim(
            row["id"],
            row["key"],
            row["platform"],
            row["lane"],
            row["payload"],
            row["attempts"] + 1,
            row["created_at"],
        )
        for row in rows
        if row["id"] in taken
    ]


@functools.cache
def _heads(platforms: tuple[str, ...] | None) -> Select[Any]:
    """The effects that may be performed `at` an instant, one a lane: a constant query."""
    at = bindparam("at", type_=_table.c.due_at.type)
    free = or_(
        and_(_table.c.state == "waiting", _table.c.due_at <= at),
        and_(_table.c.state == "claimed", _table.c.lease_until <= at),
    )
    found = select(_table).where(_open, free, _is_head).order_by(_table.c.id)
    if platforms is not None:
        found = found.where(_table.c.platform.in_(platforms))
    most = bindparam("most", type_=Integer)
    return found.limit(most).with_for_update(of=_table, skip_locked=True)


def _take(conn: Connection, lanes: dict[int, str], now: datetime) -> set[int]:
    """Claim rows, given with their lanes, as far as nobody has another of the lane in hand.

    Ids are given before they are committed: the head that was found may have come to stand before
    one that another replica is claiming just now. So of a lane only one claims at a time, and looks
    again when it does.
    """
    if conn.dialect.name == "postgresql" and lanes:
        asked = func.unnest(bindparam("rows", list(lanes), ARRAY(BigInteger)))
        lanes_asked = func.unnest(bindparam("lanes", list(lanes.values()), ARRAY(Text)))
        each = select(asked.label("id"), lanes_asked.label("lane")).subquery()
        free = func.pg_try_advisory_xact_lock(_LANES, func.hashtext(each.c.lane))
        lanes = {row: lanes[row] for row in conn.execute(select(each.c.id).where(free)).scalars()}
        if lanes:
            taken = _claim.where(_table.c.id.in_(lanes)).returning(_table.c.id)
            given = {"at": now, "until": now + LEASE}
            return set(conn.execute(taken, given).scalars())
    # SQLite has one writer, and a statement costs it little: a constant one for each row.
    given = {"at": now, "until": now + LEASE}
    return {row for row in lanes if run(conn, _claim_one, {**given, "row": row}).rowcount}


_claim = (
    update(_table)
    .where(~exists().where(*_in_hand, _other.c.lease_until > bindparam("at")))
    .values(state="claimed", attempts=_table.c.attempts + 1, lease_until=bindparam("until"))
)
_claim_one = _claim.where(_table.c.id == bindparam("row"))


def extend(conn: Connection, row: int, *, attempts: int, until: datetime) -> bool:
    """Hold on to a claim for longer; False if it is another worker's by now."""
    held = conn.execute(
        update(_table)
        .where(_table.c.id == row, _table.c.state == "claimed", _table.c.attempts == attempts)
        .values(lease_until=until)
    )
    return held.rowcount == 1


def finish(conn: Connection, row: int, *, now: datetime, error: str | None = None) -> bool:
    """Close an effect that was claimed: done, or failed for good. False if it was closed before.

    It may wait again by now: its lease ended, and whoever claimed it next had no success with it.
    """
    state = "failed" if error else "done"
    return run(conn, _finish, {"row": row, "as": state, "now": now, "why": error}).rowcount == 1


_finish = (
    update(_table)
    .where(_table.c.id == bindparam("row"), _open)
    .values(
        state=bindparam("as", type_=_table.c.state.type),
        finished_at=bindparam("now", type_=_table.c.finished_at.type),
        error=bindparam("why", type_=_table.c.error.type),
    )
)


def postpone(
    conn: Connection,
    row: int,
    *,
    until: datetime,
    error: str,
    now: datetime,
    attempts: int | None = None,
) -> None:
    """Let a claimed effect wait; it keeps its place in its lane.

    With `attempts`, only if it is still that claim: a worker that was slow does not take back what
    another one has claimed since.

    One that collapses gives way to a newer one of its kind that has come to wait meanwhile.
    """
    mine = update(_table).where(_table.c.id == row, _table.c.state == "claimed")
    if attempts is not None:
        mine = mine.where(_table.c.attempts == attempts)
    waits = {"state": "waiting", "due_at": until, "lease_until": None, "error": error}
    try:
        with conn.begin_nested():
            conn.execute(mine.values(waits))
    except IntegrityError:  # only one that collapses may wait; the index finds a newer one, even
        # while it is being committed
        conn.execute(mine.values(state="done", finished_at=now, error="collapsed"))


def release(conn: Connection, now: datetime) -> int:
    """End every lease at once; how many there were.

    For a process that is alone on its database, when it starts: whoever holds them is dead.
    """
    held = update(_table).where(_open, _table.c.state == "claimed")
    return conn.execute(held.values(lease_until=now)).rowcount


def move(conn: Connection, channel: Address, new: str) -> None:
    """Let what waits to be done in a channel be done in the one called `new`, in its order."""
    old_lane, new_lane = f"{_prefix(channel)}{channel.channel}", f"{_prefix(channel)}{new}"
    of_channel = (
        _table.c.lane == old_lane,
        _table.c.lane.startswith(f"{old_lane}@", autoescape=True),
    )
    found = select(_table).where(_open, _table.c.state == "waiting", or_(*of_channel))
    for row in conn.execute(found.with_for_update()).all():
        payload = json.loads(row.payload)
        payload["to"]["channel"] = new
        moved = {
            "lane": row.lane.replace(old_lane, new_lane, 1),
            "payload": json.dumps(payload, ensure_ascii=False),
            "collapse": row.collapse and row.collapse.replace(old_lane, new_lane, 1),
        }
        conn.execute(update(_table).where(_table.c.id == row.id).values(moved))


def hasten(conn: Connection, home: Home, now: datetime) -> None:
    """Let all that waits to be done in a workspace be done now."""
    waiting = (_open, _table.c.state == "waiting", _table.c.due_at > now)
    of_home = _table.c.lane.startswith(_prefix(home), autoescape=True)
    whole = _table.c.lane == _prefix(home).removesuffix("/")
    conn.execute(update(_table).where(*waiting, or_(of_home, whole)).values(due_at=now))
    announce(conn)


def hasten_all(conn: Connection, now: datetime, *, beyond: timedelta = timedelta()) -> int:
    """Let what waits for a time later than `beyond` from now be done now; how many there were.

    For when a clock was wrong: nothing waits for times that are not to come so soon.
    """
    waiting = (_open, _table.c.state == "waiting", _table.c.due_at > now + beyond)
    return conn.execute(update(_table).where(*waiting).values(due_at=now)).rowcount


def _prefix(home: Home | Address) -> str:
    """What the lanes of a workspace begin with."""
    return f"{home.platform}/{home.workspace}/"


def next_due(conn: Connection, platforms: Iterable[str] | None = None) -> datetime | None:
    """When the next effect can be claimed: of each lane only the oldest can, one at a time.

    `platforms` as in `claim`.
    """
    chosen = None if platforms is None else tuple(platforms)
    found: datetime | None = fetch(conn, _first_due(chosen), {})[0]["first"]
    return found


@functools.cache
def _first_due(platforms: tuple[str, ...] | None) -> Select[Any]:
    """`next_due` as a constant query: it is asked after every round of every worker."""
    in_hand = select(func.max(_other.c.lease_until)).where(*_in_hand).scalar_subquery()
    own = case((_table.c.state == "claimed", _table.c.lease_until), else_=_table.c.due_at)
    free_at = case((in_hand > own, in_hand), else_=own)
    first = select(func.min(free_at).label("first")).where(_open, _is_head)
    return first if platforms is None else first.where(_table.c.platform.in_(platforms))


def counts(conn: Connection, *, at_most: int = MOST_COUNTED) -> dict[str, int]:
    """How many rows there are in each state that matters: waiting, claimed, failed.

    Of each kind, open and failed, `at_most` are counted: that there are many is enough to know.
    """
    found: dict[str, int] = {}
    for which in (OPEN, FAILED):
        some = select(_table.c.state).where(text(which)).limit(at_most).subquery()
        states = select(some.c.state, func.count()).group_by(some.c.state)
        found |= dict(conn.execute(states).all())
    return found


def oldest(conn: Connection) -> datetime | None:
    """When the first effect that is still on its way was written; None if none is.

    What is to be done in a workspace that Muster is gone from is not: it waits until it is back.
    The first by its id: that is a few steps in an index, however many wait.
    """
    found = fetch(conn, _oldest, {})
    return found[0]["created_at"] if found else None


def oldest_of_each(conn: Connection) -> dict[str, datetime]:
    """As `oldest`, of each platform that something is on its way to. Reads all that is."""
    return dict(conn.execute(_oldest_of_each).all())


def explain_unserved(
    conn: Connection, platforms: Iterable[str], reason: str, *, before: datetime
) -> dict[str, int]:
    """Note why nobody has tried what was written before then for a platform that is none of these.

    How many rows of each platform were told so now. It does not change when they are tried.
    """
    untried = (_open, _table.c.state == "waiting", _table.c.attempts == 0, _table.c.error.is_(None))
    unserved = (_table.c.platform.not_in(list(platforms)), _table.c.created_at < before)
    told = update(_table).where(*untried, *unserved).values(error=reason)
    return dict(Counter(conn.execute(told.returning(_table.c.platform)).scalars()))


_home = _workspace.c.platform + "/" + _workspace.c.native
_is_away = exists().where(
    _workspace.c.left_at.is_not(None),
    or_(
        _table.c.lane == _home,
        func.substr(_table.c.lane, 1, func.length(_home) + 1) == _home + "/",
    ),
)
_oldest = select(_table.c.created_at).where(_open, ~_is_away).order_by(_table.c.id).limit(1)
_oldest_of_each = (
    select(_table.c.platform, func.min(_table.c.created_at))
    .where(_open, ~_is_away)
    .group_by(_table.c.platform)
)


def forget_old(conn: Connection, now: datetime, *, at_most: int = 5000) -> int:
    """Drop done rows past `KEPT`, a slice at a time; how many. Failed ones stay."""
    return run(conn, _forget, {"since": now - KEPT, "most": at_most}).rowcount


_forget = delete(_table).where(
    _table.c.id.in_(
        select(_table.c.id)
        .where(
            _table.c.finished_at < bindparam("since", type_=_table.c.finished_at.type),
            _table.c.state == "done",
        )
        .limit(bindparam("most", type_=Integer))
    )
)
