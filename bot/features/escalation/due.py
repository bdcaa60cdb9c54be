"""What time makes of a climb: the ladder is asked, and what it says is written down."""

from __future__ import annotations

import json
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.core.effects import Effect
from bot.core.text import Msg, Strong, When, t
from bot.feature import Outcome
from bot.features.calendar import queries as calendar
from bot.features.escalation import cards, queries, sending, watching, wording
from bot.features.escalation.boxes import Mail, Posted
from bot.features.escalation.ladder import (
    Ask,
    Began,
    Facts,
    Lapsed,
    Move,
    Passed,
    Phase,
    Remind,
    Topped,
    advance,
)
from bot.features.escalation.policy import How, to_data
from bot.features.escalation.steps import Audit, ClimbDue
from bot.features.escalation.tables import Climb, Step, columns_of
from bot.features.rooms import queries as rooms
from storage.tx import Tx


def climb_due(cmd: ClimbDue, tx: Tx, now: datetime) -> Outcome:
    """Go on with a climb. Never early: what is not due any more is set anew."""
    climb = tx.get(Climb, cmd.climb, lock=True)
    if climb is None or climb.next_at is None:
        return Outcome()
    room = tx.get(rooms.Room, climb.room_id)
    item = queries.item_of(tx, climb)
    is_over = room is None or room.is_closed or (item is not None and item.is_done)
    if is_over or not queries.is_on(tx):
        return Outcome(effects=watching.end(tx, climb))
    assert room is not None
    if climb.next_at > now or _is_fresh(tx, climb, room, now):
        watching.arm(tx, climb)
        return Outcome()
    return Outcome(effects=go_on(tx, climb, room, now))


def _is_fresh(tx: Tx, climb: Climb, room: rooms.Room, now: datetime) -> bool:
    """Whether by the policies and the calendar of now it is not stale yet: that is noted."""
    item = queries.item_of(tx, climb)
    if item is None or not climb.is_timed:
        return False
    policy = queries.policy_of(tx, climb, room)
    days = calendar.calendar_of(tx, room=room.id)
    zone = ZoneInfo(room.zone)
    at, cause = watching.stale_at(policy, days, zone, climb.counts_from, item.due_at)
    tx.change(climb, cause=str(cause), **({"next_at": at} if at > now else {}))
    return at > now


def go_on(tx: Tx, climb: Climb, room: rooms.Room, now: datetime) -> tuple[Effect, ...]:
    """Ask the ladder what is to be done now, and write down what it says."""
    facts = queries.facts_of(tx, climb, room)
    mail = sending.mail(tx)
    is_loud = facts.policy.ignores_quiet_hours
    post = mail.poster(room.id, queries.speaking_hours(tx, room), is_loud=is_loud)
    stand, moves = advance(climb.stand, facts, now, post)
    if any(isinstance(move, Began) for move in moves):
        tx.change(
            climb,
            cycle=climb.cycle + 1,
            began_at=now,
            policy=json.dumps(to_data(facts.policy), ensure_ascii=False),
        )
    writer = _Writer(tx, climb, room, facts, mail)
    for move in moves:
        writer.write(move)
    tx.change(climb, **columns_of(stand))
    if stand.phase == Phase.WATCHING:
        tx.change(climb, policy=None, snoozes=0)
    watching.arm(tx, climb)
    return watching.redraw(tx, climb) if moves else ()


class _Writer:
    """Writes down the moves of a climb: rows, parcels, timeline."""

    def __init__(self, tx: Tx, climb: Climb, room: rooms.Room, facts: Facts, mail: Mail) -> None:
        self._tx = tx
        self._climb = climb
        self._room = room
        self._facts = facts
        self._mail = mail
        self._number = queries.next_step(tx, climb)

    def write(self, move: Move) -> None:
        """Write one down."""
        what = cards.name(self._tx, self._climb)
        match move:
            case Began():
                said = t("{what}: {why}", what=what, why=cards.cause(self._tx, self._climb))
                self._record("began", said)
            case Passed():
                self._pass(move)
            case Ask():
                self._ask(move)
            case Remind(person, until):
                step = self._step("holder", person, until=until)
                self._put(step, self._mail.posted, is_urgent=False)
            case Lapsed(Phase.HELD):
                self._record("lapsed", t("{what} goes on: nobody is on it any more", what=what))
            case Lapsed():
                self._record("lapsed", t("{what} goes on: the snooze is over", what=what))
            case Topped():
                self._top()

    def _record(self, kind: str, text: Msg) -> None:
        self._tx.record(f"escalation.{kind}", text, room=self._room.id)

    def _step(
        self,
        role: str,
        person: int | None,
        *,
        rung: int = 0,
        lap: int = 0,
        until: datetime | None = None,
        passed: str | None = None,
    ) -> Step:
        number = self._number
        self._number += 1
        return Step(
            climb_id=self._climb.id,
            cycle=self._climb.cycle,
            number=number,
            rung=rung,
            lap=lap,
            role=role,
            person_id=person,
            at=self._tx.now,
            until=until,
            passed=passed,
        )

    def _put(self, step: Step, posted: list[Posted], *, is_urgent: bool) -> None:
        for each in posted:
            row = Step(**{name: getattr(step, name) for name in _COPIED})
            is_direct = each.how is How.DIRECT
            sending.put_step(
                self._tx,
                self._climb,
                each,
                row,
                room=self._room,
                is_urgent=is_urgent and is_direct,
            )

    def _pass(self, move: Passed) -> None:
        self._tx.add(
            self._step(
                str(move.role),
                move.person,
                rung=move.rung,
                lap=self._climb.lap,
                until=move.until,
                passed=move.why,
            )
        )
        said = wording.passed(self._tx, str(move.role), move.person, move.why, move.until)
        what = Strong(cards.key(self._tx, self._climb))
        self._record("passed", t("{what}: {said}", what=what, said=said))

    def _ask(self, move: Ask) -> None:
        step = self._step(str(move.role), move.person, rung=move.rung, lap=move.lap)
        self._put(step, self._mail.posted, is_urgent=How.URGENT in move.how)
        said = t(
            "{what}: {who} is asked ({role})",
            what=Strong(cards.key(self._tx, self._climb)),
            who=self._tx.mention(move.person),
            role=wording.role(str(move.role)),
        )
        self._record("asked", said)

    def _top(self) -> None:
        """The end of the ladder: the ops channel; of a private room its own."""
        hours = queries.speaking_hours(self._tx, self._room)
        is_loud = self._facts.policy.ignores_quiet_hours
        how = How.THREAD if self._room.is_private else How.DIRECT
        key = f"room:{self._room.id}" if self._room.is_private else sending.OPS
        posted = self._mail.put(key, hours, self._tx.now, how=how, is_loud=is_loud)
        self._put(self._step(sending.OPS, None), [posted], is_urgent=False)
        what = cards.name(self._tx, self._climb)
        self._record("topped", t("{what} has climbed to the end of its ladder", what=what))


_COPIED = ("climb_id", "cycle", "number", "rung", "lap", "role", "person_id", "at", "until")


def audit(cmd: Audit, tx: Tx, now: datetime) -> Outcome:
    """Say that climbs are late, and set them going again: they must not be forgotten."""
    late = queries.late(tx, tx.workspace_id, cmd.before, count=100)
    for climb in late:
        watching.arm(tx, climb)
    if not late:
        return Outcome()
    first = late[0].next_at
    assert first is not None
    told = tx.setting("escalation_late")
    if told is not None and datetime.fromisoformat(told) >= first:
        return Outcome()  # it was said already
    tx.change_settings(escalation_late=first.isoformat())
    tx.record("escalation.late", t("Escalations are late, since {when}", when=When(first)))
    channel = sending.ops_channel(tx)
    if channel is None:
        return Outcome()
    return Outcome(effects=(cards.late(tx, channel, len(late), first),))
