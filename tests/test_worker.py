"""The worker: effects in order, tried again, given up; timers once, and late rather than never."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import structlog
from sqlalchemy import Connection

from bot.core.effects import Effect, Receipt
from bot.core.errors import Permanent, Temporary, Unavailable
from bot.worker import BACKOFF, GIVE_UP, MOST_FAULTS, TRY_AGAIN
from storage import outbox
from storage.db import Job
from storage.outbox import Claim
from storage.rows import Rows, table_of
from storage.tables import Entry, Outbox, Timer, Workspace
from tests.lab import START, Lab, Platform, until

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    made = Lab()
    yield made
    await made.db.close()


# Order.


async def test_effects_of_a_lane_leave_in_order(lab: Lab) -> None:
    await lab.says("/lab post C1 C1 C1")
    await lab.says("/lab post C1")
    await lab.worker.drain()
    assert lab.platform.places == ["C1"] * 4
    numbers = [effect.card.title.values["number"] for _, effect in lab.platform.done]  # type: ignore[union-attr]  # cards
    assert numbers == [0, 1, 2, 0]
    assert await lab.states() == ["done"] * 4


async def test_a_lane_that_is_stuck_holds_up_no_other(lab: Lab) -> None:
    await lab.says("/lab post C1")
    lab.platform.failures.append(Temporary(retry_after=60))
    await lab.worker.drain()
    await lab.says("/lab post C1 C2 @U1")
    await lab.worker.drain()
    assert sorted(lab.platform.places) == ["@U1", "C2"]
    await lab.advance(seconds=60)
    assert lab.platform.places[2:] == ["C1", "C1"]


async def test_lanes_go_side_by_side(lab: Lab) -> None:
    lab.platform.held = asyncio.Event()
    await lab.says("/lab post C1 C2 C3 C1")
    draining = asyncio.create_task(lab.worker.drain())
    await until(lambda: lab.platform.tries == 3)
    assert await lab.states() == ["claimed", "claimed", "claimed", "waiting"]
    lab.platform.held.set()
    await draining
    assert sorted(lab.platform.places) == ["C1", "C1", "C2", "C3"]


async def test_every_effect_has_a_key_of_its_own(lab: Lab) -> None:
    await lab.says("/lab post C1+ C2")
    await lab.says("/lab post C1")
    await lab.worker.drain()
    keys = [key for key, _ in lab.platform.done]
    assert len(set(keys)) == 3
    assert all(key.startswith("i0-") for key in keys)


async def test_what_follows_is_done_with_the_receipt(lab: Lab) -> None:
    await lab.says("/lab post C1+")
    await lab.worker.drain()
    assert await lab.timeline() == ["posted C1 m1"]


# Trying again.


async def test_a_failure_is_tried_again_after_longer_and_longer(lab: Lab) -> None:
    lab.platform.failures.extend(Temporary() for _ in range(len(BACKOFF) + 2))
    await lab.says("/lab post C1")
    waits = []
    for _ in range(len(BACKOFF) + 2):
        await lab.worker.drain()
        due = await lab.worker.next_due()
        assert due is not None
        waits.append(int((due - lab.clock.now()).total_seconds()))
        lab.clock.move_to(due)
    await lab.worker.drain()
    assert waits == [*BACKOFF, BACKOFF[-1], BACKOFF[-1]]
    assert lab.platform.places == ["C1"]


async def test_the_platform_says_when(lab: Lab) -> None:
    lab.platform.failures.append(Temporary(retry_after=42))
    await lab.says("/lab post C1")
    await lab.worker.drain()
    assert await lab.worker.next_due() == START + timedelta(seconds=42)
    await lab.advance(seconds=41)
    assert lab.platform.tries == 1
    await lab.advance(seconds=1)
    assert lab.platform.places == ["C1"]


async def put_off(lab: Lab, seconds: float) -> None:
    """One effect, which waits for so long."""
    lab.platform.failures.append(Temporary(retry_after=seconds))
    await lab.says("/lab post C1")
    await lab.worker.drain()
    assert await lab.worker.next_due() == lab.clock.now() + timedelta(seconds=seconds)


@asynccontextmanager
async def working(lab: Lab) -> AsyncIterator[None]:
    """The worker at work, as in production."""
    task = asyncio.create_task(lab.worker.run())
    try:
        yield
    finally:
        await lab.worker.stop(5)
        await task


async def test_what_a_wrong_clock_put_off_does_not_wait_for_it(lab: Lab) -> None:
    async with working(lab):
        lab.clock.move_to(START + timedelta(days=1))  # wrong, as it turns out
        lab.worker.wake()
        await put_off(lab, 60)
        await until(lambda: lab.worker._seen_at == lab.clock.now())
        lab.clock._frozen_at = START
        lab.worker.wake()
        await until(lambda: lab.platform.places == ["C1"])


async def test_a_clock_that_is_being_kept_right_changes_nothing(lab: Lab) -> None:
    async with working(lab):
        await put_off(lab, 60)
        await until(lambda: lab.worker._seen_at == lab.clock.now())
        lab.clock._frozen_at = START - timedelta(seconds=20)
        lab.worker.wake()
        await until(lambda: lab.worker._seen_at == lab.clock.now())
        assert await lab.worker.next_due() == START + timedelta(seconds=60)
        assert lab.platform.tries == 1


@pytest.mark.parametrize(("hours", "tries"), [(1, 1), (3, 2)])
async def test_what_no_clock_that_is_right_puts_off_so_far_is_done_at_the_next_start(
    lab: Lab, hours: int, tries: int
) -> None:
    await put_off(lab, hours * 3600)
    lab.worker = lab.new_worker()
    async with working(lab):
        await until(lambda: lab.worker._seen_at == lab.clock.now())
        await until(lambda: lab.platform.tries >= tries)
    assert lab.platform.tries == tries


async def test_the_same_key_each_time(lab: Lab) -> None:
    seen: list[str] = []

    class Slow(Platform):
        async def perform(self, effect: Effect, key: str) -> Receipt:
            seen.append(key)
            return await super().perform(effect, key)

    lab = Lab(platform := Slow())
    platform.failures.extend([Temporary(), RuntimeError("dropped")])
    with structlog.testing.capture_logs():
        await lab.says("/lab post C1")
        for _ in range(3):
            await lab.advance(seconds=5)
    assert len(seen) == 3
    assert len(set(seen)) == 1
    await lab.db.close()


async def test_what_will_never_work_is_closed_and_told(lab: Lab) -> None:
    lab.platform.failures.append(Permanent("no_such_channel"))
    await lab.says("/lab post C1+ C1")
    with structlog.testing.capture_logs() as logs:
        await lab.worker.drain()
    assert await lab.timeline() == ["failed C1 no_such_channel"]
    assert lab.platform.places == ["C1"], "the next in the lane goes on"
    assert await lab.states() == ["done", "done"], "it was dealt with"
    assert [log["log_level"] for log in logs if log["event"] == "effect.failed"] == ["warning"]


async def test_what_nobody_deals_with_stays_on_record(lab: Lab) -> None:
    lab.platform.failures.append(Permanent("no_such_channel"))
    await lab.says("/lab post C1")
    with structlog.testing.capture_logs() as logs:
        await lab.worker.drain()
    [row] = await lab.rows(Outbox)
    assert (row.state, row.error) == ("failed", "no_such_channel")
    assert [log["log_level"] for log in logs if log["event"] == "effect.failed"] == ["error"]


async def test_after_a_day_it_is_given_up(lab: Lab) -> None:
    lab.platform.failures.extend(Temporary(retry_after=3600) for _ in range(40))
    await lab.says("/lab post C1+ C1")
    await lab.worker.drain()
    with structlog.testing.capture_logs():
        while lab.clock.now() - START <= GIVE_UP:
            assert await lab.timeline() == []
            await lab.advance(hours=1)
        assert await lab.timeline() == ["failed C1 gave_up"]
        assert await lab.states() == ["done", "waiting"], "what waited behind it gets its tries"
        lab.platform.failures.clear()
        await lab.advance(hours=1)
    assert lab.platform.places == ["C1"]


async def test_a_platform_that_is_not_set_up_is_waited_for(lab: Lab) -> None:
    """Its token may be missing at this start only."""
    await lab.says("/lab post C1")
    lab.adapters = {}
    worker = lab.new_worker()
    await worker.drain()
    assert await lab.states() == ["waiting"]
    lab.adapters = {"lab": lab.platform}
    lab.worker = lab.new_worker()
    await lab.advance(minutes=1)
    assert lab.platform.places == ["C1"]


# Faults of Muster's own.


async def test_a_fault_is_tried_a_few_times_and_then_told(lab: Lab) -> None:
    lab.platform.failures.extend(RuntimeError("fault") for _ in range(MOST_FAULTS))
    await lab.says("/lab post C1+ C1")
    with structlog.testing.capture_logs() as logs:
        for _ in range(MOST_FAULTS):
            await lab.advance(minutes=1)
    assert await lab.timeline() == ["failed C1 fault"]
    assert lab.platform.places == ["C1"]
    assert [log["event"] for log in logs if log["log_level"] == "error"] == ["worker.failed"] * 3


async def test_what_the_platform_refused_before_is_no_fault_of_musters(lab: Lab) -> None:
    lab.platform.failures.extend(Temporary() for _ in range(MOST_FAULTS + 1))
    lab.platform.failures.append(RuntimeError("fault"))
    await lab.says("/lab post C1+")
    with structlog.testing.capture_logs():
        for _ in range(MOST_FAULTS + 4):
            await lab.advance(minutes=5)
    assert await lab.timeline() == ["posted C1 m1"]


async def test_a_fault_in_looking_what_is_due_does_not_end_the_worker(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    look, faults = lab.worker._next_due, 3

    async def sometimes() -> datetime | None:
        nonlocal faults
        if faults:
            faults -= 1
            lab.worker.wake()
            raise RuntimeError
        return await look()

    monkeypatch.setattr(lab.worker, "_next_due", sometimes)
    with structlog.testing.capture_logs() as logs:
        async with working(lab):
            await until(lambda: faults == 0)
            await lab.says("/lab post C1")
            await until(lambda: lab.platform.places == ["C1"])
    assert [log["event"] for log in logs].count("worker.round_failed") == 3


async def test_a_step_that_always_fails_does_not_hold_its_lane_up_for_ever(lab: Lab) -> None:
    await lab.says("/lab post POISON+ POISON")
    with structlog.testing.capture_logs() as logs:
        for _ in range(MOST_FAULTS + 1):
            await lab.advance(minutes=1)
    first, second = await lab.rows(Outbox)
    assert (first.state, first.error) == ("failed", "fault")
    assert second.state == "done"
    assert await lab.timeline() == [], "what a step had written was undone with it"
    assert "effect.abandoned" in {log["event"] for log in logs}


async def test_an_effect_that_cannot_be_read_is_abandoned(lab: Lab) -> None:
    await lab.says("/lab post C1 C1")
    await lab.db.write(
        lambda conn: conn.execute(
            outbox._table.update().where(outbox._table.c.id == 1).values(payload="{}")
        )
    )
    with structlog.testing.capture_logs():
        for _ in range(MOST_FAULTS + 1):
            await lab.advance(minutes=1)
    assert await lab.states() == ["failed", "done"]


# Leases: another worker, a restart.


async def test_what_a_dead_worker_had_in_hand_is_taken_over(lab: Lab) -> None:
    await lab.says("/lab post C1+")
    claims = await lab.db.write(lambda conn: outbox.claim(conn, lab.clock.now(), count=9))
    assert len(claims) == 1
    await lab.worker.drain()
    assert lab.platform.places == []
    await lab.advance(seconds=outbox.LEASE.total_seconds())
    assert lab.platform.places == ["C1"]
    assert await lab.timeline() == ["posted C1 m1"]


async def test_two_workers_do_everything_once(lab: Lab) -> None:
    other = lab.new_worker()
    for number in range(10):
        await lab.says(f"/lab post C{number}+ C{number} C0+")
    await asyncio.gather(lab.worker.drain(), other.drain())
    assert len(lab.platform.done) == 30
    assert len({key for key, _ in lab.platform.done}) == 30
    assert len(await lab.timeline()) == 20


async def test_a_receipt_that_comes_when_another_has_recorded_it_changes_nothing(lab: Lab) -> None:
    lab.platform.held = asyncio.Event()
    await lab.says("/lab post C1+")
    slow = asyncio.create_task(lab.worker.drain())
    await until(lambda: lab.platform.tries == 1)
    lab.clock.move_to(lab.clock.now() + outbox.LEASE)
    other = asyncio.create_task(lab.new_worker().drain())
    await until(lambda: lab.platform.tries == 2)
    lab.platform.held.set()
    await asyncio.gather(slow, other)
    assert len(await lab.timeline()) == 1, "what follows was done once"


# Timers.


async def test_a_timer_fires_once_when_it_is_due(lab: Lab) -> None:
    await lab.says("/lab timer 5")
    await lab.advance(minutes=4)
    assert await lab.timeline() == []
    await lab.advance(minutes=1)
    await lab.advance(minutes=60)
    assert await lab.timeline() == ["rang 01:05"]
    assert await lab.rows(Timer) == []


async def test_a_timer_fires_late_after_a_rest(lab: Lab) -> None:
    await lab.says("/lab timer 5")
    await lab.advance(days=3)
    assert await lab.timeline() == ["rang 01:00"]
    [entry] = await lab.rows(Entry)
    assert entry.at == datetime(2026, 11, 26, 1, 0, tzinfo=UTC)


async def test_timers_fire_in_the_order_in_which_they_were_due(lab: Lab) -> None:
    for minutes in (3, 1, 2):
        await lab.says(f"/lab timer {minutes}")
    assert await lab.worker.next_due() == START + timedelta(minutes=1)
    for _ in range(3):
        await lab.advance(minutes=1)
    assert await lab.timeline() == ["rang 01:01", "rang 01:02", "rang 01:03"]


async def test_many_workers_fire_a_timer_once(lab: Lab) -> None:
    workers = [lab.new_worker() for _ in range(5)]
    await lab.says("/lab timer 1")
    lab.clock.move_to(START + timedelta(minutes=1))
    await asyncio.gather(*(worker.drain() for worker in workers))
    assert await lab.timeline() == ["rang 01:01"]


async def test_a_poisoned_timer_lets_the_others_pass_and_comes_back(lab: Lab) -> None:
    await lab.says("/lab timer 1 --poison")
    await lab.says("/lab timer 2")
    with structlog.testing.capture_logs() as logs:
        await lab.advance(minutes=2)
        assert await lab.timeline() == ["rang 01:02"], "and what it had written is undone"
        assert [log["event"] for log in logs] == ["timer.failed"]
        assert await lab.worker.next_due() == lab.clock.now() + TRY_AGAIN
        await lab.advance(seconds=TRY_AGAIN.total_seconds())
        assert [log["event"] for log in logs].count("timer.failed") == 2


async def test_a_timer_that_cannot_be_read_is_put_off(lab: Lab) -> None:
    from storage.rows import table_of

    await lab.says("/lab timer 1")
    timer = table_of(Timer)

    def orphan(conn: Connection) -> None:
        conn.execute(timer.update().values(payload="{}"))

    await lab.db.write(orphan)
    with structlog.testing.capture_logs() as logs:
        await lab.advance(minutes=1)
    assert [log["event"] for log in logs] == ["timer.failed"]


# Running and stopping.


async def _until_posted(lab: Lab) -> None:
    """Wake the worker until it has posted in C1."""

    def has_posted() -> bool:
        lab.worker.wake()
        return lab.platform.places == ["C1"]

    await until(has_posted)


class Alarm:
    """Notes when it was to ring."""

    def __init__(self) -> None:
        self.set: list[datetime] = []

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def ring_at(self, at: datetime, call: Callable[[], None]) -> None:
        self.set.append(at)


async def test_it_works_when_it_is_woken() -> None:
    alarm = Alarm()
    lab = Lab(alarm=alarm)
    running = asyncio.create_task(lab.worker.run())
    await lab.says("/lab post C1")
    await until(lambda: lab.platform.places == ["C1"])
    await lab.says("/lab timer 7")
    await until(lambda: alarm.set)
    assert alarm.set[-1] == START + timedelta(minutes=7)
    lab.clock.move_to(alarm.set[-1])
    lab.worker.wake()
    async with asyncio.timeout(10):
        while await lab.timeline() != ["rang 01:07"]:  # noqa: ASYNC110  it has no event
            await asyncio.sleep(0)
    await lab.worker.stop(1)
    await running
    await lab.db.close()


async def test_a_database_that_is_away_is_waited_for(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, away = lab.db.write, [Unavailable(), Unavailable()]

    async def sometimes(job: Job[Any]) -> Any:
        if away:
            raise away.pop()
        return await write(job)

    await lab.says("/lab post C1")
    monkeypatch.setattr(lab.db, "write", sometimes)
    with structlog.testing.capture_logs() as logs:
        running = asyncio.create_task(lab.worker.run())
        await _until_posted(lab)
        await lab.worker.stop(1)
        await running
    assert "worker.database_away" in {log["event"] for log in logs}


async def test_a_surprise_does_not_end_it(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    surprises = [ValueError("surprise")]
    claim = outbox.claim

    def sometimes(*given: Any, **named: Any) -> Any:
        if surprises:
            raise surprises.pop()
        return claim(*given, **named)

    monkeypatch.setattr(outbox, "claim", sometimes)
    await lab.says("/lab post C1")
    with structlog.testing.capture_logs() as logs:
        running = asyncio.create_task(lab.worker.run())
        await _until_posted(lab)
        await lab.worker.stop(1)
        await running
    assert "worker.round_failed" in {log["event"] for log in logs}


async def test_an_effect_whose_receipt_cannot_be_recorded_is_tried_again(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish, away = outbox.finish, [Unavailable()]

    def sometimes(*given: Any, **named: Any) -> Any:
        if away:
            raise away.pop()
        return finish(*given, **named)

    monkeypatch.setattr(outbox, "finish", sometimes)
    await lab.says("/lab post C1+")
    await lab.worker.drain()
    assert await lab.timeline() == []
    await lab.advance(seconds=60)
    assert await lab.timeline() == ["posted C1 m2"]
    assert lab.platform.done[0][0] == lab.platform.done[1][0], "with the same key"


@pytest.mark.parametrize(
    ("faults", "shown"), [(0, "m2"), (1, "m1")], ids=["it happened", "a fault of Muster's own"]
)
async def test_what_a_database_was_away_for_does_not_wait_for_its_lease(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, faults: int, shown: str
) -> None:
    write, refused = lab.db.write, 0
    lab.platform.failures.extend(RuntimeError("fault") for _ in range(faults))

    async def sometimes(job: Job[Any]) -> Any:
        nonlocal refused
        if lab.platform.tries and refused < 4:  # what became of it, and then to let it go
            refused += 1
            raise Unavailable
        return await write(job)

    monkeypatch.setattr("bot.holding.PAUSE", 0.01)
    monkeypatch.setattr(lab.db, "write", sometimes)
    await lab.says("/lab post C1+")
    await lab.worker.drain()
    assert refused == 4
    assert await lab.timeline() == [f"posted C1 {shown}"], "no time has passed"
    assert len({key for key, *_ in lab.platform.done}) == 1, "with the same key"


async def test_stopping_waits_for_what_is_in_hand(lab: Lab) -> None:
    lab.platform.held = asyncio.Event()
    await lab.says("/lab post C1+ C1")
    running = asyncio.create_task(lab.worker.run())
    await until(lambda: lab.platform.tries == 1)
    stopping = asyncio.create_task(lab.worker.stop(10))
    await asyncio.sleep(0)
    assert not stopping.done()
    lab.platform.held.set()
    await stopping
    await running
    assert await lab.timeline() == ["posted C1 m1"]
    assert await lab.states() == ["done", "waiting"], "and takes nothing more in hand"


async def test_stopping_does_not_wait_for_ever(lab: Lab) -> None:
    lab.platform.held = asyncio.Event()
    await lab.says("/lab post C1")
    running = asyncio.create_task(lab.worker.run())
    await until(lambda: lab.platform.tries == 1)
    await lab.worker.stop(0.01)
    await running
    [left] = await lab.rows(Outbox)
    assert (left.state, left.attempts) == ("claimed", 1), "the next worker will find it doubtful"
    lab.platform.held = None
    await lab.new_worker().drain()
    assert lab.platform.places == ["C1"], "and at once: no lease has to end"


async def test_a_worker_that_is_stopped_claims_nothing(lab: Lab) -> None:
    await lab.says("/lab post C1")
    await lab.worker.stop(0.01)
    await lab.worker.drain()
    assert await lab.states() == ["waiting"]


async def test_what_need_not_be_kept_is_dropped(lab: Lab) -> None:
    await lab.says("/lab post C1")
    await lab.worker.drain()
    lab.clock.move_to(START + timedelta(days=30))
    for _ in range(3):
        await lab.worker._clean()
    assert await lab.counts() == (0, 0, 0)
    assert await lab.rows(Outbox) == []
    await lab.says("/lab hello Bob")
    lab.clock.move_to(START + timedelta(days=30, minutes=30))
    await lab.worker._clean()  # not again so soon
    assert await lab.counts() == (1, 0, 0)


# Long work, and workspaces that Muster is gone from.


async def test_what_takes_long_is_held_and_not_done_twice(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.holding.HOLD", 0.01)
    lab.platform.held = asyncio.Event()
    await lab.says("/lab post C1")
    draining = asyncio.create_task(lab.worker.drain())
    await until(lambda: lab.platform.tries == 1)
    lab.clock.move_to(lab.clock.now() + outbox.LEASE - timedelta(seconds=1))

    async def leased_until() -> datetime | None:
        [row] = await lab.rows(Outbox)
        found: datetime | None = row.lease_until
        return found

    async with asyncio.timeout(10):
        while await leased_until() != lab.clock.now() + outbox.LEASE:  # noqa: ASYNC110  no event tells
            await asyncio.sleep(0.01)
    lab.clock.move_to(lab.clock.now() + timedelta(seconds=30))
    other = lab.new_worker()
    await other.drain()
    assert lab.platform.tries == 1
    lab.platform.held.set()
    await draining
    assert await lab.states() == ["done"]


async def test_who_was_frozen_lets_go_of_what_another_has_done_meanwhile(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lease ended without its knowing: what has not left yet must not leave any more."""
    monkeypatch.setattr("bot.holding.HOLD", 0.01)
    hold, thawed = lab.worker._holding._keep, asyncio.Event()

    async def frozen(claim: Claim) -> bool:
        await thawed.wait()
        return await hold(claim)

    monkeypatch.setattr(lab.worker._holding, "_keep", frozen)
    lab.platform.held = asyncio.Event()
    await lab.says("/lab post C1")
    draining = asyncio.create_task(lab.worker.drain())
    await until(lambda: lab.platform.tries == 1)

    lab.clock.move_to(lab.clock.now() + outbox.LEASE)
    lab.platform.held = None
    await lab.new_worker().drain()
    assert lab.platform.tries == 2
    assert await lab.states() == ["done"]
    thawed.set()
    await asyncio.wait_for(draining, 20)  # though its own call never comes back


async def test_where_muster_is_gone_effects_wait_and_are_not_given_up(lab: Lab) -> None:
    await lab.says("/lab post C1+")
    await _leave(lab, START)
    lab.platform.failures += [Permanent("account_inactive"), *[Temporary()] * 30]
    await lab.worker.drain()
    for _ in range(30):
        await lab.advance(hours=1)
    assert await lab.states() == ["waiting"]
    assert lab.platform.tries == 31, "once an hour is enough"
    await _leave(lab, None)
    await lab.advance(hours=1)
    assert await lab.timeline() == ["posted C1 m1"]


async def _leave(lab: Lab, at: datetime | None) -> None:
    def leave(conn: Connection) -> None:
        rows = Rows(conn)
        rows.execute(table_of(Workspace).update().values(left_at=at))

    await lab.db.write(leave)
