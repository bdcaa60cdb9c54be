"""A stand-up in words: when it is, for whom, and what is asked."""

from __future__ import annotations

from bot.core.chat import Block, Button, Buttons, Card, Entries, Entry, Fields, Note, Tone
from bot.core.commands import Option
from bot.core.keys import RoomKey
from bot.core.text import Code, Inline, Msg, Seq, When, t, tn
from bot.features.rooms.queries import Room
from bot.features.standups import queries
from bot.features.standups.commands import (
    CLOCKS,
    LAYOUTS,
    MISSING,
    PLACES,
    WHO,
    EditStandup,
    PauseStandup,
    ResumeStandup,
)
from bot.features.standups.schedule import MINUTES, WORKDAYS, clock
from bot.features.standups.tables import Standup
from storage.tx import Tx


def _label(options: tuple[Option, ...], value: str) -> Msg:
    return next(option.label for option in options if option.value == value)


def length(standup: Standup) -> str:
    """When it closes, as it is typed: "11:00", past midnight "480m"."""
    closes = standup.opens + standup.window
    return clock(closes) if closes < MINUTES else f"{standup.window}m"


def times(standup: Standup) -> Msg:
    """When it is, in a phrase."""
    span = f"{clock(standup.opens)}–{clock(standup.opens + standup.window)}"
    days: Inline = t("on working days") if standup.days == WORKDAYS else Code(standup.days)
    if standup.clock == "person":
        return t("{span}, {days}, at everybody's own local time", span=span, days=days)
    return t("{span}, {days}, in {zone}", span=span, days=days, zone=standup.zone)


def card(tx: Tx, standup: Standup, title: Msg) -> Card:
    """A stand-up as it is now."""
    who: Msg = _label(WHO, standup.who)
    if standup.who != "members":
        names = Seq(tuple(tx.person_by_id(each).name for each in standup.chosen))
        who = t("{who}: {names}", who=who, names=names)
    pairs: list[tuple[Msg, Inline]] = [
        (t("When"), times(standup)),
        (t("Who takes part"), who),
        (t("Where people answer"), _label(PLACES, standup.place)),
        (t("Of those who have not answered"), _label(MISSING, standup.missing)),
        (t("Reminder"), t("at 80% of the time") if standup.reminds else t("none")),
        (t("The report is ordered"), _label(LAYOUTS, standup.layout)),
    ]
    if standup.clock == "person":
        pairs.append((t("Whose clock"), _label(CLOCKS, standup.clock)))
    blocks: list[Block] = [Fields(tuple(pairs))]
    blocks.append(Entries(tuple(Entry(asked.label) for asked in standup.asks)))
    blocks.append(_next(tx, standup))
    if standup.removed_at is None:
        blocks.append(_buttons(tx, standup))
    return Card(title, tuple(blocks), Tone.INFO)


def _next(tx: Tx, standup: Standup) -> Note:
    if standup.removed_at is not None:
        return Note(t("It is removed. What was answered is kept."))
    if standup.paused_at is not None:
        return Note(t("It is paused."))
    run = queries.planned(tx, standup.id)
    if run is None:
        return Note(t("No date is ahead."))
    return Note(t("Next: {when}", when=When(run.opens_at)))


def _buttons(tx: Tx, standup: Standup) -> Buttons:
    room = tx.get(Room, standup.room_id)
    assert room is not None, "a room is never deleted"
    key = RoomKey(room.number)
    change = EditStandup(room=key, name=standup.name)
    if standup.paused_at is not None:
        other = Button(t("Resume"), ResumeStandup(room=key, name=standup.name))
    else:
        other = Button(t("Pause"), PauseStandup(room=key, name=standup.name))
    return Buttons((Button(t("Change…"), change, opens_form=True), other))


def line(standup: Standup, given: int | None = None) -> Msg:
    """A stand-up in one line, for the summary card of its room."""
    said = t("Stand-up {times}", times=times(standup))
    if standup.name:
        said = t("{name} {times}", name=standup.name, times=times(standup))
    if standup.paused_at is not None:
        return t("{what} (paused)", what=said)
    return (
        said if given is None else tn("{what}: {n} answer", "{what}: {n} answers", given, what=said)
    )
