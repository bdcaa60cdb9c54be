"""What people do with decisions."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

from bot.core.chat import line
from bot.core.effects import Address, SendFile, User
from bot.core.events import DecisionRecorded, RoomTouched
from bot.core.keys import RoomKey
from bot.core.platform import Say
from bot.core.text import Strong, t
from bot.feature import Outcome
from bot.features.decisions import cards, queries
from bot.features.decisions.commands import ExportDecisions, ListDecisions, RecordDecision
from bot.features.decisions.queries import decisions
from bot.features.decisions.tables import Decision
from bot.features.rooms import queries as rooms
from bot.features.rooms.queries import Access, Room
from storage.tx import Tx

PAGE = 10


def record_decision(cmd: RecordDecision, tx: Tx, now: datetime) -> Outcome:
    """Record a decision, in a room or for the workspace as a whole."""
    room = _room(tx, cmd.room, Access.MEMBER)
    decision = tx.add(
        Decision(
            workspace_id=tx.workspace_id,
            number=tx.next_number("decisions_made"),
            room_id=room.id if room else None,
            title=cmd.title,
            why=cmd.why,
            instead_of=cmd.instead_of,
            decided_by=tx.asker,
            decided_at=now,
        )
    )
    text = t("{who} decided {decision}", who=tx.mention(tx.asker), decision=cards.name(decision))
    tx.record("decision.recorded", text, room=room.id if room else None)
    card = cards.recorded(tx, decision)
    if room is None:
        return Outcome(Say(card), (), (DecisionRecorded(decision.id, None),))
    return Outcome(
        rooms.answer(tx, room, card),
        rooms.tell(tx, room, card),
        (DecisionRecorded(decision.id, room.id), RoomTouched(room.id)),
    )


def _room(tx: Tx, key: RoomKey | None, access: Access, *, closed: bool = False) -> Room | None:
    """The room that is meant, if any: decisions can also be the workspace's own."""
    if key is None and rooms.here(tx) is None:
        return None
    return rooms.room_for(tx, key, access, lock=access is not Access.SEE, closed=closed)


def list_decisions(cmd: ListDecisions, tx: Tx, now: datetime) -> Outcome:
    """List decisions, the newest first."""
    room = _room(tx, cmd.room, Access.SEE, closed=True)
    query = (
        select(decisions)
        .where(decisions.c.workspace_id == tx.workspace_id)
        .order_by(decisions.c.number.desc())
        .limit(PAGE + 1)
    )
    query = query.where(decisions.c.room_id == room.id if room else queries.visible(tx.asker))
    if cmd.before is not None:
        query = query.where(decisions.c.number < int(cmd.before))
    found = tx.all(Decision, query)
    page = found[:PAGE]
    more = None
    if len(found) > PAGE:
        key = RoomKey(room.number) if room else None
        more = replace(cmd, room=key, before=float(page[-1].number))
    title = t("Decisions of {room}", room=Strong(room.key)) if room else t("Decisions")
    return Outcome(Say(cards.listing(tx, title, page, more)))


def export_decisions(cmd: ExportDecisions, tx: Tx, now: datetime) -> Outcome:
    """Deliver decisions as a file: to the room if it is a room's, else to the person alone."""
    room = _room(tx, cmd.room, Access.SEE, closed=True)
    to: Address | User = tx.user(tx.asker)
    reader = tx.reader
    if room is not None and rooms.can_hear(room) and rooms.is_member(tx, room):
        to = rooms.address(tx, room)
        reader = rooms.reader(room)
    effect = SendFile(
        to,
        "decisions",
        {
            "workspace": tx.workspace_id,
            "room": room.id if room else None,
            # A room reads all of its own, whoever asked; a person what they may know of.
            "person": tx.asker if isinstance(to, User) else None,
            "format": cmd.format,
            "lang": reader.lang,
            "zone": reader.zone,
        },
        f"decisions{'-' + room.key if room else ''}.{cmd.format}",
        t("{who} exported the decisions", who=tx.mention(tx.asker)),
        reader,
    )
    tx.record(
        "decisions.exported",
        t("{who} exported the decisions", who=tx.mention(tx.asker)),
        room=room.id if room else None,
    )
    if isinstance(to, Address) and tx.place is not None and tx.place.channel == to.channel:
        return Outcome(effects=(effect,))
    where = (
        t("The file is on its way to you.")
        if isinstance(to, User)
        else t("The file is on its way to the room.")
    )
    return Outcome(Say(line(where)), (effect,))
