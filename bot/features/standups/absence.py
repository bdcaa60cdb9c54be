"""Not being there: today's stand-up skipped, days away, being back."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bot.core.chat import Button, Buttons, Card, Tone, line
from bot.core.effects import Effect
from bot.core.errors import Refused
from bot.core.events import CameBack, Event, WentAway
from bot.core.platform import Say
from bot.core.text import Code, Either, Msg, Seq, Strong, t, tn
from bot.core.when import Unclear, parse_when
from bot.core.words import fold, shortened
from bot.feature import Outcome
from bot.features.calendar.queries import leave_of
from bot.features.rooms import queries as rooms
from bot.features.standups import closing, planning, queries
from bot.features.standups.commands import ComeBack, GoAway, SkipStandup
from bot.features.standups.people import Circle, participants, plan_of
from bot.features.standups.tables import Run, Stand, State, Turn
from storage.tx import Tx

_DAYS = re.compile(r"(?:for )?(\d{1,3}) ?(d|days?|天|w|weeks?|周|个?星期)(?:假)?")
_UNTIL = re.compile(r"^(?:(?:until|till|to|through)\b|直到|到|至)\s*", re.IGNORECASE)
_TODAY = {"", "today", "now", "今天", "今日"}
#: As long as the calendar takes.
_LONGEST = 366
#: A run that opens by then is today's, wherever somebody is.
_SOON = timedelta(hours=18)


def skip(cmd: SkipStandup, tx: Tx, now: datetime) -> Outcome:
    """Leave out what is open or opens today: here, or in all of one's rooms."""
    here = rooms.here(tx)
    runs = [
        *queries.open_runs(tx, tx.asker),
        *(
            run
            for run in queries.coming_runs(tx, tx.asker, until=now + _SOON)
            if _is_today(tx, run)
        ),
    ]
    runs = [run for run in runs if here is None or run.room_id == here.id]
    outcomes = []
    skipped: list[Run] = []
    for found in runs:
        run = tx.get(Run, found.id, lock=True)
        if run is None or run.state not in {State.PLANNED, State.OPEN}:
            continue
        turn = _skip(tx, run, cmd.note)
        if turn is not None:
            skipped.append(run)
            outcomes.append(Outcome(effects=tuple(closing.redraw_prompt(tx, turn))))
            outcomes.append(closing.settle(tx, run, now))
    if not skipped:
        raise Refused(t("There is nothing to skip: no stand-up of yours is open or due today."))
    text = tn("Skipped for today.", "Skipped for today, in {n} rooms.", len(skipped))
    return _all(outcomes, Say(line(text, Tone.GOOD)))


def _is_today(tx: Tx, run: Run) -> bool:
    """Whether a run that has not opened is of today's date, for who asks or where its clock is."""
    zones = {tx.reader.zone, queries.standup(tx, run.standup_id).zone}
    return run.day <= max(tx.now.astimezone(ZoneInfo(zone)).date() for zone in zones)


def _skip(tx: Tx, run: Run, note: str) -> Turn | None:
    """The turn that is skipped; None if there was nothing to skip."""
    turn = queries.turn_of(tx, run.id, tx.asker, lock=True)
    if turn is None:
        standup = queries.standup(tx, run.standup_id)
        if all(person.id != tx.asker for person in participants(tx, standup)):
            return None
        turn = tx.add(
            Turn(
                workspace_id=run.workspace_id,
                run_id=run.id,
                person_id=tx.asker,
                ask_at=run.opens_at,
                close_at=run.closes_at,
            )
        )
    if turn.state == Stand.ANSWERED:
        return None
    tx.change(turn, state=str(Stand.SKIPPED), note=note or None, remind_at=None)
    return turn


def _all(outcomes: Iterable[Outcome], reply: Say | None = None) -> Outcome:
    found = list(outcomes)
    effects: tuple[Effect, ...] = tuple(each for one in found for each in one.effects)
    events: tuple[Event, ...] = tuple(each for one in found for each in one.events)
    return Outcome(reply, effects, events)


# Leave.


def go_away(cmd: GoAway, tx: Tx, now: datetime) -> Outcome:
    """Be away from today, or from a date, for so many days or until a date."""
    zone = ZoneInfo(tx.reader.zone)
    first = (cmd.begins or now).astimezone(zone).date()
    last = _last_day(cmd.until, first, now, zone)
    if last < first:
        raise Refused(t("The last day is before the first one."), field="until")
    if (last - first).days >= _LONGEST:
        raise Refused(t("That is too long: {n} days are the most.", n=_LONGEST), field="until")
    text: Msg = t("You are away on {day}.", day=Strong(str(first)))
    if first != last:
        text = t(
            "You are away from {first} to {last}, both included.",
            first=Strong(str(first)),
            last=Strong(str(last)),
        )
    button = Buttons((Button(t("I am back"), ComeBack()),))
    event = WentAway(tx.asker, first, last, cmd.why)
    return Outcome(Say(Card(text, (button,), Tone.GOOD)), events=(event,))


def _last_day(text: str, first: date, now: datetime, zone: ZoneInfo) -> date:
    """The last day away, that "3d", "until Friday", 「到周五」 say; Refused if they say none."""
    words = fold(text)
    length = _DAYS.fullmatch(words)
    if length is not None:
        days = int(length[1]) * (
            7 if length[2][0] == "w" or length[2] in {"周", "星期", "个星期"} else 1
        )
        if not 1 <= days <= _LONGEST:
            raise Refused(t("That is too long: {n} days are the most.", n=_LONGEST), field="until")
        return first + timedelta(days - 1)
    words = _UNTIL.sub("", text.strip())
    if fold(words) in _TODAY:
        return first
    try:
        return parse_when(words, now=now, zone=zone).at.astimezone(zone).date()
    except Unclear as error:
        short = Either(Code("3d"), Code("3天"))
        examples = Seq((short, Either(Code("until Dec 4"), Code("到12月4日"))), "or")
        sentence = t(
            "I do not understand {words}. Say for example {examples}.",
            words=Strong(shortened(text)),
            examples=examples,
        )
        raise Refused(sentence, field="until") from error


def come_back(cmd: ComeBack, tx: Tx, now: datetime) -> Outcome:
    """Be there again, from today on."""
    today = now.astimezone(ZoneInfo(tx.reader.zone)).date()
    if not any(row.last >= today for row in leave_of(tx, tx.asker)):
        raise Refused(t("You are not away."))
    event = CameBack(tx.asker, today)
    return Outcome(Say(line(t("Welcome back."), Tone.GOOD)), events=(event,))


def follow_leave(event: WentAway, tx: Tx, now: datetime) -> Outcome:
    """Somebody is away: they are not asked for a run that is open, nor counted as missing."""
    return _all(
        _away(tx, run, turn, now)
        for run, turn in _turns(tx, event.person, (Stand.DUE, Stand.ASKED))
        if event.first <= run.day <= event.last
    )


def _away(tx: Tx, run: Run, turn: Turn, now: datetime) -> Outcome:
    tx.change(turn, state=str(Stand.AWAY), remind_at=None)
    shown = Outcome(effects=tuple(closing.redraw_prompt(tx, turn)))
    return _all((shown, closing.settle(tx, run, now)))


def follow_return(event: CameBack, tx: Tx, now: datetime) -> Outcome:
    """Somebody is back: a run that is open asks them now."""
    outcomes = []
    for run, turn in _turns(tx, event.person, (Stand.AWAY,)):
        circle = Circle.of(tx, queries.standup(tx, run.standup_id), run.day)
        calendar = circle.calendars.get(event.person)
        if calendar is None or not plan_of(circle.standup).is_on(run.day, calendar):
            continue  # it is a day off where they are
        if run.day >= event.day and turn.close_at > now:
            tx.change(turn, state=str(Stand.DUE), ask_at=max(turn.ask_at, now))
            planning.wake(tx, run)
            outcomes.append(Outcome(effects=tuple(tx.redraw(run.live))))
    return _all(outcomes)


def _turns(tx: Tx, person: int, states: tuple[Stand, ...]) -> list[tuple[Run, Turn]]:
    """Somebody's turns in open runs, locked."""
    turns, runs = queries.turns, queries.runs
    found = (
        select(turns)
        .join(runs, runs.c.id == turns.c.run_id)
        .where(
            turns.c.person_id == person,
            turns.c.state.in_([str(state) for state in states]),
            runs.c.state == State.OPEN,
        )
        .order_by(turns.c.id)
    )
    pairs = []
    for turn in tx.all(Turn, found):
        run = tx.get(Run, turn.run_id, lock=True)
        if run is not None and run.state == State.OPEN:
            pairs.append((run, turn))
    return pairs
