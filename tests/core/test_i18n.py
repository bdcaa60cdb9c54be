"""From messages to words, in both languages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.i18n import (
    LANGUAGE_NAMES,
    Words,
    catalogue,
    languages,
    pieces,
    plain,
    template,
    when_text,
)
from bot.core.text import (
    ChannelLink,
    Code,
    Inline,
    Link,
    Mention,
    Msg,
    Reader,
    Seq,
    Speech,
    Strong,
    When,
    dump_inline,
    load_inline,
    t,
    tn,
)

EN, ZH, BOTH = Reader("en"), Reader("zh"), Reader("both")
EVENING = When(datetime(2026, 11, 24, 10, 5, tzinfo=UTC))


def test_english_is_its_own_source() -> None:
    assert plain(t("Timeline"), EN) == "Timeline"
    assert plain(t("Timeline"), ZH) == "时间线"


def test_a_sentence_that_nobody_translated_is_shown_in_english() -> None:
    unknown = Msg("Never {what}", {"what": "seen"})
    assert plain(unknown, ZH) == "Never seen"


def test_a_bilingual_place_says_it_twice_and_the_same_once() -> None:
    assert plain(t("Timeline"), BOTH) == "Timeline / 时间线"
    assert plain(t("JSON"), BOTH) == "JSON"


@pytest.mark.parametrize(
    ("n", "english", "chinese"),
    [
        (0, "0 war rooms", "0 个攻关群"),
        (1, "1 war room", "1 个攻关群"),
        (2, "2 war rooms", "2 个攻关群"),
        (12_345, "12,345 war rooms", "12,345 个攻关群"),
    ],
)
def test_counting(n: int, english: str, chinese: str) -> None:
    counted = tn("{n} war room", "{n} war rooms", n)
    assert plain(counted, EN) == english
    assert plain(counted, ZH) == chinese


@pytest.mark.parametrize(
    ("style", "english", "chinese"),
    [
        ("datetime", "Tue 24 Nov 2026, 18:05", "2026年11月24日 周二 18:05"),
        ("date", "Tue 24 Nov 2026", "2026年11月24日 周二"),
        ("time", "18:05", "18:05"),
    ],
)
def test_an_instant_in_words(style: str, english: str, chinese: str) -> None:
    when = load_inline(["when", EVENING.at.isoformat(), style])
    assert isinstance(when, When)
    assert when_text(when, "en", "Asia/Shanghai") == english
    assert when_text(when, "zh", "Asia/Shanghai") == chinese


def test_an_instant_is_another_day_elsewhere() -> None:
    late = When(datetime(2026, 12, 31, 18, 0, tzinfo=UTC))
    assert when_text(late, "en", "Asia/Shanghai") == "Fri 1 Jan 2027, 02:00"
    assert when_text(late, "zh", "America/New_York") == "2026年12月31日 周四 13:00"


@pytest.mark.parametrize(
    ("names", "english", "chinese"),
    [
        ((), "", ""),
        (("a",), "a", "a"),
        (("a", "b"), "a and b", "a 和 b"),
        (("a", "b", "c"), "a, b and c", "a、b 和 c"),
    ],
)
def test_several_values(names: tuple[str, ...], english: str, chinese: str) -> None:
    assert plain(Seq(names), EN) == english
    assert plain(Seq(names), ZH) == chinese


def test_one_of_several_values() -> None:
    either = Seq((Code("/item add"), Code("/item done")), "or")
    assert plain(either, EN) == "/item add or /item done"
    assert plain(either, ZH) == "/item add 或 /item done"


@pytest.mark.parametrize(
    ("number", "shown"),
    [(3.0, "3"), (99.5, "99.5"), (0.125, "0.12"), (1234567.0, "1,234,567"), (9_999, "9999")],
)
def test_numbers(number: float, shown: str) -> None:
    assert plain(number, EN) == plain(number, ZH) == shown


def test_every_kind_of_value_has_words() -> None:
    values: tuple[Inline, ...] = (
        "typed",
        Mention("U1", "bob"),
        Strong("WR-7"),
        Code("/item"),
        Link("https://example.com", "here"),
        ChannelLink("C1", "general"),
        EVENING,
    )
    assert [plain(value, EN) for value in values] == [
        "typed",
        "@bob",
        "WR-7",
        "/item",
        "here (https://example.com)",
        "#general",
        "Tue 24 Nov 2026, 10:05",
    ]


def test_words_of_ours_are_told_from_what_people_typed() -> None:
    drawn = list(
        pieces(t("{who}: {text}", who=Mention("U1", "bob"), text="<!channel> {who}"), "en")
    )
    assert drawn == [Mention("U1", "bob"), Words(": "), "<!channel> {who}"]
    assert [type(piece) for piece in drawn[1:]] == [Words, str]


@given(st.text(), st.sampled_from(("en", "zh", "both")))
def test_what_people_typed_is_shown_as_it_is(text: str, lang: Speech) -> None:
    shown = plain(t("{text}", text=text), Reader(lang))
    assert shown in {text, f"{text} / {text}"}


leaves = st.one_of(
    st.text(),
    st.integers(),
    st.builds(Strong, st.text()),
    st.builds(Mention, st.text(), st.text()),
    st.builds(When, st.datetimes(timezones=st.just(UTC))),
)
values = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(Seq, st.lists(inner, max_size=3).map(tuple), st.sampled_from(("and", "or"))),
        st.builds(lambda a, b: t("{facts} · {why}", facts=a, why=b), inner, inner),
    ),
    max_leaves=8,
)


@given(values)
def test_a_stored_text_comes_back_as_it_was(value: Inline) -> None:
    assert load_inline(dump_inline(value)) == value


def test_a_text_stored_before_there_was_an_or_can_be_read() -> None:
    assert load_inline(["seq", ["a", "b"]]) == Seq(("a", "b"))


def test_muster_speaks_the_language_that_it_promises() -> None:
    def promise(lang: Speech) -> Msg:
        return t("I will speak {language} with you.", language=LANGUAGE_NAMES[lang])

    assert plain(promise("en"), EN) == "I will speak English with you."
    assert plain(promise("zh"), ZH) == "我会用中文和你交流。"


def test_every_speech_has_languages_and_a_name() -> None:
    for speech in get_args(Speech):
        assert languages(speech)
        assert plain(LANGUAGE_NAMES[speech], ZH)


def test_a_catalogue_is_read_once() -> None:
    assert catalogue("zh") is catalogue("zh")
    assert template(t("Timeline"), "zh") == "时间线"
