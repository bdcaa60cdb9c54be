"""Policies: when a thing is stale, who is asked then, in which order, and how. Plain values.

A policy is for some severities, kinds of item and rooms; the first that fits holds. Written down
(`to_data`, `from_data`, and in files) a policy is a mapping:

    name: critical
    severity: [1]            # optional, as are kind and room
    stale_after: 1h wall     # 30m, 4h, 2d; of working time unless it ends in "wall"
    steps:
      - whom: owner          # owner, backup, lead, manager, sponsor
        how: [direct, urgent]
      - whom: manager
        after: 30m wall      # since the step before; the first is taken when the thing is stale
    repeat: 2                # times to begin anew before the ops channel is told
    again_after: 2h wall
    on_it: 2h                # how long "On it" holds
    snoozes: 3
    longest_snooze: 7        # days
    ignores_quiet_hours: yes
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Any

from bot.core.calendar import Calendar, NoWorkdays
from bot.core.keys import RoomKey
from bot.core.text import Code, Msg, t

#: Shorter waits ring before anybody could have read; longer ones are as good as none.
SHORTEST = timedelta(minutes=5)
LONGEST_DAYS = 60
MOST_STEPS = 12
MOST_LAPS = 5
MOST_SNOOZES = 10
LONGEST_SNOOZE = 60


class Role(StrEnum):
    """Who somebody is to a thing."""

    OWNER = "owner"
    BACKUP = "backup"
    LEAD = "lead"
    MANAGER = "manager"
    SPONSOR = "sponsor"


class How(StrEnum):
    """How somebody is asked: in the room, by direct message, with the platform's own alarm."""

    THREAD = "thread"
    DIRECT = "direct"
    URGENT = "urgent"


class BadPolicy(ValueError):  # noqa: N818  as the errors of the core
    """A policy cannot be used: `message` says why, `path` where in its data."""

    def __init__(self, path: tuple[str | int, ...], message: Msg) -> None:
        super().__init__(message.id)
        self.path = path
        self.message = message


_WAIT = re.compile(r"(\d{1,4})\s*(m|min|h|d)(\s+(?:wall|work))?")


@dataclass(frozen=True, slots=True)
class Wait:
    """How long to wait: `minutes` or `days`, of working time or by the clock on the wall.

    A day of working time is as long as a workday of the calendar that it is counted in.
    """

    minutes: int = 0
    days: int = 0
    is_wall: bool = False

    def __str__(self) -> str:
        text = f"{self.days}d" if self.days else f"{self.minutes}m"
        if not self.days and self.minutes % 60 == 0:
            text = f"{self.minutes // 60}h"
        return f"{text} wall" if self.is_wall else text

    @classmethod
    def parse(cls, text: str) -> Wait | None:
        """What "30m", "4h", "2d", "1h wall" say; None if it is no length of time."""
        found = _WAIT.fullmatch(text.strip().lower())
        if found is None:
            return None
        count, is_wall = int(found[1]), (found[3] or "").strip() == "wall"
        if found[2] == "d":
            return cls(0, count, is_wall)
        return cls(count * 60 if found[2] == "h" else count, 0, is_wall)

    @property
    def is_sound(self) -> bool:
        """Whether anybody can be asked to wait so long."""
        at_most = timedelta(days=LONGEST_DAYS)
        return SHORTEST <= timedelta(minutes=self.minutes, days=self.days) <= at_most

    def after(self, start: datetime, calendar: Calendar, zone: tzinfo) -> datetime:
        """When it is over (UTC), begun at `start`; where nobody ever works, after the longest."""
        if self.is_wall:
            return start + timedelta(minutes=self.minutes, days=self.days)
        workday = calendar.hours.closes - calendar.hours.opens
        worked = timedelta(minutes=self.minutes + self.days * workday)
        try:
            return calendar.add_working_time(start, worked, zone)
        except NoWorkdays:
            return start + timedelta(days=LONGEST_DAYS)


@dataclass(frozen=True, slots=True)
class Rung:
    """A step of the ladder: whom to ask, how, and how long after the step before."""

    whom: Role
    how: tuple[How, ...] = (How.DIRECT,)
    after: Wait = Wait()


@dataclass(frozen=True, slots=True)
class Policy:
    """What happens to what goes stale. The module's docstring says what each of it means."""

    name: str
    stale_after: Wait
    steps: tuple[Rung, ...]
    severity: tuple[int, ...] = ()
    kind: tuple[str, ...] = ()
    room: tuple[int, ...] = ()
    repeat: int = 1
    again_after: Wait = Wait(days=1)
    on_it: Wait = Wait(days=1)
    snoozes: int = 3
    longest_snooze: int = 14
    ignores_quiet_hours: bool = False

    def fits(self, severity: int, kind: str, room: int) -> bool:
        """Whether it is for such a thing, of a room with that number."""
        return (
            (not self.severity or severity in self.severity)
            and (not self.kind or kind in self.kind)
            and (not self.room or room in self.room)
        )


def _defaults() -> tuple[Policy, ...]:
    """One for each severity. The last fits everything."""
    loud = (How.DIRECT, How.URGENT)
    both = (How.DIRECT, How.THREAD)

    def wall(minutes: int) -> Wait:
        return Wait(minutes, 0, is_wall=True)

    return (
        Policy(
            "severity 1",
            wall(60),
            (
                Rung(Role.OWNER, loud),
                Rung(Role.BACKUP, loud, wall(30)),
                Rung(Role.LEAD, loud, wall(30)),
                Rung(Role.MANAGER, loud, wall(60)),
                Rung(Role.SPONSOR, loud, wall(120)),
            ),
            severity=(1,),
            repeat=2,
            again_after=wall(120),
            on_it=wall(120),
            longest_snooze=2,
            ignores_quiet_hours=True,
        ),
        Policy(
            "severity 2",
            Wait(4 * 60),
            (
                Rung(Role.OWNER),
                Rung(Role.BACKUP, after=Wait(2 * 60)),
                Rung(Role.LEAD, both, Wait(2 * 60)),
                Rung(Role.MANAGER, after=Wait(4 * 60)),
                Rung(Role.SPONSOR, after=Wait(days=1)),
            ),
            severity=(2,),
            on_it=Wait(4 * 60),
            longest_snooze=7,
        ),
        Policy(
            "severity 3",
            Wait(days=1),
            (
                Rung(Role.OWNER),
                Rung(Role.LEAD, after=Wait(days=1)),
                Rung(Role.MANAGER, after=Wait(days=2)),
            ),
            severity=(3,),
        ),
        Policy(
            "severity 4",
            Wait(days=3),
            (
                Rung(Role.OWNER),
                Rung(Role.OWNER, after=Wait(days=2)),
                Rung(Role.LEAD, after=Wait(days=2)),
            ),
            repeat=0,
            on_it=Wait(days=2),
        ),
    )


DEFAULTS = _defaults()


def choose(policies: tuple[Policy, ...], severity: int, kind: str, room: int) -> Policy:
    """The first that fits; where none of the team's own does, a default does."""
    return next(each for each in (*policies, *DEFAULTS) if each.fits(severity, kind, room))


# Written down.


def to_data(policy: Policy) -> dict[str, Any]:
    """A policy as plain values."""
    steps = [
        {"whom": str(rung.whom), "how": [str(each) for each in rung.how]}
        | ({"after": str(rung.after)} if number else {})
        for number, rung in enumerate(policy.steps)
    ]
    given: dict[str, Any] = {"name": policy.name}
    if policy.severity:
        given["severity"] = list(policy.severity)
    if policy.kind:
        given["kind"] = list(policy.kind)
    if policy.room:
        given["room"] = [str(RoomKey(number)) for number in policy.room]
    return given | {
        "stale_after": str(policy.stale_after),
        "steps": steps,
        "repeat": policy.repeat,
        "again_after": str(policy.again_after),
        "on_it": str(policy.on_it),
        "snoozes": policy.snoozes,
        "longest_snooze": policy.longest_snooze,
        "ignores_quiet_hours": policy.ignores_quiet_hours,
    }


def from_data(data: object, path: tuple[str | int, ...] = ()) -> Policy:
    """The policy that `to_data` wrote down, or somebody in a file; BadPolicy if it is none."""
    return _Reader(data, path).policy()


_KINDS = ("action", "blocker", "risk", "question", "update", "proposal")
_KNOWN = frozenset(each for each in Policy.__dataclass_fields__)


class _Reader:
    def __init__(self, data: object, path: tuple[str | int, ...]) -> None:
        self._path = path
        if not isinstance(data, Mapping):
            raise BadPolicy(path, t("A policy has a name, a time and steps"))
        self._data: Mapping[str, Any] = data
        self._check_names(data, _KNOWN, path)

    @staticmethod
    def _check_names(
        data: Mapping[str, Any], known: frozenset[str], path: tuple[str | int, ...]
    ) -> None:
        for name in data:
            if name not in known:
                shown = Code(str(name)[:40])
                raise BadPolicy((*path, name), t("A policy has no {name}", name=shown))

    def policy(self) -> Policy:
        fallback = Policy("", Wait(), ())
        return Policy(
            name=self._name(),
            stale_after=self._wait("stale_after", None),
            steps=self._steps(),
            severity=tuple(self._whole("severity", each, 1, 4) for each in self._many("severity")),
            kind=tuple(self._kind(each) for each in self._many("kind")),
            room=tuple(self._room(each) for each in self._many("room")),
            repeat=self._number("repeat", fallback.repeat, MOST_LAPS),
            again_after=self._wait("again_after", fallback.again_after),
            on_it=self._wait("on_it", fallback.on_it),
            snoozes=self._number("snoozes", fallback.snoozes, MOST_SNOOZES),
            longest_snooze=self._number("longest_snooze", fallback.longest_snooze, LONGEST_SNOOZE),
            ignores_quiet_hours=self._flag("ignores_quiet_hours"),
        )

    def _bad(self, name: str, message: Msg) -> BadPolicy:
        return BadPolicy((*self._path, name), message)

    def _name(self) -> str:
        name = self._data.get("name")
        if not isinstance(name, str) or not 0 < len(name.strip()) <= 60:  # noqa: PLR2004  a line
            raise self._bad("name", t("A policy needs a name of at most 60 characters"))
        return " ".join(name.split())

    def _many(self, name: str) -> list[Any]:
        found = self._data.get(name, [])
        return list(found) if isinstance(found, (list, tuple)) else [found]

    def _whole(self, name: str, value: object, least: int, most: int) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            sentence = t(
                "{name} is a whole number from {least} to {most}",
                name=Code(name),
                least=least,
                most=most,
            )
            raise self._bad(name, sentence)
        return value

    def _number(self, name: str, default: int, most: int) -> int:
        return self._whole(name, self._data.get(name, default), 0, most)

    def _flag(self, name: str) -> bool:
        found = self._data.get(name, False)
        if not isinstance(found, bool):
            raise self._bad(name, t("{name} is yes or no", name=Code(name)))
        return found

    def _kind(self, value: object) -> str:
        if value not in _KINDS:
            kinds = ", ".join(_KINDS)
            raise self._bad("kind", t("A kind is one of {kinds}", kinds=kinds))
        return str(value)

    def _room(self, value: object) -> int:
        key = RoomKey.parse(value) if isinstance(value, str) else None
        if key is None:
            example = Code(RoomKey.example)
            raise self._bad("room", t("A room is a key such as {example}", example=example))
        return key.number

    def _wait(self, name: str, default: Wait | None) -> Wait:
        if name not in self._data and default is not None:
            return default
        return _wait_of(self._data.get(name), (*self._path, name))

    def _steps(self) -> tuple[Rung, ...]:
        found = self._data.get("steps")
        if not isinstance(found, list) or not found:
            raise self._bad("steps", t("A policy needs at least one step"))
        if len(found) > MOST_STEPS:
            raise self._bad("steps", t("A policy has at most {n} steps", n=MOST_STEPS))
        return tuple(self._step(number, each) for number, each in enumerate(found))

    def _step(self, number: int, data: object) -> Rung:
        path = (*self._path, "steps", number)
        if not isinstance(data, Mapping):
            raise BadPolicy(path, t("A step says whom, and how long after the one before"))
        self._check_names(data, frozenset(("whom", "how", "after")), path)
        if data.get("whom") not in list(Role):
            roles = ", ".join(Role)
            raise BadPolicy(
                (*path, "whom"), t("{name} is one of {kinds}", name="whom", kinds=roles)
            )
        how = data.get("how", ["direct"])
        ways = tuple(how) if isinstance(how, (list, tuple)) else (how,)
        if not ways or any(each not in list(How) for each in ways):
            names = ", ".join(How)
            raise BadPolicy((*path, "how"), t("{name} is one of {kinds}", name="how", kinds=names))
        if number == 0 and "after" not in data:
            return Rung(Role(data["whom"]), tuple(How(each) for each in ways))
        if number == 0:
            first = t("The first step is taken when a thing is stale: it waits for nothing")
            raise BadPolicy((*path, "after"), first)
        after = _wait_of(data.get("after"), (*path, "after"))
        return Rung(Role(data["whom"]), tuple(How(each) for each in ways), after)


def _wait_of(value: object, path: tuple[str | int, ...]) -> Wait:
    found = Wait.parse(value) if isinstance(value, str) else None
    if found is None:
        example = Code("30m, 4h, 2d, 1h wall")
        raise BadPolicy(path, t("A length of time looks like {example}", example=example))
    if not found.is_sound:
        raise BadPolicy(
            path, t("A wait is at least 5 minutes and at most {n} days", n=LONGEST_DAYS)
        )
    return found
