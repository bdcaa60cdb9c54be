"""The page about security says as much in either language, and each promise names its proof."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["security", "deploy"])
def test_either_language_says_as_much(name: str) -> None:
    pages = [(ROOT / f"docs/{name}{end}.md").read_text("utf-8") for end in ("", ".zh")]
    for pattern in (r"^#{1,3} ", r"^- ", r"^\|", r"^```", r"^\d\. "):
        counts = [len(re.findall(pattern, page, re.MULTILINE)) for page in pages]
        assert counts[0] == counts[1], pattern
    proofs = [re.findall(r"\(\.\./(tests/[^)]+)\)", page) for page in pages]
    assert proofs[0] == proofs[1]


def test_every_promise_has_a_proof() -> None:
    page = (ROOT / "docs/security.md").read_text("utf-8")
    section = page.partition("## What is held against whom\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (?!Who)([^|]+) \|[^|]+\| ([^|]+) \|$", section, re.MULTILINE)
    assert len(rows) > 15
    assert [
        who for who, proof in rows if "../tests/" not in proof and "the same" not in proof
    ] == []
