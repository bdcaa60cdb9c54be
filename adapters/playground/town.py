"""The town: the chat platform that the playground is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from pydantic import TypeAdapter

from adapters.playground.channels import Channels
from adapters.playground.messages import Messages
from adapters.playground.people import People
from adapters.playground.places import Change
from adapters.playground.store import Changes, Store
from bot.core.commands import Command
from bot.core.effects import Receipt

IN_MEMORY = ":memory:"


_receipt: TypeAdapter[Receipt] = TypeAdapter(Receipt)


class Town:
    """People, channels and messages, kept in an SQLite file (or `:memory:`).

    Every change is committed before the call returns. Used from one thread at a time. `commands`
    are the known commands by their path: cards with buttons cannot be read without them.
    """

    def __init__(
        self, path: Path | str = IN_MEMORY, commands: Mapping[str, type[Command]] | None = None
    ) -> None:
        self._store = Store(path)
        row = self._store.row("SELECT id FROM town")
        assert row is not None
        #: Tells this town from every other, also from one in memory that went before it.
        self.id: str = row["id"]
        self.people = People(self._store)
        self.channels = Channels(self._store)
        self.messages = Messages(self._store, self.channels, commands or {})
        if not self.channels.everything():
            self.channels.create("general", "general")

    def once(self, key: str, do: Callable[[], Receipt]) -> Receipt:
        """What `do` returns, done and recorded in one commit.

        For a `key` that is known, what it returned then. If it raises, nothing has happened.
        """
        with self._store.changing():
            known = self.receipt(key)
            if known is not None:
                return known
            receipt = do()
            self._store.execute(
                "INSERT INTO done VALUES (?, ?)", key, _receipt.dump_json(receipt).decode()
            )
        return receipt

    def receipt(self, key: str) -> Receipt | None:
        """What became of the effect with this key; None if it has not happened."""
        row = self._store.row("SELECT receipt FROM done WHERE key = ?", key)
        return _receipt.validate_json(row["receipt"]) if row else None

    def changes(self) -> Changes:
        """A stream of the changes from this moment on."""
        return self._store.changes()

    def watch(self, watcher: Callable[[Change], None]) -> Callable[[], None]:
        """Call `watcher` with every change from now on, in order; returns what ends that."""
        return self._store.watch(watcher)

    def tell_time(self) -> None:
        """Say that the clock was moved."""
        with self._store.changing():
            self._store.announce(Change("clock"))

    def hang_up(self) -> None:
        """End every stream of changes, so that a web server can stop."""
        self._store.hang_up()

    def close(self) -> None:
        """End every stream and close the file."""
        self._store.close()
