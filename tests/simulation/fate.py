"""Chance, from one seed: how long things take, and what goes wrong.

Every step of a life has a stream of its own, so that leaving one out changes no other's; that is
what makes a failing life short.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from random import Random
from typing import Literal, get_args

Trouble = Literal[
    "temporary",  # the platform does not do it, and says so
    "permanent",  # it never will
    "lost",  # it does it, and the answer is lost
    "hang",  # it answers after minutes, longer than a lease; done or not
    "duplicate",  # a delivery comes several times
    "shuffle",  # a delivery comes long after the next one
    "crash",  # a process dies, between any two things that it does
    "outage",  # no process runs for hours
    "replica",  # a second process works on the same database
    "database",  # the database takes nothing for a moment
    "clock",  # the machine's clock jumps
]
TROUBLES: tuple[Trouble, ...] = get_args(Trouble)


@dataclass(frozen=True, slots=True)
class Rates:
    """How often what goes wrong, 0…1."""

    temporary: float = 0.06
    permanent: float = 0.02
    lost: float = 0.05
    hang: float = 0.01
    duplicate: float = 0.15
    shuffle: float = 0.08
    crash: float = 0.12
    outage: float = 0.02
    replica: float = 0.5
    database: float = 0.01
    clock: float = 0.03


class Fate:
    """What happens by chance in one life. `calm` are the troubles that it is spared."""

    def __init__(self, seed: int, calm: frozenset[Trouble] = frozenset()) -> None:
        self._seed = seed
        self.calm = calm
        self.rates = Rates()
        #: Set at the end: nothing goes wrong any more.
        self.is_over = False
        self.rng = self.stream("beginning")

    def stream(self, name: object) -> Random:
        """Numbers of their own for something with a name."""
        digest = hashlib.sha256(f"{self._seed}/{name}".encode()).digest()
        return Random(digest)

    def begin(self, name: object) -> None:
        """From now on chance is that of a step."""
        self.rng = self.stream(name)

    def strikes(self, trouble: Trouble, *, rate: float | None = None) -> bool:
        """Whether that goes wrong now."""
        rolled = self.rng.random()
        if self.is_over or trouble in self.calm:
            return False
        return rolled < (getattr(self.rates, trouble) if rate is None else rate)

    def delay(self, least: float, most: float) -> float:
        """Seconds that something takes: mostly short, seldom long."""
        return least + (most - least) * self.rng.random() ** 3

    def token(self, size: int) -> str:
        """In place of the secrets of the operating system."""
        return self.rng.randbytes(size).hex()
