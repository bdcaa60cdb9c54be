"""A town with three people in it, and a Muster that says what the test wants."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime

import pytest

from adapters.playground.adapter import Playground
from adapters.playground.town import Town
from bot.core.clock import MovableClock
from bot.core.commands import Command, command, rest, step
from bot.core.platform import Answer, Incoming, Reply
from bot.core.text import Reader, t

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@command("note add", t("Add a note"), also=("笔记 加",))
class AddNote(Command):
    words: str = rest(t("Note"), default="")


@step("note added")
class NoteAdded(Command):
    pass


COMMANDS: dict[str, type[Command]] = {each.spec.path: each for each in (AddNote, NoteAdded)}


class Bot:
    """Stands for Muster: remembers what it is told and answers with `reply`."""

    def __init__(self) -> None:
        self.told: list[Incoming] = []
        self.reply: Reply | None = None
        #: Called first, with each delivery; may raise.
        self.before: Callable[[Incoming], None] = lambda _: None

    async def handle(self, incoming: Incoming) -> Answer:
        self.before(incoming)
        self.told.append(incoming)
        return Answer(self.reply, Reader("en"))


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(START, frozen=True)


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town(commands=COMMANDS)
    town.people.add("Alice")
    town.people.add("Bob", zone="America/New_York")
    town.people.add("张三")
    yield town
    town.close()


@pytest.fixture
def bot() -> Bot:
    return Bot()


@pytest.fixture
async def playground(town: Town, clock: MovableClock, bot: Bot) -> AsyncIterator[Playground]:
    """The adapter, with the bot listening."""
    adapter = Playground(town, clock)
    running = asyncio.create_task(adapter.run(bot.handle))
    await adapter.ready.wait()
    yield adapter
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
def general(town: Town) -> str:
    """The id of #general, in which everybody is."""
    found = town.channels.named("general")
    assert found is not None
    return found.id
