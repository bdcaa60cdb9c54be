"""What a fault line of docs/faults.md measures: a figure beside its promise, and whether it holds.

A line is a module `tests/faults/line_<name>.py` with

    TITLE = "kill -9 at every named point"
    ENGINES = ("sqlite", "postgresql")          # the databases that it is measured on
    def measure(scale: Scale, engine: Engine, seed: int) -> list[Finding]

and is called in two ways: by a test, in its short form, which asserts that every finding holds; and
by `make chaos`, which prints the findings of all lines as one table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Engine = Literal["sqlite", "postgresql"]
#: short: what the suite has time for. long: what the promise says.
Scale = Literal["short", "long"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One promise of a line, as it was found."""

    #: What was promised: "decisions, items and posts doubled".
    what: str
    #: What was found, with its unit: "0 of 1,204".
    measured: str
    #: What must be found: "0".
    target: str
    holds: bool


def broken(findings: list[Finding]) -> list[str]:
    """The findings that do not hold, in words, for an assertion."""
    return [
        f"{each.what}: {each.measured} (must be {each.target})"
        for each in findings
        if not each.holds
    ]


def some(troubles: list[str]) -> str:
    """How many, and the first of them: "0", "2 (WR-3, WR-7)"."""
    shown = ", ".join(troubles[:3]) + (", …" if len(troubles) > 3 else "")
    return f"{len(troubles)} ({shown})" if troubles else "0"
