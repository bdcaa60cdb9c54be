"""Which run comes next: a row, and a timer that makes it happen."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

from sqlalchemy import and_, bindparam, case, delete, literal, or_, select

from bot.features.standups import queries
from bot.features.standups.people import Circle, plan_of
from bot.features.standups.queries import runs, turns
from bot.features.standups.steps import RunDue
from bot.features.standups.tables import Run, Stand, Standup, State, Turn
from storage.tx import Tx

_DAY = timedelta(days=1)
#: Nowhere is it any time of day earlier.
_EARLIEST = timezone(timedelta(hours=14))
#: So often people's clocks are looked at before a run opens.
_LOOKS = timedelta(hours=1)
_drop = delete(runs).where(runs.c.id == bindparam("row"))
_is_due = turns.c.state == literal("due")
_is_reminded = and_(turns.c.state == literal("asked"), turns.c.remind_at.is_not(None))
#: Whoever is asked or reminded next.
_next = (
    select(turns)
    .where(turns.c.run_id == bindparam("run"), or_(_is_due, _is_reminded))
    .order_by(case((_is_due, turns.c.ask_at), else_=turns.c.remind_at))
    .limit(1)
)


def timer(run: int) -> str:
    """The key of a run's timer."""
    return f"standup:{run}"


def plan_anew(tx: Tx, standup: Standup, now: datetime) -> Run | None:
    """Note the next run that is still ahead: after setting up, a change, or a pause.

    A date that there was already is not again.
    """
    after = queries.last_day(tx, standup.id) or standup.since - _DAY
    circle = Circle.of(tx, standup, now.date() - _DAY)
    return _note(tx, standup, circle.first_ahead(after, now))


def plan_after(tx: Tx, run: Run, circle: Circle) -> Run | None:
    """Note the run that follows another, also where its time has passed meanwhile."""
    return _note(tx, circle.standup, next(circle.days_from(run.day), None))


def _note(tx: Tx, standup: Standup, found: tuple[date, datetime, datetime] | None) -> Run | None:
    known = queries.planned(tx, standup.id)
    if found is None or not standup.is_active:
        drop_planned(tx, standup.id)
        return None
    day, opens, closes = found
    if known is not None and known.day != day:  # what somebody has said for that date stays there
        drop_planned(tx, standup.id, "changed")
        known = None
    values: dict[str, Any] = {
        "day": day,
        "opens_at": opens,
        "closes_at": closes,
        "questions": standup.questions,
    }
    known = known or queries.run_on(tx, standup.id, day)
    if known is not None:
        tx.change(known, state=State.PLANNED, reason=None, **values)
    else:
        known = tx.add(
            Run(
                workspace_id=standup.workspace_id,
                standup_id=standup.id,
                room_id=standup.room_id,
                state=State.PLANNED,
                **values,
            )
        )
    tx.set_timer(timer(known.id), _first_look(standup, day, opens), RunDue(run=known.id))
    return known


def _first_look(standup: Standup, day: date, opens: datetime) -> datetime:
    """When to look at a run that is ahead.

    As it opens; with people's own clocks as early as it can be that time of day anywhere, for by
    then they may live by another clock.
    """
    return opens if standup.clock == "room" else plan_of(standup).span(day, _EARLIEST)[0]


def look_again(tx: Tx, run: Run, now: datetime) -> None:
    """Set the timer of a run that is ahead: to its opening, or to the next look at the clocks."""
    tx.set_timer(timer(run.id), min(run.opens_at, now + _LOOKS), RunDue(run=run.id))


def drop_planned(tx: Tx, standup: int, why: str = "paused") -> None:
    """Forget the run that would come next; what somebody has said for it already is kept.

    Should its date come again after all, it is that run again.
    """
    known = queries.planned(tx, standup)
    if known is None:
        return
    tx.cancel_timer(timer(known.id))
    if queries.turns_of(tx, known.id):
        tx.change(known, state=State.MISSED, reason=why)
    else:
        tx.execute(_drop, {"row": known.id})


def wake(tx: Tx, run: Run) -> None:
    """Set the timer of an open run to what is due next."""
    at = run.closes_at
    turn = tx.first(Turn, _next, {"run": run.id})
    if turn is not None:
        at = min(at, (turn.ask_at if turn.state == Stand.DUE else turn.remind_at) or at)
    tx.set_timer(timer(run.id), at, RunDue(run=run.id))
