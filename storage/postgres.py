"""PostgreSQL, written by a few threads with a connection each."""

from __future__ import annotations

import asyncio
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, InterfaceError, InvalidatePoolError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from bot.core.errors import Unavailable
from storage import notices
from storage.jobs import CLOSED, PATIENCE, Job, T, result
from storage.watch import Nobody, Watch

if TYPE_CHECKING:
    import psycopg
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

#: Seconds that a job waits for a connection to PostgreSQL: no platform waits longer for an answer.
TURN = 3.0
#: Seconds for which a connection that answered is taken to be there still: HikariCP's default.
TRUSTED = 0.5
#: What libpq is told about a network that goes away without a word (seconds; milliseconds): give up
#: what is not acknowledged, ask after a connection that is silent, and try the next one soon. Once
#: it is back, Muster is, too. An address of one's own may say otherwise.
_NETWORK = {
    "connect_timeout": "2",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "2",
    "tcp_user_timeout": "3000",
}
_RETRIED = {"40001", "40P01"}  # PostgreSQL: serialization failure, deadlock detected
#: PostgreSQL's troubles: lost connection, want of resources, shutdown, system, corruption; and
#: that it is read-only (a standby, say), and a lock that was not given in time.
_AWAY_CLASSES = {"08", "53", "57", "58", "XX"}
_AWAY = {"25006", "55P03"}


class PostgresDatabase:
    """PostgreSQL, written by a few threads with a connection each."""

    is_exclusive = False

    def __init__(self, url: URL, *, threads: int = 8) -> None:
        given = {**_NETWORK, **url.query}
        self.engine = create_engine(
            url.set(query=given),
            pool_size=threads,
            max_overflow=0,
            hide_parameters=True,
        )
        event.listen(self.engine, "connect", _prepare_postgres)
        event.listen(self.engine, "checkin", _answered)
        event.listen(self.engine, "checkout", self._still_there)
        self.watch: Watch = Nobody()
        self._snapshots = self.engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        #: Who this is among the replicas.
        self.name = secrets.token_hex(6)
        self.teller = notices.Teller(self.name, self.write)
        self._closed = False
        #: When a connection was last found lost, by `time.monotonic`.
        self._lost_at = 0.0
        self._pool = ThreadPoolExecutor(threads, "muster-db")

    def _still_there(
        self, connection: DBAPIConnection, record: ConnectionPoolEntry, _: object
    ) -> None:
        """Ask a connection whether it is there, unless it answered only just now.

        To ask each time, as `pool_pre_ping` does, is one round trip of twelve for a note. The job
        whose connection was lost since then is refused; after it all are asked again.
        """
        answered = record.info["answered"]
        if answered > self._lost_at and time.monotonic() - answered < TRUSTED:
            return
        try:
            self.engine.dialect.do_ping(connection)
        except self.engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error

    def hold(self) -> None:
        """It is for as many as there are."""

    async def write(self, job: Job[T]) -> T:
        done, told = await self._in_thread(self.engine, self._telling(job), _AWAY)
        self.teller.committed(told)
        return done

    def _telling(self, job: Job[T]) -> Job[tuple[T, bool | None]]:
        """A job that lets the other replicas know if it leaves something to do."""

        def tell(conn: Connection) -> tuple[T, bool | None]:
            self.teller.begin(conn)
            done = result(conn, job)
            _must_be_whole(conn)
            return done, self.teller.tell(conn)

        return tell

    async def read(self, job: Job[T]) -> T:
        return await self._in_thread(self._snapshots, job, _AWAY - {"25006"})

    async def _in_thread(self, engine: Engine, job: Job[T], away: set[str]) -> T:
        if self._closed:
            raise Unavailable(CLOSED)
        loop = asyncio.get_running_loop()
        asked = time.perf_counter()
        return await loop.run_in_executor(self._pool, self._run_in_time, engine, job, away, asked)

    def _run_in_time(self, engine: Engine, job: Job[T], away: set[str], asked: float) -> T:
        """Run it, unless it has waited for its turn for so long that nobody waits for it any more.

        So whoever asks when a database that hung is back need not wait for all who asked before.
        """
        waited = time.perf_counter() - asked
        self.watch.queued(waited)
        if waited > TURN:
            message = "all connections to the database were in use for too long"
            raise Unavailable(message)
        return self._run(engine, job, away)

    def _run(self, engine: Engine, job: Job[T], away: set[str], tries: int = 5) -> T:
        try:
            with engine.connect() as conn:
                with conn.begin():
                    done = result(conn, job)
                    _must_be_whole(conn)
                    worked = time.perf_counter()
                if engine is self.engine:
                    self.watch.committed(time.perf_counter() - worked)
                return done
        except NoConnectionFree as error:
            raise Unavailable(str(error)) from error
        except DBAPIError as error:
            state = getattr(error.orig, "sqlstate", None)
            if state in _RETRIED and tries > 1:
                self.watch.retried()
                return self._run(engine, job, away, tries - 1)
            if state in _RETRIED or _is_away(error, state, away):
                self._lost_at = time.monotonic()
                raise Unavailable(str(error)) from error
            raise

    async def close(self) -> None:
        await self.teller.close()
        self._closed = True
        await asyncio.to_thread(self._pool.shutdown)
        self.engine.dispose()


def _prepare_postgres(connection: psycopg.Connection[Any], record: ConnectionPoolEntry) -> None:
    connection.execute(f"SET lock_timeout = {int(PATIENCE * 1000)}")
    connection.commit()
    _answered(connection, record)


def _answered(_: object, record: ConnectionPoolEntry) -> None:
    """A connection has just done something; `info` is emptied when it is lost."""
    record.info["answered"] = time.monotonic()


def _must_be_whole(conn: Connection) -> None:
    """After an error that a job has swallowed, PostgreSQL would make of the commit a rollback."""
    driver = cast("psycopg.Connection[Any]", conn.connection.driver_connection)
    if driver.info.transaction_status.name == "INERROR":
        message = "a job went on after the database had refused a statement"
        raise RuntimeError(message)


def _is_away(error: DBAPIError, state: str | None, away: set[str]) -> bool:
    """Whether it is PostgreSQL that fails, and not what was asked of it."""
    if state is None:  # not from the server, but about the way to it, or about a value
        lost = isinstance(error, OperationalError | InterfaceError)
        return error.connection_invalidated or lost
    return state[:2] in _AWAY_CLASSES or state in away
