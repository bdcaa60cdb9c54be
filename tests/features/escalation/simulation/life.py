"""What happens in the company: people answer or do not, go on leave, leave; rules change."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from bot.core.calendar import Leave
from bot.features.escalation.ladder import Phase
from tests.features.escalation.simulation.rows import Climb, Parcel
from tests.features.escalation.simulation.town import Item, Room, Town
from tests.features.escalation.simulation.worker import Worker

#: What happens, and how often in proportion.
_LIFE = {
    "moves": 20,
    "done": 8,
    "reopened": 8,
    "new owner": 8,
    "new date": 8,
    "leave": 10,
    "called away": 4,
    "back early": 3,
    "leaves the company": 1,
    "comes back": 2,
    "quiet hours": 3,
    "new people": 4,
    "policies": 2,
    "severity": 3,
    "paused": 3,
    "resumed": 2,
    "closed": 1,
    "opened again": 2,
    "membership": 2,
    "by hand": 8,
    "named": 3,
    "stray": 6,
}
#: What somebody does who is asked, unless they leave it unanswered.
_ANSWERS = ("on it", "on it", "rests", "done", "moves", "new owner", "help", "asks")


class Life:
    """Does things to the town, and to the worker what people do to it."""

    def __init__(self, town: Town, worker: Worker, rng: Random) -> None:
        self.town = town
        self.worker = worker
        self.rng = rng
        self._names, self._weights = list(_LIFE), list(_LIFE.values())

    def begin(self, now: datetime) -> None:
        """Everything was touched some time before."""
        for item in self.town.items.values():
            self._touch(item, now - timedelta(hours=self.rng.randrange(200)), now)

    def _touch(self, item: Item, since: datetime, now: datetime) -> None:
        self.worker.touch(item, since, now)

    def answer(self, parcel: Parcel) -> list[tuple[timedelta, Climb, int]]:
        """Who answers a message: after how long, about what."""
        if parcel.person is None:
            return []
        who = self.town.people[parcel.person]
        return [
            (timedelta(minutes=self.rng.expovariate(1 / 240)), step.climb, parcel.person)
            for step in parcel.steps
            if self.rng.random() >= who.patience
        ]

    def happens(self, now: datetime) -> None:
        """Something."""
        name = self.rng.choices(self._names, self._weights)[0]
        item = self.town.items[self.rng.randint(1, self.town.size.items)]
        some_room = self.town.rooms[self.rng.randint(1, self.town.size.rooms)]
        if name in {"moves", "done", "reopened", "new owner", "new date", "by hand", "named"}:
            self.to_item(name, item, None, now)
        elif name == "stray":
            self._stray(now)
        elif name == "called away":
            self._call_away(now)
        elif name == "policies":
            self._to_policies(now)
        elif name in {"severity", "paused", "resumed", "closed", "opened again"}:
            self._to_room(name, some_room, now)
        else:
            self._to_somebody(name, self.rng.randint(1, self.town.size.people), now)

    def to_item(self, name: str, item: Item, who: int | None, now: datetime) -> None:
        """Somebody does something about an item; what is not possible they are refused."""
        rng, worker = self.rng, self.worker
        room = self.town.rooms[item.room]
        climb = worker.climbs[item.number]
        if room.is_closed or (item.is_done and name != "reopened"):
            return
        match name:
            case "done" | "reopened":
                item.is_done = name == "done"
                self._touch(item, now, now)
            case "new owner":
                item.owner = self.town.anybody_of(item.room)
                self._touch(item, now, now)
            case "new date":
                some = timedelta(hours=rng.randint(-24, 24 * 10))
                item.due = rng.choice((None, now + some))
                self._touch(item, now, now)
            case "moves":
                self._touch(item, now, now)
            case "by hand":
                worker.escalate(climb, now)
            case "named":
                worker.name(climb, now)
            case _:
                if climb.is_climbing or climb.has_topped:
                    self._answer(name, climb, who or 1, now)

    def _answer(self, name: str, climb: Climb, who: int, now: datetime) -> None:
        rng, worker = self.rng, self.worker
        match name:
            case "on it":
                worker.be_on_it(climb, who, now)
            case "rests":
                longest = (climb.policy or self.town.policy(climb.item)).longest_snooze
                hours = rng.randint(1, min(longest, 10) * 24)
                worker.snooze(climb, now + timedelta(hours=hours), now)
            case "help":
                worker.help(climb, now)
            case "asks":
                worker.ask(climb, rng.randint(1, self.town.size.people), now)
            case _:
                raise AssertionError(name)

    def reacts(self, climb: Climb, who: int, now: datetime) -> None:
        """Somebody answers, maybe from a card of long ago."""
        if self.town.people[who].is_active:
            self.to_item(self.rng.choice(_ANSWERS), climb.item, who, now)

    def _stray(self, now: datetime) -> None:
        """A timer comes that had been set before, or by another replica: not due any more."""
        worker = self.worker
        number = self.rng.choice(sorted(worker.climbs))
        worker.climb_due(number, now - timedelta(seconds=self.rng.randrange(120)))
        parcels = worker.post.parcels
        if parcels:
            parcel = parcels[self.rng.randint(1, len(parcels))]
            if parcel.is_sent or parcel.send_at > now:
                worker.post.due(parcel.number, now)

    def _call_away(self, now: datetime) -> None:
        """Somebody whom a message is to reach soon is away from now on."""
        parcels = (self.worker.post.parcels[each] for each in self.worker.timers.of("parcel"))
        people = sorted({each.person for each in parcels if each.person is not None})
        if people:
            who = self.town.people[self.rng.choice(people)]
            today = now.astimezone(who.zone).date()
            who.leave = (*who.leave, Leave(today, today + timedelta(days=self.rng.randint(0, 5))))

    def _to_somebody(self, name: str, number: int, now: datetime) -> None:
        rng, who = self.rng, self.town.people[number]
        today = now.astimezone(who.zone).date()
        match name:
            case "leave":
                first = today + timedelta(days=rng.randint(0, 5))
                last = first + timedelta(days=rng.randint(0, 14))
                kept = tuple(each for each in who.leave if each.last >= today)
                who.leave = (*kept, Leave(first, last))
            case "back early":
                who.leave = ()
            case "leaves the company":
                who.is_active = False
            case "comes back":
                who.is_active = True
            case "quiet hours":
                who.quiet = self.town.some_quiet()
            case "new people":
                who.backup, who.manager = self.town.anybody(), self.town.anybody()
            case _:
                room = self.town.rooms[rng.randint(1, self.town.size.rooms)]
                room.members ^= {number}
                room.lead, room.sponsor = self.town.anybody(), self.town.anybody()

    def _to_policies(self, now: datetime) -> None:
        count = self.rng.randint(0, 4)
        self.town.policies = tuple(self.town.some_policy(each) for each in range(count))
        for climb in self.worker.climbs.values():
            self.worker.rewatch(climb, now)

    def _to_room(self, name: str, room: Room, now: datetime) -> None:
        rng, worker, town = self.rng, self.worker, self.town
        inside = [town.items[each] for each in town.in_room[room.number]]
        match name:
            case "severity":
                room.severity = rng.randint(1, 4)
                for item in inside:
                    worker.rewatch(worker.climbs[item.number], now)
            case "paused":
                room.paused_until = now + timedelta(hours=rng.randint(1, 24 * 12))
            case "resumed" if room.paused_until is not None and room.paused_until > now:
                worker.resume(room, now)
            case "closed" if not room.is_closed:
                room.is_closed = True
                for item in inside:
                    worker.leave(worker.climbs[item.number], now)
            case "opened again" if room.is_closed:
                room.is_closed = False
                for item in inside:
                    if worker.climbs[item.number].stand.phase is Phase.ENDED:
                        self._touch(item, now, now)
