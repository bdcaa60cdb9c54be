"""Stand-ups as cards: what people are sent, the head of a thread, an answer in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.core.chat import (
    Block,
    Button,
    Buttons,
    Card,
    Entries,
    Entry,
    Heading,
    Note,
    Paragraph,
    Progress,
    Quote,
    Tone,
)
from bot.core.text import Msg, Strong, When, t, tn
from bot.features.items import queries as items
from bot.features.rooms.queries import Room
from bot.features.standups import queries, reports
from bot.features.standups.commands import AnswerStandup, SkipStandup
from bot.features.standups.questions import Kind, Question
from bot.features.standups.tables import LATE, Run, Stand, Standup, State, Turn
from storage.tx import Tx

report = reports.report


@dataclass(frozen=True, slots=True)
class Part:
    """A room in what somebody is asked."""

    room: Room
    standup: Standup
    run: Run
    turn: Turn

    @property
    def place(self) -> Msg:
        """Which stand-up it is, in a list."""
        if self.standup.name:
            name = Strong(f"{self.room.key} {self.room.title}")
            return t("{room}, {name}", room=name, name=self.standup.name)
        return t("{room}", room=Strong(f"{self.room.key} {self.room.title}"))

    @property
    def is_open(self) -> bool:
        """Whether it still waits for their answer."""
        return self.run.state == State.OPEN and self.turn.state in {Stand.DUE, Stand.ASKED}


def name_of(standup: Standup) -> Msg:
    """A stand-up, in a title."""
    return t("{name}", name=standup.name) if standup.name else t("Stand-up")


def answer_button(runs: Sequence[Run], person: int | None, label: Msg | None = None) -> Button:
    """Opens the form, of one person or of whoever presses it."""
    command = AnswerStandup(
        runs=" ".join(str(run.id) for run in runs), whose="" if person is None else str(person)
    )
    return Button(label or t("Answer"), command, Tone.GOOD, opens_form=True)


def prompt(parts: Sequence[Part], person: int, now: datetime) -> Card:
    """What somebody is asked, in all their rooms."""
    until = When(parts[0].turn.close_at, "time")
    title = t("Stand-up of {room}: please answer until {time}", room=parts[0].place, time=until)
    blocks: list[Block] = []
    if len(parts) > 1:
        title = tn("Stand-up of {n} room", "Stand-ups of {n} rooms: one form", len(parts))
        blocks.append(Entries(tuple(_part(part) for part in parts)))
    if any(now - part.turn.ask_at > LATE for part in parts):
        blocks.append(Note(t("It opens late today: Muster was not running.")))
    talk = next((part for part in parts if part.standup.place == "dm"), None)
    if talk is not None:
        blocks += question(talk.run.asks, 0)
        if len(talk.run.asks) > 1:
            blocks.append(Note(t("What you have answered by then counts, even if it is not all.")))
    elif any(part.standup.place == "thread" for part in parts):
        blocks.append(Note(t("You can also answer straight in the thread there.")))
    blocks.append(_buttons([part.run for part in parts], person))
    return Card(title, tuple(blocks), Tone.INFO)


def prompted(parts: Sequence[Part], person: int, now: datetime) -> Card:
    """What they were asked, as it stands: by room, what has become of it."""
    if all(part.is_open for part in parts):
        return prompt(parts, person, now)
    open_runs = [part.run for part in parts if part.is_open]
    answered = [part.run for part in parts if part.turn.state == Stand.ANSWERED]
    buttons: tuple[Block, ...] = ()
    if open_runs:
        buttons = (_buttons(open_runs, person),)
    elif answered:
        change = answer_button(answered, person, t("Change answer"))
        buttons = (Buttons((replace(change, tone=Tone.NEUTRAL),)),)
    elif late := [part.run for part in parts if part.turn.state in _CAN_STILL]:
        is_over = all(run.state == State.CLOSED for run in late)
        label = t("Answer late") if is_over else t("Answer after all")
        buttons = (Buttons((replace(answer_button(late, person, label), tone=Tone.NEUTRAL),)),)
    tone = Tone.INFO if open_runs else Tone.DONE
    if len(parts) == 1:
        title = t("Stand-up of {room}: {state}", room=parts[0].place, state=_became(parts[0]))
        return Card(title, buttons, tone)
    title = tn("Stand-up of {n} room", "Stand-ups of {n} rooms: one form", len(parts))
    lines = Entries(tuple(Entry(part.place, _became(part)) for part in parts))
    return Card(title, (lines, *buttons), tone)


#: Who stands so can answer all the same.
_CAN_STILL = {Stand.DUE, Stand.ASKED, Stand.SKIPPED}


_BECAME = {
    Stand.ANSWERED: t("answered"),
    Stand.SKIPPED: t("skipped today"),
    Stand.AWAY: t("you are away"),
    Stand.DELETED: t("you took your answer back"),
}


def _became(part: Part) -> Msg:
    """How somebody's turn stands, in a few words."""
    if part.is_open:
        return t("until {time}", time=When(part.turn.close_at, "time"))
    if part.turn.is_partial:
        return t("answered in part")
    return _BECAME.get(Stand(part.turn.state), t("closed without your answer"))


def _part(part: Part) -> Entry:
    return Entry(part.place, t("until {time}", time=When(part.turn.close_at, "time")))


def _buttons(runs: Sequence[Run], person: int | None) -> Buttons:
    return Buttons((answer_button(runs, person), Button(t("Skip today"), SkipStandup())))


def reminder(parts: Sequence[Part], person: int) -> Card:
    """Said to one person alone, and once."""
    until = When(min(part.turn.close_at for part in parts), "time")
    title = t("There is still time for the stand-up, until {time}", time=until)
    one = len(parts) == 1  # its time is in the title
    entries = tuple(Entry(part.place) if one else _part(part) for part in parts)
    buttons = _buttons([part.run for part in parts], person)
    return Card(title, (Entries(entries), buttons), Tone.INFO)


def question(asked: Sequence[Question], step: int) -> list[Block]:
    """One question of a conversation."""
    count = t("{n} of {all}", n=step + 1, all=len(asked))
    hint = t("Write your answer here. A {dash} leaves it out.", dash=Strong("-"))
    return [Heading(t("{count}: {question}", count=count, question=asked[step].label)), Note(hint)]


# The thread.


def root(tx: Tx, run: Run) -> Card:
    """The head of a run's thread: it counts the answers in place."""
    standup = queries.standup(tx, run.standup_id)
    turns = queries.turns_of(tx, run.id)
    given = sum(turn.state == Stand.ANSWERED for turn in turns)
    expected = given + len(queries.missing(tx, run, turns))
    if run.state == State.CLOSED:
        return _closed(tx, run, standup, given, expected)
    if run.state == State.QUIET:
        title = t("{what} of {day}", what=name_of(standup), day=str(run.day))
        return Card(title, (Note(t("Everybody is away.")),), Tone.DONE)
    title = t("{what} of {day}", what=name_of(standup), day=str(run.day))
    blocks: list[Block] = [_until(run, standup)]
    if run.is_late and run.opened_at is not None:
        text = t(
            "Opened late, at {time}: Muster was not running.", time=When(run.opened_at, "time")
        )
        blocks.append(Note(text))
    share = given / expected if expected else 0.0
    blocks.append(Progress(t("Answers"), share, t("{n} of {all}", n=given, all=expected)))
    if standup.place == "thread":
        blocks.append(Note(t("Answer straight in this thread; the form works too.")))
    blocks.append(_buttons([run], None))
    return Card(title, tuple(blocks), Tone.INFO)


def _until(run: Run, standup: Standup) -> Paragraph:
    if standup.clock == "person":
        return Paragraph(t("Everybody is asked at their own local time. The answers stand below."))
    return Paragraph(t("Until {when}. The answers stand below.", when=When(run.closes_at)))


def _closed(tx: Tx, run: Run, standup: Standup, given: int, expected: int) -> Card:
    title = t("{what} of {day}: closed", what=name_of(standup), day=str(run.day))
    said = t("{n} of {all} answered. The report stands below.", n=given, all=expected)
    blocks: list[Block] = [Paragraph(said)]
    in_the_way = len(items.blockers(tx, run.room_id))
    if in_the_way:
        blocks.append(Note(tn("{n} open blocker", "{n} open blockers", in_the_way)))
    blocks.append(Buttons((answer_button([run], None, t("Answer late")),)))
    return Card(title, tuple(blocks), Tone.DONE)


def answer(tx: Tx, run: Run, turn: Turn) -> Card:
    """An answer in the thread."""
    name = Strong(tx.person_by_id(turn.person_id).name)
    if turn.state != Stand.ANSWERED:
        return Card(t("{who} took the answer back.", who=name))
    blocks: list[Block] = []
    for asked in run.asks:
        blocks += _answered(asked, turn.said.get(asked.id))
    done = turn.said.get("items", {})
    for state, label in (("done", t("Done")), ("blocked", t("Blocked"))):
        keys = [number for number, each in done.items() if each == state]
        if keys:
            said = ", ".join(f"#{number}" for number in keys)
            blocks.append(Note(t("{label}: {items}", label=label, items=said)))
    if turn.is_partial:
        blocks.append(Note(t("Answered in part: the stand-up closed before the last question.")))
    if turn.is_late:
        blocks.append(Note(t("Added after it had closed.")))
    if turn.edited_at is not None:
        blocks.append(Note(t("Changed {when}", when=When(turn.edited_at))))
    return Card(t("{who} answered", who=name), tuple(blocks))


def _answered(asked: Question, said: Any) -> list[Block]:
    if said in {None, ""}:
        return []
    if asked.kind is Kind.MOOD:
        return [Paragraph(t("{question} {mood}", question=asked.label, mood=reports.mood(said)))]
    return [Heading(asked.label), Quote(str(said))]
