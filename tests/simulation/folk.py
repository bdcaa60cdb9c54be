"""The people of a town, and what each of them does next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from bot.core.chat import Form
from bot.core.commands import Command, dump
from bot.core.effects import Address
from bot.core.events import (
    ChannelArchived,
    ChannelMadePrivate,
    ChannelRenamed,
    ChannelShared,
    Event,
    HomeOpened,
    MusterRemoved,
    ProfileSeen,
    Reacted,
)
from bot.core.platform import (
    Answer,
    Happened,
    Incoming,
    Pressed,
    Say,
    Sender,
    ShowForm,
    Submitted,
    Typed,
    What,
    encode,
)
from bot.core.text import Language
from tests.simulation.clock import Clock
from tests.simulation.fate import Fate
from tests.simulation.judge import HUSH, Deed, Judge, is_done
from tests.simulation.places import MUSTER, Channel, Person, buttons_of
from tests.simulation.post import Letter, Post
from tests.simulation.talk import COUNTED, OF_A_ROOM, Talk
from tests.simulation.town import Town

_NAMES = ("Ann", "陈工", "Bob", "李雷", "Dora", "韩梅梅", "Eve")
_ZONES = ("UTC", "Asia/Shanghai", "Europe/London", "America/New_York")
_EMOJI = ("pushpin", "white_check_mark", "memo", "heart")


@dataclass(slots=True)
class _Open:
    """A form that somebody has before them."""

    user: str
    form: Form
    place: Address
    is_direct: bool


@dataclass(slots=True)
class Folk:
    """The people of one town."""

    town: Town
    talk: Talk
    post: Post
    judge: Judge
    clock: Clock
    fate: Fate
    deliveries: int = 0
    opened: int = 0
    forms: list[_Open] = field(default_factory=list)

    def settle(self, rng: Random) -> None:
        """Populate the town."""
        for number, name in enumerate(_NAMES[: rng.randint(3, len(_NAMES))], 1):
            lang: Language = "zh" if not name.isascii() else "en"
            zone = rng.choice(_ZONES)
            person = Person(
                f"u{number}", name, lang, zone, number == 1, [(self.clock.true, {lang, "en"})]
            )
            self.town.add_person(person)
        for name in ("general", "random"):
            channel = self.town.add_channel(name, name)
            for user in self.town.people:
                self.town.join(user, channel)
        self.town.announce = self._announced

    # What a step can be.

    def act(self, rng: Random) -> None:
        """Somebody does something; as long as there is no room, somebody opens one."""
        if self.opened < 1 + rng.randrange(2):
            self.opened += 1
            self._asks(rng, rng.choice(list(self.town.people.values())), self.talk.opening)
            return
        doings: list[tuple[float, Callable[[Random, Person], None]]] = [
            (55, self._types),
            (22, self._presses),
            (12 if self.forms else 0, self._fills),
            (6, self._chats),
            (5, self._reacts),
            (5, self._joins_or_leaves),
            (4, self._meddles),
            (3, self._looks),
        ]
        doing = rng.choices([each for _, each in doings], [weight for weight, _ in doings])[0]
        doing(rng, rng.choice(list(self.town.people.values())))

    def _types(self, rng: Random, person: Person) -> None:
        self._asks(rng, person, self.talk.choose(rng))

    def _asks(self, rng: Random, person: Person, cls: type[Command]) -> None:
        channel = self._somewhere(rng, person)
        if cls.spec.path == "warroom open" and rng.random() < 0.25:
            mark = f"hush{len(self.judge.secrets) + 1}x"
            self.judge.secrets[mark] = {person.user}
            text = f"/warroom open {self.talk.sentence(rng, person.native, mark)} --private"
            self.talk.main = self.talk.last
        else:
            text = self.talk.typed(
                rng, cls, person.native, list(self.town.people.values()), _mark(channel)
            )
        names = {each.user: each.name for each in self.town.people.values()}
        what = Typed(text, names)
        self.judge.say(f"{person.user} types in {self.town.name}/{channel.id}: {text}")
        word = self.talk.main if cls.spec.path in COUNTED and self.talk.main in text else ""
        chosen = text.split()[-1] if cls.spec.path == "muster language" else ""
        is_answerable = self.town.kind == "probed"
        self._send(
            person, what, channel, cls.spec.path, word, chosen=chosen, is_answerable=is_answerable
        )
        if cls.spec.path in {"decide", "decide propose"}:
            self.talk.decisions += 1

    def _presses(self, rng: Random, person: Person) -> None:
        """A button of any card before them, as it looks or once looked."""
        cards = [
            (message, card)
            for message in self.town.messages.values()
            if message.author == MUSTER and self.town.sees(person.user, message)
            for card in message.cards[-3:]
        ]
        found = [(m, button) for m, card in cards[-40:] for button in buttons_of(card)]
        if not found:
            return
        message, button = rng.choice(found)
        payload = encode(button)
        self.judge.say(f"{person.user} presses {dump(button.command)} on {message.id}")
        channel = self.town.channels[message.channel]
        what = Pressed(payload, None if message.only_for else message.id)
        self._send(person, what, channel, button.command.spec.path)

    def _fills(self, rng: Random, _: Person) -> None:
        opened = self.forms.pop(rng.randrange(len(self.forms)))
        person = self.town.people[opened.user]
        channel = self.town.channels[opened.place.channel]
        everybody = list(self.town.people.values())
        self.talk.main = ""
        form = opened.form
        is_here = channel.first_title.startswith(f"{form.kept.get('room', '')} ")
        mark = _mark(channel) if is_here and form.command in OF_A_ROOM else ""
        values = self.talk.filled(rng, form, person.native, everybody, mark)
        what = Submitted(form.command, values, form.kept, {p.user: p.name for p in everybody})
        self.judge.say(f"{person.user} sends the form of {form.command}: {values}")
        word = self.talk.main if form.command in COUNTED else ""
        chosen = str(values.get("language", "")) if form.command == "muster language" else ""
        self._send(person, what, channel, form.command, word, chosen=chosen)

    def _chats(self, rng: Random, person: Person) -> None:
        """Words that are not for Muster, or in reply to it."""
        channel = self._somewhere(rng, person)
        text = self.talk.sentence(rng, person.native, _mark(channel))
        said = self.town.say(person.user, channel.id, text, self.clock.true)
        self.judge.say(f"{person.user} says in {channel.id}, as {said.id}: {text}")
        if channel.direct_with:
            self._send(person, Typed(text), channel, "", is_answerable=False)

    def _reacts(self, rng: Random, person: Person) -> None:
        said = [
            each
            for each in self.town.messages.values()
            if each.author != MUSTER and self.town.sees(person.user, each)
        ]
        if not said:
            return
        message = rng.choice(said[-12:])
        emoji, removed = rng.choice(_EMOJI), rng.random() < 0.3
        self.judge.say(f"{person.user} reacts {emoji} to {message.id}, removed={removed}")
        event = Reacted(message.channel, message.id, emoji, removed, self.clock.true)
        self._happens(person.user, event, message.channel)

    def _joins_or_leaves(self, rng: Random, person: Person) -> None:
        public = [c for c in self.town.channels.values() if not c.private and not c.archived]
        channel = rng.choice(public)
        self.judge.say(f"{person.user} joins or leaves {channel.id}")
        if person.user in channel.members and channel.name not in {"general", "random"}:
            self.town.leave(person.user, channel)
        else:
            self.town.join(person.user, channel)

    def _meddles(self, rng: Random, person: Person) -> None:
        """Something happens to a room's channel by the platform's own means."""
        rooms = [c for c in self.town.channels.values() if c.first_title.startswith("WR-")]
        if not rooms:
            return
        channel = rng.choice(rooms)
        event = self._meddling(rng, channel)
        self.judge.say(f"{person.user} meddles: {event}")
        self._happens(person.user, event, channel.id)

    def _meddling(self, rng: Random, channel: Channel) -> Event:
        which = rng.randrange(5)
        if channel.archived or which == 0:
            channel.archived = not channel.archived
            channel.was_lost = True
            return ChannelArchived(channel.id, channel.archived)
        if not channel.has_muster or which == 1:
            channel.has_muster = not channel.has_muster
            channel.was_lost = True
            return MusterRemoved(channel.id, not channel.has_muster)
        if which == 2:
            channel.private = True
            return ChannelMadePrivate(channel.id)
        if which == 3:
            return ChannelShared(channel.id, rng.random() < 0.5)
        channel.name = f"renamed-{self.deliveries}"
        return ChannelRenamed(channel.id, channel.name)

    def _looks(self, rng: Random, person: Person) -> None:
        """At their page; or the platform has news of them."""
        if self.town.kind == "probed" and rng.random() < 0.7:
            self.judge.say(f"{person.user} looks at their page")
            self._happens(person.user, HomeOpened(), self.town.direct(person.user).id)
        else:
            other = rng.choice(list(self.town.people))
            self.judge.say(f"{person.user} reports to {other}, says the platform")
            event = ProfileSeen(manager=None if other == person.user else other)
            self._happens(person.user, event, self.town.direct(person.user).id)

    # How it reaches Muster.

    def _announced(self, user: str, event: Event) -> None:
        """The platform tells of its own accord."""
        channel: str = getattr(event, "channel", "")
        self._happens(user, event, channel)

    def _happens(self, user: str, event: Event, channel: str) -> None:
        sender = Sender("" if user == MUSTER else user)
        if user != MUSTER:
            person = self.town.people[user]
            sender = Sender(user, person.name, person.native, person.zone, person.is_admin)
        place = self.town.address(channel)
        self.post.send(
            self._incoming(sender, Happened(event), place, is_answerable=False),
            lambda letter, answer: self._heard(letter, answer, "", None),
        )

    def _incoming(
        self, sender: Sender, what: What, place: Address, *, is_answerable: bool
    ) -> Incoming:
        self.deliveries += 1
        channel = self.town.channels[place.channel]
        return Incoming(
            self.town.name,
            self.town.workspace,
            f"{self.town.name}-{self.deliveries}",
            sender,
            what,
            place,
            is_direct=channel.direct_with is not None,
            is_answerable=is_answerable,
        )

    def _send(
        self,
        person: Person,
        what: What,
        channel: Channel,
        path: str,
        word: str = "",
        *,
        chosen: str = "",
        is_answerable: bool = True,
    ) -> None:
        known = self.fate.rng.random() < 0.7
        sender = Sender(
            person.user,
            person.name,
            person.native if known else None,
            person.zone if known else None,
            person.is_admin if known else None,
            is_known=known,
        )
        place = self.town.address(channel.id)
        incoming = self._incoming(sender, what, place, is_answerable=is_answerable)
        deed = None
        if chosen == "auto" and not person.is_met:
            person.leaves_it_open(self.clock.true)
            chosen = ""
        if chosen:
            person.chooses(_language(chosen, person), self.clock.true)
        letter = self.post.send(
            incoming, lambda letter, answer: self._heard(letter, answer, chosen, deed)
        )
        if word:
            deed = Deed(path, word, letter)
            self.judge.deeds.append(deed)

    def _heard(self, letter: Letter, answer: Answer, chosen: str, deed: Deed | None) -> None:
        """An answer came."""
        incoming = letter.incoming
        reply = self.judge.answered(self.town, letter, answer)
        done = is_done(reply)
        # What is answered to the second of two that came at once says nothing of the first.
        is_sure = letter.tries == 1 or not incoming.is_answerable
        if deed is not None and is_sure:
            deed.is_done = done
        place = incoming.place
        assert place is not None
        if isinstance(reply, ShowForm) and incoming.sender.user:
            opened = _Open(incoming.sender.user, reply.form, place, incoming.is_direct)
            self.forms.append(opened)
        elif isinstance(reply, Say) and answer.reply is not None:
            channel = self.town.channels[place.channel]
            self.town.answer(
                incoming.sender.user, channel, reply.card, answer.reader, self.clock.true
            )
        person = self.town.people.get(incoming.sender.user)
        # News of somebody whom Muster has not met yet are none.
        is_news = isinstance(incoming.what, Happened) and isinstance(
            incoming.what.event, ProfileSeen
        )
        tells = incoming.sender.lang is not None and not is_news
        if person is not None and tells and done and is_sure:
            person.is_met_with(self.clock.true)
        if chosen and done and is_sure and person is not None:
            person.has_chosen(_language(chosen, person), self.clock.true)

    def _somewhere(self, rng: Random, person: Person) -> Channel:
        """Where they do it: mostly in a room that they are in."""
        theirs = [c for c in self.town.channels.values() if person.user in c.members]
        rooms = [c for c in theirs if c.first_title.startswith("WR-") and not c.archived]
        if rooms and rng.random() < 0.7:
            return rng.choice(rooms[-4:])
        return rng.choice(theirs)


def _mark(channel: Channel) -> str:
    """The word of a private channel, if it has one."""
    found = HUSH.search(channel.first_title) if channel.private else None
    return found[0] if found else ""


def _language(chosen: str, person: Person) -> str:
    """The language that somebody asks for."""
    return person.native if chosen == "auto" else chosen
