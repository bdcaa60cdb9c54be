"""A simulated company, from a seed: `python -m tests.features.escalation.simulation.run --seed 7`.

Without arguments it is a year of 1,000 rooms and 20,000 items; `--seeds 200 --days 24 --rooms 3
--items 14` are as many small companies as CI looks at. A failing seed says how to see it again.
"""

from __future__ import annotations

import argparse
import heapq
import sys
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from bot.features.escalation.ladder import Phase
from tests.features.escalation.simulation.judge import Broken, Judge
from tests.features.escalation.simulation.life import Life
from tests.features.escalation.simulation.rows import Climb
from tests.features.escalation.simulation.town import START, Size, Town
from tests.features.escalation.simulation.worker import Worker

YEAR = Size(365, 1_000, 20_000)
#: Something happens to each item about so often.
_EVERY_DAYS = 12
_FARTHEST = timedelta(hours=6)


@dataclass(frozen=True)
class Report:
    """What a company saw."""

    asks: int
    messages: int
    tops: int
    looks: int


def command(seed: int, size: Size) -> str:
    """How to see a seed again."""
    return (
        f'make climb ARGS="--seed {seed} --days {size.days} '
        f'--rooms {size.rooms} --items {size.items}"'
    )


def simulate(seed: int, size: Size) -> Report:
    """Live through it all. Broken: something happened that must not; how to see it again."""
    try:
        return _Company(seed, size).live()
    except Broken as broken:
        message = f"{command(seed, size)}\n{broken}"
        raise Broken(message) from None


class _Company:
    """The town, its worker and its judge, and two clocks: the true one, and the machine's.

    What happens, happens by the true one. The machine's is put forward and back; it stands still
    for nobody while the machine is down.
    """

    def __init__(self, seed: int, size: Size) -> None:
        self.rng = Random(seed)
        self.size = size
        self.town = Town(self.rng, size)
        self.judge = Judge(self.town, seed)
        self.worker = Worker(self.town, self.judge)
        self.life = Life(self.town, self.worker, self.rng)
        #: How far the machine's clock is ahead.
        self.ahead = timedelta()
        self.up_at = START
        self.looks = 0
        #: Answers that are to come: when, and who about what.
        self.answers: list[tuple[datetime, int, Climb, int]] = []

    def live(self) -> Report:
        rng, end = self.rng, START + timedelta(days=self.size.days)
        rate = self.size.items / timedelta(days=_EVERY_DAYS).total_seconds()
        now = START
        self.life.begin(now)
        happens = now
        while True:
            due = self.worker.timers.next_due()
            fires = max(due - self.ahead, self.up_at, now) if due is not None else end
            answer = max(self.answers[0][0], self.up_at) if self.answers else end
            now = min(fires, answer, max(happens, self.up_at))
            if now >= end:
                break
            if now == fires:
                parcel = self.worker.fire(now + self.ahead)
                for wait, climb, who in self.life.answer(parcel) if parcel is not None else ():
                    self.looks += 1
                    heapq.heappush(self.answers, (now + wait, self.looks, climb, who))
            elif now == answer:
                _, _, climb, who = heapq.heappop(self.answers)
                self.life.reacts(climb, who, now + self.ahead)
            else:
                happens = now + timedelta(seconds=rng.expovariate(rate))
                self._happens(now)
            self.looks += 1
            if self.looks % max(20, self.size.items // 10) == 0:
                self._audit(now)
        self._audit(now)
        return Report(self.judge.asks, self.judge.messages, self.judge.tops, self.looks)

    def _happens(self, now: datetime) -> None:
        rng = self.rng
        kind = rng.random() * max(1, self.size.items / 100)
        if kind < 0.03:  # the machine is down, for minutes or days
            self.up_at = now + timedelta(minutes=rng.expovariate(1 / rng.choice((10, 600, 2000))))
        elif kind < 0.06:  # its clock jumps, or is put right
            self.ahead = rng.choice((timedelta(), _FARTHEST * rng.uniform(-1, 1)))
            self.up_at = now
            self.judge.clock_jumped()
        else:
            self.life.happens(now + self.ahead)

    def _audit(self, now: datetime) -> None:
        """Nothing is lost: what is open is due some time, what was to be said is on its way."""
        parcels = (self.worker.post.parcels[each] for each in self.worker.timers.of("parcel"))
        waiting = {(id(step), parcel.key) for parcel in parcels for step in parcel.steps}
        if not self.judge.on_their_way <= waiting:
            message = f"{len(self.judge.on_their_way - waiting)} steps are on no way to anybody"
            raise Broken(message)
        for number, climb in self.worker.climbs.items():
            item = climb.item
            is_open = not item.is_done and not self.town.rooms[item.room].is_closed
            check = self.judge.check
            check(is_open == (climb.stand.phase is not Phase.ENDED), item, "open, and has ended")
            at = climb.stand.next_at
            check(is_open == (at is not None), item, "is open, and never due")
            check(at == self.worker.timers.get("climb", number), item, "has another timer")
            is_due = at is not None and at - self.ahead < now and self.up_at < now
            check(not is_due, item, f"was due at {at}, and nothing came")


def main(arguments: list[str]) -> int:
    """Exit status 1 if something happened that must not."""
    parser = argparse.ArgumentParser(prog="simulate", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--seeds", type=int, default=1, help="how many, one after another")
    parser.add_argument("--days", type=int, default=YEAR.days)
    parser.add_argument("--rooms", type=int, default=YEAR.rooms)
    parser.add_argument("--items", type=int, default=YEAR.items)
    chosen = parser.parse_args(arguments)
    size = Size(chosen.days, chosen.rooms, chosen.items)
    begun = time.process_time()
    for seed in range(chosen.seed, chosen.seed + chosen.seeds):
        try:
            report = simulate(seed, size)
        except Broken as broken:
            print(broken)
            return 1
        print(f"seed {seed}: {report}")
    print(f"{chosen.seeds} seeds in {time.process_time() - begun:.1f} s of processor time")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
