"""Decisions that nobody looks after: no owner, no way to see that they were right, no evidence."""

from __future__ import annotations

import re

from sqlalchemy import select

from bot.core.keys import DecisionKey, ItemKey, RoomKey
from bot.core.text import Msg, Strong, t
from bot.features.decisions import queries
from bot.features.decisions.queries import decisions
from bot.features.decisions.tables import Decision, State
from bot.features.items import queries as items
from bot.features.rooms import queries as rooms
from storage.tx import Tx

#: Decisions that are looked at, at once, and at most for one page.
_BATCH = 100
_MOST = 5000
_KEYS = re.compile(r"(?<![\w-])(?:WR-\d{1,9}(?:-\d{1,9})?|D-\d{1,9})(?![\w-])", re.IGNORECASE)


def find(
    tx: Tx, *, room: int | None, before: int | None, count: int
) -> list[tuple[Decision, list[Msg]]]:
    """The newest decisions that hold and lack something, and what. Of what who asks may see.

    `room` and `before` are ids of rows.
    """
    c = decisions.c
    query = (
        select(decisions)
        .where(
            c.workspace_id == tx.workspace_id,
            c.state == State.ACCEPTED,
            c.withdrawn_at.is_(None),
            queries.visible(tx.asker),
        )
        .order_by(c.id.desc())
        .limit(_BATCH)
    )
    if room is not None:
        query = query.where(c.room_id == room)
    found: list[tuple[Decision, list[Msg]]] = []
    for _ in range(_MOST // _BATCH):
        page = tx.all(Decision, query if before is None else query.where(c.id < before))
        for decision in page:
            if faults := faults_of(tx, decision):
                found.append((decision, faults))
            if len(found) == count:
                return found
        if len(page) < _BATCH:
            break
        before = page[-1].id
    return found


def faults_of(tx: Tx, decision: Decision) -> list[Msg]:
    """What a decision that holds lacks."""
    found = [_owner(tx, decision)]
    if not decision.confirmation:
        found.append(t("no word on how one will see that it was right"))
    found.append(_evidence(tx, decision))
    return [each for each in found if each is not None]


def _owner(tx: Tx, decision: Decision) -> Msg | None:
    """Where nobody was named, whoever decided looks after it."""
    owner = decision.owner_id if decision.owner_id is not None else decision.decided_by
    if owner is None:
        return t("no owner")
    if not tx.person_by_id(owner).is_active:
        return t("its owner has left: {who}", who=tx.mention(owner))
    return None


def _evidence(tx: Tx, decision: Decision) -> Msg | None:
    if not decision.evidence and not decision.source:
        return t("no evidence")
    text = f"{decision.evidence or ''} {decision.items or ''}"
    for key in dict.fromkeys(key.upper() for key in _KEYS.findall(text)):
        if _is_gone(tx, key):
            return t("its evidence cannot be found: {key}", key=Strong(key))
    room = queries.room_of(tx, decision)
    if not decision.evidence and room is not None and room.channel_gone:
        return t("the channel with its message is gone")
    return None


def _is_gone(tx: Tx, key: str) -> bool:
    """Whether there is no such thing, or none that who asks may know of."""
    if (decision := DecisionKey.parse(key)) is not None:
        found = queries.numbered(tx, decision.number)
        of = queries.room_of(tx, found) if found is not None else None
        return found is None or found.withdrawn_at is not None or not rooms.can_see(tx, of)
    item = ItemKey.parse(key)
    named = RoomKey.parse(key) or (RoomKey(item.room) if item and item.room else None)
    room = rooms.numbered(tx, named.number) if named is not None else None
    if room is None or not rooms.can_see(tx, room):
        return True
    there = items.numbered(tx, room.id, item.number) if item is not None else None
    return item is not None and (there is None or there.withdrawn_at is not None)
