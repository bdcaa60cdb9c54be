"""Cards as Slack messages: what they look like, and where the rest is when they are too long."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given, settings

from adapters.slack import limits, render
from adapters.slack.blocks import note
from bot.core.chat import (
    AnyBlock,
    Button,
    Buttons,
    Card,
    Divider,
    Entries,
    Entry,
    Fields,
    Heading,
    Note,
    Paragraph,
    Progress,
    Quote,
    Table,
    Tone,
)
from bot.core.text import Code, Mention, Reader, Strong, When, t
from bot.core.words import clean
from tests.adapters.slack import samples
from tests.adapters.slack.judges import message_faults
from tests.adapters.slack.samples import Do
from tests.adapters.slack.sketch import sketch

EN, ZH, BOTH = Reader("en"), Reader("zh", "Asia/Shanghai"), Reader("both")
ALICE = Mention("U012AB3CD", "Alice")
AT = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
REST = "~This is shortened. All of it is in the thread.~"


def looks(*blocks: AnyBlock, reader: Reader = EN) -> list[str]:
    """The lines below the title."""
    drawn = render.message(Card(t("Join"), blocks), reader)
    assert not message_faults(drawn.blocks)
    return sketch(drawn.blocks).splitlines()[1:]


def test_a_card() -> None:
    card = Card(
        t("{room}", room=Strong("WR-7 Payment timeouts")),
        (
            Fields(((t("Severity"), t("Close")), (t("Lead"), ALICE), (t("Due"), When(AT)))),
            Quote("We found <the leak>\nand *stopped* it"),
            Progress("Error rate", 0.5, "2 of 4"),
            Heading(t("Items")),
            Entries(
                (
                    Entry(Strong("WR-7-1"), "Action", (Button(t("Done"), Do(what="x")),)),
                    Entry("Plain"),
                    Entry("With a note", When(AT, "time")),
                ),
                more=3,
            ),
            Divider(),
            Note(t("More on any of them: {help}", help=Code("/muster help"))),
            Buttons((Button(t("Join"), Do(what="x"), Tone.GOOD), Button(t("Close"), Do(what="y")))),
        ),
        Tone.DANGER,
    )
    drawn = render.message(card, EN)
    assert sketch(drawn.blocks).splitlines() == [
        "# 🔴 WR-7 Payment timeouts",
        "*Severity*: Close | *Lead*: «@U012AB3CD» | *Due*: Tue 1 Dec 2026, 09:00",
        "> We found <the leak>",
        "and *stopped* it",
        "*Error rate*",
        "██████████░░░░░░░░░░  2 of 4",
        "---",
        "*Items*",
        "*WR-7-1*",
        "Action   [Done]",
        "• Plain",
        "• With a note · 09:00",
        "~… and 3 more~",
        "---",
        "~More on any of them: `/muster help`~",
        "[+Join] [Close]",
    ]
    assert drawn.overflow is None
    assert drawn.text.splitlines() == [
        "WR-7 Payment timeouts",
        "Severity: Close",
        "Lead: @Alice",
        "Due: Tue 1 Dec 2026, 09:00",
        "&gt; We found &lt;the leak&gt;",
        "&gt; and *stopped* it",
        "Error rate: ██████████░░░░░░░░░░ 2 of 4",
        "— Items —",
        "• WR-7-1 (Action)",
        "• Plain",
        "• With a note (09:00)",
        "… and 3 more",
        "More on any of them: /muster help",
    ]
    assert not message_faults(drawn.blocks)


def test_drawing_twice_gives_the_same() -> None:
    card = Card(t("Join"), (Buttons((Button(t("Join"), Do(what="x")),)),))
    assert render.message(card, EN) == render.message(card, EN)


def test_no_block_has_an_id_of_its_own() -> None:
    """An updated message needs new ones (documented): Slack makes them where there are none."""
    card = Card(t("Join"), (Paragraph("x"), Buttons((Button(t("Join"), Do(what="x")),))))
    assert "block_id" not in json.dumps(render.message(card, EN).blocks)


# Titles.


@pytest.mark.parametrize(
    ("card", "look"),
    [
        (Card(t("Join")), "Join"),
        (Card(t("Join"), (), Tone.GOOD), "🟢 Join"),
        (Card(t("Join"), (Divider(),), Tone.WARNING), "# 🟠 Join\n---"),
        (Card(t("Join"), (Divider(),), Tone.DONE), "# ✅ Join\n---"),
        (Card(t("{a}", a=ALICE), (Divider(),), Tone.INFO), "🔵 «@U012AB3CD»\n---"),
        (Card(t("{a}", a="x" * 151), (Divider(),)), f"*{'x' * 151}*\n---"),
        (Card(t("{a}", a=Strong("群")), (Divider(),)), "# 群\n---"),
    ],
)
def test_titles(card: Card, look: str) -> None:
    assert sketch(render.message(card, EN).blocks) == look


def test_readers_have_their_own_language() -> None:
    card = Card(t("Join"), (Fields(((t("Severity"), When(AT)),)),))
    assert sketch(render.message(card, ZH).blocks) == "# 加入\n*级别*: 2026年12月1日 周二 17:00"
    both = sketch(render.message(card, BOTH).blocks)
    assert both == "# Join / 加入\n*Severity / 级别*: Tue 1 Dec 2026, 09:00"


# Tables.


def test_a_table() -> None:
    table = Table((t("Lead"), t("Due")), ((ALICE, When(AT)), ("<b>", "")))
    card = Card(t("Join"), (table, table))
    first, second = render.message(card, EN).blocks[1:]
    assert first["type"] == "table"
    assert first["rows"][0] == [
        {"type": "raw_text", "text": "Lead"},
        {"type": "raw_text", "text": "Due"},
    ]
    assert first["rows"][1][0]["elements"][0]["elements"] == [
        {"type": "user", "user_id": "U012AB3CD"}
    ]
    assert first["rows"][2] == [
        {"type": "raw_text", "text": "<b>"},
        {"type": "raw_text", "text": "–"},
    ]
    # Slack takes one table a message: the second is drawn with letters.
    assert second["elements"][0]["type"] == "rich_text_preformatted"
    assert "Tue 1 Dec 2026, 09:00" in sketch([second])


@pytest.mark.parametrize(("wide", "tall"), [(2, 100), (21, 3), (20, 60)])
def test_a_table_that_is_too_large_is_whole_in_the_thread(wide: int, tall: int) -> None:
    row = tuple(f"cell {n}" for n in range(wide))
    card = Card(t("Join"), (Table((t("Due"),) * wide, (row,) * tall),))
    drawn = render.message(card, EN)
    assert not message_faults(drawn.blocks)
    assert drawn.overflow is not None
    assert drawn.overflow.count(" | ".join(row)) == tall
    assert sketch(drawn.blocks).endswith(REST)


def test_a_long_cell_is_shortened() -> None:
    drawn = render.message(Card(t("Join"), (Table((t("Due"),), (("x" * 501,),)),)), EN)
    assert drawn.overflow == f"Due\n{'x' * 501}"


# Too long.


def test_a_long_quote_is_shortened_and_is_whole_in_the_thread() -> None:
    text = "a sentence of some words. " * 300
    drawn = render.message(Card(t("Join"), (Quote(text), Note("after"))), EN)
    _, quote, after, rest = sketch(drawn.blocks).splitlines()
    assert quote.endswith("words.…")
    assert (after, rest) == ("~after~", REST)
    assert drawn.overflow == f"> {text}"
    assert not message_faults(drawn.blocks)


def test_it_is_said_in_the_language_of_the_reader_and_for_the_place() -> None:
    card = Card(t("Join"), (Quote("x" * 4000),))
    assert sketch(render.message(card, EN, rest=render.BELOW).blocks).endswith(
        "~This is shortened. All of it follows below.~"
    )


def test_what_can_be_done_stays_however_long_the_rest_is() -> None:
    actions = Buttons((Button(t("Join"), Do(what="x")),))
    texts = tuple(Quote(f"{n} " + "x" * 2000) for n in range(20))
    drawn = render.message(Card(t("Join"), (*texts, actions)), EN)
    *_, row, rest = sketch(drawn.blocks).splitlines()
    assert (row, rest) == ("[Join]", REST)
    assert drawn.overflow is not None
    shown = [n for n in range(20) if f"> {n} x" in sketch(drawn.blocks)]
    missing = [n for n in range(20) if f"> {n} x" in drawn.overflow]
    assert shown
    assert shown + missing == list(range(20))
    assert not message_faults(drawn.blocks)


def test_room_is_kept_for_what_can_be_done() -> None:
    actions = Buttons((Button(t("Join"), Do(what="x")),))
    drawn = render.message(Card(t("Join"), (*(Paragraph("x"),) * 60, actions)), EN)
    assert sketch(drawn.blocks).splitlines()[-2:] == ["[Join]", REST]
    assert len(drawn.blocks) == 50
    assert drawn.overflow == "\n\n".join("x" * 13)


def test_the_order_is_kept_when_something_does_not_fit() -> None:
    """What comes after the first text that does not fit is not shown before it."""
    small = Paragraph("small")
    drawn = render.message(Card(t("Join"), (*(Quote("x" * 2900),) * 5, small)), EN)
    assert "small" not in sketch(drawn.blocks)
    assert drawn.overflow is not None
    assert drawn.overflow.endswith("small")


def test_sixty_lines_with_menus_are_cut_between_lines() -> None:
    menu = (Button(t("Done"), Do(what="a")), Button(t("Close"), Do(what="b")))
    entries = tuple(Entry(f"Line {n}.", None, menu) for n in range(60))
    drawn = render.message(Card(t("Join"), (Entries(entries),)), EN)
    assert not message_faults(drawn.blocks)
    assert drawn.overflow is not None
    shown = sketch(drawn.blocks)
    assert [n for n in range(60) if f"Line {n}." in shown] == list(range(shown.count("Line")))
    assert shown.count("Line") + drawn.overflow.count("Line") == 60


@settings(deadline=None, max_examples=200)
@given(samples.cards, samples.readers)
@example(Card(t("Join"), (Quote("0\x1e0"), *(Quote("x" * 2900),) * 5, Quote("1\x1e1"))), EN)
def test_nothing_is_lost(card: Card, reader: Reader) -> None:
    """Every text that somebody wrote is in the blocks as a whole, or in what overflows."""
    drawn = render.message(card, reader)
    quotes = [_quoted(each) for each in drawn.blocks]
    for block in card.blocks:
        if isinstance(block, Quote) and (text := clean(block.text)).strip():
            told = "\n".join(f"> {line}" for line in text.splitlines())
            assert text.strip("\n") in quotes or told in (drawn.overflow or "")
    assert (sketch_end(drawn) in _remarks(reader)) == (drawn.overflow is not None)


def _quoted(block: dict[str, Any]) -> str | None:
    match block:
        case {"elements": [{"type": "rich_text_quote", "elements": [{"text": str(text)}]}]}:
            return text
        case _:
            return None


def sketch_end(drawn: render.Drawn) -> dict[str, Any]:
    return drawn.blocks[-1]


def _remarks(reader: Reader) -> list[dict[str, Any]]:
    return list(note(render.IN_THREAD, reader).blocks)


# Replies and notifications.


def test_replies_are_all_of_it() -> None:
    overflow = "<!channel> line & *more*\n" * 1500
    drawn = render.replies(overflow, EN)
    told = "".join(
        block["elements"][0]["elements"][0]["text"] for each in drawn for block in each.blocks
    )
    assert told == overflow
    assert len(drawn) == 5
    for each in drawn:
        assert not message_faults(each.blocks)
        assert each.text.startswith("Continued: &lt;!channel&gt; line &amp;")
        assert limits.width(each.text) <= 4000


def test_a_long_notification_is_cut_through_no_escape() -> None:
    drawn = render.message(Card(t("{a}", a="&" * 4000)), EN)
    assert drawn.text == "&amp;" * 599 + "…"
    assert drawn.overflow == "&" * 4000
