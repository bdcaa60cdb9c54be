"""Feishu's rate limits, obeyed before they are hit.

Documented: 5 messages a second to a chat (shared by all its bots) and to a person, 50 a second and
1,000 a minute for the app, 5 changes a second of one message, 3 calls a second to documents, for
the app and for one document. What other replicas send, and what the platform told them, is known
through `Quotas`. What others send is not known here: where they make the sum too much, the platform
says so, and `hold` keeps everybody away for a while.
"""

from __future__ import annotations

import asyncio
import bisect
import contextlib
import math
import time
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from bot.core.replicas import Limit, Quotas, Unlimited

#: Windows are taken this much longer than documented: calls that leave a window apart may arrive a
#: little closer together. It costs three in a hundred.
MARGIN = 1.03
#: Above this many keys, those that nobody has used lately are forgotten.
_MANY_KEYS = 1000


#: A call is never taken to have arrived more than this (seconds) before its answer.
_MOST_BEST = 0.15
_DOCUMENTS = "documents"
_APP = (Limit("app", 50, 1.0), Limit("app/minute", 1000, 60.0))


def general() -> tuple[Limit, ...]:
    """Any call."""
    return _APP


def to_chat(chat: str) -> tuple[Limit, ...]:
    """A message to a chat."""
    return (Limit(f"chat/{chat}", 5, 1.0), *_APP)


def to_one_in(chat: str) -> tuple[Limit, ...]:
    """What one person alone sees in a chat: its own limit is not known, and shares no other's."""
    return (Limit(f"alone/{chat}", 10, 1.0), *_APP)


def to_user(user: str) -> tuple[Limit, ...]:
    """A message to a person."""
    return (Limit(f"user/{user}", 5, 1.0), *_APP)


def on_message(message: str) -> tuple[Limit, ...]:
    """A change of a message."""
    return (Limit(f"message/{message}", 5, 1.0), *_APP)


def on_documents(document: str | None = None) -> tuple[Limit, ...]:
    """A call to documents, and to one of them."""
    one = () if document is None else (Limit(f"document/{document}", 3, 1.0),)
    return (*one, Limit(_DOCUMENTS, 3, 1.0), *_APP)


def overrun(limits: tuple[Limit, ...], *, whole_app: bool) -> tuple[Limit, ...]:
    """Which of `limits` a complaint of the platform is about."""
    if not whole_app:
        return limits[:1]
    shared = tuple(limit for limit in limits if limit.key == _DOCUMENTS)
    return shared or tuple(limit for limit in limits if limit in _APP[:1])


class Handle(Protocol):
    """A call that is going to be made, and need not be."""

    def cancel(self) -> None: ...


class Window:
    """The latest calls under one limit: those on their way, and when the others arrived."""

    def __init__(self, limit: Limit) -> None:
        self._calls = limit.calls
        self._length = limit.seconds * MARGIN
        self._on_their_way = 0
        self._arrived: list[float] = []
        self.held_until = -math.inf

    def free_at(self) -> float:
        """The earliest time of one call more; infinite while that hangs on an answer."""
        if len(self._arrived) + self._on_their_way < self._calls:
            return self.held_until
        if not self._arrived:
            return math.inf
        return max(self.held_until, self._arrived[0] + self._length)

    def leave(self) -> None:
        """One call more, in the place of the oldest."""
        if len(self._arrived) + self._on_their_way >= self._calls:
            del self._arrived[0]
        self._on_their_way += 1

    def arrive(self, at: float) -> None:
        """One of those on their way has arrived."""
        self._on_their_way -= 1
        bisect.insort(self._arrived, at)

    def is_idle(self, now: float) -> bool:
        latest = self._arrived[-1] if self._arrived else -math.inf
        return not self._on_their_way and max(self.held_until, latest + self._length) <= now

    def times(self, now: float) -> list[float]:
        """When the calls arrived, in order; those on their way as if it were now."""
        return self._arrived + [now] * self._on_their_way

    def after(self, times: list[float]) -> float:
        """As `free_at`, were these the calls."""
        if len(times) < self._calls:
            return self.held_until
        return max(self.held_until, times[-self._calls] + self._length)


@dataclass(frozen=True, slots=True)
class Slot:
    """A call on its way, and under which limits."""

    left: float
    windows: tuple[Window, ...]


@dataclass(slots=True, eq=False)
class _Waiting:
    limits: tuple[Limit, ...]
    turn: asyncio.Future[Slot]


class Pace:
    """Lets calls go as fast as all their limits allow, and no faster.

    Those under one limit go in the order in which they came; a busy chat holds nobody else up.
    What counts is when a call reached the platform: one that was long on its way, for it had to
    connect first, is taken to have arrived late, as late as the fastest call would have.
    """

    def __init__(
        self,
        *,
        now: Callable[[], float] = time.monotonic,
        later: Callable[[float, Callable[[], None]], Handle] | None = None,
        quotas: Quotas | None = None,
        place: str = "",
    ) -> None:
        """`place` is whose limits they are, among all replicas."""
        self._now = now
        self._quotas = quotas or Unlimited()
        self._place = place
        #: Calls a function after so many seconds; the running loop's `call_later` by default.
        self._later = later
        self._windows: dict[str, Window] = {}
        self._queue: list[_Waiting] = []
        self._alarm: tuple[float, Handle] | None = None
        #: Seconds that a call takes at best.
        self._best = 0.0

    @contextlib.asynccontextmanager
    async def turn(self, limits: tuple[Limit, ...]) -> AsyncIterator[None]:
        """Wait for one's turn under all of `limits`, and make the call inside.

        Being cancelled while waiting gives the turn to the next.
        """
        slot = await self._take(limits)
        try:
            if await self._agreed(limits):
                slot = replace(slot, left=self._now())
            yield
        finally:
            self._settle(slot)

    async def _agreed(self, limits: tuple[Limit, ...]) -> bool:
        """Wait for one's turn among the other replicas; whether that took any time."""
        has_waited = False
        while limits and (wait := await self._quotas.take(self._place, limits)) > 0:
            has_waited = True
            await asyncio.sleep(wait)
        return has_waited

    async def _take(self, limits: tuple[Limit, ...]) -> Slot:
        waiting = _Waiting(limits, asyncio.get_running_loop().create_future())
        self._come(waiting)
        try:
            return await waiting.turn
        except asyncio.CancelledError:
            if waiting in self._queue:
                self._queue.remove(waiting)
            elif not waiting.turn.cancelled():
                self._settle(waiting.turn.result())  # its turn had come just then
            self._let_go()
            raise

    def _settle(self, slot: Slot) -> None:
        now = self._now()
        took = now - slot.left
        # Learned slowly, for the first calls are the slow ones, and the network may become another.
        self._best = min(took, _MOST_BEST, self._best + took / 500)
        is_awaited = False
        for window in slot.windows:
            is_awaited |= window.free_at() == math.inf
            window.arrive(max(slot.left, now - self._best))
        if is_awaited:
            self._let_go()

    def now(self) -> float:
        """Seconds, by the clock that it goes by."""
        return self._now()

    def wait(self, limits: tuple[Limit, ...]) -> float:
        """Seconds that a call coming now would have to wait; 0 if it could go at once.

        Exact as long as nobody ahead gives up or is slow.
        """
        now = self._now()
        seen: dict[str, list[float]] = {}
        leaves = now
        for each in (*(waiting.limits for waiting in self._queue), limits):
            leaves = now
            for limit in each:
                window = self._window(limit)
                times = seen.setdefault(limit.key, window.times(now))
                leaves = max(leaves, window.after(times))
            for limit in each:
                bisect.insort(seen[limit.key], leaves)
        return leaves - now

    async def hold_everywhere(self, limits: tuple[Limit, ...], seconds: float) -> None:
        """As `hold`, for all replicas."""
        self.hold(limits, seconds)
        if limits:
            await self._quotas.pause(self._place, [limit.key for limit in limits], seconds)

    def hold(self, limits: Iterable[Limit], seconds: float) -> None:
        """Let nothing go under these limits for `seconds`: the platform says it is too much."""
        until = self._now() + seconds
        for limit in limits:
            window = self._window(limit)
            window.held_until = max(window.held_until, until)

    def _window(self, limit: Limit) -> Window:
        window = self._windows.get(limit.key)
        if window is None:
            if len(self._windows) >= _MANY_KEYS:
                now = self._now()
                self._windows = {k: w for k, w in self._windows.items() if not w.is_idle(now)}
            window = self._windows[limit.key] = Window(limit)
        return window

    def _come(self, waiting: _Waiting) -> None:
        now = self._now()
        if self._alarm is not None and self._alarm[0] <= now:
            self._let_go()  # for those who came before
        at = self._free_at(waiting, now)
        if at <= now:
            self._start(waiting, now)
            return
        self._queue.append(waiting)
        self._set_alarm(at if self._alarm is None else min(at, self._alarm[0]))

    def _free_at(self, waiting: _Waiting, now: float) -> float:
        return max((self._window(limit).free_at() for limit in waiting.limits), default=now)

    def _start(self, waiting: _Waiting, now: float) -> None:
        windows = tuple(self._window(limit) for limit in waiting.limits)
        for window in windows:
            window.leave()
        waiting.turn.set_result(Slot(now, windows))

    def _let_go(self) -> None:
        """Let everybody go whose turn it is, in order; come back when the next one's is."""
        now = self._now()
        stay: list[_Waiting] = []
        soonest = math.inf
        for waiting in self._queue:
            if waiting.turn.done():
                continue  # cancelled
            at = self._free_at(waiting, now)
            if at > now:
                soonest = min(soonest, at)
                stay.append(waiting)
            else:
                self._start(waiting, now)
        self._queue = stay
        self._set_alarm(soonest)

    def _set_alarm(self, at: float) -> None:
        """Ring at `at`; never, if it is infinite: then an answer brings it on."""
        if self._alarm is not None:
            if self._alarm[0] == at:
                return
            self._alarm[1].cancel()
            self._alarm = None
        if at < math.inf:
            later = self._later or asyncio.get_running_loop().call_later
            self._alarm = (at, later(max(0.0, at - self._now()), self._ring))

    def _ring(self) -> None:
        self._alarm = None
        self._let_go()
