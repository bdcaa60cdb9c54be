"""Asking people, and reminding them: one message a person, in however many rooms they are due."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Column, and_, bindparam, literal, select, update
from sqlalchemy.sql import Update

from bot.core.chat import Card
from bot.core.effects import DirectMessage, Effect, Failure, Tell, User
from bot.feature import Outcome
from bot.features.rooms import queries as rooms
from bot.features.rooms.queries import Room
from bot.features.standups import cards, queries
from bot.features.standups.people import plan_of, zone_of
from bot.features.standups.queries import turns
from bot.features.standups.steps import PersonAsked
from bot.features.standups.tables import Run, Stand, Standup, State, Turn
from storage import identity
from storage.tx import Tx

#: People who are asked in one transaction: others must not wait for a crowd.
SLICE = 100


def _due(state: str, at: Column[datetime]) -> tuple[Any, Any]:
    """What is due of some people of a run, and of the same people in others.

    Then the ids alone, of what the person's room still has them in.

    Locked in one order, so that two runs with the same people ask them once, and neither waits for
    the other in a circle.
    """
    is_due = and_(turns.c.state == literal(state), at <= bindparam("now"))
    mine = select(turns.c.person_id).where(turns.c.run_id == bindparam("run"), is_due)
    mine = mine.order_by(turns.c.id).limit(SLICE)
    everywhere = select(turns).where(turns.c.person_id.in_(mine), is_due)
    members = rooms.members
    with_rooms = turns.join(queries.runs, queries.runs.c.id == turns.c.run_id).join(
        members,
        and_(
            members.c.room_id == queries.runs.c.room_id,
            members.c.person_id == turns.c.person_id,
            members.c.is_in,
        ),
    )
    inside = select(turns.c.id).select_from(with_rooms).where(turns.c.person_id.in_(mine), is_due)
    return everywhere.order_by(turns.c.person_id, turns.c.id).with_for_update(), inside


_to_be_asked, _asked_inside = _due("due", turns.c.ask_at)
_to_be_reminded, _reminded_inside = _due("asked", turns.c.remind_at)
_others = turns.alias("others")
#: The turns in which people of a run that are to be asked now have been asked and owe an answer.
_asked_already = select(turns).where(
    turns.c.state == literal("asked"),
    turns.c.close_at > bindparam("now"),
    turns.c.person_id.in_(
        select(_others.c.person_id).where(
            _others.c.run_id == bindparam("run"), _others.c.state == literal("due")
        )
    ),
)
_asked = update(turns).where(turns.c.id == bindparam("row")).values(state=literal("asked"))
_prompted = update(turns).where(turns.c.id == bindparam("row")).values(prompt=bindparam("first"))
_reminded = update(turns).where(turns.c.id == bindparam("row")).values(remind_at=None)


def ask(tx: Tx, run: Run, standup: Standup, now: datetime) -> list[Effect]:
    """Ask those whose turn it is, of every room in which it is their turn now.

    Whoever has been asked today and has not answered yet is not asked again: the form that they
    have at hand shows the new room too.
    """
    at = {"run": run.id, "now": now}
    found = tx.all(Turn, _to_be_asked, at)
    due = [turn for turn in found if not _is_put_off(tx, turn, run, standup, now)]
    if not due:
        return []
    asked_before = {turn.person_id for turn in tx.all(Turn, _asked_already, at)}
    inside = {row[0] for row in tx.execute(_asked_inside, at)}
    _mark(tx, _asked, due, state=str(Stand.ASKED))
    present = [turn for turn in due if turn.id in inside and turn.person_id not in asked_before]
    known = _Known(tx, present)
    made: list[Effect] = []
    for person, mine in _by_person(present):
        _begin_conversation(tx, known, mine)
        then = PersonAsked(run=run.id, person=person)
        card = cards.prompt(known.parts(mine), person, now)
        tx.execute(_prompted, [{"row": turn.id, "first": mine[0].id} for turn in mine])
        live = f"standup-prompt:{mine[0].id}"
        made.append(known.message(person, card, then, live))
    return made


def _is_put_off(tx: Tx, turn: Turn, run: Run, standup: Standup, now: datetime) -> bool:
    """Whether it is too early: they have moved to a zone where it is not time yet."""
    if standup.clock != "person" or turn.run_id != run.id:
        return False
    plan = plan_of(standup)
    opens, closes = plan.span(run.day, zone_of(tx.person_by_id(turn.person_id), tx))
    if opens <= now:
        return False
    reminded = plan.remind(opens) if standup.reminds else None
    tx.change(turn, ask_at=opens, close_at=closes, remind_at=reminded)
    if closes > run.closes_at:
        tx.change(run, closes_at=closes)
    return True


def remind(tx: Tx, run: Run, now: datetime) -> list[Effect]:
    """Remind those who have not answered, once, of every room that they owe an answer now."""
    at = {"run": run.id, "now": now}
    due = tx.all(Turn, _to_be_reminded, at)
    if not due:
        return []
    inside = {row[0] for row in tx.execute(_reminded_inside, at)}
    _mark(tx, _reminded, due, remind_at=None)
    present = [turn for turn in due if turn.id in inside]
    known = _Known(tx, present)
    made: list[Effect] = []
    for person, mine in _by_person(present):
        # Of what was asked in several messages none is what it says: it stays as it is.
        live = mine[0].live_reminder if len({turn.prompt for turn in mine}) == 1 else None
        card = cards.reminder(known.parts(mine), person)
        made.append(known.message(person, card, None, live if mine[0].prompt else None))
    return made


def _by_person(due: Sequence[Turn]) -> Iterable[tuple[int, list[Turn]]]:
    return ((person, list(mine)) for person, mine in groupby(due, lambda turn: turn.person_id))


def _mark(tx: Tx, statement: Update, due: Sequence[Turn], **values: object) -> None:
    tx.execute(statement, [{"row": turn.id} for turn in due])
    for turn in due:
        turn.__dict__.update(values)


class _Known:
    """The runs, stand-ups, rooms and people of some turns, each read once."""

    def __init__(self, tx: Tx, due: Sequence[Turn]) -> None:
        self.tx = tx
        tx.meet(turn.person_id for turn in due)
        found = [tx.get(Run, row) for row in {turn.run_id for turn in due}]
        self.runs = {run.id: run for run in found if run is not None}
        self._standups: dict[int, Standup] = {}
        self._rooms: dict[int, Room] = {}

    def standup(self, run: Run) -> Standup:
        if run.standup_id not in self._standups:
            self._standups[run.standup_id] = queries.standup(self.tx, run.standup_id)
        return self._standups[run.standup_id]

    def parts(self, mine: Sequence[Turn]) -> list[cards.Part]:
        """What a message to somebody is about."""
        found = []
        for turn in mine:
            run = self.runs[turn.run_id]
            if run.room_id not in self._rooms:
                room = self.tx.get(Room, run.room_id)
                assert room is not None, "a room is never deleted"
                self._rooms[run.room_id] = room
            found.append(cards.Part(self._rooms[run.room_id], self.standup(run), run, turn))
        return found

    def message(
        self, person: int, card: Card, then: PersonAsked | None, live: str | None = None
    ) -> Effect:
        """What tells them alone, in their language."""
        who = self.tx.person_by_id(person)
        home = self.tx.home
        to = User(home.platform, home.workspace, who.user)
        return DirectMessage(to, card, identity.reader_for(who, self.tx.defaults), live, then)


def drawn(tx: Tx, prompt: int, *, is_reminder: bool = False) -> Card | None:
    """The message that asked somebody, or reminded them, as it stands now."""
    mine = queries.prompted(tx, prompt)
    if not mine:
        return None
    parts = _Known(tx, mine).parts(mine)
    left = [part for part in parts if part.is_open]
    if is_reminder and left:
        return cards.reminder(left, mine[0].person_id)
    return cards.prompted(parts, mine[0].person_id, tx.now)


def _begin_conversation(tx: Tx, known: _Known, mine: Sequence[Turn]) -> None:
    """Where questions come one at a time, the first one comes with the message.

    Of one room; when that is answered, the next one's follow.
    """
    for turn in mine:
        if known.standup(known.runs[turn.run_id]).place == "dm":
            tx.change(turn, step=0)
            return


def person_asked(cmd: PersonAsked, tx: Tx, now: datetime) -> Outcome:
    """Somebody was sent what they are asked; where that cannot be, they are asked in the thread."""
    run = tx.get(Run, cmd.run)
    if not isinstance(cmd.receipt, Failure) or run is None or run.state != State.OPEN:
        return Outcome()
    room = tx.get(Room, run.room_id)
    turn = queries.turn_of(tx, run.id, cmd.person)
    if room is None or turn is None or turn.state != Stand.ASKED or not rooms.can_hear(room):
        return Outcome()
    part = cards.Part(room, queries.standup(tx, run.standup_id), run, turn)
    who = tx.person_by_id(cmd.person)
    reader = identity.reader_for(who, tx.defaults)
    card = cards.prompt([part], cmd.person, now)
    return Outcome(effects=(Tell(rooms.address(tx, room), who.user, card, reader),))
