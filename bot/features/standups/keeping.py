"""What is kept of people: shown to them, handed to them, deleted for them; and exports."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from bot.core.chat import Button, Buttons, Card, Fields, Note, Paragraph, Tone, line
from bot.core.effects import Effect, SendFile
from bot.core.errors import Refused
from bot.core.platform import Say
from bot.core.text import Msg, t, tn
from bot.feature import Outcome
from bot.features.calendar.queries import leave_of
from bot.features.rooms import queries as rooms
from bot.features.rooms.queries import Access
from bot.features.standups import closing, queries
from bot.features.standups.commands import (
    DeleteMine,
    ExportMine,
    ExportStandups,
    ShowPrivacy,
)
from bot.features.standups.reading import read_past
from bot.features.standups.tables import Run, Stand, State, Turn
from storage.tx import Tx


def show_privacy(cmd: ShowPrivacy, tx: Tx, now: datetime) -> Outcome:
    """Say what is kept of who asks."""
    mine = (queries.turns.c.person_id == tx.asker, queries.turns.c.state == Stand.ANSWERED)
    answers = int(tx.value(select(func.count()).select_from(queries.turns).where(*mine)) or 0)
    leave = len(leave_of(tx, tx.asker))
    text = t(
        "I keep what you answer in stand-ups, when you did, and the days on which you are away. "
        "Everybody in the room sees an answer; why you are away only you can see. Who did not "
        "answer is not counted by name anywhere."
    )
    pairs: tuple[tuple[Msg, str | int], ...] = ((t("Answers"), answers), (t("Times away"), leave))
    buttons = (
        Button(t("Get my answers"), ExportMine()),
        Button(
            t("Delete my answers"),
            DeleteMine(sure=True),
            Tone.DANGER,
            confirm=t("Delete everything that you have answered? It cannot be brought back."),
        ),
    )
    note = Note(
        t(
            "Items that came of an answer belong to their room and stay. What is deleted goes from "
            "the chat too, unless it has stood there for more than a year."
        )
    )
    return Outcome(
        Say(
            Card(t("What is kept of you"), (Paragraph(text), Fields(pairs), note, Buttons(buttons)))
        )
    )


def export_mine(cmd: ExportMine, tx: Tx, now: datetime) -> Outcome:
    """Deliver to somebody what they have answered, to them alone."""
    query = {**_query(tx, "json"), "person": tx.asker}
    note = t("Everything that you have answered")
    sent = SendFile(tx.user(tx.asker), "standups", query, "my-standups.json", note, tx.reader)
    return Outcome(_on_its_way(tx), (sent,))


def _query(tx: Tx, form: str) -> dict[str, object]:
    return {
        "workspace": tx.workspace_id,
        "format": form,
        "lang": tx.reader.lang,
        "zone": tx.reader.zone,
    }


def delete_mine(cmd: DeleteMine, tx: Tx, now: datetime) -> Outcome:
    """Delete what somebody has answered; where it stands in a thread or a report, it goes too."""
    if not cmd.sure:
        return show_privacy(ShowPrivacy(), tx, now)
    turns = queries.turns
    is_kept = turns.c.answers.is_not(None) | turns.c.note.is_not(None)
    mine = select(turns).where(turns.c.person_id == tx.asker, is_kept)
    effects: list[Effect] = []
    given = 0
    found = tx.all(Turn, mine.order_by(turns.c.id).with_for_update())
    for turn in found:
        run = tx.get(Run, turn.run_id)
        was_given = turn.state == Stand.ANSWERED
        given += was_given
        tx.change(
            turn,
            answers=None,
            note=None,
            step=None,
            state=str(Stand.DELETED) if was_given else turn.state,
        )
        if run is not None and run.state in {State.OPEN, State.CLOSED}:
            effects += [*tx.redraw(turn.live), *closing.redraw_prompt(tx, turn)]
            effects += closing.redraw_all(tx, run)
    text = tn("{n} answer is deleted.", "{n} answers are deleted.", given)
    return Outcome(Say(line(text, Tone.GOOD)), tuple(effects))


def _on_its_way(tx: Tx) -> Say | None:
    """Said where they do not see it come."""
    return None if tx.is_direct else Say(line(t("The file is on its way to you.")))


def export_standups(cmd: ExportStandups, tx: Tx, now: datetime) -> Outcome:
    """Deliver answers as a file: a room's to the room, elsewhere one's own to the person alone."""
    since = ""
    if cmd.since:
        today = now.astimezone(ZoneInfo(tx.reader.zone)).date()
        try:
            since = str(read_past(cmd.since, today))
        except Refused as refused:
            raise Refused(refused.message, field="since") from refused
    query = {**_query(tx, cmd.format), "since": since}
    note = t("{who} exported the stand-ups", who=tx.mention(tx.asker))
    if cmd.room is None and rooms.here(tx) is None:
        query["person"] = tx.asker
        sent = SendFile(
            tx.user(tx.asker), "standups", query, f"standups.{cmd.format}", note, tx.reader
        )
        return Outcome(_on_its_way(tx), (sent,))
    room = rooms.room_for(tx, cmd.room, Access.SEE, closed=True)
    query["room"] = room.id
    name = f"standups-{room.key}.{cmd.format}"
    tx.record("standups.exported", note, room=room.id)
    is_theirs = rooms.can_hear(room) and rooms.is_member(tx, room)
    if is_theirs:
        query |= {"lang": rooms.reader(room).lang, "zone": rooms.reader(room).zone}
        to_room = SendFile(
            rooms.address(tx, room), "standups", query, name, note, rooms.reader(room)
        )
        is_here = tx.place is not None and tx.place.channel == room.channel
        told = None if is_here else Say(line(t("The file is on its way to the room.")))
        return Outcome(told, (to_room,))
    sent = SendFile(tx.user(tx.asker), "standups", query, name, note, tx.reader)
    return Outcome(_on_its_way(tx), (sent,))
