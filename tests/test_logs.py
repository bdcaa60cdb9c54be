"""What is written to a log that cannot be written, and what is said of it afterwards."""

from __future__ import annotations

import errno
import io
import json

import pytest
import structlog
from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import DBAPIError

from bot.core.errors import Unavailable
from bot.logs import Steadfast, _without_rows

WRITTEN = "what she\nwrote"


class Disk(io.StringIO):
    """Takes what is written while there is room."""

    has_room = True

    def write(self, text: str) -> int:
        if not self.has_room:
            raise OSError(errno.ENOSPC, "no space left on device")
        return super().write(text)


def test_a_log_that_cannot_be_written_fails_nobody_and_says_so_afterwards() -> None:
    disk = Disk()
    log = Steadfast(disk)
    log.write("first\n")
    disk.has_room = False
    for _ in range(3):
        print("lost", file=log, flush=True)
    disk.has_room = True
    log.write("second\n")
    log.write("third\n")
    first, told, *others = disk.getvalue().splitlines()
    assert (first, others) == ("first", ["second", "third"])
    assert json.loads(told) == {"event": "log.lost", "lines": 3, "level": "error"}


def told_of(conn: Connection) -> str:
    """What is written of a row that the database refuses."""
    try:
        try:
            conn.exec_driver_sql("INSERT INTO item VALUES (%s)", (WRITTEN,))
        except DBAPIError as error:
            raise Unavailable(str(error)) from error
    except Unavailable:
        event = _without_rows(None, "", {"event": "door.failed", "exc_info": True})
        return str(structlog.processors.format_exc_info(None, "", event)["exception"])
    message = "it was taken"
    raise AssertionError(message)


@pytest.mark.postgres
def test_an_error_of_postgresql_is_told_without_the_row_that_it_is_about(postgres_url: str) -> None:
    engine = create_engine(
        postgres_url.replace("postgresql:", "postgresql+psycopg:"), hide_parameters=True
    )
    with engine.connect() as conn:
        conn.exec_driver_sql("CREATE TEMP TABLE item (title text CHECK (title = ''))")
        told = told_of(conn)
    engine.dispose()
    assert "item_title_check" in told
    assert "INSERT INTO item" in told
    assert "she" not in told
    assert "wrote" not in told
