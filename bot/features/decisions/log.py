"""The decision log of a room: exports that people ask for, and the one that closing it leaves."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select

from bot.core.chat import Card, Tone, line
from bot.core.effects import Address, Bookmark, Failure, Receipt, SendFile, User
from bot.core.events import RoomClosed
from bot.core.i18n import plain
from bot.core.platform import Say
from bot.core.reasons import reason
from bot.core.text import Msg, Reader, Strong, t
from bot.core.zones import zone_named
from bot.feature import Outcome
from bot.features.decisions import queries
from bot.features.decisions.access import room_of
from bot.features.decisions.export_commands import ExportDecisions
from bot.features.decisions.exports import SUFFIXES
from bot.features.decisions.past import parse_since
from bot.features.decisions.recording import read_tags
from bot.features.decisions.steps import Bookmarked, ExportSent, ExportTold
from bot.features.decisions.tables import Log
from bot.features.rooms import queries as rooms
from bot.features.rooms.queries import Access, Room
from storage.rows import table_of
from storage.tx import Tx

_log = table_of(Log)
_of_room = select(_log).where(_log.c.room_id == bindparam("room")).with_for_update()
#: What people read; the others are for programs.
_READABLE = "md"


def export_decisions(cmd: ExportDecisions, tx: Tx, now: datetime) -> Outcome:
    """Deliver decisions as a file: to the room if it is a room's, else to the person alone."""
    room = room_of(tx, cmd.room, Access.SEE, closed=True)
    is_document = cmd.to == "doc"
    form = _READABLE if is_document else cmd.format
    note = t("{who} exported the decisions", who=tx.mention(tx.asker))
    narrowed = _narrowed(cmd, tx, now)
    then = ExportTold(by=tx.asker, room=room.id if room else None)
    if room is not None and rooms.can_hear(room) and rooms.is_member(tx, room):
        effect = _to_room(tx, room, form, note, by=tx.asker, is_document=is_document)
        if cmd.is_narrowed:
            effect = replace(effect, query={**effect.query, **narrowed}, then=then)
    else:
        # A room reads all of its own, whoever asked; a person what they may know of.
        effect = SendFile(
            tx.user(tx.asker),
            "decisions",
            {**_query(tx, room, form, tx.reader, tx.asker), **narrowed},
            _filename(room, form),
            note,
            tx.reader,
            as_document=is_document,
            then=then,
        )
    tx.record("decisions.exported", note, room=room.id if room else None)
    to = effect.to
    is_here = tx.is_direct  # the file comes there, and says so itself
    if isinstance(to, Address):
        is_here = tx.place is not None and tx.place.channel == to.channel
    if is_here:
        return Outcome(effects=(effect,))
    where = (
        t("The file is on its way to you.")
        if isinstance(to, User)
        else t("The file is on its way to the room.")
    )
    return Outcome(Say(line(where)), (effect,))


def _narrowed(cmd: ExportDecisions, tx: Tx, now: datetime) -> dict[str, Any]:
    """Which decisions only, as `finding.Filter.of` reads it."""
    zone = zone_named(tx.reader.zone)
    since = parse_since(cmd.since, now=now, zone=zone) if cmd.since is not None else None
    tags = (read_tags(cmd.tag) or "").strip(",").split(",") if cmd.tag else []
    given = {
        "text": cmd.find,
        "by": cmd.by,
        "tags": tags,
        "since": since.isoformat() if since else None,
        "state": cmd.status,
    }
    return {name: value for name, value in given.items() if value}


def _to_room(
    tx: Tx, room: Room, form: str, note: Msg, *, by: int | None, is_document: bool
) -> SendFile:
    reader = rooms.reader(room)
    number = queries.last_number(tx, room.id)
    return SendFile(
        rooms.address(tx, room),
        "decisions",
        _query(tx, room, form, reader, None),
        _filename(room, form),
        note,
        reader,
        as_document=is_document,
        then=ExportSent(room=room.id, number=number, by=by, is_readable=form == _READABLE),
    )


def _query(
    tx: Tx, room: Room | None, form: str, reader: Reader, person: int | None
) -> dict[str, Any]:
    return {
        "workspace": tx.workspace_id,
        "room": room.id if room else None,
        "person": person,
        "format": form,
        "lang": reader.lang,
        "zone": reader.zone,
    }


def _filename(room: Room | None, form: str) -> str:
    return f"decisions{'-' + room.key if room else ''}.{SUFFIXES.get(form, form)}"


def send_log(event: RoomClosed, tx: Tx, now: datetime) -> Outcome:
    """A room was closed: leave its decisions there as a file, unless they are there already."""
    room = tx.get(Room, event.room)
    if room is None or not rooms.can_hear(room):
        return Outcome()
    last = queries.last_number(tx, room.id)
    sent = tx.first(Log, _of_room, {"room": room.id})
    if last == 0 or (sent is not None and sent.number >= last):
        return Outcome()
    note = t("The decisions of {room}", room=Strong(f"{room.key} {room.title}"))
    tx.record("decisions.exported", note, room=room.id)
    return Outcome(effects=(_to_room(tx, room, _READABLE, note, by=None, is_document=False),))


def export_sent(cmd: ExportSent, tx: Tx, now: datetime) -> Outcome:
    """The log is in the room: remember which decisions it has, and keep it at hand there."""
    room = rooms.locked(tx, cmd.room)
    if isinstance(cmd.receipt, Failure):
        return _failed(tx, cmd.receipt, room.id, cmd.by or room.lead_id)
    sent = tx.first(Log, _of_room, {"room": room.id})
    if sent is None:
        tx.add(Log(room_id=room.id, number=cmd.number, sent_at=now))
    else:
        tx.change(sent, number=max(sent.number, cmd.number), sent_at=now)
    link = (cmd.receipt or Receipt()).link
    if not link or not cmd.is_readable or not rooms.can_hear(room):
        return Outcome()
    title = plain(t("Decision log"), rooms.reader(room))
    then = Bookmarked(room=room.id)
    return Outcome(effects=(Bookmark(rooms.address(tx, room), title, link, then=then),))


def export_told(cmd: ExportTold, tx: Tx, now: datetime) -> Outcome:
    """The file was delivered. If it was not, who asked for it is told why."""
    if isinstance(cmd.receipt, Failure):
        return _failed(tx, cmd.receipt, cmd.room, cmd.by)
    return Outcome()


def _failed(tx: Tx, failure: Failure, room: int | None, to: int | None) -> Outcome:
    text = t("The decisions could not be delivered: {why}", why=reason(failure.code))
    tx.record("decisions.export_failed", text, room=room)
    return Outcome(effects=(tx.direct(to, Card(text, (), Tone.WARNING)),) if to else ())


def bookmarked(cmd: Bookmarked, tx: Tx, now: datetime) -> Outcome:
    """The link is at hand. If it is not, no harm is done: the file is in the room all the same."""
    return Outcome()
