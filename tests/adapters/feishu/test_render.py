"""Cards: each block as the component that Feishu has for it, within what a card may weigh."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.feishu import limits, render
from bot.core.chat import (
    Block,
    Button,
    Buttons,
    Card,
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
    line,
)
from bot.core.commands import load
from bot.core.keys import ItemKey, RoomKey
from bot.core.text import Mention, Reader, Seq, Strong, When, t
from bot.features.items.commands import FinishItem
from bot.features.rooms.commands import JoinRoom
from tests.adapters.feishu.card_rules import check

CHINESE = Reader("zh", "Asia/Shanghai")
NOON = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
JOIN = Button(t("Join"), JoinRoom(room=RoomKey(1)), Tone.GOOD)
DONE = Button(t("Done"), FinishItem(item=ItemKey(3, 1)))
CLOSE = Button(t("Close"), JoinRoom(room=RoomKey(2)), Tone.DANGER, confirm=t("Really?"))


def drawn(*blocks: Block, reader: Reader = CHINESE) -> list[dict[str, Any]]:
    """The elements of a card of these blocks, which all fit."""
    card = render.card(Card(t("Open"), blocks), reader)
    assert check(card.json) == []
    assert card.overflow == ""
    found: list[dict[str, Any]] = card.json["body"]["elements"]
    return found


def tagged(node: Any, tag: str) -> Iterator[dict[str, Any]]:
    """Every component with a tag."""
    if isinstance(node, dict):
        if node.get("tag") == tag:
            yield node
        for each in node.values():
            yield from tagged(each, tag)
    elif isinstance(node, list):
        for each in node:
            yield from tagged(each, tag)


def everything(node: Any) -> str:
    return html.unescape(json.dumps(node, ensure_ascii=False))


# The frame.


@pytest.mark.parametrize(
    ("tone", "template"),
    [
        (Tone.NEUTRAL, "default"),
        (Tone.INFO, "blue"),
        (Tone.GOOD, "green"),
        (Tone.WARNING, "orange"),
        (Tone.DANGER, "red"),
        (Tone.DONE, "grey"),
    ],
)
def test_a_header_has_the_colour_of_its_tone(tone: Tone, template: str) -> None:
    card = render.card(Card(t("Severity"), (Divider(),), tone), CHINESE).json
    assert card["header"]["template"] == template
    assert card["header"]["title"]["i18n_content"] == {"en_us": "Severity", "zh_cn": "级别"}
    assert card["config"]["summary"]["content"] == "级别"
    assert card["config"]["update_multi"] is True


def test_a_sentence_that_is_the_whole_card_can_mention_and_has_no_header() -> None:
    said = t("{who} joined", who=Mention("ou_b", "Bob"))
    card = render.card(line(said), CHINESE).json
    assert "header" not in card
    assert card["body"]["elements"][0]["content"].startswith("<at id=ou_b></at>")
    warned = render.card(line(said, Tone.WARNING), CHINESE).json
    assert warned["body"]["elements"][0]["background_style"] == "orange-50"
    assert check(card) == check(warned) == []


def test_a_title_too_long_for_a_header_is_whole_below_it() -> None:
    title = "支付超时" * 40
    card = render.card(Card(t("{x}", x=title), (Divider(),)), CHINESE).json
    assert card["header"]["title"]["content"].endswith("…")
    assert card["body"]["elements"][0]["content"] == title


# Blocks.


def test_texts_headings_and_small_print() -> None:
    text, heading, note, rule = drawn(Paragraph("a\nb"), Heading("H"), Note("n\nm"), Divider())
    assert text == {"tag": "markdown", "content": "a<br>b"}
    assert heading == {"tag": "markdown", "content": "**H**", "text_size": "heading"}
    assert note["text_size"] == "notation"
    assert note["content"] == "<font color='grey'>n</font><br><font color='grey'>m</font>"
    assert rule == {"tag": "hr"}


def test_a_heading_with_a_person_in_it_still_names_them() -> None:
    [heading] = drawn(Heading(t("{who}: {key}", who=Mention("ou_b", "B"), key=Strong("x"))))
    assert "<at id=ou_b></at>" in heading["content"]


def test_a_quote_keeps_its_lines_and_is_nothing_else() -> None:
    [quote] = drawn(Quote("# a\n> b"))
    assert quote["content"] == "> &#35; a<br>&#62; b"


def test_short_fields_stand_beside_each_other_and_long_ones_alone() -> None:
    pairs = [(t("Lead"), "张三"), (t("Goal"), "长" * 41), (t("Severity"), "1"), (t("Due"), "2")]
    first, alone, both = drawn(Fields(tuple(pairs)))
    assert [len(each["columns"]) for each in (first, both)] == [2, 2]
    assert first["columns"][1]["elements"] == []
    assert "长" in alone["content"]
    [lead] = first["columns"][0]["elements"]
    assert lead["i18n_content"]["en_us"] == "<font color='grey'>Lead</font><br>张三"


@pytest.mark.parametrize(
    ("share", "shown"),
    [(0.5, 0.5), (-1, 0.0), (7, 1.0), (float("nan"), 0.0), (float("inf"), 1.0)],
)
def test_progress_is_a_chart_with_its_words(share: float, shown: float) -> None:
    words, chart = drawn(Progress(t("Goal"), share, "2/5"))
    assert words["i18n_content"]["en_us"].endswith("2&#47;5")
    assert chart["chart_spec"]["type"] == "linearProgress"
    assert [each["value"] for each in chart["chart_spec"]["data"]["values"]] == [shown]


def test_beyond_five_charts_progress_is_characters() -> None:
    elements = drawn(*[Progress("p", 0.5, "x")] * 6)
    assert len(list(tagged(elements, "chart"))) == 5
    assert "██████████░░░░░░░░░░" in elements[-1]["content"]


def test_a_button_carries_its_command_and_asks_first() -> None:
    [row] = drawn(Buttons((JOIN, CLOSE)))
    join, close = tagged(row, "button")
    assert row["flex_mode"] == "flow"
    assert join["type"] == "primary_filled"
    payload = render.pressed({"tag": "button", "value": join["behaviors"][0]["value"]})
    assert load(payload, {"warroom join": JoinRoom}) == JoinRoom(room=RoomKey(1))
    assert close["type"] == "danger"
    assert close["confirm"]["text"]["content"] == "Really?"


def test_no_buttons_are_nothing() -> None:
    assert drawn(Buttons(())) == []


def test_an_entry_has_one_button_or_a_menu() -> None:
    plain, one, several = drawn(
        Entries((Entry("a"), Entry("b", "n", (DONE,)), Entry("c", None, (DONE, JOIN, CLOSE))), 0)
    )
    assert plain == {"tag": "markdown", "content": "a"}
    assert [each["size"] for each in tagged(one, "button")] == ["small"]
    assert "grey" in everything(one)
    [menu] = tagged(several, "overflow")
    assert len(menu["options"]) == 2
    assert [each["type"] for each in tagged(several, "button")] == ["danger"], "it asks by itself"
    chosen = {"tag": "overflow", "option": menu["options"][0]["value"], "value": {}}
    payload = render.pressed(chosen)
    assert load(payload, {"item done": FinishItem}) == FinishItem(item=ItemKey(3, 1))


def test_what_a_list_does_not_show_is_counted() -> None:
    assert "3" in drawn(Entries((Entry("a"),), 3))[-1]["content"]


def test_a_table_is_native_and_its_columns_are_typed() -> None:
    rows = (
        (Mention("ou_a", "A"), When(NOON), 3, "a|b"),
        (Seq((Mention("ou_a", "A"), Mention("ou_b", "B"))), When(NOON), 4.5, Strong("x")),
    )
    [table] = drawn(Table((t("Owner"), t("Due"), t("Number"), t("What")), rows))
    assert [each["data_type"] for each in table["columns"]] == [
        "persons",
        "date",
        "number",
        "markdown",
    ]
    assert table["rows"][1] == {
        "c0": ["ou_a", "ou_b"],
        "c1": int(NOON.timestamp() * 1000),
        "c2": 4.5,
        "c3": "**x**",
    }
    assert table["columns"][0]["display_name"] == "负责人"
    assert table["page_size"] == 2


@pytest.mark.parametrize(("rows", "page"), [(0, 1), (10, 10), (11, 10)])
def test_a_long_table_has_pages(rows: int, page: int) -> None:
    [table] = drawn(Table((t("A"),), (("x",),) * rows))
    assert table["page_size"] == page


def test_beyond_five_tables_one_is_written() -> None:
    elements = drawn(*[Table((t("Owner"), t("B")), (("a|b", "c"),))] * 6)
    assert len(list(tagged(elements, "table"))) == 5
    assert elements[-1]["i18n_content"]["en_us"] == "| Owner | B |\n| --- | --- |\n| a&#124;b | c |"


def test_forms_in_a_card_stand_at_its_root_and_keep_apart() -> None:
    field = FormField("title", FieldKind.LINE, t("Title"))
    form = Form("item add", t("Add an item"), (field,), t("Send"))
    elements = drawn(form, form)
    names = [each["name"] for each in tagged(elements, "input")]
    assert names == ["l0_title", "l1_title"]


# What a card may weigh.

LONG = "支付超时，" * 3000


def test_a_card_that_is_too_large_is_first_drawn_sparingly() -> None:
    pairs = ((t("Due"), When(NOON)),)
    card = render.card(Card(t("Open"), (Fields(pairs * 60),)), CHINESE)
    assert card.overflow == ""
    assert "local_datetime" not in json.dumps(card.json)
    assert check(card.json) == []


@pytest.mark.parametrize(
    "block",
    [
        Quote(LONG),
        Paragraph(t("{x} and {y}", x=LONG, y="b")),
        Note(LONG),
        Entries(tuple(Entry(t("Item {n}", n=n), None, (DONE, JOIN)) for n in range(90))),
        Table((t("A"), t("B")), tuple((LONG[:99], n) for n in range(400))),
        Fields(tuple((t("Label"), LONG[:300]) for _ in range(60))),
    ],
    ids=lambda block: type(block).__name__,
)
@pytest.mark.parametrize("reader", [CHINESE, Reader("en"), Reader("both")])
def test_what_does_not_fit_is_said_and_handed_back(block: Block, reader: Reader) -> None:
    after = Paragraph("After it.")
    card = render.card(Card(t("Open"), (block, after, Buttons((JOIN,)))), reader)
    assert check(card.json) == []
    assert "warroom join" in json.dumps(card.json), "its button is still there"
    assert "After it." in everything(card.json) + card.overflow
    notice = card.json["body"]["elements"][-1]
    assert "cut short" in everything(notice)
    assert notice["background_style"] == "orange-50"
    for whole in _words(block):
        assert whole in card.overflow


def _words(block: Block) -> list[str]:
    match block:
        case Quote(text) | Note(str(text)):
            return [text]
        case Entries(entries):
            return [f"Item {n}" for n in range(len(entries))]
        case _:
            return [LONG[:99], LONG[:300]] if isinstance(block, Fields) else [LONG[:99]]


def test_a_title_beyond_all_measure_is_handed_back() -> None:
    card = render.card(Card(t("{x}", x=LONG), (Divider(),)), CHINESE)
    assert check(card.json) == []
    assert LONG in card.overflow
    alone = render.card(line(t("{x}", x=LONG)), CHINESE)
    assert check(alone.json) == []
    assert LONG in alone.overflow


def test_a_hundred_buttons_are_not_more_than_a_card_takes() -> None:
    card = render.card(Card(t("Open"), (Buttons((JOIN,) * 100),)), CHINESE)
    assert check(card.json) == []
    assert card.overflow


def test_the_weight_is_that_of_the_card_in_a_request() -> None:
    card = render.card(Card(t("Open"), (Quote('"\\\n' * 50),)), CHINESE).json
    body = json.dumps({"content": limits.packed(card), "msg_type": "interactive"})
    assert json.loads(json.loads(body)["content"]) == card
    quoted = json.dumps(limits.packed(card), ensure_ascii=False)
    assert 0 < limits.weight(card) - len(quoted.encode()) < 200


# What flashes up.


def test_a_toast_is_in_both_languages() -> None:
    said = render.toast(Card(t("Severity"), tone=Tone.DANGER), CHINESE)
    assert said == {
        "type": "info",
        "content": "级别",
        "i18n": {"en_us": "Severity", "zh_cn": "级别"},
    }


@pytest.mark.parametrize(
    ("tone", "is_refusal", "kind"),
    [
        (Tone.DANGER, False, "info"),
        (Tone.WARNING, False, "info"),
        (Tone.GOOD, False, "success"),
        (Tone.WARNING, True, "warning"),
        (Tone.DANGER, True, "error"),
    ],
)
def test_a_toast_is_an_error_where_something_was_not_done(
    tone: Tone, kind: str, *, is_refusal: bool
) -> None:
    said = render.toast(Card(t("Severity"), tone=tone), CHINESE, is_refusal=is_refusal)
    assert said["type"] == kind


def test_what_one_language_says_whole_is_not_said_again_for_another() -> None:
    """In English it is too long for a header, in Chinese it is not."""
    title = t(
        "I can neither hear nor say anything there. Invite me into the channel again, as you would "
        "invite a person, or close the room."
    )
    shown = Card(title, (Quote("x"),))
    both, alone = (render.card(shown, CHINESE, alone=each).json for each in (False, True))
    assert (len(both["body"]["elements"]), len(alone["body"]["elements"])) == (2, 1)
    assert "i18n_content" not in str(alone)
