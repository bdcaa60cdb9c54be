"""`make simulate`: live many seeds through, and say of each that breaks how to see it again.

    python -m tests.simulation.run [--seeds 1000] [--first 1] [--jobs 2] [--steps 40]
    python -m tests.simulation.run --seed 7      # one seed, its story, shortened if it breaks

Exit status 1 if anything was broken.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator

from tests.simulation.fate import TROUBLES, Trouble
from tests.simulation.life import STEPS, Ended, run

#: Lives between two words of how far it is.
_TELLS = 20
#: Lives that are tried to make a failing one shorter.
_TRIES = 120


def command(seed: int, steps: int) -> str:
    """How to see a seed again."""
    more = "" if steps == STEPS else f" --steps {steps}"
    return f'make simulate ARGS="--seed {seed}{more}"'


def shortened(
    ended: Ended, steps: int, live: Callable[..., Ended] = run
) -> tuple[Ended, frozenset[int], frozenset[Trouble]]:
    """A life that breaks in the same way, with as little in it as could be found.

    What was left out of it: steps, and kinds of trouble.
    """
    kind = _kind(ended)
    best, left_out, calm = ended, frozenset[int](), frozenset[Trouble]()
    tries = 0

    def breaks(out: frozenset[int], spared: frozenset[Trouble]) -> bool:
        nonlocal best, tries
        tries += 1
        found = live(ended.seed, steps=steps, calm=spared, left_out=out)
        if found.broken and _kind(found) == kind:
            best = found
            return True
        return False

    for trouble in TROUBLES:
        if breaks(left_out, calm | {trouble}):
            calm |= {trouble}
    size = steps // 2
    while size:
        for start in range(0, steps, size):
            some = frozenset(range(start, start + size)) - left_out
            if some and tries < _TRIES and breaks(left_out | some, calm):
                left_out |= some
        size //= 2
    return best, left_out, calm


def _kind(ended: Ended) -> str:
    """What broke, without what differs from life to life."""
    return "".join(char for char in ended.broken[0] if not char.isdigit())[:40]


def _lived(arguments: tuple[int, int]) -> Ended:
    seed, steps = arguments
    try:
        return run(seed, steps=steps)
    except Exception as error:  # noqa: BLE001  the other seeds are to be lived all the same
        return Ended(seed, (f"the simulation itself: {error!r}",), (), "")


def _begin() -> None:
    """In each of the processes: what is there already need not be looked at again."""
    gc.freeze()


def lives(seeds: range, steps: int, jobs: int) -> Iterator[Ended]:
    """Many seeds, in any order."""
    if jobs == 1:
        yield from map(_lived, ((seed, steps) for seed in seeds))
        return
    with multiprocessing.get_context("spawn").Pool(jobs, _begin) as pool:
        yield from pool.imap_unordered(_lived, ((seed, steps) for seed in seeds), chunksize=2)


def _one(seed: int, steps: int, *, whole: bool) -> int:
    ended = run(seed, steps=steps)
    out: frozenset[int] = frozenset()
    if ended.broken and not whole:
        ended, out, calm = shortened(ended, steps)
        print(f"shortened: without {len(out)} of {steps} steps, and without {sorted(calm)}\n")
    print("\n".join(ended.story))
    print(f"\nseed {seed}: {ended.figures}\ndigest {ended.digest}")
    for what in ended.broken:
        print(f"BROKEN: {what}")
    return 1 if ended.broken else 0


def main(arguments: list[str]) -> int:
    """Live, and print; 1 if anything was broken."""
    parser = argparse.ArgumentParser(prog="make simulate", description=__doc__)
    parser.add_argument("--seeds", type=int, default=200, help="how many")
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--seed", type=int, help="one seed, with its story")
    parser.add_argument("--whole", action="store_true", help="do not shorten a story that breaks")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--jobs", type=int, default=min(os.cpu_count() or 1, 8))
    given = parser.parse_args(arguments)
    if given.seed is not None:
        return _one(given.seed, given.steps, whole=given.whole)
    started, totals, broken = time.monotonic(), Counter[str](), 0
    seeds = range(given.first, given.first + given.seeds)
    for count, ended in enumerate(lives(seeds, given.steps, given.jobs), 1):
        if count % _TELLS == 0:
            print(f"{count} of {given.seeds} …", file=sys.stderr, flush=True)
        totals.update(ended.figures)
        if ended.broken:
            broken += 1
            print(f"{command(ended.seed, given.steps)}\n  {ended.broken[0]}", flush=True)
    spent = time.monotonic() - started
    print(", ".join(f"{many:,} {what}" for what, many in totals.items()))
    print(f"{given.seeds} seeds in {spent:.0f} s on {given.jobs} cores: {broken} broken")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
