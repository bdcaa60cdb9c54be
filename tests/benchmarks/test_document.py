"""docs/benchmarks.md keeps what was measured before."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from benchmarks.document import document, kept, section
from benchmarks.table import Row

DOCUMENT = Path(__file__).parents[2] / "docs" / "benchmarks.md"
FIRST, SECOND = (section([Row(name, "1 s", "≤ 2 s", True)], date(2026, 11, 23)) for name in "ab")


def test_what_is_measured_takes_the_place_of_its_section_alone() -> None:
    before = document({"door": FIRST, "slack": FIRST}, ["door", "slack"])
    after = document({**kept(before), "slack": SECOND}, ["door", "slack"])
    assert kept(after) == {"door": FIRST, "slack": SECOND}
    assert before.partition("## slack")[0] == after.partition("## slack")[0]


def test_a_benchmark_that_there_is_no_more_is_left_out() -> None:
    before = document({"door": FIRST, "gone": FIRST}, ["door", "gone"])
    assert kept(document(kept(before), ["door"])) == {"door": FIRST}


def test_the_document_is_as_it_is_written() -> None:
    from benchmarks.__main__ import BENCHMARKS

    text = DOCUMENT.read_text(encoding="utf-8")
    assert kept(text), "nothing is kept"
    assert document(kept(text), BENCHMARKS) == text
