"""A clock that tests can push forward, and the alarms that hang on it."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
from typing import Any

#: Where everybody lives: date and time pickers send it along.
TIMEZONE, OFFSET = "Asia/Shanghai", "+0800"


class Clock:
    """Real time plus what tests added. A jump over alarms rings them in their order."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._alarms: list[tuple[float, int, Callable[[], object]]] = []
        self._count = itertools.count()
        self._handle: asyncio.TimerHandle | None = None
        self._stopped = False

    def now(self) -> float:
        """Seconds since 1970."""
        return time.time() + self._ahead  # noqa: TID251 - this is a clock

    def ms(self) -> str:
        """Milliseconds since 1970, as a string: the way Feishu writes instants."""
        return str(int(self.now() * 1000))

    def advance(self, seconds: float) -> None:
        """Jump forward and ring what has become due."""
        self._ahead += seconds
        self._ring()

    def at(self, when: float, call: Callable[[], object]) -> None:
        """Call once the clock shows `when` (seconds since 1970)."""
        heapq.heappush(self._alarms, (when, next(self._count), call))
        self._arm()

    async def wait(self, future: asyncio.Future[Any], seconds: float) -> bool:
        """Whether the future is done before that much of this clock's time has gone by."""
        if future.done():
            return True
        over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.at(self.now() + seconds, lambda: _ring_once(over))
        await asyncio.wait({future, over}, return_when=asyncio.FIRST_COMPLETED)
        return future.done()

    async def sleep(self, seconds: float) -> None:
        """Until that much of this clock's time has gone by."""
        over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.at(self.now() + seconds, lambda: _ring_once(over))
        await over

    def stop(self) -> None:
        """Forget every alarm."""
        self._stopped = True
        self._alarms.clear()
        if self._handle:
            self._handle.cancel()

    def _arm(self) -> None:
        if self._handle:
            self._handle.cancel()
            self._handle = None
        if self._alarms and not self._stopped:
            wait = max(0.0, self._alarms[0][0] - self.now())
            self._handle = asyncio.get_running_loop().call_later(wait, self._ring)

    def _ring(self) -> None:
        while self._alarms and self._alarms[0][0] <= self.now():
            heapq.heappop(self._alarms)[2]()
        self._arm()


def _ring_once(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
