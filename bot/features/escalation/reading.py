"""Why something climbs or does not, what will fire, and which policies hold."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from bot.core.chat import Block, Button, Buttons, Card, Entries, Entry, Heading, Note, Paragraph
from bot.core.errors import Refused
from bot.core.platform import Say
from bot.core.text import Code, Either, Inline, Msg, Slash, Strong, When, t, tn
from bot.feature import Outcome
from bot.features.escalation import cards, queries, sending, wording
from bot.features.escalation.actions import item_for
from bot.features.escalation.commands import EditPolicy, ExplainClimb, PreviewClimbs, ShowPolicy
from bot.features.escalation.foresight import Foreseen, Tracked, foresee
from bot.features.escalation.ladder import Ask, Passed, Phase, Remind, Topped
from bot.features.escalation.policy import DEFAULTS, Policy
from bot.features.escalation.tables import Climb, Step, Subject
from bot.features.items import queries as items
from bot.features.rooms import queries as rooms
from storage.tx import Tx

#: Lines of a preview.
SHOWN = 25
#: Climbs that are looked at for one.
_LOOKED_AT = 1000
_MOST_DAYS = 60
_DAYS = re.compile(r"(\d{1,3}) ?(?:d|days?|天)?", re.IGNORECASE)


def explain(cmd: ExplainClimb, tx: Tx, now: datetime) -> Outcome:
    """Say why an item climbs or does not: clocks, calendar, steps taken and skipped."""
    room, item = item_for(tx, cmd.item)
    climb = queries.climb_of(tx, Subject.ITEM, item.id)
    title = t("Why {item}?", item=Strong(str(item.key)))
    if climb is None or climb.phase == Phase.ENDED:
        return Outcome(Say(Card(title, (Paragraph(_why_not(tx, item, room)),))))
    policy = queries.policy_of(tx, climb, room)
    moved = t(
        "Last activity that counts: {what}, {when}. Chatter does not count.",
        what=wording.counted(climb.counted),
        when=When(climb.since),
    )
    rule = t(
        "The policy {name} says: stale after {wait}, by the calendar of {room} ({zone}).",
        name=wording.policy_name(policy),
        wait=wording.wait(policy.stale_after),
        room=Strong(room.key),
        zone=room.zone,
    )
    known = queries.watched(tx, room.id)
    blocks: list[Block] = [Paragraph(moved), Paragraph(rule)]
    if known is not None and known.paused_until is not None and known.paused_until > now:
        paused = t("Escalation in this room is paused until {when}.", when=When(known.paused_until))
        blocks.append(Paragraph(paused))
    if climb.phase == Phase.WATCHING and climb.next_at is not None:
        ahead = t(
            "It is not stale. If nothing happens it climbs at {when}.",
            when=When(cards.begins(tx, climb) or climb.next_at),
        )
        blocks.append(Paragraph(ahead))
    else:
        why = t("It climbs: {cause}.", cause=cards.cause(tx, climb))
        blocks += [Paragraph(why), *_taken(tx, climb), Note(cards.state(tx, climb))]
    return Outcome(Say(Card(title, tuple(blocks))))


def _why_not(tx: Tx, item: items.Item, room: rooms.Room) -> Msg:
    if item.is_done:
        return t("It is done, so nobody is asked.")
    if room.is_closed:
        return t("Its room is closed, so nobody is asked.")
    if not queries.is_on(tx):
        return t("Escalation is switched off in this workspace.")
    return t("It is not watched yet: it will be from the next time that it changes.")


def _taken(tx: Tx, climb: Climb) -> tuple[Block, ...]:
    lines = tuple(Entry(_step(tx, step), When(step.at)) for step in queries.steps_of(tx, climb))
    return (Heading(t("Steps so far")), Entries(lines)) if lines else ()


def _step(tx: Tx, step: Step) -> Msg:
    if step.passed is not None:
        return wording.passed(tx, step.role, step.person_id, step.passed, step.until)
    if step.person_id is None:
        return t("the ops channel was told")
    who, role = tx.mention(step.person_id), wording.role(step.role)
    if step.send_at is not None and step.send_at > step.at:
        return t("{who} ({role}), sent at {when}", who=who, role=role, when=When(step.send_at))
    return t("{who} ({role})", who=who, role=role)


def tracked(tx: Tx, climb: Climb, room: rooms.Room) -> Tracked:
    """A climb, for foresight."""
    hours = queries.speaking_hours(tx, room)
    ends_in = f"room:{room.id}" if room.is_private else sending.OPS
    return Tracked(
        climb.id, climb.stand, queries.facts_of(tx, climb, room), room.id, hours, ends_in
    )


def ahead_of(tx: Tx, until: datetime, person: int, room: int | None = None) -> list[Foreseen]:
    """What is to come by then, of what somebody may know of."""
    found = queries.due_before(tx, until, room=room, person=person, count=_LOOKED_AT)
    known = {each: tx.get(rooms.Room, each) for each in {climb.room_id for climb in found}}
    climbs = [tracked(tx, climb, where) for climb in found if (where := known[climb.room_id])]
    return list(foresee(climbs, sending.mail(tx), until))


def preview(cmd: PreviewClimbs, tx: Tx, now: datetime) -> Outcome:
    """Show what will fire if nobody does anything; and what will not, and why."""
    days = _days(cmd.days)
    room = rooms.here(tx)
    if room is not None and not rooms.can_see(tx, room):
        room = None
    title = tn("The next day", "The next {n} days", days)
    if not queries.is_on(tx):
        return Outcome(Say(Card(t("Escalation is switched off in this workspace."))))
    until = now + timedelta(days=days)
    found = ahead_of(tx, until, tx.asker, room.id if room is not None else None)
    fires = [each for each in found if isinstance(each.move, (Ask, Remind, Topped))]
    skips = [each for each in found if isinstance(each.move, Passed)]
    blocks: list[Block] = []
    if not fires:
        blocks.append(Paragraph(t("Nothing will fire.")))
    blocks += _section(tx, t("What fires if nobody does anything"), fires)
    blocks += _section(tx, t("What does not, and why"), skips)
    blocks.append(Note(t("Answers, changes and leave that is not known yet change it.")))
    return Outcome(Say(Card(title, tuple(blocks))))


def _days(text: str) -> int:
    found = _DAYS.fullmatch(text.strip())
    if found is None or not 1 <= int(found[1]) <= _MOST_DAYS:
        example = Code("7d")
        raise Refused(
            t("Say how many days, at most {n}: {example}", n=_MOST_DAYS, example=example),
            field="days",
        )
    return int(found[1])


def _section(tx: Tx, title: Msg, found: list[Foreseen]) -> tuple[Block, ...]:
    if not found:
        return ()
    lines = tuple(_foreseen(tx, each) for each in found[:SHOWN])
    return (Heading(title), Entries(lines, more=len(found) - len(lines)))


def _foreseen(tx: Tx, each: Foreseen) -> Entry:
    climb = tx.get(Climb, each.climb)
    assert climb is not None
    what = cards.name(tx, climb)
    match each.move:
        case Ask(role=role, person=person, send_at=at):
            who = t("{who} ({role})", who=tx.mention(person), role=wording.role(str(role)))
            return Entry(what, t("{when}: {who}", when=When(at), who=who))
        case Remind(person=person, send_at=at):
            who = t("{who} is reminded", who=tx.mention(person))
            return Entry(what, t("{when}: {who}", when=When(at), who=who))
        case Passed(role=role, person=person, why=why, until=until):
            said: Inline = wording.passed(tx, str(role), person, why, until)
            return Entry(what, t("{when}: {who}", when=When(each.at), who=said))
        case _:
            return Entry(what, t("{when}: {who}", when=When(each.at), who=t("the ops channel")))


def show_policy(cmd: ShowPolicy, tx: Tx, now: datetime) -> Outcome:
    """Show the policies in the order in which they are looked at."""
    own = queries.policies(tx)
    names = {each.name for each in own}
    blocks: list[Block] = []
    for policy in (*own, *(each for each in DEFAULTS if each.name not in names)):
        blocks += _policy(policy)
        if tx.person.is_admin and policy.name in _EDITED:
            blocks.append(Buttons((edit_button(policy),)))
    ops = sending.ops_channel(tx)
    if ops is None:
        set_it = Slash("escalate ops", Either("here", "这里"))
        blocks.append(Note(t("There is no ops channel: choose one with {set_it}", set_it=set_it)))
    title = t("Who is asked, when: the first policy that fits holds")
    return Outcome(Say(Card(title, tuple(blocks))))


#: The policies that a form changes: of one severity each.
_EDITED = {f"severity {number}": number for number in (1, 2, 3, 4)}


def edit_button(policy: Policy) -> Button:
    """Opens the form of a severity's policy, as it is."""
    lines = (
        " ".join((str(each.whom), *((str(each.after),) if number else ()), *each.how))
        for number, each in enumerate(policy.steps)
    )
    edit = EditPolicy(
        severity=_EDITED[policy.name],
        stale=str(policy.stale_after),
        steps="\n".join(lines),
        repeat=float(policy.repeat),
    )
    return Button(t("Edit…"), edit, opens_form=True)


def _policy(policy: Policy) -> tuple[Block, ...]:
    stale = t("Stale after {wait}", wait=wording.wait(policy.stale_after))
    steps = tuple(Entry(wording.rung(number, each)) for number, each in enumerate(policy.steps))
    end = wording.after_all(policy)
    loud = (Note(t("It asks at any hour, quiet or not.")),) if policy.ignores_quiet_hours else ()
    return (Heading(wording.scope(policy)), Paragraph(stale), Entries(steps), Note(end), *loud)
