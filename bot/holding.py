"""Claims on effects: kept for as long as the work takes, and given back by who cannot finish it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import structlog
from sqlalchemy import Connection

from bot.core.clock import Clock
from bot.core.errors import Unavailable
from storage import outbox
from storage.db import Database
from storage.notices import announce
from storage.outbox import Claim

log = structlog.get_logger(__name__)
#: Seconds after which the lease of an effect still in hand is extended, and again.
HOLD = outbox.LEASE.total_seconds() / 3
#: Seconds between tries to tell a database that was away that an effect is nobody's any more.
PAUSE = 1.0


class Holding:
    """The claims of one worker."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def during(self, claim: Claim, work: Coroutine[Any, Any, None]) -> None:
        """Do `work` on a claimed effect, and keep the claim for as long as that takes.

        One that another worker has by now is let go: what has not left yet must not leave twice.
        """
        working = asyncio.create_task(work)
        try:
            while not (await asyncio.wait([working], timeout=HOLD))[0]:
                if not await self._keep(claim):
                    log.warning("effect.taken_over", effect=claim.id)
                    return
            await working
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)

    async def _keep(self, claim: Claim) -> bool:
        """Hold on to a claim; False if another worker has it, or it was closed."""
        until = self._clock.now() + outbox.LEASE

        def extend(conn: Connection) -> bool:
            return outbox.extend(conn, claim.id, attempts=claim.attempts, until=until)

        try:
            return await self._db.write(extend)
        except Unavailable:  # the lease in hand may still be enough
            return True

    async def let_go(self, claim: Claim, *, unless: Callable[[], bool]) -> None:
        """Give a claim back once the database takes that: nobody waits for the end of its lease.

        What became of it could not be recorded, so whoever has it next looks for that first. Not
        tried any more once the worker stops, which gives back what is left.
        """
        end = asyncio.get_running_loop().time() + outbox.LEASE.total_seconds()
        while not unless() and asyncio.get_running_loop().time() < end:
            await asyncio.sleep(PAUSE)
            with contextlib.suppress(Unavailable):
                await self._free([claim])
                return

    async def give_back(self, claims: Sequence[Claim]) -> None:
        """Leave what was begun to whoever works on, and tell them."""
        with contextlib.suppress(Unavailable):  # then their leases end by themselves
            await self._free(claims)

    async def _free(self, claims: Sequence[Claim]) -> None:
        now = self._clock.now()

        def free(conn: Connection) -> None:
            for claim in claims:
                outbox.extend(conn, claim.id, attempts=claim.attempts, until=now)
            announce(conn)

        await self._db.write(free)
