"""How much Slack takes, and how a text is made to fit.

The numbers are those of Slack's Block Kit reference (https://docs.slack.dev/reference/block-kit).
Slack does not say what it counts as a character, so the longest of the usual counts is used: UTF-16
code units of the text as it is sent, escape sequences and all.
"""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
#: "msg_blocks_too_long" has no documented threshold; about 13,200 characters are reported.
MESSAGE_SIZE = 12_000
#: Views may be larger (250 kB); this is more than anybody reads.
VIEW_SIZE = 60_000
#: Of a view as it is sent, everything but ASCII as six bytes; 250 kB are documented.
VIEW_BYTES = 240_000
#: Of the text that notifications and screen readers use.
NOTIFICATION = 3000

SECTION = 3000
CONTEXT = 3000
FIELD = 2000
FIELDS = 10
HEADER = 150
#: Of one rich text element; not documented, so the limit of a section is kept.
RICH = 3000
#: Of one message in a thread that takes up what did not fit.
REPLY = 9000

BUTTON_TEXT = 75
BUTTON_VALUE = 2000
BUTTONS = 25
#: Of one row of buttons, so that a few long values do not crowd out everything else.
ROW_SIZE = 4000
MENU = 5
SELECT = 100
OPTION_TEXT = 75
OPTION_VALUE = 150
CONFIRM_TITLE = 100
CONFIRM_TEXT = 300
CONFIRM_BUTTON = 30

TABLE_ROWS = 100
TABLE_COLUMNS = 20
#: Of one table: it shares the message's size with the rest of the card.
TABLE_SIZE = 8000
CELL = 500

VIEW_TITLE = 24
METADATA = 3000
LABEL = 2000
HINT = 2000
INPUT = 3000

ELLIPSIS = "…"
_JOINER = "\u200d"
#: Where a text may well end, the best first: after a paragraph, a sentence, a word.
_ENDS = (re.compile(r"\n"), re.compile(r"[。！？；]|[.!?;](?=\s)"), re.compile(r"\s"))
#: How many marks may hang on one letter before they are cut off it.
_MOST_MARKS = 20


def width(text: str) -> int:
    """The length of `text` as Slack may count it: in UTF-16 code units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def size(blocks: Any) -> int:
    """The length of `blocks` as JSON."""
    return width(json.dumps(blocks, ensure_ascii=False, separators=(",", ":")))


def _hangs_on(char: str) -> bool:
    """Whether `char` is part of what stands before it: an accent, a skin tone, a selector."""
    return (
        unicodedata.combining(char) != 0
        or unicodedata.category(char) in {"Mn", "Me", "Mc"}
        or char == _JOINER
        or "\U0001f3fb" <= char <= "\U0001f3ff"
        or "\U000e0020" <= char <= "\U000e007f"
    )


def _is_flag_half(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def head(text: str, limit: int) -> str:
    """The longest beginning of `text` within `limit` that cuts through no letter."""
    if width(text) <= limit:
        return text
    end = min(len(text), max(limit, 0))
    # Each step takes off one character at least for each of those too many that take two places.
    while (over := width(text[:end]) - limit) > 0:
        end -= (over + 1) // 2
    for back in range(min(end, _MOST_MARKS)):
        if not _is_inside(text, end - back):
            return text[: end - back]
    return text[:end]


def _is_inside(text: str, at: int) -> bool:
    """Whether `at` lies within what people see as one letter."""
    if not 0 < at < len(text):
        return False
    if _hangs_on(text[at]) or text[at - 1] == _JOINER:
        return True
    if not _is_flag_half(text[at]):
        return False
    before = 0
    while before < at and _is_flag_half(text[at - 1 - before]):
        before += 1
    return before % 2 == 1


def ending_well(text: str) -> str:
    """`text`, which was cut off, shortened to its last whole paragraph, sentence or word."""
    for end in _ENDS:
        found = list(end.finditer(text, len(text) * 3 // 4))
        if found:
            return text[: found[-1].end()].rstrip()
    return text


def shortened(text: str, limit: int) -> str:
    """`text` within `limit`, an ellipsis standing for what is gone."""
    if width(text) <= limit:
        return text
    kept = head(text, limit - width(ELLIPSIS))
    after = text[len(kept) : len(kept) + 1]
    return ending_well(kept + after if after.isspace() else kept) + ELLIPSIS


def parts(text: str, limit: int) -> list[str]:
    """`text` in parts of at most `limit`, cut between lines or words; joined they are `text`."""
    found: list[str] = []
    start = 0
    while start < len(text):
        ahead = text[start : start + limit + 1]
        part = head(ahead, limit)
        if part != ahead:
            cut = max(part.rfind("\n"), 0) or max(part.rfind(" "), 0)
            part = part[: cut + 1] if cut > len(part) // 2 else part or ahead[:1]
        found.append(part)
        start += len(part)
    return found
