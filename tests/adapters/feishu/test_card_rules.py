"""The rules see what is wrong: each of these cards is right but for one thing."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.adapters.feishu.card_rules import check

Node = dict[str, Any]


def text(content: str = "x", **more: Any) -> Node:
    return {"tag": "plain_text", "content": content, **more}


def markdown(content: Any = "x", **more: Any) -> Node:
    return {"tag": "markdown", "content": content, **more}


def button(**more: Any) -> Node:
    act = [{"type": "callback", "value": {"do": "x"}}]
    return {"tag": "button", "text": text(), "behaviors": act, **more}


def submit(**more: Any) -> Node:
    return button(name="send", form_action_type="submit", **more)


def form(*inside: Node, name: str = "form", is_sent: bool = True) -> Node:
    return {"tag": "form", "name": name, "elements": [*inside, *([submit()] if is_sent else [])]}


def columns(*inside: Node, **more: Any) -> Node:
    column = {"tag": "column", "width": "weighted", "weight": 1, "elements": list(inside)}
    return {"tag": "column_set", "columns": [column], **more}


def deep(levels: int) -> Node:
    return columns(deep(levels - 1)) if levels else markdown()


def table(**more: Any) -> Node:
    head = [{"name": "a", "data_type": "text"}, {"name": "n", "data_type": "number"}]
    return {"tag": "table", "columns": head, "rows": [{"a": "x", "n": 1}], "page_size": 5, **more}


def picker(tag: str, **more: Any) -> Node:
    return {"tag": tag, "name": "who", "options": [{"value": "ou_a"}], **more}


def choice(value: str) -> Node:
    return {"text": text(), "value": value}


def card(*elements: Node, **more: Any) -> Node:
    header = {"title": text(), "template": "blue"}
    whole = {
        "schema": "2.0",
        "config": {"update_multi": True, "summary": {"content": "x"}},
        "header": header,
        "body": {"elements": list(elements)},
        **more,
    }
    return copy.deepcopy(whole)


RIGHT = {
    "nothing": [],
    "texts": [markdown(i18n_content={"zh_cn": "一", "en_us": "one"}), {"tag": "hr"}],
    "plain": [{"tag": "div", "text": text(text_color="red-50", lines=2)}],
    "columns": [columns(markdown(), button(), background_style="grey-50", flex_mode="bisect")],
    "deep": [deep(5)],
    "table": [table()] * 5,
    "chart": [{"tag": "chart", "chart_spec": {"type": "pie"}, "height": "40px"}],
    "form": [
        form(
            {"tag": "input", "name": "a", "required": True, "max_length": 9, "default_value": "b"},
            picker("select_person", initial_option="ou_a"),
            {"tag": "checker", "name": "c", "checked": True, "text": text()},
            columns(
                {"tag": "picker_datetime", "name": "d", "initial_datetime": "2026-11-24 17:00"}
            ),
        )
    ],
    "menu": [{"tag": "overflow", "options": [{"text": text(), "value": "{}"}]}],
    "confirmed": [button(confirm={"title": text(), "text": text()}, type="danger")],
}


@pytest.mark.parametrize("elements", RIGHT.values(), ids=RIGHT)
def test_a_card_that_is_right_passes(elements: list[Node]) -> None:
    assert check(card(*elements)) == []


WRONG = {
    "unknown tag": ([{"tag": "note", "elements": []}], "unknown tag 'note'"),
    "action of 1.0": ([{"tag": "action", "actions": []}], "unknown tag 'action'"),
    "unknown property": ([markdown(href={})], "unknown property 'href'"),
    "a button's old value": ([button(value={})], "unknown property 'value'"),
    "fallback": ([markdown(fallback={})], "unknown property 'fallback'"),
    "wrong type": ([markdown(content=3)], "not a text"),
    "no content": ([{"tag": "markdown"}], "without content"),
    "empty content": ([markdown("")], "empty"),
    "a half of a pair": ([markdown("\ud800")], "cannot be written"),
    "text size": ([markdown(text_size="tiny")], "none of"),
    "language": ([markdown(i18n_content={"en": "x"})], "unknown language 'en'"),
    "translation": ([markdown(i18n_content={"en_us": 3})], "not a text"),
    "colour": ([columns(markdown(), background_style="pink")], "no colour"),
    "margin": ([markdown(margin="100px")], "no margin"),
    "element_id": ([markdown(element_id="1a")], "no element_id"),
    "element_id twice": ([markdown(element_id="a"), markdown(element_id="a")], "'a' 2 times"),
    "form in columns": ([columns(form())], "only at the root"),
    "form in a form": ([form(form(name="b", is_sent=False))], "only at the root"),
    "table in columns": ([columns(table())], "only at the root"),
    "table in a form": ([form(table())], "only at the root"),
    "chart in a form": ([form({"tag": "chart", "chart_spec": {}})], "not in a form"),
    "too deep": ([deep(6)], "more than 5 containers deep"),
    "not a column": ([{"tag": "column_set", "columns": [markdown()]}], "no column"),
    "column alone": ([{"tag": "column", "elements": []}], "only in a column_set"),
    "weight": (
        [{"tag": "column_set", "columns": [{"tag": "column", "weight": 6}]}],
        "no integer of 1…5",
    ),
    "form without submit": ([form(is_sent=False)], "nothing submits it"),
    "form without name": ([{"tag": "form", "elements": [submit()]}], "without name"),
    "input without name": ([form({"tag": "input"})], "without a name in a form"),
    "button without purpose": ([form(button(name="b"))], "without form_action_type"),
    "submit outside": ([submit()], "form_action_type outside a form"),
    "button without deed": ([{"tag": "button", "text": text()}], "does nothing"),
    "behavior": ([button(behaviors=[{"type": "run"}])], "unknown behavior 'run'"),
    "behavior's value": ([button(behaviors=[{"type": "callback", "value": "x"}])], "no object"),
    "required outside": ([{"tag": "input", "required": True}], "required outside a form"),
    "required checker": (
        [form({"tag": "checker", "name": "c", "text": text(), "required": True})],
        "unknown property 'required'",
    ),
    "name twice": ([form({"tag": "input", "name": "send"})], "the name 'send' 2 times"),
    "label too long": ([button(text=text("x" * 101))], "101 characters"),
    "button type": ([button(type="success")], "none of"),
    "confirm": ([button(confirm={"text": text()})], "without title"),
    "input too long": ([{"tag": "input", "max_length": 1001}], "no integer of 1…1000"),
    "default too long": (
        [{"tag": "input", "max_length": 2, "default_value": "abc"}],
        "starts with more than it takes",
    ),
    "many pickers": ([picker("multi_select_person")], "only in a form"),
    "picker without hint": ([{"tag": "picker_datetime"}], "neither initial_datetime"),
    "picker's start": (
        [{"tag": "picker_datetime", "initial_datetime": "2026-11-24T17:00"}],
        "no date and time",
    ),
    "a person who is no option": (
        [picker("select_person", initial_option="ou_b")],
        "starts with somebody",
    ),
    "people who are no option": (
        [form(picker("multi_select_person", selected_values=["ou_b"]))],
        "selected and no option",
    ),
    "option that is no id": ([picker("select_person", options=[{"value": "bob"}])], "no open_id"),
    "options alike": (
        [{"tag": "select_static", "options": [choice("1"), choice("1")]}],
        "two options of one value",
    ),
    "index beyond": (
        [{"tag": "select_static", "options": [choice("1")], "initial_index": 2}],
        "an option that it has not",
    ),
    "menu without options": ([{"tag": "overflow", "options": []}], "0 of them"),
    "rows a page": ([table(page_size=11)], "no integer of 1…10"),
    "cell": ([table(rows=[{"a": "x", "n": "1"}])], "is no number"),
    "cell of no column": ([table(rows=[{"b": "x"}])], "which is no column"),
    "six tables": ([table()] * 6, "6 of table"),
    "six charts": ([{"tag": "chart", "chart_spec": {}}] * 6, "6 of chart"),
    "too many": ([markdown()] * 200, "201 components"),
    "too large": ([markdown("长" * 10_240)], "bytes"),
}


@pytest.mark.parametrize(("elements", "why"), WRONG.values(), ids=WRONG)
def test_a_card_that_is_wrong_is_seen(elements: list[Node], why: str) -> None:
    found = check(card(*elements))
    assert any(why in each for each in found), found


FRAMES: dict[str, tuple[Node, str]] = {
    "schema": ({"schema": "1.0"}, "none of"),
    "elements of 1.0": ({"elements": []}, "unknown property 'elements'"),
    "languages of 1.0": ({"i18n_elements": {}}, "unknown property 'i18n_elements'"),
    "not shared": ({"config": {"update_multi": False}}, "must be true"),
    "template": ({"header": {"title": text(), "template": "pink"}}, "none of"),
    "no title": ({"header": {}}, "without title"),
    "no body": ({"body": {}}, "without elements"),
    "not JSON": ({"body": {"elements": [markdown(content=object())]}}, "no JSON"),
    "not a number": (
        {"body": {"elements": [table(rows=[{"n": float("nan")}])]}},
        "is no number",
    ),
}


@pytest.mark.parametrize(("change", "why"), FRAMES.values(), ids=FRAMES)
def test_a_frame_that_is_wrong_is_seen(change: Node, why: str) -> None:
    found = check({**card(), **change})
    assert any(why in each for each in found), found
