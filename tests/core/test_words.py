from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.words import clean, fold, shortened, without_slash

ANY = st.text(st.characters(codec=None, exclude_categories=()))


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("a\r\nb\rc\x85d\te", "a\nb\nc\nd\te"),
        ("a\x00b\x07\x1b[31m\x7f\x9b", "ab[31m"),
        ("\u202egnp.exe\u202c\u2066x\u2069", "gnp.exex"),
        ("\u200fعربي\u200e", "\u200fعربي\u200e"),
        ("\ud83d\ude00", "😀"),
        ("\ud83d x \ude00", "\ufffd x \ufffd"),
        ("家👩‍👩‍👧", "家👩‍👩‍👧"),
    ],
)
def test_what_is_kept(typed: str, kept: str) -> None:
    assert clean(typed) == kept


@given(ANY)
def test_what_is_clean_can_be_written_and_stays_as_it_is(typed: str) -> None:
    cleaned = clean(typed)
    cleaned.encode()
    assert "\x00" not in cleaned
    assert clean(cleaned) == cleaned


def test_folding() -> None:
    assert fold(" ＷＡＲroom　") == "warroom"
    assert fold("Straße") == "strasse"


@given(ANY, st.integers(1, 80))
def test_what_is_shortened_is_one_line_of_that_length(text: str, length: int) -> None:
    short = shortened(text, length)
    assert len(short) <= length
    assert "\n" not in short


def test_shortening() -> None:
    assert shortened("a  b\nc") == "a b c"
    assert shortened("x" * 61) == "x" * 59 + "…"
    assert shortened("x" * 60) == "x" * 60


def test_slashes() -> None:
    assert without_slash(" / warroom /x") == "warroom /x"
    assert without_slash("／／x") == "x"
    assert without_slash("/") == ""
