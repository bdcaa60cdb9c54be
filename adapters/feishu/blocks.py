"""The blocks of a card, each as elements for its root."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.feishu import elements
from adapters.feishu.limits import Node
from adapters.feishu.texts import Pen, bold, escaped, markdown, tidied, translated
from bot.core.chat import Entry, Progress
from bot.core.i18n import pieces, plain
from bot.core.plaintext import bar
from bot.core.text import Inline, Language, Msg, Strong, tn

#: A field's value that is longer gets a line of its own.
_SHORT = 40


def quote(text: str) -> list[Node]:
    said = tidied(escaped(text.strip("\n")))
    return [{"tag": "markdown", "content": f"> {said or '&nbsp;'}"}]


def small(text: Inline, pen: Pen) -> Node:
    drawn = translated(lambda lang: elements.grey(markdown(text, lang, pen)) or "&nbsp;", pen)
    return {"tag": "markdown", **drawn, "text_size": "notation"}


def heading(text: Inline, pen: Pen) -> Node:
    def draw(lang: Language) -> str:
        """In bold, unless something in it is drawn its own way."""
        parts = [each.text if isinstance(each, Strong) else each for each in pieces(text, lang)]
        spoken = [each for each in parts if isinstance(each, str)]
        is_spoken = len(spoken) == len(parts)
        return markdown(Strong("".join(spoken)) if is_spoken else text, lang, pen) or "&nbsp;"

    return {"tag": "markdown", **translated(draw, pen), "text_size": "heading"}


def fields(pairs: Sequence[tuple[Msg, Inline]], pen: Pen) -> list[Node]:
    """Short ones beside each other, two in a row; long ones on lines of their own."""
    drawn: list[Node] = []
    waiting: list[Node] = []
    for label, value in pairs:
        cell = _pair(label, value, pen)
        if len(plain(value, pen.reader)) <= _SHORT:
            waiting.append(cell)
            if len(waiting) == 2:  # noqa: PLR2004  two in a row
                drawn.append(_beside(waiting))
                waiting = []
            continue
        drawn += [*([_beside(waiting)] if waiting else []), cell]
        waiting = []
    return [*drawn, *([_beside(waiting)] if waiting else [])]


def _beside(cells: list[Node]) -> Node:
    # A single one keeps its half, so that the columns stand below each other.
    filled = [[cell] for cell in cells] + [[]] * (2 - len(cells))
    drawn = [elements.column(each, width="weighted", weight=1) for each in filled]
    return elements.columns(drawn, flex_mode="bisect", horizontal_spacing="12px")


def _pair(label: Msg, value: Inline, pen: Pen) -> Node:
    def draw(lang: Language) -> str:
        said = markdown(value, lang, pen) or "—"
        return f"{elements.grey(markdown(label, lang, pen))}<br>{said}"

    return {"tag": "markdown", **translated(draw, pen)}


def progress(shown: Progress, pen: Pen, *, is_chart: bool) -> list[Node]:
    """How far it has come: in words, and as a chart; beyond five charts as a bar of characters."""
    share = min(1.0, shown.share) if shown.share > 0 else 0.0

    def draw(lang: Language) -> str:
        said = f"{bold(markdown(shown.label, lang, pen))} {markdown(shown.text, lang, pen)}"
        return said if is_chart else f"{said}<br>{bar(share)}"

    said: Node = {"tag": "markdown", **translated(draw, pen)}
    return [said, _chart(share)] if is_chart else [said]


def _chart(share: float) -> Node:
    """A bar ("图表", linearProgress of VChart, without axes: the words stand above it)."""
    return {
        "tag": "chart",
        "height": "28px",
        "preview": False,
        "color_theme": "brand",
        "chart_spec": {
            "type": "linearProgress",
            "data": {"values": [{"type": "", "value": round(share, 4)}]},
            "direction": "horizontal",
            "xField": "value",
            "yField": "type",
            "seriesField": "type",
            "bandWidth": 10,
            "cornerRadius": 5,
            "padding": 0,
            "axes": [{"orient": "left", "visible": False}],
            "tooltip": {"visible": False},
        },
    }


def entries(entries: Sequence[Entry], more: int, pen: Pen) -> list[Node]:
    drawn = [_entry(entry, pen) for entry in entries]
    if more:
        drawn.append(small(tn("… and {n} more", "… and {n} more", more), pen))
    return drawn


def _entry(entry: Entry, pen: Pen) -> Node:
    def draw(lang: Language) -> str:
        said = markdown(entry.text, lang, pen) or "&nbsp;"
        if entry.note is None:
            return said
        return f"{said}<br>{elements.grey(markdown(entry.note, lang, pen))}"

    said: Node = {"tag": "markdown", **translated(draw, pen)}
    if not entry.buttons:
        return said
    left = elements.column([said], width="weighted", weight=4, vertical_align="center")
    right = elements.column(
        elements.actions(entry.buttons, pen), vertical_align="center", direction="horizontal"
    )
    return elements.columns([left, right], flex_mode="none", horizontal_spacing="8px")
