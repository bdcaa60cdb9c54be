"""SQLite, written by one thread, which takes whatever commands are waiting into one commit.

An fsync then serves many commands (group commit), and each runs in a savepoint of its own, so that
one that is refused does not spoil the others.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import sqlite3
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog
from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.pool import StaticPool

from bot.core.errors import Refused, Unavailable
from bot.core.text import Code, t
from storage import prepared
from storage.jobs import CLOSED, PATIENCE, Job, T, result
from storage.rows import KEPT
from storage.watch import Nobody, Watch

if sys.platform != "win32":
    import fcntl

log = structlog.get_logger(__name__)
#: Commands in one SQLite commit at the most; more would make the first one wait.
GROUP = 64
#: SQLite's codes for what is wrong with a statement or its values; the others are its own troubles.
_OF_THE_JOB = {
    sqlite3.SQLITE_ERROR,
    sqlite3.SQLITE_CONSTRAINT,
    sqlite3.SQLITE_MISMATCH,
    sqlite3.SQLITE_MISUSE,
    sqlite3.SQLITE_RANGE,
    sqlite3.SQLITE_TOOBIG,
}


class SqliteDatabase:
    """SQLite, written by one thread."""

    is_exclusive = True

    def __init__(self, url: str) -> None:
        file = make_url(url).database
        in_memory = file in {None, "", ":memory:"}
        if file and not in_memory:
            _make_private(file)
        self._file = None if in_memory else file
        self._held: int | None = None
        options: dict[str, Any] = {"poolclass": StaticPool} if in_memory else {}
        self.engine = create_engine(
            url,
            connect_args={"check_same_thread": False, "timeout": PATIENCE},
            hide_parameters=True,  # what people wrote has no business in a log
            **options,
        )
        event.listen(self.engine, "connect", prepare)
        self.watch: Watch = Nobody()
        self._closed = False
        self._jobs: queue.SimpleQueue[_Ticket | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._write_all, name="muster-writer", daemon=True)
        # A database in memory has one connection, so its reads take their turn with the writer.
        self._readers = None if in_memory else ThreadPoolExecutor(2, "muster-reader")
        self._writer.start()

    def hold(self) -> None:
        if self._file is not None and self._held is None:
            self._held = _lock(self._file)

    async def write(self, job: Job[T]) -> T:
        if self._closed:
            raise Unavailable(CLOSED)
        ticket = _Ticket(job, asyncio.get_running_loop())
        self._jobs.put(ticket)
        done: T = await ticket.future
        return done

    async def read(self, job: Job[T]) -> T:
        if self._readers is None:
            return await self.write(lambda conn: read_only(conn, job))
        if self._closed:
            raise Unavailable(CLOSED)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, self._read, job)

    def _read(self, job: Job[T]) -> T:
        try:
            with self.engine.connect() as conn:
                conn.exec_driver_sql("BEGIN")
                return read_only(conn, job)
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
        if self._held is not None:
            os.close(self._held)
            self._held = None

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
            ticket.settle(result=result(conn, ticket.job))
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


def read_only(conn: Connection, job: Job[T]) -> T:
    """What a job gives that may only read. TypeError: it wants to write."""
    conn.exec_driver_sql("PRAGMA query_only=ON")
    try:
        return result(conn, job)
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


def _make_private(file: str) -> None:
    """Make a database's file, if need be, for nobody else to read; SQLite's others take after it.

    Where it cannot be made, opening it will say why.
    """
    with contextlib.suppress(OSError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL, 0o600))


def _lock(file: str) -> int | None:
    """A lock on a file beside the database's; it ends with the process, however that ends.

    Not on the file itself, which SQLite locks in ways of its own. None where there are no locks.
    Refused: another process has it.
    """
    if sys.platform == "win32":
        return None
    lock = os.open(f"{file}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(lock)
        raise Refused(
            t(
                "Another Muster is at work on {file}, and SQLite is for one process. Stop the "
                "other, give each a database of its own, or let several share a PostgreSQL.",
                file=Code(file),
            )
        ) from error
    except OSError as error:
        os.close(lock)
        log.warning("database.not_locked", reason=error.strerror)  # some network drives have none
        return None
    return lock


def prepare(connection: sqlite3.Connection, _: object) -> None:
    """Set a new connection up."""
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
