"""What will happen if nobody does anything: the ladder, called on and on, with nothing written.

It is the same function that the worker calls, with the same boxes; so what it foretells is what
happens. What people do meanwhile, nobody can foretell. Pure.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.features.escalation.boxes import Mail
from bot.features.escalation.ladder import Facts, Move, Stand, Topped, advance
from bot.features.escalation.policy import How
from bot.features.escalation.reach import Candidate

#: Moves that are looked ahead for; more nobody reads.
MOST = 2000


@dataclass(frozen=True, slots=True)
class Tracked:
    """A climb as it stands, of a room in which one can speak at `hours`.

    `ends_in` is the box into which the end of its ladder is put.
    """

    id: int
    stand: Stand
    facts: Facts
    room: int
    hours: Candidate
    ends_in: str


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A move of a climb, and when it is made."""

    at: datetime
    climb: int
    move: Move


def foresee(climbs: Iterable[Tracked], mail: Mail, until: datetime) -> Iterator[Foreseen]:
    """The moves that are to come by then, in their order."""
    tracked = {each.id: each for each in climbs}
    heap = [
        (each.stand.next_at, each.id, each.stand)
        for each in tracked.values()
        if each.stand.next_at is not None
    ]
    heap.sort(key=lambda each: each[:2])
    count = 0
    while heap and heap[0][0] <= until and count < MOST:
        at, number, stand = heapq.heappop(heap)
        each = tracked[number]
        is_loud = each.facts.policy.ignores_quiet_hours
        post = mail.poster(each.room, each.hours, is_loud=is_loud)
        stand, moves = advance(stand, each.facts, at, post)
        for move in moves:
            count += 1
            if isinstance(move, Topped):
                how = How.THREAD if each.ends_in.startswith("room:") else How.DIRECT
                mail.put(each.ends_in, each.hours, at, how=how, is_loud=is_loud)
            yield Foreseen(at, number, move)
        if stand.next_at is not None:
            heapq.heappush(heap, (stand.next_at, number, stand))
