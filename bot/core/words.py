"""Words as people type them: folded to be compared, cleaned to be kept, shortened to be quoted."""

from __future__ import annotations

import re
import unicodedata

#: What no screen shows, and a terminal obeys: controls, and what turns the direction of text.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069]")
_HALF = re.compile("[\ud800-\udfff]")


def fold(text: str) -> str:
    """`text` with the differences gone that people do not see: width, case, outer space."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def clean(text: str) -> str:
    """`text` without what no database or screen can keep. Line breaks and tabs stay.

    Halves of a surrogate pair are put together; one that is alone becomes U+FFFD.
    """
    if text.isprintable():  # no break, no control, no half: nearly every text
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x85", "\n")
    text = _UNSEEN.sub("", text)
    if _HALF.search(text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def shortened(text: str, length: int = 60) -> str:
    """`text` on one line of at most `length` characters, for quoting in a sentence."""
    text = " ".join(text.split())
    return text if len(text) <= length else text[: length - 1] + "…"


def without_slash(text: str) -> str:
    """What follows the slash, of either width, that a command may begin with."""
    return text.strip().lstrip("/\uff0f").lstrip()
