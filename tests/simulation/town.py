"""A chat platform, as small as can be: people, channels, messages; what is seen, and by whom.

It does what effects ask for and says truthfully why not; what goes wrong on the way is `wire.py`'s.
There are two kinds, with the abilities of the two that Muster speaks to: one remembers the keys of
what it was asked for, one can be searched for what it has done.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Literal, assert_never

from bot.core.chat import Card
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
    Quoted,
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
from bot.core.errors import Permanent
from bot.core.events import ChannelArchived, Event, MemberJoined, MemberLeft
from bot.core.text import Reader
from tests.simulation.places import MUSTER, Channel, Message, Person, Seen

#: keyed: the same key is the same message, for an hour; no pages, no archive, urgent messages.
#: probed: nothing remembers keys, but what was posted carries them, and can be looked for.
Kind = Literal["keyed", "probed"]
KEYS_KEPT = 3600.0


class Town:
    """One workspace of a platform."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.name = kind
        self.workspace = "T1"
        self.people: dict[str, Person] = {}
        self.channels: dict[str, Channel] = {}
        self.messages: dict[str, Message] = {}
        #: By key: when it was first done, and its receipt.
        self.done: dict[str, tuple[float, Receipt]] = {}
        #: How often something became visible, by key.
        self.posted: dict[str, int] = {}
        #: The keys of what it said that it will never do.
        self.refused: set[str] = set()
        self.pages: dict[str, Card] = {}
        #: Called with what somebody sees.
        self.watch: Callable[[Seen], None] = lambda _: None
        #: Called with what else happens here, for the story.
        self.note: Callable[[str], None] = lambda _: None
        #: Called with what the platform tells Muster of its own accord: who did it, and what.
        self.announce: Callable[[str, Event], None] = lambda *_: None

    # What there is.

    def add_person(self, person: Person) -> None:
        self.people[person.user] = person
        direct = f"D{len(self.people)}"
        channel = Channel(direct, "", "", private=True, direct_with=person.user)
        self.channels[direct] = channel
        self._put_in(channel, person.user)

    def add_channel(self, name: str, title: str, *, private: bool = False) -> Channel:
        channel = Channel(f"C{len(self.channels) + 1}", name, title, private, first_title=title)
        self.channels[channel.id] = channel
        return channel

    def direct(self, user: str) -> Channel:
        return next(each for each in self.channels.values() if each.direct_with == user)

    def _put_in(self, channel: Channel, user: str) -> bool:
        is_new = user not in channel.members
        channel.members[user] = None
        channel.witnesses.add(user)
        return is_new

    def address(self, channel: str, thread: str | None = None) -> Address:
        return Address(self.name, self.workspace, channel, thread)

    def sees(self, user: str, message: Message) -> bool:
        """Whether somebody has a message before their eyes."""
        is_theirs = message.only_for in {None, user}
        return is_theirs and not message.is_gone and user in self.channels[message.channel].members

    # What people do.

    def say(self, user: str, channel: str, text: str, now: datetime) -> Message:
        return self._post(Message(self._next_id(), channel, user, now, text))

    def join(self, user: str, channel: Channel) -> None:
        if self._put_in(channel, user):
            self.announce(user, MemberJoined(channel.id, user, self.people[user].name))

    def leave(self, user: str, channel: Channel) -> None:
        if user in channel.members:
            del channel.members[user]
            self.announce(user, MemberLeft(channel.id, user))

    def answer(self, user: str, channel: Channel, card: Card, reader: Reader, at: datetime) -> None:
        """Show an answer at once, to one person alone."""
        self._post(
            Message(self._next_id(), channel.id, MUSTER, at, "", [card], reader, only_for=user)
        )

    # What Muster does.

    def perform(self, effect: Effect, key: str, now: datetime) -> Receipt:  # noqa: C901, PLR0911, PLR0912  one each
        """Do it. Permanent: why it cannot be."""
        match effect:
            case CreateChannel():
                return self._create(effect, key)
            case Invite(to, users):
                return self._invite(self._open(to), users)
            case Remove(to, user):
                self.leave(user, self._open(to))
                return Receipt(to.channel)
            case Describe(to, title):
                self._open(to).title = title
                return Receipt(to.channel)
            case PostCard(to, card, reader):
                return self._show(effect, key, self._open(to), card, reader, now, to.thread)
            case DirectMessage(to, card, reader):
                direct = self._direct(to)
                posted = self._show(effect, key, direct, card, reader, now)
                return Receipt(posted.id, channel=direct.id)
            case Tell(to, user, card, reader):
                return self._tell(effect, key, self.channels[to.channel], user, card, reader, now)
            case UpdateCard(to, message, card, reader):
                return self._update(effect, self._open(to), message, card, reader)
            case Pin(to, message):
                self._open(to)
                self._message(message).is_pinned = True
                return Receipt(message)
            case ReadMessage(_, message):
                return self._read(message)
            case Archive(to):
                return self._archive(self.channels[to.channel])
            case Bookmark(to):
                self._open(to)
                return Receipt(to.channel)
            case Urgent(_, message):
                if self.kind == "probed":
                    raise Permanent("not_supported")
                return Receipt(message)
            case PublishHome():
                return self._publish(effect, key)
            case RedrawCard() | SendFile():
                raise TypeError(type(effect).__name__)
            case _:
                assert_never(effect)

    def send_file(self, effect: SendFile, key: str, card: Card, now: datetime) -> Receipt:
        to = effect.to
        channel = self._direct(to) if isinstance(to, User) else self._open(to)
        return self._show(effect, key, channel, card, effect.reader, now)

    def find(self, effect: Effect, key: str) -> Receipt | None:
        """What was done under a key, as far as it left a trace."""
        match effect:
            case CreateChannel(name=name):
                made = self.done.get(key)
                found = [c for c in self.channels.values() if c.name == name and made]
                return made[1] if made and found else None
            case PostCard() | DirectMessage() | SendFile():
                found_there = [m for m in self.messages.values() if m.key == key and not m.is_gone]
                if not found_there:
                    return None
                message = found_there[0]
                direct = message.channel if isinstance(effect, DirectMessage) else ""
                return Receipt(message.id, channel=direct)
            case _:
                return None

    def _create(self, effect: CreateChannel, key: str) -> Receipt:
        if self.kind == "probed" and any(c.name == effect.name for c in self.channels.values()):
            raise Permanent("name_taken")
        made = self.add_channel(effect.name, effect.title, private=effect.private)
        self.note(f"makes {self.name}/{made.id} [{key}]: {effect.title}")
        self.posted[key] = self.posted.get(key, 0) + 1
        return Receipt(made.id, made.name)

    def _invite(self, channel: Channel, users: tuple[str, ...]) -> Receipt:
        refused = {user: "user_not_found" for user in users if user not in self.people}
        for user in users:
            if user not in refused and self._put_in(channel, user):
                self.announce(MUSTER, MemberJoined(channel.id, user, self.people[user].name))
        return Receipt(channel.id, refused=refused)

    def _tell(
        self,
        effect: Effect,
        key: str,
        channel: Channel,
        user: str,
        card: Card,
        reader: Reader,
        now: datetime,
    ) -> Receipt:
        """To them alone: there, where they and Muster are; else in private."""
        if channel.archived or not channel.has_muster or user not in channel.members:
            return self._show(effect, key, self._direct(self._user(user)), card, reader, now)
        return self._show(effect, key, channel, card, reader, now, only_for=user)

    def _user(self, user: str) -> User:
        return User(self.name, self.workspace, user)

    def _direct(self, to: User) -> Channel:
        if to.user not in self.people:
            raise Permanent("user_not_found")
        return self.direct(to.user)

    def _open(self, to: Address) -> Channel:
        channel = self.channels.get(to.channel)
        if channel is None:
            raise Permanent("channel_not_found")
        if channel.archived:
            raise Permanent("is_archived")
        if not channel.has_muster:
            raise Permanent("not_in_channel")
        return channel

    def _message(self, message: str) -> Message:
        found = self.messages.get(message)
        if found is None or found.is_gone:
            raise Permanent("message_not_found")
        return found

    def _show(
        self,
        effect: Effect,
        key: str,
        channel: Channel,
        card: Card,
        reader: Reader,
        now: datetime,
        thread: str | None = None,
        *,
        only_for: str | None = None,
    ) -> Receipt:
        message = Message(
            self._next_id(), channel.id, MUSTER, now, "", [card], reader, key, only_for, thread
        )
        self._post(message)
        self.posted[key] = self.posted.get(key, 0) + 1
        self.watch(Seen(effect, key, card, reader, channel, only_for or channel.direct_with))
        return Receipt(message.id)

    def _update(
        self, effect: UpdateCard, channel: Channel, message: str, card: Card, reader: Reader
    ) -> Receipt:
        found = self._message(message)
        if found.cards[-1] != card:
            found.cards.append(card)
            seen = Seen(effect, "", card, reader, channel, channel.direct_with, is_new=False)
            self.watch(seen)
        return Receipt(message)

    def _read(self, message: str) -> Receipt:
        found = self._message(message)
        quoted = Quoted(found.channel, found.id, found.author, found.text, found.at)
        return Receipt(message, quoted=quoted)

    def _archive(self, channel: Channel) -> Receipt:
        if self.kind == "probed" and not channel.archived:
            channel.archived = channel.was_lost = True
            self.announce(MUSTER, ChannelArchived(channel.id, gone=True))
        return Receipt(channel.id)

    def _publish(self, effect: PublishHome, key: str) -> Receipt:
        if self.kind == "keyed":
            raise Permanent("not_supported")
        user = effect.to.user
        self.pages[user] = effect.card
        self.watch(Seen(effect, key, effect.card, effect.reader, None, user, is_new=False))
        return Receipt(user)

    def _next_id(self) -> str:
        return f"M{len(self.messages) + 1}"

    def _post(self, message: Message) -> Message:
        self.messages[message.id] = message
        return message
