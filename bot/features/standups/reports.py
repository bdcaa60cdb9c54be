"""The report of a run: what is in the way, who said what, who is away, how it has been lately."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bot.core.chat import Block, Card, Entries, Entry, Heading, Note, Paragraph, Tone
from bot.core.text import AnyInline, Inline, Msg, Seq, Strong, t, tn
from bot.core.words import shortened
from bot.features.items import queries as items
from bot.features.rooms.queries import Room
from bot.features.standups import queries
from bot.features.standups.questions import MOODS, Kind, Question
from bot.features.standups.tables import Run, Stand, Standup, State, Turn
from storage.tx import Tx

#: As much of an answer as the report has; the thread has it whole.
_ANSWER = 300
#: Runs that the small trend looks back on.
_LOOKS_BACK = 10
_BARS = "▁▂▃▄▅▆▇█"
_FACES = ("😞", "😕", "😐", "🙂", "😀")


def mood(value: int | str) -> str:
    """A mood from 1 to 5, with a face to it."""
    return f"{_FACES[int(value) - 1]} {value}"


def report(tx: Tx, run: Run) -> Card:
    """The report of a run, as it is by now: late answers are in it."""
    standup = queries.standup(tx, run.standup_id)
    room = tx.get(Room, run.room_id)
    assert room is not None, "a room is never deleted"
    turns = queries.turns_of(tx, run.id)
    given = [turn for turn in turns if turn.state == Stand.ANSWERED]
    blocks: list[Block] = list(_blockers(tx, run, given))
    by_question = standup.layout == "question"
    blocks += _by_question(tx, run, given) if by_question else _by_person(tx, run, given)
    if not given:
        blocks.append(Paragraph(t("Nobody had anything to say.")))
    blocks += _absent(tx, turns)
    blocks += _missing(tx, run, standup, turns)
    blocks += _trend(tx, run)
    name = Strong(f"{room.key} {room.title}")
    title = t("Report of {day}: {room}", day=str(run.day), room=name)
    if standup.name:
        title = t("Report of {day}: {room}, {name}", day=str(run.day), room=name, name=standup.name)
    return Card(title, tuple(blocks), Tone.INFO)


def copy(tx: Tx, run: Run) -> Card:
    """The report as a second channel has it: a room that has become private says no more there."""
    room = tx.get(Room, run.room_id)
    if room is None or room.is_private:
        return Card(t("This report is no longer shown here."))
    return report(tx, run)


def _blockers(tx: Tx, run: Run, turns: Sequence[Turn]) -> Iterable[Block]:
    """Those that were open when the run closed, or when somebody last added to it."""
    said = [at for turn in turns for at in (turn.given_at, turn.edited_at) if at is not None]
    at = max([run.closed_at or tx.now, *said])
    room = tx.get(Room, run.room_id)
    zone = ZoneInfo(room.zone if room is not None else "UTC")
    found = items.blockers_at(tx, run.room_id, at)
    if not found:
        return
    yield Heading(tn("{n} blocker", "{n} blockers", len(found)))
    yield Entries(
        tuple(
            Entry(
                t("{key} {text}", key=Strong(str(i.key)), text=shortened(i.text, _ANSWER)),
                _owned(tx, i, at, zone),
            )
            for i in found
        )
    )


def _owned(tx: Tx, item: items.Item, now: datetime, zone: ZoneInfo) -> Msg:
    """Whose it is and how old: in days of the room's calendar, not of 24 hours."""
    who: Inline = (
        tx.person_by_id(item.owner_id).name if item.owner_id is not None else t("nobody yet")
    )
    days = (now.astimezone(zone).date() - item.added_at.astimezone(zone).date()).days
    if days <= 0:
        return t("{who} · new today", who=who)
    return tn("{who} · for {n} day", "{who} · for {n} days", days, who=who)


def _author(name: Strong, turn: Turn) -> Msg:
    """Whose answer it is, and whether it came late or is not all of it."""
    if turn.is_late:
        return t("{who} (late)", who=name)
    return t("{who} (in part)", who=name) if turn.is_partial else t("{who}", who=name)


def _by_person(tx: Tx, run: Run, given: Sequence[Turn]) -> Iterable[Block]:
    for turn in given:
        name = Strong(tx.person_by_id(turn.person_id).name)
        yield Heading(_author(name, turn))
        for asked in run.asks:
            if (said := _said(asked, turn)) is not None:
                yield Paragraph(t("{question} {answer}", question=asked.label, answer=said))


def _by_question(tx: Tx, run: Run, given: Sequence[Turn]) -> Iterable[Block]:
    for asked in run.asks:
        entries = []
        for turn in given:
            said = _said(asked, turn)
            if said is not None:
                name = Strong(tx.person_by_id(turn.person_id).name)
                who = _author(name, turn)
                entries.append(Entry(t("{who}: {answer}", who=who, answer=said)))
        if entries:
            yield Heading(asked.label)
            yield Entries(tuple(entries))


def _said(asked: Question, turn: Turn) -> str | None:
    said = turn.said.get(asked.id)
    if said in {None, ""}:
        return None
    return mood(str(said)) if asked.kind is Kind.MOOD else shortened(str(said), _ANSWER)


def _names(tx: Tx, turns: Iterable[Turn], *, mentioned: bool = False) -> Seq:
    found: list[AnyInline] = []
    for turn in turns:
        who = tx.mention(turn.person_id)
        found.append(who if mentioned else who.name)
    return Seq(tuple(found))


def _absent(tx: Tx, turns: Sequence[Turn]) -> Iterable[Block]:
    away = [turn for turn in turns if turn.state == Stand.AWAY]
    if away:
        yield Note(t("Away: {names}", names=_names(tx, away)))
    skipped = [turn for turn in turns if turn.state == Stand.SKIPPED]
    if skipped:
        yield Note(
            t("Not today: {names}", names=Seq(tuple(_skipped(tx, each) for each in skipped)))
        )


def _skipped(tx: Tx, turn: Turn) -> AnyInline:
    """Who skips, with their word for it if they left one."""
    name = tx.mention(turn.person_id).name
    return t("{who} ({why})", who=name, why=turn.note) if turn.note else name


def _missing(tx: Tx, run: Run, standup: Standup, turns: Sequence[Turn]) -> Iterable[Block]:
    missing = queries.missing(tx, run, turns) if standup.missing != "nothing" else []
    if missing:
        names = _names(tx, missing, mentioned=standup.missing == "mentioned")
        yield Note(t("Still to come: {names}", names=names))


def _trend(tx: Tx, run: Run) -> Iterable[Block]:
    """How it has been lately, the room as a whole: nobody is compared with anybody."""
    found = queries.history(tx, run.standup_id, until=run.day, count=_LOOKS_BACK)
    past = [each for each in reversed(found) if each.state == State.CLOSED]
    if len(past) < 2:  # noqa: PLR2004  one run is no trend
        return
    ids = [each.id for each in past]
    turns = tx.all(Turn, select(queries.turns).where(queries.turns.c.run_id.in_(ids)))
    shares: list[float] = []
    moods: list[float] = []
    for each in past:
        mine = [turn for turn in turns if turn.run_id == each.id]
        expected = [turn for turn in mine if turn.counts]
        given = [turn for turn in mine if turn.state == Stand.ANSWERED]
        shares.append(len(given) / len(expected) if expected else 1.0)
        felt = [int(v) for turn in given if (v := turn.said.get("mood")) not in {None, ""}]
        moods += [sum(felt) / len(felt)] if felt else []
    bars = _bars(shares, 0.0, 1.0)
    share = t("{percent}%", percent=round(shares[-1] * 100))
    yield Note(t("Answers lately: {bars} {now}", bars=bars, now=share))
    if moods:
        bars = _bars(moods, float(MOODS[0]), float(MOODS[-1]))
        yield Note(t("Mood lately: {bars} {now}", bars=bars, now=round(moods[-1], 1)))


def _bars(values: Iterable[float], least: float, most: float) -> str:
    top = len(_BARS) - 1
    return "".join(_BARS[round((value - least) / (most - least) * top)] for value in values)
