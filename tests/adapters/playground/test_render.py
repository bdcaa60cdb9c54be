from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.playground import render
from adapters.playground.messages import Where
from adapters.playground.town import Town
from bot.core.chat import (
    Block,
    Button,
    Buttons,
    Card,
    Choice,
    Divider,
    Entries,
    Entry,
    FieldKind,
    Fields,
    Form,
    FormField,
    Heading,
    Note,
    Paragraph,
    Progress,
    Quote,
    Table,
    Tone,
)
from bot.core.commands import load
from bot.core.i18n import plain, when_text
from bot.core.text import (
    ChannelLink,
    Code,
    Inline,
    Link,
    Mention,
    Msg,
    Reader,
    Seq,
    Strong,
    When,
    t,
)

from .conftest import COMMANDS, START, AddNote

BERLIN = Reader("en", "Europe/Berlin")
NOON = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)


def test_each_kind_of_value_has_its_span() -> None:
    value = t(
        "{who} {when} {key} {code} {link} {where} {n}",
        who=Mention("bob", "Bob"),
        when=When(NOON),
        key=Strong("WR-7"),
        code=Code("/help"),
        link=Link("https://example.com/a?b=c", "here"),
        where=ChannelLink("C1", "general"),
        n=12345,
    )
    found = [span for span in render.spans(value, BERLIN) if span["text"] != " "]
    assert found == [
        {"t": "mention", "text": "@Bob", "user": "bob"},
        {
            "t": "time",
            "text": when_text(When(NOON), "en", "Europe/Berlin"),
            "at": "2026-11-24T11:00:00+00:00",
        },
        {"t": "strong", "text": "WR-7"},
        {"t": "code", "text": "/help"},
        {"t": "link", "text": "here", "url": "https://example.com/a?b=c"},
        {"t": "channel", "text": "#general", "channel": "C1"},
        {"t": "text", "text": " 12,345"},
    ]


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        " javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "//evil.example",
        "https:evil",
        "http://[broken",
        "",
    ],
)
def test_only_web_addresses_are_links(url: str) -> None:
    [span] = render.spans(Link(url, "click"), BERLIN)
    assert span == {"t": "text", "text": f"click ({url})"}


def test_typed_text_knows_people_addresses_and_code() -> None:
    text = "<@bob> see https://example.com/x(1). and `a <b>` or <@nobody>"
    assert render.typed(text, {"bob": "Bob"}) == [
        {"t": "mention", "text": "@Bob", "user": "bob"},
        {"t": "text", "text": " see "},
        {"t": "link", "text": "https://example.com/x(1", "url": "https://example.com/x(1"},
        {"t": "text", "text": "). and "},
        {"t": "code", "text": "a <b>"},
        {"t": "text", "text": " or <@nobody>"},
    ]


def test_chinese_punctuation_ends_an_address() -> None:
    found = render.typed("看https://example.com/a。谢谢", {})
    assert [span["text"] for span in found] == ["看", "https://example.com/a", "。谢谢"]


def test_a_bilingual_reader_gets_both_languages_once() -> None:
    both = Reader("both", "UTC")
    assert render.spans(Strong("WR-7"), both) == [{"t": "strong", "text": "WR-7"}]
    shown = "".join(span["text"] for span in render.spans(When(NOON, "date"), both))
    assert shown == plain(When(NOON, "date"), both)
    assert "Nov" in shown
    assert "11月" in shown


def test_each_reader_has_their_own_language() -> None:
    card = Card(t("x"), (Paragraph(Seq(("a", "b", "c"))),))
    english, chinese = (render.card(card, Reader(lang)) for lang in ("en", "zh"))
    assert english["blocks"][0]["text"] == [{"t": "text", "text": "a, b and c"}]
    assert chinese["blocks"][0]["text"][0]["text"].startswith("a、b")


def test_a_button_brings_its_payload_and_its_question() -> None:
    button = Button(t("Add"), AddNote(words="x"), Tone.DANGER, t("Really?"), opens_form=True)
    drawn = render.block(Buttons((button,)), BERLIN)["buttons"][0]
    assert drawn == {
        "label": "Add",
        "tone": "danger",
        "confirm": "Really?",
        "opens_form": True,
        "payload": {"do": "note add", "v": 1, "with": {"words": "x"}, "form": True},
    }
    assert load(drawn["payload"], COMMANDS) == AddNote(words="x")


def test_a_form_is_drawn_with_errors_and_what_it_keeps() -> None:
    field = FormField(
        "who",
        FieldKind.PEOPLE,
        t("Who"),
        required=True,
        value=("alice", "bob"),
        choices=(Choice("a", t("A")),),
        hint=t("Hint"),
        error=t("Error"),
        section=t("Section"),
    )
    drawn = render.form(Form("note add", t("Add"), (field,), t("Send"), {"room": "7"}), BERLIN)
    assert drawn["kept"] == {"room": "7"}
    assert drawn["intro"] is None
    assert drawn["fields"] == [
        {
            "name": "who",
            "kind": "people",
            "label": "Who",
            "required": True,
            "value": ["alice", "bob"],
            "choices": [{"value": "a", "label": "A"}],
            "hint": "Hint",
            "error": "Error",
            "max_length": 3000,
            "section": "Section",
        }
    ]


@pytest.mark.parametrize(
    ("share", "drawn"),
    [(0.5, 0.5), (-1, 0.0), (7, 1.0), (float("nan"), 0.0), (float("inf"), 1.0)],
)
def test_progress_stays_within_its_bar(share: float, drawn: float) -> None:
    assert render.block(Progress("p", share, "x"), BERLIN)["share"] == drawn


# Any card at all.

texts = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "<script>alert(1)</script>",
            "<!channel> @everyone",
            "{n} %s {0}",
            "\0\udfff\ud800",
            "\u202eabc\u2066",
            "`x` https://a.b/<i>",
        ]
    ),
)
instants = st.integers(-(10**9), 4 * 10**9).map(lambda at: datetime.fromtimestamp(at, UTC))
inlines: st.SearchStrategy[Inline] = st.recursive(
    st.one_of(
        texts,
        st.integers(),
        st.floats(),
        st.builds(Mention, texts, texts),
        st.builds(When, instants),
        st.builds(Strong, texts),
        st.builds(Code, texts),
        st.builds(Link, texts, texts),
        st.builds(ChannelLink, texts, texts),
    ),
    lambda inner: st.one_of(
        st.builds(Seq, st.lists(inner, max_size=3).map(tuple)),
        st.builds(lambda value: Msg("Said: {value}", {"value": value}), inner),
    ),
    max_leaves=5,
)
messages = st.builds(lambda value: Msg("Said: {value}", {"value": value}), inlines)
buttons = st.builds(
    Button,
    messages,
    st.builds(AddNote, words=texts),
    st.sampled_from(Tone),
    st.none() | messages,
    st.booleans(),
)
button_rows = st.lists(buttons, max_size=3).map(tuple)
fields = st.builds(
    FormField,
    texts,
    st.sampled_from(FieldKind),
    messages,
    st.booleans(),
    texts | st.lists(texts, max_size=2).map(tuple),
    st.lists(st.builds(Choice, texts, messages), max_size=2).map(tuple),
    st.none() | messages,
    st.none() | messages,
)
blocks: st.SearchStrategy[Block] = st.one_of(
    st.builds(Paragraph, inlines),
    st.builds(Quote, texts),
    st.builds(Note, inlines),
    st.builds(Heading, inlines),
    st.builds(Fields, st.lists(st.tuples(messages, inlines), max_size=3).map(tuple)),
    st.builds(Progress, inlines, st.floats(), inlines),
    st.builds(
        Entries,
        st.lists(st.builds(Entry, inlines, st.none() | inlines, button_rows), max_size=2).map(
            tuple
        ),
        st.integers(0, 9),
    ),
    st.builds(
        Table,
        st.lists(messages, min_size=1, max_size=2).map(tuple),
        st.lists(st.lists(inlines, max_size=2).map(tuple), max_size=2).map(tuple),
    ),
    st.builds(Divider),
    st.builds(Buttons, button_rows),
    st.builds(
        Form,
        texts,
        messages,
        st.lists(fields, max_size=2).map(tuple),
        messages,
        st.dictionaries(texts, texts, max_size=2),
        st.none() | messages,
    ),
)
cards = st.builds(Card, messages, st.lists(blocks, max_size=4).map(tuple), st.sampled_from(Tone))
readers = st.builds(Reader, st.sampled_from(["en", "zh", "both"]), st.just("Asia/Shanghai"))

SPANS = {"text", "mention", "time", "strong", "code", "link", "channel"}


def spans_in(node: Any) -> Iterator[dict[str, Any]]:
    """Every span in drawn JSON."""
    if isinstance(node, dict):
        if "t" in node:
            yield node
        for key, value in node.items():
            if key != "payload":
                yield from spans_in(value)
    elif isinstance(node, list):
        for each in node:
            yield from spans_in(each)


@given(cards, readers)
def test_any_card_is_drawn_as_json_without_markup(card: Card, reader: Reader) -> None:
    drawn = render.card(card, reader)
    written = json.dumps(drawn, ensure_ascii=False, allow_nan=False).encode("utf-8")
    assert json.loads(written) == drawn
    assert b"\\u0000" not in written
    assert len(drawn["blocks"]) == len(card.blocks)
    for span in spans_in(drawn):
        # What a span is, is said beside its text and never in it; no kind of it is HTML.
        assert span["t"] in SPANS
        assert isinstance(span["text"], str)
        if span["t"] == "link":
            assert span["url"].lower().startswith(("http://", "https://"))


@given(cards)
def test_any_card_can_be_kept_and_read_again(card: Card) -> None:
    town = Town(commands=COMMANDS)
    posted = town.messages.post(Where("C1"), card, START)
    again = town.messages.get(posted.id).card
    town.close()
    assert again is not None
    assert repr(again) == repr(card)


@given(st.text())
def test_any_typed_text_is_drawn_whole(text: str) -> None:
    drawn = render.typed(text, {"bob": "Bob"})
    json.dumps(drawn, ensure_ascii=False).encode("utf-8")
    assert all(span["t"] in SPANS for span in drawn)
