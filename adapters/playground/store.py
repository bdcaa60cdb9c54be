"""The town's memory: one small SQLite file, and word of every change once it is committed."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from adapters.playground.places import Change

_SCHEMA = """
CREATE TABLE IF NOT EXISTS people (
    id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, lang TEXT NOT NULL, zone TEXT NOT NULL,
    is_admin INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS channels (
    id TEXT PRIMARY KEY, name TEXT UNIQUE, title TEXT NOT NULL, topic TEXT NOT NULL DEFAULT '',
    private INTEGER NOT NULL DEFAULT 0, archived INTEGER NOT NULL DEFAULT 0,
    direct_with TEXT UNIQUE REFERENCES people(id)
) STRICT;
CREATE TABLE IF NOT EXISTS members (
    channel TEXT NOT NULL REFERENCES channels(id), person TEXT NOT NULL REFERENCES people(id),
    UNIQUE (channel, person)
) STRICT;
CREATE TABLE IF NOT EXISTS files (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, content BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, channel TEXT NOT NULL REFERENCES channels(id),
    author TEXT NOT NULL, at TEXT NOT NULL, text TEXT NOT NULL DEFAULT '', card TEXT, note TEXT,
    file INTEGER REFERENCES files(id), thread INTEGER REFERENCES messages(id),
    only_for TEXT REFERENCES people(id), is_edited INTEGER NOT NULL DEFAULT 0,
    is_pinned INTEGER NOT NULL DEFAULT 0, is_command INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS messages_in_order ON messages (channel, thread, id);
CREATE INDEX IF NOT EXISTS messages_of_thread ON messages (thread);
CREATE INDEX IF NOT EXISTS messages_pinned ON messages (channel) WHERE is_pinned;
CREATE INDEX IF NOT EXISTS messages_of_file ON messages (file) WHERE file IS NOT NULL;
CREATE TABLE IF NOT EXISTS reactions (
    message INTEGER NOT NULL REFERENCES messages(id), person TEXT NOT NULL REFERENCES people(id),
    emoji TEXT NOT NULL, UNIQUE (message, emoji, person)
) STRICT;
CREATE TABLE IF NOT EXISTS reads (
    channel TEXT NOT NULL REFERENCES channels(id), person TEXT NOT NULL REFERENCES people(id),
    upto INTEGER NOT NULL, PRIMARY KEY (channel, person)
) STRICT;
CREATE TABLE IF NOT EXISTS town (id TEXT NOT NULL) STRICT;
INSERT INTO town SELECT hex(randomblob(8)) WHERE NOT EXISTS (SELECT 1 FROM town);
CREATE TABLE IF NOT EXISTS done (key TEXT PRIMARY KEY, receipt TEXT NOT NULL) STRICT;
"""

#: A listener this far behind is cut off; it starts again from what is there.
_LONGEST_QUEUE = 10_000


class Changes:
    """What changes in a town from now on: iterate over it, and close it (or leave its `with`).

    Iteration ends when the town is closed or hangs up.
    """

    def __init__(self, leave: Callable[[Changes], None]) -> None:
        self._queue: asyncio.Queue[Change | None] = asyncio.Queue()
        self._leave = leave

    def put(self, change: Change | None) -> None:
        """Hand over a change; None ends the iteration."""
        if self._queue.qsize() >= _LONGEST_QUEUE:
            self._leave(self)
            change = None
        self._queue.put_nowait(change)

    def close(self) -> None:
        self._leave(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Change:
        change = await self._queue.get()
        if change is None:
            raise StopAsyncIteration
        return change


class Store:
    """The database, used from one thread at a time.

    What a call has committed is there after kill -9. It is not synchronised to the disk on every
    commit, so a power cut may cost the last of it: a playground is quick first.
    """

    def __init__(self, path: Path | str) -> None:
        self._db = sqlite3.connect(
            path, isolation_level=None, check_same_thread=False, timeout=5, cached_statements=256
        )
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.executescript(_SCHEMA)
        self._is_changing = False
        self._announced: list[Change] = []
        self._numbers = itertools.count(1)
        self._watchers: list[Callable[[Change], None]] = []
        self._streams: list[Changes] = []

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        return self._db.execute(sql, values).fetchall()

    def row(self, sql: str, *values: Any) -> sqlite3.Row | None:
        found: sqlite3.Row | None = self._db.execute(sql, values).fetchone()
        return found

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        """Write. Only inside `changing`."""
        assert self._is_changing, "a write outside `changing`"
        return self._db.execute(sql, values)

    @contextmanager
    def changing(self) -> Iterator[None]:
        """A transaction; one inside another is part of it. Changes are told after the commit."""
        if self._is_changing:
            yield
            return
        self._db.execute("BEGIN IMMEDIATE")
        self._is_changing = True
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            self._db.execute("ROLLBACK")
            self._announced.clear()
            raise
        finally:
            self._is_changing = False
        self._tell()

    def announce(self, change: Change) -> None:
        """Tell everybody who listens, after the commit."""
        assert self._is_changing, "a change outside `changing`"
        if change not in self._announced:
            self._announced.append(change)

    def _tell(self) -> None:
        announced, self._announced = self._announced, []
        for change in announced:
            numbered = replace(change, number=next(self._numbers))
            for watcher in list(self._watchers):
                watcher(numbered)
            for stream in list(self._streams):
                stream.put(numbered)

    def watch(self, watcher: Callable[[Change], None]) -> Callable[[], None]:
        """Call `watcher` with every change from now on; returns what ends that."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    def changes(self) -> Changes:
        """A stream of the changes from this moment on."""
        stream = Changes(self._forget)
        self._streams.append(stream)
        return stream

    def _forget(self, stream: Changes) -> None:
        if stream in self._streams:
            self._streams.remove(stream)

    def hang_up(self) -> None:
        """End every stream; who still wants to listen starts anew."""
        streams, self._streams = self._streams, []
        for stream in streams:
            stream.put(None)

    def close(self) -> None:
        self.hang_up()
        self._db.close()
