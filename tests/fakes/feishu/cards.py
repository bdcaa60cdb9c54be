"""Whether Feishu would take a card: the structure of card JSON 2.0, from its documentation.

Unknown properties are errors in 2.0. A card without `"schema": "2.0"` is a 1.0 card: Feishu takes
those too and ignores what it does not know, so only their outline is looked at.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Set as AbstractSet
from typing import Any

from tests.fakes.feishu.card_words import (
    ALLOWED,
    ASKING,
    BODY,
    CONFIG,
    HEADER,
    LANGUAGES,
    TEMPLATES,
    TEXT,
    TOP,
)
from tests.fakes.feishu.errors import Refusal

MAX_BYTES = 30 * 1024
MAX_TABLES = 5
MAX_DEPTH = 5
_TEXTS = ("text", "placeholder", "label", "title", "subtitle", "alt", "hover_tips", "disabled_tips")


def check(content: str, *, entities: bool = True) -> dict[str, Any]:
    """The card in this content; Refusal 230025 if it is too long, 230099 if it is no card.

    Args:
        content: the message's content, JSON.
        entities: whether a reference to a card entity or template will do as well.
    """
    if len(content.encode()) > MAX_BYTES:
        raise Refusal(230025)
    try:
        card = json.loads(content)
    except ValueError:
        raise _bad("content is not a string in json format") from None
    if not isinstance(card, dict):
        raise _bad("a card is an object")
    if entities and card.get("type") in {"card", "template"} and isinstance(card.get("data"), dict):
        return card
    if card.get("schema") == "2.0":
        _Checked(card)
    elif "schema" in card:
        raise _bad(f"unknown schema {card['schema']!r}")
    elif not isinstance(card.get("elements"), list | type(None)):
        raise _bad("elements must be a list")
    elif not card.get("elements") and not card.get("i18n_elements"):
        raise _bad("card elements are empty")
    return card


def _bad(why: str) -> Refusal:
    return Refusal(230099, f"ErrCode: 11310; ErrMsg: {why}; ErrorValue: ")


class _Checked:
    """One walk over a card, remembering what must be unique or few."""

    def __init__(self, card: dict[str, Any]) -> None:
        self.tables = 0
        self.element_ids: Counter[str] = Counter()
        self.form_names: Counter[str] = Counter()
        self._only(card, TOP, "card")
        self._only(card.get("config", {}), CONFIG, "config")
        if card.get("config", {}).get("update_multi", True) is not True:
            raise _bad("only shared cards (update_multi) exist in schema 2.0")
        if "header" in card:
            self._header(card["header"])
        body = card.get("body")
        if not isinstance(body, dict):
            raise _bad("body is required")
        self._only(body, BODY, "body")
        self._elements(body.get("elements"), "body", depth=0, form=None)
        self._counted()

    def _counted(self) -> None:
        if self.tables > MAX_TABLES:
            raise _bad(f"card table number over limit: {self.tables}")
        for what, counted in (("element_id", self.element_ids), ("form name", self.form_names)):
            twice = [name for name, count in counted.items() if count > 1]
            if twice:
                raise _bad(f"duplicate {what}: {twice}")

    def _only(self, part: Any, allowed: AbstractSet[str], where: str) -> None:
        if not isinstance(part, dict):
            raise _bad(f"{where} must be an object")
        unknown = sorted(set(part) - allowed)
        if unknown:
            raise _bad(f"unknown property {unknown} in {where}")

    def _header(self, header: Any) -> None:
        self._only(header, HEADER, "header")
        self._text(header.get("title"), "header.title")
        if "subtitle" in header:
            self._text(header["subtitle"], "header.subtitle")
        if header.get("template", "default") not in TEMPLATES:
            raise _bad(f"unknown template {header['template']!r}")
        tags = header.get("text_tag_list", [])
        if len(tags) > 3:
            raise _bad("at most 3 text tags")
        for tag in tags:
            self._only(tag, {"tag", "element_id", "text", "color"}, "text_tag")
            self._text(tag.get("text"), "text_tag.text")

    def _elements(self, elements: Any, where: str, depth: int, form: Counter[str] | None) -> None:
        if not isinstance(elements, list):
            raise _bad(f"{where}.elements must be a list")
        if depth > MAX_DEPTH:
            raise _bad(f"containers are nested more than {MAX_DEPTH} deep")
        for element in elements:
            self._element(element, where, depth, form)

    def _element(self, element: Any, where: str, depth: int, form: Counter[str] | None) -> None:
        tag = element.get("tag") if isinstance(element, dict) else None
        if tag not in ALLOWED:
            raise _bad(f"unknown tag {tag!r} in {where}")
        self._only(element, ALLOWED[tag], f"{where}.{tag}")
        self._element_id(element)
        self._texts(element, tag)
        match tag:
            case "form":
                self._form(element, where)
            case "table":
                self._table(element, where)
            case "column_set":
                self._columns(element, depth, form)
            case "column" if where != "column_set":
                raise _bad("a column stands in a column_set")
            case "column" | "interactive_container" | "collapsible_panel":
                self._elements(element.get("elements"), tag, depth + 1, form)
            case _:
                self._leaf(element, tag, form)

    def _columns(self, element: dict[str, Any], depth: int, form: Counter[str] | None) -> None:
        for column in element.get("columns", []):
            if not isinstance(column, dict) or column.get("tag") != "column":
                raise _bad("a column_set holds columns")
            self._element(column, "column_set", depth, form)

    def _element_id(self, element: dict[str, Any]) -> None:
        if "element_id" in element:
            if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,19}", str(element["element_id"])):
                raise _bad(f"invalid element_id {element['element_id']!r}")
            self.element_ids[element["element_id"]] += 1

    def _form(self, form: dict[str, Any], where: str) -> None:
        if where != "body":
            raise _bad(f"form is not supported in {where}")
        if not form.get("name"):
            raise _bad("a form needs a name")
        self.form_names[form["name"]] += 1
        names: Counter[str] = Counter()
        self._elements(form.get("elements"), "form", 1, names)
        twice = [name for name, count in names.items() if count > 1]
        if twice:
            raise _bad(f"duplicate name in form: {twice}")
        if not any(is_submit(each) for each in walk(form["elements"])):
            raise _bad("a form needs a submit button")

    def _table(self, table: dict[str, Any], where: str) -> None:
        if where != "body":
            raise _bad(f"table is not supported in {where}")
        self.tables += 1
        if not 1 <= table.get("page_size", 5) <= 10:
            raise _bad("page_size must be between 1 and 10")
        columns, rows = table.get("columns"), table.get("rows")
        if not isinstance(columns, list) or not columns or not isinstance(rows, list):
            raise _bad("a table has columns and rows")
        names = [column.get("name") for column in columns]
        if None in names or len(set(names)) < len(names):
            raise _bad("columns need names of their own")

    def _leaf(self, element: dict[str, Any], tag: str, form: Counter[str] | None) -> None:
        if tag == "markdown":
            self._localised(element, "markdown")
        if form is not None and (tag in ASKING or is_submit(element)):
            if not element.get("name"):
                raise _bad(f"{tag} in a form needs a name")
            form[element["name"]] += 1
        if form is None and element.get("form_action_type"):
            raise _bad("form_action_type is for buttons in a form")
        behaviors = element.get("behaviors", [])
        if not isinstance(behaviors, list):
            raise _bad("behaviors must be a list")
        for behavior in behaviors:
            self._behavior(behavior)

    def _behavior(self, behavior: Any) -> None:
        kind = behavior.get("type") if isinstance(behavior, dict) else None
        match kind:
            case "callback":
                self._only(behavior, {"type", "value"}, "behavior")
                if not isinstance(behavior.get("value", {}), dict | str):
                    raise _bad("a callback's value is an object or a string")
            case "open_url":
                urls = {"type", "default_url", "pc_url", "ios_url", "android_url"}
                self._only(behavior, urls, "behavior")
            case "form_action":
                self._only(behavior, {"type", "behavior"}, "behavior")
            case _:
                raise _bad(f"unknown behavior {kind!r}")

    def _texts(self, element: dict[str, Any], tag: str) -> None:
        for name in _TEXTS:
            if isinstance(element.get(name), dict):
                self._text(element[name], f"{tag}.{name}")

    def _text(self, text: Any, where: str) -> None:
        self._only(text, TEXT, where)
        if text.get("tag") not in {"plain_text", "lark_md"}:
            raise _bad(f"{where} must be plain_text or lark_md")
        self._localised(text, where)

    def _localised(self, part: dict[str, Any], where: str) -> None:
        i18n = part.get("i18n_content", {})
        if not isinstance(part.get("content", "" if i18n else None), str):
            raise _bad(f"{where} has no content")
        if not isinstance(i18n, dict) or not all(isinstance(each, str) for each in i18n.values()):
            raise _bad(f"i18n_content of {where} must map languages to texts")
        if set(i18n) - LANGUAGES:
            raise _bad(f"unknown languages {sorted(set(i18n) - LANGUAGES)} in {where}")


def is_submit(element: dict[str, Any]) -> bool:
    """Whether pressing this sends the form that it stands in."""
    return element.get("tag") == "button" and (
        element.get("form_action_type") == "submit"
        or any(
            each.get("type") == "form_action" and each.get("behavior") == "submit"
            for each in element.get("behaviors", [])
        )
    )


def walk(elements: list[Any]) -> list[dict[str, Any]]:
    """Every component in reading order, containers before what is in them (also 1.0's)."""
    found = []
    for element in elements:
        if isinstance(element, dict):
            found.append(element)
            for inside in ("elements", "columns", "actions"):
                if isinstance(element.get(inside), list) and element.get("tag") != "table":
                    found += walk(element[inside])
    return found
