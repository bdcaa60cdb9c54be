"""Opening a war room: a chain of small steps, each an effect whose answer starts the next.

    row → channel → people → summary card → pin → announced

Every step finds the room as the step before left it, so the chain goes on after any restart, and
after a failure *Retry* takes it up where it stopped.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.core.chat import Tone, line
from bot.core.effects import (
    CreateChannel,
    Effect,
    Failure,
    Invite,
    Pin,
    PostCard,
    Receipt,
    RedrawCard,
)
from bot.core.errors import Refused
from bot.core.events import RoomOpened
from bot.core.platform import Say
from bot.core.reasons import reason
from bot.core.text import Reader, Strong, t
from bot.feature import Outcome
from bot.features.rooms import cards, membership, queries, wording
from bot.features.rooms.commands import OpenRoom, RetryOpening
from bot.features.rooms.queries import Access
from bot.features.rooms.slugs import channel_name
from bot.features.rooms.steps import (
    Announced,
    CardPinned,
    CardPosted,
    ChannelCreated,
    PeopleInvited,
)
from bot.features.rooms.tables import Member, Opening, Room
from storage.tx import Tx

#: What platforms say where Muster is not in a channel; a private one is not even there for it.
_NOT_THERE = {"not_in_channel", "channel_not_found"}
#: Names that are tried for a channel before giving up.
MOST_NAMES = 20


def open_room(cmd: OpenRoom, tx: Tx, now: datetime) -> Outcome:
    """Open a war room. Unacquainted: it takes its language and time zone from who opens it."""
    tx.know_asker()
    room = tx.add(_new_room(cmd, tx, now))
    everybody = dict.fromkeys([tx.asker, room.lead_id, *cmd.people])
    for person in everybody:
        if person is not None:
            tx.add(Member(room_id=room.id, person_id=person, since=now))
    tx.record(
        "room.opened",
        t(
            "{who} opened {room}",
            who=tx.mention(tx.asker),
            room=Strong(f"{room.key} {room.title}"),
        ),
        room=room.id,
    )
    return Outcome(
        Say(cards.opening(room)), (_create_channel(tx, room, 1), *_announce_opening(tx, room))
    )


def _new_room(cmd: OpenRoom, tx: Tx, now: datetime) -> Room:
    private_place = tx.is_direct or tx.place is None
    return Room(
        workspace_id=tx.workspace_id,
        number=tx.next_number("rooms_made"),
        title=cmd.title,
        severity=cmd.severity,
        is_private=cmd.private,
        lead_id=cmd.lead or tx.asker,
        lang=cmd.language or tx.setting("room_language") or tx.reader.lang,
        zone=tx.reader.zone,
        origin=None if cmd.private or private_place or tx.place is None else tx.place.channel,
        not_invited="{}",
        opened_by=tx.asker,
        opened_at=now,
        goal=cmd.goal,
    )


def _announce_opening(tx: Tx, room: Room) -> tuple[Effect, ...]:
    """A short live card where the room was asked for; a private room announces itself nowhere."""
    if room.origin is None:
        return ()
    announcement = _announcement(tx, room, room.origin, Reader(tx.reader.lang, tx.reader.zone))
    return (replace(announcement, then=Announced(room=room.id)),)


def announced(cmd: Announced, tx: Tx, now: datetime) -> Outcome:
    """Where it was asked for they know; or whoever opened it hears that they do not."""
    if not isinstance(cmd.receipt, Failure):
        return Outcome()
    room = tx.get(Room, cmd.room)
    assert room is not None, "a room is never deleted"
    if cmd.receipt.code in _NOT_THERE:
        text = t(
            "Muster is not in the channel where you opened {room}, so nobody there was told of it. "
            "Invite Muster to that channel, and it announces the next one.",
            room=Strong(room.key),
        )
    else:
        text = t(
            "Nobody was told of {room} where you opened it: {why}",
            room=Strong(room.key),
            why=reason(cmd.receipt.code),
        )
    return Outcome(effects=(tx.direct(room.opened_by, line(text, Tone.WARNING)),))


def _announcement(tx: Tx, room: Room, channel: str, reader: Reader) -> PostCard:
    return PostCard(
        tx.channel(channel), cards.announcement(tx, room), reader, live=f"announcement:{room.id}"
    )


def _create_channel(tx: Tx, room: Room, tries: int) -> Effect:
    return CreateChannel(
        tx.home,
        channel_name(room.key, room.title, tries),
        f"{room.key} {room.title}",
        wording.topic(room),
        private=room.is_private,
        then=ChannelCreated(room=room.id, tries=tries),
    )


def channel_created(cmd: ChannelCreated, tx: Tx, now: datetime) -> Outcome:
    """The channel is there: bring the people in. Or its name was taken: try the next."""
    room = queries.locked(tx, cmd.room)
    if isinstance(cmd.receipt, Failure):
        if cmd.receipt.code == "name_taken" and cmd.tries < MOST_NAMES:
            return Outcome(effects=(_create_channel(tx, room, cmd.tries + 1),))
        return _failed(tx, room, Opening.CHANNEL, cmd.receipt)
    receipt = cmd.receipt or Receipt()
    tx.change(
        room,
        channel=receipt.id,
        channel_name=receipt.name,
        channel_gone=False,
        opening=Opening.PEOPLE,
        failure=None,
    )
    return Outcome(effects=(_invite(tx, room), *_redraw(tx, room)))


def _invite(tx: Tx, room: Room) -> Effect:
    people = queries.member_ids(tx, room.id)
    users = tuple(tx.person_by_id(person).user for person in people)
    return Invite(queries.address(tx, room), users, then=PeopleInvited(room=room.id))


def people_invited(cmd: PeopleInvited, tx: Tx, now: datetime) -> Outcome:
    """Those who can come are there; post the card, which names the others."""
    room = queries.locked(tx, cmd.room)
    if isinstance(cmd.receipt, Failure):
        return _failed(tx, room, Opening.PEOPLE, cmd.receipt)
    membership.note_refused(tx, room, (cmd.receipt or Receipt()).refused)
    tx.change(room, opening=Opening.CARD, failure=None)
    return Outcome(effects=(_post_card(tx, room),))


def _post_card(tx: Tx, room: Room) -> Effect:
    return PostCard(
        queries.address(tx, room),
        cards.summary(tx, room),
        queries.reader(room),
        live=room.live,
        then=CardPosted(room=room.id),
    )


def card_posted(cmd: CardPosted, tx: Tx, now: datetime) -> Outcome:
    """The card is there: pin it."""
    room = queries.locked(tx, cmd.room)
    if isinstance(cmd.receipt, Failure):
        return Outcome() if room.is_ready else _failed(tx, room, Opening.CARD, cmd.receipt)
    tx.change(room, card=(cmd.receipt or Receipt()).id, failure=None)
    if not room.is_ready:
        tx.change(room, opening=Opening.PIN)
    return Outcome(effects=(_pin(tx, room),))


def card_again(tx: Tx, room: Room) -> tuple[Effect, ...]:
    """Post the card of a room anew, where there is none any more."""
    return (_post_card(tx, room),) if room.is_ready else ()


def _pin(tx: Tx, room: Room) -> Effect:
    return Pin(queries.address(tx, room), room.card or "", then=CardPinned(room=room.id))


def card_pinned(cmd: CardPinned, tx: Tx, now: datetime) -> Outcome:
    """All is ready. A card that cannot be pinned serves as well where it stands."""
    room = queries.locked(tx, cmd.room)
    if room.is_ready:
        return Outcome()  # its card was posted anew
    tx.change(room, opening=Opening.READY, failure=None)
    lobby = tx.setting("lobby")
    shown = _redraw(tx, room)
    announced = {each.to.channel for each in shown} | {room.origin}
    effects: tuple[Effect, ...] = shown
    if lobby and not room.is_private and lobby not in announced:
        effects += (_announcement(tx, room, lobby, tx.reader),)
    return Outcome(effects=effects, events=(RoomOpened(room.id),))


def _redraw(tx: Tx, room: Room) -> tuple[RedrawCard, ...]:
    return tuple(tx.redraw(room.live, f"announcement:{room.id}"))


def _failed(tx: Tx, room: Room, opening: Opening, failure: Failure) -> Outcome:
    """A step failed: whoever opened the room is told, with a button to try again."""
    tx.change(room, opening=opening, failure=failure.code)
    tx.record(
        "room.opening_failed",
        t("Opening stopped: {why}", why=reason(failure.code)),
        room=room.id,
    )
    told = cards.opening_failed(tx, room)
    return Outcome(effects=(tx.direct(room.opened_by, told), *_redraw(tx, room)))


def retry_opening(cmd: RetryOpening, tx: Tx, now: datetime) -> Outcome:
    """Take the opening up where it stopped."""
    room = queries.room_for(tx, cmd.room, Access.MEMBER, lock=True)
    if room.failure is None:
        sentence = t("The opening of {room} did not stop.", room=Strong(room.key))
        raise Refused(sentence)
    if room.failure == "channel_not_found":
        tx.change(room, channel=None, opening=Opening.CHANNEL)  # another one has to be made
    steps = {
        Opening.CHANNEL: lambda: _create_channel(tx, room, 1),
        Opening.PEOPLE: lambda: _invite(tx, room),
        Opening.CARD: lambda: _post_card(tx, room),
        Opening.PIN: lambda: _pin(tx, room),
    }
    effect = steps[Opening(room.opening)]()
    text = t("Trying again to open {room}.", room=Strong(room.key))
    if room.has_lost_channel:
        text = t("Making a new channel for {room}.", room=wording.name(room))
        tx.record(
            "room.channel",
            t("{who} has a new channel made", who=tx.mention(tx.asker)),
            room=room.id,
        )
    tx.change(room, failure=None)
    return Outcome(
        Say(line(text)),
        (effect, *_redraw(tx, room)),
    )
