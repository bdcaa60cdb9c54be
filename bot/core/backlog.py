"""What comes in faster than it can be carried out: noted at once, done in its turn.

A process carries out some thousand commands a second, and more than that can be sent in one
instant. Some are carried out at once, and a few more stand in line for that; when the line is full,
or has not moved on in time, what stands there is only noted, durably, and acknowledged. It is
carried out as soon as nothing new comes in, in its order. Should the process end before, another
one finds the notes.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

#: Deliveries that are carried out at the same time.
HANDS = 8
#: Deliveries that stand in line for that, and the seconds that they do at the most.
LINE = 24
PATIENCE = 0.2
#: Seconds without anything new that count as quiet, and the longest that quiet is waited for.
_QUIET = 0.005
_FOR_QUIET = 0.1

T = TypeVar("T")


class Backlog(Generic[T]):
    """Lets some in at once, and keeps what has to wait."""

    def __init__(self, carry_out: Callable[[T], Awaitable[None]]) -> None:
        """`carry_out` is given what was added, in its order. It raises nothing."""
        self._carry_out = carry_out
        self._in_hand = 0
        self._line: deque[asyncio.Future[bool]] = deque()
        #: Who was sent away from the line, and does not know yet.
        self._sent_away = 0
        #: How many are being noted just now, and when the last came, by the loop's time.
        self._noting = 0
        self._came_at = 0.0
        #: What was noted, each with the loop's time at which it came.
        self._noted: deque[tuple[float, T]] = deque()
        self._working: set[asyncio.Task[None]] = set()
        self._is_worked_on = False

    @property
    def is_crowded(self) -> bool:
        """Whether nothing would be admitted just now, nor be let stand in line."""
        return self._has_many()

    async def admits(self) -> bool:
        """Whether something may be carried out at once: then `done` has to be said of it.

        Else it is to be noted: it waits behind others that were, for order is kept.
        """
        if self.is_crowded:
            return False
        if self._in_hand >= HANDS or self._line:
            return await self._stand_in_line()
        self._in_hand += 1
        # Who came in the same instant is here after this, and then there may be a crowd: to carry
        # out one command takes as long as to note a dozen.
        try:
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            self.done()
            raise
        if self._has_many():
            self.done()
            return False
        return True

    def _has_many(self) -> bool:
        # A method, for it is asked twice: a type checker takes a property for what it was before.
        return bool(self._noted) or self._noting > 0 or self._sent_away > 0

    def done(self) -> None:
        """Something that was admitted is carried out; the next in line comes in."""
        self._in_hand -= 1
        while self._line:
            if not (first := self._line.popleft()).done():
                self._in_hand += 1
                first.set_result(True)
                return

    async def _stand_in_line(self) -> bool:
        loop = asyncio.get_running_loop()
        place: asyncio.Future[bool] = loop.create_future()
        self._line.append(place)
        if len(self._line) > LINE:
            self._dissolve()
        timer = loop.call_later(PATIENCE, self._dissolve, place)
        try:
            return await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled() and place.result():
                self.done()
            raise
        finally:
            timer.cancel()
            if place.done() and not place.cancelled() and not place.result():
                self._sent_away -= 1

    def _dissolve(self, up_to: asyncio.Future[bool] | None = None) -> None:
        """Let nobody in line wait any longer; or only those up to somebody who still does."""
        if up_to is not None and up_to.done():
            return
        while self._line:
            place = self._line.popleft()
            if not place.done():
                self._sent_away += 1
                place.set_result(False)
            if place is up_to:
                return

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Something is being noted: that goes before what was noted already."""
        self._came_at = asyncio.get_running_loop().time()
        self._noting += 1
        try:
            yield
        finally:
            self._noting -= 1

    def add(self, what: T) -> bool:
        """Keep something that was noted; whether somebody has to `work` now."""
        self._noted.append((asyncio.get_running_loop().time(), what))
        return not self._is_worked_on

    async def work(self) -> None:
        """Carry out what was noted, until nothing is left."""
        if self._is_worked_on:
            return
        self._is_worked_on = True
        try:
            while self._noted or self._working:
                while self._noted and len(self._working) < HANDS:
                    await self._quiet(self._noted[0][0] + _FOR_QUIET)
                    self._begin()
                await asyncio.wait(self._working, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._is_worked_on = False

    def _begin(self) -> None:
        task = asyncio.ensure_future(self._carry_out(self._noted.popleft()[1]))
        self._working.add(task)
        task.add_done_callback(self._working.discard)

    async def _quiet(self, until: float) -> None:
        """Wait until nothing new comes in: to acknowledge goes first, but not for ever."""
        time = asyncio.get_running_loop().time
        # That nothing happens is no event that one could wait for.
        while time() < until and (self._noting or time() - self._came_at < _QUIET):  # noqa: ASYNC110
            await asyncio.sleep(_QUIET)
