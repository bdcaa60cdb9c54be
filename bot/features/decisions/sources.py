"""Decisions that were made of a message: found by it, and taken back with its emoji."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, select, update

from bot.core.chat import line
from bot.core.effects import Effect
from bot.core.events import CaptureWithdrawn, ChannelMoved, RoomTouched
from bot.core.sources import Source
from bot.core.text import t
from bot.feature import Outcome
from bot.features.decisions import cards, chain
from bot.features.decisions.commands import RecordDecision
from bot.features.decisions.proposal_commands import ProposeDecision
from bot.features.decisions.queries import DIGEST, decisions
from bot.features.decisions.tables import Decision
from bot.features.rooms import queries as rooms
from bot.features.rooms.queries import Room
from storage.tables import Workspace
from storage.tx import Tx

_of_message = (
    select(decisions)
    .where(
        decisions.c.workspace_id == bindparam("workspace"),
        decisions.c.source_key == bindparam("source"),
        decisions.c.withdrawn_at.is_(None),
    )
    .order_by(decisions.c.id)
)


def made_already(
    tx: Tx, room: Room | None, source: Source, cmd: RecordDecision | ProposeDecision
) -> Decision | None:
    """The decision of a message that says the same; for a sign, whatever it says.

    One that was asked for in words as well does not go with an emoji any more.
    """
    if room is None:
        tx.get(Workspace, tx.workspace_id, lock=True)  # two may ask at once
    for decision in _made_of(tx, source.key):
        is_here = decision.room_id == (room.id if room else None)
        if is_here and (tx.is_errand or decision.title == cmd.title):
            if decision.by_emoji and not tx.is_errand:
                tx.change(decision, by_emoji=False)
            return decision
    return None


def _made_of(tx: Tx, key: str) -> list[Decision]:
    return tx.all(Decision, _of_message, {"workspace": tx.workspace_id, "source": key})


def withdraw_decision(event: CaptureWithdrawn, tx: Tx, now: datetime) -> Outcome:
    """Take back what an emoji had recorded."""
    if event.command != RecordDecision.spec.path:
        return Outcome()
    effects: list[Effect] = []
    events: list[RoomTouched] = []
    for decision in _made_of(tx, event.source):
        if not decision.by_emoji or decision.room_id is None:
            continue
        room = rooms.locked(tx, decision.room_id)
        tx.change(decision, withdrawn_at=now)
        chain.append(tx, decision, "withdrawn")
        who, it = tx.mention(event.person), cards.name(decision)
        text = t("{who} took the decision {it} back", who=who, it=it)
        tx.record("decision.withdrawn", text, room=room.id)
        effects += rooms.tell(tx, room, line(text))
        events.append(RoomTouched(room.id))
    return Outcome(effects=tuple(effects), events=tuple(events))


def follow_moving(event: ChannelMoved, tx: Tx, now: datetime) -> Outcome:
    """A channel has another id: what was made of its messages is still made of them."""
    is_moved, key = rooms.of_source(decisions.c.source_key, event)
    mine = decisions.c.workspace_id == tx.workspace_id
    tx.execute(update(decisions).where(mine, is_moved).values(source_key=key))
    if tx.setting(DIGEST) == event.channel:
        tx.change_settings(**{DIGEST: event.new})
    return Outcome()
