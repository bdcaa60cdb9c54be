"""Leases: what one replica alone holds for a while, in PostgreSQL.

    take("slack", 5 s) → True, and again every second; another replica's → False until it is over

A lease is a row with a holder and an end, by the database's clock and nobody else's. It outlives a
restart of the database, and no connection has to stay open for it (docs/adr: one holder). It is
asked for over a connection of its own, so that no other work stands in its way.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import structlog
from sqlalchemy import URL

from bot.core.errors import Unavailable
from storage.notices import ALIVE, address

log = structlog.get_logger(__name__)
_TAKE = """
    INSERT INTO lease AS held (name, holder, until)
    VALUES (%(name)s, %(holder)s, clock_timestamp() + make_interval(secs => %(seconds)s))
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
    WHERE held.holder = excluded.holder OR held.until <= clock_timestamp()
"""
_LEAVE = """
    WITH left_free AS (DELETE FROM lease WHERE name = %(name)s AND holder = %(holder)s RETURNING 1)
    SELECT pg_notify('muster', %(word)s) FROM left_free
"""


class Leases:
    """This replica's leases. Unavailable: the database does not answer."""

    def __init__(self, url: URL, holder: str) -> None:
        """`holder` is this replica's name, like no other's."""
        self._address = address(url)
        self._holder = holder
        self._thread = ThreadPoolExecutor(1, "muster-leases")
        self._conn: psycopg.Connection[Any] | None = None

    async def take(self, name: str, seconds: float) -> bool:
        """Hold `name` for so long from now, for the first time or on; False: somebody else does."""
        values = {"name": name, "holder": self._holder, "seconds": seconds}
        return await self._ask(_TAKE, values) == 1

    async def leave(self, name: str) -> None:
        """Hold `name` no longer, and tell the others."""
        values = {"name": name, "holder": self._holder, "word": f"seat {self._holder}"}
        await self._ask(_LEAVE, values)

    async def close(self) -> None:
        """Let the connection go. What is held still ends by itself."""
        await asyncio.to_thread(self._thread.shutdown)
        if self._conn is not None:
            self._conn.close()

    async def _ask(self, statement: str, values: dict[str, Any]) -> int:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._asked, statement, values)

    def _asked(self, statement: str, values: dict[str, Any]) -> int:
        try:
            if self._conn is None:
                self._conn = psycopg.connect(self._address, autocommit=True, **ALIVE)
            return self._conn.execute(statement, values).rowcount
        except psycopg.Error as error:
            if self._conn is not None:
                self._conn.close()
                self._conn = None
            raise Unavailable(type(error).__name__) from error
