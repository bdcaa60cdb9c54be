"""The alarm clock: APScheduler, which wakes the worker when the next thing is due.

It holds one job and is never the record: that is the database (docs/adr/0003).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger

from bot.core.clock import Clock, SystemClock

#: Rings that may overlap: the next may be due before APScheduler has put the last one away.
MOST_AT_ONCE = 100
#: No job waits longer: the clock of a playground can be moved meanwhile.
LONGEST = timedelta(hours=1)


class Alarm:
    """Rings once, at the instant that was set last, by `clock`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._scheduler = AsyncIOScheduler(
            jobstores={"default": MemoryJobStore()}, timezone="UTC", misfire_grace_time=None
        )

    def start(self) -> None:
        """Begin to keep time; needs a running event loop."""
        self._scheduler.start()

    def stop(self) -> None:
        """Forget what was set."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    def ring_at(self, at: datetime, call: Callable[[], None]) -> None:
        """As `worker.AlarmClock`."""
        wait = min(max(at - self._clock.now(), timedelta()), LONGEST)
        trigger = DateTrigger(SystemClock().now() + wait)
        self._scheduler.add_job(
            _ring, trigger, [call], id="next", replace_existing=True, max_instances=MOST_AT_ONCE
        )


async def _ring(call: Callable[[], None]) -> None:
    """In the loop: a plain function would be called in a thread, which cannot wake the worker."""
    call()
