"""Slack's rate limits, obeyed before they are hit, in one workspace.

Documented (https://docs.slack.dev/apis/web-api/rate-limits): so many calls a minute for each method
by its tier; a message a second in each channel, "short bursts" allowed; "several hundred" messages
a minute in a workspace. What other replicas send is known through `Quotas`, and so is what Slack
asked of them. Where the sum is too much all the same, for other apps post there as well, Slack says
so with Retry-After, and nobody calls before it has passed.
"""

from __future__ import annotations

import asyncio
import bisect
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from adapters.slack.errors import Postponed
from adapters.slack.methods import METHOD, Method
from bot.core.replicas import Limit, Quotas, Unlimited

#: Windows are taken this much longer than documented: calls that leave a window apart may arrive
#: closer together. It costs three in a hundred.
MARGIN = 1.03
_MINUTE = 60.0
#: Messages in a workspace, within a minute.
MESSAGES = 300
#: Messages in a channel: four within four seconds are a short burst of one a second.
BURST = 4
#: Where messages are limited by channel; other posts have their tier alone.
_BY_CHANNEL = "chat.postMessage"
#: Limits and pauses kept in mind; those unused for longest are forgotten first.
_MOST = 2000

Sleep = Callable[[float], Awaitable[None]]


@dataclass(slots=True)
class _Limit:
    """At most `calls` within any `seconds`. `slots` are the times taken, also those to come."""

    calls: int
    seconds: float
    slots: list[float] = field(default_factory=list)

    def earliest(self, now: float) -> float:
        """When the next call may go, if nobody else takes a slot before."""
        del self.slots[: bisect.bisect_right(self.slots, now - self.seconds)]
        if len(self.slots) < self.calls:
            return now
        return max(now, self.slots[-self.calls] + self.seconds)

    def take(self, at: float) -> None:
        bisect.insort(self.slots, at)

    def give_back(self, at: float) -> None:
        index = bisect.bisect_left(self.slots, at)
        if index < len(self.slots) and self.slots[index] == at:
            del self.slots[index]


class Pace:
    """Lets calls go one after the other, as fast as Slack allows and in the order they came."""

    def __init__(
        self,
        clock: Callable[[], float],
        sleep: Sleep = asyncio.sleep,
        methods: Mapping[str, Method] = METHOD,
        *,
        quotas: Quotas | None = None,
        place: str = "",
    ) -> None:
        """`place` is whose limits they are, among all replicas."""
        self._clock = clock
        self._sleep = sleep
        self._methods = methods
        self._quotas = quotas or Unlimited()
        self._place = place
        self._limits: OrderedDict[str, _Limit] = OrderedDict()
        #: Until when nobody may call: by method, or by method and channel.
        self._closed: OrderedDict[str, float] = OrderedDict()

    async def turn(self, method: str, channel: str = "", patience: float | None = None) -> None:
        """Wait for a turn to call `method`. Postponed if that is more than `patience` seconds off.

        Without it, than is usual for the method.
        A turn that was not taken, because whoever waited was cancelled, is given back.
        """
        key = self._key(method, channel)
        started = self._clock()
        longest = self._methods[method].patience if patience is None else patience
        while True:
            now = self._clock()
            limits = self._limits_of(method, channel)
            at = max(self._opens(method, key), *(limit.earliest(now) for limit in limits), now)
            if at - started > longest:
                raise Postponed("paced", retry_after=at - now)
            for limit in limits:
                limit.take(at)
            try:
                await self._wait_until(at)
            except BaseException:
                _give_back(limits, at)
                raise
            wait = await self._agreed(method, channel, limits, at)
            if wait <= 0 and self._opens(method, key) <= self._clock():
                return
            # The other replicas were first, or Slack asked for a pause meanwhile.
            _give_back(limits, at)
            if self._clock() + wait - started > longest:
                raise Postponed("paced", retry_after=wait)
            if wait > 0:
                await self._sleep(wait)

    async def _agreed(self, method: str, channel: str, limits: list[_Limit], at: float) -> float:
        """Seconds until the turn comes among all replicas; 0.0: now, and it is taken."""
        wanted = [
            Limit(key, limit.calls, limit.seconds / MARGIN)
            for key, limit in zip(self._keys(method, channel), limits, strict=True)
        ]
        try:
            return await self._quotas.take(self._place, wanted)
        except BaseException:
            _give_back(limits, at)
            raise

    async def pause_everywhere(self, method: str, channel: str, seconds: float) -> None:
        """As `pause`, for all replicas."""
        self.pause(method, channel, seconds)
        await self._quotas.pause(self._place, [self._key(method, channel)], seconds)

    def pause(self, method: str, channel: str, seconds: float) -> None:
        """Nobody calls `method` (posts: in this channel) for so long: Slack asked for it."""
        key = self._key(method, channel)
        self._closed[key] = max(self._closed.get(key, 0.0), self._clock() + seconds)
        self._closed.move_to_end(key)
        while len(self._closed) > _MOST:
            self._closed.popitem(last=False)

    def paused(self) -> dict[str, float]:
        """Method → seconds for which it may still not be called (of channels, the longest)."""
        now = self._clock()
        found: dict[str, float] = {}
        for key, until in self._closed.items():
            method = key.partition(" ")[0]
            if until > now:
                found[method] = max(found.get(method, 0.0), until - now)
        return found

    def used(self) -> dict[str, tuple[int, int]]:
        """Method → calls within the last minute, and how many there may be."""
        now = self._clock()
        found: dict[str, tuple[int, int]] = {}
        for key, limit in self._limits.items():
            if key in self._methods:
                limit.earliest(now)
                found[key] = (len(limit.slots), limit.calls)
        return found

    def now(self) -> float:
        """Seconds, by the clock that it goes by."""
        return self._clock()

    async def _wait_until(self, at: float) -> None:
        while (left := at - self._clock()) > 0:
            await self._sleep(left)

    def _opens(self, method: str, key: str) -> float:
        return max(self._closed.get(method, 0.0), self._closed.get(key, 0.0))

    def _key(self, method: str, channel: str) -> str:
        return f"{method} {channel}" if method == _BY_CHANNEL and channel else method

    def _keys(self, method: str, channel: str) -> list[str]:
        """Of the limits of a call, in the order of `_limits_of`."""
        own = self._key(method, channel)
        return [own] if method != _BY_CHANNEL else [f"{method} {channel}", method]

    def _limits_of(self, method: str, channel: str) -> list[_Limit]:
        if method != _BY_CHANNEL:
            return [self._limit(method, self._methods[method].tier.value, _MINUTE)]
        return [
            self._limit(f"{method} {channel}", BURST, float(BURST)),
            self._limit(method, MESSAGES, _MINUTE),
        ]

    def _limit(self, key: str, calls: int, seconds: float) -> _Limit:
        limit = self._limits.get(key)
        if limit is None:
            limit = self._limits[key] = _Limit(calls, seconds * MARGIN)
            self._forget_idle()
        self._limits.move_to_end(key)
        return limit

    def _forget_idle(self) -> None:
        """Drop what is used least and holds nobody back any more."""
        now = self._clock()
        for key in list(self._limits)[: max(0, len(self._limits) - _MOST)]:
            limit = self._limits[key]
            limit.earliest(now)
            if not limit.slots:
                del self._limits[key]


def _give_back(limits: list[_Limit], at: float) -> None:
    for limit in limits:
        limit.give_back(at)
