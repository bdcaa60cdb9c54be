"""Answering in words: one question at a time in a conversation, or straight in the thread."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select

from bot.core.chat import Block, Card, Note, Tone, line
from bot.core.commands import Command
from bot.core.errors import Refused
from bot.core.events import Unaddressed
from bot.core.platform import Say
from bot.core.text import Strong, t
from bot.feature import Outcome
from bot.features.rooms import queries as rooms
from bot.features.rooms.queries import Room
from bot.features.standups import answering, cards, queries
from bot.features.standups.questions import Question
from bot.features.standups.steps import SaidInWords
from bot.features.standups.tables import Run, Stand, State, Turn
from storage.tx import Tx

_NUMBERED = re.compile(r"^\s*(\d{1,2})\s*[.)、．）:：]\s*", re.MULTILINE)


def unaddressed(question: Unaddressed, tx: Tx) -> Command | None:
    """Words in the thread of a run, or in a conversation about one, answer it.

    In a thread the first words of somebody are their answer; what follows is talk, unless it names
    a question by its number.
    """
    if tx.person_id is None or tx.place is None:
        return None
    if question.is_direct:
        turn = _conversation(tx)
        return SaidInWords(run=turn.run_id, text=question.text) if turn is not None else None
    if tx.place.thread is None:
        return None
    run = _below(tx, tx.place.channel, tx.place.thread)
    if run is None or queries.standup(tx, run.standup_id).place != "thread":
        return None
    turn = queries.turn_of(tx, run.id, tx.asker)
    if turn is not None and turn.state == Stand.ANSWERED and not _NUMBERED.match(question.text):
        return None
    return SaidInWords(run=run.id, text=question.text)


def _conversation(tx: Tx) -> Turn | None:
    """The turn whose questions somebody is answering one at a time."""
    turns, runs = queries.turns, queries.runs
    found = (
        select(turns)
        .join(runs, runs.c.id == turns.c.run_id)
        .where(
            turns.c.person_id == tx.asker,
            turns.c.state == Stand.ASKED,
            turns.c.step.is_not(None),
            runs.c.state == State.OPEN,
        )
        .order_by(turns.c.close_at, turns.c.id)
        .limit(1)
    )
    return tx.first(Turn, found)


def _below(tx: Tx, channel: str, root: str) -> Run | None:
    room = rooms.of_channel(tx, channel)
    if room is None:
        return None
    runs = queries.runs
    is_it = (runs.c.room_id == room.id, runs.c.root == root)
    return tx.first(Run, select(runs).where(*is_it, runs.c.state.in_(("open", "closed"))))


def said_in_words(cmd: SaidInWords, tx: Tx, now: datetime) -> Outcome:
    """Take words as an answer: to one question of a conversation, or from the thread."""
    run = tx.get(Run, cmd.run, lock=True)
    room = tx.get(Room, run.room_id) if run is not None else None
    if run is None or room is None:
        message = f"no run {cmd.run}"
        raise LookupError(message)
    if not rooms.is_member(tx, room):
        raise answering.not_inside(room)
    if not tx.is_direct:
        return _from_thread(tx, run, cmd.text, now)
    turn = queries.turn_of(tx, run.id, tx.asker, lock=True)
    if turn is None or turn.step is None:
        raise Refused(t("There is no stand-up to answer now."))
    return _next_question(tx, run, turn, cmd.text, now)


def _next_question(tx: Tx, run: Run, turn: Turn, text: str, now: datetime) -> Outcome:
    assert turn.step is not None, "the conversation has begun"
    asked = run.asks[turn.step]
    words = "" if text.strip().casefold() in answering.NOTHING else text
    value = answering.value_of(asked, words)
    if asked.is_required and value is None:
        raise Refused(t("Please answer this one."))
    said = {**turn.said, asked.id: value}
    step = turn.step + 1
    if step < len(run.asks):
        tx.change(turn, answers=json.dumps(said, ensure_ascii=False), step=step)
        return Outcome(Say(Card(t("Noted."), tuple(cards.question(run.asks, step)))))
    if not any(said.values()):
        tx.change(turn, answers=None, step=0)
        raise Refused(t("Nothing is filled in yet. A few words will do."))
    outcome, given = answering.give(tx, run, said, now)
    card = Card(answering.thanks([(run, given)]), tuple(_next_room(tx, now)), Tone.GOOD)
    return Outcome(Say(card), outcome.effects, outcome.events)


def _next_room(tx: Tx, now: datetime) -> Iterable[Block]:
    """The first question of another room that asks them one at a time, if there is one."""
    turns, runs, standups = queries.turns, queries.runs, queries.standups
    found = (
        select(turns)
        .select_from(
            turns.join(runs, runs.c.id == turns.c.run_id).join(
                standups, standups.c.id == runs.c.standup_id
            )
        )
        .where(
            turns.c.person_id == tx.asker,
            turns.c.state == Stand.ASKED,
            turns.c.close_at > now,
            runs.c.state == State.OPEN,
            standups.c.place == "dm",
        )
        .order_by(turns.c.close_at, turns.c.id)
    )
    for turn in tx.all(Turn, found):
        run = tx.get(Run, turn.run_id)
        room = tx.get(Room, run.room_id) if run is not None else None
        if run is not None and room is not None and rooms.is_member(tx, room):
            tx.change(turn, step=0)
            yield Note(t("Now for {room}:", room=Strong(f"{room.key} {room.title}")))
            yield from cards.question(run.asks, 0)
            return


def _from_thread(tx: Tx, run: Run, text: str, now: datetime) -> Outcome:
    """What stands in the thread already need not be posted there; the head counts it."""
    turn = queries.turn_of(tx, run.id, tx.asker, lock=True) or answering.new_turn(tx, run, now)
    new: answering.Said = {}
    for asked, words in _sorted(run, text):
        value = answering.value_of(asked, words)
        if isinstance(value, str) and new.get(asked.id):
            value = f"{new[asked.id]}\n{value}"
        new[asked.id] = value
    said = {key: value for key, value in {**turn.said, **new}.items() if value is not None}
    tx.change(turn, is_posted=True)
    outcome, given = answering.give(tx, run, said, now)
    thanks = line(answering.thanks([(run, given)]), Tone.GOOD)
    return Outcome(Say(thanks), outcome.effects, outcome.events)


def _sorted(run: Run, text: str) -> list[tuple[Question, str]]:
    """A text by its questions: "1. … 2. …" names them, all else answers the first one."""
    marks = list(_NUMBERED.finditer(text))
    numbers = [int(mark[1]) for mark in marks]
    if not marks or any(not 1 <= number <= len(run.asks) for number in numbers):
        return [(run.asks[0], text)]
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    parts = zip(numbers, marks, ends, strict=True)
    return [(run.asks[number - 1], text[mark.end() : end]) for number, mark, end in parts]
