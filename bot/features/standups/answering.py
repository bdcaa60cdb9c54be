"""Answering by form; and what becomes of any answer: in time, changed, or late."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.core import forms as core_forms
from bot.core.chat import Tone, line
from bot.core.effects import Effect
from bot.core.errors import Refused
from bot.core.events import BlockerNamed, DrawForm, Event, ItemReported
from bot.core.platform import Say, ShowForm
from bot.core.text import Msg, Strong, t, tn
from bot.feature import Outcome
from bot.features.items import queries as items
from bot.features.rooms import queries as rooms
from bot.features.rooms.queries import Room
from bot.features.standups import closing, forms, queries
from bot.features.standups.commands import AnswerStandup
from bot.features.standups.questions import LONGEST_ANSWER, MOODS, Kind, Question
from bot.features.standups.tables import Run, Stand, State, Turn
from storage.tx import Tx

NOTHING = {"-", "–", "—", "skip", "跳过", "无", "没有"}
Said = dict[str, Any]


def answer(cmd: AnswerStandup, tx: Tx, now: datetime) -> Outcome:
    """Take what was filled in for one room or several; all of it, or nothing."""
    if cmd.whose not in {"", str(tx.asker)}:
        raise forms.not_yours(tx, cmd.whose)
    if not cmd.answers:
        kept = {"runs": cmd.runs, "whose": cmd.whose}
        return Outcome(ShowForm(forms.draw(DrawForm(AnswerStandup.spec.path, kept), tx)))
    found = _by_run(cmd, tx)
    errors: dict[str, Msg] = {}
    ready = {run.id: (run, _read(run, values, errors)) for run, values in found}
    if errors:
        raise core_forms.Invalid(errors)
    outcomes = []
    told: list[tuple[Run, Turn]] = []
    for run, values in ready.values():
        if any(values.values()):
            outcome, turn = give(tx, run, values, now)
            outcomes.append(outcome)
            told.append((run, turn))
    if not told:
        raise Refused(t("Nothing is filled in yet. A few words will do."))
    effects: tuple[Effect, ...] = tuple(each for o in outcomes for each in o.effects)
    events: tuple[Event, ...] = tuple(each for o in outcomes for each in o.events)
    return Outcome(Say(line(thanks(told), Tone.GOOD)), effects, events)


def thanks(told: list[tuple[Run, Turn]]) -> Msg:
    """What somebody is told who has answered for those runs."""
    late = [run for run, turn in told if turn.is_late]
    if late:
        days = ", ".join(sorted({str(run.day) for run in late}))
        return t("That stand-up had closed: your answer of {day} was added late.", day=days)
    if any(turn.edited_at is not None for _, turn in told):
        return t("Your answer is changed.")
    return tn("Thank you.", "Thank you, for all {n} rooms.", len(told))


def _by_run(cmd: AnswerStandup, tx: Tx) -> list[tuple[Run, dict[str, str]]]:
    """What was filled in, by the run that it is for, each locked. Refused if one is not theirs."""
    given: dict[int, dict[str, str]] = {}
    for name, value in cmd.answers:
        parsed = forms.parse_name(name)
        if parsed is not None:
            given.setdefault(parsed[0], {})[parsed[1]] = value
    found = []
    for number, values in sorted(given.items()):
        run = tx.get(Run, number, lock=True) if number < 2**63 else None
        if run is None or run.workspace_id != tx.workspace_id:
            raise Refused(t("That form is of a stand-up that is gone."))
        room = tx.get(Room, run.room_id)
        if room is None or not rooms.is_member(tx, room):
            if not any(values.values()):
                continue
            raise not_inside(room)
        if run.state not in {State.PLANNED, State.OPEN, State.CLOSED}:
            if not any(values.values()):
                continue
            raise Refused(t("The stand-up of {day} did not take place.", day=str(run.day)))
        found.append((run, values))
    return found


def not_inside(room: Room | None) -> Refused:
    """Of an answer in a room that they are not in; of a private one not even its key is said."""
    if room is None or room.is_private:
        return Refused(
            t("You are not in that room any more, so your answer cannot be added there.")
        )
    return Refused(
        t(
            "You are no longer in {room}, so your answer cannot be added there.",
            room=Strong(room.key),
        )
    )


def _read(run: Run, values: Mapping[str, str], errors: dict[str, Msg]) -> Said:
    """The answers to what a run asks; what is wrong with one goes into `errors`, by its field."""
    said: Said = {}
    is_any = any(values.values())
    for asked in run.asks:
        try:
            value = value_of(asked, values.get(asked.id, ""))
        except Refused as refused:
            errors[f"r{run.id}_{asked.id}"] = refused.message
            continue
        if asked.is_required and is_any and value in {None, ""}:
            errors[f"r{run.id}_{asked.id}"] = t("Please answer this one.")
        said[asked.id] = value
    states = {
        name.removeprefix("item"): value
        for name, value in values.items()
        if name.startswith("item") and value in {"done", "blocked"}
    }
    return {**said, "items": states} if states else said


def value_of(asked: Question, text: str) -> str | int | None:
    """An answer as it is kept. Refused if it is too long, or no mood."""
    text = text.strip()
    if not text:
        return None
    if asked.kind is Kind.MOOD:
        if text[:1] in "12345" and (len(text) == 1 or not text[1].isdigit()):
            return int(text[0])
        sentence = t("Please say a number from {one} to {five}.", one=MOODS[0], five=MOODS[-1])
        raise Refused(sentence)
    if len(text) > LONGEST_ANSWER:
        sentence = t(
            "That is too long for a stand-up: at most {n} characters, and this has {length}.",
            n=LONGEST_ANSWER,
            length=len(text),
        )
        raise Refused(sentence)
    return text


def give(tx: Tx, run: Run, said: Said, now: datetime) -> tuple[Outcome, Turn]:
    """Note somebody's answer, show it, and have done what it says of items."""
    turn = queries.turn_of(tx, run.id, tx.asker, lock=True) or new_turn(tx, run, now)
    before = turn.said if turn.state == Stand.ANSWERED else {}
    known_items = before.get("items", {})
    if known_items or said.get("items"):
        said = {**said, "items": {**known_items, **said.get("items", {})}}
    was_answered = turn.state == Stand.ANSWERED
    is_same = was_answered and before == said
    changes: dict[str, Any] = {
        "state": str(Stand.ANSWERED),
        "answers": json.dumps(said, ensure_ascii=False),
        "step": None,
    }
    if was_answered:
        changes["edited_at"] = turn.edited_at if is_same else now
    else:
        changes["given_at"] = now
        changes["is_late"] = run.state == State.CLOSED
    tx.change(turn, **changes)
    room = tx.get(Room, run.room_id)
    assert room is not None, "a room is never deleted"
    shown = (*closing.post_answer(tx, run, room, turn), *closing.redraw_prompt(tx, turn))
    ended = closing.settle(tx, run, now)
    events = (*_events(tx, run, said, before), *ended.events)
    return Outcome(effects=(*shown, *ended.effects), events=events), turn


def new_turn(tx: Tx, run: Run, now: datetime) -> Turn:
    """Of somebody who is not asked, or whose run has not opened yet."""
    return tx.add(
        Turn(
            workspace_id=run.workspace_id,
            run_id=run.id,
            person_id=tx.asker,
            state=Stand.ASKED,
            ask_at=run.opens_at,
            close_at=run.closes_at,
        )
    )


def _is_over(tx: Tx, run: Run, said: Said, text: str) -> bool:
    """Whether the same answer says that this is no longer in the way.

    Then its words, which the form brought along from yesterday, were only left standing.
    """
    done = [int(number) for number, state in said.get("items", {}).items() if state == "done"]
    ended = [items.numbered(tx, run.room_id, number) for number in done]
    return any(item is not None and items.same_words(item.text, text) for item in ended)


def _events(tx: Tx, run: Run, said: Said, before: Said) -> list[Event]:
    """What an answer says of items, as far as it is new."""
    person = tx.asker
    found: list[Event] = []
    blockers = [asked.id for asked in run.asks if asked.kind is Kind.BLOCKER]
    text = next((str(said[each]) for each in blockers if said.get(each)), "")
    old = next((str(before[each]) for each in blockers if before.get(each)), "")
    known = before.get("items", {})
    for number, state in said.get("items", {}).items():
        if known.get(number) != state:
            found.append(ItemReported(run.room_id, int(number), person, state, text))
    is_new = text and text != old and text.casefold() not in NOTHING
    if is_new and not _is_over(tx, run, said, text):
        found.append(BlockerNamed(run.room_id, person, text, old))
    return found
