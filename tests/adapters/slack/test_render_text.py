"""Text for Slack: what people typed shows as they typed it, pings nobody and breaks nothing."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack import limits, rich
from adapters.slack.mrkdwn import Atom, atoms, fitted, guarded, plain_text
from bot.core.chat import Table
from bot.core.text import ChannelLink, Code, Inline, Link, Mention, Reader, Seq, Strong, When, t
from bot.core.words import clean
from tests.adapters.slack.samples import nasty
from tests.adapters.slack.sketch import shown

EN, ZH, BOTH = Reader("en"), Reader("zh", "Asia/Shanghai"), Reader("both", "Asia/Shanghai")
AT = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)


def drawn(value: Inline, reader: Reader = EN) -> str:
    return "".join(atom.text for atom in atoms(value, reader))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a & <b>", "a &amp; &lt;b&gt;"),
        ("<!channel> <@U1>", "&lt;!channel&gt; &lt;@U1&gt;"),
        ("snake_case_name 2*3*4 ~5", "snake_case_name 2*3*4 <!date^0^{_}|~>5"),
        (Mention("U012AB3CD", "Alice"), "<@U012AB3CD>"),
        (Mention("!channel", "<!channel>"), "@&lt;!channel&gt;"),
        (ChannelLink("C012AB3CD", "ops"), "<#C012AB3CD>"),
        (ChannelLink("C1|here>", "ops"), "#ops"),
        (Strong("WR-7"), "*WR-7*"),
        (Strong("a*b"), "*a<!date^0^{_}|*>b*"),
        (Strong(" two\nlines "), "*two lines*"),
        (Code("/item add …"), "`/item add …`"),
        (Code("a`b"), "a<!date^0^{_}|`>b"),
        (Link("https://x.example/?1&b|c", "a <p>"), "<https://x.example/?1&amp;b%7Cc|a &lt;p&gt;>"),
        (Link("javascript:alert(1)", "press"), "press (javascript:alert(1))"),
        (Link("https://x.example/a b", "press"), "press (https://x.example/a b)"),
        (Link("https://x.example/", ""), "<https://x.example/|https://x.example/>"),
        (Seq((Strong("a"), Strong("b"), "c")), "*a*, *b* and c"),
        (When(AT), "<!date^1796115600^{date_short_pretty} {time}|Tue 1 Dec 2026, 09:00>"),
        (When(AT, "date"), "<!date^1796115600^{date_short_pretty}|Tue 1 Dec 2026>"),
        (When(AT, "time"), "<!date^1796115600^{time}|09:00>"),
        (When(datetime(1960, 1, 1, tzinfo=UTC), "date"), "Fri 1 Jan 1960"),
        (7, "7"),
    ],
)  # fmt: skip
def test_each_value_in_mrkdwn(value: Inline, text: str) -> None:
    assert drawn(value) == text


def test_a_time_falls_back_to_the_zone_and_words_of_the_reader() -> None:
    assert drawn(When(AT), ZH).endswith("|2026年12月1日 周二 17:00>")


def test_a_bilingual_place_says_a_time_once() -> None:
    assert drawn(When(AT), BOTH).count("<!date") == 1
    assert drawn(t("Severity"), BOTH) == "Severity / 级别"


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        (("群", Strong("WR-7"), "已关"), "群\u200b*WR-7*\u200b已关"),
        (("a", Code("b"), "c"), "a\u200b`b`\u200bc"),
        ((Strong("a"), Strong("b")), "*a*\u200b*b*"),
        (("(", Strong("a"), ") ", Strong("b")), "(*a*) *b*"),
    ],
)
def test_bold_and_code_are_seen_beside_letters(parts: tuple[Inline, ...], text: str) -> None:
    names = [f"v{n}" for n in range(len(parts))]
    value = t("".join(f"{{{name}}}" for name in names), **dict(zip(names, parts, strict=True)))
    assert drawn(value) == text


#: What would begin or end bold, italic, struck-out or code, or be a quotation.
_FORMATS = re.compile(r"(?<![A-Za-z0-9])[*_~](?=\S)|`|^\s*&gt;", re.MULTILINE)


@given(st.one_of(nasty, st.text(st.sampled_from("a *_~`><&|\n字@!#"), max_size=30)))
def test_typed_text_is_shown_as_it_is_and_does_nothing(text: str) -> None:
    sent = guarded(text)
    assert shown(sent) == clean(text).replace("\u200b", "").replace("\u00ad", "")
    without = re.sub(r"<!date\^0\^\{_\}\|[*_~`]>", "x", sent)
    assert "<" not in without
    assert ">" not in without
    assert not _FORMATS.search(without)


def test_a_mark_at_the_end_of_a_value_does_not_format_what_follows() -> None:
    assert "*" not in re.sub(r"<!date[^>]*>", "", drawn(t("{a}{b}", a="x *", b="y*")))[:-1]


def test_plain_text_holds_no_sequence_and_one_line() -> None:
    node = plain_text("<!here>\n<@U1> <b>", 99)
    assert node == {"type": "plain_text", "text": "<\u200b!here> <\u200b@U1> <b>", "emoji": True}
    assert plain_text(" \n", 5)["text"] == "–"


# Cutting.


@given(nasty, st.integers(1, 80))
def test_a_text_is_cut_within_its_limit(text: str, limit: int) -> None:
    cut = limits.shortened(text, limit)
    assert limits.width(cut) <= limit
    if cut != text:
        assert cut.endswith("…")
        assert text.startswith(cut[:-1])


@pytest.mark.parametrize("letter", ["👩‍👩‍👧‍👦", "🇨🇳", "👍🏽", "e\u0301", "❤️", "字", "한"])
@pytest.mark.parametrize("limit", range(20, 40))
def test_no_letter_is_cut_in_two(letter: str, limit: int) -> None:
    kept = limits.head(letter * 40, limit)
    assert kept == letter * (len(kept) // len(letter))
    assert limits.width(kept) > limit - limits.width(letter)


def test_the_cut_is_made_after_a_whole_word_sentence_or_paragraph() -> None:
    assert limits.shortened("one two three four", 16) == "one two three…"
    assert limits.shortened("第一句。第二句很长。第三句", 12) == "第一句。第二句很长。…"
    assert limits.shortened("x" * 30, 10) == "x" * 9 + "…"


@given(nasty, st.integers(10, 3000))
def test_no_sequence_is_cut_in_two(text: str, limit: int) -> None:
    value = t("{a} {b} {c} {d}", a=text, b=Mention("U012AB3CD", "x"), c=Strong(text), d=When(AT))
    cut, is_whole = fitted(atoms(value, EN), limit)
    assert limits.width(cut) <= limit
    assert is_whole == (limits.width(drawn(value)) <= limit)
    rest = re.sub(r"<[^<>]*>|&(?:amp|lt|gt);", "", cut)
    assert not re.search("[<>&]", rest)


def test_an_atom_that_does_not_fit_is_left_out_whole() -> None:
    assert fitted([Atom("12345"), Atom("<@U012AB3CD>", whole=True)], 10) == ("12345…", False)


@given(nasty, st.integers(5, 3000))
def test_parts_are_the_text(text: str, limit: int) -> None:
    parts = limits.parts(text, limit)
    assert "".join(parts) == text
    assert all(0 < limits.width(part) <= max(limit, 20) for part in parts)


# Rich text.


def test_rich_text_draws_each_kind() -> None:
    value = t(
        "{a} {b} {c} {d} {e} {f}",
        a=Strong("*x*"),
        b=Code("`"),
        c=Mention("U012AB3CD", "Alice"),
        d=ChannelLink("C012AB3CD", "ops"),
        e=Link("https://x.example/", "page"),
        f=When(AT),
    )
    found = [each for each in rich.elements(value, EN) if each.get("text") != " "]
    assert found == [
        {"type": "text", "text": "*x*", "style": {"bold": True}},
        {"type": "text", "text": "`", "style": {"code": True}},
        {"type": "user", "user_id": "U012AB3CD"},
        {"type": "channel", "channel_id": "C012AB3CD"},
        {"type": "link", "url": "https://x.example/", "text": "page"},
        {
            "type": "date",
            "format": "{date_short_pretty} {time}",
            "timestamp": 1796115600,
            "fallback": "Tue 1 Dec 2026, 09:00",
        },
    ]


def test_a_table_of_letters_is_aligned_also_in_chinese() -> None:
    table = Table((t("Severity"), t("Lead")), (("高", "Alice"), ("x", "陈工")))
    node, is_whole = rich.letters(table, EN)
    assert is_whole
    assert node["elements"][0]["elements"][0]["text"].splitlines() == [
        "Severity  Lead",
        "────────  ─────",
        "高        Alice",
        "x         陈工",
    ]
