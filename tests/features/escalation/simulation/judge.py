"""The judge: hears all that escalation does, knows the company, and believes nothing."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Protocol

from bot.features.escalation.ladder import (
    Ask,
    Began,
    Lapsed,
    Move,
    Passed,
    Phase,
    Remind,
    Stand,
    Topped,
)
from bot.features.escalation.policy import Policy, Wait
from tests.features.escalation.simulation.town import START, Item, Town
from tests.features.escalation.simulation.truth import Truth

#: What is promised, said anew: messages a day, minutes between two, hours to wait for somebody.
CEILING = 6
WINDOW = timedelta(minutes=5)
PATIENCE = timedelta(hours=72)
_SECOND = timedelta(seconds=1)
#: How much later than now a climb may be due at most, if it is neither paused nor let rest.
_FARTHEST = timedelta(days=25)


class Broken(AssertionError):  # noqa: N818  as the errors of the core
    """Something happened that must never happen."""


class Step(Protocol):
    """A step that is on its way to somebody."""

    rung: int
    lap: int
    role: str
    person: int | None

    @property
    def climb(self) -> Any: ...


@dataclass
class Ledger:
    """What the judge knows of a climb."""

    since: datetime = START
    policy: Policy | None = None
    #: The steps that were taken since it began, or rested: (lap, rung).
    asked: set[tuple[int, int]] = field(default_factory=set)
    #: Who was asked in which lap, and as what.
    people: dict[tuple[int, int], set[str]] = field(default_factory=lambda: defaultdict(set))
    #: The last step that was taken, and when it reached its person.
    last: tuple[int, int, datetime] | None = None
    #: Steps that were passed on since.
    passed: int = 0
    #: From when on it may go on, whatever was asked before.
    free_from: datetime | None = None
    holder: int | None = None
    #: Since when somebody is on it.
    held_at: datetime = START
    is_reminded: bool = False
    rests_until: datetime = START
    is_over: bool = False


class Judge:
    """Raises Broken, with the whole story of the climb that it is about."""

    def __init__(self, town: Town, seed: int) -> None:
        self.town = town
        self.truth = Truth(town)
        self.rng = Random(seed ^ 0x5EED)
        self.ledgers: dict[int, Ledger] = {}
        #: The last that was heard of each climb: when, and what.
        self.stories: dict[int, deque[tuple[datetime, object]]] = defaultdict(
            lambda: deque(maxlen=25)
        )
        self.on_their_way: set[tuple[int, str]] = set()
        self._delivered: dict[tuple[int, str], Step] = {}
        self._sent_on: dict[tuple[str, object], int] = defaultdict(int)
        self._last_sent: dict[str, datetime] = {}
        self.asks = self.messages = self.tops = 0

    def check(self, truth: object, item: Item, what: str) -> None:
        if not truth:
            told = (f"{at:%Y-%m-%d %H:%M:%S} {each}" for at, each in self.stories[item.number])
            story = "\n  ".join(told)
            message = f"item {item.number}: {what}\n  {story}\n  {self.town.rooms[item.room]}"
            raise Broken(message)

    def tell(self, item: Item, now: datetime, what: object) -> None:
        self.stories[item.number].append((now, what))

    def waits_no_longer(self, item: Item, wait: Wait, since: datetime, until: datetime) -> None:
        """The wait since then is over at `until`, and not a second before."""
        self.check(
            self.truth.is_over(item, wait, since, until), item, f"{wait} is not over: {until}"
        )
        is_late = self.truth.is_over(item, wait, since, until - _SECOND)
        self.check(not is_late, item, f"{wait} since {since} is over before {until}")

    # What happens.

    def touched(self, item: Item, since: datetime, next_at: datetime | None) -> None:
        self.ledgers[item.number] = Ledger(since)
        self.tell(item, since, f"touched, stale at {next_at}, due {item.due}")
        assert next_at is not None
        if next_at != item.due:
            self.waits_no_longer(item, self.town.policy(item).stale_after, since, next_at)

    def hurried(self, item: Item, policy: Policy | None, now: datetime) -> None:
        self.tell(item, now, "hurried by hand")
        ledger = self.ledgers[item.number]
        ledger.policy = policy
        ledger.free_from, ledger.holder = now, None

    def held(self, item: Item, person: int, policy: Policy, now: datetime) -> None:
        self.tell(item, now, f"{person} is on it")
        ledger = self.ledgers[item.number]
        ledger.holder, ledger.held_at, ledger.is_reminded = person, now, False
        ledger.policy, ledger.free_from = policy, None

    def snoozed(self, item: Item, policy: Policy, until: datetime) -> None:
        self.tell(item, until, "rests until then")
        ledger = self.ledgers[item.number]
        ledger.policy, ledger.holder, ledger.rests_until = policy, None, until
        ledger.free_from = until

    def ended(self, item: Item, now: datetime) -> None:
        self.tell(item, now, "ended")
        is_over = item.is_done or self.town.rooms[item.room].is_closed
        self.check(is_over, item, "ended, but is open")
        self.ledgers[item.number].is_over = True

    def goes_on(
        self, item: Item, before: Stand, after: Stand, moves: Sequence[Move], now: datetime
    ) -> None:
        """The ladder was asked what is to be done now."""
        for move in moves:
            self.tell(item, now, move)
        ledger = self.ledgers[item.number]
        policy = ledger.policy or self.town.policy(item)
        room = self.town.rooms[item.room]
        self.check(not item.is_done and not room.is_closed, item, "is closed, and climbs")
        self.check(after.next_at and after.next_at > now, item, f"is never due again: {after}")
        assert before.next_at is not None
        assert after.next_at is not None
        soon = max(now, room.paused_until or now, ledger.rests_until) + _FARTHEST
        self.check(after.next_at < soon, item, f"is forgotten until {after.next_at}")
        if moves:
            self.check(before.next_at <= now, item, f"comes before {before.next_at}")
            self.check(self.truth.is_open(item, now, policy), item, "comes while the room rests")
        for move in moves:
            self._move(item, ledger, policy, move, now)
        waits = after.phase is Phase.CLIMBING and not any(
            isinstance(move, (Ask, Topped)) for move in moves
        )
        if waits or (not moves and after.phase is not Phase.HELD):
            self._put_off(item, policy, after, now)

    def _move(self, item: Item, ledger: Ledger, policy: Policy, move: Move, now: datetime) -> None:
        match move:
            case Began():
                self._began(item, ledger, policy, now)
            case Ask():
                self._ask(item, ledger, policy, move, now)
            case Passed():
                self._passed(item, ledger, policy, move, now)
            case Remind(person=person):
                self.check(person == ledger.holder, item, "reminds somebody else")
                self.check(not ledger.is_reminded, item, "reminds twice")
                free = self.truth.is_free(person, now, is_loud=policy.ignores_quiet_hours)
                self.check(free, item, "reminds who is away")
                is_over = self.truth.is_over(item, policy.on_it, ledger.held_at, now)
                self.check(not is_over, item, "reminds when it is over")
                ledger.is_reminded = True
            case Lapsed(phase=Phase.HELD):
                is_over = self.truth.is_over(item, policy.on_it, ledger.held_at, now)
                self.check(ledger.holder and is_over, item, "somebody is on it still")
                ledger.holder, ledger.free_from = None, now
            case Lapsed():
                self.check(now >= ledger.rests_until, item, "rests still")
                ledger.asked.clear()
                ledger.passed = 0
                ledger.people.clear()
            case Topped():
                is_last = policy.repeat in {lap for lap, _ in ledger.asked}
                nobody = ledger.passed >= len(policy.steps)
                self.check(is_last or nobody, item, "tops before its last lap")
                self.ledgers[item.number] = Ledger(now)
                self.tops += 1

    def _began(self, item: Item, ledger: Ledger, policy: Policy, now: datetime) -> None:
        self.check(ledger.policy is None, item, "begins twice")
        if ledger.free_from is None:
            is_stale = self.truth.is_over(item, policy.stale_after, ledger.since, now)
            is_overdue = item.due is not None and item.due <= now
            self.check(is_stale or is_overdue, item, f"is not stale since {ledger.since}")
        ledger.policy, ledger.free_from = policy, now

    def _ask(self, item: Item, ledger: Ledger, policy: Policy, move: Ask, now: datetime) -> None:
        self.asks += 1
        step = policy.steps[move.rung]
        self.check((step.whom, step.how) == (move.role, move.how), item, "asks by another policy")
        self.check(self.town.role(item, step.whom) == move.person, item, "asks somebody else")
        free = self.truth.is_free(move.person, now, is_loud=policy.ignores_quiet_hours)
        self.check(free, item, f"asks who is away: {self.town.people[move.person]}")
        self.check(self.truth.may_know(move.person, item), item, "asks who must not know of it")
        self.check(ledger.holder is None, item, "asks while somebody is on it")
        self.check((move.lap, move.rung) not in ledger.asked, item, "takes a step twice")
        self.check(move.lap <= policy.repeat, item, "has more laps than its policy")
        roles = ledger.people[move.lap, move.person]
        self.check(not roles - {move.role}, item, "asks one person as two")
        if ledger.free_from is not None:
            self.check(now >= ledger.free_from, item, "comes too early")
        elif ledger.last is not None:
            rung, lap, sent = ledger.last
            if rung + 1 < len(policy.steps):
                wait = policy.steps[rung + 1].after
                self.check(self.truth.is_over(item, wait, sent, now), item, "comes too early")
            if move.lap > lap:
                again = self.truth.is_over(item, policy.again_after, sent, now)
                self.check(again, item, "begins anew too early")
        ledger.asked.add((move.lap, move.rung))
        roles.add(move.role)
        ledger.last, ledger.free_from = (move.rung, move.lap, move.send_at), None
        ledger.passed = 0

    def _passed(
        self, item: Item, ledger: Ledger, policy: Policy, move: Passed, now: datetime
    ) -> None:
        ledger.passed += 1
        person = self.town.role(item, policy.steps[move.rung].whom)
        self.check(person == move.person, item, "passes over somebody else")
        if person is None:
            self.check(move.why == "unknown", item, "nobody is that")
            return
        if move.why == "asked":
            roles = ledger.people[max((lap for lap, _ in ledger.asked), default=0), person]
            self.check(roles - {move.role}, item, "was not asked as something else")
            return
        is_loud = policy.ignores_quiet_hours
        if move.why == "off":
            later = (
                now + timedelta(minutes=15 * n) for n in range(int(PATIENCE.total_seconds() / 900))
            )
            free = any(self.truth.is_free(person, each) for each in later)
            self.check(not free and not is_loud, item, "could have been asked within days")
            return
        free = self.truth.is_free(person, now, is_loud=is_loud) and self.truth.may_know(
            person, item
        )
        self.check(not free, item, f"could have been asked: {self.town.people[person]}")

    def _put_off(self, item: Item, policy: Policy, after: Stand, now: datetime) -> None:
        """Nobody is asked before `after.next_at`: it would not have been possible."""
        assert after.next_at is not None
        span = (after.next_at - now).total_seconds()
        looks = [now, after.next_at - _SECOND]
        looks += [now + timedelta(seconds=self.rng.random() * span) for _ in range(3)]
        is_loud = policy.ignores_quiet_hours
        person = None
        if after.phase is Phase.CLIMBING and after.rung < len(policy.steps):
            person = self.town.role(item, policy.steps[after.rung].whom)
        for at in looks:
            could = self.truth.is_open(item, at, policy)
            if person is not None and could:
                could = self.truth.is_free(person, at, is_loud=is_loud)
            elif could and after.phase is Phase.CLIMBING:
                could = not self._is_answered(item, policy, after, now)
            self.check(not could, item, f"could have gone on at {at}, and waits for {after}")

    def _is_answered(self, item: Item, policy: Policy, after: Stand, now: datetime) -> bool:
        """The last ones of a lap were passed over: who was asked before gets time to answer."""
        assert after.next_at is not None
        self.waits_no_longer(item, policy.again_after, now, after.next_at)
        return after.rung == len(policy.steps) and bool(after.asked)

    # Messages.

    def clock_jumped(self) -> None:
        """What time it was when something was sent says nothing any more."""
        self._last_sent.clear()

    def put(self, step: Step, key: str) -> None:
        self.on_their_way.add((id(step), key))

    def lost(self, item: Item, step: Step, key: str, stand: Stand, now: datetime) -> None:
        """Who was asked has gone away before the message reached them; the climb stands so now."""
        self.tell(item, now, f"did not reach {step.person}")
        self.on_their_way.discard((id(step), key))
        ledger = self.ledgers[item.number]
        is_last = ledger.last is not None and ledger.last[:2] == (step.rung, step.lap)
        if step.role != "ladder" or not is_last:
            return
        if stand.phase is Phase.CLIMBING and stand.next_at != ledger.free_from:
            ledger.free_from = now
            self.check(stand.next_at == now, item, "waits for somebody who was never reached")

    def gone(self, key: str, steps: Iterable[Step]) -> None:
        for step in steps:
            self.on_their_way.discard((id(step), key))

    def sent(self, key: str, person: int | None, steps: Sequence[Any], now: datetime) -> None:
        """A message goes out, with what is in it."""
        self.messages += 1
        item = steps[0].climb.item
        climbs = [each.climb.item.number for each in steps]
        self.check(len(set(climbs)) == len(climbs), item, f"is in a message twice: {climbs}")
        for step in steps:
            about = step.climb.item
            self.tell(about, now, f"message to {key}")
            self.check((id(step), key) not in self._delivered, about, "is sent twice")
            self._delivered[id(step), key] = step
            self.check(not about.is_done, about, "is done, and somebody is asked")
            policy = self.ledgers[about.number].policy
            is_loud = key.startswith("loud:") and policy is not None and policy.ignores_quiet_hours
            if person is not None:
                free = self.truth.is_free(person, now, is_loud=is_loud)
                self.check(free, about, f"reaches who is away: {self.town.people[person]}")
                self.check(
                    self.truth.may_know(person, about), about, "reaches who must not know of it"
                )
        if not key.startswith("loud:"):
            self._count(item, key, person, now)

    def _goes_away(self, person: int, now: datetime) -> bool:
        """Whether they cannot be asked for days after today."""
        zone = self.town.people[person].zone
        today = now.astimezone(zone).date()
        later = (now + timedelta(minutes=15 * n) for n in range(4 * 72))
        return not any(
            self.truth.is_free(person, at) for at in later if at.astimezone(zone).date() != today
        )

    def _count(self, item: Item, key: str, person: int | None, now: datetime) -> None:
        """So many messages a day and no more, and not two within minutes."""
        zone = self.town.people[person].zone if person is not None else None
        if zone is None:
            zone = self.town.rooms[item.room].zone
        day = now.astimezone(zone).date()
        self._sent_on[key, day] += 1
        most = 2 if key.startswith("manager:") else CEILING + 1
        if key != "ops":
            count = self._sent_on[key, day]
            if count > most and person is not None and self._goes_away(person, now):
                most += 1  # what cannot wait until they are back
            self.check(count <= most, item, f"is message {count} of the day to {key}")
        last = self._last_sent.get(key)
        self._last_sent[key] = now
        if last is not None and person is not None and now - last < WINDOW:
            free = self.truth.is_free(person, now + WINDOW)
            self.check(not free, item, f"comes {now - last} after another message to {key}")
