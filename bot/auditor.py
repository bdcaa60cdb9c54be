"""The auditor: looks each minute whether what should have happened has, and says so if not.

It asks the database and not the worker, and has no timer there: so it also notices that timers do
not fire, and in every role that no worker runs. Outside, an alarm can wait for its heartbeat: it
comes each minute in which all is well.
"""

from __future__ import annotations

import asyncio
import functools
import http.client
import urllib.error
import urllib.request
from collections.abc import Collection
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection, select

from bot.core.clock import Clock
from bot.core.errors import Unavailable
from bot.delivery import NOT_SET_UP
from bot.dispatch import Door
from bot.features.escalation import queries
from bot.features.escalation.home import GRACE
from bot.features.escalation.steps import Audit
from storage import outbox
from storage.rows import Rows, table_of
from storage.tables import Workspace

log = structlog.get_logger(__name__)
#: Seconds between looks.
EVERY = 60.0
#: What waits for longer, and that nobody has tried, is nobody's.
UNTRIED = timedelta(minutes=5)
#: Between looks for that.
EXPLAINED = timedelta(hours=1)
#: Seconds that the alarm outside may take to answer.
_PATIENCE = 10
#: More late ones are not counted: it is bad enough.
_MOST = 1000

_workspaces = table_of(Workspace)
_present = select(_workspaces).where(_workspaces.c.left_at.is_(None))


class Auditor:
    """Looks at the climbs of every workspace."""

    def __init__(
        self,
        door: Door,
        clock: Clock,
        heartbeat: str = "",
        *,
        works: bool = True,
        platforms: Collection[str] | None = None,
    ) -> None:
        """`works`: in a process that also does what is due. Another only looks, and says so.

        `platforms` are those that are set up; None: that is not looked at.
        """
        self._door = door
        self._clock = clock
        self._heartbeat = heartbeat if works else ""
        self._works = works
        self._platforms = platforms if works else None
        self._explained_at: datetime | None = None

    async def run(self) -> None:
        """Look each minute, until cancelled. Nothing else ends it."""
        while True:
            await asyncio.sleep(EVERY)
            try:
                await self.look()
            except Unavailable:
                log.warning("auditor.database_away")
            except Exception:
                log.exception("auditor.failed")  # as the worker: nothing may end it

    async def look(self) -> int:
        """How many climbs are late. If any is, it is said, and they are set going again.

        Who does not work leaves that, and the heartbeat, to those who do: they may all be gone.
        """
        now = self._clock.now()
        await self._explain(now)
        late = await self._door.db.read(lambda conn: _late(conn, now - GRACE))
        count = sum(late.values())
        self._door.metrics.late.set(count)
        for home in late:
            log.error("escalation.late", workspace=":".join(home), count=late[home])
            if self._works:
                await self._door.db.write(functools.partial(self._audit, home=home, now=now))
        if late:
            self._door.wake()
        elif self._heartbeat:
            await asyncio.to_thread(_beat, self._heartbeat)
        return count

    async def _explain(self, now: datetime) -> None:
        """Say, once an hour, what waits for a platform that is not set up any more, and why."""
        served, told_at = self._platforms, self._explained_at
        if served is None or (told_at is not None and now - told_at < EXPLAINED):
            return
        before = now - UNTRIED
        told = await self._door.db.write(
            lambda conn: outbox.explain_unserved(conn, served, NOT_SET_UP, before=before)
        )
        self._explained_at = now
        for platform, count in told.items():
            log.warning("outbox.not_set_up", platform=platform, effects=count)

    def _audit(self, conn: Connection, *, home: tuple[str, str], now: datetime) -> None:
        where = "-".join(home)
        key = f"{self._door.instance}-audit-{where}-{int(now.timestamp())}"
        self._door.carrier.step(conn, home, Audit(before=now - GRACE), now, key)


def _late(conn: Connection, before: datetime) -> dict[tuple[str, str], int]:
    """How many climbs of each workspace should have gone on before then."""
    rows = Rows(conn)
    found = {
        (each.platform, each.native): len(queries.late(rows, each.id, before, count=_MOST))
        for each in rows.all(Workspace, _present)
    }
    return {home: count for home, count in found.items() if count}


def _beat(url: str) -> None:
    """Ask for the address. That it does not answer is its own alarm; here it is only logged."""
    try:
        with urllib.request.urlopen(url, timeout=_PATIENCE):  # noqa: S310  the operator's own
            pass
    except (OSError, ValueError, http.client.HTTPException, urllib.error.URLError) as error:
        log.warning("auditor.no_heartbeat", why=type(error).__name__)
