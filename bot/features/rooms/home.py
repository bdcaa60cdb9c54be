"""War rooms on somebody's own page."""

from __future__ import annotations

from bot.core.chat import Block, Button, Buttons, Entries, Entry, Heading, Note, Tone
from bot.core.events import HomeSections, NextReminders, Reminder, RoomActions
from bot.core.keys import RoomKey
from bot.core.text import When, t, tn
from bot.features.rooms import queries, wording
from bot.features.rooms.commands import OpenRoom, SetStatus
from bot.features.rooms.tables import Room, Status
from storage.tx import Tx

#: As many stand on the page; the rest are counted.
_SHOWN = 10
#: More than anybody is in at once.
_MOST = 100


def sections(question: HomeSections, tx: Tx) -> tuple[Block, ...]:
    """The open rooms that they are in, the newest first, and a button that opens one."""
    button: tuple[Block, ...] = ()
    if queries.can_see(tx, None, question.person):
        opens = Button(t("Open a war room"), OpenRoom(title=""), opens_form=True)
        button = (Buttons((opens,)),)
    found = queries.open_rooms_of(tx, question.person, at_most=_MOST)
    if not found:
        return (Heading(t("Your war rooms")), Note(t("You are in no open war room.")), *button)
    shown = tuple(_listed(tx, room) for room in found[:_SHOWN])
    title = tn("{n} war room of yours", "{n} war rooms of yours", len(found))
    return (Heading(title), Entries(shown, more=len(found) - len(shown)), *button)


def _listed(tx: Tx, room: Room) -> Entry:
    facts = t(
        "Severity {severity} · {status} · {place}",
        severity=wording.severity(room.severity),
        status=wording.status(room.status),
        place=wording.place(room),
    )
    if room.next_update_at is not None:
        facts = t("{facts} · next update by {when}", facts=facts, when=When(room.next_update_at))
    update_form = SetStatus(room=RoomKey(room.number), status=Status(room.status))
    more = [button for buttons in tx.ask(RoomActions(room.id)) for button in buttons]
    update = Button(t("Post an update"), update_form, Tone.INFO, opens_form=True)
    return Entry(wording.name(room), facts, (*more, update))


def reminders(question: NextReminders, tx: Tx) -> tuple[Reminder, ...]:
    """The updates that the rooms which they lead have promised."""
    return tuple(
        Reminder(room.next_update_at, t("{room}: the promised update", room=wording.name(room)))
        for room in queries.led_by(tx, question.person)
        if room.next_update_at is not None
    )
