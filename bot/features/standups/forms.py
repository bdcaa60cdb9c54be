"""The form of an answer: a section a room, with what is known filled in.

A field is called `r12_since`: the run's id, and the question's; `r12_item3` says of item 3 of the
room how it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.chat import Choice, FieldKind, Form, FormField
from bot.core.errors import Refused
from bot.core.events import DrawForm
from bot.core.text import Msg, Slash, Strong, When, t
from bot.core.words import shortened
from bot.features.items import queries as items
from bot.features.rooms import queries as rooms
from bot.features.rooms.queries import Room
from bot.features.standups import queries, reports
from bot.features.standups.commands import AnswerStandup
from bot.features.standups.questions import LONGEST_ANSWER, MOODS, Kind, Question
from bot.features.standups.tables import Run, State, Turn
from storage.tables import Person
from storage.tx import Tx

#: Slack draws 100 blocks at most: an input is one, a heading one, an error one.
_MOST_FIELDS = 45
#: Items of theirs that a section asks about.
_ITEMS = 5
_NAME = re.compile(r"r(\d{1,18})_(.{1,40})")


@dataclass(frozen=True, slots=True)
class About:
    """A run that somebody may answer, and their turn in it if they have one."""

    run: Run
    room: Room
    name: str
    turn: Turn | None


def answerable(tx: Tx, named: Sequence[int], now: datetime) -> list[About]:
    """The runs that who asks can answer now: those named, and all that are open.

    With what is open comes what opens before that closes, so that one form does for the day. Where
    nothing is, what has closed last. The room in which they ask comes first.
    """
    found = {run.id: run for run in _named(tx, named)}
    still = queries.open_runs(tx, tx.asker)
    if not any(run.state == State.CLOSED for run in found.values()):
        found |= {run.id: run for run in still}
        until = max((run.closes_at for run in found.values()), default=None)
        if until is not None:
            found |= {run.id: run for run in queries.coming_runs(tx, tx.asker, until=until)}
    if not found:
        closed = queries.closed_runs(tx, tx.asker, since=now - queries.LATE_FOR)
        for run in closed:
            if all(run.standup_id != each.standup_id for each in found.values()):
                found[run.id] = run
    turns = queries.turns_in(tx, tx.asker, found)
    here = rooms.here(tx)
    about = [_about(tx, run, turns.get(run.id)) for run in found.values()]
    about.sort(key=lambda each: here is None or each.room.id != here.id)
    return about


def _named(tx: Tx, named: Iterable[int]) -> Iterable[Run]:
    for number in named:
        run = tx.get(Run, number)
        if run is None or run.workspace_id != tx.workspace_id:
            continue
        room = tx.get(Room, run.room_id)
        is_there = run.state in {State.PLANNED, State.OPEN, State.CLOSED}
        if room is not None and is_there and rooms.is_member(tx, room):
            yield run


def _about(tx: Tx, run: Run, turn: Turn | None) -> About:
    room = tx.get(Room, run.room_id)
    assert room is not None, "a room is never deleted"
    return About(run, room, queries.standup(tx, run.standup_id).name, turn)


def run_ids(text: str) -> list[int]:
    """The runs that a form hands back; what is no number is none of ours."""
    words = text.split()[:50]
    return [int(word) for word in words if word.isascii() and word.isdigit() and len(word) < 19]  # noqa: PLR2004  what an id fits in


def parse_name(name: str) -> tuple[int, str] | None:
    """The run and the question of a field; None if it is no field of ours."""
    found = _NAME.fullmatch(name)
    return (int(found[1]), found[2]) if found else None


def draw(question: DrawForm, tx: Tx) -> Form:
    """The form for who asks. Refused if there is nothing that they could answer."""
    whose = question.kept.get("whose", "")
    if whose not in {"", str(tx.asker)}:
        raise not_yours(tx, whose)
    about = answerable(tx, run_ids(question.kept.get("runs", "")), tx.now)
    if not about:
        raise _nothing(tx)
    fields: list[FormField] = []
    shown: list[About] = []
    for each in about:
        section = _section(tx, each)
        if shown and len(fields) + len(section) > _MOST_FIELDS:
            break
        shown.append(each)
        fields += section
    kept = {"runs": " ".join(str(each.run.id) for each in shown), "whose": str(tx.asker)}
    intro = None
    if len(shown) < len(about):
        intro = t("There are more rooms: answer these first, then ask for the form again.")
    return Form(AnswerStandup.spec.path, t("Stand-up"), tuple(fields), t("Send"), kept, intro)


def not_yours(tx: Tx, whose: str) -> Refused:
    """Of the form of somebody else."""
    number = int(whose) if whose.isascii() and whose.isdigit() and len(whose) < 19 else 0  # noqa: PLR2004  what an id fits in
    person = tx.get(Person, number)
    if person is None or person.workspace_id != tx.workspace_id:
        return Refused(
            t("Everybody answers for themselves. Say {answer}.", answer=Slash("standup answer"))
        )
    sentence = t(
        "That form is for {who}. Everybody answers for themselves: say {answer}.",
        who=Strong(person.name),
        answer=Slash("standup answer"),
    )
    return Refused(sentence)


def _nothing(tx: Tx) -> Refused:
    soon = queries.coming_runs(tx, tx.asker, until=datetime.max.replace(tzinfo=tx.now.tzinfo))
    if not soon:
        return Refused(t("None of your rooms has a stand-up."))
    room = tx.get(Room, soon[0].room_id)
    key = room.key if room else ""
    sentence = t(
        "There is no stand-up to answer now. The next one is that of {room}, {when}.",
        room=Strong(key),
        when=When(soon[0].opens_at),
    )
    return Refused(sentence)


# A section.


def _section(tx: Tx, about: About) -> list[FormField]:
    said = about.turn.said if about.turn is not None else {}
    before = queries.before(tx, about.run, tx.asker) if not said else None
    mine = items.of_person_in(tx, about.room.id, tx.asker, count=_ITEMS)
    fields = [_field(tx, about, asked, said, before) for asked in about.run.asks]
    fields += [_item(about, item, said) for item in mine]
    return [replace(fields[0], section=_heading(about)), *fields[1:]]


def _heading(about: About) -> Msg:
    name = Strong(f"{about.room.key} {about.room.title}")
    what = t("{room}, {name}", room=name, name=about.name) if about.name else t("{room}", room=name)
    if about.run.state == State.CLOSED:
        return t("{room}: late, for {day}", room=what, day=str(about.run.day))
    return what


def _field(
    tx: Tx, about: About, asked: Question, said: dict[str, object], before: Turn | None
) -> FormField:
    name = f"r{about.run.id}_{asked.id}"
    value = str(said.get(asked.id) or "")
    if asked.kind is Kind.MOOD:
        choices = tuple(Choice(str(each), t("{mood}", mood=reports.mood(each))) for each in MOODS)
        return FormField(
            name, FieldKind.SELECT, asked.label, asked.is_required, value, choices=choices
        )
    if not said and before is not None:
        value = _from_before(tx, about, asked, before)
    return FormField(
        name,
        FieldKind.LONG,
        asked.label,
        asked.is_required,
        value,
        max_length=LONGEST_ANSWER,
    )


def _from_before(tx: Tx, about: About, asked: Question, before: Turn) -> str:
    """What the last answer says of today: its plan may be done, a blocker may still be there."""
    if asked.id == "since":
        plan = [q.id for q in about.run.asks if q.kind is Kind.NEXT]
        return str(next((before.said.get(each) or "" for each in plan), ""))
    if asked.kind is Kind.BLOCKER:
        still = items.blockers(tx, about.room.id, tx.asker)
        text = str(before.said.get(asked.id) or "")
        return text if any(items.same_words(item.text, text) for item in still) else ""
    return ""


def _item(about: About, item: items.Item, said: dict[str, object]) -> FormField:
    """How an item of theirs stands."""
    label = t("{key} {text}", key=Strong(str(item.key)), text=shortened(item.text, 100))
    states = [Choice("done", t("Done")), Choice("blocked", t("Blocked"))]
    if item.kind == items.Kind.BLOCKER:
        states = [Choice("done", t("No longer in the way"))]
    return FormField(
        f"r{about.run.id}_item{item.number}", FieldKind.SELECT, label, choices=tuple(states),
        hint=t("Leave it empty if nothing has changed"),
    )  # fmt: skip
