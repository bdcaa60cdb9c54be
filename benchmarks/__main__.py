"""`make bench`: run all benchmarks, or those named, print their table, keep it with --save.

Those in `LONG` take minutes each, and run only with --long or when they are named: the table says
which were left out.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from benchmarks import (
    bursts,
    costs,
    decisions,
    door,
    escalation,
    exports,
    feishu,
    feishu_start,
    growth,
    lists,
    meanwhile,
    memory,
    replicas,
    slack,
    standups,
    start,
)
from benchmarks.table import Row, markdown, table

BENCHMARKS = {
    "start": start.run,
    "growth": growth.run,
    "door": door.run,
    "lists": lists.run,
    "standups": standups.run,
    "escalation": escalation.run,
    "decisions": decisions.run,
    "exports": exports.run,
    "slack": slack.run,
    "bursts": bursts.run,
    "replicas": replicas.run,
    "costs": costs.run,
    "memory": memory.run,
    "meanwhile": meanwhile.run,
    "feishu": feishu.run,
    "feishu-start": feishu_start.run,
}
#: One busy person is what is measured, not what they may send.
UNLIMITED = {"MUSTER_PERSON_LIMIT": "0", "MUSTER_WORKSPACE_LIMIT": "0"}
#: Millions of rows, or tens of thousands of commands: minutes on a quiet machine.
LONG = frozenset({"decisions", "exports", "standups", "bursts", "replicas", "memory", "meanwhile"})
DOCUMENT = Path(__file__).parent.parent / "docs" / "benchmarks.md"


def main(arguments: list[str]) -> int:
    """Exit status 0 also when a target is missed: a figure is news, not a failure."""
    os.environ |= UNLIMITED
    named = [name for name in arguments if not name.startswith("-")]
    if unknown := [name for name in named if name not in BENCHMARKS]:
        print(f"unknown: {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    is_long = "--long" in arguments
    chosen = named or [name for name in BENCHMARKS if is_long or name not in LONG]
    rows: list[Row] = []
    for name in chosen:
        print(f"{name} …", file=sys.stderr, flush=True)
        rows += (found := BENCHMARKS[name]())
        print(table(found), file=sys.stderr, flush=True)
    left_out = [] if named else [name for name in BENCHMARKS if name not in chosen]
    rows += [Row(f"`python -m benchmarks {name}`", "not run: --long") for name in left_out]
    whole = markdown(rows)
    print(whole)
    if "--save" in arguments:
        DOCUMENT.write_text(whole, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
