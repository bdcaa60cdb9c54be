"""Notes many deliveries in one commit: those that come in while the one before is being made."""

from __future__ import annotations

import asyncio

from storage import inbox
from storage.db import Database


class Notes:
    """What is to be noted, on its way to the inbox."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._pending: list[inbox.Note] = []
        self._next: asyncio.Task[None] | None = None
        self._one_at_a_time = asyncio.Lock()

    async def add(self, note: inbox.Note) -> None:
        """Note a delivery; it is durable when this returns. Unavailable: it may not be noted."""
        self._pending.append(note)
        if self._next is None:
            self._next = asyncio.create_task(self._commit())
        await asyncio.shield(self._next)  # whoever stops waiting does not stop the others'

    async def _commit(self) -> None:
        async with self._one_at_a_time:
            notes, self._pending, self._next = self._pending, [], None
            await self._db.write(lambda conn: inbox.note(conn, notes))
