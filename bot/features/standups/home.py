"""Stand-ups on somebody's own page, and on the summary card of a room."""

from __future__ import annotations

from datetime import timedelta

from bot.core.chat import Block, Buttons, Entries, Entry, Heading, Note
from bot.core.events import HomeSections, NextReminders, Reminder, RoomSections
from bot.core.text import Strong, When, t
from bot.features.rooms.queries import Room
from bot.features.standups import cards, overview, queries
from bot.features.standups.tables import Run, Stand
from storage.tx import Tx

_SHOWN = 5
_AHEAD = timedelta(days=14)


def sections(question: HomeSections, tx: Tx) -> tuple[Block, ...]:
    """What is open for somebody now."""
    open_runs = queries.open_runs(tx, question.person)
    turns = queries.turns_in(tx, question.person, (run.id for run in open_runs))
    mine = [run for run in open_runs if run.id in turns and turns[run.id].state == Stand.ASKED]
    if not mine:
        return ()
    entries = tuple(
        Entry(_name(tx, run), t("until {when}", when=When(turns[run.id].close_at)))
        for run in mine[:_SHOWN]
    )
    button = cards.answer_button(mine, question.person)
    listed = Entries(entries, more=len(mine) - len(entries))
    return (Heading(t("Your stand-ups")), listed, Buttons((button,)))


def _name(tx: Tx, run: Run) -> Strong:
    room = tx.get(Room, run.room_id)
    return Strong(f"{room.key} {room.title}" if room else "")


def reminders(question: NextReminders, tx: Tx) -> tuple[Reminder, ...]:
    """When the next stand-ups of somebody's rooms open."""
    found = queries.coming_runs(tx, question.person, until=tx.now + _AHEAD)
    return tuple(
        Reminder(run.opens_at, t("Stand-up of {room}", room=_name(tx, run)))
        for run in found[:_SHOWN]
        if run.opens_at > tx.now
    )


def on_the_card(question: RoomSections, tx: Tx) -> tuple[Block, ...]:
    """When a room's stand-ups are: a line each. How many have answered the thread says."""
    return tuple(Note(overview.line(each)) for each in queries.of_room(tx, question.room))
