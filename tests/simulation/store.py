"""A database in memory, shared by the processes of a simulation, in their own loop.

It keeps the contract of `storage.db.Database`, and works as SQLite's writer does: what waits at the
same time is one commit, each job in a savepoint of its own. Only nothing runs beside the loop. A
process that died gets no answers any more, and what it had handed in but not committed is gone.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.pool import StaticPool

from bot.core.errors import Unavailable
from storage import prepared
from storage.jobs import Job, result
from storage.rows import KEPT
from storage.sqlite import prepare, read_only
from tests import schema
from tests.simulation.fate import Fate

T = TypeVar("T")
#: Where a transaction notes what happened in it, for whom it is to be told if it is committed.
NOTES = "simulation.notes"
_GROUP = 64


@dataclass(eq=False)
class _Ticket:
    job: Job[Any]
    future: asyncio.Future[Any]
    owner: Database
    result: Any = None
    error: BaseException | None = None
    notes: list[Any] = field(default_factory=list)


class Store:
    """The one database."""

    def __init__(self, fate: Fate) -> None:
        self._fate = fate
        #: Called with each note of what was committed, in order.
        self.told: Callable[[Any], None] = lambda _: None
        self._waiting: list[_Ticket] = []
        self._is_asked = False
        self.commits = 0
        self.engine = create_engine(
            "sqlite://",
            connect_args={"check_same_thread": False, "cached_statements": 2000},
            hide_parameters=True,
            poolclass=StaticPool,
        )
        event.listen(self.engine, "connect", prepare)
        schema.upgrade(self.engine)
        self._connection = self.engine.connect()
        driver = cast("sqlite3.Connection", self._connection.connection.dbapi_connection)
        driver.execute("INSERT OR REPLACE INTO meta VALUES ('instance', 'sim')")
        driver.execute("PRAGMA synchronous=OFF")

    def close(self) -> None:
        self._connection.close()
        self.engine.dispose()

    def hand_in(self, ticket: _Ticket) -> None:
        """It will be in the next commit but for a moment's wait."""
        self._waiting.append(ticket)
        if not self._is_asked:
            self._is_asked = True
            wait = self._fate.delay(0.0002, 0.02)
            asyncio.get_running_loop().call_later(wait, self._commit)

    def read(self, job: Job[T]) -> T:
        """For the judge: look at what is committed, at once."""
        conn = self._connection
        conn.exec_driver_sql("BEGIN")
        try:
            return read_only(conn, job)
        finally:
            conn.exec_driver_sql("ROLLBACK")

    def _commit(self) -> None:
        self._is_asked = False
        group, self._waiting = self._waiting[:_GROUP], self._waiting[_GROUP:]
        group = [ticket for ticket in group if not ticket.owner.is_dead]
        if self._waiting:
            self._is_asked = True
            asyncio.get_running_loop().call_soon(self._commit)
        if not group:
            return
        conn = self._connection
        conn.exec_driver_sql("BEGIN IMMEDIATE")
        conn.info[KEPT] = {}
        for ticket in group:
            self._run(conn, ticket)
        del conn.info[KEPT]
        if self._fate.strikes("database"):
            conn.exec_driver_sql("ROLLBACK")
            for ticket in group:
                ticket.error, ticket.notes = Unavailable("the disk is full"), []
        else:
            conn.exec_driver_sql("COMMIT")
            self.commits += 1
        for ticket in group:
            for note in ticket.notes:
                self.told(note)
            wait = self._fate.delay(0.0001, 0.01)
            asyncio.get_running_loop().call_later(wait, _answer, ticket)

    @staticmethod
    def _run(conn: Connection, ticket: _Ticket) -> None:
        conn.info[NOTES] = ticket.notes
        prepared.say(conn, "SAVEPOINT job")
        try:
            ticket.result = result(conn, ticket.job)
        except Exception as error:  # noqa: BLE001  whatever it is, it belongs to the one who asked
            prepared.say(conn, "ROLLBACK TO job")
            conn.info[KEPT].clear()
            ticket.error = error
            ticket.notes.clear()
        prepared.say(conn, "RELEASE job")


def _answer(ticket: _Ticket) -> None:
    if ticket.owner.is_dead or ticket.future.done():
        return
    if ticket.error is not None:
        ticket.future.set_exception(ticket.error)
    else:
        ticket.future.set_result(ticket.result)


class Database:
    """What a process has of the store; as `storage.db.Database`."""

    def __init__(self, store: Store, *, is_exclusive: bool) -> None:
        self._store = store
        self.engine = store.engine
        self.is_exclusive = is_exclusive
        self.is_dead = False

    def hold(self) -> None:
        """Whoever lives in the simulation is alone, or one of several."""

    async def write(self, job: Job[T]) -> T:
        ticket = _Ticket(job, asyncio.get_running_loop().create_future(), self)
        if not self.is_dead:
            self._store.hand_in(ticket)
        done: T = await ticket.future
        return done

    async def read(self, job: Job[T]) -> T:
        return await self.write(lambda conn: read_only(conn, job))

    async def close(self) -> None:
        self.is_dead = True
