"""`muster run` with tracemalloc: with each SIGUSR1 it writes what has grown since the first.

Run by `memory.py`; the environment names the file: `OUT`.
"""

from __future__ import annotations

import os
import signal
import sys
import tracemalloc
from pathlib import Path

OUT = "BENCHMARK_GROWN"
#: How many places are named, and how deep a place is.
NAMED = 10
DEPTH = 6
_first: list[tracemalloc.Snapshot] = []


def _told(*_: object) -> None:
    snapshot = tracemalloc.take_snapshot()
    if not _first:
        _first.append(snapshot)
    lines = []
    for found in snapshot.compare_to(_first[0], "traceback")[:NAMED]:
        where = " < ".join(
            f"{frame.filename}:{frame.lineno}" for frame in reversed(found.traceback)
        )
        lines.append(f"{found.size_diff / 1024:+,.0f} KB ({found.count_diff:+,}): {where}")
    out = Path(os.environ[OUT])
    part = out.with_suffix(".part")  # nobody must read half of it
    part.write_text("\n".join(lines), encoding="utf-8")
    part.rename(out)


def main() -> None:
    """As `muster`, with its arguments."""
    tracemalloc.start(DEPTH)
    signal.signal(signal.SIGUSR1, _told)
    from bot.cli import main as muster  # noqa: PLC0415  it is to be traced, too

    sys.argv[0] = "muster"
    muster()


if __name__ == "__main__":
    main()
