"""The components of card JSON 2.0 that Muster uses, each with the properties that it has there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from adapters.feishu.limits import LABEL_CHARACTERS, Node, writable
from adapters.feishu.texts import Pen, bare, rich
from bot.core.chat import Button, Tone
from bot.core.platform import encode
from bot.core.text import Inline

#: A header's `template` ("标题"), and the hue of whatever else has the tone.
TEMPLATES: dict[Tone, str] = {
    Tone.NEUTRAL: "default",
    Tone.INFO: "blue",
    Tone.GOOD: "green",
    Tone.WARNING: "orange",
    Tone.DANGER: "red",
    Tone.DONE: "grey",
}
#: A button's `type` ("按钮").
_TYPES: dict[Tone, str] = {
    Tone.NEUTRAL: "default",
    Tone.INFO: "primary",
    Tone.GOOD: "primary_filled",
    Tone.WARNING: "primary",
    Tone.DANGER: "danger",
    Tone.DONE: "default",
}


def markdown(value: Inline, pen: Pen, **look: str) -> Node:
    """A text with mentions, links and times in it."""
    return {"tag": "markdown", **rich(value, pen), **look}


def callback(value: Node) -> list[Node]:
    """What a press sends back."""
    return [{"type": "callback", "value": writable(value)}]


def button(shown: Button, pen: Pen, size: str = "medium") -> Node:
    """A button that sends back its command."""
    node: Node = {
        "tag": "button",
        "type": _TYPES[shown.tone],
        "size": size,
        "text": bare(shown.label, pen, LABEL_CHARACTERS),
        "behaviors": callback(encode(shown)),
    }
    if shown.confirm is not None:
        node["confirm"] = {
            "title": bare(shown.label, pen, LABEL_CHARACTERS),
            "text": bare(shown.confirm, pen),
        }
    return node


def menu(buttons: Iterable[Button], pen: Pen) -> Node:
    """Several buttons behind "…". An option sends back a text, so it is its command as JSON."""
    options = [
        {
            "text": bare(each.label, pen, LABEL_CHARACTERS),
            "value": json.dumps(writable(encode(each)), ensure_ascii=False),
        }
        for each in buttons
    ]
    return {"tag": "overflow", "width": "default", "options": options}


def actions(buttons: Sequence[Button], pen: Pen) -> list[Node]:
    """What can be done about a line: one button shows, more are a menu.

    A menu asks the same question before all that is in it, so what asks stays outside.
    """
    asking = [each for each in buttons if each.confirm is not None]
    others = [each for each in buttons if each.confirm is None]
    shown = others + asking if len(others) == 1 else asking
    drawn = [button(each, pen, "small") for each in shown]
    return [*drawn, menu(others, pen)] if len(others) > 1 else drawn


def column(elements: list[Node], **look: str | int) -> Node:
    """A column; its width is that of what is in it, unless `look` says otherwise."""
    return {"tag": "column", "width": "auto", **look, "elements": elements}


def columns(drawn: list[Node], **look: str) -> Node:
    """Columns beside each other."""
    return {"tag": "column_set", **look, "columns": drawn}


def row(elements: list[Node]) -> Node:
    """Elements in a row that continues below when it is full."""
    return columns(
        [column([each]) for each in elements], flex_mode="flow", horizontal_spacing="8px"
    )


def tinted(element: Node, tone: Tone) -> Node:
    """An element on a ground that has the colour of a tone."""
    inside = column([element], width="weighted", weight=1, padding="8px 12px 8px 12px")
    return columns([inside], background_style=f"{TEMPLATES[tone]}-50")


def grey(text: str) -> str:
    """Markdown in grey, line by line: no line break is documented inside a colour."""
    lines = text.split("<br>")
    return "<br>".join(f"<font color='grey'>{line}</font>" if line else "" for line in lines)


def red(text: str) -> str:
    """As `grey`, in red."""
    return grey(text).replace("<font color='grey'>", "<font color='red'>")
