"""Three judges of what is drawn for Slack: its TypeScript types, its Python models, and its limits.

The first is strict on shapes and knows no length, the second the other way round; neither sees 51
blocks, an empty text or an id that occurs twice, so these have rules of their own, written from
Slack's reference and not from the renderer.
"""

from __future__ import annotations

import functools
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

_SCHEMA = json.loads((Path(__file__).parent / "data" / "slack-types.schema.json").read_text())

#: The most characters of a text, by the keys that lead to it from the object that holds it.
_LENGTHS = {
    ("section", "text"): 3000,
    ("section", "fields"): 2000,
    ("context", "elements"): 3000,
    ("header", "text"): 150,
    ("button", "text"): 75,
    ("option", "text"): 75,
    ("confirm", "title"): 100,
    ("confirm", "text"): 300,
    ("confirm", "confirm"): 30,
    ("confirm", "deny"): 30,
    ("input", "label"): 2000,
    ("input", "hint"): 2000,
    ("static_select", "placeholder"): 150,
    ("modal", "title"): 24,
    ("modal", "submit"): 24,
    ("modal", "close"): 24,
}
#: The most characters of a plain string, and the most elements of a list, by holder and key.
_STRINGS = {
    ("button", "value"): 2000,
    ("option", "value"): 150,
    ("modal", "private_metadata"): 3000,
    ("modal", "callback_id"): 255,
}
_LISTS = {
    ("actions", "elements"): (1, 25),
    ("context", "elements"): (1, 10),
    ("section", "fields"): (1, 10),
    ("overflow", "options"): (1, 5),
    ("static_select", "options"): (1, 100),
    ("static_select", "option_groups"): (1, 100),
    ("option_group", "options"): (1, 100),
    ("checkboxes", "options"): (1, 10),
    ("table", "rows"): (1, 100),
}
#: What Slack parses in mrkdwn, as its reference spells it.
_SEQUENCE = re.compile(
    r"<(?:@[A-Za-z0-9_-]+|#[A-Za-z0-9_-]+|!date\^\d+\^[^|<>]*\|[^<>]*|https?://[^|<>\s]+\|[^<>]*)>"
)
_ENTITY = re.compile(r"&(?!amp;|lt;|gt;)")


def length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@functools.cache
def _schema(name: str) -> Draft7Validator:
    return Draft7Validator({"$ref": f"#/definitions/{name}", "definitions": _SCHEMA["definitions"]})


def message_faults(blocks: list[dict[str, Any]]) -> list[str]:
    """What Slack would refuse, or show wrongly, in a message."""
    faults = [f"types: {each.message[:300]}" for each in _schema("Blocks").iter_errors(blocks)]
    faults += [fault for each in blocks for fault in _model_faults(functools.partial(_parse, each))]
    faults += _rule_faults(blocks, most=50)
    if (total := length(json.dumps(blocks, ensure_ascii=False, separators=(",", ":")))) > 13_200:
        faults.append(f"{total} characters in all")
    if sum(each["type"] == "table" for each in blocks) > 1:
        faults.append("only_one_table_allowed")
    return faults


def view_faults(view: dict[str, Any]) -> list[str]:
    """What Slack would refuse, or show wrongly, in a view."""
    name = {"home": "Home", "modal": "Modal"}[view["type"]]
    faults = [f"types: {each.message[:300]}" for each in _schema(name).iter_errors(view)]
    faults += _model_faults(lambda: View(**view).to_dict())
    faults += _rule_faults(view["blocks"], most=100)
    faults += [fault for each in _texts(view) for fault in _text_faults(each)]
    faults += _size_faults({key: each for key, each in view.items() if key != "blocks"})
    if length(json.dumps(view)) > 250_000:
        faults.append("a view of more than 250 kB")
    if any(each["type"] == "table" for each in view["blocks"]):
        faults.append("a table in a view")
    if any(each["type"] == "input" for each in view["blocks"]) and "submit" not in view:
        faults.append("inputs without a submit button")
    return faults


def _parse(block: dict[str, Any]) -> None:
    found = Block.parse(block)
    assert found is not None, f"no such block: {block['type']}"
    found.to_dict()


def _model_faults(parse: Callable[[], object]) -> list[str]:
    try:
        parse()
    except Exception as problem:  # noqa: BLE001  whatever the models raise is their verdict
        return [f"models: {problem}"]
    return []


def _rule_faults(blocks: list[dict[str, Any]], *, most: int) -> list[str]:
    faults = [] if 0 < len(blocks) <= most else [f"{len(blocks)} blocks"]
    for key in ("block_id", "action_id"):
        ids = [each[key] for each in _nodes(blocks) if key in each]
        if key == "action_id":
            # An input's action id need only be alone in its block.
            ids = [each for each in ids if each != "value"]
        faults += [f"{key} {one} twice" for one, n in Counter(ids).items() if n > 1]
        faults += [f"{key} too long" for one in ids if not 0 < length(one) <= 255]
    faults += [fault for each in _texts(blocks) for fault in _text_faults(each)]
    faults += _size_faults(blocks)
    faults += [fault for each in _nodes(blocks) for fault in _rich_faults(each)]
    return faults


def _nodes(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        yield value
        for each in value.values():
            yield from _nodes(each)
    elif isinstance(value, list):
        for each in value:
            yield from _nodes(each)


def _texts(value: Any) -> Iterator[Mapping[str, Any]]:
    return (each for each in _nodes(value) if each.get("type") in {"plain_text", "mrkdwn"})


def _text_faults(node: Mapping[str, Any]) -> Iterator[str]:
    text = node["text"]
    if not text.strip():
        yield "an empty text"
    if node["type"] == "mrkdwn":
        if node.get("verbatim") is not True:
            yield "names and addresses in it are parsed"
        rest = _SEQUENCE.sub("", text)
        if "<" in rest or ">" in rest or _ENTITY.search(rest):
            yield f"not escaped, or a broken sequence: {rest[:200]!r}"
    elif re.search(r"<[!@#]", text):
        yield f"a parsing sequence in plain text: {text[:100]!r}"
    if re.search("[\ud800-\udfff\x00-\x08]", text):
        yield f"unreadable: {text[:100]!r}"


def _rich_faults(node: Mapping[str, Any]) -> Iterator[str]:
    kind = node.get("type")
    if kind in {"text", "raw_text"} and not node["text"]:
        yield f"an empty {kind}"
    if kind == "text" and length(node["text"]) > 3000:
        yield "a long rich text"
    if kind == "table":
        wide = {len(row) for row in node["rows"]}
        if len(wide) != 1 or not 0 < wide.pop() <= 20:
            yield "a table of uneven or too many columns"


def _size_faults(value: Any) -> Iterator[str]:
    for holder, node in _holders(value):
        for (owner, key), most in _LENGTHS.items():
            for text in _listed(node.get(key)) if owner == holder else ():
                if length(text["text"]) > most:
                    yield f"{holder}.{key}: {length(text['text'])} characters"
        for (owner, key), most in _STRINGS.items():
            if owner == holder and not 0 < length(node.get(key, "x")) <= most:
                yield f"{holder}.{key}: {length(node[key])} characters"
        for (owner, key), (least, most) in _LISTS.items():
            if owner == holder and key in node and not least <= len(node[key]) <= most:
                yield f"{holder}.{key}: {len(node[key])} of them"


def _holders(value: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every object with the name of what it is; Slack does not type options and dialogs."""
    for node in _nodes(value):
        if "deny" in node:
            yield "confirm", node
        elif "options" in node and "label" in node:
            yield "option_group", node
        elif "value" in node and "text" in node and "type" not in node:
            yield "option", node
        elif "type" in node or "private_metadata" in node:
            yield node.get("type", "modal"), node


def _listed(value: Any) -> list[Mapping[str, Any]]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
