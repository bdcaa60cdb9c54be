"""People and places of a `World`, as tests speak of them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from adapters.playground.adapter import DIRECT, Playground, Shown
from adapters.playground.messages import Where
from adapters.playground.places import Message
from bot.core.chat import Button, Buttons, Card, Entries, Form
from bot.core.effects import Address
from bot.core.events import Event, ProfileSeen
from bot.core.i18n import plain
from bot.core.platform import (
    Answer,
    Happened,
    Incoming,
    Picked,
    Pressed,
    Sender,
    Submitted,
    Typed,
    encode,
)
from bot.core.text import Reader

if TYPE_CHECKING:
    from tests.world import World

ENGLISH = Reader("en", "UTC")
CHINESE = Reader("zh", "Asia/Shanghai")


@dataclass(frozen=True)
class Place:
    """A channel, as tests look at it."""

    world: World
    id: str

    @property
    def name(self) -> str:
        return self.world.town.channels.get(self.id).name

    @property
    def members(self) -> set[str]:
        return set(self.world.town.channels.get(self.id).members)

    def expects(self, *texts: str, reader: Reader | None = None) -> Message:
        """The oldest unread message here that says all of it; it counts as read now."""
        unread = self.world.unread(self.id)
        for message in unread:
            if message.only_for is None and _says(self.world.words(message, reader), texts):
                self.world.mark(message)
                return message
        shown = "\n---\n".join(self.world.words(m, reader) for m in unread) or "nothing"
        raise AssertionError(f"nobody said {texts} in {self.name}; unread:\n{shown}")

    def expects_nothing(self) -> None:
        """Nothing is unread here."""
        unread = [self.world.words(message) for message in self.world.unread(self.id)]
        assert not unread, unread

    def skips(self) -> None:
        """Whatever is unread here does not matter to the story."""
        for message in self.world.unread(self.id):
            self.world.mark(message)

    @property
    def pinned(self) -> Message:
        """The one pinned message."""
        found = self.world.town.messages.pinned(self.id)
        assert len(found) == 1, found
        return found[0]

    @property
    def card(self) -> str:
        """What the pinned card says now, in English."""
        return self.world.words(self.pinned)

    def card_says(self, *texts: str, reader: Reader | None = None) -> None:
        """The pinned card says all of it now."""
        words = self.world.words(self.pinned, reader)
        assert _says(words, texts), f"the card lacks {texts}:\n{words}"

    def card_lacks(self, *texts: str) -> None:
        """The pinned card says none of it now."""
        found = [text for text in texts if text in self.card]
        assert not found, f"the card has {found}:\n{self.card}"


@dataclass(frozen=True)
class Actor:
    """Somebody who does things."""

    world: World
    id: str

    @property
    def reader(self) -> Reader:
        return self.world.town.people.get(self.id).reader

    @property
    def _playground(self) -> Playground:
        return self.world.playground

    def says(self, text: str, place: Place | str | None = None) -> Said:
        """Write in a channel (#general by default)."""
        shown = self.world.run(self._playground.say(self.id, self._channel(place), text))
        return Said(self, self._place(place), shown)

    def dms(self, text: str) -> Said:
        """Write to Muster alone."""
        return self.says(text, DIRECT)

    def sends(
        self,
        what: Typed | Pressed | Submitted | Picked | Happened,
        place: Place | None = None,
        *,
        delivery: str | None = None,
        is_outsider: bool | None = None,
        **more: bool,
    ) -> Answer:
        """Deliver just that to the door, whatever the playground would make of it."""
        world = self.world
        person = world.town.people.get(self.id)
        sender = Sender(
            person.id, person.name, person.lang, person.zone, person.is_admin, is_outsider
        )
        incoming = Incoming(
            "playground",
            "playground",
            delivery or uuid.uuid4().hex,
            sender,
            what,
            Address("playground", "playground", self._channel(place)),
            **more,
        )
        return world.run(world.muster.door.handle(incoming))

    def reports(self, event: Event, place: Place | None = None) -> None:
        """The platform says that they did it, or that it happened to them."""
        assert self.sends(Happened(event), place).reply is None

    def is_seen(self, *, outsider: bool) -> None:
        """The platform says of them whether they are a guest, or of another organisation."""
        assert self.sends(Happened(ProfileSeen()), is_outsider=outsider).reply is None

    def reacts(self, emoji: str, message: Message, *, back: bool = False) -> None:
        """Put an emoji on a message, or take it back."""
        self.world.run(self._playground.react(self.id, message.id, emoji, remove=back))

    def writes(self, text: str, place: Place) -> Message:
        """Write something that is not for Muster."""
        said = self.says(text, place).shown.said
        assert said is not None
        return said

    def is_told(self, *texts: str, place: Place) -> Message:
        """The oldest unread message for them alone in a channel says all of it."""
        for message in self.world.unread(place.id):
            if message.only_for == self.id and _says(self.world.words(message, self.reader), texts):
                self.world.mark(message)
                return message
        shown = [self.world.words(m, self.reader) for m in self.world.unread(place.id)]
        raise AssertionError(f"nobody told {self.id} {texts}; unread:\n{shown}")

    def presses(self, label: str, where: Place | Said | Message) -> Said:
        """Press the newest button with that label: in a place, in an answer, on a message."""
        message, button = self._button(label, where)
        shown = self.world.run(self._playground.press(self.id, message.id, encode(button)))
        return Said(self, Where(message.channel, message.thread), shown)

    def _button(self, label: str, where: Place | Said | Message) -> tuple[Message, Button]:
        if isinstance(where, Message):
            candidates = [self.world.town.messages.get(where.id)]
        elif isinstance(where, Said):
            assert where.answer is not None
            candidates = [where.answer]
        else:
            candidates = [m for m in self.world.messages(where.id) if m.only_for in {None, self.id}]
        for message in reversed(candidates):
            for button in buttons_of(message.card):
                if plain(button.label, self.reader) == label:
                    return message, button
        raise AssertionError(f"no button {label!r}")

    @property
    def direct(self) -> Place:
        """Their conversation with Muster."""
        return Place(self.world, self.world.town.channels.direct(self.id).id)

    def hears(self, *texts: str) -> Message:
        """The oldest unread message in the direct conversation that says all of it."""
        return self.direct.expects(*texts, reader=self.reader)

    def joins(self, place: Place) -> None:
        """Come in by the platform's own means."""
        self.world.run(self._playground.join(self.id, place.id))

    def leaves(self, place: Place) -> None:
        self.world.run(self._playground.leave(self.id, place.id))

    def brings(self, other: Actor, place: Place) -> None:
        """Invite somebody by the platform's own means."""
        self.world.run(self._playground.invite(self.id, place.id, (other.id,)))

    def archives(self, place: Place, *, back: bool = False) -> None:
        """Archive a channel, or bring it back."""
        self.world.run(self._playground.archive_channel(self.id, place.id, archived=not back))

    def renames(self, place: Place, name: str) -> None:
        self.world.run(self._playground.rename_channel(self.id, place.id, name))

    def _channel(self, place: Place | str | None) -> str:
        if isinstance(place, Place):
            return place.id
        return place or self.world.channel("general").id

    def _place(self, place: Place | str | None) -> Where:
        channel = self._channel(place)
        return Where(self.direct.id if channel == DIRECT else channel)


@dataclass
class Said:
    """What came back at once."""

    actor: Actor
    where: Where
    shown: Shown

    @property
    def answer(self) -> Message | None:
        """The message for them alone, or the redrawn card; read by being asked for."""
        if self.shown.answer is not None:
            self.actor.world.mark(self.shown.answer)
        return self.shown.answer

    @property
    def form(self) -> Form:
        assert self.shown.form is not None, f"no form, but: {self.text}"
        return self.shown.form

    @property
    def text(self) -> str:
        """What was answered, in words."""
        if self.answer is None:
            return ""
        return self.actor.world.words(self.answer, self.actor.reader)

    def hears(self, *texts: str) -> Self:
        """The answer says all of it."""
        assert self.shown.form is None, f"a form: {self.shown.form}"
        assert self.answer is not None, f"no answer, not {texts}"
        assert _says(self.text, texts), f"not {texts} but:\n{self.text}"
        return self

    def hears_nothing(self) -> Self:
        assert self.shown.answer is None, self.text
        assert self.shown.form is None, self.form
        return self

    def fills(self, **values: str | tuple[str, ...]) -> Said:
        """Send the form that opened, some fields filled in."""
        form = self.form
        given = {each.name: each.value for each in form.fields} | values
        unknown = set(values) - {each.name for each in form.fields}
        assert not unknown, f"the form has no {unknown}"
        world = self.actor.world
        shown = world.run(
            world.playground.submit(self.actor.id, form.command, given, form.kept, self.where)
        )
        return Said(self.actor, self.where, shown)

    @property
    def intro(self) -> str:
        """What stands above the fields of the form."""
        return plain(self.form.intro, self.actor.reader) if self.form.intro else ""

    def value(self, name: str) -> str | tuple[str, ...]:
        """What a field of the form holds."""
        [found] = [each for each in self.form.fields if each.name == name]
        return found.value

    def field_error(self, name: str) -> str:
        """What the form says is wrong with a field."""
        [found] = [each for each in self.form.fields if each.name == name]
        return plain(found.error, self.actor.reader) if found.error else ""


def _says(words: str, texts: tuple[str, ...]) -> bool:
    return all(text in words for text in texts)


def buttons_of(card: Card | None) -> Iterator[Button]:
    """Every button of a card."""
    for block in card.blocks if card else ():
        if isinstance(block, Buttons):
            yield from block.buttons
        elif isinstance(block, Entries):
            for entry in block.entries:
                yield from entry.buttons
