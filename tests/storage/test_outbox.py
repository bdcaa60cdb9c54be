"""The outbox: effects leave in order, each lane for itself; none is lost, none is done by two."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from bot.core.chat import Card, line
from bot.core.commands import Step, step
from bot.core.effects import (
    Address,
    DirectMessage,
    Effect,
    Home,
    Pin,
    RedrawCard,
    Tell,
    User,
    load_effect,
)
from bot.core.text import Reader, t
from storage import identity, outbox
from storage.db import Database, open_database
from storage.outbox import KEPT, LEASE, Claim
from storage.rows import Rows, table_of
from storage.tables import Outbox

if TYPE_CHECKING:
    from tests.storage.conftest import Begin, Meanwhile

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
_table = table_of(Outbox)
_keys = iter(range(10**9))


@step("after redrawing")
class AfterRedrawing(Step):
    pass


def pin(channel: str, message: str = "m") -> Effect:
    return Pin(Address("p", "w", channel), message)


def redraw(channel: str, message: str = "m") -> Effect:
    return RedrawCard(Address("p", "w", channel), message, "room:1", Reader())


def put(conn: Connection, *effects: Effect, now: datetime = NOW) -> None:
    outbox.put(conn, effects, key=f"k{next(_keys)}", now=now)


def claim(conn: Connection, now: datetime = NOW, *, count: int = 99, busy: str = "") -> list[Claim]:
    return outbox.claim(conn, now, count=count, busy=[f"p/w/{each}" for each in busy])


def lanes(claims: list[Claim]) -> str:
    return "".join(claimed.lane.removeprefix("p/w/") for claimed in claims)


def row(conn: Connection, claimed: Claim) -> Outbox:
    found = Rows(conn).get(Outbox, claimed.id)
    assert found is not None
    return found


def states(conn: Connection) -> str:
    return " ".join(conn.execute(select(_table.c.state).order_by(_table.c.id)).scalars())


# ── putting ──────────────────────────────────────────────────────────────────────────────────────


def test_an_effect_comes_out_as_it_was_put_in(conn: Connection) -> None:
    outbox.put(conn, [pin("a"), pin("b", "群")], key="i7", now=NOW)

    first, second = claim(conn)
    assert (first.key, second.key) == ("i7-0", "i7-1")
    assert (first.platform, first.lane, first.attempts) == ("p", "p/w/a", 1)
    assert (first.created_at, first.is_doubtful) == (NOW, False)
    assert load_effect(second.payload, {}) == pin("b", "群")


def test_a_key_is_used_once(conn: Connection) -> None:
    outbox.put(conn, [pin("a")], key="i7", now=NOW)

    with pytest.raises(IntegrityError):
        outbox.put(conn, [pin("b")], key="i7", now=NOW)


def test_no_effects_are_no_rows(conn: Connection) -> None:
    put(conn)

    assert outbox.counts(conn) == {}


# ── lanes ────────────────────────────────────────────────────────────────────────────────────────


def test_of_each_lane_the_oldest_leaves_first_and_alone(conn: Connection) -> None:
    put(conn, pin("a", "1"), pin("a", "2"), pin("b", "1"), pin("a", "3"))

    first = claim(conn)
    assert lanes(first) == "ab"
    assert claim(conn) == []
    seen = [first[0].payload]
    for _ in range(2):
        assert outbox.finish(conn, first[0].id, now=NOW)
        first = claim(conn)
        assert lanes(first) == "a"
        seen.append(first[0].payload)
    assert seen == sorted(seen)


def test_lanes_do_not_wait_for_each_other(conn: Connection) -> None:
    put(conn, pin("a"), pin("a"), pin("b"), pin("c"))
    (first,) = claim(conn, count=1)
    outbox.postpone(conn, first.id, until=NOW + MINUTE, error="429", now=NOW)

    assert lanes(claim(conn)) == "bc"


def test_the_oldest_are_claimed_first_and_no_more_than_asked_for(conn: Connection) -> None:
    put(conn, pin("c"), pin("a"), pin("b"), pin("d"))

    assert lanes(claim(conn, count=2)) == "ca"
    assert lanes(claim(conn, count=2)) == "bd"


def test_busy_lanes_are_left_alone(conn: Connection) -> None:
    put(conn, pin("a"), pin("b"), pin("c"))

    assert lanes(claim(conn, busy="ac")) == "b"


# ── what becomes of a claim ──────────────────────────────────────────────────────────────────────


def test_a_claim_is_closed_once(conn: Connection) -> None:
    put(conn, pin("a"))
    (claimed,) = claim(conn)

    assert outbox.finish(conn, claimed.id, now=NOW + MINUTE) is True
    assert outbox.finish(conn, claimed.id, now=NOW, error="late") is False
    found = row(conn, claimed)
    assert (found.state, found.finished_at, found.error) == ("done", NOW + MINUTE, None)


def test_a_claim_can_fail_for_good_and_the_lane_goes_on(conn: Connection) -> None:
    put(conn, pin("a", "1"), pin("a", "2"))
    (claimed,) = claim(conn)

    assert outbox.finish(conn, claimed.id, now=NOW, error="channel_not_found")
    found = row(conn, claimed)
    assert (found.state, found.error) == ("failed", "channel_not_found")
    assert lanes(claim(conn)) == "a"


def test_what_is_put_off_keeps_its_place_and_is_then_doubtful(conn: Connection) -> None:
    put(conn, pin("a", "1"), pin("a", "2"))
    (first,) = claim(conn)
    outbox.postpone(conn, first.id, until=NOW + MINUTE, error="429", now=NOW)

    assert claim(conn, NOW + MINUTE - timedelta(microseconds=1)) == []
    (again,) = claim(conn, NOW + MINUTE)
    assert (again.id, again.attempts, again.is_doubtful) == (first.id, 2, True)
    assert row(conn, first).error == "429"


def test_a_worker_that_died_lets_go_when_its_lease_ends(conn: Connection) -> None:
    put(conn, pin("a"))
    (first,) = claim(conn)

    assert claim(conn, NOW + LEASE - timedelta(microseconds=1)) == []
    (again,) = claim(conn, NOW + LEASE)
    assert (again.id, again.is_doubtful) == (first.id, True)
    assert claim(conn, NOW + LEASE) == []


def test_what_was_done_late_counts_though_another_put_it_off_meanwhile(conn: Connection) -> None:
    put(conn, pin("a"))
    (slow,) = claim(conn)
    (other,) = claim(conn, NOW + LEASE)
    outbox.postpone(conn, other.id, until=NOW + 2 * LEASE, error="429", now=NOW + LEASE)

    assert outbox.finish(conn, slow.id, now=NOW + LEASE) is True
    assert claim(conn, NOW + 9 * LEASE) == []


def test_a_slow_worker_cannot_put_off_what_another_has_claimed_since(conn: Connection) -> None:
    put(conn, pin("a"))
    (slow,) = claim(conn)
    (other,) = claim(conn, NOW + LEASE)
    late = NOW + LEASE
    outbox.postpone(conn, slow.id, attempts=slow.attempts, until=NOW, error="late", now=late)

    assert states(conn) == "claimed"
    outbox.postpone(conn, other.id, attempts=other.attempts, until=NOW, error="429", now=late)
    assert states(conn) == "waiting"


def test_what_is_closed_cannot_be_put_off(conn: Connection) -> None:
    put(conn, pin("a"))
    (claimed,) = claim(conn)
    outbox.finish(conn, claimed.id, now=NOW)
    outbox.postpone(conn, claimed.id, until=NOW, error="late", now=NOW)

    assert states(conn) == "done"


# ── cards that are drawn anew ────────────────────────────────────────────────────────────────────


def test_redrawings_that_wait_collapse_into_one(conn: Connection) -> None:
    put(conn, redraw("a"), redraw("a"))
    put(conn, redraw("a"), redraw("a", "another card"), redraw("b"))

    assert states(conn) == "waiting waiting waiting"


def test_redrawings_with_a_consequence_do_not_collapse(conn: Connection) -> None:
    card = RedrawCard(Address("p", "w", "a"), "m", "room:1", Reader(), then=AfterRedrawing())
    put(conn, card, card)

    assert states(conn) == "waiting waiting"


def test_one_that_is_being_drawn_does_not_stand_for_a_later_one(conn: Connection) -> None:
    put(conn, redraw("a"))
    (drawing,) = claim(conn)
    put(conn, redraw("a"))
    outbox.finish(conn, drawing.id, now=NOW)

    assert states(conn) == "done waiting"
    assert lanes(claim(conn)) == "a"


def test_one_that_is_put_off_gives_way_to_a_newer_one(conn: Connection) -> None:
    put(conn, redraw("a"))
    (drawing,) = claim(conn)
    put(conn, redraw("a"))
    outbox.postpone(conn, drawing.id, until=NOW + MINUTE, error="429", now=NOW)

    assert states(conn) == "done waiting"
    found = row(conn, drawing)
    assert (found.error, found.finished_at) == ("collapsed", NOW)


def test_one_that_is_put_off_alone_waits_for_all_that_come(conn: Connection) -> None:
    put(conn, redraw("a"))
    (drawing,) = claim(conn)
    outbox.postpone(conn, drawing.id, until=NOW + MINUTE, error="429", now=NOW)
    put(conn, redraw("a"))

    assert states(conn) == "waiting"
    assert claim(conn, NOW) == []


# ── looking ──────────────────────────────────────────────────────────────────────────────────────


def test_when_the_next_can_be_claimed(conn: Connection) -> None:
    assert outbox.next_due(conn) is None
    put(conn, pin("a"), pin("a"))
    assert outbox.next_due(conn) == NOW
    (claimed,) = claim(conn)
    assert outbox.next_due(conn) == NOW + LEASE
    put(conn, pin("b"), now=NOW + 3 * MINUTE)
    outbox.postpone(conn, claimed.id, until=NOW + 2 * MINUTE, error="", now=NOW)
    assert outbox.next_due(conn) == NOW + 2 * MINUTE


def test_what_waits_behind_one_that_was_put_off_is_not_due(conn: Connection) -> None:
    """Or the worker would wake at once, find nothing to do, and wake at once."""
    put(conn, pin("a", "1"), pin("a", "2"))
    (claimed,) = claim(conn)
    outbox.postpone(conn, claimed.id, until=NOW + MINUTE, error="", now=NOW)

    assert outbox.next_due(conn) == NOW + MINUTE


def test_how_long_the_oldest_has_been_on_its_way(conn: Connection) -> None:
    assert outbox.oldest(conn) is None
    put(conn, pin("a"))
    put(conn, pin("b"), now=NOW + MINUTE)
    assert outbox.oldest(conn) == NOW
    (claimed,) = claim(conn, count=1)
    assert outbox.oldest(conn) == NOW
    outbox.finish(conn, claimed.id, now=NOW)
    assert outbox.oldest(conn) == NOW + MINUTE


def test_what_waits_where_muster_is_gone_from_is_not_on_its_way(conn: Connection) -> None:
    rows = Rows(conn)
    gone = identity.workspace_of(rows, "slack", "T1", NOW)
    identity.workspace_of(rows, "slack", "T12", NOW)
    channel, person = Address("slack", "T1", "C1"), User("slack", "T1", "U1")
    put(conn, Pin(channel, "1"), DirectMessage(person, line(t("Hi")), Reader()))
    put(conn, Pin(Address("slack", "T12", "C1"), "1"), now=NOW + MINUTE)
    assert outbox.oldest(conn) == NOW
    rows.change(gone, left_at=NOW)
    assert outbox.oldest(conn) == NOW + MINUTE, "that of a workspace called alike"
    rows.change(gone, left_at=None)
    assert outbox.oldest(conn) == NOW


def test_what_nobody_serves_is_told_why_it_waits(conn: Connection) -> None:
    mine, theirs = Pin(Address("slack", "T", "C"), "1"), Pin(Address("feishu", "a", "c"), "1")
    put(conn, mine, theirs)
    put(conn, theirs, now=NOW + MINUTE)

    def told() -> dict[str, int]:
        return outbox.explain_unserved(conn, ["slack"], "not here", before=NOW + MINUTE)

    assert told() == {"feishu": 1}
    assert told() == {}, "once"
    errors = conn.execute(select(_table.c.error).order_by(_table.c.id)).scalars().all()
    assert errors == [None, "not here", None]
    assert outbox.oldest_of_each(conn) == {"slack": NOW, "feishu": NOW}
    assert [each.platform for each in claim(conn)] == ["slack", "feishu"], "it can be done as ever"


def test_all_leases_can_be_ended_at_once(conn: Connection) -> None:
    put(conn, pin("a"), pin("b"), pin("c"))
    claim(conn, count=2)

    assert outbox.release(conn, NOW) == 2
    assert [(each.lane[-1], each.is_doubtful) for each in claim(conn)] == [
        ("a", True),
        ("b", True),
        ("c", False),
    ]


def test_rows_are_counted_by_state(conn: Connection) -> None:
    put(conn, pin("a"), pin("b"), pin("c"), pin("d"))
    done, failed, _ = claim(conn, count=3)
    outbox.finish(conn, done.id, now=NOW)
    outbox.finish(conn, failed.id, now=NOW, error="x")

    assert outbox.counts(conn) == {"waiting": 1, "claimed": 1, "failed": 1}


def test_what_is_done_is_forgotten_after_a_while_what_failed_stays(conn: Connection) -> None:
    put(conn, *(pin(channel) for channel in "abcdef"))
    claims = claim(conn, count=5)
    for claimed in claims[:4]:
        outbox.finish(conn, claimed.id, now=NOW)
    outbox.finish(conn, claims[4].id, now=NOW, error="x")
    later = NOW + KEPT + timedelta(microseconds=1)

    assert outbox.forget_old(conn, NOW + KEPT) == 0
    assert outbox.forget_old(conn, later, at_most=3) == 3
    assert outbox.forget_old(conn, later, at_most=3) == 1
    assert states(conn) == "failed waiting"


# ── side by side, as replicas on PostgreSQL ──────────────────────────────────────────────────────


@pytest.fixture
def channels(begin: Begin) -> str:
    """Four channels, each with two effects waiting."""
    conn = begin()
    put(conn, *(pin(channel, message) for message in "12" for channel in "abcd"))
    conn.commit()
    return "abcd"


def test_two_that_claim_at_once_never_get_the_same(begin: Begin, channels: str) -> None:
    first, second = begin(), begin()

    assert lanes(claim(first, count=2)) + lanes(claim(second)) == channels
    first.commit()
    assert claim(second) == []


def test_a_claim_that_is_undone_is_free_again(begin: Begin, channels: str) -> None:
    first, second = begin(), begin()
    claim(first)
    first.rollback()

    assert lanes(claim(second)) == channels


def test_the_next_of_a_lane_is_not_free_while_the_first_is_being_closed(
    begin: Begin, channels: str
) -> None:
    first, second = begin(), begin()
    claims = claim(first)
    first.commit()
    with first.begin():
        for claimed in claims:
            outbox.finish(first, claimed.id, now=NOW)

        assert claim(second) == []
    assert lanes(claim(second)) == channels


def test_a_waiting_redrawing_is_not_drawn_before_what_it_will_show_is_committed(
    begin: Begin,
) -> None:
    """The later command relies on the row that waits; drawn now, its change would never be seen."""
    earlier, later, worker = begin(), begin(), begin()
    put(earlier, redraw("a"))
    earlier.commit()

    put(later, redraw("a"))
    assert claim(worker) == []
    later.commit()
    assert lanes(claim(worker)) == "a"
    assert states(worker) == "claimed"


def test_a_redrawing_that_is_being_claimed_does_not_stand_for_a_later_one(
    begin: Begin, meanwhile: Meanwhile
) -> None:
    earlier, worker, later = begin(), begin(), begin()
    put(earlier, redraw("a"))
    earlier.commit()

    claim(worker)
    with meanwhile(lambda: put(later, redraw("a"))):
        worker.commit()
    later.commit()

    assert states(worker) == "claimed waiting"


def test_one_that_is_put_off_gives_way_to_one_that_is_being_committed(
    begin: Begin, meanwhile: Meanwhile
) -> None:
    earlier, worker, later = begin(), begin(), begin()
    put(earlier, redraw("a"))
    earlier.commit()
    (drawing,) = claim(worker)
    worker.commit()

    put(later, redraw("a"))
    until = NOW + MINUTE
    with meanwhile(lambda: outbox.postpone(worker, drawing.id, until=until, error="429", now=NOW)):
        later.commit()
    worker.commit()

    assert states(earlier) == "done waiting"


@pytest.mark.anyio
async def test_many_workers_keep_every_lane_in_order_and_do_nothing_twice(
    database_url: str,
) -> None:
    replicas: list[Database] = [open_database(database_url) for _ in range(3)]
    performed: dict[str, list[str]] = defaultdict(list)
    in_hand: set[str] = set()

    async def ask(db: Database, first: int) -> None:
        for n in range(first, first + 20):
            effects = [pin(channel, f"{n:03}{part}") for channel in "abc" for part in "xy"]
            await db.write(lambda conn, e=effects: put(conn, *e))  # type: ignore[misc]

    async def work(db: Database) -> None:
        while True:
            claims = await db.write(lambda conn: claim(conn, count=2))
            for claimed in claims:
                assert claimed.lane not in in_hand
                in_hand.add(claimed.lane)
                await asyncio.sleep(0)
                performed[claimed.lane].append(claimed.payload)
                in_hand.remove(claimed.lane)
                row_id = claimed.id
                assert await db.write(lambda conn, r=row_id: outbox.finish(conn, r, now=NOW))  # type: ignore[misc]
            if not claims and asking.done() and await db.read(outbox.counts) == {}:
                return

    asking = asyncio.ensure_future(ask(replicas[0], 0))
    await asyncio.wait_for(asyncio.gather(asking, *map(work, replicas)), 60)

    assert {channel: len(payloads) for channel, payloads in performed.items()} == {
        f"p/w/{channel}": 40 for channel in "abc"
    }
    for payloads in performed.values():
        assert payloads == sorted(payloads)
    for replica in replicas:
        await replica.close()


# ── more than one platform, claims that take long, channels and workspaces that change ───────────


def elsewhere(channel: str) -> Effect:
    return Pin(Address("other", "w", channel), "m")


def test_a_worker_claims_only_for_the_platforms_that_it_serves(conn: Connection) -> None:
    put(conn, elsewhere("x"), pin("a"))
    assert [c.platform for c in outbox.claim(conn, NOW, count=9, platforms=["p"])] == ["p"]
    assert outbox.claim(conn, NOW, count=9, platforms=[]) == []
    assert [c.platform for c in outbox.claim(conn, NOW, count=9, platforms=["other"])] == ["other"]


def test_nor_does_it_wake_for_others(conn: Connection) -> None:
    put(conn, elsewhere("x"))
    put(conn, pin("a"), now=NOW + MINUTE)
    assert outbox.next_due(conn, ["p"]) == NOW + MINUTE
    assert outbox.next_due(conn, []) is None
    assert outbox.next_due(conn) == NOW


def test_a_claim_is_held_for_longer(conn: Connection) -> None:
    put(conn, pin("a"))
    [mine] = claim(conn)
    assert outbox.extend(conn, mine.id, attempts=mine.attempts, until=NOW + 3 * LEASE)
    assert claim(conn, NOW + 2 * LEASE) == []
    [theirs] = claim(conn, NOW + 3 * LEASE)
    assert theirs.id == mine.id
    assert not outbox.extend(conn, mine.id, attempts=mine.attempts, until=NOW + 9 * LEASE)
    outbox.finish(conn, theirs.id, now=NOW)
    assert not outbox.extend(conn, theirs.id, attempts=theirs.attempts, until=NOW + 9 * LEASE)


def test_what_waits_for_a_channel_moves_with_it(conn: Connection) -> None:
    tell = Tell(Address("p", "w", "a"), "u", Card(t("x")), Reader())
    put(conn, pin("a", "1"), redraw("a"), tell, pin("ab"), pin("b"))
    [claimed, *_] = claim(conn, count=1)
    outbox.move(conn, Address("p", "w", "a"), "n")
    put(conn, redraw("n"))  # the one that moved stands for it
    outbox.finish(conn, claimed.id, now=NOW)
    moved = sorted(claim(conn), key=lambda each: each.id)
    assert lanes(moved) == "nn@uabb"
    assert [load_effect(each.payload, {}).to.channel for each in moved] == ["n", "n", "ab", "b"]  # type: ignore[union-attr]  # all of channels
    assert outbox.counts(conn) == {"claimed": 4}


def test_what_waits_in_a_workspace_is_hastened(conn: Connection) -> None:
    put(conn, pin("a"), elsewhere("x"))
    for claimed in claim(conn):
        outbox.postpone(conn, claimed.id, until=NOW + 60 * MINUTE, error="away", now=NOW)
    assert claim(conn, NOW + MINUTE) == []
    outbox.hasten(conn, Home("p", "w"), NOW + MINUTE)
    assert lanes(claim(conn, NOW + MINUTE)) == "a"
