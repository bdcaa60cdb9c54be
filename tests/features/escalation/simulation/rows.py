"""What escalation remembers, as its rows do: climbs, steps, messages, timers."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from bot.features.escalation.ladder import Phase, Stand
from bot.features.escalation.policy import Policy
from tests.features.escalation.simulation.town import Item, Room, Town


@dataclass
class Climb:
    item: Item
    stand: Stand
    since: datetime
    cycle: int = 0
    #: "time" or "hand".
    cause: str = "time"
    policy: Policy | None = None
    snoozes: int = 0

    @property
    def is_climbing(self) -> bool:
        return self.stand.phase in {Phase.CLIMBING, Phase.HELD, Phase.SNOOZED}

    def policy_in(self, town: Town) -> Policy:
        """As `queries.policy_of`."""
        if self.policy is not None and self.stand.phase is not Phase.WATCHING:
            return self.policy
        return town.policy(self.item)

    @property
    def has_topped(self) -> bool:
        return self.stand.phase is Phase.WATCHING and self.stand.until is not None

    @property
    def is_timed(self) -> bool:
        """As `Climb.is_timed`."""
        is_watched = self.stand.phase is Phase.WATCHING
        return is_watched and (self.cause == "time" or self.stand.until is not None)


@dataclass
class Step:
    climb: Climb
    cycle: int
    rung: int
    lap: int
    #: "ladder", "asked" (by name), "holder" or "ops".
    role: str
    person: int | None


@dataclass
class Parcel:
    number: int
    key: str
    person: int | None
    room: Room | None
    send_at: datetime
    day: date
    count: int
    is_loud: bool
    steps: list[Step] = field(default_factory=list)
    is_sent: bool = False


class Timers:
    """One a name, as the rows are: ("climb", number) or ("parcel", number)."""

    def __init__(self) -> None:
        self._at: dict[tuple[str, int], datetime] = {}
        self._heap: list[tuple[datetime, str, int]] = []

    def set(self, kind: str, number: int, at: datetime | None) -> None:
        """Move it, or take it away."""
        self._at.pop((kind, number), None)
        if at is not None:
            self._at[kind, number] = at
            heapq.heappush(self._heap, (at, kind, number))

    def get(self, kind: str, number: int) -> datetime | None:
        return self._at.get((kind, number))

    def of(self, kind: str) -> Iterator[int]:
        return (number for each, number in self._at if each == kind)

    def next_due(self) -> datetime | None:
        """When the next one is due."""
        while self._heap:
            at, kind, number = self._heap[0]
            if self._at.get((kind, number)) == at:
                return at
            heapq.heappop(self._heap)
        return None

    def take(self, now: datetime) -> tuple[str, int]:
        """Take the one away that is due first."""
        due = self.next_due()
        assert due is not None
        assert due <= now
        _, kind, number = heapq.heappop(self._heap)
        del self._at[kind, number]
        return kind, number
