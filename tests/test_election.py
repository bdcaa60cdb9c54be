"""Who is chosen works, who is not waits; who cannot say that it goes on, stops."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from bot import election as election_module
from bot.core.errors import Unavailable
from bot.core.replicas import Alone, NeverChosen
from bot.election import LeaseElection
from storage.leases import Leases

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same proportions, a quarter of the time."""
    for name in ("LEASE", "BEAT", "LOOK", "_MARGIN"):
        monkeypatch.setattr(election_module, name, getattr(election_module, name) / 4)


class Row(Leases):
    """A lease without a database."""

    def __init__(self) -> None:
        self.holder: str | None = None
        self.is_away = False
        self.left = 0
        self.asked = asyncio.Event()

    async def take(self, name: str, seconds: float) -> bool:
        self.asked.set()
        if self.is_away:
            raise Unavailable
        if self.holder is None:
            self.holder = "me"
        return self.holder == "me"

    async def leave(self, name: str) -> None:
        self.left += 1
        if self.holder == "me":
            self.holder = None


class Work:
    """A connection: when it began, and that it was ended."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.ended = asyncio.Event()
        self.waits: list[bool] = []

    async def __call__(self) -> None:
        self.begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.ended.set()


async def soon(event: asyncio.Event) -> None:
    await asyncio.wait_for(event.wait(), 20)


@asynccontextmanager
async def holding(row: Row, work: Work) -> AsyncIterator[LeaseElection]:
    election = LeaseElection(row)
    task = asyncio.create_task(election.hold("slack", work, work.waits.append))
    try:
        yield election
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_who_is_chosen_works_and_gives_it_back_when_it_is_stopped() -> None:
    row, work = Row(), Work()
    async with holding(row, work) as election:
        await soon(work.begun)
        assert work.waits == [True, False]
        assert election.holds == {"slack"}
    assert work.ended.is_set()
    assert row.holder is None
    assert election.holds == set()


async def test_who_is_not_chosen_waits_and_follows() -> None:
    row, work = Row(), Work()
    row.holder = "another"
    async with holding(row, work):
        await soon(row.asked)
        assert not work.begun.is_set()
        assert work.waits == [True]
        row.holder = None
        await soon(work.begun)


async def test_who_is_told_that_it_is_free_asks_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(election_module, "LOOK", 3600.0)
    row, work = Row(), Work()
    row.holder = "another"
    async with holding(row, work) as election:
        await soon(row.asked)
        row.holder = None
        await asyncio.sleep(0)
        election.wake()
        await soon(work.begun)


def lose(row: Row) -> None:
    row.holder = "another"


def go_away(row: Row) -> None:
    row.is_away = True


@pytest.mark.parametrize("trouble", [lose, go_away])
async def test_who_can_no_longer_hold_it_stops_and_waits(trouble: Callable[[Row], None]) -> None:
    row, work = Row(), Work()
    async with holding(row, work) as election:
        await soon(work.begun)
        trouble(row)
        await soon(work.ended)
        work.begun.clear()
        row.asked.clear()
        await soon(row.asked)
        assert work.waits[:3] == [True, False, True]
        assert not work.begun.is_set()
        assert election.holds == set()
        row.holder, row.is_away = None, False
        await soon(work.begun)


async def test_a_database_that_is_away_for_a_moment_costs_nothing() -> None:
    row, work = Row(), Work()
    async with holding(row, work):
        await soon(work.begun)
        for _ in range(4):
            row.is_away = True
            row.asked.clear()
            await soon(row.asked)  # a renewal that fails
            row.is_away = False
            row.asked.clear()
            await soon(row.asked)  # and one that does not
        assert not work.ended.is_set()


async def test_work_that_breaks_is_heard_of() -> None:
    async def breaks() -> None:
        raise ZeroDivisionError

    row = Row()
    with pytest.raises(ZeroDivisionError):
        await LeaseElection(row).hold("slack", breaks, lambda _: None)
    assert row.holder is None


async def test_who_is_alone_is_always_chosen_and_a_web_never() -> None:
    work, waits = Work(), list[bool]()
    alone = asyncio.create_task(Alone().hold("slack", work, waits.append))
    await soon(work.begun)
    never = asyncio.create_task(NeverChosen().hold("slack", work, waits.append))
    await asyncio.sleep(0)
    assert waits == [True]
    for each in (alone, never):
        each.cancel()
    await asyncio.gather(alone, never, return_exceptions=True)
