"""What can be wrong with a database and with a clock, each for as long as a block lasts."""

from __future__ import annotations

import contextlib
import fcntl
import os
import resource
import sqlite3
import struct
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg

from tests.faults.finding import Engine
from tests.faults.front import Front, dsn

#: Of Linux: read and set the flags of a file, and the one that lets nobody write to it.
_GET_FLAGS, _SET_FLAGS, _IMMUTABLE = 0x80086601, 0x40086602, 0x10
Woe = Callable[[Front], contextlib.AbstractContextManager[None]]


class NotHereError(Exception):
    """This machine, or this user, cannot make that happen: the text says why."""


@contextlib.contextmanager
def no_room(on: Front) -> Iterator[None]:
    """No file of Muster's can be written any more, its log included."""
    pid = on.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


@contextlib.contextmanager
def disk_full(on: Front) -> Iterator[None]:
    """The disk that Muster's home is on, and nothing else, has no room left: see `small_disk`.

    What its write-ahead log was given before it may write over without asking, and as durably: that
    is taken from it first.
    """
    with contextlib.closing(sqlite3.connect(on.home / "muster.db", timeout=30)) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    ballast = on.home / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (65_536, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(b"x" * size)
    try:
        yield
    finally:
        ballast.unlink()


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int = 16) -> Iterator[Path]:
    """A disk of its own in `folder`. NotHereError: only root can mount one."""
    words = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "muster-faults", str(folder)]
    if os.geteuid() != 0 or subprocess.run(words, capture_output=True, check=False).returncode:
        message = "only root can mount a small disk"
        raise NotHereError(message)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextlib.contextmanager
def read_only(on: Front) -> Iterator[None]:
    """Nobody may write to the files of the database, not even who has them open."""
    files = [on.home / name for name in ("muster.db", "muster.db-wal")]
    made: list[Path] = []
    try:
        for file in files:
            try:
                _flag(file, _IMMUTABLE)
            except OSError as error:
                message = f"no file can be made immutable here: {error.strerror}"
                raise NotHereError(message) from error
            made.append(file)
        yield
    finally:
        for file in made:
            _flag(file, 0)


def _flag(file: Path, flag: int) -> None:
    opened = os.open(file, os.O_RDONLY)
    try:
        flags = struct.unpack("l", fcntl.ioctl(opened, _GET_FLAGS, struct.pack("l", 0)))[0]
        wanted = (flags & ~_IMMUTABLE) | flag
        fcntl.ioctl(opened, _SET_FLAGS, struct.pack("l", wanted))
    finally:
        os.close(opened)


@contextlib.contextmanager
def locked(on: Front) -> Iterator[None]:
    """Another process is writing, and does not come to an end."""
    other = sqlite3.connect(on.home / "muster.db", isolation_level=None, timeout=30)
    try:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
    finally:
        other.close()


def server_says(condition: str) -> Woe:
    """PostgreSQL refuses every delivery with an error of its own: "disk_full", as it calls it."""

    @contextlib.contextmanager
    def refusing(on: Front) -> Iterator[None]:
        says = f"RAISE EXCEPTION 'no' USING ERRCODE = '{condition}'"
        with psycopg.connect(dsn(on.url), autocommit=True) as admin:
            admin.execute(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
                f" $$ BEGIN {says}; END $$".encode()
            )
            admin.execute(
                "CREATE TRIGGER refuse BEFORE INSERT ON inbox"
                " FOR EACH ROW EXECUTE FUNCTION refuse()"
            )
            try:
                yield
            finally:
                admin.execute("DROP FUNCTION refuse CASCADE")

    return refusing


@contextlib.contextmanager
def server_locked(on: Front) -> Iterator[None]:
    """Somebody holds the table that every delivery is noted in."""
    with psycopg.connect(dsn(on.url)) as other:
        other.execute("LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE")
        yield
        other.rollback()


def clock_moved(seconds: float) -> Woe:
    """The clock of Muster's machine is wrong by so much: see `clocked`."""

    @contextlib.contextmanager
    def moved(on: Front) -> Iterator[None]:
        file = on.home / "moved"
        _write(file, seconds)
        try:
            yield
        finally:
            _write(file, 0.0)

    return moved


def _write(file: Path, seconds: float) -> None:
    """In one step: nobody reads half of it."""
    part = file.with_suffix(".part")
    part.write_text(str(seconds), encoding="utf-8")
    part.rename(file)


#: What each engine can suffer.
DATABASES: dict[Engine, dict[str, Woe]] = {
    "sqlite": {"no room for files": no_room, "read-only file": read_only, "locked": locked},
    "postgresql": {
        "disk full": server_says("disk_full"),
        # As a standby does.
        "read-only": server_says("read_only_sql_transaction"),
        "locked": server_locked,
    },
}
HOUR, DAY = 3600.0, 86_400.0
CLOCKS: dict[str, Woe] = {
    "clock + 1 h": clock_moved(HOUR),
    "clock - 1 h": clock_moved(-HOUR),
    "clock + 1 day": clock_moved(DAY),
    "clock - 1 day": clock_moved(-DAY),
}
