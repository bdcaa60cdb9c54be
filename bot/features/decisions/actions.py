"""What people do with decisions."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

from bot.core.chat import Card
from bot.core.events import DecisionRecorded, RoomTouched
from bot.core.keys import RoomKey
from bot.core.platform import Say
from bot.core.sources import Source
from bot.core.text import Strong, t
from bot.feature import Outcome
from bot.features.decisions import cards, queries, sources
from bot.features.decisions.commands import ListDecisions, RecordDecision
from bot.features.decisions.queries import decisions
from bot.features.decisions.tables import Decision
from bot.features.rooms import queries as rooms
from bot.features.rooms.queries import Access, Room
from storage.tx import Tx

PAGE = 10


def record_decision(cmd: RecordDecision, tx: Tx, now: datetime) -> Outcome:
    """Record a decision, in a room or for the workspace as a whole; of a message, once.

    What a message says was decided when it was written, by whoever wrote it if Muster knows them.
    """
    room = room_of(tx, cmd.room, Access.MEMBER)
    source = Source.parse(cmd.source) if cmd.source else None
    if source is not None and (known := sources.made_already(tx, room, source, cmd)):
        said = t("There is a decision of that message already: {it}", it=cards.name(known))
        return Outcome(Say(Card(said, cards.recorded(tx, known).blocks)))
    decision = tx.add(
        Decision(
            workspace_id=tx.workspace_id,
            number=tx.next_number("decisions_made"),
            room_id=room.id if room else None,
            title=cmd.title,
            why=cmd.why,
            instead_of=cmd.instead_of,
            decided_by=_decider(tx, source),
            decided_at=source.at if source else now,
            source=cmd.source,
            source_key=source.key if source else None,
            by_emoji=tx.is_errand if source else None,
        )
    )
    who, it = tx.mention(tx.asker), cards.name(decision)
    text = t("{who} decided {decision}", who=who, decision=it)
    if decision.decided_by != tx.asker:
        author = tx.mention(decision.decided_by)
        text = t("{who} recorded what {author} decided: {it}", who=who, author=author, it=it)
    tx.record("decision.recorded", text, room=room.id if room else None)
    card = cards.recorded(tx, decision)
    if room is None:
        return Outcome(Say(card), (), (DecisionRecorded(decision.id, None),))
    return Outcome(
        rooms.answer(tx, room, card),
        rooms.tell(tx, room, card),
        (DecisionRecorded(decision.id, room.id), RoomTouched(room.id)),
    )


def _decider(tx: Tx, source: Source | None) -> int:
    author = rooms.known(tx, source.author) if source else None
    return author if author is not None else tx.asker


def room_of(tx: Tx, key: RoomKey | None, access: Access, *, closed: bool = False) -> Room | None:
    """The room that is meant, if any: decisions can also be the workspace's own."""
    if key is None and rooms.here(tx) is None:
        return None
    return rooms.room_for(tx, key, access, lock=access is not Access.SEE, closed=closed)


def list_decisions(cmd: ListDecisions, tx: Tx, now: datetime) -> Outcome:
    """List decisions, the newest first."""
    room = room_of(tx, cmd.room, Access.SEE, closed=True)
    query = (
        select(decisions)
        .where(decisions.c.workspace_id == tx.workspace_id, decisions.c.withdrawn_at.is_(None))
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
