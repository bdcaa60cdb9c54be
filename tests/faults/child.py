"""What a process that is to be killed has that one in production has not: a lease that a test can
wait for, a clock that a test can put ahead, and timers whose every firing is written down.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import text

from adapters.playground.town import Town
from bot import bootstrap, holding
from bot.core import clock, points
from bot.core.commands import Step, step
from bot.feature import Feature, Outcome
from storage import outbox
from storage.tx import Tx

#: The names of what `prepare` reads: seconds that the clock is ahead; seconds of a lease.
AHEAD, LEASE = "MUSTER_TEST_AHEAD", "MUSTER_TEST_LEASE"


@step("faults tick")
class Tick(Step):
    """A timer of the line `timers`."""

    number: int


def tick(cmd: Tick, tx: Tx, now: datetime) -> Outcome:
    """Write down that it fired, as often as it does."""
    tx.conn.execute(
        text("INSERT INTO faults_fired (number, at) VALUES (:number, :at)"),
        {"number": cmd.number, "at": clock.SystemClock().now().timestamp()},
    )
    return Outcome()


TICKS = Feature("faults", commands={Tick: tick})


def prepare(env: Mapping[str, str]) -> None:
    """Make this process what a line asked for, before Muster begins."""
    points.arm(env.get("MUSTER_KILL_AT", ""))
    bootstrap.FEATURES = (*bootstrap.FEATURES, TICKS)  # type: ignore[assignment]  # one more
    if ahead := float(env.get(AHEAD, 0)):
        _put_ahead(timedelta(seconds=ahead))
    if lease := float(env.get(LEASE, 0)):
        outbox.LEASE = timedelta(seconds=lease)
        holding.HOLD = lease / 3


def _put_ahead(by: timedelta) -> None:
    own = bootstrap._clock

    def ahead(town: Town | None) -> clock.Clock:
        return clock.MovableClock(max(own(town).now(), clock.SystemClock().now() + by))

    bootstrap._clock = ahead
