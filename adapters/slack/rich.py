"""Text out, as rich text: for what people wrote at length, and for tables.

Rich text is not parsed: what is in a text element is shown letter by letter, so that nothing needs
an escape and everything can be copied as it was written.
https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any, assert_never

from adapters.slack import limits
from adapters.slack.mrkdwn import (
    DATES,
    NOTHING,
    Node,
    fallback_of,
    web_address,
    words,
)
from bot.core.chat import Table
from bot.core.i18n import BOTH_SEPARATOR, languages, pieces
from bot.core.text import ChannelLink, Code, Inline, Link, Mention, Reader, Strong, When
from bot.core.words import clean

#: Between the columns of a table that is drawn with letters.
_GAP = "  "


def _block(kind: str, elements: list[Node]) -> Node:
    return {"type": "rich_text", "elements": [{"type": kind, "elements": elements}]}


def _text(text: str, **style: bool) -> Node:
    node: Node = {"type": "text", "text": text}
    return node | {"style": style} if style else node


def quote(text: str) -> Node:
    """A quotation. `text` fits."""
    return _block("rich_text_quote", [_text(text)])


def prose(text: str) -> Node:
    """Running text. `text` fits."""
    return _block("rich_text_section", [_text(text)])


def elements(value: Inline, reader: Reader) -> list[Node]:
    """`value` in elements, each kind drawn its own way."""
    out: list[Node] = []
    for position, lang in enumerate(languages(reader.lang)):
        drawn = [_element(each, reader) for each in pieces(value, lang, reader.prefix)]
        drawn = [each for each in drawn if each.get("text") != ""]
        if position and drawn != out:
            out.append(_text(BOTH_SEPARATOR))
        if drawn != out:
            out += drawn
    return out


def _element(piece: Any, reader: Reader) -> Node:  # noqa: PLR0911  one case a kind
    match piece:
        case str():
            return _text(clean(piece))
        case Mention(user):
            return {"type": "user", "user_id": user}
        case When(at, style):
            fallback = fallback_of(piece, reader)
            seconds = int(at.timestamp())
            if seconds <= 0:
                return _text(fallback)
            kind = {"type": "date", "format": DATES[style]}
            return {**kind, "timestamp": seconds, "fallback": fallback}
        case Strong(text):
            return _text(clean(text), bold=True)
        case Code(text):
            return _text(clean(text), code=True)
        case Link(url, label):
            address = web_address(clean(url))
            shown = clean(label) or url
            if address is None:
                return _text(f"{shown} ({clean(url)})")
            return {"type": "link", "url": address, "text": shown}
        case ChannelLink(channel):
            return {"type": "channel", "channel_id": channel}
        case _:
            assert_never(piece)


def table(shown: Table, reader: Reader) -> tuple[Node, bool]:
    """A table block, and whether all of `shown` is in it. There is at least one column.

    A message may have one (documented: rows ≤ 100, columns ≤ 20, `only_one_table_allowed`).
    """
    columns = shown.columns[: limits.TABLE_COLUMNS]
    rows: list[list[Node]] = [[_raw(words(column, reader)) for column in columns]]
    whole = len(columns) == len(shown.columns)
    whole &= all(limits.width(words(each, reader)) <= limits.CELL for each in columns)
    left = limits.TABLE_SIZE - limits.size(rows)
    for row in shown.rows:
        cells = [_cell(each, reader) for each in row[: limits.TABLE_COLUMNS]]
        left -= limits.size(cells)
        if left < 0 or len(rows) == limits.TABLE_ROWS:
            whole = False
            break
        whole &= all(limits.width(words(each, reader)) <= limits.CELL for each in row)
        rows.append(cells)
    return {"type": "table", "rows": rows}, whole


def _raw(text: str) -> Node:
    return {"type": "raw_text", "text": limits.shortened(text, limits.CELL).strip() or NOTHING}


def _cell(value: Inline, reader: Reader) -> Node:
    """Plain words as they are; a long cell loses its mentions and links, and its end."""
    said = words(value, reader)
    drawn = elements(value, reader)
    if not said.strip() or limits.width(said) > limits.CELL or isinstance(value, str | int | float):
        return _raw(said)
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": drawn}]}


def letters(shown: Table, reader: Reader) -> tuple[Node, bool]:
    """A table drawn with letters, for where Slack takes no table block; and whether it is whole."""
    rows = [[words(cell, reader) for cell in row] for row in (shown.columns, *shown.rows)]
    wide = [max(_cells(row[at]) for row in rows) for at in range(len(shown.columns))]
    lines = [_line(row, wide) for row in rows]
    lines.insert(1, _GAP.join("─" * each for each in wide))
    text = "\n".join(lines)
    fits = limits.width(text) <= limits.RICH
    return _block("rich_text_preformatted", [_text(limits.shortened(text, limits.RICH))]), fits


def _line(row: Sequence[str], wide: Sequence[int]) -> str:
    padded = [
        " ".join(cell.split()) + " " * (room - _cells(cell))
        for cell, room in zip(row, wide, strict=True)
    ]
    return _GAP.join(padded).rstrip() or NOTHING


def _cells(text: str) -> int:
    """How many places `text` takes in a fixed-width font: Chinese letters take two."""
    line = " ".join(text.split())
    return sum(1 + (unicodedata.east_asian_width(char) in "WF") for char in line)
