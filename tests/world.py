"""A world to try Muster in: the production bootstrap, the playground, a clock that stands still.

Tests read as conversations:

    alice.says("/warroom open Payment timeouts --severity 1 @bob")
    room = world.room("WR-1")
    room.expects("WR-1 Payment timeouts", "critical")
    bob.presses("Join", room)
    world.advance(hours=26)

A world that is left checks itself: every message of Muster's was expected, nothing waits in the
outbox, nothing was logged as an error.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Connection
from sqlmodel import SQLModel

from adapters.playground.adapter import Playground
from adapters.playground.places import MUSTER, Message
from adapters.playground.town import Town
from bot.bootstrap import Muster, build, registry
from bot.core.clock import MovableClock
from bot.core.effects import Effect
from bot.core.i18n import plain
from bot.core.plaintext import card_text
from bot.core.text import Language, Reader
from bot.settings import Settings
from storage import identity, outbox
from storage.rows import Rows
from storage.tx import Tx
from tests import schema
from tests.actors import CHINESE, ENGLISH, Actor, Place, Said
from tests.troubles import Troubles

__all__ = ["CHINESE", "ENGLISH", "START", "Actor", "Place", "Said", "World", "world"]

T = TypeVar("T")
#: Monday morning in Shanghai, Sunday night in New York.
START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


class World:
    """Everything, in memory unless a database URL is given.

    What nobody touches climbs only with `escalation`: other stories are about something else.
    """

    def __init__(
        self,
        url: str = "sqlite://",
        *,
        at: datetime = START,
        language: Language = "en",
        zone: str = "UTC",
        escalation: bool = False,
    ) -> None:
        self._runner = asyncio.Runner()
        self._folder = tempfile.TemporaryDirectory(prefix="muster-world-")
        self.clock = MovableClock(at, frozen=True)
        self.town = Town(commands=registry().commands)
        settings = Settings.without_file(
            home=Path(self._folder.name),
            database_url=url,
            language=language,
            timezone=zone,
            playground="on",
        )
        self.muster: Muster = self._runner.run(self._start(settings))
        assert self.muster.playground is not None
        self.playground: Playground = self.muster.playground
        if not escalation:
            self.read(lambda tx: tx.change_settings(escalation="off"))
        self._troubles = Troubles(self.playground)
        self._read: dict[str, str] = {}
        #: The test has failed already: how the story would have ended does not matter.
        self.is_abandoned = False
        self._logs: Sequence[Mapping[str, Any]] = []
        #: Errors in the log that a test means to cause, by their event.
        self.meant_errors: set[str] = set()

    async def _start(self, settings: Settings) -> Muster:
        with schema.at_hand():
            muster = build(settings, clock=self.clock, town=self.town)
        await muster.start(working=False)
        return muster

    def __enter__(self) -> Self:
        self._capture = structlog.testing.capture_logs([structlog.processors.format_exc_info])
        self._logs = self._capture.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._capture.__exit__(kind, error, trace)
        try:
            if error is None and not self.is_abandoned:
                self.check()
        finally:
            self._runner.run(self.muster.stop())
            self._runner.close()
            self._folder.cleanup()

    def check(self) -> None:
        """Nothing is left unread, undone or wrong."""
        self.settle()
        errors = [
            log
            for log in self._logs
            if log["log_level"] in {"error", "critical"} and log["event"] not in self.meant_errors
        ]
        assert not errors, errors
        waiting = self.read(lambda tx: outbox.counts(tx.conn))
        assert waiting.get("waiting", 0) == waiting.get("claimed", 0) == 0, waiting
        unread = [self.words(message) for message in self.unread()]
        assert not unread, "nobody expected:\n" + "\n\n".join(unread)

    # People and places.

    def person(self, name: str, *, lang: Language = "en", zone: str = "UTC") -> Actor:
        """Somebody new, or whom the world knows already."""
        known = self.town.people.called(name)
        person = known or self.town.people.add(name, lang=lang, zone=zone)
        general = self.town.channels.named("general")
        assert general is not None
        self.town.channels.join(general.id, person.id)
        return Actor(self, person.id)

    def channel(self, name: str) -> Place:
        """A channel by its name."""
        found = self.town.channels.named(name)
        assert found is not None, f"no channel {name}"
        return Place(self, found.id)

    def room(self, key: str) -> Place:
        """The channel of a war room."""
        found = [c for c in self.town.channels.everything() if c.title.startswith(f"{key} ")]
        assert found, f"no channel of {key}"
        return Place(self, found[0].id)

    # Trouble.

    def fails(self, kind: type[Effect], *failures: Exception) -> None:
        """The next effects of a kind fail on the platform, one after the other."""
        self._troubles.fail(kind, *failures)

    def turns_away(self, actor: Actor, why: str) -> None:
        """From now on the platform lets nobody invite them."""
        self._troubles.turn_away(actor.id, why)

    def welcomes(self, actor: Actor) -> None:
        """They can be invited again."""
        self._troubles.welcome(actor.id)

    @property
    def tried(self) -> list[Effect]:
        """Every effect that has reached the platform, in order."""
        return self._troubles.tried

    # Time.

    def advance(self, **delta: float) -> None:
        """Let time pass, with everything that it makes happen."""
        self.run(self.muster.advance(self.clock.now() + timedelta(**delta)))

    def at(self, text: str, zone: str = "UTC") -> None:
        """Go on to a local time, "2026-09-20 09:30"."""
        local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
        self.run(self.muster.advance(local.astimezone(UTC)))

    # What tests need besides.

    def run(self, doing: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine, then everything that follows from it."""
        done = self._runner.run(doing)
        self.settle()
        return done

    def settle(self) -> None:
        """Do all that is due."""
        self._runner.run(self.muster.worker.drain())

    def read(self, job: Any) -> Any:
        """Run `job(tx)` on the database."""

        def in_tx(conn: Connection) -> Any:
            home = identity.workspace_of(Rows(conn), "playground", "playground", self.clock.now())
            tx: Tx = self.muster.door.carrier.transaction(conn, home, self.clock.now())
            return job(tx)

        return self._runner.run(self.muster.db.write(in_tx))

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Everything that the database has, but for what says that a delivery was taken in.

        As it is stored: tests compare it before and after, and often.
        """

        def look(conn: Connection) -> dict[str, list[tuple[Any, ...]]]:
            tables = [each.name for each in SQLModel.metadata.sorted_tables if each.name != "inbox"]
            select = 'SELECT * FROM "{}"'
            return {
                name: [tuple(row) for row in conn.exec_driver_sql(select.format(name))]
                for name in tables
            }

        return self._runner.run(self.muster.db.read(look))

    def file(self, message: Message) -> str:
        """The content of the file beside a message."""
        assert message.file is not None, "no file"
        return self.town.messages.content_of(message.file.id).decode()

    def messages(self, channel: str | None = None) -> list[Message]:
        """All messages of Muster's, the oldest first."""
        channels = [channel] if channel else [c.id for c in self.town.channels.everything()]
        channels += [] if channel else self._directs()
        found = [m for each in channels for m in self._all_in(each)]
        return sorted((m for m in found if m.author == MUSTER), key=lambda m: int(m.id))

    def _directs(self) -> list[str]:
        return [self.town.channels.direct(p.id).id for p in self.town.people.everybody()]

    def _all_in(self, channel: str) -> list[Message]:
        """Every message of a channel and its threads, whoever can see it."""
        rows = self.town.messages._store.rows("SELECT * FROM messages WHERE channel = ?", channel)
        return [self.town.messages._message(row) for row in rows]

    def unread(self, channel: str | None = None) -> list[Message]:
        """Messages of Muster's that nobody expected yet, as they look now."""
        return [m for m in self.messages(channel) if m.id not in self._read]

    def mark(self, message: Message) -> None:
        self._read[message.id] = self.words(message)

    def words(self, message: Message, reader: Reader | None = None) -> str:
        """Everything that a message says, as its reader sees it."""
        reader = reader or ENGLISH
        if message.card is not None:
            return card_text(message.card, reader)
        note = plain(message.note, reader) if message.note is not None else message.text
        return f"{note} [{message.file.name}]" if message.file else note


@contextmanager
def world(**options: Any) -> Iterator[World]:
    """A world for one test."""
    with World(**options) as made:
        yield made
