"""What there is in a town: people, channels, messages; and what somebody sees of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from bot.core.chat import Button, Buttons, Card, Entries
from bot.core.effects import Effect
from bot.core.text import Language, Reader

MUSTER = "muster"


@dataclass(slots=True)
class Person:
    """Somebody."""

    user: str
    name: str
    native: Language
    zone: str
    is_admin: bool
    #: The languages in which they may be spoken to: from when on, which.
    spoken: list[tuple[datetime, set[str]]] = field(default_factory=list)
    #: Choices of a language that are under way; and whether several were at the same time.
    choosing: int = 0
    is_mixed: bool = False
    #: Whether Muster knows their own language; until then it speaks the workspace's.
    is_met: bool = False

    def is_met_with(self, now: datetime) -> None:
        """The platform has told Muster of them."""
        if not self.is_met and self.choosing == 0 and len(self.spoken) == 1:
            self.spoken.append((now, {self.native}))
        self.is_met = True

    def spoken_since(self, at: datetime) -> set[str]:
        """The languages that have been right at any time since then."""
        found: set[str] = set()
        for began, languages in reversed(self.spoken):
            found |= languages
            if began <= at:
                break
        return found

    def chooses(self, lang: str, now: datetime) -> None:
        """They have asked for another language: from now on either is right."""
        self.choosing += 1
        self.is_mixed |= self.choosing > 1
        self.spoken.append((now, self.spoken[-1][1] | {lang}))

    def leaves_it_open(self, now: datetime) -> None:
        """They want what the platform says, which is nothing yet: the workspace's, till then."""
        self.spoken.append((now, self.spoken[-1][1] | {self.native, "en"}))

    def has_chosen(self, lang: str, now: datetime) -> None:
        """They were told that it is theirs now."""
        self.choosing -= 1
        if self.choosing == 0:
            if not self.is_mixed:
                self.spoken.append((now, {lang}))
            self.is_mixed = False


@dataclass(slots=True)
class Channel:
    """A channel, or with `direct_with` somebody's conversation with Muster."""

    id: str
    name: str
    title: str
    private: bool = False
    archived: bool = False
    has_muster: bool = True
    direct_with: str | None = None
    members: dict[str, None] = field(default_factory=dict)
    #: Everybody who was ever in it.
    witnesses: set[str] = field(default_factory=set)
    #: The title that it was made with.
    first_title: str = ""
    #: Whether Muster was ever unable to speak there: its card may have been posted anew since.
    was_lost: bool = False


@dataclass(slots=True)
class Message:
    """A message. `cards` is how it looked, one after the other."""

    id: str
    channel: str
    author: str
    at: datetime
    text: str = ""
    cards: list[Card] = field(default_factory=list)
    reader: Reader = field(default_factory=Reader)
    key: str = ""
    only_for: str | None = None
    thread: str | None = None
    is_pinned: bool = False
    is_gone: bool = False


@dataclass(slots=True)
class Seen:
    """Something of Muster's that somebody sees now, for the judge."""

    effect: Effect | None
    key: str
    card: Card
    reader: Reader
    channel: Channel | None
    #: Who sees it; None: whoever is in the channel.
    user: str | None
    is_new: bool = True


def buttons_of(card: Card) -> Iterator[Button]:
    """Every button of a card."""
    for block in card.blocks:
        if isinstance(block, Buttons):
            yield from block.buttons
        elif isinstance(block, Entries):
            for entry in block.entries:
                yield from entry.buttons
