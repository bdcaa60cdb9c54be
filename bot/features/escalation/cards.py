"""Climbs as cards: what, since when, why you, who is next and when, and the way out."""

from __future__ import annotations

import json
from datetime import datetime

from bot.core.chat import (
    Block,
    Button,
    Buttons,
    Card,
    Entries,
    Entry,
    Fields,
    Note,
    Paragraph,
    Tone,
)
from bot.core.effects import Address, PostCard
from bot.core.events import ItemActions
from bot.core.keys import ItemKey
from bot.core.reasons import reason
from bot.core.text import Inline, Msg, Strong, When, load_msg, t, tn
from bot.core.words import shortened
from bot.features.escalation import queries, wording
from bot.features.escalation.boxes import Mail
from bot.features.escalation.commands import AskForHelp, SayOnIt, Snooze
from bot.features.escalation.ladder import (
    Ask,
    Facts,
    Phase,
    Post,
    Stand,
    Topped,
    advance,
    at_once,
    moves_at,
)
from bot.features.escalation.tables import Cause, Climb, Parcel, Step
from bot.features.rooms import queries as rooms
from storage.tx import Tx

_LINE = 160
#: Lines of a digest; the rest are counted.
SHOWN = 15
#: Moves that are looked ahead for who is asked next.
_AHEAD = 40


def key(tx: Tx, climb: Climb) -> str:
    """WR-7-3; of what is no item, its room's."""
    item = queries.item_of(tx, climb)
    if item is not None:
        return str(item.key)
    room = tx.get(rooms.Room, climb.room_id)
    return room.key if room is not None else ""


def name(tx: Tx, climb: Climb) -> Msg:
    """What it is, in a sentence."""
    item = queries.item_of(tx, climb)
    if item is not None:
        return t(
            "{key} {text}",
            key=Strong(str(item.key)),
            text=" ".join(shortened(item.text, _LINE).split()),
        )
    return load_msg(json.loads(climb.title)) if climb.title else t("{key}", key=key(tx, climb))


def cause(tx: Tx, climb: Climb) -> Msg:
    """Why it climbs."""
    item = queries.item_of(tx, climb)
    match climb.cause:
        case Cause.OVERDUE if item is not None and item.due_at is not None:
            return t("overdue since {when}", when=When(item.due_at))
        case Cause.NAMED:
            return tn(
                "named in {n} stand-up running", "named in {n} stand-ups running", climb.named
            )
        case Cause.MISSED:
            return t("missed since {when}", when=When(climb.since))
        case Cause.ASKED if climb.asker_id is not None and climb.why:
            who = tx.mention(climb.asker_id)
            return t("{who} asks for it: {text}", who=who, text=climb.why)
        case Cause.ASKED if climb.asker_id is not None:
            return t("{who} asks for it", who=tx.mention(climb.asker_id))
        case _:
            return t("has not moved since {when}", when=When(climb.since))


def parcel(tx: Tx, found: Parcel) -> Card | None:
    """A parcel as its reader sees it: one thing, or a digest of many."""
    steps, count = queries.digest(tx, found, count=SHOWN)
    shown = [(step, climb) for step in steps if (climb := tx.get(Climb, step.climb_id)) is not None]
    if not shown:
        return None
    if count == 1:
        return _one(tx, *shown[0])
    title = tn("{n} thing needs you", "{n} things need you", count)
    if found.person_id is None:
        title = tn("{n} thing needs somebody", "{n} things need somebody", count)
    lines = tuple(_line(tx, step, climb) for step, climb in shown)
    tone = Tone.WARNING if any(is_open(*each) for each in shown) else Tone.DONE
    return Card(title, (Entries(lines, more=count - len(lines)),), tone)


def nothing() -> Card:
    """What is left of a card about something that is gone."""
    return Card(t("This is no longer there"), (), Tone.DONE)


def is_open(step: Step, climb: Climb) -> bool:
    """Whether something can still be done about what a card shows."""
    if step.role == "ops":
        return climb.phase != Phase.ENDED and climb.cycle == step.cycle
    return climb.is_climbing and climb.cycle == step.cycle


def _line(tx: Tx, step: Step, climb: Climb) -> Entry:
    """A line of a digest: what, why, and a menu."""
    facts = t("{cause} · {role}", cause=cause(tx, climb), role=wording.role(step.role))
    if not is_open(step, climb):
        return Entry(name(tx, climb), over(tx, climb))
    if climb.phase != Phase.CLIMBING:
        facts = t("{facts} · {state}", facts=facts, state=state(tx, climb))
    return Entry(name(tx, climb), facts, buttons(tx, climb))


def _one(tx: Tx, step: Step, climb: Climb) -> Card:
    what = name(tx, climb)
    if not is_open(step, climb):
        title = t("{what}: {state}", what=what, state=over(tx, climb))
        return Card(title, (), Tone.DONE)
    title = t("{what}: {cause}", what=what, cause=cause(tx, climb))
    told: Msg = wording.why_you(step.role)
    if step.how == "thread" and step.person_id is not None:
        told = t(
            "{who} ({role}) is asked.",
            who=tx.mention(step.person_id),
            role=wording.role(step.role),
        )
    blocks: list[Block] = [Paragraph(told), Fields(_fields(tx, climb))]
    blocks += [Note(each) for each in passed_over(tx, climb)]
    blocks += [Note(state(tx, climb)), Buttons(buttons(tx, climb))]
    room = tx.get(rooms.Room, climb.room_id)
    is_grave = room is not None and room.severity == 1
    return Card(title, tuple(blocks), Tone.DANGER if is_grave else Tone.WARNING)


def _fields(tx: Tx, climb: Climb) -> tuple[tuple[Msg, Inline], ...]:
    item = queries.item_of(tx, climb)
    room = tx.get(rooms.Room, climb.room_id)
    owner = item.owner_id if item is not None else climb.owner_id
    found: list[tuple[Msg, Inline]] = []
    if room is not None:
        found.append((t("Room"), rooms.whole_name(room)))
    found.append((t("Owner"), tx.mention(owner) if owner is not None else t("nobody yet")))
    moved = t("{when} ({what})", when=When(climb.since), what=wording.counted(climb.counted))
    found.append((t("Last activity"), moved))
    if item is not None and item.due_at is not None:
        found.append((t("Due"), When(item.due_at)))
    return tuple(found)


def passed_over(tx: Tx, climb: Climb) -> list[Msg]:
    """Who was passed over in this lap, and why."""
    return [
        wording.passed(tx, step.role, step.person_id, step.passed, step.until)
        for step in queries.steps_of(tx, climb)
        if step.passed is not None and step.lap == climb.lap
    ]


def state(tx: Tx, climb: Climb) -> Msg:
    """What happens next if nobody does anything."""
    match climb.phase:
        case Phase.HELD if climb.holder_id is not None and climb.until is not None:
            who = tx.mention(climb.holder_id)
            return t("{who} is on it until {when}", who=who, when=When(climb.until))
        case Phase.SNOOZED if climb.next_at is not None:
            return t("Snoozed until {when}", when=When(climb.next_at))
        case Phase.CLIMBING:
            return ahead(tx, climb)
        case Phase.WATCHING if climb.cause == Cause.ASKED and not climb.has_topped:
            return ahead(tx, climb)  # by hand, and nobody is at work now
        case Phase.WATCHING if climb.has_topped and climb.next_at is not None:
            again = begins(tx, climb) or climb.next_at
            return t("If nothing happens it climbs again, {when}", when=When(again))
        case _:
            return over(tx, climb)


def begins(tx: Tx, climb: Climb) -> datetime | None:
    """When a climb goes on if nothing happens: at a working hour."""
    room = tx.get(rooms.Room, climb.room_id)
    return moves_at(climb.stand, queries.facts_of(tx, climb, room)) if room is not None else None


def ahead(tx: Tx, climb: Climb) -> Msg:
    """Who is asked next, and when."""
    room = tx.get(rooms.Room, climb.room_id)
    if room is None or climb.next_at is None:
        return t("Nobody is asked any more.")
    facts = queries.facts_of(tx, climb, room)
    boxes = Mail(lambda key: queries.box_of(tx, key))
    is_loud = facts.policy.ignores_quiet_hours
    post = boxes.poster(room.id, queries.speaking_hours(tx, room), is_loud=is_loud)
    found = next_ask(climb.stand, facts, post)
    if found is None:
        return t("Nobody is asked any more.")
    at, move = found
    if isinstance(move, Topped):
        return t("Next: the ops channel, {when}", when=When(at))
    return t(
        "Next: {who} ({role}), {when}",
        who=tx.mention(move.person),
        role=wording.role(str(move.role)),
        when=When(move.send_at),
    )


def next_ask(
    stand: Stand, facts: Facts, post: Post = at_once
) -> tuple[datetime, Ask | Topped] | None:
    """Who is asked next, or that the ladder ends, and when."""
    for _ in range(_AHEAD):
        at = stand.next_at
        if at is None:
            return None
        stand, moves = advance(stand, facts, at, post)
        found = next((move for move in moves if isinstance(move, (Ask, Topped))), None)
        if found is not None:
            return at, found
    return None


def over(tx: Tx, climb: Climb) -> Msg:
    """Why nothing need be done about it any more."""
    item = queries.item_of(tx, climb)
    if climb.phase == Phase.ENDED:
        if item is not None and item.is_done:
            return t("done")
        return t("nothing to be done any more")
    return t("moved {when}", when=When(climb.since))


def buttons(tx: Tx, climb: Climb) -> tuple[Button, ...]:
    """The way out: the item's own buttons come last."""
    item = queries.item_of(tx, climb)
    number = float(climb.id)
    own: tuple[Button, ...] = ()
    if item is not None:
        own = tuple(each for found in tx.ask(ItemActions(item.id)) for each in found)
    about: ItemKey | None = item.key if item is not None else None
    return (
        Button(t("On it"), SayOnIt(item=about, climb=number), Tone.GOOD),
        Button(t("Need help…"), AskForHelp(item=about, climb=number), opens_form=True),
        Button(t("Snooze…"), Snooze(item=about, climb=number, until=None, why=""), opens_form=True),
        *own,
    )


def mention(tx: Tx, step: Step) -> Card | None:
    """Somebody is mentioned in the room, where nothing louder could be done."""
    climb = tx.get(Climb, step.climb_id)
    if climb is None or step.person_id is None:
        return None
    what, who = name(tx, climb), tx.mention(step.person_id)
    if not is_open(step, climb):
        return Card(t("{what}: {state}", what=what, state=over(tx, climb)), (), Tone.DONE)
    title = t("{who}: {what}", who=who, what=what)
    told = t("You are asked, and this is urgent: {cause}", cause=cause(tx, climb))
    blocks: list[Block] = [Paragraph(told)]
    if step.mentioned:
        why = reason(step.mentioned)
        blocks = [
            Paragraph(cause(tx, climb)),
            Note(t("{who} could not be reached: {why}", who=who, why=why)),
        ]
    mentioned = [each for each in queries.steps_of(tx, climb) if each.mentioned is not None]
    if mentioned and mentioned[-1].number > step.number:
        since = Note(t("Somebody else was asked since: see below."))
        return Card(title, (*blocks, since), Tone.NEUTRAL)
    blocks += [Note(state(tx, climb)), Buttons(buttons(tx, climb))]
    is_waiting = climb.phase == Phase.CLIMBING
    return Card(title, tuple(blocks), Tone.DANGER if is_waiting else Tone.WARNING)


def late(tx: Tx, channel: str, count: int, since: datetime) -> PostCard:
    """What the ops channel is told when the escalations themselves are late."""
    title = tn(
        "{n} escalation is late, since {when}",
        "{n} escalations are late, since {when}",
        count,
        when=When(since),
    )
    how = Note(t("They go on now. If this is said again, look at the log and at the database."))
    to: Address = tx.channel(channel)
    return PostCard(to, Card(title, (how,), Tone.DANGER), tx.defaults)
