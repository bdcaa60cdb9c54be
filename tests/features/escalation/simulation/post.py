"""The messages, in memory: what sending.py does around a database."""

from __future__ import annotations

from datetime import datetime

from bot.features.escalation.boxes import Box, Posted
from bot.features.escalation.ladder import Phase, unreached
from bot.features.escalation.policy import How
from bot.features.escalation.reach import Away, reach
from tests.features.escalation.simulation.judge import Judge
from tests.features.escalation.simulation.rows import Parcel, Step, Timers
from tests.features.escalation.simulation.town import Room, Town


class Post:
    """Everybody's boxes, and what is on its way."""

    def __init__(self, town: Town, judge: Judge, timers: Timers) -> None:
        self.town = town
        self.judge = judge
        self.timers = timers
        self.parcels: dict[int, Parcel] = {}
        self._last: dict[str, Parcel] = {}
        self._open: dict[str, list[Parcel]] = {}

    def box(self, key: str, now: datetime) -> Box:
        """As `queries.box_of`."""
        last = self._newest(key, now)
        if last is None:
            return Box()
        closes_at = min(last.send_at, now) if last.is_sent else last.send_at
        return Box(closes_at, last.day, last.count)

    def put(self, step: Step, posted: list[Posted], room: Room, now: datetime) -> None:
        for each in posted:
            in_room = each.how is How.THREAD
            person = None if in_room or each.key == "ops" else step.person
            parcel = self._parcel(now, each, person, room if in_room else None)
            parcel.steps.append(step)
            self.judge.put(step, parcel.key)

    def _parcel(
        self, now: datetime, posted: Posted, person: int | None, room: Room | None
    ) -> Parcel:
        if not posted.is_loud:
            last = self._newest(posted.key, now)
            if last is not None and not last.is_sent and last.send_at == posted.send_at:
                return last
        number = len(self.parcels) + 1
        key = f"loud:{posted.key}" if posted.is_loud else posted.key
        day = posted.box.day or posted.send_at.date()
        made = Parcel(
            number, key, person, room, posted.send_at, day, posted.box.count, posted.is_loud
        )
        self.parcels[number] = made
        self._remember(made)
        self._open.setdefault(key, []).append(made)
        self.timers.set("parcel", number, made.send_at)
        return made

    def _newest(self, key: str, now: datetime) -> Parcel | None:
        """As `queries.last_parcel`."""
        still = [each for each in self._open.get(key, ()) if not each.is_sent]
        self._open[key] = still
        waiting = [each for each in still if each.send_at > now]
        if waiting:
            return max(waiting, key=lambda each: (each.send_at, each.number))
        return self._last.get(key)

    def _remember(self, parcel: Parcel) -> None:
        last = self._last.get(parcel.key)
        if last is None or (last.send_at, last.number) <= (parcel.send_at, parcel.number):
            self._last[parcel.key] = parcel

    @staticmethod
    def is_wanted(step: Step) -> bool:
        """As `sending.is_wanted`."""
        stand = step.climb.stand
        if step.role == "ops":
            return stand.phase is not Phase.ENDED
        if step.role == "holder":
            return stand.phase is Phase.HELD and stand.holder == step.person
        return step.cycle == step.climb.cycle and stand.phase in {Phase.CLIMBING, Phase.HELD}

    def due(self, number: int, now: datetime) -> Parcel | None:
        """As `sending.parcel_due`; the message, if it goes out."""
        parcel = self.parcels[number]
        if parcel.is_sent:
            return None
        if now < parcel.send_at:
            self.timers.set("parcel", number, parcel.send_at)
            return None
        steps = {id(step.climb): step for step in parcel.steps}.values()
        shown = [step for step in steps if self.is_wanted(step)]
        if parcel.person is not None:
            shown, later = self._reached(parcel, parcel.person, shown, now)
            if later > now:
                parcel.send_at, parcel.count = later, 1
                parcel.day = later.astimezone(self.town.people[parcel.person].zone).date()
                self._remember(parcel)
                self.timers.set("parcel", number, later)
                return None
        parcel.is_sent = True
        self.judge.gone(parcel.key, parcel.steps)
        if not shown:
            return None
        self.judge.sent(parcel.key, parcel.person, shown, now)
        parcel.steps = shown
        return parcel

    def _reached(
        self, parcel: Parcel, person: int, shown: list[Step], now: datetime
    ) -> tuple[list[Step], datetime]:
        kept, later = [], now
        for step in shown:
            climb = step.climb
            who = self.town.candidate(person, self.town.rooms[climb.item.room])
            policy = climb.policy_in(self.town)
            is_loud = parcel.is_loud and policy.ignores_quiet_hours
            found = reach(who, now, is_loud=is_loud)
            if not isinstance(found, Away):
                later = max(later, found)
                kept.append(step)
                continue
            parcel.steps.remove(step)
            if step.role == "ladder":
                climb.stand = unreached(climb.stand, step.rung, step.lap, now)
                self.timers.set("climb", climb.item.number, climb.stand.next_at)
            self.judge.lost(climb.item, step, parcel.key, climb.stand, now)
        return kept, later
