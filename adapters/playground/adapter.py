"""Muster in the town: performs its effects there, and brings it what people do."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, assert_never

from adapters.playground import client
from adapters.playground.messages import Where
from adapters.playground.parse import form_values, parse_text, readable_json
from adapters.playground.people import MUSTER_NAMES
from adapters.playground.places import MUSTER, Channel, Message, Person
from adapters.playground.town import Town
from bot.core.chat import Form
from bot.core.clock import Clock
from bot.core.effects import Address, Effect, Receipt, SendFile
from bot.core.errors import MusterError, Permanent, Unavailable
from bot.core.events import (
    ChannelArchived,
    ChannelRenamed,
    Event,
    MemberJoined,
    MemberLeft,
    Reacted,
)
from bot.core.platform import (
    Answer,
    Handle,
    Happened,
    Incoming,
    Pressed,
    Redraw,
    Say,
    Sender,
    ShowForm,
    Submitted,
    Typed,
)

#: In place of a channel: the direct conversation with Muster.
DIRECT = "dm"
#: Seconds before a delivery that was not accepted is made again, as a platform does.
_AGAIN_AFTER = (0.1, 0.5, 2.0)


class NotRunningError(MusterError):
    """Muster does not listen yet: `run` the adapter first."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a person sees at once when they did something."""

    #: The message that they wrote.
    said: Message | None = None
    #: Muster's answer: a message for them alone, or the card that was redrawn.
    answer: Message | None = None
    #: The form that opened.
    form: Form | None = None


class Playground:
    """The adapter. What people do is a method each; all may raise `Permanent`, in Slack's words."""

    name = "playground"
    #: The id of the one workspace.
    workspace = "playground"

    def __init__(self, town: Town, clock: Clock) -> None:
        self.town = town
        self._clock = clock
        self._handle: Handle | None = None
        #: Set while Muster listens.
        self.ready = asyncio.Event()

    async def run(self, handle: Handle) -> None:
        """Bring `handle` what people do, until cancelled; then every live view is let go."""
        self._handle = handle
        self.ready.set()
        try:
            await asyncio.Event().wait()
        finally:
            self._handle = None
            self.ready.clear()
            self.town.hang_up()

    async def perform(self, effect: Effect, key: str) -> Receipt:
        """Do it, once for each `key`. Raises `Permanent`."""
        now = self._clock.now()
        return self.town.once(key, lambda: client.perform(effect, self.town, now))

    async def send_file(self, effect: SendFile, key: str, content: Path) -> Receipt:
        """Keep a copy of the file and show it. As `perform`."""
        written = await asyncio.to_thread(content.read_bytes)
        now = self._clock.now()
        return self.town.once(key, lambda: client.send_file(effect, written, self.town, now))

    # What people do.

    async def say(self, user: str, channel: str, text: str, thread: str | None = None) -> Shown:
        """Write in a channel (its id, or `DIRECT`), or in a thread there.

        Everybody sees it. Muster hears it if it is a slash command, mentions Muster, or is in the
        direct conversation. "not_in_channel", "is_archived", "no_text".
        """
        person, found = self._inside(user, channel)
        names = self.town.people.names()
        spoken = parse_text(text, names, MUSTER_NAMES)
        if not spoken.shown:
            raise Permanent("no_text")
        heard = spoken.is_command or spoken.mentions_muster or found.direct_with is not None
        overheard = not heard and self._is_ours(thread)
        if heard or overheard:
            self._check_running()
        where = Where(found.id, thread)
        said = self.town.messages.say(
            user, where, spoken.shown, self._clock.now(), is_command=spoken.is_command
        )
        self.town.messages.read(found.id, user)
        if not heard and not overheard:
            return Shown(said)
        what = Typed(spoken.meant, spoken.names, is_overheard=overheard)
        shown = await self._deliver(person, what, Where(found.id, said.thread))
        return Shown(said, shown.answer, shown.form)

    def _is_ours(self, thread: str | None) -> bool:
        """Whether a thread stands below a message of Muster's."""
        return thread is not None and self.town.messages.get(thread).author == MUSTER

    async def press(self, user: str, message: str, payload: object) -> Shown:
        """Press a button; `payload` is what `bot.core.platform.encode` made of it."""
        person, found = self._visible(user, message)
        what = Pressed(readable_json(payload), found.id)
        return await self._deliver(person, what, Where(found.channel, found.thread), found)

    async def submit(
        self,
        user: str,
        command: str,
        values: Mapping[str, Any],
        kept: Mapping[str, str],
        place: Where,
        *,
        message: str | None = None,
    ) -> Shown:
        """Send the form of `command`, opened in `place`, or standing in the card `message`.

        `values` are as a browser has them (yes or no may be true and false); people are ids.
        """
        person = self.town.people.get(user)
        place = Where(self._channel(user, place.channel).id, place.thread)
        found = self._visible(user, message)[1] if message is not None else None
        kept = {name: str(value) for name, value in readable_json(kept).items()}
        what = Submitted(command, form_values(values), kept, self.town.people.names())
        return await self._deliver(person, what, place, found)

    async def join(self, user: str, channel: str) -> None:
        """Come into a public channel."""
        self._check_running()
        if self.town.channels.join(channel, user):
            await self._joined(user, channel, user)

    async def leave(self, user: str, channel: str) -> None:
        self._check_running()
        if self.town.channels.remove(channel, user):
            await self._happened(user, channel, MemberLeft(channel, user))

    async def invite(self, user: str, channel: str, others: tuple[str, ...]) -> dict[str, str]:
        """Bring others in; who could not be, and why."""
        self._check_running()
        _, found = self._inside(user, channel)
        refused = self.town.channels.invite(channel, others)
        for other in others:
            if other not in refused and other not in found.members:
                await self._joined(user, channel, other)
        return refused

    async def create_channel(self, user: str, name: str, *, private: bool = False) -> Channel:
        """Make a channel and be in it. "invalid_name", "name_taken"."""
        self._check_running()
        self.town.people.get(user)
        made = self.town.channels.create(name, private=private)
        self.town.channels.invite(made.id, [user])
        await self._joined(user, made.id, user)
        return self.town.channels.get(made.id)

    async def rename_channel(self, user: str, channel: str, name: str) -> None:
        self._check_running()
        self._inside(user, channel)
        self.town.channels.rename(channel, name)
        await self._happened(user, channel, ChannelRenamed(channel, name))

    async def archive_channel(self, user: str, channel: str, *, archived: bool = True) -> None:
        """Archive a channel, or bring it back."""
        self._check_running()
        self._inside(user, channel)
        self.town.channels.archive(channel, archived=archived)
        await self._happened(user, channel, ChannelArchived(channel, archived))

    async def react(self, user: str, message: str, emoji: str, *, remove: bool = False) -> None:
        """Give an emoji by its short name, or take it back."""
        self._check_running()
        _, found = self._visible(user, message)
        if not self.town.messages.react(message, user, emoji, remove=remove):
            return
        await self._happened(user, found.channel, Reacted(found.channel, message, emoji, remove))

    async def _joined(self, by: str, channel: str, user: str) -> None:
        name = self.town.people.get(user).name
        await self._happened(by, channel, MemberJoined(channel, user, name))

    def _came(self, channel: str, user: str) -> MemberJoined:
        return MemberJoined(channel, user, self.town.people.get(user).name)

    async def _happened(self, user: str, channel: str, event: Event) -> None:
        await self._deliver(self.town.people.get(user), Happened(event), Where(channel))

    async def _deliver(
        self,
        person: Person,
        what: Typed | Pressed | Submitted | Happened,
        where: Where,
        pressed: Message | None = None,
    ) -> Shown:
        channel = self.town.channels.get(where.channel)
        incoming = Incoming(
            self.name,
            self.workspace,
            uuid.uuid4().hex,
            Sender(person.id, person.name, person.lang, person.zone, person.is_admin),
            what,
            Address(self.name, self.workspace, where.channel, where.thread),
            is_direct=channel.direct_with is not None,
        )
        answer = await self._accepted(incoming)
        return self._show(answer, person, where, pressed)

    async def _accepted(self, incoming: Incoming) -> Answer:
        """Deliver until it is accepted, or for as long as somebody would wait."""
        for pause in _AGAIN_AFTER:
            try:
                return await self._check_running()(incoming)
            except Unavailable:
                await asyncio.sleep(pause)
        return await self._check_running()(incoming)

    def _show(
        self,
        answer: Answer,
        person: Person,
        where: Where,
        pressed: Message | None,
    ) -> Shown:
        match answer.reply:
            case None:
                return Shown()
            case ShowForm(form):
                return Shown(form=form)
            case Redraw(card) if pressed is not None and pressed.card is not None:
                return Shown(answer=self.town.messages.redraw(pressed.id, card))
            case Say(card) | Redraw(card):
                place = self._place_for(person, where)
                return Shown(answer=self.town.messages.post(place, card, self._clock.now()))
            case _:
                assert_never(answer.reply)

    def _place_for(self, person: Person, where: Where) -> Where:
        """Where somebody is told something alone.

        There; where that can no longer be, in their direct conversation.
        """
        channel = self.town.channels.get(where.channel)
        direct = self.town.channels.direct(person.id)
        can_see = self.town.channels.can_see(person.id, channel.id)
        if channel.id == direct.id or channel.archived or not can_see:
            return Where(direct.id, where.thread if channel.id == direct.id else None)
        return Where(channel.id, where.thread, person.id)

    def _check_running(self) -> Handle:
        if self._handle is None:
            raise NotRunningError
        return self._handle

    def _inside(self, user: str, channel: str) -> tuple[Person, Channel]:
        person = self.town.people.get(user)
        found = self._channel(user, channel)
        if user not in found.members:
            raise Permanent("not_in_channel")
        return person, found

    def _visible(self, user: str, message: str) -> tuple[Person, Message]:
        person = self.town.people.get(user)
        found = self.town.messages.get(message)
        if found.only_for not in {None, user}:
            raise Permanent("message_not_found")
        self._channel(user, found.channel)
        return person, found

    def _channel(self, user: str, channel: str) -> Channel:
        channels = self.town.channels
        found = channels.direct(user) if channel == DIRECT else channels.get(channel)
        if not channels.can_see(user, found.id):
            raise Permanent("channel_not_found")
        return found
