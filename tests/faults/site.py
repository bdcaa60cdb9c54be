"""A Muster that is started and killed at will, and what stands in its database."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Executable, select

from storage.rows import table_of
from storage.tables import Inbox, Outbox, Timer
from tests.faults.child import AHEAD, LEASE
from tests.faults.databases import free_port, looking_at
from tests.faults.nursery import Nursery

KILLED = -signal.SIGKILL
_inbox = table_of(Inbox)
_outbox = table_of(Outbox)
_timer = table_of(Timer)
#: What may still come by itself within this time is waited for.
_SOON = timedelta(seconds=90)


async def until(
    condition: Callable[[], object],
    within: float = 60.0,
    *,
    of: str = "",
    but: Callable[[], str] = str,
) -> float:
    """Wait until `condition` holds; how many seconds that took.

    AssertionError if it never does: what was waited `of`, and what there is instead (`but`).
    """
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > within:
            raise AssertionError(f"not within {within} s: {of or condition} {but()}")
        await asyncio.sleep(0.02)
    return time.monotonic() - began


@dataclass
class Site:
    """One home of Muster; the processes that follow each other there share its port."""

    home: Path
    url: str
    nursery: Nursery
    settings: Mapping[str, str] = field(default_factory=dict)
    #: Seconds of a lease; 0: as in production.
    lease: float = 0.0
    #: Seconds that its clock is ahead of this machine's.
    ahead: float = 0.0
    port: int = field(default_factory=free_port)
    pid: int = 0

    def __post_init__(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        self.database = looking_at(self.url)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def now(self) -> datetime:
        """By its own clock."""
        return datetime.now(UTC) + timedelta(seconds=self.ahead)  # noqa: TID251  a test's edge

    def start(self, kill_at: str = "") -> None:
        """Start a process, which dies at `kill_at` if it gets there."""
        env = {
            "MUSTER_HOME": str(self.home),
            "MUSTER_PORT": str(self.port),
            "MUSTER_DATABASE_URL": self.url,
            "MUSTER_KILL_AT": kill_at,
            "MUSTER_LOG_FORMAT": "json",
            AHEAD: str(self.ahead),
            LEASE: str(self.lease),
            **self.settings,
        }
        self.pid = self.nursery.start("run", env=env, log=self.home / "log")

    async def up(self, within: float = 60.0) -> None:
        """Wait until it serves; or has died trying, as it may of what another has left."""
        end = time.monotonic() + within
        while not self.has_ended() and not await asyncio.to_thread(self._is_ready):
            assert time.monotonic() < end, f"never ready: {self.last_words()}"
            await asyncio.sleep(0.02)

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/readyz", timeout=5) as answer:  # noqa: S310  always http
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def has_ended(self) -> bool:
        return self.nursery.wait(self.pid, 0) is not None

    @property
    def ended_at(self) -> float:
        """When the process ended that ran last, by time.monotonic()."""
        return self.nursery.ended_at[self.pid]

    async def ended(self) -> int | None:
        """Its exit status, once it has ended."""
        return await asyncio.to_thread(self.nursery.wait, self.pid, 30)

    async def kill(self) -> None:
        """End a process that may be alive, in the middle of whatever it does."""
        if not self.pid:
            return
        if not self.has_ended():
            with contextlib.suppress(ProcessLookupError):  # it has just died of itself
                os.kill(self.pid, signal.SIGKILL)
        assert await self.ended() is not None, "it does not die"

    def last_words(self) -> str:
        """The end of its log."""
        file = self.home / "log"
        return file.read_text(encoding="utf-8")[-3000:] if file.exists() else ""

    # What stands in the database.

    def rows(self, query: Executable) -> list[Any]:
        with self.database.connect() as conn:
            return list(conn.execute(query).all())

    def count(self, query: Executable) -> int:
        return int(self.rows(query)[0][0])

    def claimed(self) -> dict[int, int]:
        """The effects that somebody has in hand, with how often each was claimed."""
        query = select(_outbox.c.id, _outbox.c.attempts).where(_outbox.c.state == "claimed")
        return dict(self.rows(query))

    def is_resumed(self, work: Mapping[int, int]) -> bool:
        """Whether what was in hand once has been taken up by somebody else, or is done."""
        query = select(_outbox.c.id, _outbox.c.attempts, _outbox.c.state).where(
            _outbox.c.id.in_(work)
        )
        return all(
            state in {"done", "failed"} or attempts > work[row]
            for row, attempts, state in self.rows(query)
        )

    def is_quiet(self) -> bool:
        """Whether nothing is on its way, and nothing will be for a while."""
        return not self.on_its_way()

    def on_its_way(self) -> str:
        """What is noted and not done, effects that have not left, timers that are due; or ""."""
        effects = (
            select(_outbox.c.id, _outbox.c.lane, _outbox.c.state, _outbox.c.attempts)
            .where(_outbox.c.state.in_(("waiting", "claimed")))
            .where(_outbox.c.due_at <= self.now + _SOON)
            .order_by(_outbox.c.id)
            .limit(10)
        )
        noted = (
            select(_inbox.c.id, _inbox.c.delivery).where(_inbox.c.waiting.is_not(None)).limit(10)
        )
        timers = select(_timer.c.key, _timer.c.due_at).where(_timer.c.due_at <= self.now).limit(10)
        with self.database.connect() as conn:
            found = [
                each for query in (noted, effects, timers) for each in conn.execute(query).all()
            ]
        return ", ".join(str(tuple(each)) for each in found)
