"""Who is told how long the database keeps others waiting."""

from __future__ import annotations

from typing import Protocol


class Watch(Protocol):
    """All in seconds, and all called from the database's threads: they must be quick."""

    def queued(self, seconds: float) -> None:
        """A job has begun, so long after it was handed in."""

    def locked(self, seconds: float) -> None:
        """A transaction waited so long for the lock on a database that has one writer."""

    def committed(self, seconds: float) -> None:
        """A commit took so long, until it was durable."""

    def retried(self) -> None:
        """A transaction is run again: another one was in its way."""


class Nobody:
    """Is told, and keeps nothing."""

    def queued(self, seconds: float) -> None: ...

    def locked(self, seconds: float) -> None: ...

    def committed(self, seconds: float) -> None: ...

    def retried(self) -> None: ...
