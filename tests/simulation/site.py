"""The processes of Muster: put together by the production bootstrap, killed at any instant.

Of what the bootstrap makes three things are replaced: the database is a part of the shared store,
the platforms are the simulated ones, and the alarm clock goes by the simulated time.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from unittest import mock

import structlog
from sqlalchemy import Connection

from bot import bootstrap, worker
from bot.bootstrap import Muster
from bot.core.errors import Unavailable
from bot.core.platform import Answer, Incoming
from bot.settings import Settings
from storage import migrate, timers
from tests.simulation.clock import Alarm, Clock
from tests.simulation.fate import Fate
from tests.simulation.loop import OWNER, SimulatedLoop
from tests.simulation.store import NOTES, Database, Store
from tests.simulation.town import Town
from tests.simulation.wire import Keyed, adapter

#: Seconds between looks that nothing has caused. In production 5; here the alarm is not missed,
#: and a second process looks when it next has something to do.
_POLL = 12 * 3600.0
_registry = cache(bootstrap.registry)


class Process:
    """One process of Muster."""

    def __init__(self, number: int, muster: Muster, database: Database) -> None:
        self.number = number
        self.muster = muster
        self.database = database
        #: Where tasks run that are this process's.
        self.context: Any = None

    @property
    def is_dead(self) -> bool:
        return self.database.is_dead

    @property
    def is_listening(self) -> bool:
        """Whether it has begun to take in what comes."""
        found = [each for each in self.muster.adapters.values() if isinstance(each, Keyed)]
        return all(each.handle is not None for each in found)

    def handle(self, incoming: Incoming) -> asyncio.Task[Answer]:
        """What its adapter does with a delivery; the task is the process's, and dies with it."""
        found = self.muster.adapters[incoming.platform]
        assert isinstance(found, Keyed)
        assert found.handle is not None, "it has not started"
        token = OWNER.set(self)
        try:
            return asyncio.create_task(found.handle(incoming))  # type: ignore[arg-type]  # a coroutine
        finally:
            OWNER.reset(token)


class Site:
    """The machine that they run on."""

    def __init__(
        self, store: Store, clock: Clock, towns: list[Town], fate: Fate, say: Callable[[str], None]
    ) -> None:
        self._store = store
        self.clock = clock
        self._towns = towns
        self._fate = fate
        self._say = say
        self.processes: list[Process] = []
        self.has_replicas = False
        self.started = 0

    async def start(self) -> None:
        """A new process, which takes what comes from when on this returns."""
        self.started += 1
        database = Database(self._store, is_exclusive=not self.has_replicas)
        adapters = {town.name: adapter(town, self.clock, self._fate) for town in self._towns}
        settings = Settings.without_file(database_url="sqlite://", playground="off")
        with (
            mock.patch.object(bootstrap, "open_database", return_value=database),
            mock.patch.object(bootstrap, "platforms", return_value=adapters),
            mock.patch.object(bootstrap, "registry", _registry),
            mock.patch.object(migrate, "upgrade"),
        ):
            muster = bootstrap.build(settings, clock=self.clock, alarm=lambda _: Alarm(self.clock))
        muster.auditor = None  # the judge asks what it would ask each minute
        process = Process(self.started, muster, database)
        self._say(f"process {process.number} starts")
        self.processes.append(process)
        token = OWNER.set(process)
        try:
            starting = asyncio.create_task(muster.start())
        finally:
            OWNER.reset(token)
        await asyncio.wait([starting])
        if starting.cancelled() or not isinstance(starting.exception(), Unavailable):
            return
        # The database did not take it: the process ends, and whoever looks after it starts it anew.
        await self.kill(process)
        await self.start()

    @property
    def listening(self) -> list[Process]:
        """The processes that can be reached."""
        return [each for each in self.processes if each.is_listening]

    async def kill(self, process: Process) -> None:
        """End a process as kill -9 does: it does nothing more, not even put things away."""
        if process.is_dead:
            return
        self._say(f"process {process.number} is killed")
        process.database.is_dead = True
        self.processes.remove(process)
        if process.muster.alarm is not None:
            process.muster.alarm.stop()
        loop = asyncio.get_running_loop()
        assert isinstance(loop, SimulatedLoop)
        for _ in range(20):
            left = loop.tasks_of(process)
            if not left:
                return
            for task in left:
                task.cancel()
            await asyncio.wait(left, timeout=0.001)
        message = f"tasks outlive their process: {loop.tasks_of(process)}"
        raise AssertionError(message)


def _watched(take: Callable[..., Any]) -> Callable[..., Any]:
    """`timers.take_due`, noting what it took: it is told when that is committed."""

    def take_due(conn: Connection, now: Any) -> Any:
        due = take(conn, now)
        if due is not None:
            conn.info[NOTES].append((due, now))
        return due

    return take_due


@contextmanager
def at_hand(fate: Fate, logged: Callable[[Any], None]) -> Iterator[None]:
    """While a life lasts: no chance but that of its seed, and its log is heard."""

    def hear(_: object, level: str, event: Any) -> Any:
        if level in {"error", "exception", "critical"}:
            logged(event)
        raise structlog.DropEvent

    before = structlog.get_config()
    structlog.configure(
        processors=[structlog.processors.format_exc_info, hear], cache_logger_on_first_use=False
    )
    try:
        with (
            mock.patch.object(worker, "POLL", _POLL),
            mock.patch.object(timers, "take_due", _watched(timers.take_due)),
            mock.patch.object(secrets, "token_hex", fate.token),
        ):
            yield
    finally:
        structlog.configure(**before)
