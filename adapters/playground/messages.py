"""What is said in the town, and the files that go with it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from adapters.playground.channels import Channels
from adapters.playground.parse import readable
from adapters.playground.places import (
    EMOJI,
    MUSTER,
    Change,
    File,
    Message,
    Reaction,
    Thread,
)
from adapters.playground.store import Store
from bot.core.chat import Card, Tone, line
from bot.core.commands import Command
from bot.core.errors import Permanent
from bot.core.text import Inline, dump_inline, load_inline, t

#: Messages are read in pages of this many.
PAGE = 50
_LARGEST_ID = 2**63 - 1
_card: TypeAdapter[Card] = TypeAdapter(Card)


@dataclass(frozen=True, slots=True)
class Where:
    """A place to post: a channel, a thread in it, and whether for one person only."""

    channel: str
    thread: str | None = None
    only_for: str | None = None


class Messages:
    """The messages. Errors are `Permanent`, with Slack's words."""

    def __init__(
        self, store: Store, channels: Channels, commands: Mapping[str, type[Command]]
    ) -> None:
        self._store = store
        self._channels = channels
        self._commands = dict(commands)

    def get(self, message: str) -> Message:
        """The message with this id; "message_not_found"."""
        row = self._row(message)
        return self._message(row)

    def _row(self, message: str) -> sqlite3.Row:
        row = self._store.row("SELECT * FROM messages WHERE id = ?", _number(message))
        if row is None:
            raise Permanent("message_not_found")
        return row

    def page(
        self, channel: str, viewer: str, *, before: str | None = None, thread: str | None = None
    ) -> list[Message]:
        """At most `PAGE` messages that `viewer` can see, oldest first.

        The newest, or those before `before`; in the channel itself, or in a thread (without its
        first message).
        """
        rows = self._store.rows(
            "SELECT * FROM messages WHERE channel = ? AND thread IS ? AND id < ?"
            " AND (only_for IS NULL OR only_for = ?) ORDER BY id DESC LIMIT ?",
            readable(channel),
            _number(thread) if thread else None,
            _number(before) if before else _LARGEST_ID,
            readable(viewer),
            PAGE,
        )
        return [self._message(row) for row in reversed(rows)]

    def pinned(self, channel: str) -> list[Message]:
        """The pinned messages of a channel, oldest first."""
        rows = self._store.rows(
            "SELECT * FROM messages WHERE channel = ? AND is_pinned ORDER BY id", readable(channel)
        )
        return [self._message(row) for row in rows]

    def say(
        self, author: str, where: Where, text: str, at: datetime, *, is_command: bool = False
    ) -> Message:
        """What a person says. "channel_not_found", "is_archived", "message_not_found" (thread)."""
        return self._insert(author, where, at, text=readable(text), is_command=is_command)

    def post(self, where: Where, card: Card, at: datetime) -> Message:
        """A card of Muster's. As `say`."""
        return self._insert(MUSTER, where, at, card=_dump_card(card))

    def post_file(
        self, where: Where, name: str, content: bytes, note: Inline, at: datetime
    ) -> Message:
        """A file of Muster's. As `say`."""
        with self._store.changing():
            file = self._store.execute(
                "INSERT INTO files (name, content) VALUES (?, ?)", readable(name), content
            ).lastrowid
            return self._insert(MUSTER, where, at, file=file, note=json.dumps(dump_inline(note)))

    def _insert(self, author: str, where: Where, at: datetime, **values: Any) -> Message:
        found = self._channels.get(where.channel)
        if found.archived:
            raise Permanent("is_archived")
        thread = self._thread(where)
        values |= {
            "channel": found.id,
            "author": author,
            "at": at.isoformat(),
            "thread": thread,
            "only_for": where.only_for,
        }
        marks = ", ".join("?" * len(values))
        with self._store.changing():
            made = self._store.execute(
                f"INSERT INTO messages ({', '.join(values)}) VALUES ({marks})",  # noqa: S608  ours
                *values.values(),
            ).lastrowid
            self._changed(str(made))
            if thread is not None:
                self._changed(str(thread))
        return self.get(str(made))

    def _thread(self, where: Where) -> int | None:
        """The first message of the thread: a reply to a reply belongs to the same."""
        if where.thread is None:
            return None
        first = self._row(where.thread)
        if first["channel"] != where.channel:
            raise Permanent("message_not_found")
        return int(first["thread"] or first["id"])

    def redraw(self, message: str, card: Card) -> Message:
        """Another card in its place. "message_not_found", "cant_update_message" (not a card)."""
        if self._row(message)["card"] is None:
            raise Permanent("cant_update_message")
        with self._store.changing():
            self._store.execute(
                "UPDATE messages SET card = ?, is_edited = 1 WHERE id = ?",
                _dump_card(card),
                _number(message),
            )
            self._changed(message)
        return self.get(message)

    def pin(self, message: str) -> Message:
        """Pin it in its channel. "message_not_found"."""
        self._row(message)
        with self._store.changing():
            self._store.execute("UPDATE messages SET is_pinned = 1 WHERE id = ?", _number(message))
            self._changed(message)
        return self.get(message)

    def react(self, message: str, user: str, emoji: str, *, remove: bool = False) -> bool:
        """Give an emoji or take it back; False if nothing changed by that.

        "message_not_found", "invalid_name" (not in `EMOJI`).
        """
        self._row(message)
        if emoji not in EMOJI:
            raise Permanent("invalid_name")
        sql = (
            "DELETE FROM reactions WHERE message = ? AND person = ? AND emoji = ?"
            if remove
            else "INSERT OR IGNORE INTO reactions (message, person, emoji) VALUES (?, ?, ?)"
        )
        with self._store.changing():
            changed = self._store.execute(sql, _number(message), user, emoji).rowcount
            if changed:
                self._changed(message)
        return bool(changed)

    def _changed(self, message: str) -> None:
        row = self._row(message)
        thread = str(row["thread"]) if row["thread"] else None
        self._store.announce(
            Change("message", row["channel"], str(row["id"]), thread, row["only_for"])
        )

    def content_of(self, file: str) -> bytes:
        """A file's content; "file_not_found"."""
        row = self._store.row("SELECT content FROM files WHERE id = ?", _number(file))
        if row is None:
            raise Permanent("file_not_found")
        return bytes(row["content"])

    def with_file(self, file: str) -> Message:
        """The message that a file stands beside; "file_not_found"."""
        row = self._store.row("SELECT * FROM messages WHERE file = ?", _number(file))
        if row is None:
            raise Permanent("file_not_found")
        return self._message(row)

    def read(self, channel: str, user: str) -> None:
        """Somebody has seen all there is in a channel."""
        with self._store.changing():
            moved = self._store.execute(
                "INSERT INTO reads SELECT ?1, ?2, coalesce(max(id), 0) FROM messages"
                " WHERE channel = ?1 ON CONFLICT DO UPDATE SET upto = excluded.upto"
                " WHERE upto < excluded.upto",
                channel,
                user,
            )
            if moved.rowcount:
                self._store.announce(Change("read", channel, person=user))

    def unread(self, user: str) -> dict[str, int]:
        """How many messages of others `user` has not seen, by channel; those with none left out."""
        rows = self._store.rows(
            "SELECT m.channel, count(*) AS n FROM members JOIN messages m USING (channel)"
            " LEFT JOIN reads r ON r.channel = m.channel AND r.person = ?1"
            " WHERE members.person = ?1 AND m.author <> ?1 AND m.id > coalesce(r.upto, 0)"
            " AND (m.only_for IS NULL OR m.only_for = ?1) GROUP BY m.channel",
            user,
        )
        return {row["channel"]: row["n"] for row in rows}

    def last_at(self) -> datetime | None:
        """When the newest message was written: a clock that never goes back starts after that."""
        row = self._store.row("SELECT max(at) AS at FROM messages")
        return datetime.fromisoformat(row["at"]) if row and row["at"] else None

    def _message(self, row: sqlite3.Row) -> Message:
        return Message(
            id=str(row["id"]),
            channel=row["channel"],
            author=row["author"],
            at=datetime.fromisoformat(row["at"]),
            text=row["text"],
            card=self._load_card(row["card"]) if row["card"] else None,
            note=load_inline(json.loads(row["note"])) if row["note"] else None,
            file=self._file(row["file"]) if row["file"] else None,
            thread=str(row["thread"]) if row["thread"] else None,
            only_for=row["only_for"],
            is_edited=bool(row["is_edited"]),
            is_pinned=bool(row["is_pinned"]),
            is_command=bool(row["is_command"]),
            reactions=self._reactions(row["id"]),
            replies=self._replies(row["id"]),
        )

    def _load_card(self, stored: str) -> Card:
        try:
            return _card.validate_python(json.loads(stored), context={"commands": self._commands})
        except ValueError:  # a button's command is gone since
            return line(t("This card is of an earlier version and cannot be shown."), Tone.DONE)

    def _file(self, file: int) -> File:
        row = self._store.row(
            "SELECT id, name, length(content) AS size FROM files WHERE id = ?", file
        )
        assert row is not None, "messages refer to files"
        return File(str(row["id"]), row["name"], row["size"])

    def _reactions(self, message: int) -> tuple[Reaction, ...]:
        people: dict[str, list[str]] = {}
        for row in self._store.rows(
            "SELECT emoji, person FROM reactions WHERE message = ? ORDER BY rowid", message
        ):
            people.setdefault(row["emoji"], []).append(row["person"])
        return tuple(Reaction(emoji, tuple(given)) for emoji, given in people.items())

    def _replies(self, message: int) -> Thread | None:
        rows = self._store.rows(
            "SELECT author, at FROM messages WHERE thread = ? AND only_for IS NULL ORDER BY id",
            message,
        )
        if not rows:
            return None
        people = tuple(dict.fromkeys(row["author"] for row in rows))
        return Thread(len(rows), people, datetime.fromisoformat(rows[-1]["at"]))


def _dump_card(card: Card) -> str:
    # Not pydantic's own JSON, which refuses half surrogates and forgets infinite numbers.
    return json.dumps(_card.dump_python(card))


def _number(message: str) -> int:
    if not (message.isascii() and message.isdecimal() and len(message) < len(str(_LARGEST_ID))):
        raise Permanent("message_not_found")
    return int(message)
