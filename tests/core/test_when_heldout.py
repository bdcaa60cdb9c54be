"""Phrases that the parser's author never saw.

They were written from the grammar's contract alone, each expectation worked out by hand, before
anybody ran the parser on them. Change one only where the contract changes, and say so here.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.core.when import Unclear, parse_when

_FILE = Path(__file__).parent / "data" / "when_heldout.tsv"
_ROWS = [line.split("\t") for line in _FILE.read_text("utf-8").split("\n")[1:] if line]


def test_there_are_enough_of_them() -> None:
    chinese = [row for row in _ROWS if any("\u4e00" <= char <= "\u9fff" for char in row[0])]
    assert len(_ROWS) >= 150
    assert len(chinese) >= 100


@pytest.mark.parametrize(
    ("phrase", "zone", "now", "expected", "has_time"),
    _ROWS,
    ids=[f"{number}" for number in range(len(_ROWS))],
)
def test_a_phrase_is_understood(
    phrase: str, zone: str, now: str, expected: str, has_time: str
) -> None:
    def understood() -> tuple[str, str]:
        try:
            moment = parse_when(phrase, now=datetime.fromisoformat(now), zone=ZoneInfo(zone))
        except Unclear as unclear:
            return f"!{unclear.reason}", "-"
        return moment.at.strftime("%Y-%m-%dT%H:%M:%SZ"), "1" if moment.has_time else "0"

    assert understood() == (expected, has_time), phrase
