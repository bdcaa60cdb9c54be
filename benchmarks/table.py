"""The table that benchmarks print."""

from __future__ import annotations

import os
import platform
import sqlite3
import sys
from dataclasses import dataclass
from importlib.metadata import version

import psutil


@dataclass(frozen=True)
class Row:
    """A measurement: what, how much, and what was aimed at."""

    what: str
    measured: str
    target: str = ""
    #: None where there is no target.
    is_met: bool | None = None


def ratio(
    what: str, value: float, at_least: float | None = None, at_most: float | None = None
) -> Row:
    """A row for a ratio with a target on one side."""
    if at_least is not None:
        return Row(what, f"{value:.2f} ×", f"≥ {at_least:.2f} ×", value >= at_least)
    if at_most is not None:
        return Row(what, f"{value:.2f} ×", f"≤ {at_most:.2f} ×", value <= at_most)
    return Row(what, f"{value:.2f} ×")


def table(rows: list[Row], measured: str = "measured") -> str:
    """The rows as a Markdown table; `measured` heads the figures."""
    marks = {True: "met", False: "**missed**", None: ""}
    lines = [f"| what | {measured} | target | |", "|---|---|---|---|"]
    lines += [f"| {r.what} | {r.measured} | {r.target} | {marks[r.is_met]} |" for r in rows]
    return "\n".join([*lines, ""])


def machine() -> str:
    """The machine in general terms."""
    cores = os.cpu_count()
    memory = round(psutil.virtual_memory().total / 2**30)
    return (
        f"{platform.system()} on {platform.machine()}, {cores} cores, {memory} GiB, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, "
        f"SQLAlchemy {version('sqlalchemy')}, {sys.implementation.name}"
    )
