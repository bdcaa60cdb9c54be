"""Choosing one of several replicas, by leases: who holds a platform's connection.

Whoever is chosen says so again every `BEAT` seconds. When they no longer can, they begin to stop
before their lease is over, by their own clock. The others look every `LOOK` seconds, and at once
when they are told that it is free.
"""

from __future__ import annotations

import asyncio
import contextlib
import time

import structlog

from bot.core.errors import Unavailable
from bot.core.replicas import Waits, Work
from storage.leases import Leases

log = structlog.get_logger(__name__)
#: Seconds that a lease lasts, between renewals, between looks of those who wait. A holder that is
#: killed is replaced within LEASE + LOOK; design.md has room for 10.
LEASE = 5.0
BEAT = 1.0
LOOK = 0.5
#: Seconds before its end at which a holder that could not renew it stops.
_MARGIN = 0.5
#: Seconds to tell the others that it is free.
_LEAVING = 1.0


class LeaseElection:
    """As `Election`, among the replicas on one PostgreSQL."""

    def __init__(self, leases: Leases) -> None:
        self._leases = leases
        self._waiting: set[asyncio.Event] = set()
        #: What this replica is chosen for.
        self.holds: set[str] = set()

    def wake(self) -> None:
        """Something may be free."""
        for each in self._waiting:
            each.set()

    async def hold(self, what: str, work: Work, waits: Waits) -> None:
        """As `Election`."""
        try:
            while True:
                waits(True)  # noqa: FBT003  what it is told is the word itself
                end = await self._chosen(what)
                waits(False)  # noqa: FBT003  as above
                log.info("replicas.chosen", what=what)
                self.holds.add(what)
                if await self._working(what, end, work):
                    return
                await self._leave(what)
        finally:
            await self._leave(what)

    async def _leave(self, what: str) -> None:
        self.holds.discard(what)
        with contextlib.suppress(Unavailable, TimeoutError):  # then it ends by itself
            async with asyncio.timeout(_LEAVING):
                await self._leases.leave(what)

    async def _chosen(self, what: str) -> float:
        """Wait until this replica is chosen; the end of its lease, on the monotonic clock."""
        called = asyncio.Event()
        self._waiting.add(called)
        try:
            while True:
                called.clear()
                started = time.monotonic()
                with contextlib.suppress(Unavailable):  # and tried again
                    if await self._leases.take(what, LEASE):
                        return started + LEASE
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(called.wait(), LOOK)
        finally:
            self._waiting.discard(called)

    async def _working(self, what: str, end: float, work: Work) -> bool:
        """Work until the lease is lost; True if the work ended by itself."""
        task = asyncio.ensure_future(work())
        try:
            while not (await asyncio.wait([task], timeout=BEAT))[0]:
                renewed = await self._renewed(what, end)
                if renewed is None:
                    log.warning("replicas.no_longer_chosen", what=what)
                    return False
                end = renewed
            task.result()
            return True
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _renewed(self, what: str, end: float) -> float | None:
        """The new end of a lease; the old one while nobody knows; None when it is lost."""
        started = time.monotonic()
        left = end - _MARGIN - started
        try:
            async with asyncio.timeout(max(0.0, min(left, BEAT))):
                is_mine = await self._leases.take(what, LEASE)
        except (Unavailable, TimeoutError):
            return end if time.monotonic() < end - _MARGIN - BEAT else None
        return started + LEASE if is_mine else None
