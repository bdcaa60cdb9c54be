"""What both engines know of a job: what it is, how long it may wait, what it gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection

T = TypeVar("T")
Job = Callable[[Connection], T]
CLOSED = "The database is closed."
#: Seconds that a statement waits for a lock of another process.
PATIENCE = 5.0


def result(conn: Connection, job: Job[T]) -> T:
    """What a job gives, in a transaction that is under way."""
    try:
        return job(conn)
    except StopIteration as error:
        message = "a job asked for the next of nothing"  # no future can carry a StopIteration
        raise RuntimeError(message) from error
