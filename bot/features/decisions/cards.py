"""Decisions as cards."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.chat import Block, Button, Buttons, Card, Entries, Entry, Heading, Note, Quote, Tone
from bot.core.keys import RoomKey
from bot.core.sources import Source
from bot.core.text import Code, Msg, Strong, When, t, tn
from bot.core.words import shortened
from bot.features.decisions import queries
from bot.features.decisions.commands import ListDecisions, RecordDecision
from bot.features.decisions.tables import Decision
from bot.features.rooms import queries as rooms
from storage.tx import Tx

#: Decisions on the summary card of a room; the rest are counted.
SHOWN = 3
#: In a list a decision is one line; its card has it whole.
_LINE = 300


def name(decision: Decision) -> Msg:
    """A decision, in a sentence."""
    title = shortened(decision.title, _LINE)
    return t("{key} {text}", key=Strong(str(decision.key)), text=title)


def recorded(tx: Tx, decision: Decision) -> Card:
    """A decision, as it is shown to the room when it is made."""
    blocks: list[Block] = []
    is_long = len(decision.title) > _LINE or "\n" in decision.title
    if is_long:
        blocks.append(Quote(decision.title))
    for label, text in ((t("Why"), decision.why), (t("Instead of"), decision.instead_of)):
        if text:
            blocks += [Heading(label), Quote(text)]
    who = tx.mention(decision.decided_by)
    blocks.append(Note(t("Decided by {who}, {when}", who=who, when=When(decision.decided_at))))
    if decision.source:
        blocks.append(Note(rooms.said_in(tx, Source.parse(decision.source))))
    return Card(t("Decision {decision}", decision=name(decision)), tuple(blocks), Tone.GOOD)


def entry(tx: Tx, decision: Decision) -> Entry:
    """A decision, as a line of a list."""
    who = tx.mention(decision.decided_by)
    facts = t("{who} · {when}", who=who, when=When(decision.decided_at))
    if decision.why:
        facts = t("{facts} · {why}", facts=facts, why=shortened(decision.why, _LINE))
    return Entry(name(decision), facts)


def section(tx: Tx, room: int) -> tuple[Block, ...]:
    """The decisions on the summary card of a room."""
    latest = queries.latest(tx, room, count=SHOWN)
    if not latest:
        return ()
    count = queries.count(tx, room)
    shown = tuple(entry(tx, decision) for decision in latest)
    title = tn("{n} decision", "{n} decisions", count)
    return (Heading(title), Entries(shown, more=count - len(shown)))


def record_button(room: int) -> Button:
    """Opens the form that records a decision of room number `room`."""
    form = RecordDecision(room=RoomKey(room), title="")
    return Button(t("Record a decision"), form, opens_form=True)


def listing(tx: Tx, title: Msg, found: Sequence[Decision], more: ListDecisions | None) -> Card:
    """A page of decisions."""
    if not found:
        hint = Note(t("Record one with {decide}", decide=Code("/decide …")))
        return Card(t("No decisions to show"), (hint,))
    blocks: list[Block] = [Entries(tuple(entry(tx, decision) for decision in found))]
    if more is not None:
        blocks.append(Buttons((Button(t("Older"), more),)))
    return Card(title, tuple(blocks))
