"""Judges a card by the documentation of card JSON 2.0, and by nothing of Muster's own.

Written from the pages of open.feishu.cn and not from the renderer; no official schema is known. The
frame: "卡片 JSON 2.0 结构" and "标题". Languages: "配置卡片多语言". Components: card_tags.py.
Nesting: the page of each container. The size: "发送消息", 30 KB of request. Where they leave it
open, the stricter reading counts, and card_tags.py says so.

Unverified: whether the 30 KB are 30,000 or 30,720 bytes (30,720 here) and count the card as it
stands in the request, quoted (here they do); whether more than five charts are refused (only
advised against; refused here); whether a default value may be longer than the input takes.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.adapters.feishu import card_kinds as k
from tests.adapters.feishu.card_tags import LAYOUT, TAGS

_TEMPLATES = (
    *("blue", "wathet", "turquoise", "green", "yellow", "orange", "red", "carmine"),
    *("violet", "purple", "indigo", "grey", "default"),
)
_REQUEST_BYTES = 30 * 1024
_DEEPEST = 5
_MOST = {"table": 5, "chart": 5}
_COMPONENTS = 200
_CONTAINERS = frozenset({"column_set", "form", "interactive_container", "collapsible_panel"})
_INPUTS = frozenset(
    {
        *("input", "select_static", "multi_select_static", "select_person", "multi_select_person"),
        *("date_picker", "picker_time", "picker_datetime", "checker"),
    }
)
_PICKERS = {
    "date_picker": "initial_date",
    "picker_time": "initial_time",
    "picker_datetime": "initial_datetime",
}

_text_tag = k.shape(
    {"tag": k.one_of("text_tag"), "text": k.words(), "color": k.text(), "element_id": k.element_id},
    ("tag", "text"),
)
_CARD = k.shape(
    {
        "schema": k.one_of("2.0"),
        "config": k.shape(
            {
                "streaming_mode": k.boolean,
                "streaming_config": k.mapping,
                "summary": k.shape(
                    {"content": k.text(), "i18n_content": k.by_language(k.text())}, ("content",)
                ),
                "locales": k.listed(k.one_of(*k.LOCALES)),
                "enable_forward": k.boolean,
                "update_multi": k.only_true,
                "width_mode": k.one_of("default", "compact", "fill"),
                "use_custom_translation": k.boolean,
                "enable_forward_interaction": k.boolean,
                "style": k.mapping,
            },
        ),
        "card_link": k.mapping,
        "header": k.shape(
            {
                "title": k.words(None, "plain_text", "lark_md"),
                "subtitle": k.words(None, "plain_text", "lark_md"),
                "text_tag_list": k.listed(_text_tag, 0, 3),
                "i18n_text_tag_list": k.by_language(k.listed(_text_tag, 0, 3)),
                "template": k.one_of(*_TEMPLATES),
                "icon": k.icon,
                "padding": k.padding,
            },
            ("title",),
        ),
        "body": k.shape({**LAYOUT, "elements": k.listed(k.mapping)}, ("elements",)),
    },
    ("schema", "body"),
)


@dataclass
class _Seen:
    """What counts over a whole card."""

    tags: Counter[str] = field(default_factory=Counter)
    names: Counter[str] = field(default_factory=Counter)
    ids: Counter[str] = field(default_factory=Counter)


def check(card: dict[str, Any]) -> list[str]:
    """Everything that is wrong with `card`, each with where it stands; empty if nothing is."""
    found = list(_CARD(card, "card"))
    body = card.get("body")
    seen = _Seen()
    if isinstance(body, dict) and isinstance(body.get("elements"), list):
        for place, element in enumerate(body["elements"]):
            found += _element(element, f"[{place}]", (), seen)
    _count(card, seen)
    found += [f"the name {name!r} {n} times" for name, n in seen.names.items() if n > 1]
    found += [f"the element_id {name!r} {n} times" for name, n in seen.ids.items() if n > 1]
    for tag, most in _MOST.items():
        if seen.tags[tag] > most:
            found.append(f"{seen.tags[tag]} of {tag}, {most} at most")
    if seen.tags.total() > _COMPONENTS:
        found.append(f"{seen.tags.total()} components, {_COMPONENTS} at most")
    return found + list(_size(card))


def _size(card: dict[str, Any]) -> Iterator[str]:
    try:
        quoted = json.dumps(json.dumps(card, ensure_ascii=False), ensure_ascii=False)
        size = len(quoted.encode())
    except (ValueError, TypeError) as error:
        yield f"no JSON: {error}"
        return
    if size > _REQUEST_BYTES:
        yield f"{size} bytes, {_REQUEST_BYTES} at most"


def _count(node: Any, seen: _Seen) -> None:
    """Every element with a tag counts, texts too; a chart's definition is not the card's."""
    match node:
        case dict():
            if isinstance(node.get("tag"), str):
                seen.tags[node["tag"]] += 1
            if "element_id" in node:
                seen.ids[str(node["element_id"])] += 1
            for name, each in node.items():
                if name not in {"chart_spec", "value", "rows"}:
                    _count(each, seen)
        case list():
            for each in node:
                _count(each, seen)
        case _:
            pass


def _element(element: Any, at: str, above: tuple[str, ...], seen: _Seen) -> Iterator[str]:
    """A component and what is in it; `above` are the tags of what it is in, from the root."""
    tag = element.get("tag") if isinstance(element, dict) else None
    if not isinstance(tag, str) or tag not in TAGS:
        yield f"{at}: unknown tag {tag!r}"
        return
    at = f"{at}{tag}"
    yield from TAGS[tag](element, at)
    yield from _nesting(tag, at, above)
    yield from _naming(element, tag, at, above, seen)
    yield from _sense(element, tag, at)
    inside = element.get("columns" if tag == "column_set" else "elements", [])
    if tag == "table" or not isinstance(inside, list):
        return
    for place, each in enumerate(inside):
        if tag == "column_set" and isinstance(each, dict) and each.get("tag") != "column":
            yield f"{at}[{place}]: no column"
        yield from _element(each, f"{at}[{place}]", (*above, tag), seen)
    if tag == "form" and not any(_submits(each) for each in inside):
        yield f"{at}: nothing submits it"


def _submits(node: Any) -> bool:
    match node:
        case {"tag": "button", "form_action_type": "submit"}:
            return True
        case dict():
            return any(_submits(each) for each in node.values())
        case list():
            return any(_submits(each) for each in node)
        case _:
            return False


def _nesting(tag: str, at: str, above: tuple[str, ...]) -> Iterator[str]:
    if tag in {"form", "table"} and above:
        yield f"{at}: only at the root"
    if tag == "chart" and "form" in above:
        yield f"{at}: not in a form"
    if tag == "column" and (not above or above[-1] != "column_set"):
        yield f"{at}: only in a column_set"
    if tag.startswith("multi_select_") and "form" not in above:
        yield f"{at}: only in a form"
    if len([each for each in (*above, tag) if each in _CONTAINERS]) > _DEEPEST:
        yield f"{at}: more than {_DEEPEST} containers deep"


def _naming(
    element: dict[str, Any], tag: str, at: str, above: tuple[str, ...], seen: _Seen
) -> Iterator[str]:
    if "name" in element and tag != "table":
        seen.names[str(element["name"])] += 1
    is_in_form = "form" in above
    if is_in_form and tag in _INPUTS | {"button"} and "name" not in element:
        yield f"{at}: without a name in a form"
    if "required" in element and not is_in_form:
        yield f"{at}: required outside a form"
    if tag == "button":
        if is_in_form and "form_action_type" not in element:
            yield f"{at}: without form_action_type in a form"
        if not is_in_form and "form_action_type" in element:
            yield f"{at}: form_action_type outside a form"
        if not is_in_form and "behaviors" not in element:
            yield f"{at}: does nothing"


def _sense(element: dict[str, Any], tag: str, at: str) -> Iterator[str]:
    """What one property asks of another."""
    options = element.get("options")
    values = [each.get("value") for each in options or [] if isinstance(each, dict)]
    if len(set(values)) != len(values):
        yield f"{at}: two options of one value"
    initial = element.get("initial_option")
    if tag == "select_person" and initial is not None and initial not in values:
        yield f"{at}: starts with somebody who is no option"
    if tag.startswith("multi_select_"):
        for each in element.get("selected_values", []):
            if each not in values:
                yield f"{at}: {each!r} is selected and no option"
    if tag == "select_static" and element.get("initial_index", 0) > len(values):
        yield f"{at}: starts with an option that it has not"
    if tag in _PICKERS and not {_PICKERS[tag], "placeholder"} & element.keys():
        yield f"{at}: neither {_PICKERS[tag]} nor placeholder"
    if tag == "input" and len(element.get("default_value", "")) > element.get("max_length", 1000):
        yield f"{at}: starts with more than it takes"
    if tag == "table":
        yield from _table(element, at)


def _table(element: dict[str, Any], at: str) -> Iterator[str]:
    """ "表格", data_type: what a cell of each kind is."""
    columns = {
        each.get("name"): each.get("data_type")
        for each in element.get("columns", [])
        if isinstance(each, dict)
    }
    if len(columns) != len(element.get("columns", [])):
        yield f"{at}: two columns of one name"
    for place, row in enumerate(element.get("rows", [])):
        for name, cell in row.items() if isinstance(row, dict) else ():
            if name not in columns:
                yield f"{at}: row {place} has {name!r}, which is no column"
            elif not _is_cell(columns[name], cell):
                yield f"{at}: row {place}, {name}: {cell!r} is no {columns[name]}"


def _is_cell(kind: Any, cell: Any) -> bool:
    match kind:
        case "number" | "date":
            is_number = isinstance(cell, int | float) and not isinstance(cell, bool)
            return is_number and cell - cell == 0
        case "persons":
            people = cell if isinstance(cell, list) else [cell]
            return all(isinstance(each, str) for each in people)
        case "options":
            return isinstance(cell, str | list)
        case _:
            return isinstance(cell, str)
