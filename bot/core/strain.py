"""What it costs an adapter to be on its platform, as totals that somebody reads now and then.

An adapter counts where it happens and knows nobody who reads it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

#: Seconds below which a call counts as having had its turn at once.
_AT_ONCE = 0.001


@dataclass(slots=True)
class Strain:
    """Totals since the adapter, or a part of it, was made."""

    #: Calls that waited for their turn under the platform's limits, and how many seconds together.
    waits: int = 0
    waited: float = 0.0
    #: Times that the platform said that it was too often.
    limited: int = 0
    #: Connections that were made: the first, and each after one was lost.
    connections: int = 0
    #: Deliveries that were given back before anybody could say whose they are.
    turned_away: int = 0

    def had_turn_after(self, seconds: float) -> None:
        """A call had its turn; at once, if that took next to no time."""
        if seconds >= _AT_ONCE:
            self.waits += 1
            self.waited += seconds

    def __add__(self, other: Strain) -> Strain:
        return Strain(
            self.waits + other.waits,
            self.waited + other.waited,
            self.limited + other.limited,
            self.connections + other.connections,
            self.turned_away + other.turned_away,
        )


@runtime_checkable
class TellsStrain(Protocol):
    """An adapter that counts."""

    @property
    def strain(self) -> Strain:
        """The totals by now."""
