"""`make chaos`: every fault line, measured, printed as one table.

    python -m tests.faults [--short] [--seed N] [--engine sqlite|postgresql] [LINE …]

Exit status 1 if a finding does not hold. `--short` is the form that the suite runs.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import get_args

from tests.faults.finding import Engine, Finding, Scale

_PREFIX = "line_"


def lines() -> dict[str, ModuleType]:
    """The modules of all lines, by name."""
    names = (each.name for each in pkgutil.iter_modules([str(Path(__file__).parent)]))
    return {
        name.removeprefix(_PREFIX): importlib.import_module(f"tests.faults.{name}")
        for name in sorted(names)
        if name.startswith(_PREFIX)
    }


def measured(module: ModuleType, scale: Scale, engine: Engine, seed: int) -> Iterator[Finding]:
    """What a line finds; that it breaks is a finding, too."""
    try:
        yield from module.measure(scale, engine, seed)
    except Exception as error:  # noqa: BLE001  the other lines are to be measured all the same
        yield Finding("measured at all", f"{type(error).__name__}: {error}", "yes", holds=False)


def main(arguments: list[str]) -> int:
    """Measure and print; 1 if a promise was found broken."""
    known = lines()
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("line", nargs="*", help=", ".join(known))
    parser.add_argument("--short", action="store_true", help="as the suite does it")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engine", choices=get_args(Engine))
    given = parser.parse_args(arguments)
    if unknown := set(given.line) - set(known):
        parser.error(f"no such line: {', '.join(sorted(unknown))}")
    scale: Scale = "short" if given.short else "long"
    print(f"seed {given.seed}, {scale} form\n")
    print("| line | engine | promise | found | must be | |")
    print("|---|---|---|---|---|---|")
    is_whole = True
    for name in given.line or known:
        module = known[name]
        for engine in module.ENGINES:
            if given.engine not in {None, engine}:
                continue
            started = time.monotonic()
            print(f"{name}, {engine} …", file=sys.stderr, flush=True)
            for each in measured(module, scale, engine, given.seed):
                is_whole &= each.holds
                verdict = "holds" if each.holds else "**broken**"
                cells = (module.TITLE, engine, each.what, each.measured, each.target, verdict)
                print(f"| {' | '.join(cells)} |", flush=True)
            print(f"  {time.monotonic() - started:.0f} s", file=sys.stderr)
    return 0 if is_whole else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
