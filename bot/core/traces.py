"""What happened when, and what caused it: of each delivery, effect and timer, once it is over.

Nothing is handed along for it. Each has a name of its own in this database, its *origin* (`i7` a
delivery, `o12` an effect, `t5-1790000000` a timer), and the key of an effect begins with that of
what caused it: so a trace is linked across the outbox, a restart, and another replica.
"""

from __future__ import annotations

import re
from typing import Protocol

_ORIGIN = re.compile(r"[^-]+-(?:i\d+|o\d+|t\d+-\d+)(?=-|$)")


def cause_of(key: str) -> str | None:
    """The origin of what caused the effect that has `key`; None for what nobody noted."""
    found = _ORIGIN.match(key)
    return found[0] if found else None


class Traces(Protocol):
    """Where it is noted."""

    #: Whether it is noted at all; else nothing need be found out for it.
    is_on: bool

    def note(
        self,
        what: str,
        *,
        began: int,
        origin: str | None,
        cause: str | None = None,
        attempt: int = 1,
        failed: str | None = None,
        **facts: str | int,
    ) -> None:
        """Something began at `began`, by `time.perf_counter_ns`, and is over now.

        `failed` says in a word why it came to nothing. `facts` are never what somebody wrote.
        """

    def close(self) -> None:
        """Send what is not sent yet."""


class Untraced:
    """Notes nothing."""

    is_on = False

    def note(self, what: str, **facts: object) -> None: ...

    def close(self) -> None: ...
