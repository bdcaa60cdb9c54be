"""What must hold, whatever happens: watched as it happens, and looked into at the end.

The judge sees what people see, what is committed, and the database; never how Muster came to it.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import Connection

from bot.core.chat import Card, Form, Quote, Tone
from bot.core.commands import Command
from bot.core.effects import (
    DirectMessage,
    PostCard,
    PublishHome,
    SendFile,
    Tell,
    UpdateCard,
    load_effect,
)
from bot.core.i18n import plain
from bot.core.plaintext import card_text
from bot.core.platform import Answer, Redraw, Say, ShowForm
from bot.core.text import Reader
from bot.worker import FEWEST_TRIES
from tests.simulation.clock import MOST_WRONG, Clock
from tests.simulation.places import Channel, Seen
from tests.simulation.post import Letter
from tests.simulation.store import Store
from tests.simulation.town import Town

HUSH = re.compile(r"hush\d+x")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_LETTERS = re.compile(r"[A-Za-z]{2}")
_PLACEHOLDER = re.compile(r"\{\w*\}")
#: Errors in the log that are what was done to Muster, and no fault: an effect that the platform
#: will never do, of which nothing follows.
_FORESEEN = {"effect.failed"}


@dataclass(slots=True)
class Deed:
    """A command with a word of its own, and how it ended: None while nobody knows."""

    path: str
    word: str
    letter: Letter
    is_done: bool | None = None


@dataclass(slots=True)
class Judge:
    """Watches one life."""

    store: Store
    clock: Clock
    towns: Mapping[str, Town]
    commands: dict[str, type[Command]]
    say: Callable[[str], None]
    broken: list[str] = field(default_factory=list)
    deeds: list[Deed] = field(default_factory=list)
    #: By the word of something private: who may know of it.
    secrets: dict[str, set[str]] = field(default_factory=dict)
    _fired: set[int] = field(default_factory=set)
    fired: int = 0
    #: By town and channel: the last effect that was posted there.
    _last: dict[tuple[str, str], int] = field(default_factory=dict)

    def wrong(self, what: str) -> None:
        """Something happened that must not."""
        self.say(f"BROKEN: {what}")
        self.broken.append(what)

    # As it happens.

    def logged(self, event: Mapping[str, Any]) -> None:
        """An error in the log."""
        if event.get("event") not in _FORESEEN:
            self.wrong(f"logged: {dict(event)}")

    def committed(self, note: Any) -> None:
        """A timer has fired for good."""
        due, now = note
        self.fired += 1
        self.say(f"timer {due.key} fires")
        if due.id in self._fired:
            self.wrong(f"timer {due.key} fired twice")
        self._fired.add(due.id)
        if due.due_at > now:
            self.wrong(f"timer {due.key} fired at {now}, before {due.due_at}")

    def saw(self, town: Town, seen: Seen) -> None:
        """Somebody sees something of Muster's."""
        where = seen.channel.id if seen.channel else "page"
        words = card_text(seen.card, seen.reader)
        who = f" for {seen.user}" if seen.user else ""
        verb = "shows" if seen.is_new else "redraws"
        self.say(f"{verb} in {town.name}/{where}{who} [{seen.key}]: {_short(words)}")
        self._private(town, seen.channel, seen.user, words)
        effect = seen.effect
        if isinstance(effect, (DirectMessage, Tell, PublishHome)) and seen.user:
            self._language(town, seen.user, seen.card, seen.reader, self._written(seen.key))
        if not seen.is_new or effect is None:
            return
        if town.posted[seen.key] > 1 and not (isinstance(effect, Tell) and town.kind == "probed"):
            self.wrong(f"{seen.key} is shown {town.posted[seen.key]} times")
        if isinstance(effect, (PostCard, DirectMessage, SendFile)) and seen.channel:
            self._in_order(town, seen.channel, seen.key)

    def _in_order(self, town: Town, channel: Channel, key: str) -> None:
        row = self.one("SELECT id FROM outbox WHERE key = :key", key=key)
        before = self._last.get((town.name, channel.id), 0)
        if row is None:
            self.wrong(f"{key} is shown and in no outbox")
        elif row < before:
            self.wrong(f"{key} is shown in {channel.id} behind what was asked for later")
        else:
            self._last[town.name, channel.id] = row

    def _private(self, town: Town, channel: Channel | None, user: str | None, words: str) -> None:
        for word in set(HUSH.findall(words)):
            knows = self.secrets.setdefault(word, set())
            home = [c for c in town.channels.values() if word in c.title]
            for each in home:
                knows |= each.witnesses
            if channel is not None and channel in home:
                continue
            readers = {user} if user else set(channel.members) if channel else set()
            if not readers <= knows | self._members(town, word):
                outside = sorted(readers - knows)
                self.wrong(f"{word} is private, and is shown to {outside}: {_short(words)}")

    def _members(self, town: Town, word: str) -> set[str]:
        """Who was ever in the room with that word in its title."""
        found = self.all(
            "SELECT person.user FROM person JOIN room_member ON room_member.person_id = person.id"
            " JOIN room ON room.id = room_member.room_id WHERE room.title LIKE :word",
            word=f"%{word}%",
        )
        return {user for (user,) in found}

    def _written(self, key: str) -> datetime:
        """When an effect was written, at the earliest: the machine's clock may be wrong."""
        written = self.one("SELECT created_at FROM outbox WHERE key = :key", key=key)
        return datetime.fromisoformat(written).replace(tzinfo=UTC) - MOST_WRONG

    def _language(self, town: Town, user: str, card: Card, reader: Reader, since: datetime) -> None:
        """It is spoken in a language that has been theirs at some time since then."""
        right = town.people[user].spoken_since(since)
        if reader.lang not in right:
            self.wrong(f"{user} is spoken to in {reader.lang}, not {sorted(right)}")
        words = _PLACEHOLDER.sub("", card.title.id)
        if reader.lang == "zh" and _LETTERS.search(words):
            said = plain(card.title, reader)
            if not _CHINESE.search(said):
                self.wrong(f"{user} reads Chinese, and is told: {said}")

    def answered(
        self, town: Town, letter: Letter, answer: Answer
    ) -> Say | Redraw | ShowForm | None:
        """A delivery was acknowledged; what was, or will be, answered, and in which language."""
        incoming = letter.incoming
        taken = self.one(
            "SELECT id FROM inbox WHERE platform = :p AND workspace = :w AND delivery = :d",
            p=incoming.platform,
            w=incoming.workspace,
            d=incoming.delivery,
        )
        if taken is None:
            self.wrong(f"{incoming.delivery} is acknowledged, and nothing is kept of it")
        reply = answer.reply
        if reply is None and not incoming.is_answerable:
            return self._later(taken)
        user = incoming.sender.user
        if isinstance(reply, (Say, Redraw)):
            words = card_text(reply.card, answer.reader)
            self.say(f"answers {user}: {_short(words)}")
            self._language(town, user, reply.card, answer.reader, letter.sent)
            self._private(town, None, user, words)
            if reply.card.tone is Tone.DANGER and "went wrong on my side" in reply.card.title.id:
                self.wrong(f"{incoming.delivery} is told that Muster is at fault")
        elif isinstance(reply, ShowForm):
            self.say(f"asks {user}: {reply.form.command}")
        return reply

    def _later(self, taken: int | None) -> Say | ShowForm | None:
        """The answer that leaves through the outbox."""
        payload = self.one("SELECT payload FROM outbox WHERE key = :key", key=f"sim-i{taken}-a-0")
        if payload is None:
            return None
        effect = load_effect(payload, self.commands)
        assert isinstance(effect, (Tell, DirectMessage, PostCard, UpdateCard))
        match effect.card.blocks:
            case (Form() as form,):
                return ShowForm(form)
            case _:
                return Say(effect.card)

    def was_given_up(self, key: str) -> bool:
        """Whether an effect was refused by its platform, or tried for so long that it was left."""
        tries = self.one("SELECT attempts FROM outbox WHERE key = :key", key=key) or 0
        return tries >= FEWEST_TRIES or any(key in town.refused for town in self.towns.values())

    # In the database.

    def one(self, query: str, **values: Any) -> Any:
        """The first column of the first row; None if there is none."""
        found = self.all(query, **values)
        return found[0][0] if found else None

    def all(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        """The rows that a query finds in what is committed."""

        def look(conn: Connection) -> list[tuple[Any, ...]]:
            driver = cast("sqlite3.Connection", conn.connection.dbapi_connection)
            return driver.execute(query, values).fetchall()

        return self.store.read(look)


def is_done(reply: Say | Redraw | ShowForm | None) -> bool:
    """Whether what was asked for was done, by what was answered: a refusal hands the text back."""
    match reply:
        case ShowForm():
            return False
        case Say(Card(tone=Tone.WARNING, blocks=() | (Quote(),))):
            return False
        case _:
            return True


def _short(words: str) -> str:
    """The beginning of a text, on one line, for the story."""
    line = " | ".join(words.splitlines())
    return line if len(line) <= 160 else f"{line[:159]}…"
