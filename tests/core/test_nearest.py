from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.nearest import distance, nearest

NAMES = ["severity", "lead", "to", "by", "级别", "负责人", "群", "next-update"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("sevrity", ["severity"]),
        ("severtiy", ["severity"]),
        ("seeverity", ["severity"]),
        ("leda", ["lead"]),
        ("级另", ["级别"]),
        ("负责", ["负责人"]),
        ("next_update", ["next-update"]),
        ("no", []),
        ("x", []),
        ("桌", []),
        ("priority", []),
        ("", []),
        ("s" * 61, []),
    ],
)
def test_what_was_meant(typed: str, meant: list[str]) -> None:
    assert nearest(typed, NAMES) == meant


def test_the_nearest_first_and_no_more_than_asked_for() -> None:
    known = ["monitoring", "monitor", "monitors", "money"]
    assert nearest("monitors", known) == ["monitors", "monitor", "monitoring"]
    assert nearest("monitors", known, count=1) == ["monitors"]
    assert nearest("monitor", known, at_most=1) == ["monitor", "monitors"]


@pytest.mark.parametrize(
    ("one", "other", "edits"),
    [
        ("", "", 0),
        ("", "ab", 2),
        ("ab", "ba", 1),
        ("kitten", "sitting", 3),
        ("abcd", "abdc", 1),
        ("ca", "abc", 3),
    ],
)
def test_distance(one: str, other: str, edits: int) -> None:
    assert distance(one, other) == edits


@given(st.text(max_size=12), st.text(max_size=12))
def test_a_distance_is_one(one: str, other: str) -> None:
    found = distance(one, other)
    assert found == distance(other, one)
    assert (found == 0) == (one == other)
    assert abs(len(one) - len(other)) <= found <= max(len(one), len(other))
