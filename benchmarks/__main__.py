"""`make bench`: run all benchmarks, or those named, and print their tables.

With --save what each measured takes the place of its section in docs/benchmarks.md. Those in `LONG`
take minutes each, and run only with --long or when they are named.
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
from benchmarks.document import document, kept, section
from benchmarks.table import table
from bot.core.clock import SystemClock

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
    for name in chosen:
        print(f"{name} …", file=sys.stderr, flush=True)
        rows = BENCHMARKS[name]()
        print(f"\n{name}\n\n{table(rows)}", flush=True)
        if "--save" in arguments:  # at once: what comes next may take an hour
            sections = kept(DOCUMENT.read_text(encoding="utf-8"))
            sections[name] = section(rows, SystemClock().now().date())
            DOCUMENT.write_text(document(sections, BENCHMARKS), encoding="utf-8")
    if not named and (left_out := [name for name in BENCHMARKS if name not in chosen]):
        print(f"not run, for it takes long (--long): {', '.join(left_out)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
