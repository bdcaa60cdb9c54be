"""Commands, timers and effects that queue for processes and for the database, event by event.

A *process* serves one thing at a time, in the order in which they came: Python runs one thread. A
*hand* takes one effect of the backlog, which needs the process, then the database, then the
platform, and then takes the next; a process has so many hands, so that many effects at the most
stand before a command. The backlog is *planned* first, ten effects by a timer, and a process has so
many timers in hand. A command is acknowledged when the process and then one of the database's cores
have served it. Service times are constant, arrivals are Poisson's.
"""

from __future__ import annotations

import heapq
import itertools
import math
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

#: Effects of the backlog that one timer plans: the people of a stand-up.
PLANNED = 10
#: Seconds after the last minute in which what came in it may still be served.
_GRACE = 10.0


@dataclass(frozen=True, slots=True)
class Load:
    """What arrives, and what serves it."""

    seed: int
    #: Commands a second, one figure for each minute.
    rates: tuple[float, ...]
    #: Effects that all begin to wait at `backlog_at` seconds.
    backlog: int
    backlog_at: float
    #: Effects that a command causes.
    effects: float
    processes: int
    hands: int
    #: Cores of the database.
    cores: int
    #: Timers that one process has in hand at once.
    timers: int
    #: Seconds in a process, then in the database; a plan is of `PLANNED` effects.
    command: tuple[float, float]
    effect: tuple[float, float]
    plan: tuple[float, float]
    #: Seconds that a hand waits for the platform.
    platform: float
    #: The first so many processes take commands and nothing else, which the others then do not; 0:
    #: each does everything.
    web: int = 0


@dataclass(frozen=True, slots=True)
class Waits:
    """What came of it."""

    #: Seconds from a command's arrival to its acknowledgement.
    mean: float
    p50: float
    p99: float
    #: Seconds until the backlog was delivered; infinity if it was not.
    cleared: float
    #: The share of the time in which a process, and a core of the database, was busy.
    busy: float
    database: float


class Station:
    """Some servers with one queue."""

    def __init__(self, events: Events, servers: int) -> None:
        self._events = events
        self._free = servers
        self._queue: deque[tuple[float, Callable[[], None]]] = deque()
        #: Seconds that its servers have worked.
        self.worked = 0.0

    def serve(self, seconds: float, then: Callable[[], None]) -> None:
        """Queue for a server, be served for so long, and go on with `then`."""
        if self._free:
            self._free -= 1
            self._begin(seconds, then)
        else:
            self._queue.append((seconds, then))

    def _begin(self, seconds: float, then: Callable[[], None]) -> None:
        self.worked += seconds
        self._events.after(seconds, lambda: self._end(then))

    def _end(self, then: Callable[[], None]) -> None:
        if self._queue:
            self._begin(*self._queue.popleft())
        else:
            self._free += 1
        then()


class Events:
    """What will happen, in order."""

    def __init__(self) -> None:
        self.now = 0.0
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        """Do `act` in so many seconds."""
        heapq.heappush(self._heap, (self.now + seconds, next(self._numbers), act))

    def run(self, until: float) -> None:
        """Let happen what does before `until`; the rest never does."""
        while self._heap and self._heap[0][0] < until:
            self.now, _, act = heapq.heappop(self._heap)
            act()


class _Run:
    def __init__(self, load: Load) -> None:
        self.load = load
        self.events = Events()
        self.processes = [Station(self.events, 1) for _ in range(load.processes)]
        self.database = Station(self.events, load.cores)
        self.workers = range(load.web, load.processes)
        self.idle_hands = [0] * load.web + [load.hands] * len(self.workers)
        #: Effects that wait for a hand, in their order: whether they are the backlog's.
        self.waiting: deque[bool] = deque()
        self.chance = random.Random(load.seed)
        self.waited: list[float] = []
        self.unplanned = self.left = load.backlog
        self.cleared = math.inf if load.backlog else 0.0

    def arrive(self, number: int) -> None:
        load, events = self.load, self.events
        process, came = self.processes[number % (load.web or load.processes)], events.now

        def acknowledged() -> None:
            self.waited.append(events.now - came)
            whole, part = divmod(load.effects, 1)
            count = int(whole) + (self.chance.random() < part)
            self.waiting.extend([False] * count)
            self.take()

        def taken() -> None:
            self.database.serve(load.command[1], acknowledged)

        process.serve(load.command[0], taken)

    def open(self) -> None:
        """The minute has come: every process takes its timers in hand."""
        for number in self.workers:
            for _ in range(self.load.timers):
                self.plan(number)

    def plan(self, number: int) -> None:
        """Plan the next effects of the backlog, and then the next ones."""
        load = self.load
        count = min(PLANNED, self.unplanned)
        if not count:
            return
        self.unplanned -= count

        def planned() -> None:
            self.waiting.extend([True] * count)
            self.take()
            self.plan(number)

        def served() -> None:
            self.database.serve(load.plan[1], planned)

        self.processes[number].serve(load.plan[0], served)

    def take(self) -> None:
        """Whatever hand is free takes what has waited the longest."""
        while self.waiting and any(self.idle_hands):
            number = max(self.workers, key=self.idle_hands.__getitem__)
            self.idle_hands[number] -= 1
            self.deliver(number, is_backlog=self.waiting.popleft())

    def deliver(self, number: int, *, is_backlog: bool) -> None:
        load = self.load

        def delivered() -> None:
            self.idle_hands[number] += 1
            if is_backlog:
                self.left -= 1
                if self.left == 0:
                    self.cleared = self.events.now - load.backlog_at
            self.take()

        def recorded() -> None:
            self.events.after(load.platform, delivered)

        def served() -> None:
            self.database.serve(load.effect[1], recorded)

        self.processes[number].serve(load.effect[0], served)


def simulate(load: Load) -> Waits:
    """Live through the minutes of `load`. The same load gives the same waits."""
    run = _Run(load)
    numbers = itertools.count()
    for minute, rate in enumerate(load.rates):
        at = minute * 60.0
        while rate and (at := at + run.chance.expovariate(rate)) < (minute + 1) * 60:
            run.events.after(at, lambda: run.arrive(next(numbers)))
    run.events.after(load.backlog_at, run.open)
    whole = len(load.rates) * 60.0
    run.events.run(whole)
    worked = sum(each.worked for each in run.processes), run.database.worked
    run.events.run(whole + _GRACE)
    # Who came and is still waiting has waited for ever, as far as is known.
    unserved = next(numbers) - len(run.waited)
    waited = sorted([*run.waited, *[math.inf] * unserved])
    return Waits(
        mean=sum(waited) / len(waited) if waited else 0.0,
        p50=_part(waited, 0.50),
        p99=_part(waited, 0.99),
        cleared=run.cleared,
        busy=worked[0] / (load.processes * whole),
        database=worked[1] / (load.cores * whole),
    )


def _part(waited: list[float], part: float) -> float:
    return waited[math.ceil(len(waited) * part) - 1] if waited else 0.0
