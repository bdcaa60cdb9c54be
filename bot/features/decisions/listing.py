"""Decisions in lists: all, found by their words, by what is known of them; and the neglected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bot.core.chat import Block, Button, Buttons, Card, Entries, Entry, Note
from bot.core.keys import DecisionKey, RoomKey
from bot.core.platform import Say
from bot.core.text import Code, Msg, Seq, Slash, Strong, t, tn
from bot.core.words import shortened
from bot.feature import Outcome
from bot.features.decisions import cards, finding, life, neglect
from bot.features.decisions.access import room_of
from bot.features.decisions.finding import Filter
from bot.features.decisions.life_commands import ShowDecision
from bot.features.decisions.log_commands import CheckDecisions, ListDecisions
from bot.features.decisions.past import parse_since
from bot.features.decisions.queries import decisions
from bot.features.decisions.recording import read_tags
from bot.features.decisions.tables import Decision
from bot.features.rooms.queries import Access, Room
from storage.tx import Tx

PAGE = 10
C = TypeVar("C", ListDecisions, CheckDecisions)


def list_decisions(cmd: ListDecisions, tx: Tx, now: datetime) -> Outcome:
    """List the decisions that match, the newest first; of this room, or all that they may see.

    A key in place of words is the decision itself.
    """
    if (key := DecisionKey.parse(cmd.text)) is not None:
        return life.show(ShowDecision(decision=key), tx, now)
    room = None if cmd.everywhere else room_of(tx, cmd.room, Access.SEE, closed=True)
    zone = ZoneInfo(tx.reader.zone)
    wanted = Filter(
        tx.workspace_id,
        cmd.text,
        tuple((read_tags(cmd.tag) or "").strip(",").split(",")) if cmd.tag else (),
        room=room.id if room else None,
        viewer=tx.asker,
        by=cmd.by,
        since=parse_since(cmd.since, now=now, zone=zone) if cmd.since is not None else None,
        state=cmd.status,
        before=int(cmd.before) if cmd.before is not None else None,
    )
    found = finding.find(tx, wanted, count=PAGE + 1)
    page = found[:PAGE]
    is_narrowed = replace(cmd, room=None, before=None, everywhere=False) != ListDecisions()
    more = None
    if len(found) > PAGE:
        more = _next_page(cmd, room, page)
    if not page and is_narrowed:
        return Outcome(Say(_nothing(room)))
    return Outcome(Say(cards.listing(tx, _title(cmd, room), page, more)))


def _next_page(cmd: C, room: Room | None, page: Sequence[Decision]) -> C:
    key = RoomKey(room.number) if room else None
    return replace(cmd, room=key, before=float(page[-1].number))


def _row_before(tx: Tx, number: float | None) -> int | None:
    """The row of D-`number`, or of the next one that there is."""
    if number is None:
        return None
    c = decisions.c
    at = select(c.id).where(c.workspace_id == tx.workspace_id, c.number >= int(number))
    found = tx.value(at.order_by(c.number).limit(1))
    return int(found) if found is not None else None


def _title(cmd: ListDecisions, room: Room | None) -> Msg:
    words = Strong(shortened(cmd.text))
    if room and cmd.text:
        return t("Decisions of {room} with {words}", room=Strong(room.key), words=words)
    if room:
        return t("Decisions of {room}", room=Strong(room.key))
    return t("Decisions with {words}", words=words) if cmd.text else t("Decisions")


def _nothing(room: Room | None) -> Card:
    hint = t("Fewer or shorter words may find more.")
    if room is not None:
        everywhere = Code("--everywhere")
        hint = t("Fewer words may find more, or {option}: all rooms.", option=everywhere)
    return Card(t("No decision was found"), (Note(hint),))


def check_decisions(cmd: CheckDecisions, tx: Tx, now: datetime) -> Outcome:
    """List the decisions that hold and that nobody looks after, the newest first, and say why."""
    room = room_of(tx, cmd.room, Access.SEE, closed=True)
    found = neglect.find(
        tx, room=room.id if room else None, before=_row_before(tx, cmd.before), count=PAGE + 1
    )
    if not found:
        return Outcome(Say(Card(t("Every decision that holds is looked after"))))
    page = found[:PAGE]
    blocks: list[Block] = [
        Entries(tuple(Entry(cards.name(each), _why(why)) for each, why in page)),
        Note(
            t(
                "Add what is missing with {amend}; what does not hold any more: {deprecate}.",
                amend=Slash("decide amend", "D-12"),
                deprecate=Slash("decide deprecate", "D-12"),
            )
        ),
    ]
    if len(found) > PAGE:
        more = _next_page(cmd, room, [each for each, _ in page])
        blocks.append(Buttons((Button(t("Older"), more),)))
    title = tn("{n} decision needs care", "{n} decisions need care", len(page))
    return Outcome(Say(Card(title, tuple(blocks))))


def _why(faults: Sequence[Msg]) -> Msg:
    return t("{faults}", faults=Seq(tuple(faults)))
