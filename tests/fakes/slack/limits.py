"""How often an app may call: per method and workspace, and per channel for posts.

Tiers are documented as "N+ per minute"; a burst above is tolerated but not promised, so the fake
holds to N. Posting is documented as one message a second and channel, with short bursts.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

#: Calls a minute by tier; tier 5 ("special") has its own rule or none.
TIERS = {1: 1, 2: 20, 3: 50, 4: 100}


@dataclass
class Window:
    """At most `count` calls in any `seconds`."""

    count: int
    seconds: float
    times: deque[float] = field(default_factory=deque)

    def wait(self, now: float) -> float:
        """Seconds until a call is allowed; 0.0 if it is now."""
        while self.times and self.times[0] <= now - self.seconds:
            self.times.popleft()
        return 0.0 if len(self.times) < self.count else self.times[0] + self.seconds - now

    def take(self, now: float) -> None:
        self.times.append(now)


@dataclass
class Bucket:
    """A burst, refilled at `rate` a second."""

    burst: float
    rate: float
    left: float = -1.0
    at: float = 0.0

    def wait(self, now: float) -> float:
        self.left = self.burst if self.left < 0 else self.left
        self.left = min(self.burst, self.left + (now - self.at) * self.rate)
        self.at = now
        return 0.0 if self.left >= 1 else (1 - self.left) / self.rate

    def take(self, now: float) -> None:
        self.left -= 1


@dataclass(frozen=True)
class Refused:
    """A call that came too often."""

    team: str
    method: str
    channel: str
    at: float
    retry_after: int
    #: Of one that came inside a Retry-After: seconds since that was said. One that came at once
    #: after it was on its way already.
    after: float = 0.0


def _key(team: str, method: str, channel: str) -> tuple[str, str, str]:
    """What a Retry-After is about: a method in a workspace, or posts in one channel."""
    return team, method, channel if method == "chat.postMessage" else ""


class Limits:
    """The limits of one app in all its workspaces. `on = False` switches them off."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.on = True
        #: Messages a channel takes at once before one a second applies.
        self.burst = 4
        #: Messages a minute in a workspace ("several hundred" is documented).
        self.posts_per_minute = 400
        self.exceeded: list[Refused] = []
        #: Calls that came while a Retry-After had not yet passed.
        self.early: list[Refused] = []
        self._windows: dict[tuple[str, ...], Window | Bucket] = {}
        #: When a Retry-After was said, and when it is over.
        self._told: dict[tuple[str, str, str], tuple[float, float]] = {}

    def refuse(self, team: str, method: str, tier: int, channel: str = "") -> int:
        """Seconds to wait, for the Retry-After header; 0 if the call may pass."""
        if not self.on:
            return 0
        now = self._now()
        self.watch(team, method, channel)
        meters = self._meters(team, method, tier, channel)
        wait = max((meter.wait(now) for meter in meters), default=0.0)
        if wait <= 0:
            for meter in meters:
                meter.take(now)
            return 0
        return self.told(team, method, channel, math.ceil(wait))

    def watch(self, team: str, method: str, channel: str = "") -> None:
        """Count a call that comes inside a Retry-After."""
        now = self._now()
        said, until = self._told.get(_key(team, method, channel), (0.0, 0.0))
        if now < until:
            wait = math.ceil(until - now)
            self.early.append(Refused(team, method, channel, now, wait, now - said))

    def told(self, team: str, method: str, channel: str, seconds: int) -> int:
        """Remember that a call was answered 429, for whatever reason."""
        now = self._now()
        self.exceeded.append(Refused(team, method, channel, now, seconds))
        key = _key(team, method, channel)
        said, until = self._told.get(key, (0.0, 0.0))
        self._told[key] = (now, now + seconds) if now + seconds > until else (said, until)
        return seconds

    def _meters(self, team: str, method: str, tier: int, channel: str) -> list[Window | Bucket]:
        meters: list[Window | Bucket] = []
        if method == "chat.postMessage":
            meters.append(self._meter((team, "channel", channel), lambda: Bucket(self.burst, 1.0)))
            meters.append(self._meter((team, "posts"), lambda: Window(self.posts_per_minute, 60.0)))
        elif tier in TIERS:
            meters.append(self._meter((team, method), lambda: Window(TIERS[tier], 60.0)))
        return meters

    def _meter(self, key: tuple[str, ...], new: Callable[[], Window | Bucket]) -> Window | Bucket:
        return self._windows.setdefault(key, new())
