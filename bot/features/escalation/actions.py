"""What people do with climbs: set one going, be on it, ask for help, let it rest."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.core.chat import Tone, line
from bot.core.errors import Refused
from bot.core.keys import ItemKey, RoomKey
from bot.core.platform import Say
from bot.core.text import Mention, Msg, Strong, When, t
from bot.feature import Outcome
from bot.features.escalation import cards, due, queries, sending, watching
from bot.features.escalation.boxes import Box, Posted
from bot.features.escalation.commands import AskForHelp, Escalate, SayOnIt, Snooze
from bot.features.escalation.ladder import Phase, Stand, held, hurried, snoozed
from bot.features.escalation.policy import How, to_data
from bot.features.escalation.reach import Away, next_worked, reach
from bot.features.escalation.tables import Cause, Climb, Step, Subject, columns_of
from bot.features.items import queries as items
from bot.features.rooms import queries as rooms
from bot.features.rooms.queries import Access, Room
from storage.tx import Tx


def item_for(tx: Tx, key: ItemKey, *, lock: bool = False) -> tuple[Room, items.Item]:
    """The item that is meant, of a room that they may see; Refused if there is none."""
    room_key = RoomKey(key.room) if key.room is not None else None
    room = rooms.room_for(tx, room_key, Access.SEE, lock=lock, closed=True)
    item = items.numbered(tx, room.id, key.number, lock=lock)
    if item is None or item.withdrawn_at is not None:
        unknown = ItemKey(key.number, room.number)
        raise Refused(t("There is no item {key}.", key=Strong(str(unknown))), field="item")
    return room, item


def climb_for(tx: Tx, item: ItemKey | None, number: float | None) -> tuple[Room, Climb]:
    """The climb that is meant, to be changed. Refused if it is not climbing, or is unknown."""
    room: Room | None
    climb: Climb | None
    if item is not None:
        room, found = item_for(tx, item, lock=True)
        climb = queries.climb_of(tx, Subject.ITEM, found.id, lock=True)
        if found.is_done:
            raise Refused(t("{key} is done already.", key=Strong(str(found.key))))
        if climb is None or not (climb.is_climbing or climb.has_topped):
            raise Refused(t("{key} is not climbing.", key=Strong(str(found.key))), field="item")
        return room, _frozen(tx, climb, room)
    climb = tx.get(Climb, int(number), lock=True) if number and 0 < number < 2**53 else None
    room = tx.get(Room, climb.room_id) if climb is not None else None
    if climb is None or room is None or room.workspace_id != tx.workspace_id:
        raise Refused(t("Say which item it is about."), field="item")
    if not rooms.can_see(tx, room) or not (climb.is_climbing or climb.has_topped):
        raise Refused(t("That has been seen to: it is not climbing any more."), field="item")
    return room, _frozen(tx, climb, room)


def _frozen(tx: Tx, climb: Climb, room: Room) -> Climb:
    """With its policy: whoever takes up what has climbed to the end goes on by the one of now."""
    if climb.policy is None:
        policy = queries.policy_of(tx, climb, room)
        tx.change(climb, policy=json.dumps(to_data(policy), ensure_ascii=False))
    return climb


def is_theirs(tx: Tx, climb: Climb, room: Room) -> bool:
    """Whether who asks has to do with a climb: it is theirs, or they were asked."""
    roles = queries.people_of(tx, climb, room)
    asked = {step.person_id for step in queries.steps_of(tx, climb) if step.passed is None}
    return tx.person.is_admin or tx.asker in {roles[each] for each in list(roles)[:3]} | asked


def _check_member(tx: Tx, climb: Climb, room: Room) -> None:
    if not is_theirs(tx, climb, room) and not rooms.is_member(tx, room):
        raise Refused(
            t("Only members of {room} and those who were asked can do that.", room=Strong(room.key))
        )


def escalate(cmd: Escalate, tx: Tx, now: datetime) -> Outcome:
    """Have an item climb at once; with a name, that person is asked first."""
    room, item = item_for(tx, cmd.item, lock=True)
    key = Strong(str(item.key))
    if room.is_closed or item.is_done:
        raise Refused(t("{key} is closed: there is nothing to escalate.", key=key), field="item")
    if not (tx.person.is_admin or rooms.is_member(tx, room) or item.owner_id == tx.asker):
        raise Refused(
            t("Only members of {room} and those who were asked can do that.", room=Strong(room.key))
        )
    if not queries.is_on(tx):
        raise Refused(t("Escalation is switched off in this workspace."))
    climb = queries.climb_of(tx, Subject.ITEM, item.id, lock=True)
    if climb is None:
        watching.touch(tx, item, now, "watched")
        climb = queries.climb_of(tx, Subject.ITEM, item.id, lock=True)
    assert climb is not None
    stand = Stand(Phase.WATCHING, now)
    asked = {"cause": str(Cause.ASKED), "asker_id": tx.asker, "why": cmd.why or None}
    if not climb.is_climbing:
        tx.change(climb, **columns_of(stand), **asked)
    else:  # whoever is on it does not get on with it: the next one is asked now
        tx.change(climb, **columns_of(hurried(climb.stand, now)), **asked)
    what, who = cards.name(tx, climb), tx.mention(tx.asker)
    said = t("{who} escalated {what}", who=who, what=what)
    tx.record("escalation.asked_for", said, room=room.id)
    effects = due.go_on(tx, climb, room, now)
    if cmd.to is not None:
        _ask(tx, climb, room, cmd.to, now, field="to")
    told = t("{what} climbs now. {next}", what=what, next=cards.state(tx, climb))
    return Outcome(Say(line(told, Tone.GOOD)), effects)


def say_on_it(cmd: SayOnIt, tx: Tx, now: datetime) -> Outcome:
    """Say that one is on it: nobody else is asked for as long as the policy says."""
    room, climb = climb_for(tx, cmd.item, cmd.climb)
    _check_member(tx, climb, room)
    if climb.phase == Phase.HELD and climb.holder_id not in {None, tx.asker}:
        assert climb.holder_id is not None
        raise Refused(t("{who} is on it already.", who=tx.mention(climb.holder_id)))
    stand = held(climb.stand, queries.facts_of(tx, climb, room), now, tx.asker)
    said = t("{who} is on {what}", who=tx.mention(tx.asker), what=cards.name(tx, climb))
    assert stand.until is not None
    told = t("You are on it until {when}. Before that I remind you.", when=When(stand.until))
    tx.change(climb, **columns_of(stand))
    return _moved(tx, climb, "held", said, told)


def _moved(tx: Tx, climb: Climb, kind: str, said: Msg, told: Msg) -> Outcome:
    """Note it, tell who did it, and redraw every card of it."""
    watching.arm(tx, climb)
    tx.record(f"escalation.{kind}", said, room=climb.room_id)
    return Outcome(Say(line(told, Tone.GOOD)), watching.redraw(tx, climb))


def snooze(cmd: Snooze, tx: Tx, now: datetime) -> Outcome:
    """Let it rest, so often and for so long as the policy allows; until a working hour."""
    room, climb = climb_for(tx, cmd.item, cmd.climb)
    if not is_theirs(tx, climb, room):
        raise Refused(t("Only its owner, the lead and those who were asked can let it rest."))
    if cmd.until is None or cmd.until <= now:
        raise Refused(t("Say until when: a time that is to come."), field="until")
    facts = queries.facts_of(tx, climb, room)
    policy = facts.policy
    if climb.snoozes >= policy.snoozes:
        raise Refused(
            t(
                "It was let rest {n} times already, which is the most. Say that you are on it, "
                "or hand it over.",
                n=climb.snoozes,
            )
        )
    longest = now + timedelta(days=policy.longest_snooze)
    if cmd.until > longest:
        sentence = t("That is too long: it may rest for at most {n} days.", n=policy.longest_snooze)
        raise Refused(sentence, field="until")
    until = cmd.until
    if not policy.ignores_quiet_hours:
        until = next_worked(facts.calendar, until, ZoneInfo(room.zone)) or until
    tx.change(climb, snoozes=climb.snoozes + 1, **columns_of(snoozed(climb.stand, until)))
    said = t(
        "{who} let {what} rest until {when}: {text}",
        who=tx.mention(tx.asker),
        what=cards.name(tx, climb),
        when=When(until),
        text=cmd.why,
    )
    told = t("It rests until {when}.", when=When(until))
    return _moved(tx, climb, "snoozed", said, told)


def ask_for_help(cmd: AskForHelp, tx: Tx, now: datetime) -> Outcome:
    """Ask somebody for help; without a name, the next one on the ladder is asked at once."""
    room, climb = climb_for(tx, cmd.item, cmd.climb)
    if not is_theirs(tx, climb, room):
        raise Refused(t("Only its owner, the lead and those who were asked can ask for help."))
    what, who = cards.name(tx, climb), tx.mention(tx.asker)
    tx.change(climb, cause=str(Cause.ASKED), asker_id=tx.asker, why=cmd.text or None)
    if cmd.who is None:
        tx.change(climb, **columns_of(hurried(climb.stand, now)))
        said = t("{who} asks for help with {what}", who=who, what=what)
        tx.record("escalation.help", said, room=room.id)
        effects = due.go_on(tx, climb, room, now)
        return Outcome(Say(line(cards.state(tx, climb), Tone.GOOD)), effects)
    helper = _ask(tx, climb, room, cmd.who, now, field="who")
    said = t("{who} asks {helper} for help with {what}", who=who, helper=helper, what=what)
    tx.record("escalation.help", said, room=room.id)
    told = t("I have asked {who}.", who=helper)
    return Outcome(Say(line(told, Tone.GOOD)), watching.redraw(tx, climb))


def _ask(tx: Tx, climb: Climb, room: Room, person: int, now: datetime, *, field: str) -> Mention:
    """Ask somebody by name, as soon as they can be asked. Refused (of `field`) if they cannot."""
    facts = queries.facts_of(tx, climb, room)
    who = queries.candidates(tx, room, [person])[person]
    found = reach(who, now, is_loud=facts.policy.ignores_quiet_hours)
    mention = tx.mention(person)
    if isinstance(found, Away):
        said = t("{who} cannot be asked. Name somebody else.", who=mention)
        if found.why == "leave":
            said = t("{who} is on leave. Name somebody else.", who=mention)
        elif found.why == "outside":
            said = t("{who} is not in this room. Name somebody else.", who=mention)
        raise Refused(said, field=field)
    day = found.astimezone(who.zone).date()
    posted = Posted(How.DIRECT, f"person:{person}", found, Box(found, day, 0), is_loud=True)
    step = Step(
        climb_id=climb.id,
        cycle=climb.cycle,
        number=queries.next_step(tx, climb),
        rung=climb.rung,
        lap=climb.lap,
        role="asked",
        person_id=person,
        at=now,
    )
    is_urgent = facts.policy.ignores_quiet_hours
    sending.put_step(tx, climb, posted, step, room=room, is_urgent=is_urgent)
    return mention
