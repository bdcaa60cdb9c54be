"""The words of a text, for finding: the same on every database, in Chinese as in English.

Chinese has no spaces, so a run of Han characters (or kana, or hangul) is cut into pairs:
「支付超时」 is 支付, 付超, 超时, and 时 at the end. Everything else is cut into words.
What is looked for is cut the same way; a word also finds longer words that begin with it. Both
databases only ever see these tokens, never a language's own rules, which is why they agree.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from bot.core.words import fold

_HAN = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_RUN = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+")
_IS_HAN = re.compile(rf"[{_HAN}]")
#: Begins the token of a tag: from an area of Unicode that no text uses.
_TAG = "\ue000"
#: Stands for what separates words, in the token of a tag.
_MARK = "\ue001"
#: No index keeps more of a word.
_LONGEST = 40
#: More words are not looked for: the rest makes no difference.
_MOST = 12
#: A shorter word is looked for as it is: too many words begin with it.
_STEM = 3


def _runs(text: str) -> Iterator[str]:
    return (found[0] for found in _RUN.finditer(fold(text)))


def _pairs(run: str) -> Iterator[str]:
    for position in range(len(run)):
        yield run[position : position + 2]


def tag_token(tag: str) -> str:
    """The token by which a tag is found."""
    return _TAG + "".join(char if char.isalnum() else _MARK for char in fold(tag))[:_LONGEST]


def indexed(texts: Iterable[str | None], tags: Iterable[str] = ()) -> str:
    """The tokens of some texts and tags, each once, with spaces between them."""
    tokens: dict[str, None] = {}
    for text in texts:
        for run in _runs(text or ""):
            if _IS_HAN.match(run):
                tokens.update(dict.fromkeys(_pairs(run)))
            else:
                tokens[run[:_LONGEST]] = None
    tokens.update(dict.fromkeys(tag_token(tag) for tag in tags))
    return " ".join(tokens)


def wanted(text: str, tags: Iterable[str] = ()) -> list[tuple[str, bool]]:
    """The tokens to look for, and of each whether longer words that begin with it will do."""
    found: dict[str, bool] = {}
    for run in _runs(text):
        if not _IS_HAN.match(run):
            found[run[:_LONGEST]] = len(run) >= _STEM
        elif len(run) == 1:
            found[run] = True
        else:
            found.update(dict.fromkeys((pair for pair in _pairs(run) if len(pair) > 1), False))
    limited = list(found.items())[:_MOST]
    return [*limited, *((tag_token(tag), False) for tag in tags)]


def has_all(text: str, looked_for: str) -> bool:
    """Whether a text really has what the tokens of `looked_for` found: its pairs side by side."""
    folded = fold(text)
    return all(run in folded for run in _runs(looked_for) if _IS_HAN.match(run))


def likeness(one: str, other: str) -> float:
    """How much two titles have in common: 0 nothing, 1 all of their tokens."""
    a, b = set(indexed([one]).split()), set(indexed([other]).split())
    return len(a & b) / len(a | b) if a and b else 0.0


def as_fts5(tokens: Iterable[tuple[str, bool]]) -> str:
    """A query of SQLite's FTS5. The tokens are letters and digits: there is nothing to escape."""
    return " AND ".join(f'"{token}"{"*" if longer else ""}' for token, longer in tokens)


def as_tsquery(tokens: Iterable[tuple[str, bool]]) -> str:
    """A `tsquery` of PostgreSQL's, as `as_fts5`."""
    return " & ".join(f"'{token}'{':*' if longer else ''}" for token, longer in tokens)
