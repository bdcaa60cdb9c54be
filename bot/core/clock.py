"""The only place that reads a clock; everything else is told the time as an argument."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Says what time it is: an aware datetime in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The computer's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251  this is the edge


class MovableClock:
    """A clock that people can move, for the playground and for tests.

    Running (`frozen=False`) it ticks with the computer's clock, `shift` ahead of it; frozen it
    stands still until it is moved. It never goes back.
    """

    def __init__(self, at: datetime | None = None, *, frozen: bool = False) -> None:
        real = SystemClock().now()
        self._frozen_at = (at or real) if frozen else None
        self._shift = (at - real) if at else timedelta()

    def now(self) -> datetime:
        return self._frozen_at or SystemClock().now() + self._shift

    def move_to(self, at: datetime) -> None:
        """Go to `at` (aware); ValueError if that is in the past."""
        now = self.now()
        if at < now:
            message = f"a clock does not go back, from {now} to {at}"
            raise ValueError(message)
        if self._frozen_at is not None:
            self._frozen_at = at.astimezone(UTC)
        else:
            self._shift += at - now
