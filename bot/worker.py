"""The worker: performs the outbox and fires the timers.

One effect of a lane at a time, many lanes at once. What comes of an effect is committed together
with whatever follows from it, so that after any death the next worker finds either an effect that
is still to be performed, or one that is done with all its consequences.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from sqlalchemy import Connection

from bot.carrying import TimerFailed
from bot.core.clock import Clock
from bot.core.commands import UnknownCommand
from bot.core.errors import MusterError, Permanent, Temporary, Unavailable
from bot.core.platform import Adapter
from bot.core.points import reached
from bot.core.traces import cause_of
from bot.delivery import FAULT, GAVE_UP, NOT_MINE, Courier, Unreadable
from bot.dispatch import Door
from bot.holding import Holding
from storage import inbox, outbox, timers
from storage.outbox import Claim

log = structlog.get_logger(__name__)
#: Effects in hand at once.
HANDS = 32
#: Timers that fire at once. SQLite makes one commit of them; a command waits for no more. In
#: PostgreSQL each is a commit of its own, and commands take their turns between them.
TIMERS = 8
TIMERS_APART = 2
#: Seconds between looks at the database when nothing wakes the worker: another process may have
#: written, and a missed wake-up must not matter.
POLL = 5.0
#: An effect that still fails after this long is given up, loudly; but not before some tries of its
#: own, for it may have spent that time in line behind another.
GIVE_UP = timedelta(hours=24)
FEWEST_TRIES = 5
#: Seconds before the second, third, … try when the platform does not say.
BACKOFF = (1, 2, 5, 10, 30, 60, 300)
#: Seconds between tries in a workspace that Muster is gone from. When it is back, all is tried.
AWAY = 3600.0
#: A timer whose command fails for a fault of ours waits this long, and lets the others pass.
TRY_AGAIN = timedelta(minutes=5)
#: Tries of an effect that fails for a fault of ours, in one process.
MOST_FAULTS = 3
#: The platform has nothing of the kind: what follows from that was foreseen.
_NOT_SUPPORTED = "not_supported"
HOUSEKEEPING = timedelta(hours=1)
#: A clock that goes back by more was wrong before; by less, it is being kept right.
BACKWARDS = timedelta(seconds=30)
#: No effect is ever put off for longer: what is, was put off by a clock that was wrong.
FARTHEST = timedelta(hours=2)


class AlarmClock(Protocol):
    """Wakes the worker at an instant. It is a convenience: the record is in the database."""

    def start(self) -> None:
        """Begin to keep time; needs a running event loop."""

    def stop(self) -> None:
        """Forget what was set."""

    def ring_at(self, at: datetime, call: Callable[[], None]) -> None:
        """Call `call` at `at`; setting it again moves it."""


class Worker:
    """Performs what is due, until stopped."""

    def __init__(
        self,
        door: Door,
        adapters: Mapping[str, Adapter],
        clock: Clock,
        alarm: AlarmClock | None = None,
    ) -> None:
        self._door = door
        self._db = door.db
        self._clock = clock
        self._alarm = alarm
        self._metrics = door.metrics
        self._courier = Courier(door, adapters)
        self._holding = Holding(self._db, clock)
        #: What other processes serve is theirs to deliver.
        self._platforms = tuple(adapters)
        self._woken = asyncio.Event()
        #: Set while `run` does not: nothing is being claimed.
        self._at_rest = asyncio.Event()
        self._at_rest.set()
        self._rounds = asyncio.Lock()
        #: What is being done, and with which claim, by lane.
        self._in_hand: dict[str, asyncio.Task[None]] = {}
        self._claims: dict[str, Claim] = {}
        #: How often an effect failed for a fault of Muster's own, by its row.
        self._faults: Counter[int] = Counter()
        self._stopping = False
        self._cleaned_at: datetime | None = None
        #: What the clock showed last.
        self._seen_at: datetime | None = None

    def wake(self) -> None:
        """There may be something to do."""
        self._woken.set()

    async def run(self) -> None:
        """Work until `stop`. A database that is away is waited for."""
        self._at_rest.clear()
        try:
            while not self._stopping:
                self._woken.clear()
                try:
                    await self._mind_the_clock()
                    busy = await self._round()
                    await self._clean()
                except Unavailable:
                    log.warning("worker.database_away")
                    busy = False
                except Exception:
                    log.exception("worker.round_failed")  # nothing may end the worker but `stop`
                    busy = False
                if not busy and not self._stopping:
                    await self._rest()
        finally:
            self._at_rest.set()

    async def _mind_the_clock(self) -> None:
        """What was put off by a clock that was wrong does not wait until that time comes.

        Timers stay: they are for times that somebody meant.
        """
        now, seen_at = self._clock.now(), self._seen_at
        if seen_at is None:
            beyond = FARTHEST  # it may have been put right while nobody looked
        elif now < seen_at - BACKWARDS:
            beyond = timedelta()
            self._cleaned_at = None
        else:
            self._seen_at = now
            return
        count = await self._db.write(lambda conn: outbox.hasten_all(conn, now, beyond=beyond))
        self._seen_at = now
        if seen_at is not None or count:
            log.warning("worker.clock_put_right", effects=count)

    async def _rest(self) -> None:
        try:
            due = await self._next_due()
            if due is not None and self._alarm is not None:
                self._alarm.ring_at(due, self.wake)
        except Unavailable:
            log.info("worker.database_away")
        except Exception:
            log.exception("worker.round_failed")  # as above
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), POLL)

    async def stop(self, patience: float) -> None:
        """Claim nothing more; wait up to `patience` seconds for what is in hand.

        What takes longer is left in the middle: it will be doubtful, and tried again, by whoever
        works on: at once, for the claim on it is given back.
        """
        self._stopping = True
        self.wake()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                # What is being claimed just now comes into hand first.
                await self._at_rest.wait()
                while self._in_hand:
                    await asyncio.wait(self._in_hand.values())
        left, claims = list(self._in_hand.values()), list(self._claims.values())
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        if claims:
            await self._holding.give_back(claims)

    async def drain(self) -> None:
        """Do everything that is due now, and what follows from it, then return."""
        while True:
            # What was in hand may have been put down, and have left something, behind the round.
            had_free_hands = not self._in_hand
            if not await self._round() and had_free_hands and not self._in_hand:
                return
            if self._in_hand:
                await asyncio.wait(self._in_hand.values(), return_when=asyncio.FIRST_COMPLETED)

    async def next_due(self) -> datetime | None:
        """When there will next be something to do."""
        return await self._next_due()

    async def _next_due(self) -> datetime | None:
        # With all hands full nothing more is taken in hand before one is free, which wakes it.
        is_full = len(self._in_hand) >= HANDS

        def look(conn: Connection) -> list[datetime | None]:
            effect = None if is_full else outbox.next_due(conn, self._platforms)
            return [effect, timers.next_due(conn)]

        return min((at for at in await self._db.read(look) if at is not None), default=None)

    async def _round(self) -> bool:
        """Fire some due timers and take in hand what can be claimed; False if there was nothing."""
        # One at a time: `drain` must not end while `run` has claimed something not yet in hand.
        async with self._rounds:
            now = self._clock.now()
            fired = await self._fire(now)
            if fired:  # there may be many at the same minute
                more = (TIMERS if self._db.is_exclusive else TIMERS_APART) - 1
                await asyncio.gather(*(self._fire(now) for _ in range(more)))
            claims = await self._claim(now)
            for claim in claims:
                task = asyncio.create_task(self._deliver(claim), name=f"effect {claim.id}")
                self._in_hand[claim.lane] = task
                self._claims[claim.lane] = claim
                task.add_done_callback(functools.partial(self._put_down, claim.lane))
        return fired or bool(claims)

    def _put_down(self, lane: str, _: asyncio.Task[None]) -> None:
        self._in_hand.pop(lane, None)
        self._claims.pop(lane, None)
        self.wake()

    async def _claim(self, now: datetime) -> list[Claim]:
        room = HANDS - len(self._in_hand)
        if room <= 0 or self._stopping:
            return []
        busy = tuple(self._in_hand)

        def claim(conn: Connection) -> list[Claim]:
            found = outbox.claim(conn, now, count=room, busy=busy, platforms=self._platforms)
            if found:
                reached("worker.before_claim_commit")
            return found

        claims = await self._db.write(claim)
        if claims:
            reached("worker.after_claim")
        return claims

    async def _deliver(self, claim: Claim) -> None:
        try:
            await self._try_or_excuse(claim)
        except Unavailable:
            log.warning("worker.database_away", effect=claim.id)
            await self._holding.let_go(claim, unless=lambda: self._stopping)

    async def _try_or_excuse(self, claim: Claim) -> None:
        try:
            await self._try(claim)
        except Unavailable:
            raise
        except Exception:
            log.exception("worker.failed", effect=claim.id)
            await self._excuse(claim)

    async def _excuse(self, claim: Claim) -> None:
        """A fault of Muster's own: tried again, but not for so long that its lane waits for it."""
        self._faults[claim.id] += 1
        if self._faults[claim.id] < MOST_FAULTS:
            await self._put_off(claim, Temporary("a fault of Muster's own"))
            return
        del self._faults[claim.id]
        now = self._clock.now()
        try:
            await self._give_up(claim, FAULT, now)
        except Unavailable:
            raise
        except Exception:
            log.exception("effect.abandoned", effect=claim.id)
            self._metrics.dead_letters.labels(claim.platform).inc()
            await self._courier.abandon(claim, FAULT, now)

    async def _try(self, claim: Claim) -> None:
        began, outcome = time.perf_counter_ns(), "failed"
        try:
            outcome = await self._tried(claim)
        finally:
            if self._door.traces.is_on:
                self._trace(claim, began, outcome)

    def _trace(self, claim: Claim, began: int, outcome: str) -> None:
        self._door.traces.note(
            "effect",
            began=began,
            origin=f"{self._door.instance}-o{claim.id}",
            cause=cause_of(claim.key),
            attempt=claim.attempts,
            failed=None if outcome == "done" else outcome,
            platform=claim.platform,
            kind=str(json.loads(claim.payload).get("type")),
            outcome=outcome,
        )

    async def _tried(self, claim: Claim) -> str:
        """What became of a try, counted: done, postponed or failed."""
        outcome = "postponed"
        try:
            with self._metrics.delivering.time():
                await self._holding.during(claim, self._courier.deliver(claim, self._clock.now))
        except MusterError as failure:
            if isinstance(failure, Unreadable):
                await self._put_off(claim, failure, for_ever=True)
            elif await self._courier.is_away(claim):
                await self._put_off(claim, Temporary(str(failure), retry_after=AWAY), for_ever=True)
            elif isinstance(failure, Permanent):
                await self._give_up(claim, failure.code, self._clock.now())
                outcome = "failed"
            else:
                await self._put_off(claim, failure)
        else:
            outcome = "done"
            self._faults.pop(claim.id, None)
        self._metrics.effects.labels(outcome).inc()
        return outcome

    async def _give_up(self, claim: Claim, code: str, now: datetime) -> None:
        """Close an effect that will not happen. Where nothing follows from that, it is an error."""
        is_minded = await self._courier.give_up(claim, code, now)
        is_expected = is_minded and code == _NOT_SUPPORTED
        say = log.info if is_expected else log.warning if is_minded else log.error
        if not is_minded:
            self._metrics.dead_letters.labels(claim.platform).inc()
        say("effect.failed", effect=claim.id, code=code, platform=claim.platform)

    async def _put_off(self, claim: Claim, failure: MusterError, *, for_ever: bool = False) -> None:
        now = self._clock.now()
        if not for_ever and now - claim.created_at > GIVE_UP and claim.attempts >= FEWEST_TRIES:
            await self._give_up(claim, GAVE_UP, now)
            return
        wait = failure.retry_after if isinstance(failure, Temporary) else None
        if wait is None:
            wait = BACKOFF[min(claim.attempts, len(BACKOFF)) - 1]
        until = now + timedelta(seconds=wait)
        reason = str(failure)
        log.info("effect.postponed", effect=claim.id, seconds=wait, attempts=claim.attempts)
        await self._db.write(
            lambda conn: outbox.postpone(
                conn, claim.id, attempts=claim.attempts, until=until, error=reason, now=now
            )
        )

    async def _fire(self, now: datetime) -> bool:
        began = time.perf_counter_ns()
        try:
            fired = await self._db.write(lambda conn: self._door.carrier.fire(conn, now))
        except TimerFailed as failed:
            timer, until = failed.timer, now + TRY_AGAIN
            if isinstance(failed.__cause__, UnknownCommand) and not self._db.is_exclusive:
                # Replicas of two versions work side by side during an upgrade.
                log.warning("timer.unknown", timer=timer, seconds=NOT_MINE)
                until = now + timedelta(seconds=NOT_MINE)
            else:
                log.exception("timer.failed", timer=timer)
            await self._db.write(lambda conn: timers.put_off(conn, timer, until=until))
            return True
        if fired is None:
            return False
        reached("worker.after_timer_commit")
        self._metrics.timers.inc()
        late = (self._clock.now() - fired.due_at).total_seconds()
        self._metrics.late_firings.observe(max(0.0, late))
        if self._door.traces.is_on:
            origin = self._door.carrier.firing(fired)
            kind = str(json.loads(fired.payload).get("do"))
            self._door.traces.note("timer", began=began, origin=origin, kind=kind)
        return True

    async def _clean(self) -> None:
        """Now and then, drop what need not be kept, in small slices."""
        now = self._clock.now()
        if self._cleaned_at is not None and now - self._cleaned_at < HOUSEKEEPING:
            return
        dropped = await self._db.write(
            lambda conn: inbox.forget_old(conn, now) + outbox.forget_old(conn, now)
        )
        if dropped == 0:
            self._cleaned_at = now
