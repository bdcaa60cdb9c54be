"""Reads of war rooms, for every feature: which one is meant, who may do what, what to say."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Any

from sqlalchemy import BindParameter, and_, bindparam, exists, func, or_, select
from sqlalchemy.sql import Select

from bot.core.chat import Card
from bot.core.effects import Address, Effect, PostCard
from bot.core.errors import Refused
from bot.core.events import ChannelMoved
from bot.core.keys import RoomKey
from bot.core.platform import Reply, Say, Sender
from bot.core.sources import Source
from bot.core.text import Code, Inline, Link, Mention, Msg, Reader, Seq, Slash, Strong, When, t
from bot.core.words import clean
from bot.features.rooms import wording
from bot.features.rooms.tables import Member, Room
from storage import identity
from storage.rows import table_of
from storage.tables import Person
from storage.tx import Tx

__all__ = ["Access", "Member", "Room"]

rooms = table_of(Room)
members = table_of(Member)
#: By another name: what this is a condition of may read people as well.
_asking = table_of(Person).alias("asking")


class Access(IntEnum):
    """How close somebody must be to a room to do something in it."""

    SEE = 0
    MEMBER = 1
    LEAD = 2


_by_channel = (
    select(rooms)
    .where(rooms.c.workspace_id == bindparam("workspace"), rooms.c.channel == bindparam("channel"))
    .limit(1)
)
# As storage/rows.py locks: those who only refer to the room need not wait.
_by_channel_locked = _by_channel.with_for_update(key_share=True)
_by_number = select(rooms).where(
    rooms.c.workspace_id == bindparam("workspace"), rooms.c.number == bindparam("number")
)
_by_number_locked = _by_number.with_for_update(key_share=True)
_membership = select(members.c.id).where(
    members.c.room_id == bindparam("room"),
    members.c.person_id == bindparam("person"),
    members.c.is_in,
)
_anybody = select(members).where(
    members.c.room_id == bindparam("room"), members.c.person_id == bindparam("person")
)
_of_room = select(members).where(members.c.room_id == bindparam("room"), members.c.is_in)


def here(tx: Tx, *, lock: bool = False) -> Room | None:
    """The room in whose channel the command was given."""
    return of_channel(tx, tx.place.channel, lock=lock) if tx.place is not None else None


def of_channel(tx: Tx, channel: str, *, lock: bool = False) -> Room | None:
    """The room whose channel that is: the channel's id is all that makes it so."""
    query = _by_channel_locked if lock else _by_channel
    where = {"workspace": tx.workspace_id, "channel": channel}
    return tx.first(Room, query, where, keep=True)


def known(tx: Tx, user: str) -> int | None:
    """The person whom the platform calls `user`; None if Muster has not met them."""
    found = identity.find_person(tx, tx.workspace, user)
    return found.id if found else None


def met(tx: Tx, user: str, name: str) -> int:
    """As `known`; somebody new is met here, called `name` if the platform says so."""
    return identity.person_of(
        tx, tx.workspace, Sender(user, clean(name), is_admin=False), tx.now
    ).id


def numbered(tx: Tx, number: int, *, lock: bool = False) -> Room | None:
    """The room WR-`number`, whoever may see it."""
    query = _by_number_locked if lock else _by_number
    return tx.first(Room, query, {"workspace": tx.workspace_id, "number": number})


def author(tx: Tx, source: Source) -> Mention:
    """Who wrote a message, by the name that Muster knows them by."""
    person = known(tx, source.author)
    return tx.mention(person) if person is not None else Mention(source.author, source.author)


def said_in(tx: Tx, source: Source) -> Msg:
    """Who wrote the message of which something was made, when, and where it stands."""
    who, when = author(tx, source), When(source.at)
    if not source.link:
        return t("Said by {who}, {when}", who=who, when=when)
    link = Link(source.link, source.link, t("message"))
    return t("Said by {who}, {when} ({link})", who=who, when=when, link=link)


def of_source(column: Any, event: ChannelMoved) -> tuple[Any, Any]:
    """Of a column of message keys: which are of a channel that has another id, and theirs now."""
    is_moved = column.startswith(f"{event.channel}/", autoescape=True)
    return is_moved, event.new + func.substr(column, len(event.channel) + 1)


def locked(tx: Tx, room: int) -> Room:
    """The row of a room, for a step that changes it."""
    found = tx.get(Room, room, lock=True)
    if found is None:
        message = f"no room {room}"
        raise LookupError(message)
    return found


def room_for(
    tx: Tx, key: RoomKey | None, access: Access, *, lock: bool = False, closed: bool = False
) -> Room:
    """The room that is meant: `key`, else the one of this channel; locked if it will be changed.

    Refused if there is none that the person may see, if they are not close enough to it, or,
    unless `closed`, if it is closed. A private room that is not theirs is as unknown as one that
    never was.
    """
    room = here(tx, lock=lock) if key is None else numbered(tx, key.number, lock=lock)
    if room is None or not can_see(tx, room):
        raise _unknown(tx, key)
    _demand(tx, room, access)
    if not closed:
        check_open(room)
    return room


def check_open(room: Room) -> None:
    """Refused if it is closed: then nothing changes in it."""
    if room.is_closed:
        raise Refused(
            t(
                "{room} is closed. Reopen it first: {reopen}",
                room=Strong(room.key),
                reopen=Slash("warroom reopen", f"{room.key} …"),
            )
        )


def _unknown(tx: Tx, key: RoomKey | None) -> Refused:
    if key is not None:
        return Refused(t("There is no war room {key}.", key=Strong(str(key))), field="room")
    mine = open_rooms_of(tx, tx.asker, at_most=5)
    if not mine:
        sentence = t(
            "Which war room? Say its key, for example {key}, or ask in its channel.",
            key=Code(RoomKey.example),
        )
        return Refused(sentence, field="room")
    keys = Seq(tuple(Strong(f"{room.key} {room.title}") for room in mine))
    sentence = t("Which war room? Say its key, or ask in its channel. Yours: {rooms}.", rooms=keys)
    return Refused(sentence, field="room")


def _demand(tx: Tx, room: Room, access: Access) -> None:
    """Refused if who asks is not close enough: a room that nobody leads, its members lead."""
    if access is Access.SEE or tx.person.is_admin:
        return
    if not is_member(tx, room):
        raise Refused(
            t(
                "Only members of {room} can do that. Join it first: {join}",
                room=Strong(room.key),
                join=Slash("warroom join", room.key),
            )
        )
    lead_id = room.lead_id
    if access is Access.LEAD and lead_id is not None and lead_id != tx.person_id:
        lead = tx.mention(lead_id)
        raise Refused(
            t("Only the lead of {room} can do that: {lead}.", room=Strong(room.key), lead=lead)
        )


def can_see(tx: Tx, room: Room | None, person: int | None = None) -> bool:
    """Whether somebody (who asks, by default) may know of what belongs to a room.

    Without a room, of what belongs to the workspace as a whole. To people who do not belong to it
    every room is as a private one.
    """
    who = person if person is not None else tx.person_id
    is_outsider = who is not None and bool(tx.person_by_id(who).is_outsider)
    if room is None:
        return not is_outsider
    is_closed = room.is_private or is_outsider
    return not is_closed or is_member(tx, room, who)


def is_member(tx: Tx, room: Room, person: int | None = None) -> bool:
    """Whether somebody (who asks, by default) is in a room."""
    who = person if person is not None else tx.person_id
    return who is not None and tx.value(_membership, {"room": room.id, "person": who}) is not None


def joined(tx: Tx, among: Sequence[int]) -> set[int]:
    """Those of some rooms that who asks is in."""
    mine = (members.c.person_id == tx.asker, members.c.room_id.in_(among), members.c.is_in)
    return {member.room_id for member in tx.all(Member, select(members).where(*mine))}


def membership(tx: Tx, room: Room, person: int) -> Member | None:
    """The row of somebody who is in a room, or was."""
    return tx.first(Member, _anybody, {"room": room.id, "person": person})


def member_ids(tx: Tx, room: int) -> list[int]:
    """The people in a room, by id."""
    return [member.person_id for member in tx.all(Member, _of_room, {"room": room})]


def visible(person: int | BindParameter[int]) -> Any:
    """A condition on rooms: those that a person may know of."""
    mine = select(members.c.room_id).where(members.c.person_id == person, members.c.is_in)
    is_open = and_(rooms.c.is_private.is_(False), belongs(person))
    return or_(is_open, rooms.c.id.in_(mine))


def belongs(person: int | BindParameter[int]) -> Any:
    """A condition: that person belongs to the workspace, and may know what is everybody's."""
    return ~exists(
        select(_asking.c.id).where(_asking.c.id == person, _asking.c.is_outsider.is_(True))
    )


def open_rooms_of(tx: Tx, person: int, *, at_most: int) -> list[Room]:
    """The open rooms that a person is in, the newest first."""
    query: Select[Any] = (
        select(rooms)
        .join(members, and_(members.c.room_id == rooms.c.id, members.c.is_in))
        .where(
            members.c.person_id == person,
            rooms.c.workspace_id == tx.workspace_id,
            rooms.c.closed_at.is_(None),
        )
        .order_by(rooms.c.id.desc())
        .limit(at_most)
    )
    return tx.all(Room, query)


def led_by(tx: Tx, person: int) -> list[Room]:
    """The open rooms that a person leads, in their order."""
    query = select(rooms).where(
        rooms.c.workspace_id == tx.workspace_id,
        rooms.c.lead_id == person,
        rooms.c.closed_at.is_(None),
    )
    return tx.all(Room, query.order_by(rooms.c.id))


def member_count(tx: Tx, room: int) -> int:
    """How many people are in a room."""
    query = select(func.count()).where(members.c.room_id == room, members.c.is_in)
    return int(tx.value(query) or 0)


def address(tx: Tx, room: Room) -> Address:
    """Its channel. LookupError while it has none."""
    if room.channel is None:
        message = f"{room.key} has no channel yet"
        raise LookupError(message)
    return tx.channel(room.channel)


def reader(room: Room) -> Reader:
    """How its channel is spoken to."""
    return Reader("zh" if room.lang == "zh" else "both" if room.lang == "both" else "en", room.zone)


def whole_name(room: Room) -> Inline:
    """What a room is called, and where it is: for those who are told of it elsewhere."""
    name, where = f"{room.key} {room.title}", wording.link(room)
    return t("{room} · {place}", room=name, place=where) if where is not None else name


def can_hear(room: Room) -> bool:
    """Whether anything can be said in its channel.

    It has been made, is not archived, and Muster is in it.
    """
    return room.channel is not None and not room.channel_gone and room.muster_out_at is None


def tell(tx: Tx, room: Room, card: Card) -> tuple[Effect, ...]:
    """Post a card in a room; nothing where nobody would hear it."""
    if room.channel is None or not can_hear(room):
        return ()
    return (PostCard(tx.channel(room.channel), card, reader(room)),)


def answer(tx: Tx, room: Room, card: Card) -> Reply | None:
    """What to tell who asked, of something that the room is told: nothing if they see it there."""
    is_here = tx.place is not None and tx.place.channel == room.channel
    if is_here and can_hear(room):
        return None
    is_unheard = room.has_lost_channel and not room.is_closed
    return Say(wording.unheard(room, card) if is_unheard else card)
