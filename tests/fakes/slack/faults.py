"""What can go wrong between the app and Slack, on demand."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from enum import Enum, auto


class Kind(Enum):
    LAG = auto()
    RATE = auto()
    HANG = auto()
    DROP_BEFORE = auto()
    DROP_AFTER = auto()
    FAIL = auto()
    HTTP_500 = auto()


@dataclass(eq=False)
class Fault:
    """What goes wrong with calls of one method (or all), a number of times (or always)."""

    kind: Kind
    method: str = "*"
    times: int | None = None
    seconds: float = 0.0
    code: str = ""
    #: How often it has struck.
    hits: int = 0
    lifted: asyncio.Event = field(default_factory=asyncio.Event)

    def lift(self) -> None:
        """It is over; what hangs goes on."""
        self.lifted.set()

    def drawn(self) -> Fault:
        """This, as it happens to the call in hand."""
        return self

    def strikes(self, method: str) -> bool:
        return (
            not self.lifted.is_set()
            and self.method in ("*", method)
            and (self.times is None or self.hits < self.times)
        )


@dataclass(eq=False)
class Storm(Fault):
    """A share of all calls is answered 429, with a Retry-After between two numbers of seconds."""

    share: float = 0.5
    between: tuple[int, int] = (1, 30)
    chance: random.Random = field(default_factory=random.Random)

    def strikes(self, method: str) -> bool:
        return super().strikes(method) and self.chance.random() < self.share

    def drawn(self) -> Fault:
        return Fault(self.kind, self.method, seconds=self.chance.randint(*self.between))


class Faults:
    """All that are in force. `method` is one of the Web API, or `response_url`, or `upload`."""

    def __init__(self) -> None:
        self._all: list[Fault] = []

    def lag(self, seconds: float, method: str = "*", times: int | None = None) -> Fault:
        """Real seconds before a call is carried out."""
        return self._add(Fault(Kind.LAG, method, times, seconds=seconds))

    def answers_429(self, retry_after: int, method: str = "*", times: int | None = 1) -> Fault:
        return self._add(Fault(Kind.RATE, method, times, seconds=retry_after))

    def hangs(self, method: str = "*", times: int | None = 1) -> Fault:
        """No answer until the fault is lifted; then the call is carried out."""
        return self._add(Fault(Kind.HANG, method, times))

    def drops_before(self, method: str = "*", times: int | None = 1) -> Fault:
        """The connection is cut and nothing was done."""
        return self._add(Fault(Kind.DROP_BEFORE, method, times))

    def drops_after_delivery(self, method: str = "*", times: int | None = 1) -> Fault:
        """The call is carried out, then the connection is cut without an answer."""
        return self._add(Fault(Kind.DROP_AFTER, method, times))

    def fails(self, method: str, code: str, times: int | None = 1) -> Fault:
        return self._add(Fault(Kind.FAIL, method, times, code=code))

    def http_500(self, method: str = "*", times: int | None = 1) -> Fault:
        return self._add(Fault(Kind.HTTP_500, method, times))

    def storms(self, share: float, between: tuple[int, int], chance: random.Random) -> Fault:
        """That share of all calls comes too often, until the fault is lifted."""
        return self._add(Storm(Kind.RATE, times=None, share=share, between=between, chance=chance))

    def lift(self) -> None:
        """Everything works again."""
        for fault in self._all:
            fault.lift()
        self._all.clear()

    def strike(self, method: str) -> list[Fault]:
        """What happens to a call of `method` that comes now: every lag, and one other fault."""
        struck = [fault for fault in self._all if fault.strikes(method)]
        others = [fault for fault in struck if fault.kind is not Kind.LAG]
        chosen = [fault for fault in struck if fault.kind is Kind.LAG] + others[:1]
        for fault in chosen:
            fault.hits += 1
        return [fault.drawn() for fault in chosen]

    def _add(self, fault: Fault) -> Fault:
        self._all.append(fault)
        return fault
