"""Deliveries that were noted and acknowledged by a process that ended before it carried them out.

They are given back to the adapter of their platform, which reads them again. Whatever comes of a
delivery is committed with the end of its note, so that two processes that find the same one do it
once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import structlog

from bot.core.clock import Clock
from bot.core.errors import Unavailable
from bot.core.platform import Adapter, ResumesDeliveries
from storage import inbox
from storage.db import Database

log = structlog.get_logger(__name__)
#: A delivery that was noted longer ago is nobody's any more: a backlog is a matter of seconds.
FORGOTTEN = timedelta(seconds=15)
#: Seconds between looks.
LOOK = 5.0


class Leftovers:
    """Looks after what was left."""

    def __init__(self, db: Database, adapters: Mapping[str, Adapter], clock: Clock) -> None:
        #: Where no other process works, all that is there at the start is left over.
        self._patience = timedelta() if db.is_exclusive else FORGOTTEN
        self._db = db
        self._clock = clock
        self._adapters = {
            name: adapter
            for name, adapter in adapters.items()
            if isinstance(adapter, ResumesDeliveries)
        }

    async def run(self) -> None:
        """Look, now and again, until cancelled."""
        while self._adapters:
            try:
                await self.resume(self._patience)
                self._patience = FORGOTTEN
            except Unavailable:
                log.warning("leftovers.database_away")
            except Exception:
                log.exception("leftovers.failed")  # nothing may end it but the end of the process
            await asyncio.sleep(LOOK)
        await asyncio.Event().wait()  # nothing is ever left, but this is expected not to end

    async def resume(self, patience: timedelta = FORGOTTEN) -> int:
        """Have everything carried out that was noted longer ago; how much that was."""
        before = self._clock.now() - patience
        platforms = tuple(self._adapters)
        found = await self._db.read(lambda conn: inbox.noted_before(conn, platforms, before))
        for each in found:
            log.info("leftovers.resumed", platform=each.platform)
            await self._adapters[each.platform].resume(each.workspace, each.waiting)
        return len(found)
