"""What has happened, and what features ask of each other.

Features never call one another. A fact is announced (`ItemChanged`) and whoever subscribed reacts
in the same transaction; a question is asked of everybody (`RoomSections`) and each feature that has
something to say answers. Both are plain values, so a new capability joins in without any other
feature being touched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Generic, TypeVar

from bot.core.chat import Block, Button, Entry, Form
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
    """A channel was archived (`gone`), or is back."""

    channel: str
    gone: bool


@dataclass(frozen=True, slots=True)
class ChannelDeleted(Event):
    """A channel was deleted or dissolved: nobody can bring it back."""

    channel: str


@dataclass(frozen=True, slots=True)
class Reacted(Event):
    """Somebody put an emoji (its short name, `pushpin`) on a message, or took it back (`removed`).

    `channel` is "" where the platform names the message alone; `at` is when it was done, by the
    platform's clock, so that what comes in the wrong order is understood.
    """

    channel: str
    message: str
    emoji: str
    removed: bool
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ChannelMadePrivate(Event):
    """A public channel is private now."""

    channel: str


@dataclass(frozen=True, slots=True)
class ChannelShared(Event):
    """A channel is open to people of another organisation (`shared`), or no longer."""

    channel: str
    shared: bool


@dataclass(frozen=True, slots=True)
class ChannelMoved(Event):
    """The platform calls a channel by another id from now on."""

    channel: str
    new: str


@dataclass(frozen=True, slots=True)
class MusterRemoved(Event):
    """Muster was taken out of a channel (`gone`), or is in it again: it hears and says nothing."""

    channel: str
    gone: bool


@dataclass(frozen=True, slots=True)
class ProfileSeen(Event):
    """What the platform says of the sender, beyond what comes with every delivery."""

    is_active: bool = True
    #: The platform's id of whom they report to; None where it does not say.
    manager: str | None = None
    #: The platform says that it has just changed: what anybody remembers of them is out of date.
    is_news: bool = False


@dataclass(frozen=True, slots=True)
class HomeOpened(Event):
    """Somebody looks at their own page."""


@dataclass(frozen=True, slots=True)
class WorkspaceLeft(Event):
    """Muster was uninstalled from a workspace (`gone`), or is there again."""

    gone: bool


# From the worker.


@dataclass(frozen=True, slots=True)
class EffectFailed(Event):
    """An effect will not happen, and nothing that was waiting for it deals with that."""

    effect: int
    code: str


# Between features.


@dataclass(frozen=True, slots=True)
class PersonDeactivated(Event):
    """The platform says that somebody's account is no longer in use."""

    person: int


@dataclass(frozen=True, slots=True)
class RoomOpened(Event):
    """A war room is ready: it has its channel, its people and its card."""

    room: int


@dataclass(frozen=True, slots=True)
class RoomClosed(Event):
    """A war room was closed."""

    room: int


@dataclass(frozen=True, slots=True)
class RoomReopened(Event):
    """A closed war room is open again."""

    room: int


@dataclass(frozen=True, slots=True)
class RoomTouched(Event):
    """Something that a room's summary card shows has changed."""

    room: int


@dataclass(frozen=True, slots=True)
class ItemChanged(Event):
    """An item was added or taken back, or its state, owner or date changed.

    `before` is who had it, where somebody else has it now.
    """

    item: int
    room: int
    before: int | None = None


@dataclass(frozen=True, slots=True)
class ItemReported(Event):
    """Somebody said in passing how item `number` of a room stands: "done" or "blocked", and why."""

    room: int
    number: int
    person: int
    state: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class BlockerNamed(Event):
    """Somebody said in passing what is in their way.

    Said in the same words of a blocker of theirs that is still open, it is that one. `before` is
    what they had said at first, where they have put it differently since.
    """

    room: int
    person: int
    text: str
    before: str = ""


@dataclass(frozen=True, slots=True)
class NoteAdded(Event):
    """Somebody wrote a note on the timeline of a room."""

    room: int
    person: int
    text: str


@dataclass(frozen=True, slots=True)
class Missed(Event):
    """What was to happen by a time has not: an "update" that was promised, for example.

    It is `owner`'s to see to; `subject` is the id of its row, of its kind.
    """

    kind: str
    subject: int
    room: int
    what: Msg
    owner: int | None


@dataclass(frozen=True, slots=True)
class Settled(Event):
    """What was missed has come after all, or is no longer wanted. As `Missed` names it."""

    kind: str
    subject: int


@dataclass(frozen=True, slots=True)
class DecisionRecorded(Event):
    """A decision was recorded."""

    decision: int
    room: int | None


@dataclass(frozen=True, slots=True)
class WentAway(Event):
    """Somebody is away from `first` to `last`, both included. `reason` is for their eyes only."""

    person: int
    first: date
    last: date
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CameBack(Event):
    """Somebody who would be away is there on `day` and from then on."""

    person: int
    day: date


@dataclass(frozen=True, slots=True)
class RoomSections(Question[tuple[Block, ...]]):
    """Which blocks belong on the summary card of `room`?"""

    room: int


@dataclass(frozen=True, slots=True)
class RoomActions(Question[tuple[Button, ...]]):
    """Which buttons belong on the summary card of `room`?"""

    room: int


@dataclass(frozen=True, slots=True)
class ItemActions(Question[tuple[Button, ...]]):
    """Which buttons belong on a card about `item`, wherever that stands?"""

    item: int


@dataclass(frozen=True, slots=True)
class HomeSections(Question[tuple[Block, ...]]):
    """Which blocks belong on the own page of `person`, who asks or for whom it is drawn?"""

    person: int


@dataclass(frozen=True, slots=True)
class Reminder:
    """Something of which somebody will be reminded, or that will be due, at an instant."""

    at: datetime
    text: Msg


@dataclass(frozen=True, slots=True)
class NextReminders(Question[tuple[Reminder, ...]]):
    """Of what will `person` be reminded next? In any order, a few of the soonest."""

    person: int


@dataclass(frozen=True, slots=True)
class CaptureWithdrawn(Event):
    """Nobody has the emoji on a message any more by which `command` (its path) made something.

    `source` is the message's key (`sources.Source.key`), `person` whoever took the last one back.
    """

    source: str
    command: str
    person: int


@dataclass(frozen=True, slots=True)
class OpenWork(Question[tuple[Msg, ...]]):
    """What is still open in `room`, as sentences? Asked before it is closed."""

    room: int


@dataclass(frozen=True, slots=True)
class ClosingHeld(Question[tuple[Entry, ...]]):
    """What has to be settled before `room` can be closed at all, with what can be done about it?"""

    room: int


@dataclass(frozen=True, slots=True)
class DrawForm(Question[Form | None]):
    """What form has the command called `command`, for who asks? Of commands with `Spec.draws`.

    `kept` are the values that are known already, as the form hands them back.
    """

    command: str
    kept: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FormIntro(Question[Msg | None]):
    """What should be known before the form of `command` is filled in here?

    `values` are those that are known already.
    """

    command: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unaddressed(Question[Command | None]):
    """Somebody wrote words that name no command: are they meant for you?

    Where: the place of the transaction; alone with Muster if `is_direct`.
    """

    text: str
    is_direct: bool = False
    #: They were said below a message of Muster's, and not to it.
    is_overheard: bool = False


@dataclass(frozen=True, slots=True)
class KnownCommands(Question[tuple[type[Command], ...]]):
    """Which commands are there, for who asks? Answered by the registry itself."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A line of `muster doctor`."""

    text: Msg
    is_fine: bool
    advice: Msg | None = None


@dataclass(frozen=True, slots=True)
class Checkup(Question[tuple[Finding, ...]]):
    """Is all well, as far as you can tell?"""
