"""Blocks as a person reads them on the screen, so that a golden example can be read as well."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

Node = Mapping[str, Any]


def sketch(blocks: list[dict[str, Any]]) -> str:
    return "\n".join(line for block in blocks for line in _lines(block))


def _lines(block: Node) -> Iterator[str]:
    match block:
        case {"type": "header"}:
            yield f"# {_text(block['text'])}"
        case {"type": "section", "fields": fields}:
            yield " | ".join(_text(each).replace("\n", ": ") for each in fields)
        case {"type": "section"}:
            beside = f"   {_control(block['accessory'])}" if "accessory" in block else ""
            yield _text(block["text"]) + beside
        case {"type": "context", "elements": elements}:
            yield " ".join(f"~{_text(each)}~" for each in elements)
        case {"type": "divider"}:
            yield "---"
        case {"type": "actions", "elements": elements}:
            yield " ".join(map(_control, elements))
        case {"type": "table", "rows": rows}:
            yield from (" | ".join(map(_rich, row)) for row in rows)
        case {"type": "rich_text"}:
            yield _rich(block)
        case {"type": "input"}:
            star = "" if block["optional"] else "*"
            yield f"{_text(block['label'])}{star}: {_control(block['element'])}"
        case _:
            raise AssertionError(block)


def _text(node: Node) -> str:
    """What Slack shows of a text: sequences and escapes resolved, bold and code as marked."""
    text: str = node["text"]
    if node["type"] == "mrkdwn":
        return shown(text)
    return text


def shown(text: str) -> str:
    """mrkdwn as its reader sees it, bold and code still marked."""
    text = re.sub(r"<!date\^\d+\^[^|]*\|([^>]*)>", r"\1", text)
    text = re.sub(r"<https?:[^|>]*\|([^>]*)>", r"\1", text)
    text = re.sub(r"<([@#][^>]*)>", r"«\1»", text)
    text = text.replace("\u200b", "").replace("\u00ad", "")
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _rich(node: Node) -> str:
    match node:
        case {"type": "rich_text_quote", "elements": elements}:
            return f"> {''.join(map(_rich, elements))}"
        case {"elements": elements}:
            return "".join(map(_rich, elements))
        case {"type": "user", "user_id": user}:
            return f"«@{user}»"
        case {"type": "date", "fallback": fallback}:
            return str(fallback)
        case {"text": text}:
            return str(text)
        case _:
            return json.dumps(node)


def _control(node: Node) -> str:
    match node:
        case {"type": "button"}:
            style = {"primary": "+", "danger": "!"}.get(node.get("style", ""), "")
            return f"[{style}{_text(node['text'])}]"
        case {"type": "overflow", "options": options}:
            return f"[⋯ {' / '.join(_text(each['text']) for each in options)}]"
        case {"type": "static_select", "options": options}:
            chosen = node.get("initial_option")
            picked = f"={_text(chosen['text'])}" if chosen else ""
            return f"select{picked}({len(options)})"
        case _:
            initial = next((node[key] for key in node if key.startswith("initial")), "")
            if node["type"] == "checkboxes":
                initial = ", ".join(_text(each["text"]) for each in node.get("initial_options", []))
            return f"{node['type']}({initial})"
