"""docs/benchmarks.md: what each benchmark measured when it was last run with --save.

A section a benchmark, so that one that takes long, or wants a quiet machine, can be run by itself.
Ratios are of one run; figures of different sections need not be.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date

from benchmarks.table import Row, machine, table

_HEAD = """# Benchmarks

Each section is what `make bench ARGS="NAME --save"` printed last, on the machine and day that it
names. Compare the ratios, which were taken in one run; the absolute figures are those of one small
shared machine. What is not here was not kept: `make bench ARGS=--long` runs all that there is.
"""
_SECTION = re.compile(r"^## (\S+)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


def kept(document: str) -> dict[str, str]:
    """The sections of a document, by the name of their benchmark."""
    return {found[1]: found[2].strip() for found in _SECTION.finditer(document)}


def section(rows: list[Row], day: date) -> str:
    """What a benchmark measured on a day."""
    return f"{day.isoformat()}, {machine()}.\n\n{table(rows).strip()}"


def document(sections: Mapping[str, str], order: Iterable[str]) -> str:
    """The whole; sections of benchmarks that there are no more are left out."""
    parts = [f"## {name}\n\n{sections[name]}\n" for name in order if name in sections]
    return "\n".join([_HEAD, *parts])
