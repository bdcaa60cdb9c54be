"""What several replicas of Muster have to agree about, as adapters see it.

A process that is alone has nobody to agree with: `Alone` and `Unlimited` are for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

Work = Callable[[], Awaitable[None]]
Waits = Callable[[bool], None]


class Election(Protocol):
    """Chooses the one replica that does what only one may do."""

    async def hold(self, what: str, work: Work, waits: Waits) -> None:
        """Do `work` while this replica is chosen for `what`, again and again, until cancelled.

        `work` is cancelled when another one may have been chosen. `waits` is told True when this
        replica begins to wait for being chosen, and False when it is. Ends when `work` does.
        """


class Alone:
    """The only replica there is: it is always chosen."""

    async def hold(self, what: str, work: Work, waits: Waits) -> None:  # noqa: ARG002  as above
        """As `Election`."""
        await work()


class NeverChosen:
    """Leaves it to other replicas."""

    async def hold(self, what: str, work: Work, waits: Waits) -> None:  # noqa: ARG002  as above
        """As `Election`."""
        waits(True)  # noqa: FBT003  what it is told is the word itself
        await asyncio.Event().wait()


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `calls` within any `seconds`, for what `key` names."""

    key: str
    calls: int
    seconds: float


class Quotas(Protocol):
    """A platform's limits, kept for the sum of all replicas. `place` is whose they are."""

    async def take(self, place: str, limits: Sequence[Limit]) -> float:
        """Take one call under all of `limits`, to be made at once: 0.0.

        Or take none, and say in how many seconds it is worth asking again. Raises nothing: where
        nothing can be agreed upon, a replica keeps the limits by itself.
        """

    async def pause(self, place: str, keys: Sequence[str], seconds: float) -> None:
        """Nobody calls under these limits for so long: the platform asked for it."""


class Unlimited:
    """What one process keeps by itself need not be agreed upon."""

    async def take(self, place: str, limits: Sequence[Limit]) -> float:  # noqa: ARG002  as above
        """As `Quotas`."""
        return 0.0

    async def pause(self, place: str, keys: Sequence[str], seconds: float) -> None:
        """As `Quotas`."""
