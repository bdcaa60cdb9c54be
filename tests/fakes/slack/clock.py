"""The fake's own time: the computer's, until a test moves it."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime


class SlackClock:
    """Seconds since 1970 that can be moved forwards, and stopped."""

    def __init__(self) -> None:
        self._shift = 0.0
        self._frozen: float | None = None
        self._moved: set[asyncio.Event] = set()

    def now(self) -> float:
        if self._frozen is not None:
            return self._frozen
        return time.time() + self._shift  # noqa: TID251  the fake's own clock starts here

    def when(self) -> datetime:
        """Now, as an aware datetime in UTC."""
        return datetime.fromtimestamp(self.now(), UTC)

    def advance(self, seconds: float) -> None:
        """Move forwards; whatever waits for that moment happens."""
        assert seconds >= 0, "a clock does not go back"
        if self._frozen is not None:
            self._frozen += seconds
        else:
            self._shift += seconds
        self._wake()

    def set(self, at: datetime) -> None:
        """Move forwards to an aware datetime."""
        self.advance(at.timestamp() - self.now())

    def freeze(self, at: datetime | None = None) -> None:
        """Stand still, at a moment if one is named."""
        self._frozen = at.timestamp() if at else self.now()
        self._wake()

    async def sleep(self, seconds: float) -> None:
        """Return when this clock has come that far, by itself or because it was moved."""
        until = self.now() + seconds
        moved = asyncio.Event()
        self._moved.add(moved)
        try:
            while (left := until - self.now()) > 0:
                moved.clear()
                try:
                    async with asyncio.timeout(None if self._frozen is not None else left):
                        await moved.wait()
                except TimeoutError:
                    continue
        finally:
            self._moved.discard(moved)

    def _wake(self) -> None:
        for moved in self._moved:
            moved.set()
