"""The fake's own look at cards: what Feishu would refuse is refused, what it takes is taken."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.adapters.feishu.fake.town import button, card, markdown
from tests.fakes.feishu.cards import check
from tests.fakes.feishu.errors import Refusal


def text(content: str, **i18n: str) -> dict[str, Any]:
    made: dict[str, Any] = {"tag": "plain_text", "content": content}
    return made | ({"i18n_content": i18n} if i18n else {})


def field(name: str = "a", **more: Any) -> dict[str, Any]:
    return {"tag": "input", "name": name, "label": text("标题"), **more}


def send(**more: Any) -> dict[str, Any]:
    return button("好", {}, name="send", form_action_type="submit") | more


def form(*elements: dict[str, Any], name: str = "f") -> dict[str, Any]:
    return {"tag": "form", "name": name, "elements": list(elements)}


def table(**more: Any) -> dict[str, Any]:
    columns = [{"name": "a", "display_name": "甲", "data_type": "text"}]
    return {"tag": "table", "columns": columns, "rows": [{"a": "1"}], "page_size": 5, **more}


def columns(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"tag": "column_set", "columns": [{"tag": "column", "elements": list(elements)}]}


def panel(*elements: dict[str, Any]) -> dict[str, Any]:
    header = {"title": text("更多")}
    return {"tag": "collapsible_panel", "header": header, "elements": list(elements)}


def nested(depth: int) -> dict[str, Any]:
    element: dict[str, Any] = markdown("底")
    for _ in range(depth):
        element = panel(element)
    return element


FINE = {
    "text": card(markdown("a", zh_cn="甲", en_us="a")),
    "columns": card(columns(markdown("a"), button("b", {"x": 1}))),
    "string value": card(button("b", "x")),
    "form": card(form(field(), send())),
    "form action": card(form(send(
        form_action_type=None, behaviors=[{"type": "form_action", "behavior": "submit"}]
    ))),
    "five tables": card(*[table() for _ in range(5)]),
    "five deep": card(nested(5)),
    "colour and tags": card(
        markdown("a"), template="red", text_tag_list=[{"tag": "text_tag", "text": text("级别1")}]
    ),
    "old": {"config": {}, "elements": [{"tag": "note", "elements": []}]},
    "entity": {"type": "card", "data": {"card_id": "1"}},
}  # fmt: skip
BAD = {
    "no schema": {"body": {"elements": [markdown("a")]}},
    "unknown schema": card(markdown("a")) | {"schema": "3.0"},
    "unknown top": card(markdown("a")) | {"i18n_elements": {}},
    "unknown tag": card({"tag": "note", "elements": []}),
    "unknown property": card({"tag": "markdown", "content": "a", "href": {}}),
    "unknown in config": card(markdown("a")) | {"config": {"wide_screen_mode": True}},
    "not shared": card(markdown("a")) | {"config": {"update_multi": False}},
    "no content": card({"tag": "markdown"}),
    "bad language": card(markdown("a", klingon="a")),
    "bad i18n": card({"tag": "markdown", "content": "a", "i18n_content": {"zh_cn": 1}}),
    "bad colour": card(markdown("a"), template="pink"),
    "four tags": card(
        markdown("a"), text_tag_list=[{"tag": "text_tag", "text": text("x")}] * 4
    ),
    "form in a panel": card(panel(form(field(), send()))),
    "form in a form": card(form(form(field(), send()), send())),
    "table in a column": card(columns(table())),
    "six tables": card(*[table() for _ in range(6)]),
    "long pages": card(table(page_size=11)),
    "same column twice": card(table(columns=[{"name": "a"}, {"name": "a"}])),
    "same name twice": card(form(field(), field(), send())),
    "same form twice": card(form(field(), send()), form(field(), send())),
    "no name": card(form({"tag": "input"}, send())),
    "no submit": card(form(field())),
    "submit outside": card(send()),
    "six deep": card(nested(6)),
    "unknown behavior": card({"tag": "button", "behaviors": [{"type": "explode"}]}),
    "old button": card({"tag": "button", "value": {"a": 1}}),
    "bad element_id": card({"tag": "hr", "element_id": "1-2"}),
    "same element_id": card({"tag": "hr", "element_id": "a"}, {"tag": "hr", "element_id": "a"}),
    "column outside": card({"tag": "column", "elements": []}),
    "text that is none": card({"tag": "div", "text": {"tag": "lark_text", "content": "a"}}),
}  # fmt: skip


@pytest.mark.parametrize("name", FINE)
def test_a_fine_card(name: str) -> None:
    made = {k: v for k, v in FINE[name].items() if v is not None}
    assert check(json.dumps(made))


@pytest.mark.parametrize("name", BAD)
def test_a_bad_card(name: str) -> None:
    with pytest.raises(Refusal) as refused:
        check(json.dumps(BAD[name]))
    assert refused.value.code == 230099


def test_a_long_card() -> None:
    with pytest.raises(Refusal) as refused:
        check(json.dumps(card(markdown("x" * 30 * 1024))))
    assert refused.value.code == 230025
