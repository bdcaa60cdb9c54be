"""`make bench`: run all benchmarks, or those named, print their table, keep it with --save."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from benchmarks import (
    decisions,
    door,
    escalation,
    exports,
    feishu,
    feishu_start,
    lists,
    slack,
    standups,
    start,
)
from benchmarks.table import Row, markdown

BENCHMARKS = {
    "start": start.run,
    "door": door.run,
    "lists": lists.run,
    "standups": standups.run,
    "escalation": escalation.run,
    "decisions": decisions.run,
    "exports": exports.run,
    "slack": slack.run,
    "feishu": feishu.run,
    "feishu-start": feishu_start.run,
}
#: One busy person is what is measured, not what they may send.
UNLIMITED = {"MUSTER_PERSON_LIMIT": "0", "MUSTER_WORKSPACE_LIMIT": "0"}
DOCUMENT = Path(__file__).parent.parent / "docs" / "benchmarks.md"


def main(arguments: list[str]) -> int:
    """Exit status 0 also when a target is missed: a figure is news, not a failure."""
    os.environ |= UNLIMITED
    chosen = [name for name in arguments if not name.startswith("-")] or list(BENCHMARKS)
    rows: list[Row] = []
    for name in chosen:
        print(f"{name} …", file=sys.stderr, flush=True)
        rows += BENCHMARKS[name]()
    table = markdown(rows)
    print(table)
    if "--save" in arguments:
        DOCUMENT.write_text(table, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
