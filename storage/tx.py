"""One transaction of somebody's asking: what a use-case gets besides its command and the time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Connection, bindparam, select, update

from bot.core.chat import Card
from bot.core.commands import Command
from bot.core.effects import Address, DirectMessage, Home, RedrawCard, User
from bot.core.events import Question
from bot.core.platform import Unacquainted
from bot.core.sources import Source
from bot.core.text import Mention, Msg, Reader
from storage import identity, timers
from storage.rows import Rows, table_of
from storage.tables import LiveCard, Person, Workspace
from storage.timeline import Record

A = TypeVar("A")
Ask = Callable[["Tx", Question[Any]], Iterable[Any]]

_workspace = table_of(Workspace)
_live = table_of(LiveCard)
_person = table_of(Person)
#: People who are read with one statement.
_AT_ONCE = 500
_find_live = (
    select(_live)
    .where((_live.c.live == bindparam("live")) | (_live.c.live == bindparam("also")))
    .order_by(_live.c.id)
)


@cache
def _count_on(counter: str) -> Any:
    made = _workspace.c[counter]
    return (
        update(_workspace)
        .where(_workspace.c.id == bindparam("row"))
        .values({counter: made + 1})
        .returning(made)
    )


class Tx(Rows):
    """A transaction, with who asks (`person`; nobody for time and receipts) and where.

    Use-cases read and write rows, add to the timeline and set timers through it; they never commit.
    """

    def __init__(  # noqa: PLR0913  what a transaction knows, all of it by name
        self,
        conn: Connection,
        workspace: Workspace,
        *,
        now: datetime,
        reader: Reader,
        defaults: Reader,
        ask: Ask,
        person: Person | None = None,
        place: Address | None = None,
        is_direct: bool = False,
        is_acquainted: bool = True,
        is_errand: bool = False,
    ) -> None:
        super().__init__(conn)
        self.workspace = workspace
        self.now = now
        #: How to speak to who asks.
        self.reader = reader
        #: How to speak to people who never said.
        self.defaults = defaults
        self.place = place
        self.is_direct = is_direct
        #: Whether the platform was asked about who asks, so that their time zone counts.
        self.is_acquainted = is_acquainted
        #: Whether they asked by a sign only, an emoji on a message.
        self.is_errand = is_errand
        #: Lines for the timeline, written with the commit.
        self.records: list[Record] = []
        self._person = person
        self._ask = ask
        self._people: dict[int, Person] = {person.id: person} if person else {}

    def on_behalf_of(self, person: int, place: Address) -> Tx:
        """A part of this transaction, in which somebody asks by a sign in `place`."""
        asker = self.person_by_id(person)
        return Tx(
            self.conn,
            self.workspace,
            now=self.now,
            reader=identity.reader_for(asker, self.defaults),
            defaults=self.defaults,
            ask=self._ask,
            person=asker,
            place=place,
            is_errand=True,
        )

    @property
    def workspace_id(self) -> int:
        """The id of the workspace's row."""
        return self.workspace.id

    @property
    def home(self) -> Home:
        """The workspace, as effects name it."""
        return Home(self.workspace.platform, self.workspace.native)

    @property
    def person(self) -> Person:
        """Who asks. LookupError where nobody does: in steps and timers."""
        if self._person is None:
            message = "nobody asks in a step"
            raise LookupError(message)
        return self._person

    @property
    def asker(self) -> int:
        """The id of who asks. LookupError where nobody does."""
        return self.person.id

    @property
    def person_id(self) -> int | None:
        """The id of who asks; None in steps and timers."""
        return self._person.id if self._person else None

    @property
    def is_outsider(self) -> bool:
        """Whether who asks is of another organisation, or a guest."""
        return self._person is not None and bool(self._person.is_outsider)

    def channel(self, channel: str) -> Address:
        """A channel of this workspace."""
        return Address(self.workspace.platform, self.workspace.native, channel)

    def user(self, person: int) -> User:
        """A person of this workspace, as effects name them."""
        return User(self.workspace.platform, self.workspace.native, self.person_by_id(person).user)

    def person_by_id(self, person: int) -> Person:
        """The row of a person; LookupError if there is none."""
        found = self._people.get(person) or self.get(Person, person)
        if found is None:
            message = f"no person {person}"
            raise LookupError(message)
        self._people[person] = found
        return found

    def meet(self, people: Iterable[int]) -> None:
        """Read the rows of many people at once: `person_by_id` has them then."""
        unknown = [each for each in dict.fromkeys(people) if each not in self._people]
        for start in range(0, len(unknown), _AT_ONCE):
            some = unknown[start : start + _AT_ONCE]
            for found in self.all(Person, select(_person).where(_person.c.id.in_(some))):
                self._people[found.id] = found

    def mention(self, person: int) -> Mention:
        """A person, for a text."""
        found = self.person_by_id(person)
        return Mention(found.user, found.name)

    def next_number(self, counter: str) -> int:
        """The next number of a counter column of the workspace; never given twice."""
        self._written(Workspace)
        given = self.value(_count_on(counter), {"row": self.workspace_id})
        return int(given)

    def know_asker(self) -> None:
        """Unacquainted while the platform was not asked about who asks.

        What hangs on their language or time zone, and is kept, must not be guessed.
        """
        person = self.person
        if not (self.is_acquainted or person.zone or person.native_zone):
            raise Unacquainted

    def direct(self, person: int, card: Card) -> DirectMessage:
        """The effect that tells one person something, in their own language."""
        reader = identity.reader_for(self.person_by_id(person), self.defaults)
        return DirectMessage(self.user(person), card, reader)

    def setting(self, name: str) -> Any:
        """A setting of the workspace; None if it was never set."""
        return json.loads(self.workspace.settings or "{}").get(name)

    def change_settings(self, **settings: Any) -> None:
        """Set settings of the workspace; None takes one away."""
        latest = self.get(Workspace, self.workspace_id, lock=True)  # others may be setting others
        self.workspace = latest or self.workspace
        kept = {**json.loads(self.workspace.settings or "{}"), **settings}
        kept = {name: value for name, value in kept.items() if value is not None}
        self.change(self.workspace, settings=json.dumps(kept, ensure_ascii=False, sort_keys=True))

    def record(
        self,
        kind: str,
        text: Msg,
        *,
        room: int | None = None,
        at: datetime | None = None,
        key: str | None = None,
        source: Source | None = None,
    ) -> None:
        """Add a line to the timeline of `room`, made of the message `source` if it is of one."""
        by_emoji = self.is_errand if source is not None else None
        self.records.append(Record(kind, text, room, at or self.now, key, source, by_emoji))

    def ask(self, question: Question[A]) -> list[A]:
        """What every feature has to say to a question."""
        return list(self._ask(self, question))

    def redraw(self, live: str, also: str = "") -> list[RedrawCard]:
        """The effects that redraw a live card, or two, wherever they stand."""
        return [
            RedrawCard(
                Address(card.platform, card.workspace, card.channel),
                card.message,
                card.live,
                Reader(
                    "zh" if card.lang == "zh" else "en" if card.lang == "en" else "both", card.zone
                ),
            )
            for card in self.all(LiveCard, _find_live, {"live": live, "also": also}, keep=True)
        ]

    def set_timer(self, key: str, at: datetime, command: Command) -> None:
        """Dispatch `command` at `at`; a timer of the same key is replaced."""
        timers.set_timer(self.conn, key, workspace_id=self.workspace_id, at=at, command=command)

    def has_timer(self, key: str) -> bool:
        """Whether a timer of that key waits."""
        return timers.is_set(self.conn, key)

    def cancel_timer(self, key: str) -> None:
        """Forget a timer; harmless if there is none."""
        timers.cancel_timer(self.conn, key)
