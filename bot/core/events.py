"""What has happened, and what features ask of each other.

Features never call one another. A fact is announced (`ItemChanged`) and whoever subscribed reacts
in the same transaction; a question is asked of everybody (`RoomSections`) and each feature that has
something to say answers. Both are plain values, so a new capability joins in without any other
feature being touched.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from bot.core.chat import Block, Button
from bot.core.commands import Command
from bot.core.text import Msg

A = TypeVar("A")


class Event:
    """A fact, in the past tense."""

    __slots__ = ()


class Question(Generic[A]):
    """Something that every feature may answer with an `A`."""

    __slots__ = ()


# From the platforms: what happens in channels.


@dataclass(frozen=True, slots=True)
class MemberJoined(Event):
    """Somebody is now in a channel."""

    channel: str
    user: str
    #: What they are called, as far as the platform says.
    name: str = ""


@dataclass(frozen=True, slots=True)
class MemberLeft(Event):
    """Somebody is no longer in a channel."""

    channel: str
    user: str


@dataclass(frozen=True, slots=True)
class ChannelRenamed(Event):
    """A channel has another name."""

    channel: str
    name: str


@dataclass(frozen=True, slots=True)
class ChannelArchived(Event):
    """A channel was archived or dissolved (`gone`), or is back."""

    channel: str
    gone: bool


@dataclass(frozen=True, slots=True)
class Reacted(Event):
    """Somebody put an emoji (its short name, `pushpin`) on a message, or took it back (`removed`).

    Carries the message as it was then, for it cannot always be read again later.
    """

    channel: str
    message: str
    emoji: str
    removed: bool
    author: str
    text: str
    at: datetime
    link: str = ""


# Between features.


@dataclass(frozen=True, slots=True)
class RoomOpened(Event):
    """A war room is ready: it has its channel, its people and its card."""

    room: int


@dataclass(frozen=True, slots=True)
class RoomClosed(Event):
    """A war room was closed."""

    room: int


@dataclass(frozen=True, slots=True)
class RoomTouched(Event):
    """Something that a room's summary card shows has changed."""

    room: int


@dataclass(frozen=True, slots=True)
class ItemChanged(Event):
    """An item was added, or its state, owner or date changed."""

    item: int
    room: int


@dataclass(frozen=True, slots=True)
class DecisionRecorded(Event):
    """A decision was recorded."""

    decision: int
    room: int | None


@dataclass(frozen=True, slots=True)
class RoomSections(Question[tuple[Block, ...]]):
    """Which blocks belong on the summary card of `room`?"""

    room: int


@dataclass(frozen=True, slots=True)
class RoomActions(Question[tuple[Button, ...]]):
    """Which buttons belong on the summary card of `room`?"""

    room: int


@dataclass(frozen=True, slots=True)
class OpenWork(Question[tuple[Msg, ...]]):
    """What is still open in `room`, as sentences? Asked before it is closed."""

    room: int


@dataclass(frozen=True, slots=True)
class KnownCommands(Question[tuple[type[Command], ...]]):
    """Which commands are there? Answered by the registry itself."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A line of `muster doctor`."""

    text: Msg
    is_fine: bool
    advice: Msg | None = None


@dataclass(frozen=True, slots=True)
class Checkup(Question[tuple[Finding, ...]]):
    """Is all well, as far as you can tell?"""
