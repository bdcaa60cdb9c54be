"""Notices whatever Muster does in the town of `muster chat`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import assert_never

from adapters.playground.adapter import Playground, Shown
from adapters.playground.messages import Where
from adapters.playground.places import Channel, Message, Person
from adapters.playground.town import Town
from bot.core.chat import Form
from bot.core.clock import Clock
from bot.core.effects import (
    Address,
    Archive,
    Bookmark,
    CreateChannel,
    Describe,
    DirectMessage,
    Effect,
    Invite,
    Pin,
    PostCard,
    PublishHome,
    ReadMessage,
    Receipt,
    RedrawCard,
    Remove,
    SendFile,
    Tell,
    UpdateCard,
    Urgent,
    User,
)
from bot.core.platform import Answer
from bot.core.text import Reader


class Kind(StrEnum):
    """What Muster did. The words are part of the JSON that `muster chat --json` prints."""

    POSTED = "posted"
    UPDATED = "updated"
    PINNED = "pinned"
    SAID = "said"  # to one person alone, in a channel
    DM = "dm"  # in their direct conversation
    FORM = "form"
    FILE = "file"
    CHANNEL = "channel"
    DESCRIBED = "described"
    INVITED = "invited"
    REMOVED = "removed"
    ARCHIVED = "archived"


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that Muster did."""

    kind: Kind
    at: datetime
    channel: Channel
    #: Whose language and time zone it is in; None for what is no text.
    reader: Reader | None = None
    #: The only person who sees it.
    to: Person | None = None
    message: Message | None = None
    form: Form | None = None
    #: Who was invited or removed.
    people: tuple[Person, ...] = ()
    #: Who could not be invited, and the platform's word for why.
    refused: tuple[tuple[str, str], ...] = ()


Report = Callable[[Deed], None]


class Stage(Playground):
    """The playground, telling of everything that Muster does in it, as soon as it is done."""

    def __init__(self, town: Town, clock: Clock, tell: Report) -> None:
        super().__init__(town, clock)
        self._tell = tell

    async def perform(self, effect: Effect, key: str) -> Receipt:
        """As `Playground.perform`."""
        receipt = await super().perform(effect, key)
        deed = self._done(effect, receipt)
        if deed is not None:
            self._tell(deed)
        return receipt

    async def send_file(self, effect: SendFile, key: str, content: Path) -> Receipt:
        """As `Playground.send_file`."""
        receipt = await super().send_file(effect, key, content)
        deed = self._done(effect, receipt)
        if deed is not None:
            self._tell(deed)
        return receipt

    def _done(  # noqa: C901, PLR0911, PLR0912  one a case
        self, effect: Effect, receipt: Receipt
    ) -> Deed | None:
        match effect:
            case CreateChannel():
                return self._deed(Kind.CHANNEL, receipt.id)
            case Describe(to):
                return self._deed(Kind.DESCRIBED, to.channel)
            case Invite(to, users):
                came = tuple(user for user in users if user not in receipt.refused)
                refused = tuple(receipt.refused.items())
                return self._deed(Kind.INVITED, to.channel, people=came, refused=refused)
            case Remove(to, user):
                return self._deed(Kind.REMOVED, to.channel, people=(user,))
            case PostCard(to, reader=reader):
                return self._deed(Kind.POSTED, to.channel, receipt.id, reader)
            case UpdateCard(to, reader=reader):
                return self._deed(Kind.UPDATED, to.channel, receipt.id, reader)
            case Pin(to):
                return self._deed(Kind.PINNED, to.channel, receipt.id)
            case DirectMessage(to, reader=reader):
                return self._deed(Kind.DM, self._direct(to), receipt.id, reader)
            case SendFile(to, reader=reader):
                channel = to.channel if isinstance(to, Address) else self._direct(to)
                return self._deed(Kind.FILE, channel, receipt.id, reader)
            case Tell(to, reader=reader):
                return self._deed(Kind.SAID, to.channel, receipt.id, reader)
            case ReadMessage() | Bookmark() | PublishHome() | Urgent():
                return None  # nothing to be seen in the town
            case Archive(to):
                return self._deed(Kind.ARCHIVED, to.channel)
            case RedrawCard():
                raise TypeError(type(effect).__name__)  # the worker makes an UpdateCard of it
            case _:
                assert_never(effect)

    def _direct(self, to: User) -> str:
        return self.town.channels.direct(to.user).id

    def _deed(
        self,
        kind: Kind,
        channel: str,
        message: str | None = None,
        reader: Reader | None = None,
        *,
        people: tuple[str, ...] = (),
        refused: tuple[tuple[str, str], ...] = (),
    ) -> Deed:
        found = self.town.channels.get(channel)
        return Deed(
            kind,
            self._clock.now(),
            found,
            reader,
            self.town.people.get(found.direct_with) if found.direct_with else None,
            self.town.messages.get(message) if message else None,
            people=tuple(self.town.people.get(user) for user in people),
            refused=refused,
        )

    def _show(self, answer: Answer, person: Person, where: Where, pressed: Message | None) -> Shown:
        shown = super()._show(answer, person, where, pressed)
        now = self._clock.now()
        if shown.form is not None:
            place = self.town.channels.get(where.channel)
            self._tell(Deed(Kind.FORM, now, place, answer.reader, person, form=shown.form))
        if shown.answer is not None:
            place = self.town.channels.get(shown.answer.channel)
            if pressed is not None and shown.answer.id == pressed.id:
                deed = Deed(Kind.UPDATED, now, place, answer.reader, None, shown.answer)
            else:
                kind = Kind.DM if place.direct_with else Kind.SAID
                deed = Deed(kind, now, place, answer.reader, person, shown.answer)
            self._tell(deed)
        return shown
