"""Who is in a war room and who leads it: joining, leaving, inviting, handing over."""

from __future__ import annotations

from datetime import datetime

from bot.core.chat import Block, Buttons, Card, Paragraph, Quote, Tone, line
from bot.core.effects import Effect, Failure, Invite, Receipt, Remove
from bot.core.errors import Refused
from bot.core.events import OpenWork, RoomTouched
from bot.core.keys import RoomKey
from bot.core.platform import Say
from bot.core.text import Seq, Slash, Strong, t
from bot.feature import Outcome
from bot.features.rooms import queries, wording
from bot.features.rooms.commands import HandOver, InvitePeople, JoinRoom, LeaveRoom, SetLead
from bot.features.rooms.queries import Access
from bot.features.rooms.steps import MoreInvited
from bot.features.rooms.tables import Member, Room
from bot.features.rooms.telling import said
from storage.tx import Tx


def put_in(tx: Tx, room: Room, person: int) -> bool:
    """Note that somebody is in a room; False if that was known. Lock the room first."""
    name = tx.person_by_id(person).name
    if name in room.refused:
        tx.change(room, not_invited=room.without_refused(name))
    row = queries.membership(tx, room, person)
    if row is None:
        tx.add(Member(room_id=room.id, person_id=person, since=tx.now))
        return True
    if row.is_in:
        return False
    tx.change(row, is_in=True, since=tx.now)
    return True


def take_out(tx: Tx, room: Room, person: int) -> bool:
    """Note that somebody is in a room no longer; False if that was known. Lock the room first."""
    row = queries.membership(tx, room, person)
    if row is None or not row.is_in:
        return False
    tx.change(row, is_in=False, since=tx.now)
    return True


def join_room(cmd: JoinRoom, tx: Tx, now: datetime) -> Outcome:
    """Join a war room."""
    room = queries.room_for(tx, cmd.room, Access.SEE, lock=True)
    is_new = put_in(tx, room, tx.asker)
    welcome = line(
        t("You are in {room}: {place}", room=wording.name(room), place=wording.place(room))
        if is_new
        else t("You are in {room} already.", room=wording.place(room)),
        Tone.GOOD if is_new else Tone.NEUTRAL,
    )
    if room.has_lost_channel:
        text = t("You are in {room}, but its channel was deleted.", room=wording.name(room))
        welcome = Card(text, (Buttons((wording.retry(room),)),), Tone.WARNING)
    if not is_new:
        return Outcome(Say(welcome))
    tx.record("room.joined", t("{who} joined", who=tx.mention(tx.asker)), room=room.id)
    return Outcome(Say(welcome), _bring(tx, room, tx.asker), (RoomTouched(room.id),))


def _bring(tx: Tx, room: Room, *people: int) -> tuple[Effect, ...]:
    """Invite people into its channel; whoever cannot come is named there."""
    if not queries.can_hear(room):
        return ()
    users = tuple(tx.person_by_id(person).user for person in people)
    then = MoreInvited(room=room.id, by=tx.asker, people=people)
    return (Invite(queries.address(tx, room), users, then=then),)


def leave_room(cmd: LeaveRoom, tx: Tx, now: datetime) -> Outcome:
    """Leave a war room."""
    room = queries.room_for(tx, cmd.room, Access.SEE, lock=True, closed=True)
    if room.lead_id == tx.asker and not room.is_closed:
        raise Refused(t("You lead {room}. Hand it over or close it first.", room=Strong(room.key)))
    if not take_out(tx, room, tx.asker):
        raise Refused(t("You are not in {room}.", room=Strong(room.key)))
    tx.record("room.left", t("{who} left", who=tx.mention(tx.asker)), room=room.id)
    remove: tuple[Effect, ...] = ()
    if queries.can_hear(room):
        remove = (Remove(queries.address(tx, room), tx.person.user),)
    left = line(t("You have left {room}.", room=wording.name(room)))
    return Outcome(Say(left), remove, (RoomTouched(room.id),))


def invite_people(cmd: InvitePeople, tx: Tx, now: datetime) -> Outcome:
    """Bring people into a war room; who cannot come is named there."""
    room = queries.room_for(tx, cmd.room, Access.MEMBER, lock=True)
    new = tuple(person for person in cmd.people if not queries.is_member(tx, room, person))
    if not new:
        raise Refused(t("They are in {room} already.", room=Strong(room.key)), field="people")
    if room.channel_gone and not room.has_lost_channel:
        raise Refused(t("The channel of {room} is archived.", room=Strong(room.key)))
    if room.muster_out_at is not None:
        raise Refused(
            t("I am not in the channel of {room}. Invite me there first.", room=Strong(room.key))
        )
    coming = Seq(tuple(tx.mention(person) for person in new))
    if room.channel is not None:
        told = t("Bringing {people} into {room}.", people=coming, room=wording.name(room))
        return Outcome(Say(line(told)), _bring(tx, room, *new))
    for person in new:
        put_in(tx, room, person)
    who = tx.mention(tx.asker)
    tx.record("room.invited", t("{who} brought in {people}", who=who, people=coming), room=room.id)
    return Outcome(Say(line(t("They will be brought in as soon as the channel is there."))))


def more_invited(cmd: MoreInvited, tx: Tx, now: datetime) -> Outcome:
    """People were invited: note who came, and tell the room who could not."""
    room = queries.locked(tx, cmd.room)
    if isinstance(cmd.receipt, Failure):
        refused = {tx.person_by_id(person).user: cmd.receipt.code for person in cmd.people}
    else:
        refused = (cmd.receipt or Receipt()).refused
    came = [person for person in cmd.people if tx.person_by_id(person).user not in refused]
    new = [person for person in came if put_in(tx, room, person)]
    if new:
        by = tx.mention(cmd.by)
        people = Seq(tuple(tx.mention(person) for person in new))
        tx.record(
            "room.invited", t("{who} brought in {people}", who=by, people=people), room=room.id
        )
    names = note_refused(tx, room, refused)
    effects: tuple[Effect, ...] = ()
    if names:
        effects = queries.tell(tx, room, Card(wording.not_invited(names), (), Tone.WARNING))
    return Outcome(effects=effects, events=(RoomTouched(room.id),))


def note_refused(tx: Tx, room: Room, refused: dict[str, str]) -> dict[str, str]:
    """Name people (the platform's ids) on the card who could not be invited; their names."""
    names: dict[str, str] = {}
    for user, why in refused.items():
        person = queries.known(tx, user)
        if person is None:
            continue
        names[tx.person_by_id(person).name] = why
        take_out(tx, room, person)
        if room.lead_id == person:
            is_in = queries.is_member(tx, room, room.opened_by)
            tx.change(room, lead_id=room.opened_by if is_in else None)
    if names:
        tx.change(room, not_invited=room.with_refused(names))
    return names


def set_lead(cmd: SetLead, tx: Tx, now: datetime) -> Outcome:
    """Say who leads: the lead's to say, or any member's when nobody does."""
    return _lead(tx, cmd.room, cmd.lead, "", "lead")


def hand_over(cmd: HandOver, tx: Tx, now: datetime) -> Outcome:
    """Hand the lead over, with where things stand."""
    return _lead(tx, cmd.room, cmd.to, cmd.note, "to")


def _lead(tx: Tx, key: RoomKey | None, lead: int, note: str, field: str) -> Outcome:
    room = queries.room_for(tx, key, Access.LEAD, lock=True)
    if lead == room.lead_id:
        raise Refused(t("{who} leads already.", who=tx.mention(lead)), field=field)
    bring = _bring(tx, room, lead) if put_in(tx, room, lead) else ()
    tx.change(room, lead_id=lead)
    if not note:
        text = t("{who} made {lead} the lead", who=tx.mention(tx.asker), lead=tx.mention(lead))
        return said(tx, room, "room.lead", text, *bring)
    text = t("{who} handed over to {lead}", who=tx.mention(tx.asker), lead=tx.mention(lead))
    work = [each for found in tx.ask(OpenWork(room.id)) for each in found]
    blocks: tuple[Block, ...] = (Quote(note), *(Paragraph(each) for each in work))
    tx.record("room.note", t("{who}: {text}", who=tx.mention(tx.asker), text=note), room=room.id)
    return said(tx, room, "room.lead", text, *bring, card=Card(text, blocks, Tone.INFO))


def lead_left(tx: Tx, room: Room) -> tuple[Effect, ...]:
    """The lead is no longer in the room: nobody leads it, and its members are told."""
    text = t("{room} has no lead now.", room=Strong(room.key))
    tx.change(room, lead_id=None)
    tx.record("room.lead", text, room=room.id)
    how = Paragraph(t("Say who leads: {command}", command=Slash("warroom lead", "@…")))
    return queries.tell(tx, room, Card(text, (how,), Tone.WARNING))
