"""A made-up company, from a seed: people, rooms, items, calendars, policies. It knows no ladder."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from bot.core.calendar import Calendar, Leave, Override
from bot.core.calendar_hours import Hours
from bot.features.escalation.ladder import Facts
from bot.features.escalation.policy import How, Policy, Role, Rung, Wait, choose
from bot.features.escalation.reach import Candidate, Quiet

START = datetime(2026, 1, 5, tzinfo=UTC)
ZONES = tuple(
    ZoneInfo(name)
    for name in ("Asia/Shanghai", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC")
)
KINDS = ("action", "blocker", "risk", "question")


@dataclass(frozen=True)
class Size:
    """How large a company, for how long."""

    days: int = 24
    rooms: int = 3
    items: int = 14

    @property
    def people(self) -> int:
        return max(6, self.rooms * 2)


@dataclass
class Someone:
    """One of the people: `patience` is the share of messages that they leave unanswered."""

    number: int
    zone: ZoneInfo
    hours: Hours
    patience: float
    quiet: Quiet | None = None
    is_active: bool = True
    backup: int | None = None
    manager: int | None = None
    leave: tuple[Leave, ...] = ()


@dataclass
class Room:
    number: int
    zone: ZoneInfo
    hours: Hours
    severity: int
    members: set[int]
    lead: int | None
    sponsor: int | None
    is_private: bool
    paused_until: datetime | None = None
    is_closed: bool = False


@dataclass
class Item:
    number: int
    room: int
    kind: str
    owner: int | None
    due: datetime | None = None
    is_done: bool = False


@dataclass
class Town:
    """All of it, as it is at the moment; what life does to it is in `life`."""

    rng: Random
    size: Size
    people: dict[int, Someone] = field(default_factory=dict)
    rooms: dict[int, Room] = field(default_factory=dict)
    items: dict[int, Item] = field(default_factory=dict)
    in_room: dict[int, list[int]] = field(default_factory=dict)
    policies: tuple[Policy, ...] = ()
    #: The days on which the company does otherwise than the week: days off, make-up Saturdays.
    days: dict[date, Override] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rng, size = self.rng, self.size
        for _ in range(max(2, size.days // 25)):
            off = START.date() + timedelta(days=rng.randrange(size.days))
            self.days[off] = Override(is_workday=False, name="holiday")
            saturday = off + timedelta(days=(5 - off.weekday()) % 7)
            self.days.setdefault(saturday, Override(is_workday=True, name="make-up"))
        for number in range(1, size.people + 1):
            self.people[number] = self._someone(number)
        for number in range(1, size.rooms + 1):
            self.rooms[number] = self._room(number)
            self.in_room[number] = []
        for number in range(1, size.items + 1):
            room = rng.randint(1, size.rooms)
            self.items[number] = Item(number, room, rng.choice(KINDS), self.anybody_of(room))
            self.in_room[room].append(number)
        self.policies = tuple(self.some_policy(each) for each in range(rng.randint(0, 3)))

    def _someone(self, number: int) -> Someone:
        rng = self.rng
        opens = rng.choice((8, 9, 10)) * 60
        return Someone(
            number,
            rng.choice(ZONES),
            Hours(opens, opens + rng.choice((8, 9)) * 60),
            rng.choice((0.2, 0.6, 1.0)),
            self.some_quiet(),
            is_active=rng.random() < 0.95,
            backup=self.anybody(),
            manager=rng.randint(1, max(1, number - 1)) if number > 1 else None,
        )

    def _room(self, number: int) -> Room:
        rng = self.rng
        some = set(rng.sample(range(1, self.size.people + 1), 4))
        return Room(
            number,
            rng.choice(ZONES),
            Hours(),
            rng.randint(1, 4),
            some,
            rng.choice([*some, None]),
            self.anybody(),
            is_private=rng.random() < 0.2,
        )

    def anybody(self) -> int | None:
        return self.rng.choice((None, self.rng.randint(1, self.size.people)))

    def anybody_of(self, room: int) -> int | None:
        return self.rng.choice([*sorted(self.rooms[room].members), None])

    def some_quiet(self) -> Quiet | None:
        rng = self.rng
        if rng.random() < 0.5:
            return None
        begins, ends = rng.randrange(24) * 60, rng.randrange(24) * 60
        return Quiet(begins, ends) if begins != ends else None

    def some_wait(self) -> Wait:
        rng = self.rng
        if rng.random() < 0.3:
            return Wait(0, rng.randint(1, 3), is_wall=rng.random() < 0.3)
        return Wait(rng.choice((5, 60, 120, 240, 480)), 0, is_wall=rng.random() < 0.3)

    def some_policy(self, number: int) -> Policy:
        rng = self.rng
        hows = ((How.DIRECT,), (How.THREAD,), (How.DIRECT, How.THREAD), (How.DIRECT, How.URGENT))
        steps = tuple(
            Rung(rng.choice(tuple(Role)), rng.choice(hows), self.some_wait() if n else Wait())
            for n in range(rng.randint(1, 5))
        )
        return Policy(
            f"policy {number}",
            Wait(rng.choice((2, 8, 16, 27)) * 60, 0, is_wall=rng.random() < 0.2),
            steps,
            severity=(rng.randint(1, 4),),
            repeat=rng.randint(0, 3),
            again_after=self.some_wait(),
            on_it=self.some_wait(),
            ignores_quiet_hours=rng.random() < 0.2,
        )

    # What the ladder wants to know.

    def role(self, item: Item, role: Role) -> int | None:
        """Who is that to an item now."""
        room = self.rooms[item.room]
        owner = self.people[item.owner] if item.owner is not None else None
        reports = item.owner if item.owner is not None else room.lead
        match role:
            case Role.OWNER:
                return item.owner
            case Role.BACKUP:
                return owner.backup if owner is not None else None
            case Role.LEAD:
                return room.lead
            case Role.MANAGER:
                return self.people[reports].manager if reports is not None else None
            case Role.SPONSOR:
                return room.sponsor

    def policy(self, item: Item) -> Policy:
        """The policy that holds for an item now."""
        return choose(self.policies, self.rooms[item.room].severity, item.kind, item.room)

    def candidate(self, person: int, room: Room) -> Candidate:
        """Somebody, for something of a room."""
        who = self.people[person]
        return Candidate(
            person,
            Calendar(overrides=self.days, leave=who.leave, hours=who.hours),
            who.zone,
            who.quiet,
            who.is_active,
            not room.is_private or person in room.members,
        )

    def calendar(self, room: Room) -> Calendar:
        return Calendar(overrides=self.days, hours=room.hours)

    def facts(self, item: Item, policy: Policy, holder: int | None) -> Facts:
        room = self.rooms[item.room]
        people = {role: self.role(item, role) for role in Role}
        return Facts(
            policy,
            self.calendar(room),
            room.zone,
            {
                role: self.candidate(who, room) if who is not None else None
                for role, who in people.items()
            },
            self.candidate(holder, room) if holder is not None else None,
            room.paused_until,
        )
