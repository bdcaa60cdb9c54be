"""The keys by which people name things: WR-7 a room, WR-7-3 an item in it, D-12 a decision."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import ClassVar, Self

#: Far above any real number, and inside every database's integers.
LARGEST = 999_999_999


#: Longer texts are no keys; nobody need look at them.
_LONGEST = 40


def _match(pattern: str, text: str) -> re.Match[str] | None:
    """All of `text` as `pattern`, in any case, its characters of any width."""
    if len(text) > _LONGEST:
        return None
    plain = unicodedata.normalize("NFKC", text).strip()
    return re.fullmatch(pattern, plain, re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class RoomKey:
    """A war room of the workspace."""

    number: int
    example: ClassVar[str] = "WR-7"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """`WR-7`, `wr7`, `#WR-7`; None when it is not one."""
        found = _match(r"#?wr-?(\d{1,9})", text)
        return cls(int(found[1])) if found else None

    def __str__(self) -> str:
        return f"WR-{self.number}"


@dataclass(frozen=True, slots=True)
class ItemKey:
    """An item; without a room, it is one of the room in which it is said."""

    number: int
    room: int | None = None
    example: ClassVar[str] = "WR-7-3"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """`WR-7-3`, or in its own room `3` or `#3`; None when it is not one."""
        if found := _match(r"#?wr-?(\d{1,9})-(\d{1,9})", text):
            return cls(int(found[2]), int(found[1]))
        found = _match(r"#?(\d{1,9})", text)
        return cls(int(found[1])) if found else None

    def __str__(self) -> str:
        return f"WR-{self.room}-{self.number}" if self.room is not None else f"#{self.number}"


@dataclass(frozen=True, slots=True)
class DecisionKey:
    """A decision of the workspace."""

    number: int
    example: ClassVar[str] = "D-12"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """`D-12`, `d12`, `#D-12`; None when it is not one."""
        found = _match(r"#?d-?(\d{1,9})", text)
        return cls(int(found[1])) if found else None

    def __str__(self) -> str:
        return f"D-{self.number}"


Key = RoomKey | ItemKey | DecisionKey
