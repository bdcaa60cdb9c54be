"""How a run ends: its answers in the thread, its report, and what comes late."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import String, bindparam, cast, delete, literal, select, union_all

from bot.core.effects import Address, Effect, PostCard, RedrawCard
from bot.core.events import BlockerNamed, Event
from bot.core.text import t
from bot.feature import Outcome
from bot.features.rooms import queries as rooms
from bot.features.rooms.queries import Room
from bot.features.standups import cards, planning, queries
from bot.features.standups.questions import Kind
from bot.features.standups.tables import Run, Stand, Standup, State, Turn
from storage.rows import table_of
from storage.tables import LiveCard
from storage.tx import Tx

_SPAN = timedelta(days=45)
_runs, _turns, _live = queries.runs, queries.turns, table_of(LiveCard)
_old = (
    _runs.c.standup_id == bindparam("standup"),
    _runs.c.day > bindparam("first"),
    _runs.c.day <= bindparam("last"),
)
_shown = [
    select(literal(f"{kind}:") + cast(_runs.c.id, String)).where(*_old)
    for kind in ("standup", "standup-report", "standup-copy")
] + [
    select(literal("standup-answer:") + cast(_turns.c.id, String))
    .select_from(_turns.join(_runs, _runs.c.id == _turns.c.run_id))
    .where(*_old)
]
_asked = [
    select(literal(f"{kind}:") + cast(_turns.c.id, String))
    .select_from(_turns.join(_runs, _runs.c.id == _turns.c.run_id))
    .where(*_old)
    for kind in ("standup-prompt", "standup-reminder")
]
_forget = delete(_live).where(_live.c.live.in_(union_all(*_shown)))
_forget_asked = delete(_live).where(_live.c.live.in_(union_all(*_asked)))


#: Those of whom there is nothing to report.
_QUIET = {Stand.AWAY, Stand.UNASKED, Stand.SKIPPED}


def close(tx: Tx, run: Run, standup: Standup, room: Room, now: datetime) -> Outcome:
    """Close an open run: the report goes into its thread, and to a second channel if one is set."""
    events = _take_in(tx, run, now)
    tx.change(run, state=State.CLOSED, closed_at=now)
    tx.cancel_timer(planning.timer(run.id))
    text = t("The stand-up of {day} closed", day=str(run.day))
    tx.record("standup.closed", text, room=room.id)
    _let_go(tx, run)
    effects = [*post_pending(tx, run), *tx.redraw(run.live)]
    if standup.copy_to is not None and not room.is_private:
        report = cards.report(tx, run)
        there = tx.channel(standup.copy_to)
        effects.append(PostCard(there, report, rooms.reader(room), run.live_copy))
    return Outcome(effects=(*effects, *_prompts(tx, run)), events=events)


def _take_in(tx: Tx, run: Run, now: datetime) -> tuple[Event, ...]:
    """What people have said in conversations that the end cut short counts as it is."""
    found: list[Event] = []
    for turn in queries.missing(tx, run, queries.turns_of(tx, run.id)):
        if turn.step is None or not any(turn.said.values()):
            continue
        tx.change(turn, state=str(Stand.ANSWERED), given_at=now)
        blockers = [asked.id for asked in run.asks if asked.kind is Kind.BLOCKER]
        text = next((str(turn.said[each]) for each in blockers if turn.said.get(each)), "")
        if text:
            found.append(BlockerNamed(run.room_id, turn.person_id, text, ""))
    return tuple(found)


def _prompts(tx: Tx, run: Run) -> list[RedrawCard]:
    """The messages that asked those who have not answered, or not all of it, drawn anew."""
    left = {Stand.DUE, Stand.ASKED}
    turns = queries.turns_of(tx, run.id)
    asked = [turn for turn in turns if turn.state in left or turn.is_partial]
    return [each for turn in asked for each in redraw_prompt(tx, turn)]


def redraw_prompt(tx: Tx, turn: Turn) -> list[RedrawCard]:
    """What asked somebody, and what reminded them, drawn anew."""
    return tx.redraw(turn.live_prompt, turn.live_reminder) if turn.prompt else []


def _let_go(tx: Tx, run: Run) -> None:
    """Leave the messages of runs of long ago as they are.

    Each run lets go of those whose time has come since the one before it; the span is longer than
    between two of them, for some are missed.
    """
    last = run.day - queries.KEPT_LIVE
    tx.execute(_forget, {"standup": run.standup_id, "first": last - _SPAN, "last": last})
    last = run.day - queries.KEPT_ASKING
    tx.execute(_forget_asked, {"standup": run.standup_id, "first": last - _SPAN, "last": last})


def _close_quietly(tx: Tx, run: Run, room: Room, now: datetime) -> Outcome:
    """Nobody is there any more who could answer: nothing more is posted."""
    tx.change(run, state=State.QUIET, closed_at=now)
    tx.cancel_timer(planning.timer(run.id))
    text = t("No stand-up on {day}: everybody is away, or skips it", day=str(run.day))
    tx.record("standup.quiet", text, room=room.id)
    return Outcome(effects=tuple(tx.redraw(run.live)))


def post_pending(tx: Tx, run: Run) -> tuple[Effect, ...]:
    """What the thread lacks: answers, and the report once it is closed. None before it is there."""
    room = tx.get(Room, run.room_id)
    if run.root is None or room is None or not rooms.can_hear(room):
        return ()
    turns = queries.turns_of(tx, run.id)
    said = [turn for turn in turns if turn.state == Stand.ANSWERED and not turn.is_posted]
    found: list[Effect] = [_answer(tx, run, room, turn) for turn in said]
    if run.state == State.CLOSED and not run.is_reported:
        tx.change(run, is_reported=True)
        report = cards.report(tx, run)
        found.append(PostCard(_thread(tx, run, room), report, rooms.reader(room), run.live_report))
    return tuple(found)


def post_answer(tx: Tx, run: Run, room: Room, turn: Turn) -> tuple[Effect, ...]:
    """Put an answer into the thread, or draw it anew there, and all that counts or quotes it."""
    if run.state == State.PLANNED:
        return ()
    found: list[Effect] = []
    if turn.is_posted:
        found += tx.redraw(turn.live)
    elif run.root is not None and rooms.can_hear(room):
        found.append(_answer(tx, run, room, turn))
    return (*found, *redraw_all(tx, run))


def redraw_all(tx: Tx, run: Run) -> list[RedrawCard]:
    """All that counts or quotes the answers of a run, drawn anew."""
    return [*tx.redraw(run.live, run.live_report), *tx.redraw(run.live_copy)]


def _answer(tx: Tx, run: Run, room: Room, turn: Turn) -> PostCard:
    tx.change(turn, is_posted=True)
    card = cards.answer(tx, run, turn)
    return PostCard(_thread(tx, run, room), card, rooms.reader(room), turn.live)


def _thread(tx: Tx, run: Run, room: Room) -> Address:
    home = rooms.address(tx, room)
    return Address(home.platform, home.workspace, home.channel, run.root)


def settle(tx: Tx, run: Run, now: datetime) -> Outcome:
    """After somebody has answered, or will not: draw the head anew, and close if that was all."""
    effects = tuple(tx.redraw(run.live))
    turns = queries.turns_of(tx, run.id)
    if run.state != State.OPEN or queries.missing(tx, run, turns):
        return Outcome(effects=effects)
    room = tx.get(Room, run.room_id)
    assert room is not None, "a room is never deleted"
    if all(turn.state in _QUIET for turn in turns):
        return _close_quietly(tx, run, room, now)
    return close(tx, run, queries.standup(tx, run.standup_id), room, now)
