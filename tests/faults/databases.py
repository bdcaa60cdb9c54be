"""The databases of a fault line: a new one on the engine that it is measured on.

PostgreSQL is a server of the line's own (tests/postgres.py), so that it can be stopped at will and
what is measured beside it in the same minute does not notice.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from tests.faults.finding import Engine as EngineName


class Server:
    """A PostgreSQL server that can be made to fall over, and get up again."""

    def __init__(self, folder: Path, url: str) -> None:
        self._folder = folder
        self._admin = url
        self._made = 0
        self._again: subprocess.Popen[bytes] | None = None

    @property
    def socket(self) -> Path:
        """The Unix socket that it listens on."""
        return self._folder / ".s.PGSQL.5432"

    def database(self) -> str:
        """The URL of a new, empty database."""
        self._made += 1
        name = f"fault_{self._made}"
        with psycopg.connect(self._admin, autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {name}".encode())
        return make_url(self._admin).set(database=name).render_as_string(hide_password=False)

    def falls(self) -> None:
        """As `pg_ctl stop -m immediate`: every connection is cut, nothing is put in order."""
        from tests.postgres import has_ended

        server = psutil.Process(self._postmaster())
        self._command = server.cmdline()
        self._user = server.uids().real, server.gids().real
        server.send_signal(signal.SIGQUIT)
        end = time.monotonic() + 30
        while not has_ended(server):
            assert time.monotonic() < end, "the server does not fall"
            time.sleep(0.005)
        if self._again is not None:
            self._again.wait()

    def rises(self) -> None:
        """Start it again, and return as soon as it answers."""
        data = self._folder / "data"
        (data / "postmaster.pid").unlink(missing_ok=True)
        log = (self._folder / "log").open("ab")
        options: dict[str, Any] = {"cwd": data, "stdin": subprocess.DEVNULL}
        if os.geteuid() == 0:
            user, group = self._user
            options |= {"user": user, "group": group, "extra_groups": []}
        with log:
            self._again = subprocess.Popen(self._command, stdout=log, stderr=log, **options)
        end = time.monotonic() + 60
        while True:
            with contextlib.suppress(psycopg.OperationalError):
                psycopg.connect(self._admin, connect_timeout=2).close()
                return
            assert time.monotonic() < end, "the server does not rise"
            time.sleep(0.005)

    def end(self) -> None:
        """Stop what `rises` started; the rest is its keeper's."""
        if self._again is not None:
            self._again.send_signal(signal.SIGINT)
            self._again.wait(30)

    def _postmaster(self) -> int:
        file = self._folder / "data" / "postmaster.pid"
        return int(file.read_text(encoding="utf-8").split()[0])


@contextlib.contextmanager
def server() -> Iterator[Server]:
    """A server, gone afterwards. NoServer (tests/postgres.py): none can be had here."""
    from tests.postgres import Run, address_in

    run = Run()
    try:
        made = Server(run.folder, address_in(run.folder))
        try:
            yield made
        finally:
            made.end()
    finally:
        run.end()


@contextlib.contextmanager
def database(engine: EngineName, folder: Path) -> Iterator[str]:
    """The URL of a new, empty database. NoServer: PostgreSQL cannot be had here."""
    if engine == "sqlite":
        folder.mkdir(parents=True, exist_ok=True)
        yield f"sqlite:///{folder / 'muster.db'}"
        return
    with server() as made:
        yield made.database()


def looking_at(url: str) -> Engine:
    """A way to look at a database from outside, that keeps no connection open."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    return create_engine(parsed, poolclass=NullPool)


def free_port() -> int:
    """A TCP port of this machine that nobody listens on.

    It is none of those that the kernel gives to outgoing connections (from 32768 on): one of these
    would take it some day, while a process that was killed is started again.
    """
    while True:
        port = secrets.choice(range(15_000, 32_000))
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
