"""Jobs for the tests of transactions, and a way to have several in one group."""

from __future__ import annotations

import asyncio
import threading
from typing import Any, NoReturn

from sqlalchemy import Connection, select

from bot.core.errors import Refused
from bot.core.text import t
from storage.db import Database, Job
from storage.rows import Rows, table_of
from storage.tables import Meta

_names = select(table_of(Meta).c.name).order_by(table_of(Meta).c.name)


def note(name: str) -> Job[str]:
    """A job that writes a row and says its name."""

    def job(conn: Connection) -> str:
        Rows(conn).add(Meta(name=name, value=""))
        return name

    return job


def noted(conn: Connection) -> list[str]:
    """The rows that are there."""
    return list(conn.execute(_names).scalars())


def refused(name: str) -> Job[NoReturn]:
    """A job that writes a row, and then is refused."""

    def job(conn: Connection) -> NoReturn:
        note(name)(conn)
        raise Refused(t("No."))

    return job


class Gate:
    """A job that keeps the writer until it is opened: what is written meanwhile makes one group."""

    def __init__(self) -> None:
        self._entered = asyncio.Event()
        self._open = threading.Event()
        self._loop = asyncio.get_running_loop()

    def __call__(self, conn: Connection) -> str:
        self._loop.call_soon_threadsafe(self._entered.set)
        assert self._open.wait(30)
        return "gate"

    async def entered(self) -> None:
        await asyncio.wait_for(self._entered.wait(), 30)

    def open(self) -> None:
        self._open.set()


async def together(db: Database, *jobs: Job[Any]) -> list[Any]:
    """What becomes of jobs that all wait when the writer comes to them, in one group on SQLite."""
    gate = Gate()
    keeping = asyncio.create_task(db.write(gate))
    await gate.entered()
    tasks = [asyncio.create_task(db.write(job)) for job in jobs]
    await asyncio.sleep(0)  # each task runs up to where its job is in the queue
    gate.open()
    return (await asyncio.gather(keeping, *tasks, return_exceptions=True))[1:]
