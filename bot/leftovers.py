"""Deliveries that were noted and acknowledged by a process that ended before it carried them out.

They are given back to the adapter of their platform, which reads them again. Whatever comes of a
delivery is committed with the end of its note, so that two processes that find the same one do it
once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog

from bot.core.clock import Clock
from bot.core.errors import Unavailable
from bot.core.platform import Adapter, ResumesDeliveries
from bot.metrics import Metrics
from storage import inbox
from storage.db import Database

log = structlog.get_logger(__name__)
#: A delivery that was noted longer ago is nobody's any more: a backlog is a matter of seconds.
FORGOTTEN = timedelta(seconds=15)
#: Seconds between looks.
LOOK = 5.0
#: Seconds before the second, third, … try of one that could not be carried out.
BACKOFF = (5, 15, 30, 60, 300)
#: Tries after which it is no passing trouble, and the log says so each time.
_SAID_FROM = 3
#: Between looks for what nobody could carry out at all.
CLEARING = timedelta(hours=1)
#: Of those that are put off, so many at the most are read past.
_MOST_READ, _AT_ONCE = 5000, 500


class Leftovers:
    """Looks after what was left."""

    def __init__(
        self,
        db: Database,
        adapters: Mapping[str, Adapter],
        clock: Clock,
        metrics: Metrics | None = None,
    ) -> None:
        #: Where no other process works, all that is there at the start is left over.
        self._patience = timedelta() if db.is_exclusive else FORGOTTEN
        self._db = db
        self._clock = clock
        self._adapters = {
            name: adapter
            for name, adapter in adapters.items()
            if isinstance(adapter, ResumesDeliveries)
        }
        self._metrics = metrics
        #: What was tried, how often, and when it is tried next.
        self._tried: dict[tuple[str, str, str], tuple[int, datetime]] = {}
        self._cleared_at: datetime | None = None

    async def run(self) -> None:
        """Look, now and again, until cancelled."""
        while True:
            try:
                if self._adapters:
                    await self.resume(self._patience)
                self._patience = FORGOTTEN
                await self.give_up()
            except Unavailable:
                log.warning("leftovers.database_away")
            except Exception:
                log.exception("leftovers.failed")  # nothing may end it but the end of the process
            await asyncio.sleep(LOOK if self._adapters else CLEARING.total_seconds())

    async def resume(self, patience: timedelta = FORGOTTEN) -> int:
        """Have everything carried out that was noted longer ago; how much that was.

        What cannot be now is tried again later, and later each time.
        """
        now = self._clock.now()
        platforms = tuple(self._adapters)
        most = min(_MOST_READ, _AT_ONCE + len(self._tried))
        found = await self._db.read(
            lambda conn: inbox.noted_before(conn, platforms, now - patience, at_most=most)
        )
        known = {each[:3] for each in found}
        self._tried = {key: tried for key, tried in self._tried.items() if key in known}
        due = [each for each in found if self._tried.get(each[:3], (0, now))[1] <= now]
        for each in due:
            tries = self._tried.get(each[:3], (0, now))[0] + 1
            wait = BACKOFF[min(tries, len(BACKOFF)) - 1]
            self._tried[each[:3]] = tries, now + timedelta(seconds=wait)
            if tries < _SAID_FROM:
                log.info("leftovers.resumed", platform=each.platform)
            else:
                since = each.at.isoformat()
                log.warning("leftovers.stuck", platform=each.platform, tries=tries, since=since)
            await self._adapters[each.platform].resume(each.workspace, each.waiting)
        return len(due)

    async def give_up(self) -> None:
        """Once an hour, say what was acknowledged days ago and never done: it will not be now."""
        now = self._clock.now()
        if self._cleared_at is not None and now - self._cleared_at < CLEARING:
            return
        for platform, count in (
            await self._db.write(lambda conn: inbox.give_up_old(conn, now))
        ).items():
            log.error("leftovers.given_up", platform=platform, deliveries=count)
            if self._metrics is not None:
                self._metrics.deliveries.labels(platform, "failed").inc(count)
        self._cleared_at = now
