"""Parcels: what is put into somebody's box, and what becomes of it when that goes out."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.core.chat import Card
from bot.core.effects import Address, DirectMessage, Effect, Failure, PostCard, Urgent
from bot.feature import Outcome
from bot.features.escalation import cards, queries, watching
from bot.features.escalation.boxes import Mail, Posted
from bot.features.escalation.ladder import Phase, unreached
from bot.features.escalation.policy import How, Role
from bot.features.escalation.reach import reach
from bot.features.escalation.steps import AlarmSounded, ParcelDue, ParcelSent
from bot.features.escalation.tables import Climb, Parcel, Step
from bot.features.rooms import queries as rooms
from storage import identity
from storage.tx import Tx

OPS = "ops"
#: Before the name of a box: what is in it waits for nothing else.
LOUD = "loud:"
_LADDER = frozenset(str(each) for each in Role)


def mail(tx: Tx) -> Mail:
    """Everybody's boxes."""
    return Mail(lambda key: queries.box_of(tx, key))


def parcel_for(
    tx: Tx, posted: Posted, *, person: int | None = None, room: int | None = None
) -> Parcel:
    """The parcel into which something was put: one that has not gone yet, or a new one."""
    if not posted.is_loud:
        last = queries.last_parcel(tx, posted.key)
        if last is not None and last.sent_at is None and last.send_at == posted.send_at:
            return last
    parcel = tx.add(
        Parcel(
            workspace_id=tx.workspace_id,
            box=f"{LOUD}{posted.key}" if posted.is_loud else posted.key,
            person_id=person,
            room_id=room,
            send_at=posted.send_at,
            day=(posted.box.day or posted.send_at.date()).isoformat(),
            count=posted.box.count,
        )
    )
    tx.set_timer(parcel.timer, parcel.send_at, ParcelDue(parcel=parcel.id))
    return parcel


def parcel_due(cmd: ParcelDue, tx: Tx, now: datetime) -> Outcome:
    """Send a parcel, with what of it still matters; never at an hour at which it must not be."""
    parcel = tx.get(Parcel, cmd.parcel, lock=True)
    if parcel is None or parcel.sent_at is not None:
        return Outcome()
    if now < parcel.send_at:
        tx.set_timer(parcel.timer, parcel.send_at, cmd)
        return Outcome()
    shown = [each for each in contents(tx, parcel) if is_wanted(*each) and queries.is_on(tx)]
    if parcel.person_id is not None:
        shown, later = _reached(tx, parcel, shown)
        if later > now:  # it is late, and they are not at work any more
            zone = identity.reader_for(tx.person_by_id(parcel.person_id), tx.defaults).zone
            day = later.astimezone(ZoneInfo(zone)).date().isoformat()
            tx.change(parcel, send_at=later, day=day, count=1)
            tx.set_timer(parcel.timer, later, cmd)
            return Outcome()
    tx.change(parcel, sent_at=now)
    return Outcome(effects=_sent(tx, parcel) if shown else ())


def _reached(
    tx: Tx, parcel: Parcel, shown: list[tuple[Step, Climb]]
) -> tuple[list[tuple[Step, Climb]], datetime]:
    """What of a parcel its reader can be asked now, or only later.

    They may have gone away since, or out of a private room: the next ones are asked at once.
    """
    assert parcel.person_id is not None
    kept, later = [], tx.now
    for step, climb in shown:
        room = tx.get(rooms.Room, climb.room_id)
        assert room is not None
        who = queries.candidates(tx, room, [parcel.person_id])[parcel.person_id]
        policy = queries.policy_of(tx, climb, room)
        is_loud = parcel.box.startswith(LOUD) and policy.ignores_quiet_hours
        found = reach(who, tx.now, is_loud=is_loud)
        if isinstance(found, datetime):
            later = max(later, found)
            kept.append((step, climb))
        else:
            tx.change(step, passed=found.why, until=found.until, parcel_id=None)
            stand = climb.stand
            if step.role in _LADDER:
                stand = unreached(stand, step.rung, step.lap, tx.now)
            if stand != climb.stand:
                tx.change(climb, next_at=stand.next_at)
                watching.arm(tx, climb)
    return kept, later


def contents(tx: Tx, parcel: Parcel) -> list[tuple[Step, Climb]]:
    """What is in a parcel, each thing once."""
    found: dict[int, tuple[Step, Climb]] = {}
    for step in queries.steps_in(tx, parcel):
        climb = tx.get(Climb, step.climb_id)
        if climb is not None:
            found[climb.id] = (step, climb)
    return list(found.values())


def is_wanted(step: Step, climb: Climb) -> bool:
    """Whether somebody is still to be asked: nobody is on it, and it has not moved."""
    if step.role == OPS:
        return climb.phase != Phase.ENDED
    if step.role == "holder":
        return climb.phase == Phase.HELD and climb.holder_id == step.person_id
    return step.cycle == climb.cycle and climb.phase in {Phase.CLIMBING, Phase.HELD}


def _sent(tx: Tx, parcel: Parcel) -> tuple[Effect, ...]:
    card = cards.parcel(tx, parcel)
    assert card is not None
    then = ParcelSent(parcel=parcel.id)
    if parcel.person_id is not None:
        reader = identity.reader_for(tx.person_by_id(parcel.person_id), tx.defaults)
        return (DirectMessage(tx.user(parcel.person_id), card, reader, parcel.live, then),)
    room = tx.get(rooms.Room, parcel.room_id) if parcel.room_id is not None else None
    if room is not None:
        if rooms.can_hear(room):
            address = rooms.address(tx, room)
            return (PostCard(address, card, rooms.reader(room), parcel.live, then),)
        return _to_somebody(tx, parcel, card)
    channel = ops_channel(tx)
    if channel is None:
        return _to_somebody(tx, parcel, card)
    return (PostCard(tx.channel(channel), card, tx.defaults, parcel.live, then),)


def ops_channel(tx: Tx) -> str | None:
    """Where the ladder ends: the ops channel, else the lobby."""
    found: str | None = tx.setting("ops_channel") or tx.setting("lobby")
    return found


def _to_somebody(tx: Tx, parcel: Parcel, card: Card) -> tuple[Effect, ...]:
    """Where there is no channel: whoever administers the workspace, and may know of the room."""
    about = contents(tx, parcel)
    room = tx.get(rooms.Room, about[0][1].room_id) if about else None
    admins = [
        each
        for each in identity.administrators(tx, tx.workspace)
        if rooms.can_see(tx, room, each.id)
    ]
    if not admins and room is not None and room.lead_id is not None:
        admins = [tx.person_by_id(room.lead_id)]
    return tuple(tx.direct(each.id, card) for each in admins)


def parcel_sent(cmd: ParcelSent, tx: Tx, now: datetime) -> Outcome:
    """A parcel has arrived, and is pressed on its reader if it is urgent; or it cannot arrive."""
    parcel = tx.get(Parcel, cmd.parcel)
    if parcel is None or cmd.receipt is None:
        return Outcome()
    steps = queries.steps_in(tx, parcel)
    if isinstance(cmd.receipt, Failure):
        return Outcome(effects=_said_in_rooms(tx, parcel, cmd.receipt.code))
    is_urgent = any(each.is_urgent for each in steps)
    if not is_urgent or parcel.person_id is None or not cmd.receipt.channel:
        return Outcome()
    user = tx.user(parcel.person_id)
    where = Address(user.platform, user.workspace, cmd.receipt.channel)
    then = AlarmSounded(parcel=parcel.id)
    return Outcome(effects=(Urgent(where, cmd.receipt.id, (user.user,), "app", then),))


def alarm_sounded(cmd: AlarmSounded, tx: Tx, now: datetime) -> Outcome:
    """The platform's alarm went off; where there is none, they are mentioned in the room."""
    parcel = tx.get(Parcel, cmd.parcel)
    if parcel is None or not isinstance(cmd.receipt, Failure):
        return Outcome()
    return Outcome(effects=_said_in_rooms(tx, parcel, ""))


def _said_in_rooms(tx: Tx, parcel: Parcel, trouble: str) -> tuple[Effect, ...]:
    """Mention in the rooms whoever is asked, for `trouble` or because it is urgent.

    Each time in a new post, which is noticed; the buttons of those before go.
    """
    if parcel.person_id is None:
        return (
            _to_somebody(tx, parcel, cards.parcel(tx, parcel) or cards.nothing()) if trouble else ()
        )
    effects: list[Effect] = []
    for step, climb in contents(tx, parcel):
        room = tx.get(rooms.Room, climb.room_id)
        if room is None or not rooms.can_hear(room):
            continue
        tx.change(step, mentioned=trouble)
        card = cards.mention(tx, step)
        if card is not None:
            address = rooms.address(tx, room)
            effects.append(PostCard(address, card, rooms.reader(room), step.live))
            effects += watching.redraw(tx, climb)
    return tuple(effects)


def put_step(
    tx: Tx, climb: Climb, posted: Posted, step: Step, *, room: rooms.Room, is_urgent: bool
) -> Step:
    """Write down a step that is taken, in the parcel that it goes with."""
    in_room = posted.how is How.THREAD
    is_ops = posted.key == OPS
    parcel = parcel_for(
        tx,
        posted,
        person=None if in_room or is_ops else step.person_id,
        room=room.id if in_room else None,
    )
    step.how = str(posted.how)
    step.send_at = parcel.send_at
    step.parcel_id = parcel.id
    step.is_urgent = is_urgent
    return tx.add(step)
