"""One life: a machine, its platforms, their people, for some weeks, from one seed.

A life is made of steps. Each has chance of its own, so any of them can be left out, and the others
are what they were; that is how a failing life is shortened.
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

from tests.simulation import ending
from tests.simulation.clock import MOST_WRONG, Clock
from tests.simulation.fate import Fate, Trouble
from tests.simulation.folk import Folk
from tests.simulation.judge import Judge
from tests.simulation.loop import SimulatedLoop, StuckError
from tests.simulation.post import Post
from tests.simulation.site import Process, Site, _registry, at_hand
from tests.simulation.store import Store
from tests.simulation.talk import Talk
from tests.simulation.town import Kind, Town

#: Steps of a life in the suite and in `make simulate`.
STEPS = 20
#: Seconds after the last step in which everything has to come to rest.
_REST = 6 * 3600.0
_KINDS: tuple[tuple[Kind, ...], ...] = (("probed",), ("keyed",), ("probed", "keyed"))


@dataclass(frozen=True, slots=True)
class Ended:
    """How a life went."""

    seed: int
    broken: tuple[str, ...]
    #: What happened, a line each.
    story: tuple[str, ...]
    #: Of the story and of everything that the database has at the end.
    digest: str
    figures: dict[str, int] = field(default_factory=dict)


class Life:
    """The stage of one seed."""

    def __init__(
        self, seed: int, *, steps: int = STEPS, calm: frozenset[Trouble] = frozenset()
    ) -> None:
        self.seed = seed
        self.steps = steps
        self.fate = Fate(seed, calm)
        self.story: list[str] = []
        self._loop = asyncio.get_running_loop()
        rng = self.fate.rng
        self.clock = Clock(self._loop)
        towns = [Town(kind) for kind in rng.choice(_KINDS)]
        self.store = Store(self.fate)
        self.judge = Judge(
            self.store, self.clock, {t.name: t for t in towns}, _registry().commands, self.say
        )
        self.store.told = self.judge.committed
        self.site = Site(self.store, self.clock, towns, self.fate, self.say)
        self.post = Post(self.site, self.fate, self.say, self.judge.wrong)
        self._talk = Talk(_registry().commands)
        self.folk = []
        for town in towns:
            town.note = self.say
            town.watch = functools.partial(self.judge.saw, town)
            self.folk.append(Folk(town, self._talk, self.post, self.judge, self.clock, self.fate))
            self.folk[-1].settle(rng)
        self.site.has_replicas = self.fate.strikes("replica")
        self._background: dict[asyncio.Task[None], None] = {}
        #: Seconds that Muster is away at most: keys are remembered for an hour.
        self._longest_outage = 2400.0 if any(t.kind == "keyed" for t in towns) else 60_000.0

    def say(self, what: str) -> None:
        """A line of the story."""
        self.story.append(f"{self.clock.true:%d %H:%M:%S.%f}"[:-3] + f" {what}")

    async def live(self, left_out: frozenset[int] = frozenset()) -> None:
        """All of it, until something is broken."""
        self.fate.begin("start")
        for _ in range(2 if self.site.has_replicas else 1):
            await self.site.start()
        for number in range(self.steps):
            self.fate.begin(number)
            await self._step(self.fate.rng, is_left_out=number in left_out)
            if self.judge.broken:
                return
        self.fate.begin("end")
        await self._end()
        if not self.judge.broken:
            ending.look_into(self.judge)

    async def _step(self, rng: Random, *, is_left_out: bool) -> None:
        gap, crowd, wait = _gap(rng), rng.choice((1, 1, 1, 2, 4)), rng.uniform(0.0, 8.0)
        chances = [rng.random() for _ in range(crowd)]
        if is_left_out:
            return
        await asyncio.sleep(gap)
        self._trouble(rng)
        for chance in chances:
            rng.choice(self.folk).act(Random(chance))
        await asyncio.sleep(wait)
        self._talk.rooms = self.judge.one("SELECT MAX(number) FROM room") or 0

    def _trouble(self, rng: Random) -> None:
        """What befalls the machine in the middle of it."""
        delay = rng.uniform(0.0, 3.0)
        if self.fate.strikes("crash") and self.site.processes:
            victim = rng.choice(self.site.processes)
            self._begin(self._crash(victim, delay, rng.uniform(0.1, 90.0)))
        elif self.fate.strikes("outage"):
            for each in self.site.processes:
                away = rng.uniform(600.0, self._longest_outage)
                self._begin(self._crash(each, delay, away))
        if not self.site.has_replicas and self.fate.strikes("clock"):
            self._begin(self._confuse(rng.uniform(-1, 1) * MOST_WRONG, rng.uniform(60, 40_000)))

    async def _crash(self, process: Process, delay: float, away: float) -> None:
        await asyncio.sleep(delay)
        if process.is_dead:
            return
        await self.site.kill(process)
        await asyncio.sleep(away)
        await self.site.start()

    async def _confuse(self, by: timedelta, seconds: float) -> None:
        if self.clock.wrong:
            return
        self.say(f"the clock is wrong by {by}")
        self.clock.wrong = by
        await asyncio.sleep(seconds)
        self.say("the clock is right again")
        self.clock.wrong = timedelta()

    def _begin(self, doing: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(doing)
        self._background[task] = None

    async def _end(self) -> None:
        """Nothing goes wrong any more; everything comes to rest."""
        self.fate.is_over = True
        for task in self._background:
            await asyncio.wait([task])
            task.result()
        self.say("from here on all is well")
        until = self._loop.time() + _REST
        while self._loop.time() < until:
            await asyncio.sleep(61)
            open_rows = self.judge.one(
                "SELECT COUNT(*) FROM outbox WHERE state IN ('waiting', 'claimed')"
            )
            if self.post.is_empty and not open_rows and self._loop.time() > until - _REST + 1800:
                return

    async def close(self) -> None:
        """Leave nothing behind."""
        for process in list(self.site.processes):
            await self.site.kill(process)
        self.store.close()

    def dump(self) -> str:
        """Everything that the database has, as text."""
        tables = [
            name
            for (name,) in self.judge.all("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        rows = {
            name: self.judge.all(f"SELECT * FROM {name}")  # noqa: S608  the database's own names
            for name in sorted(tables)
        }
        return "\n".join(f"{name}: {row}" for name, found in rows.items() for row in found)


def _gap(rng: Random) -> float:
    """Seconds between two steps: people do many things in a minute, then nothing for a day."""
    kind = rng.random()
    if kind < 0.5:
        return rng.uniform(0.5, 60.0)
    if kind < 0.7:
        return rng.uniform(60.0, 3600.0)
    if kind < 0.9:
        return rng.uniform(3600.0, 12 * 3600.0)
    return rng.uniform(86_400.0, 3 * 86_400.0)


def run(
    seed: int,
    *,
    steps: int = STEPS,
    calm: frozenset[Trouble] = frozenset(),
    left_out: frozenset[int] = frozenset(),
) -> Ended:
    """Live a seed through; the same arguments are the same life, to the last digit."""
    loop = SimulatedLoop()
    complaints: list[str] = []
    loop.set_exception_handler(lambda _, context: complaints.append(str(context)))
    try:
        return loop.run_until_complete(_live(seed, steps, calm, left_out, complaints))
    finally:
        loop.close()


async def _live(
    seed: int,
    steps: int,
    calm: frozenset[Trouble],
    left_out: frozenset[int],
    complaints: list[str],
) -> Ended:
    life = Life(seed, steps=steps, calm=calm)
    judge = life.judge
    with at_hand(life.fate, judge.logged):
        try:
            await life.live(left_out)
        except StuckError:
            judge.wrong("everybody waits for what will never come")
        for complaint in complaints:
            judge.wrong(f"the loop complains: {complaint}")
        dump = life.dump()
        figures = {
            "steps": steps,
            "days": int(life._loop.time() // 86_400),
            "deliveries": len(life.post.letters),
            "commits": life.store.commits,
            "timers": judge.fired,
            "posts": sum(sum(t.posted.values()) for t in judge.towns.values()),
            "processes": life.site.started,
        }
        whole = "\n".join([*life.story, dump])
        await life.close()
    digest = hashlib.sha256(whole.encode()).hexdigest()
    return Ended(seed, tuple(judge.broken), tuple(life.story), digest, figures)
