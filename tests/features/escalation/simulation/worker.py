"""The worker, in memory: around the pure ladder what due.py and sending.py are around a database.

It keeps climbs, messages and timers in dictionaries, as they keep them in rows; whatever is decided
is decided by `ladder`, `boxes` and `reach`. Each thing that it does it tells to the judge.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.features.escalation.boxes import Box, Mail, Posted
from bot.features.escalation.ladder import (
    Ask,
    Began,
    Lapsed,
    Passed,
    Phase,
    Remind,
    Stand,
    Topped,
    advance,
    held,
    hurried,
    snoozed,
    stale_at,
)
from bot.features.escalation.policy import How
from bot.features.escalation.reach import Away, Candidate, next_worked, reach
from tests.features.escalation.simulation.judge import Judge
from tests.features.escalation.simulation.post import Post
from tests.features.escalation.simulation.rows import Climb, Parcel, Step, Timers
from tests.features.escalation.simulation.town import Item, Room, Town


class Worker:
    """All that escalation remembers, and what it does when something happens."""

    def __init__(self, town: Town, judge: Judge) -> None:
        self.town = town
        self.judge = judge
        self.timers = Timers()
        self.post = Post(town, judge, self.timers)
        self.climbs: dict[int, Climb] = {}

    def fire(self, now: datetime) -> Parcel | None:
        """Do what the timer is for that is due first; a message that went out."""
        kind, number = self.timers.take(now)
        if kind == "climb":
            self.climb_due(number, now)
            return None
        return self.post.due(number, now)

    def arm(self, climb: Climb) -> None:
        self.timers.set("climb", climb.item.number, climb.stand.next_at)

    # What time makes of it.

    def climb_due(self, number: int, now: datetime) -> None:
        """As `due.climb_due`; harmless when nothing is due."""
        climb = self.climbs[number]
        item, stand = climb.item, climb.stand
        if stand.next_at is None:
            return
        if item.is_done or self.town.rooms[item.room].is_closed:
            self.leave(climb, now)
        elif stand.next_at > now or (climb.is_timed and self._is_fresh(climb, now)):
            self.arm(climb)
        else:
            self.go_on(climb, now)

    def _stale_at(self, climb: Climb) -> datetime:
        item = climb.item
        room = self.town.rooms[item.room]
        since = climb.stand.until or climb.since
        policy, days = self.town.policy(item), self.town.calendar(room)
        return stale_at(policy, days, room.zone, since, item.due)[0]

    def _is_fresh(self, climb: Climb, now: datetime) -> bool:
        at = self._stale_at(climb)
        if at > now:
            climb.stand = replace(climb.stand, next_at=at)
        return at > now

    def go_on(self, climb: Climb, now: datetime) -> None:
        """As `due.go_on`."""
        item = climb.item
        room = self.town.rooms[item.room]
        policy = climb.policy_in(self.town)
        facts = self.town.facts(item, policy, climb.stand.holder)
        mail = Mail(lambda key: self.post.box(key, now))
        hours = Candidate(0, self.town.calendar(room), room.zone)
        is_loud = policy.ignores_quiet_hours
        before = climb.stand
        stand, moves = advance(before, facts, now, mail.poster(room.number, hours, is_loud=is_loud))
        self.judge.goes_on(item, before, stand, moves, now)
        for move in moves:
            match move:
                case Began():
                    climb.cycle += 1
                    climb.policy = policy
                case Ask(rung=rung, lap=lap, person=person):
                    step = Step(climb, climb.cycle, rung, lap, "ladder", person)
                    self.post.put(step, mail.posted, room, now)
                case Remind(person=person):
                    step = Step(climb, climb.cycle, 0, 0, "holder", person)
                    self.post.put(step, mail.posted, room, now)
                case Topped():
                    how = How.THREAD if room.is_private else How.DIRECT
                    key = f"room:{room.number}" if room.is_private else "ops"
                    posted = mail.put(key, hours, now, how=how, is_loud=is_loud)
                    self.post.put(Step(climb, climb.cycle, 0, 0, "ops", None), [posted], room, now)
                case Passed() | Lapsed():
                    pass
        climb.stand = stand
        if stand.phase is Phase.WATCHING:
            climb.policy, climb.snoozes = None, 0
        self.arm(climb)

    # What people do.

    def resume(self, room: Room, now: datetime) -> None:
        """As `choices.resume_room`."""
        paused, room.paused_until = room.paused_until, None
        for number in self.town.in_room[room.number]:
            climb = self.climbs[number]
            if climb.stand.next_at == paused:
                climb.stand = replace(climb.stand, next_at=now)
                self.arm(climb)

    def leave(self, climb: Climb, now: datetime) -> None:
        """As `watching.end`: there is nothing to climb for."""
        if climb.stand.phase is not Phase.ENDED:
            self.end(climb, now)

    def end(self, climb: Climb, now: datetime) -> None:
        climb.stand = Stand(Phase.ENDED, None)
        self.judge.ended(climb.item, now)
        self.arm(climb)

    def touch(self, item: Item, since: datetime, now: datetime) -> None:
        """As `watching.touch`."""
        climb = self.climbs.get(item.number)
        if item.is_done or self.town.rooms[item.room].is_closed:
            if climb is not None:
                self.leave(climb, now)
            return
        if climb is None:
            climb = self.climbs[item.number] = Climb(item, Stand(Phase.WATCHING, since), since)
        climb.stand = Stand(Phase.WATCHING, None)
        climb.since, climb.cause, climb.policy, climb.snoozes = since, "time", None, 0
        climb.stand = Stand(Phase.WATCHING, self._stale_at(climb))
        self.judge.touched(item, since, climb.stand.next_at)
        self.arm(climb)

    def rewatch(self, climb: Climb, now: datetime) -> None:
        """As `watching._rewatch`: severity, policies or the calendar have changed."""
        if climb.is_timed:
            at = max(self._stale_at(climb), now)
            climb.stand = replace(climb.stand, next_at=at)
            self.arm(climb)

    def escalate(self, climb: Climb, now: datetime) -> None:
        """By hand: it begins, or goes on, now."""
        if climb.is_climbing:
            climb.stand = hurried(climb.stand, now)
        else:
            climb.stand = Stand(Phase.WATCHING, now)
        climb.cause = "hand"
        self.judge.hurried(climb.item, climb.policy, now)
        self.go_on(climb, now)

    def help(self, climb: Climb, now: datetime) -> None:
        """As `actions.ask_for_help` without a name."""
        climb.policy = climb.policy_in(self.town)
        climb.stand, climb.cause = hurried(climb.stand, now), "hand"
        self.judge.hurried(climb.item, climb.policy, now)
        self.go_on(climb, now)

    def name(self, climb: Climb, now: datetime) -> None:
        """As `watching.follow_blocker`: named in so many stand-ups that it climbs."""
        if climb.stand.phase is Phase.WATCHING:
            climb.stand, climb.cause = Stand(Phase.WATCHING, now), "hand"
            self.judge.hurried(climb.item, climb.policy, now)
            self.arm(climb)

    def be_on_it(self, climb: Climb, person: int, now: datetime) -> None:
        climb.policy = climb.policy_in(self.town)
        if climb.stand.phase is Phase.HELD and climb.stand.holder != person:
            return
        facts = self.town.facts(climb.item, climb.policy, None)
        climb.stand = held(climb.stand, facts, now, person)
        self.judge.held(climb.item, person, climb.policy, now)
        self.arm(climb)

    def snooze(self, climb: Climb, until: datetime, now: datetime) -> None:
        policy = climb.policy = climb.policy_in(self.town)
        if climb.snoozes >= policy.snoozes:
            return
        room = self.town.rooms[climb.item.room]
        if not policy.ignores_quiet_hours:
            until = next_worked(self.town.calendar(room), until, room.zone) or until
        climb.snoozes += 1
        climb.stand = snoozed(climb.stand, until)
        self.judge.snoozed(climb.item, policy, until)
        self.arm(climb)

    def ask(self, climb: Climb, person: int, now: datetime) -> None:
        """As `actions._ask`: somebody by name, unless they are away."""
        room = self.town.rooms[climb.item.room]
        who = self.town.candidate(person, room)
        policy = climb.policy_in(self.town)
        found = reach(who, now, is_loud=policy.ignores_quiet_hours)
        if isinstance(found, Away):
            return
        box = Box(found, found.astimezone(who.zone).date(), 0)
        posted = Posted(How.DIRECT, f"person:{person}", found, box, is_loud=True)
        stand = climb.stand
        step = Step(climb, climb.cycle, stand.rung, stand.lap, "asked", person)
        self.post.put(step, [posted], room, now)
