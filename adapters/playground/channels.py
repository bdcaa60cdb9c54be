"""The channels of the town, and who is in them."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable

from adapters.playground.parse import readable
from adapters.playground.places import Change, Channel
from adapters.playground.store import Store
from bot.core.errors import Permanent

_NAME = re.compile(r"[a-z0-9_-]{1,80}")


class Channels:
    """The channels, direct conversations among them. Errors are `Permanent`, with Slack's words."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def everything(self) -> list[Channel]:
        """Every channel, the oldest first, then every direct conversation."""
        rows = self._store.rows("SELECT * FROM channels ORDER BY direct_with IS NOT NULL, rowid")
        return [self._channel(row) for row in rows]

    def get(self, channel: str) -> Channel:
        """The channel with this id; "channel_not_found"."""
        row = self._store.row("SELECT * FROM channels WHERE id = ?", readable(channel))
        if row is None:
            raise Permanent("channel_not_found")
        return self._channel(row)

    def named(self, name: str) -> Channel | None:
        row = self._store.row("SELECT * FROM channels WHERE name = ?", readable(name))
        return self._channel(row) if row else None

    def direct(self, user: str) -> Channel:
        """Somebody's conversation with Muster; "user_not_found"."""
        row = self._store.row("SELECT * FROM channels WHERE direct_with = ?", readable(user))
        if row is None:
            raise Permanent("user_not_found")
        return self._channel(row)

    def _channel(self, row: sqlite3.Row) -> Channel:
        members = self._store.rows(
            "SELECT person FROM members WHERE channel = ? ORDER BY rowid", row["id"]
        )
        return Channel(
            row["id"],
            row["name"] or "",
            row["title"],
            row["topic"],
            bool(row["private"]),
            bool(row["archived"]),
            row["direct_with"],
            tuple(member["person"] for member in members),
        )

    def can_see(self, user: str, channel: str) -> bool:
        """A private channel exists only for its members."""
        found = self.get(channel)
        return not found.private or user in found.members

    def create(
        self, name: str, title: str = "", *, topic: str = "", private: bool = False
    ) -> Channel:
        """A new channel, empty. "invalid_name" (a-z 0-9 - _, at most 80), "name_taken"."""
        self._check_name(name)
        with self._store.changing():
            count = self._store.row("SELECT count(*) AS n FROM channels WHERE direct_with IS NULL")
            assert count is not None
            channel = f"C{count['n'] + 1}"
            self._store.execute(
                "INSERT INTO channels (id, name, title, topic, private) VALUES (?, ?, ?, ?, ?)",
                channel,
                name,
                readable(title) or name,
                readable(topic),
                private,
            )
            self._store.announce(Change("channels"))
        return self.get(channel)

    def _check_name(self, name: str) -> None:
        if not _NAME.fullmatch(name):
            raise Permanent("invalid_name")
        if self.named(name) is not None:
            raise Permanent("name_taken")

    def rename(self, channel: str, name: str) -> Channel:
        """As `create`, and "channel_not_found", "is_archived"."""
        found = self.open_for_change(channel)
        if found.name != name:
            self._check_name(name)
            self._set(found.id, "name = ?", name)
        return self.get(channel)

    def describe(self, channel: str, title: str, topic: str) -> Channel:
        """Another title and topic. "channel_not_found", "is_archived"."""
        found = self.open_for_change(channel)
        self._set(found.id, "title = ?, topic = ?", readable(title) or found.name, readable(topic))
        return self.get(channel)

    def archive(self, channel: str, *, archived: bool = True) -> Channel:
        """Close a channel for good, or open it again. "channel_not_found"."""
        found = self.get(channel)
        if found.direct_with is not None:
            raise Permanent("channel_not_found")
        self._set(found.id, "archived = ?", archived)
        return self.get(channel)

    def _set(self, channel: str, assignments: str, *values: str | bool) -> None:
        with self._store.changing():
            sql = f"UPDATE channels SET {assignments} WHERE id = ?"  # noqa: S608  ours, see above
            self._store.execute(sql, *values, channel)
            self._store.announce(Change("channels"))

    def open_for_change(self, channel: str) -> Channel:
        """A channel with a name, not archived: "channel_not_found", "is_archived"."""
        found = self.get(channel)
        if found.direct_with is not None:
            raise Permanent("channel_not_found")
        if found.archived:
            raise Permanent("is_archived")
        return found

    def invite(self, channel: str, users: Iterable[str]) -> dict[str, str]:
        """Bring people in: who could not be, and why ("user_not_found"). Members stay members."""
        found = self.open_for_change(channel)
        refused = {}
        with self._store.changing():
            for user in users:
                if self._store.row("SELECT 1 FROM people WHERE id = ?", readable(user)) is None:
                    refused[user] = "user_not_found"
                else:
                    self._store.execute(
                        "INSERT OR IGNORE INTO members VALUES (?, ?)", found.id, user
                    )
            self._store.announce(Change("channels"))
        return refused

    def remove(self, channel: str, user: str) -> bool:
        """Take somebody out; False if they were not in it. As `open_for_change`."""
        found = self.open_for_change(channel)
        with self._store.changing():
            gone = self._store.execute(
                "DELETE FROM members WHERE channel = ? AND person = ?", found.id, readable(user)
            )
            self._store.announce(Change("channels"))
        return bool(gone.rowcount)

    def join(self, channel: str, user: str) -> bool:
        """Come into a public channel; False if already in it. As `open_for_change`."""
        found = self.open_for_change(channel)
        if user in found.members:
            return False
        if found.private:
            raise Permanent("channel_not_found")
        refused = self.invite(channel, [user])
        if refused:
            raise Permanent(refused[user])
        return True
