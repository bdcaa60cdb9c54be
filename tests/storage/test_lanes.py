"""Of a lane one is in hand at a time, whatever replicas commit and claim at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import Connection

from bot.core.effects import Address, Pin
from storage import outbox
from storage.outbox import LEASE, Claim
from tests.storage.opened import engine_of, transaction

pytestmark = pytest.mark.postgres
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)
Begin = Callable[[], Connection]


def put(conn: Connection, key: str, channel: str = "a") -> None:
    outbox.put(conn, [Pin(Address("p", "w", channel), key)], key=key, now=NOW)


def claim(conn: Connection, now: datetime = NOW, count: int = 9) -> list[Claim]:
    return outbox.claim(conn, now, count=count)


def test_one_that_came_before_but_is_committed_after_waits_for_the_other(begin: Begin) -> None:
    slow, quick, worker = begin(), begin(), begin()
    put(slow, "first")
    put(quick, "second")
    quick.commit()
    (second,) = claim(worker)
    assert second.key == "second-0"
    worker.commit()

    slow.commit()
    assert claim(worker) == [], "two of a lane in hand"
    # Nobody is woken for nothing until the other is done, or its worker is dead.
    assert outbox.next_due(worker) == NOW + LEASE
    outbox.finish(worker, second.id, now=NOW)
    assert outbox.next_due(worker) == NOW
    assert [each.key for each in claim(worker)] == ["first-0"]


def test_it_does_not_wait_for_one_whose_worker_is_dead(begin: Begin) -> None:
    slow, quick, worker = begin(), begin(), begin()
    put(slow, "first")
    put(quick, "second")
    quick.commit()
    claim(worker)
    worker.commit()
    slow.commit()

    late = NOW + LEASE
    assert [each.key for each in claim(worker, late)] == ["first-0"]
    assert claim(worker, late) == []


def test_who_claims_at_the_same_moment_finds_the_lane_taken(begin: Begin) -> None:
    """The second sees the head as it was before the first has committed: it must look again."""
    slow, quick, one, other = begin(), begin(), begin(), begin()
    put(slow, "first")
    put(quick, "second")
    quick.commit()
    assert [each.key for each in claim(one)] == ["second-0"]
    slow.commit()  # now "first" is the head, and "second" is being claimed
    assert claim(other) == []

    one.commit()
    other.commit()
    assert claim(other) == []


@pytest.mark.timeout(120)
def test_many_replicas_and_many_writers_never_have_two_of_a_lane(postgres_url: str) -> None:
    """Real transactions side by side: what each worker holds is disjoint, by row and by lane."""
    rounds, workers = 12, 3
    start = Barrier(workers + 2)

    def write(name: str) -> None:
        with engine_of(postgres_url) as engine:
            start.wait()
            for number in range(rounds):
                with transaction(engine) as conn:
                    for channel in "abcd":
                        put(conn, f"{name}-{number}-{channel}", channel)

    def work() -> list[list[Claim]]:
        found = []
        with engine_of(postgres_url) as engine:
            start.wait()
            for _ in range(rounds):
                with transaction(engine) as conn:
                    found.append(claim(conn, count=2))
        return found

    with ThreadPoolExecutor(workers + 2) as threads:
        writers = [threads.submit(write, name) for name in ("x", "y")]
        hands = [threads.submit(work) for _ in range(workers)]
        for each in writers:
            each.result(60)
        held = [one for each in hands for some in each.result(60) for one in some]
    assert held
    assert len({each.id for each in held}) == len(held)
    assert len({each.lane for each in held}) == len(held), "nothing was finished meanwhile"


def test_a_replica_claims_only_what_it_can_perform(begin: Begin) -> None:
    conn = begin()
    outbox.put(conn, [Pin(Address("slack", "T", "C"), "m")], key="s", now=NOW)
    outbox.put(conn, [Pin(Address("feishu", "A", "C"), "m")], key="f", now=NOW)
    found = outbox.claim(conn, NOW, count=9, platforms=["feishu"])
    assert [each.platform for each in found] == ["feishu"]
    assert outbox.next_due(conn, ["feishu"]) == NOW + LEASE


def test_who_lost_a_claim_is_told_so(begin: Begin) -> None:
    conn, other = begin(), begin()
    put(conn, "k")
    (mine,) = claim(conn)
    conn.commit()
    late = NOW + LEASE + SECOND
    (theirs,) = claim(other, late)
    other.commit()
    assert not outbox.extend(conn, mine.id, attempts=mine.attempts, until=late + LEASE)
    assert outbox.extend(conn, theirs.id, attempts=theirs.attempts, until=late + LEASE)
