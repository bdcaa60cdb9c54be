"""New databases for a benchmark, on SQLite and on PostgreSQL, both of which keep what they commit.

PostgreSQL is the server at TEST_DATABASE_URL, or else one that `tests/postgres.py` brings; unlike
that of the tests it waits for the disk with every commit.
"""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
from sqlalchemy.engine import make_url

from tests.postgres import NoServer, Run, address_in

#: What the server of the tests leaves out, and what one that serves people has.
DURABLE = {"fsync": "on", "full_page_writes": "on", "shared_buffers": "512MB"}
_numbers = itertools.count()


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine, by the name that tables show, and how a new database on it is made."""

    name: str
    #: The URL of a new and empty database.
    make: Callable[[], str]
    #: Its server, where it has one that is ours to see.
    server: psutil.Process | None = None

    @property
    def cpu(self) -> float:
        """Seconds of the processor that its server has used, with all that it has started."""
        if self.server is None:
            return 0.0
        times = self.server.cpu_times()
        used = times.user + times.system + times.children_user + times.children_system
        for child in self.server.children():
            with contextlib.suppress(psutil.NoSuchProcess):  # by now it is among those above
                mine = child.cpu_times()
                used += mine.user + mine.system
        return float(used)


@contextlib.contextmanager
def engines(folder: Path) -> Iterator[list[Engine]]:
    """SQLite in `folder`, and PostgreSQL where there is one."""
    with contextlib.ExitStack() as stack:
        found = [Engine("SQLite", lambda: f"sqlite:///{folder / f'bench-{next(_numbers)}.db'}")]
        with contextlib.suppress(NoServer):
            found.append(stack.enter_context(_postgres()))
        yield found


@contextlib.contextmanager
def _postgres() -> Iterator[Engine]:
    own = None if "TEST_DATABASE_URL" in os.environ else Run(settings=DURABLE)
    made: list[str] = []
    try:
        address = address_in(own.folder) if own is not None else os.environ["TEST_DATABASE_URL"]

        def make() -> str:
            made.append(f"muster_bench_{os.getpid()}_{next(_numbers)}")
            _admin(address, f"CREATE DATABASE {made[-1]}")
            named = make_url(address).set(database=made[-1])
            return named.render_as_string(hide_password=False)

        try:
            yield Engine("PostgreSQL", make, None if own is None else _server(own.folder))
        finally:
            for name in made:
                _admin(address, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    finally:
        if own is not None:
            own.end()


def _server(folder: Path) -> psutil.Process:
    number = (folder / "data" / "postmaster.pid").read_text(encoding="utf-8").split()[0]
    return psutil.Process(int(number))


def _admin(address: str, command: str) -> None:
    import psycopg  # noqa: PLC0415  only where there is a server

    with psycopg.connect(address, autocommit=True) as conn:
        conn.execute(command.encode())
