"""Decisions as cards."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from bot.core.chat import Block, Button, Buttons, Card, Entries, Entry, Heading, Note, Quote, Tone
from bot.core.keys import DecisionKey, RoomKey
from bot.core.sources import Source
from bot.core.text import Inline, Msg, Seq, Slash, Strong, When, t, tn
from bot.core.words import shortened
from bot.features.decisions import queries, wording
from bot.features.decisions.commands import RecordDecision
from bot.features.decisions.life_commands import (
    AmendDecision,
    DeprecateDecision,
    ShowHistory,
    SupersedeDecision,
)
from bot.features.decisions.log_commands import ListDecisions
from bot.features.decisions.tables import Decision, Part, Role, State
from bot.features.rooms import queries as rooms
from bot.features.rooms.queries import Room
from storage.tx import Tx

#: Decisions on the summary card of a room; the rest are counted.
SHOWN = 3
#: In a list a decision is one line; its card has it whole.
_LINE = 300


def name(decision: Decision) -> Msg:
    """A decision, in a sentence."""
    title = shortened(decision.title, _LINE)
    return t("{key} {text}", key=Strong(str(decision.key)), text=title)


def decider(tx: Tx, decision: Decision) -> Inline:
    """Who made or proposed a decision, as far as that is known."""
    if decision.decided_by is not None:
        return tx.mention(decision.decided_by)
    said = json.loads(decision.imported or "{}").get("decided_by", "")
    return str(said) or t("somebody")


_STATES = {
    State.PROPOSED: t("proposed"),
    State.ACCEPTED: t("accepted"),
    State.REJECTED: t("rejected"),
    State.EXPIRED: t("expired"),
    State.SUPERSEDED: t("superseded"),
    State.DEPRECATED: t("deprecated"),
}
_TONES = {
    State.PROPOSED: Tone.INFO,
    State.ACCEPTED: Tone.GOOD,
    State.REJECTED: Tone.DANGER,
    State.EXPIRED: Tone.WARNING,
    State.SUPERSEDED: Tone.DONE,
    State.DEPRECATED: Tone.DONE,
}
#: What people write in a decision, as it is called; in the order in which it is shown.
LABELS = {"title": wording.LABELS["title"], **wording.LONG}
_ROLES: dict[Role, Callable[[Inline], Msg]] = {
    Role.MAKER: lambda people: t("Decision-makers: {people}", people=people),
    Role.CONSULTED: lambda people: t("Consulted: {people}", people=people),
    Role.INFORMED: lambda people: t("Informed: {people}", people=people),
}


def state(decision: Decision) -> Msg:
    """How a decision stands, in words."""
    if decision.superseded_by is not None:
        by = Strong(str(DecisionKey(decision.superseded_by)))
        return t("superseded by {key}", key=by)
    return _STATES[State(decision.state)]


def tone(decision: Decision) -> Tone:
    return _TONES[State(decision.state)]


def recorded(tx: Tx, decision: Decision) -> Card:
    """A decision, as it is shown to the room when it is made."""
    who, when = decider(tx, decision), When(decision.decided_at)
    blocks: list[Block] = [*said(decision), *people(tx, decision)]
    blocks.append(Note(t("Decided by {who}, {when}", who=who, when=when)))
    blocks += notes(tx, decision)
    blocks += readers_note(tx, decision)
    blocks.append(Buttons((amend_button(decision),)))
    return Card(t("Decision {decision}", decision=name(decision)), tuple(blocks), Tone.GOOD)


def whole(tx: Tx, decision: Decision) -> Card:
    """A decision with all that there is to say of it, whatever has become of it."""
    blocks = summary(tx, decision)
    key = decision.key
    buttons = [Button(t("History"), ShowHistory(decision=key))]
    if decision.state == State.ACCEPTED:
        buttons += [
            amend_button(decision),
            Button(t("Supersede…"), SupersedeDecision(decision=key), opens_form=True),
            Button(t("Deprecate…"), DeprecateDecision(decision=key, reason=""), opens_form=True),
        ]
    title = t("{decision} ({state})", decision=name(decision), state=state(decision))
    return Card(title, (*blocks, Buttons(tuple(buttons))), tone(decision))


def summary(tx: Tx, decision: Decision) -> tuple[Block, ...]:
    """What a decision says, who had to do with it, what belongs to it."""
    who, when = decider(tx, decision), When(decision.decided_at)
    by = Note(t("Decided by {who}, {when}", who=who, when=when))
    if decision.state in {State.PROPOSED, State.REJECTED, State.EXPIRED}:
        by = Note(t("Proposed by {who}", who=who))
    return (*said(decision), *people(tx, decision), by, *notes(tx, decision))


def said(decision: Decision, *, at_most: int | None = None) -> list[Block]:
    """What people wrote in a decision, of each text `at_most` so many characters.

    The title too, where the heading has not all of it.
    """
    blocks: list[Block] = []
    is_long = len(decision.title) > _LINE or "\n" in decision.title
    if is_long:
        blocks.append(Quote(_cut(decision.title, at_most)))
    for field, label in LABELS.items():
        text = getattr(decision, field)
        if field == "title" or not text:
            continue
        blocks += [Heading(label), Quote(_cut(text, at_most))]
    return blocks


def _cut(text: str, at_most: int | None) -> str:
    """The beginning of a text, its lines as they are."""
    if at_most is None or len(text) <= at_most:
        return text
    return text[: at_most - 1].rstrip() + "…"


def is_longer(decision: Decision, at_most: int) -> bool:
    """Whether any of its texts is longer than that."""
    return any(len(getattr(decision, field) or "") > at_most for field in LABELS)


def people(tx: Tx, decision: Decision) -> list[Block]:
    """Who made it, was consulted, is informed."""
    found = queries.parts_of(tx, decision.id)
    blocks: list[Block] = []
    for role, sentence in _ROLES.items():
        named = [part for part in found if part.role == role]
        if named:
            shown = Seq(tuple(_person(tx, part) for part in named))
            blocks.append(Note(sentence(shown)))
    return blocks


def _person(tx: Tx, part: Part) -> Inline:
    return tx.mention(part.person_id) if part.person_id is not None else part.name


def readers(room: Room | None) -> Msg | None:
    """Who can read a decision, where it is not just the people around: said when one is made."""
    if room is None:
        return t("Not in a war room: everybody in this workspace can read it.")
    if room.is_private:
        return t("{room} is private: only its members can read it.", room=Strong(room.key))
    return None


def readers_note(tx: Tx, decision: Decision) -> tuple[Block, ...]:
    """As `readers`, for the card of a decision that was just made."""
    said = readers(queries.room_of(tx, decision))
    return (Note(said),) if said is not None else ()


def notes(tx: Tx, decision: Decision) -> list[Block]:
    """Small print: where it was said, what it belongs to, what is not written yet."""
    found: list[Msg] = []
    if decision.source:
        found.append(rooms.said_in(tx, Source.parse(decision.source)))
    if decision.supersedes_keys:
        keys = Seq(tuple(Strong(str(key)) for key in decision.supersedes_keys))
        found.append(t("In place of {keys}", keys=keys))
    if decision.superseded_by is not None:
        by = Strong(str(DecisionKey(decision.superseded_by)))
        found.append(t("{key} stands in its place", key=by))
    if decision.owner_id is not None:
        found.append(t("Owner: {who}", who=tx.mention(decision.owner_id)))
    if decision.items:
        keys = Seq(tuple(Strong(str(key)) for key in decision.item_keys))
        found.append(t("About {items}", items=keys))
    if decision.tag_list:
        tags = Seq(tuple(f"#{tag}" for tag in decision.tag_list))
        found.append(t("Tags: {tags}", tags=tags))
    if decision.review_at is not None and decision.state == State.ACCEPTED:
        found.append(t("To be reviewed {when}", when=When(decision.review_at)))
    if decision.missing:
        missing = Seq(tuple(LABELS[field] for field in decision.missing))
        found.append(t("Not written yet: {fields}", fields=missing))
    return [Note(each) for each in found]


def amend_button(decision: Decision) -> Button:
    """Opens the form in which what a decision says can be changed."""
    return Button(t("Add to it…"), AmendDecision(decision=decision.key), opens_form=True)


def entry(tx: Tx, decision: Decision) -> Entry:
    """A decision, as a line of a list."""
    who = decider(tx, decision)
    facts = t("{who} · {when}", who=who, when=When(decision.decided_at))
    if decision.state != State.ACCEPTED:
        facts = t("{facts} · {state}", facts=facts, state=state(decision))
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
        hint = Note(t("Record one with {decide}", decide=Slash("decide", "…")))
        return Card(t("No decisions to show"), (hint,))
    blocks: list[Block] = [Entries(tuple(entry(tx, decision) for decision in found))]
    if more is not None:
        blocks.append(Buttons((Button(t("Older"), more),)))
    return Card(title, tuple(blocks))
