"""What a town is made of, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from bot.core.chat import Card
from bot.core.text import Inline, Language, Reader

#: Muster itself, as the author of messages and in mentions; no person ever has this id.
MUSTER = "muster"

#: Reactions that people can give, by the short name that every platform uses.
EMOJI = {
    "pushpin": "📌",
    "memo": "📝",
    "scales": "⚖️",
    "hammer": "🔨",
    "+1": "👍",
    "eyes": "👀",
    "white_check_mark": "✅",
    "tada": "🎉",
    "heart": "❤️",
    "pray": "🙏",
    "rocket": "🚀",
    "bulb": "💡",
    "warning": "⚠️",
    "question": "❓",
    "smile": "😄",
}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who lives in the town."""

    id: str
    name: str
    lang: Language
    zone: str
    is_admin: bool

    @property
    def reader(self) -> Reader:
        """How cards are drawn for them."""
        return Reader(self.lang, self.zone)


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel, or somebody's direct conversation with Muster (`direct_with`; it has no name)."""

    id: str
    name: str
    title: str
    topic: str
    private: bool
    archived: bool
    direct_with: str | None
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reaction:
    """An emoji on a message, and who gave it."""

    emoji: str
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class File:
    """A file beside a message; its content is read with `Messages.content_of`."""

    id: str
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Thread:
    """The replies to a message: how many, by whom, and when the last came."""

    replies: int
    people: tuple[str, ...]
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Message:
    """Something said, by a person (`text`) or by Muster (`card`, or `file` with a `note`).

    People stand in `text` as `<@id>`.
    """

    id: str
    channel: str
    author: str
    at: datetime
    text: str = ""
    card: Card | None = None
    note: Inline | None = None
    file: File | None = None
    #: The message that this one replies to.
    thread: str | None = None
    #: The only person who can see it; None for everybody.
    only_for: str | None = None
    is_edited: bool = False
    is_pinned: bool = False
    #: It was a slash command.
    is_command: bool = False
    reactions: tuple[Reaction, ...] = ()
    replies: Thread | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """Something in the town is other than before; whoever shows it looks again.

    `message`: one message came or changed. `channels`: channels, members or topics did. `people`:
    somebody came or changed. `read`: `person` has read `channel`. `clock`: the time was moved.
    """

    what: Literal["message", "channels", "people", "read", "clock"]
    channel: str | None = None
    message: str | None = None
    #: The message's thread.
    thread: str | None = None
    #: The only person whom it concerns; None for everybody.
    person: str | None = None
    #: Counts up from 1 with every change since the town was opened.
    number: int = field(default=0, compare=False)
