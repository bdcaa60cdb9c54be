"""The ladder, as a pure function: how a climb stands, and what time makes of it.

    watching ── stale ──▶ climbing ── step after step, lap after lap ──▶ the end: the ops channel
        ▲                  │   ▲  ▲                                             │
        │              On it   │  └──── snoozed, over ◀── Snooze                │
        │                  ▼   │                                                │
        └── it moved      held ┘ run out                      watching, anew ◀──┘

`advance` is all there is: the worker calls it when a climb is due and writes down what it says;
`preview` calls it on and on and writes nothing. So what is foretold is what happens. Nothing here
knows a database, a platform or a clock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from enum import StrEnum

from bot.core.calendar import Calendar
from bot.features.escalation.policy import How, Policy, Role, Rung, Wait
from bot.features.escalation.reach import Away, Candidate, Why, next_worked, reach


class Phase(StrEnum):
    """What a climb waits for."""

    WATCHING = "watching"
    CLIMBING = "climbing"
    #: Somebody is on it.
    HELD = "held"
    SNOOZED = "snoozed"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Stand:
    """How a climb stands. `next_at` is when it goes on; None only when it has ended."""

    phase: Phase
    next_at: datetime | None
    rung: int = 0
    lap: int = 0
    #: Who has been asked in this lap, and as what.
    asked: tuple[tuple[Role, int], ...] = ()
    #: Who is on it, and until when; while it is watched, when its ladder last ended.
    holder: int | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What the ladder depends on besides itself. `calendar` and `zone` are the room's."""

    policy: Policy
    calendar: Calendar
    zone: tzinfo
    people: Mapping[Role, Candidate | None] = field(default_factory=dict)
    #: Who is on it.
    holder: Candidate | None = None
    paused_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Began:
    """It is stale: the climb begins."""


@dataclass(frozen=True, slots=True)
class Passed:
    """A step is passed on, for its person cannot be asked."""

    rung: int
    role: Role
    person: int | None
    why: Why
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """A step is taken: somebody is asked; `send_at` is when it reaches them, by itself or not."""

    rung: int
    lap: int
    role: Role
    person: int
    how: tuple[How, ...]
    send_at: datetime


@dataclass(frozen=True, slots=True)
class Remind:
    """Who is on it is told that this soon no longer holds."""

    person: int
    until: datetime
    send_at: datetime


@dataclass(frozen=True, slots=True)
class Lapsed:
    """Whoever was on it has not come back to it in time, or a snooze is over."""

    phase: Phase


@dataclass(frozen=True, slots=True)
class Topped:
    """The ladder is at its end; `is_empty` if nobody could be asked on the way."""

    is_empty: bool


#: From the end of a ladder until its thing is watched again: of working time.
_REST = Wait(days=1)
#: How often something is put off in a row at most: by a pause, by closed hours, by somebody's own.
_PUT_OFF = 10

Move = Began | Passed | Ask | Remind | Lapsed | Topped
#: When a step that is taken reaches its person: see `boxes`.
Post = Callable[[Candidate, Rung, datetime], datetime]


def at_once(who: Candidate, rung: Rung, at: datetime) -> datetime:
    """As if nobody was ever asked about two things."""
    return at


def advance(  # noqa: PLR0911  one a phase
    stand: Stand, facts: Facts, at: datetime, post: Post = at_once
) -> tuple[Stand, tuple[Move, ...]]:
    """What becomes of a climb at an instant at which it is due. Not before: it stays as it is."""
    if stand.next_at is None or at < stand.next_at:
        return stand, ()
    put_off = _put_off(facts, at)
    if put_off > at:
        return replace(stand, next_at=put_off), ()
    match stand.phase:
        case Phase.WATCHING:
            begun = replace(stand, phase=Phase.CLIMBING, rung=0, lap=0, asked=(), until=None)
            return _climb(begun, facts, at, post, (Began(),))
        case Phase.SNOOZED:
            again = replace(stand, phase=Phase.CLIMBING, rung=0, asked=())
            return _climb(again, facts, at, post, (Lapsed(Phase.SNOOZED),))
        case Phase.HELD if stand.until is not None and at < stand.until and stand.holder:
            return replace(stand, next_at=stand.until), _remind(facts, stand.until, at, post)
        case Phase.HELD:
            on = replace(stand, phase=Phase.CLIMBING, holder=None, until=None)
            return _climb(on, facts, at, post, (Lapsed(Phase.HELD),))
        case Phase.CLIMBING:
            return _climb(stand, facts, at, post, ())
        case Phase.ENDED:
            return replace(stand, next_at=None), ()


def _put_off(facts: Facts, at: datetime) -> datetime:
    """Until when nothing is done in the room: it is paused, or nobody there is at work."""
    if facts.paused_until is not None and at < facts.paused_until:
        return facts.paused_until
    if facts.policy.ignores_quiet_hours:
        return at
    return next_worked(facts.calendar, at, facts.zone) or at


def moves_at(stand: Stand, facts: Facts) -> datetime | None:
    """When something will be done about a climb next, if nobody does anything."""
    for _ in range(_PUT_OFF):
        if stand.next_at is None:
            return None
        at = stand.next_at
        stand, moves = advance(stand, facts, at)
        if moves:
            return at
    return stand.next_at


def _remind(facts: Facts, until: datetime, at: datetime, post: Post) -> tuple[Move, ...]:
    """A reminder for who is on it; none at an hour at which they cannot be asked."""
    who = facts.holder
    if who is None or reach(who, at, is_loud=facts.policy.ignores_quiet_hours) != at:
        return ()
    return (Remind(who.person, until, post(who, Rung(Role.OWNER), at)),)


def _climb(
    stand: Stand, facts: Facts, at: datetime, post: Post, before: tuple[Move, ...]
) -> tuple[Stand, tuple[Move, ...]]:
    policy = facts.policy
    moves = list(before)
    if stand.rung >= len(policy.steps):
        if stand.lap >= policy.repeat or not stand.asked:
            return _top(stand, facts, at, moves)
        stand = replace(stand, rung=0, lap=stand.lap + 1, asked=())
    while stand.rung < len(policy.steps):
        rung = policy.steps[stand.rung]
        who = facts.people.get(rung.whom)
        found = reach(who, at, is_loud=policy.ignores_quiet_hours)
        if who is not None and _is_asked_already(stand, rung.whom, who.person):
            found = Away("asked")
        if isinstance(found, Away):
            person = who.person if who is not None else None
            moves.append(Passed(stand.rung, rung.whom, person, found.why, found.until))
            stand = replace(stand, rung=stand.rung + 1)
            continue
        if found > at:
            return replace(stand, next_at=found), tuple(moves)
        assert who is not None
        send_at = post(who, rung, at)
        moves.append(Ask(stand.rung, stand.lap, rung.whom, who.person, rung.how, send_at))
        asked = (*stand.asked, (rung.whom, who.person))
        stand = replace(stand, rung=stand.rung + 1, asked=asked)
        return replace(stand, next_at=_after(stand, facts, send_at)), tuple(moves)
    if stand.asked:  # the last ones were passed over: who was asked gets the time to answer
        return replace(stand, next_at=_after(stand, facts, at)), tuple(moves)
    return _top(stand, facts, at, moves)


def _is_asked_already(stand: Stand, role: Role, person: int) -> bool:
    """Whether they were asked in this lap as something else."""
    return any(who == person and role != as_what for as_what, who in stand.asked)


def _after(stand: Stand, facts: Facts, sent: datetime) -> datetime:
    """When the next step is due, after one that reached its person at `sent`."""
    steps = facts.policy.steps
    wait = steps[stand.rung].after if stand.rung < len(steps) else facts.policy.again_after
    return wait.after(sent, facts.calendar, facts.zone)


def _top(
    stand: Stand, facts: Facts, at: datetime, moves: list[Move]
) -> tuple[Stand, tuple[Move, ...]]:
    """The end: whoever looks after everything is told, and the thing is watched anew.

    Everybody has been asked by now, so it rests for a working day before that.
    """
    moves.append(Topped(is_empty=not stand.asked and stand.lap == 0))
    rested = _REST.after(at, facts.calendar, facts.zone)
    anew = facts.policy.stale_after.after(rested, facts.calendar, facts.zone)
    return Stand(Phase.WATCHING, anew, until=rested), tuple(moves)


def held(stand: Stand, facts: Facts, at: datetime, person: int) -> Stand:
    """Somebody is on it: the climb waits, and reminds them when a quarter of that is left."""
    wait = facts.policy.on_it
    until = wait.after(at, facts.calendar, facts.zone)
    if wait.is_wall:
        remind = at + (until - at) * 3 / 4
    else:
        worked = facts.calendar.working_time(at, until, facts.zone)
        remind = facts.calendar.add_working_time(at, worked * 3 / 4, facts.zone)
    return replace(stand, phase=Phase.HELD, holder=person, until=until, next_at=remind)


def snoozed(stand: Stand, until: datetime) -> Stand:
    """The climb rests until then, and begins with its first step again."""
    return replace(stand, phase=Phase.SNOOZED, next_at=until, holder=None, until=None)


def hurried(stand: Stand, at: datetime) -> Stand:
    """Somebody wants it to go on: the next one on the ladder is asked now, whoever is on it."""
    return Stand(Phase.CLIMBING, at, stand.rung, stand.lap, stand.asked)


def unreached(stand: Stand, rung: int, lap: int, at: datetime) -> Stand:
    """A step that was taken never reached its person: where it is waited for, that is over."""
    if stand.phase is Phase.CLIMBING and (stand.lap, stand.rung) == (lap, rung + 1):
        return replace(stand, next_at=at)
    return stand


def stale_at(
    policy: Policy, calendar: Calendar, zone: tzinfo, since: datetime, due: datetime | None
) -> tuple[datetime, bool]:
    """When a thing is stale that was last touched at `since`, and whether for being overdue."""
    quiet = policy.stale_after.after(since, calendar, zone)
    if due is not None and since < due <= quiet:
        return due, True
    return quiet, due is not None and due <= quiet
