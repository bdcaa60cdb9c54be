"""Names of things as Slack gives them out: a letter for the kind, then letters and digits."""

from __future__ import annotations

import itertools

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _base36(number: int) -> str:
    text = ""
    while number:
        number, digit = divmod(number, 36)
        text = DIGITS[digit] + text
    return text


class Ids:
    """A counter of ids, unique in one Slack over all its workspaces."""

    def __init__(self) -> None:
        self._count = itertools.count(1)

    def new(self, kind: str) -> str:
        """The next id of a kind, such as C (channel) or U (user)."""
        # A prime stride keeps ids of neighbours unlike each other, as Slack's are.
        return f"{kind}0{_base36(36**8 + next(self._count) * 7_368_787):0>9}"

    def number(self) -> int:
        return next(self._count)
