"""How often is too often: sliding windows on the movable clock."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Hashable

from tests.fakes.feishu.clock import Clock


class Limits:
    """Counts what happened lately. `on = False` lets everything through."""

    def __init__(self, clock: Clock) -> None:
        self.on = True
        self._clock = clock
        self._past: defaultdict[Hashable, deque[float]] = defaultdict(deque)

    def passes(self, key: Hashable, count: int, seconds: float = 1.0) -> bool:
        """Whether one more is allowed now; if so it is counted."""
        if not self.on:
            return True
        now = self._clock.now()
        past = self._past[key, seconds]
        while past and past[0] <= now - seconds:
            past.popleft()
        if len(past) >= count:
            return False
        past.append(now)
        return True
