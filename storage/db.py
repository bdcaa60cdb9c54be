"""The database: one engine, transactions off the event loop, one writer where SQLite wants one.

SQLite is written by one thread, which takes whatever commands are waiting into one commit (group
commit): an fsync then serves many commands, and each runs in a savepoint of its own, so that one
that is refused does not spoil the others. PostgreSQL is written by a few threads with a connection
each. Either way `write(job)` returns when the job's changes are durable, and not before.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

import structlog
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.pool import StaticPool

from bot.core.errors import Unavailable
from storage import notices, prepared
from storage.rows import KEPT
from storage.watch import Nobody, Watch

if TYPE_CHECKING:
    import psycopg

log = structlog.get_logger(__name__)
T = TypeVar("T")
Job = Callable[[Connection], T]
_CLOSED = "The database is closed."
#: Commands in one SQLite commit at the most; more would make the first one wait.
GROUP = 64
#: Seconds that a statement waits for a lock of another process.
PATIENCE = 5.0
#: Seconds that a job waits for a connection to PostgreSQL: no platform waits longer for an answer.
TURN = 3.0
#: SQLite's codes for what is wrong with a statement or its values; the others are its own troubles.
_OF_THE_JOB = {
    sqlite3.SQLITE_ERROR,
    sqlite3.SQLITE_CONSTRAINT,
    sqlite3.SQLITE_MISMATCH,
    sqlite3.SQLITE_MISUSE,
    sqlite3.SQLITE_RANGE,
    sqlite3.SQLITE_TOOBIG,
}
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


class Database(Protocol):
    """Runs jobs in transactions, off the event loop."""

    engine: Engine
    #: Whether no other process works on it at the same time.
    is_exclusive: bool
    #: Is told how long it takes.
    watch: Watch

    async def write(self, job: Job[T]) -> T:
        """Run `job` in a transaction and commit it. What it raises undoes it and is raised here.

        It may be run more than once, so it must change nothing but the database. Whoever stops
        waiting does not stop it. Unavailable: the database did not take it, nothing was changed;
        only where the connection to a PostgreSQL broke in the middle of the commit nobody can tell.
        """

    async def read(self, job: Job[T]) -> T:
        """Run `job` on a snapshot. It cannot write. Raises as `write` does."""

    async def close(self) -> None:
        """Finish what was handed in, and let go; what comes later is Unavailable."""


def open_database(url: str) -> Database:
    """The database at an SQLAlchemy URL: `sqlite:///path`, `sqlite://`, `postgresql://…`."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return SqliteDatabase(url)
    if parsed.get_backend_name() == "postgresql":
        return PostgresDatabase(parsed.set(drivername="postgresql+psycopg"))
    message = f"MUSTER_DATABASE_URL names neither SQLite nor PostgreSQL: {parsed.drivername}"
    raise ValueError(message)


def _make_private(file: str) -> None:
    """Make a database's file, if need be, for nobody else to read; SQLite's others take after it.

    Where it cannot be made, opening it will say why.
    """
    with contextlib.suppress(OSError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL, 0o600))


def _prepare_sqlite(connection: sqlite3.Connection, _: object) -> None:
    connection.isolation_level = None  # transactions begin where we say, not where sqlite3 guesses
    _use_log(connection)
    for pragma in ("synchronous=FULL", "foreign_keys=ON", f"busy_timeout={int(PATIENCE * 1000)}"):
        connection.execute(f"PRAGMA {pragma}")
    # SQLite's own knows only the letters of English; people's names have others.
    connection.create_function("lower", 1, _lower, deterministic=True)


def _use_log(connection: sqlite3.Connection) -> None:
    """Have a write-ahead log. SQLite itself does not wait while another process sees to that."""
    patience = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if _sqlite_code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > patience:
                raise
            time.sleep(0.01)
        else:
            return


def _lower(text: str | None) -> str | None:
    return text if text is None else text.lower()


class SqliteDatabase:
    """SQLite, written by one thread."""

    is_exclusive = True

    def __init__(self, url: str) -> None:
        file = make_url(url).database
        in_memory = file in {None, "", ":memory:"}
        if file and not in_memory:
            _make_private(file)
        options: dict[str, Any] = {"poolclass": StaticPool} if in_memory else {}
        self.engine = create_engine(
            url,
            connect_args={"check_same_thread": False, "timeout": PATIENCE},
            hide_parameters=True,  # what people wrote has no business in a log
            **options,
        )
        event.listen(self.engine, "connect", _prepare_sqlite)
        self.watch: Watch = Nobody()
        self._closed = False
        self._jobs: queue.SimpleQueue[_Ticket | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._write_all, name="muster-writer", daemon=True)
        # A database in memory has one connection, so its reads take their turn with the writer.
        self._readers = None if in_memory else ThreadPoolExecutor(2, "muster-reader")
        self._writer.start()

    async def write(self, job: Job[T]) -> T:
        if self._closed:
            raise Unavailable(_CLOSED)
        ticket = _Ticket(job, asyncio.get_running_loop())
        self._jobs.put(ticket)
        done: T = await ticket.future
        return done

    async def read(self, job: Job[T]) -> T:
        if self._readers is None:
            return await self.write(lambda conn: _read_only(conn, job))
        if self._closed:
            raise Unavailable(_CLOSED)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, self._read, job)

    def _read(self, job: Job[T]) -> T:
        try:
            with self.engine.connect() as conn:
                conn.exec_driver_sql("BEGIN")
                return _read_only(conn, job)
        except Exception as error:
            if _is_the_database(error):
                raise Unavailable(str(error)) from error
            raise

    async def close(self) -> None:
        self._closed = True
        self._jobs.put(None)
        await asyncio.to_thread(self._writer.join)
        if self._readers is not None:
            self._readers.shutdown()
        self.engine.dispose()

    def _write_all(self) -> None:
        while (ticket := self._jobs.get()) is not None:
            group = [ticket, *self._waiting(GROUP - 1)]
            try:
                self._write_group(group)
            except Exception as error:  # noqa: BLE001  nobody must be left waiting
                _give_back(group, error)
                _say_so(group, error)
            _deliver(group)

    def _write_group(self, group: list[_Ticket]) -> None:
        """One commit. `group` grows by what comes in meanwhile."""
        with self.engine.connect() as conn:
            asked = time.perf_counter()
            conn.exec_driver_sql("BEGIN IMMEDIATE")
            self.watch.locked(time.perf_counter() - asked)
            conn.info[KEPT] = {}
            try:
                for ticket in group:
                    self.watch.queued(time.perf_counter() - ticket.handed_in)
                    self._run_in_savepoint(conn, ticket)
                    group += self._waiting(GROUP - len(group))
                done = time.perf_counter()
                conn.exec_driver_sql("COMMIT")
                self.watch.committed(time.perf_counter() - done)
            finally:
                del conn.info[KEPT]

    def _waiting(self, at_most: int) -> list[_Ticket]:
        """The next jobs in the queue, as far as there are any."""
        found: list[_Ticket] = []
        with contextlib.suppress(queue.Empty):
            while len(found) < at_most:
                ticket = self._jobs.get_nowait()
                if ticket is None:
                    self._jobs.put(None)  # the end: nothing comes after it, so it is found again
                    break
                found.append(ticket)
        return found

    @staticmethod
    def _run_in_savepoint(conn: Connection, ticket: _Ticket) -> None:
        prepared.say(conn, "SAVEPOINT job")
        try:
            ticket.settle(result=_result(conn, ticket.job))
        except BaseException as error:  # whatever it is, it belongs to the one who asked
            if _is_the_database(error):
                raise
            prepared.say(conn, "ROLLBACK TO job")
            conn.info[KEPT].clear()
            ticket.settle(error=error)
        prepared.say(conn, "RELEASE job")


def _give_back(group: list[_Ticket], error: Exception) -> None:
    """Nothing of the group was committed."""
    for ticket in group:
        unavailable = Unavailable(str(_cause(error)))
        unavailable.__cause__ = error
        ticket.settle(error=unavailable)


def _cause(error: Exception) -> BaseException:
    """What the driver said."""
    return error.orig if isinstance(error, DBAPIError) and error.orig else error


def _say_so(group: list[_Ticket], error: Exception) -> None:
    """Log it. The writer goes on even if that fails: whatever ails the disk may ail the log."""
    cause = _cause(error)
    name = getattr(cause, "sqlite_errorname", type(cause).__name__)
    with contextlib.suppress(OSError):
        log.error("database.unavailable", error=name, commands=len(group))


def _result(conn: Connection, job: Job[T]) -> T:
    try:
        return job(conn)
    except StopIteration as error:
        message = "a job asked for the next of nothing"  # no future can carry a StopIteration
        raise RuntimeError(message) from error


def _read_only(conn: Connection, job: Job[T]) -> T:
    conn.exec_driver_sql("PRAGMA query_only=ON")
    try:
        return _result(conn, job)
    except OperationalError as error:
        if _sqlite_code(error.orig) == sqlite3.SQLITE_READONLY:
            message = "a job that was to read wants to write"
            raise TypeError(message) from error
        raise
    finally:
        conn.exec_driver_sql("PRAGMA query_only=OFF")


def _is_the_database(error: BaseException) -> bool:
    """Whether it is SQLite that fails (disk, lock, file), and not what was asked of it."""
    if isinstance(error, NoConnectionFree):
        return True
    code = _sqlite_code(error.orig if isinstance(error, DBAPIError) else error)
    return code is not None and code not in _OF_THE_JOB


def _sqlite_code(error: BaseException | None) -> int | None:
    """SQLite's primary result code; None where the error is none of SQLite's."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


class _Ticket:
    """A job in the writer's queue, and what became of it."""

    __slots__ = ("error", "future", "handed_in", "job", "loop", "result")

    def __init__(self, job: Job[Any], loop: asyncio.AbstractEventLoop) -> None:
        self.job = job
        self.loop = loop
        self.handed_in = time.perf_counter()
        self.future: asyncio.Future[Any] = loop.create_future()
        self.result: Any = None
        self.error: BaseException | None = None

    def settle(self, *, result: Any = None, error: BaseException | None = None) -> None:
        self.result, self.error = result, error

    def announce(self) -> None:
        """In the loop: tell whoever waits, unless they gave up meanwhile."""
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


def _deliver(group: list[_Ticket]) -> None:
    """Wake the loop once for the whole group."""
    loops = {ticket.loop for ticket in group}
    for loop in loops:
        mine = [ticket for ticket in group if ticket.loop is loop]
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_announce, mine)


def _announce(group: list[_Ticket]) -> None:
    for ticket in group:
        ticket.announce()


class PostgresDatabase:
    """PostgreSQL, written by a few threads with a connection each."""

    is_exclusive = False

    def __init__(self, url: URL, *, threads: int = 8) -> None:
        given = {**_NETWORK, **url.query}
        self.engine = create_engine(
            url.set(query=given),
            pool_size=threads,
            max_overflow=0,
            pool_pre_ping=True,
            hide_parameters=True,
        )
        event.listen(self.engine, "connect", _prepare_postgres)
        self.watch: Watch = Nobody()
        self._snapshots = self.engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        #: Who this is among the replicas.
        self.name = secrets.token_hex(6)
        self.teller = notices.Teller(self.name, self.write)
        self._closed = False
        self._pool = ThreadPoolExecutor(threads, "muster-db")

    async def write(self, job: Job[T]) -> T:
        done, told = await self._in_thread(self.engine, self._telling(job), _AWAY)
        self.teller.committed(told)
        return done

    def _telling(self, job: Job[T]) -> Job[tuple[T, bool | None]]:
        """A job that lets the other replicas know if it leaves something to do."""

        def tell(conn: Connection) -> tuple[T, bool | None]:
            self.teller.begin(conn)
            done = _result(conn, job)
            _must_be_whole(conn)
            return done, self.teller.tell(conn)

        return tell

    async def read(self, job: Job[T]) -> T:
        return await self._in_thread(self._snapshots, job, _AWAY - {"25006"})

    async def _in_thread(self, engine: Engine, job: Job[T], away: set[str]) -> T:
        if self._closed:
            raise Unavailable(_CLOSED)
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
                    done = _result(conn, job)
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
                raise Unavailable(str(error)) from error
            raise

    async def close(self) -> None:
        await self.teller.close()
        self._closed = True
        await asyncio.to_thread(self._pool.shutdown)
        self.engine.dispose()


def _prepare_postgres(connection: psycopg.Connection[Any], _: object) -> None:
    connection.execute(f"SET lock_timeout = {int(PATIENCE * 1000)}")
    connection.commit()


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
