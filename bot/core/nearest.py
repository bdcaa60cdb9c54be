"""The nearest of some words to one that somebody mistyped."""

from __future__ import annotations

from collections.abc import Iterable

#: Longer than any name; past it nothing is compared.
LONGEST = 60


def nearest(
    word: str, known: Iterable[str], *, count: int = 3, at_most: int = LONGEST
) -> list[str]:
    """The `known` words that are close to `word`, the nearest first.

    Close is within a third of their length in edits, and within `at_most`.
    """
    if not word or len(word) > LONGEST:
        return []
    close = []
    for other in known:
        allowed = min(at_most, _allowed(other))
        if abs(len(word) - len(other)) > allowed:
            continue  # that many edits at least
        edits = distance(word, other)
        if edits <= allowed:
            close.append((edits, other))
    return [other for _, other in sorted(close)[:count]]


def _allowed(word: str) -> int:
    """Edits that still leave a word to be seen: of `to` none, of 「级别」 one."""
    shortest = 3 if word.isascii() else 2
    return max(1, len(word) // 3) if len(word) >= shortest else 0


def distance(one: str, other: str) -> int:
    """Edits from `one` to `other`: insert, delete, replace, swap of neighbours (Damerau 1964)."""
    last: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, last, row = last, row, [i]
        for j, b in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if before and i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
    return row[-1]
