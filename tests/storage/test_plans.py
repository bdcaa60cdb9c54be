"""No query of the kernel reads more as time goes by: each finds its rows by an index."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Self

import pytest
from sqlalchemy import Connection, create_engine, event

from bot.core.effects import Address, Home, Pin, RedrawCard
from bot.core.platform import Sender
from bot.core.text import Reader
from storage import identity, inbox, letters, outbox, timeline, timers
from storage.rows import Rows
from storage.sqlite import prepare

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TO = Address("p", "w", "c")


def know(conn: Connection) -> None:
    home = identity.workspace_of(Rows(conn), "p", "w", NOW)
    identity.person_of(Rows(conn), home, Sender("U1"), NOW)


#: Indexes of what has not left yet, or failed, and of workspaces that Muster is gone from: they may
#: be read from end to end.
SMALL = re.compile(r"(ix_outbox_(open|order|claimed|failed)|ix_workspace_left|anon_1)$")
#: What the kernel does all the time, and what it keeps house with.
WORK: dict[str, Callable[[Connection], Any]] = {
    "take in": lambda conn: inbox.take_in(conn, platform="p", workspace="w", delivery="d", now=NOW),
    "know": know,
    "put": lambda conn: outbox.put(
        conn, [Pin(TO, "m"), RedrawCard(TO, "m", "room:1", Reader())], key="k", now=NOW
    ),
    "claim": lambda conn: outbox.claim(conn, NOW, count=9, busy=["p/w/other"]),
    "postpone": lambda conn: outbox.postpone(conn, 1, until=NOW, error="", now=NOW),
    "finish": lambda conn: outbox.finish(conn, 1, now=NOW),
    "next effect": outbox.next_due,
    "oldest effect": outbox.oldest,
    "counts": outbox.counts,
    "dead letters": lambda conn: letters.listed(conn, "failed", count=9, home=Home("p", "w")),
    "how many": lambda conn: letters.count(conn, "failed", Home("p", "w"), since=NOW),
    "release": lambda conn: outbox.release(conn, NOW),
    "fire": lambda conn: timers.take_due(conn, NOW),
    "next timer": timers.next_due,
    "timeline": lambda conn: timeline.latest(Rows(conn), 7, count=9, before=99),
    "forget deliveries": lambda conn: inbox.forget_old(conn, NOW),
    "forget effects": lambda conn: outbox.forget_old(conn, NOW),
}


class Heard(sqlite3.Cursor):
    """Tells its connection what it is asked, before the values are put in."""

    connection: Hearing

    def execute(self, statement: str, values: Any = (), /) -> Self:
        self.connection.heard.append((statement, values))
        return super().execute(statement, values)

    def executemany(self, statement: str, values: Any, /) -> Self:
        values = list(values)
        self.connection.heard.append((statement, values[0]))
        return super().executemany(statement, values)


class Hearing(sqlite3.Connection):
    """Keeps what it is asked. A trace of SQLite's would have the values in it, as no query has."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.heard: list[tuple[str, Any]] = []

    def cursor(self, *_: Any) -> Any:
        return Heard(self)


@pytest.fixture
def conn(sqlite_url: str) -> Iterator[Connection]:
    engine = create_engine(sqlite_url, connect_args={"factory": Hearing})
    event.listen(engine, "connect", prepare)
    with engine.connect() as opened:
        yield opened
    engine.dispose()


@pytest.mark.parametrize("what", WORK)
def test_nothing_is_read_from_end_to_end(conn: Connection, what: str) -> None:
    driver = conn.connection.driver_connection
    assert isinstance(driver, Hearing)
    driver.heard.clear()
    WORK[what](conn)

    asked = [each for each in driver.heard if each[0].startswith(("SELECT", "UPDATE", "DELETE"))]
    assert asked or what in {"take in", "put"}
    for statement, values in asked:
        plan = [row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
        whole = [line for line in plan if line.startswith("SCAN") and not SMALL.search(line)]
        assert whole == [], f"{statement}\n{plan}"
