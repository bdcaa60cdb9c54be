from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.text import (
    AnyInline,
    ChannelLink,
    Code,
    Either,
    Link,
    Mention,
    Msg,
    Seq,
    Slash,
    Strong,
    When,
    dump_inline,
    load_inline,
    load_msg,
    t,
    tn,
)

LEAVES: st.SearchStrategy[AnyInline] = st.one_of(
    st.text(),
    st.integers(),
    st.floats(allow_nan=False),
    st.builds(Mention, st.text(), st.text()),
    st.builds(When, st.datetimes(timezones=st.just(UTC)), st.sampled_from(["date", "time"])),
    st.builds(Strong, st.text()),
    st.builds(Code, st.text()),
    st.builds(Link, st.text(), st.text()),
    st.builds(ChannelLink, st.text(), st.text()),
)
INLINES = st.recursive(
    LEAVES,
    lambda inner: (
        st.builds(Seq, st.lists(inner, max_size=3).map(tuple), st.sampled_from(["and", "or"]))
        | st.builds(Slash, st.text(), inner)
        | st.builds(Either, inner, inner)
        | st.builds(Msg, st.text(), st.dictionaries(st.text(), inner, max_size=3))
    ),
    max_leaves=6,
)


@given(INLINES)
def test_texts_come_back(value: AnyInline) -> None:
    assert load_inline(json.loads(json.dumps(dump_inline(value)))) == value


def test_what_somebody_typed_is_never_taken_for_more() -> None:
    typed = '["mention", "U1", "everybody"]'
    assert load_inline(json.loads(json.dumps(dump_inline(t("{x}", x=typed))))) == t("{x}", x=typed)


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        ["nothing"],
        {"a": 1},
        [1, 2],
        ["mention", "U1", "x", "y", "z"],
        ["when", "soon", "date"],
    ],
)
def test_what_is_no_text(value: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        load_inline(value)


def test_only_a_message_is_a_message() -> None:
    assert load_msg(["msg", "x", {}, None]) == t("x")
    with pytest.raises(ValueError, match="not a message: str"):
        load_msg("x")


def test_sentences_that_count() -> None:
    assert tn("{n} room", "{n} rooms", 2) == Msg("{n} room", {"n": 2}, "{n} rooms")
    assert When(datetime(2026, 1, 1, tzinfo=UTC)).style == "datetime"
