"""A laboratory for the kernel: a capability made of trouble, and a platform that obeys."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.core import commands as c
from bot.core.chat import Card, line
from bot.core.clock import MovableClock
from bot.core.commands import Command, Needs, Step, command, step
from bot.core.effects import (
    Address,
    DirectMessage,
    Effect,
    Failure,
    PostCard,
    Receipt,
    UpdateCard,
    User,
)
from bot.core.errors import Refused
from bot.core.events import Event
from bot.core.platform import Adapter, Answer, Handle, Incoming, Sender, Typed
from bot.core.text import Reader, t
from bot.dispatch import Door
from bot.feature import Feature, Outcome, Registry
from bot.worker import AlarmClock, Worker
from storage.db import Database, open_database
from storage.rows import Rows, table_of
from storage.tables import Entry, Inbox, Outbox, Timer
from storage.tx import Tx
from tests import schema

START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
HOME = ("lab", "W1")
ALICE = Sender("U1", "Alice", "en", "UTC")
READER = Reader()


@command("lab hello", t("Say hello"), also=("实验 你好",))
class Hello(Command):
    name: str = c.rest(t("Name"), max_length=20)


@command("lab post", t("Post"))
class Post(Command):
    """Posts in channels, given by their names; a "+" after one lets a step follow."""

    where: str = c.rest(t("Where"))


@command("lab boom", t("Fail after writing"), form=False)
class Boom(Command): ...


@command("lab refuse", t("Refuse after writing"), form=False)
class Refuse(Command): ...


@command("lab loop", t("Set each other off"), form=False)
class Loop(Command): ...


@command("lab secret", t("For some"), needs=Needs.ADMIN)
class Secret(Command):
    word: str = c.rest(t("Word"))


@command("lab bare", t("Without a form"), form=False)
class Bare(Command):
    word: str = c.rest(t("Word"))


@command("lab timer", t("Set a timer"), form=False)
class SetTimer(Command):
    minutes: float = c.number(t("Minutes"), positional=True)
    poison: bool = c.flag(t("Poison"), default=False)


@command("lab show", t("Post a live card"), form=False)
class Show(Command): ...


@command("lab touch", t("Change what it shows"), form=False)
class Touch(Command): ...


@step("lab posted")
class Posted(Step):
    where: str
    receipt: Receipt | Failure | None = None


@step("lab rang")
class Rang(Step):
    poison: bool = False


@dataclass(frozen=True, slots=True)
class Looped(Event): ...


def _note(tx: Tx, kind: str) -> None:
    tx.record(kind, t("{kind}", kind=kind), room=1)


def hello(cmd: Hello, tx: Tx, now: datetime) -> Outcome:
    from bot.core.platform import Say

    _note(tx, "hello")
    return Outcome(Say(line(t("Hello {name}", name=cmd.name))))


def post(cmd: Post, tx: Tx, now: datetime) -> Outcome:
    effects = []
    for number, word in enumerate(cmd.where.split()):
        channel = word.rstrip("+")
        then = Posted(where=channel) if word.endswith("+") else None
        card = line(t("{number}", number=number))
        if channel.startswith("@"):
            effects.append(DirectMessage(User(*HOME, channel), card, READER, then=then))
        else:
            effects.append(PostCard(Address(*HOME, channel), card, READER, then=then))  # type: ignore[arg-type]  # either
    return Outcome(effects=tuple(effects))


def posted(cmd: Posted, tx: Tx, now: datetime) -> Outcome:
    if cmd.where == "POISON":
        _note(tx, "poisoned")
        raise RuntimeError("poison")
    match cmd.receipt:
        case Failure(code):
            _note(tx, f"failed {cmd.where} {code}")
        case Receipt(id=message):
            _note(tx, f"posted {cmd.where} {message}")
        case None:
            _note(tx, "without a receipt")
    return Outcome()


def boom(cmd: Boom, tx: Tx, now: datetime) -> Outcome:
    _note(tx, "boom")
    tx.next_number("rooms_made")
    raise RuntimeError("boom")


def refuse(cmd: Refuse, tx: Tx, now: datetime) -> Outcome:
    tx.next_number("rooms_made")
    raise Refused(t("No."))


def loop(cmd: Loop | Looped, tx: Tx, now: datetime) -> Outcome:
    return Outcome(events=(Looped(),))


def secret(cmd: Secret, tx: Tx, now: datetime) -> Outcome:
    _note(tx, "secret")
    return Outcome()


def set_timer(cmd: SetTimer, tx: Tx, now: datetime) -> Outcome:
    key = f"timer {cmd.minutes} {cmd.poison}"
    tx.set_timer(key, now + timedelta(minutes=cmd.minutes), Rang(poison=cmd.poison))
    return Outcome()


def rang(cmd: Rang, tx: Tx, now: datetime) -> Outcome:
    _note(tx, f"rang {now:%H:%M}")
    if cmd.poison:
        raise RuntimeError("poison")
    return Outcome()


def _shown(tx: Tx) -> Card:
    """How often "lab touch" was said, in this workspace."""
    return line(t("{n} touches", n=tx.workspace.rooms_made))


def show(cmd: Show, tx: Tx, now: datetime) -> Outcome:
    return Outcome(effects=(PostCard(Address(*HOME, "C1"), _shown(tx), READER, live="lab:1"),))


def touch(cmd: Touch, tx: Tx, now: datetime) -> Outcome:
    tx.next_number("rooms_made")
    return Outcome(effects=tuple(tx.redraw("lab:1")))


FEATURE = Feature(
    name="lab",
    commands={
        Hello: hello,
        Post: post,
        Boom: boom,
        Refuse: refuse,
        Loop: loop,
        Secret: secret,
        Bare: secret,
        SetTimer: set_timer,
        Show: show,
        Touch: touch,
        Posted: posted,
        Rang: rang,
    },
    reactions={Looped: loop},
    live={"lab": lambda tx, _: _shown(tx) if tx.workspace.rooms_made < 100 else None},
)


async def until(condition: Callable[[], object]) -> None:
    """Let others go on until `condition` holds; TimeoutError if it does not in a while."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110  what is waited for has no event
            await asyncio.sleep(0)


class Platform:
    """Does what it is told, and remembers it. `failures` come first, one each."""

    name = "lab"

    def __init__(self) -> None:
        self.done: list[tuple[str, Effect]] = []
        self.tries = 0
        self.failures: deque[Exception] = deque()
        #: While it is set, nothing is answered; for who wants to look in the middle.
        self.held: asyncio.Event | None = None
        #: Whether its cards cannot be changed: each stands in a message of its own.
        self.posts_anew = False

    async def run(self, handle: Handle) -> None: ...

    async def perform(self, effect: Effect, key: str) -> Receipt:
        self.tries += 1
        if self.held is not None:
            await self.held.wait()
        if self.failures:
            raise self.failures.popleft()
        self.done.append((key, effect))
        if isinstance(effect, UpdateCard) and not self.posts_anew:
            return Receipt(effect.message)
        return Receipt(f"m{len(self.done)}")

    @property
    def places(self) -> list[str]:
        """Where something was posted, in order."""
        return [
            getattr(effect.to, "channel", getattr(effect.to, "user", "")) for _, effect in self.done
        ]


class Lab:
    """The kernel with the capability above, on a database of its own."""

    def __init__(
        self,
        *adapters: Adapter,
        url: str = "sqlite://",
        feature: Feature = FEATURE,
        alarm: AlarmClock | None = None,
    ) -> None:
        self.clock = MovableClock(START, frozen=True)
        self.db: Database = open_database(url)
        schema.upgrade(self.db)
        self.platform = Platform()
        self.registry = Registry((feature,))
        self.door = Door(self.db, self.registry, self.clock, instance="i0", defaults=READER)
        self.adapters: Mapping[str, Adapter] = {
            each.name: each for each in adapters or (self.platform,)
        }
        self.worker = self.new_worker(alarm)
        self._deliveries = 0

    def new_worker(self, alarm: AlarmClock | None = None) -> Worker:
        """Another one, as after a restart or on another machine."""
        worker = Worker(self.door, self.adapters, self.clock, alarm)
        self.door.wake = worker.wake
        return worker

    async def says(
        self, text: str, *, delivery: str | None = None, sender: Sender = ALICE
    ) -> Answer:
        """Type something in C1."""
        return await self.sends(Typed(text), delivery=delivery, sender=sender)

    async def sends(
        self, what: Any, *, delivery: str | None = None, sender: Sender = ALICE
    ) -> Answer:
        self._deliveries += 1
        delivery = delivery or f"d{self._deliveries}"
        return await self.door.handle(Incoming(*HOME, delivery, sender, what, Address(*HOME, "C1")))

    async def advance(self, **delta: float) -> None:
        """Let time pass in one leap, then do what is due."""
        self.clock.move_to(self.clock.now() + timedelta(**delta))
        await self.worker.drain()

    async def rows(self, table: type[Any]) -> list[Any]:
        """All rows of a table, in their order."""
        found = table_of(table)
        order = found.c.id if "id" in found.c else found.c.name
        return await self.db.read(
            lambda conn: Rows(conn).all(table, found.select().order_by(order))
        )

    async def timeline(self) -> list[str]:
        """The kinds of all its lines."""
        return [entry.kind for entry in await self.rows(Entry)]

    async def states(self) -> list[str]:
        """The state of every effect, in order."""
        return [row.state for row in await self.rows(Outbox)]

    async def counts(self) -> tuple[int, int, int]:
        """Deliveries noted, effects on their way, timers set."""
        waiting = [row for row in await self.rows(Outbox) if row.state in {"waiting", "claimed"}]
        return len(await self.rows(Inbox)), len(waiting), len(await self.rows(Timer))
