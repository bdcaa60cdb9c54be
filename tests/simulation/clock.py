"""The machine's clock, which can be wrong; and the alarm clock of a process, which goes by it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

#: Monday morning in Shanghai, Sunday night in New York.
START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
#: The machine's clock is never further from the truth.
MOST_WRONG = timedelta(hours=1)
#: An alarm is set anew after so long, for the clock may have been put on meanwhile.
_LONGEST = 3600.0


class Clock:
    """The clock of the machine that the processes run on: as `bot.core.clock.Clock`."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        #: How far it is ahead of the truth.
        self.wrong = timedelta()

    @property
    def true(self) -> datetime:
        """What time it really is, and on the platforms."""
        return START + timedelta(seconds=round(self._loop.time(), 3))

    def now(self) -> datetime:
        return self.true + self.wrong


class Alarm:
    """Rings once, at the instant that was set last: as `bot.worker.AlarmClock`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._set: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """There is nothing to begin."""

    def stop(self) -> None:
        if self._set is not None:
            self._set.cancel()

    def ring_at(self, at: datetime, call: Callable[[], None]) -> None:
        self.stop()
        wait = (at - self._clock.now()).total_seconds()
        loop = asyncio.get_running_loop()
        # A little behind it: the loop's time is a float, and the clock's is rounded.
        self._set = loop.call_later(min(max(wait, 0.0), _LONGEST) + 0.002, call)
