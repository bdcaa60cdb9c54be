"""What time makes happen in a stand-up: it opens, people are asked and reminded, it closes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bot.core.effects import Failure, PostCard, Receipt
from bot.core.reasons import reason
from bot.core.text import Code, Inline, Msg, t
from bot.feature import Outcome
from bot.features.rooms import queries as rooms
from bot.features.rooms.queries import Room
from bot.features.standups import asking, cards, closing, planning, queries
from bot.features.standups.people import Circle, plan_of
from bot.features.standups.steps import RootPosted, RunDue
from bot.features.standups.tables import Run, Stand, Standup, State, Turn
from storage.tables import Person
from storage.tx import Tx

_MISSED = {
    "downtime": t("Muster was not running"),
    "channel": t("nothing can be said in the channel"),
    "paused": t("the stand-up was paused"),
    "changed": t("it was moved to another day"),
    "nobody": t("nobody takes part"),
    "closed": t("the room was closed"),
}


def why_missed(code: str | None) -> Inline:
    """Why a run was missed, in words."""
    return _MISSED.get(code or "") or Code(code or "")


def run_due(cmd: RunDue, tx: Tx, now: datetime) -> Outcome:
    """Do what is due of a run, and set its timer to what is due next.

    After downtime a run whose window is still open opens late; one whose window is over is noted as
    missed, and nothing is posted.
    """
    run = tx.get(Run, cmd.run, lock=True)
    if run is None or run.state not in {State.PLANNED, State.OPEN}:
        return Outcome()
    standup = queries.standup(tx, run.standup_id)
    room = tx.get(Room, run.room_id)
    assert room is not None, "a room is never deleted"
    if run.state == State.PLANNED:
        return _open(tx, run, standup, room, now)
    if now >= run.closes_at:
        return closing.close(tx, run, standup, room, now)
    effects = asking.ask(tx, run, standup, now) + asking.remind(tx, run, now)
    planning.wake(tx, run)
    return Outcome(effects=tuple(effects))


def _open(tx: Tx, run: Run, standup: Standup, room: Room, now: datetime) -> Outcome:
    circle = Circle.of(tx, standup, run.day - timedelta(days=2))
    if not standup.is_active or room.is_closed:
        planning.drop_planned(tx, standup.id)
        return Outcome()
    if run.questions != standup.questions:
        tx.change(run, questions=standup.questions)
    if not _is_time(tx, run, circle, now):
        planning.look_again(tx, run, now)
        return Outcome()
    why = _hindrance(run, room, circle, now)
    if why is None:
        _give_turns(tx, run, circle, now)
        turns = queries.turns_of(tx, run.id)
        state = State.OPEN if any(turn.counts for turn in turns) else State.QUIET
    else:
        turns, state = [], State.MISSED
    tx.change(run, state=state, reason=why, opened_at=now if state == State.OPEN else None)
    planning.plan_after(tx, run, circle)
    _note(tx, run, room)
    if state != State.OPEN:
        return Outcome()
    root = PostCard(
        rooms.address(tx, room),
        cards.root(tx, run),
        rooms.reader(room),
        live=run.live,
        then=RootPosted(run=run.id),
    )
    if not any(turn.state == Stand.DUE for turn in turns):  # all have answered before it opened
        closed = closing.close(tx, run, standup, room, now)
        return Outcome(effects=(root, *closed.effects), events=closed.events)
    planning.wake(tx, run)
    return Outcome(effects=(root,))


def _is_time(tx: Tx, run: Run, circle: Circle, now: datetime) -> bool:
    """Whether a run opens now, by the clocks that people have by now."""
    opens, closes = circle.span(run.day)
    if opens < now < run.opens_at:
        opens = now  # somebody has just come to an earlier zone: nothing is late
    if (opens, closes) != (run.opens_at, run.closes_at):
        tx.change(run, opens_at=opens, closes_at=closes)
    return opens <= now


def _hindrance(run: Run, room: Room, circle: Circle, now: datetime) -> str | None:
    """Why a run cannot be, by its code; None if it can."""
    if now >= run.closes_at:
        return "downtime"
    if not rooms.can_hear(room):
        return "channel"
    return None if circle.people else "nobody"


def _note(tx: Tx, run: Run, room: Room) -> None:
    day = str(run.day)
    text: Msg
    if run.state == State.MISSED:
        text = t(
            "The stand-up of {day} did not take place: {why}", day=day, why=why_missed(run.reason)
        )
    elif run.state == State.QUIET:
        text = t("No stand-up on {day}: everybody is away", day=day)
    else:
        text = t("The stand-up of {day} opened", day=day)
    tx.record(f"standup.{run.state}", text, room=room.id)


def _give_turns(tx: Tx, run: Run, circle: Circle, now: datetime) -> None:
    """A turn for everybody who takes part and has none yet: some have answered or skipped ahead."""
    known = {turn.person_id for turn in queries.turns_of(tx, run.id)}
    rows = [_turn(run, circle, person, now) for person in circle.people if person.id not in known]
    tx.add_all(Turn, rows)


def _turn(run: Run, circle: Circle, person: Person, now: datetime) -> dict[str, Any]:
    plan = plan_of(circle.standup)
    asked, closes = plan.span(run.day, circle.zone(person))
    asked = max(asked, run.opens_at)  # who came to an earlier zone since it was planned
    state = Stand.DUE
    if not plan.is_on(run.day, circle.calendars[person.id]):
        state = Stand.AWAY
    elif closes <= now:
        state = Stand.UNASKED
    reminded = plan.remind(asked)
    return {
        "workspace_id": run.workspace_id,
        "run_id": run.id,
        "person_id": person.id,
        "state": str(state),
        "ask_at": asked,
        "close_at": closes,
        "remind_at": reminded if circle.standup.reminds and reminded > now else None,
        "answers": None,
        "given_at": None,
        "edited_at": None,
        "is_late": False,
        "is_posted": False,
        "step": None,
        "prompt": None,
        "note": None,
    }


def root_posted(cmd: RootPosted, tx: Tx, now: datetime) -> Outcome:
    """The thread can begin: put into it what has been answered meanwhile."""
    run = tx.get(Run, cmd.run, lock=True)
    if run is None:
        return Outcome()
    if isinstance(cmd.receipt, Failure):
        why = reason(cmd.receipt.code)
        text = t("The stand-up could not be posted: {why}", why=why)
        tx.record("standup.failed", text, room=run.room_id)
        return Outcome()
    tx.change(run, root=(cmd.receipt or Receipt()).id)
    return Outcome(effects=closing.post_pending(tx, run))
