"""The outbox against a plain model of it, by chance: whatever workers do, and however they die.

Three promises are checked. What can be claimed is what the model says, so every lane keeps its
order and nobody gets what another holds. In the end everything is done or failed, and closed once.
And of every redrawing that was asked for, one is begun after it was asked for, so that no change
stays unseen.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Connection, delete

from bot.core.effects import Address, Effect, Pin, RedrawCard
from bot.core.text import Reader
from storage import outbox
from storage.outbox import LEASE
from storage.rows import table_of
from storage.tables import Outbox

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)
CHANNELS = "abc"


@dataclass
class Row:
    """An effect, as the model has it."""

    id: int
    lane: str
    is_redraw: bool
    free_at: datetime
    is_claimed: bool = False
    attempts: int = 0


@dataclass
class Held:
    """A claim that some worker has in hand; a slow one may have lost it without knowing."""

    row: Row
    attempt: int


@dataclass
class Seen:
    """What a channel's card has been through: a redrawing asked for, one begun."""

    asked: int = 0
    begun: int = 0


def effect(channel: str, *, is_redraw: bool) -> Effect:
    to = Address("p", "w", channel)
    return RedrawCard(to, "m", "room:1", Reader()) if is_redraw else Pin(to, "m")


@dataclass
class Model:
    open: dict[int, Row] = field(default_factory=dict)
    held: list[Held] = field(default_factory=list)
    done: list[int] = field(default_factory=list)
    cards: dict[str, Seen] = field(default_factory=lambda: {each: Seen() for each in CHANNELS})

    def heads(self) -> list[Row]:
        """The oldest open row of each lane, the oldest first."""
        oldest: dict[str, Row] = {}
        for row in sorted(self.open.values(), key=lambda row: row.id):
            oldest.setdefault(row.lane, row)
        return list(oldest.values())

    def waiting_redraw(self, lane: str) -> Row | None:
        """The redrawing of a lane's card that waits; there is never more than one."""
        found = [
            row
            for row in self.open.values()
            if row.lane == lane and row.is_redraw and not row.is_claimed
        ]
        assert len(found) <= 1
        return found[0] if found else None


class Outboxes(RuleBasedStateMachine):
    """What workers may do, in any order."""

    conn: Connection

    def __init__(self) -> None:
        super().__init__()
        self.conn.execute(delete(table_of(Outbox)))
        self.now = NOW
        self.model = Model()
        self.keys = 0

    @rule(
        wanted=st.lists(st.tuples(st.sampled_from(CHANNELS), st.booleans()), min_size=1, max_size=4)
    )
    def put(self, wanted: list[tuple[str, bool]]) -> None:
        self.keys += 1
        before = set(self.model.open)
        effects = [effect(channel, is_redraw=is_redraw) for channel, is_redraw in wanted]
        outbox.put(self.conn, effects, key=f"k{self.keys}", now=self.now)
        rows = self.conn.execute(table_of(Outbox).select().order_by(table_of(Outbox).c.id))
        new = [row for row in rows if row.id not in before and row.finished_at is None]
        expected = []
        for channel, is_redraw in wanted:
            lane = f"p/w/{channel}"
            self.model.cards[channel].asked += is_redraw
            if is_redraw and (self.model.waiting_redraw(lane) or (lane, True) in expected):
                continue
            expected.append((lane, is_redraw))
        assert [(row.lane, row.collapse is not None) for row in new] == expected
        for row, (lane, is_redraw) in zip(new, expected, strict=True):
            self.model.open[row.id] = Row(row.id, lane, is_redraw, self.now)

    @rule(count=st.integers(1, 3), busy=st.sets(st.sampled_from(CHANNELS), max_size=2))
    def claim(self, count: int, busy: set[str]) -> None:
        lanes = {f"p/w/{channel}" for channel in busy}
        expected = [
            row for row in self.model.heads() if row.free_at <= self.now and row.lane not in lanes
        ][:count]

        claims = outbox.claim(self.conn, self.now, count=count, busy=lanes)

        assert [(each.id, each.attempts) for each in claims] == [
            (row.id, row.attempts + 1) for row in expected
        ]
        for row in expected:
            row.is_claimed, row.attempts, row.free_at = True, row.attempts + 1, self.now + LEASE
            self.model.held.append(Held(row, row.attempts))
            card = self.model.cards[row.lane[-1]]
            if row.is_redraw:
                card.begun = card.asked

    @precondition(lambda self: self.model.held)
    @rule(pick=st.integers(0, 99), error=st.sampled_from([None, "no_channel"]))
    def finish(self, pick: int, error: str | None) -> None:
        held = self.model.held.pop(pick % len(self.model.held))
        expected = held.row.id in self.model.open

        assert outbox.finish(self.conn, held.row.id, now=self.now, error=error) == expected
        self.model.open.pop(held.row.id, None)
        if expected:
            self.model.done.append(held.row.id)

    @precondition(lambda self: self.model.held)
    @rule(pick=st.integers(0, 99), seconds=st.integers(0, 90))
    def postpone(self, pick: int, seconds: int) -> None:
        held = self.model.held.pop(pick % len(self.model.held))
        until = self.now + seconds * SECOND
        outbox.postpone(self.conn, held.row.id, until=until, error="429", now=self.now)
        row = self.model.open.get(held.row.id)
        if row is None or not row.is_claimed:
            return
        if row.is_redraw and self.model.waiting_redraw(row.lane):
            del self.model.open[row.id]
        else:
            row.is_claimed, row.free_at = False, until

    @precondition(lambda self: self.model.held)
    @rule(pick=st.integers(0, 99))
    def die(self, pick: int) -> None:
        """A worker is killed with a claim in hand: nobody says anything about it any more."""
        self.model.held.pop(pick % len(self.model.held))

    @rule(seconds=st.sampled_from([1, 30, 59, 60, 61]))
    def wait(self, seconds: int) -> None:
        self.now += seconds * SECOND

    @invariant()
    def the_next_is_due_when_the_model_says(self) -> None:
        expected = min((row.free_at for row in self.model.heads()), default=None)
        assert outbox.next_due(self.conn) == expected

    def teardown(self) -> None:
        """Work until nothing is left."""
        for _ in range(10 * len(self.model.open) + 10):
            due = outbox.next_due(self.conn)
            if due is None:
                break
            self.now = max(self.now, due)
            self.claim(3, set())
            while self.model.held:
                self.finish(0, None)
        assert self.model.open == {}
        assert set(outbox.counts(self.conn)) <= {"failed"}
        assert len(self.model.done) == len(set(self.model.done))
        for card in self.model.cards.values():
            assert card.begun == card.asked


@pytest.mark.timeout(300)
def test_the_outbox_does_as_the_model_does(conn: Connection) -> None:
    machine = type("Outboxes", (Outboxes,), {"conn": conn})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=60 if conn.dialect.name == "sqlite" else 20,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
