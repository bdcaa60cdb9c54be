"""What counts as activity: each thing is watched from its last on, and never looked for.

When something is touched, the instant at which it will be stale is worked out and set as a timer.
So what is due is found in an index, however many things are open.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.core.calendar import Calendar
from bot.core.effects import Effect
from bot.core.events import (
    BlockerNamed,
    DecisionRecorded,
    ItemChanged,
    ItemReported,
    Missed,
    NoteAdded,
    RoomClosed,
    RoomReopened,
    RoomTouched,
    Settled,
)
from bot.core.keys import ItemKey
from bot.core.text import dump_inline
from bot.feature import Outcome
from bot.features.calendar import queries as calendar
from bot.features.decisions import queries as decisions
from bot.features.escalation import ladder, queries
from bot.features.escalation.ladder import Phase, Stand
from bot.features.escalation.policy import Policy, choose
from bot.features.escalation.steps import ClimbDue, WatchAnew
from bot.features.escalation.tables import Cause, Climb, Subject, Watched, columns_of
from bot.features.items import queries as items
from bot.features.rooms import queries as rooms
from storage.tx import Tx

#: Stand-ups running in which a blocker is named before it climbs.
RUNNING = 3
_SLICE = 200
_KEY = re.compile(r"WR-\d{1,9}-\d{1,9}", re.IGNORECASE | re.ASCII)


def stale_at(
    policy: Policy, days: Calendar, zone: ZoneInfo, since: datetime, due: datetime | None
) -> tuple[datetime, Cause]:
    """When an item is stale that was last touched at `since`, and why: quiet, or overdue."""
    at, is_overdue = ladder.stale_at(policy, days, zone, since, due)
    return at, Cause.OVERDUE if is_overdue else Cause.QUIET


def arm(tx: Tx, climb: Climb) -> None:
    """Have it go on when it is due; forget that when it never is."""
    if climb.next_at is None:
        tx.cancel_timer(climb.timer)
    else:
        tx.set_timer(climb.timer, climb.next_at, ClimbDue(climb=climb.id))


def redraw(tx: Tx, climb: Climb) -> tuple[Effect, ...]:
    """Redraw every card that shows a climb, wherever it stands."""
    steps = queries.steps_of(tx, climb)
    shown = {f"parcel:{each.parcel_id}" for each in steps if each.parcel_id}
    shown |= {each.live for each in steps if each.mentioned is not None}
    return tuple(effect for live in sorted(shown) for effect in tx.redraw(live))


def end(tx: Tx, climb: Climb) -> tuple[Effect, ...]:
    """There is nothing to climb for any more."""
    if climb.phase == Phase.ENDED:
        return ()
    tx.change(climb, **columns_of(Stand(Phase.ENDED, None)))
    arm(tx, climb)
    return redraw(tx, climb)


def watch(tx: Tx, climb: Climb, stand: Stand, **changes: object) -> tuple[Effect, ...]:
    """Watch something from its last activity on; what had begun is over."""
    had_begun = climb.is_climbing
    anew = {"policy": None, "snoozes": 0, "asker_id": None, "why": None}
    tx.change(climb, **columns_of(stand), **anew, **changes)
    arm(tx, climb)
    return redraw(tx, climb) if had_begun else ()


def touch(
    tx: Tx, item: items.Item, since: datetime, counted: str, *, force: bool = True
) -> tuple[Effect, ...]:
    """An item was touched: watch it from then on, or no longer if it is done."""
    if not queries.is_on(tx):
        return ()
    room = tx.get(rooms.Room, item.room_id)
    climb = queries.climb_of(tx, Subject.ITEM, item.id, lock=True)
    is_over = item.is_done or item.withdrawn_at is not None or room is None or room.is_closed
    if is_over:
        return end(tx, climb) if climb is not None else ()
    assert room is not None
    if climb is not None and not force and climb.phase != Phase.ENDED:
        return ()
    know(tx, room)
    policy = choose(queries.policies(tx), room.severity, item.kind, room.number)
    days = calendar.calendar_of(tx, room=room.id)
    at, cause = stale_at(policy, days, ZoneInfo(room.zone), since, item.due_at)
    stand = Stand(Phase.WATCHING, at)
    if climb is None:
        climb = tx.add(
            Climb(
                workspace_id=tx.workspace_id,
                room_id=room.id,
                kind=Subject.ITEM,
                subject_id=item.id,
                next_at=at,
                since=since,
                counted=counted,
                cause=cause,
            )
        )
        arm(tx, climb)
        return ()
    return watch(tx, climb, stand, since=since, counted=counted, cause=str(cause))


def know(tx: Tx, room: rooms.Room) -> Watched:
    """The row of a room, made when it is needed first."""
    known = queries.watched(tx, room.id)
    if known is None:
        tx.add_missing(Watched(room_id=room.id, severity=room.severity))
        known = queries.watched(tx, room.id)
    assert known is not None
    return known


def follow_item(event: ItemChanged, tx: Tx, now: datetime) -> Outcome:
    """An item was added, or its state, owner or date changed."""
    item = tx.get(items.Item, event.item)
    if item is None:
        return Outcome()
    kinds = [each.kind for each in tx.records if each.kind.startswith("item.")]
    counted = kinds[-1].removeprefix("item.") if kinds else "changed"
    return Outcome(effects=touch(tx, item, item.moved_at, counted))


def follow_report(event: ItemReported, tx: Tx, now: datetime) -> Outcome:
    """Somebody spoke of an item in a stand-up."""
    item = items.numbered(tx, event.room, event.number)
    climb = queries.climb_of(tx, Subject.ITEM, item.id) if item is not None else None
    if item is None or _is_only_named(climb):
        return Outcome()
    return Outcome(effects=touch(tx, item, now, "answered"))


def _is_only_named(climb: Climb | None) -> bool:
    """Whether it climbs for being spoken of and spoken of: one more time is no activity."""
    return climb is not None and climb.cause == Cause.NAMED and climb.phase != Phase.ENDED


def follow_decision(event: DecisionRecorded, tx: Tx, now: datetime) -> Outcome:
    """Something was decided: of the items that it names, that counts."""
    decision = tx.get(decisions.Decision, event.decision)
    if decision is None:
        return Outcome()
    text = f"{decision.title} {decision.why or ''}"
    return Outcome(effects=_touch_named(tx, text, now, "decided"))


def follow_note(event: NoteAdded, tx: Tx, now: datetime) -> Outcome:
    """A note of its owner's counts for an item that it names; other chatter does not."""
    return Outcome(effects=_touch_named(tx, event.text, now, "noted", owner=event.person))


def _touch_named(
    tx: Tx, text: str, now: datetime, counted: str, owner: int | None = None
) -> tuple[Effect, ...]:
    effects: list[Effect] = []
    for word in dict.fromkeys(_KEY.findall(text)[:10]):
        key = ItemKey.parse(word)
        room = rooms.numbered(tx, key.room) if key is not None and key.room is not None else None
        if key is None or room is None or not (tx.person_id is None or rooms.can_see(tx, room)):
            continue
        item = items.numbered(tx, room.id, key.number)
        if item is not None and (owner is None or item.owner_id == owner):
            effects += touch(tx, item, now, counted)
    return tuple(effects)


def follow_blocker(event: BlockerNamed, tx: Tx, now: datetime) -> Outcome:
    """The same blocker was named again; in several stand-ups running it climbs."""
    found = items.blockers(tx, event.room, event.person)
    item = next((each for each in found if items.same_words(each.text, event.text)), None)
    room = tx.get(rooms.Room, event.room)
    climb = queries.climb_of(tx, Subject.ITEM, item.id, lock=True) if item is not None else None
    if item is None or room is None or _is_only_named(climb):
        return Outcome()
    effects = touch(tx, item, now, "answered")
    climb = queries.climb_of(tx, Subject.ITEM, item.id, lock=True)
    if climb is None:
        return Outcome(effects=effects)
    named = _times_running(tx, climb, room, now)
    tx.change(climb, named=named, named_at=now)
    if named >= RUNNING:
        tx.change(climb, next_at=now, cause=str(Cause.NAMED))
        arm(tx, climb)
    return Outcome(effects=effects)


def _times_running(tx: Tx, climb: Climb, room: rooms.Room, now: datetime) -> int:
    """In how many stand-ups running it was named: days without any do not count, workdays do."""
    if climb.named_at is None:
        return 1
    zone = ZoneInfo(room.zone)
    last, today = (each.astimezone(zone).date() for each in (climb.named_at, now))
    if last == today:
        return climb.named
    days = calendar.calendar_of(tx, room=room.id)
    between = [day for day in days.workdays(last, today) if last < day < today]
    return 1 if between else climb.named + 1


def follow_missed(event: Missed, tx: Tx, now: datetime) -> Outcome:
    """What was promised has not come: it climbs now."""
    room = tx.get(rooms.Room, event.room)
    if room is None or room.is_closed or not queries.is_on(tx):
        return Outcome()
    know(tx, room)
    title = json.dumps(dump_inline(event.what), ensure_ascii=False)
    climb = queries.climb_of(tx, event.kind, event.subject, lock=True)
    shown = {"since": now, "counted": "missed", "cause": str(Cause.MISSED), "title": title}
    if climb is None:
        climb = tx.add(
            Climb(
                workspace_id=tx.workspace_id,
                room_id=room.id,
                kind=event.kind,
                subject_id=event.subject,
                next_at=now,
                owner_id=event.owner,
                since=now,
            )
        )
    stand = Stand(Phase.WATCHING, now)
    return Outcome(effects=watch(tx, climb, stand, owner_id=event.owner, **shown))


def follow_settled(event: Settled, tx: Tx, now: datetime) -> Outcome:
    """It has come after all."""
    climb = queries.climb_of(tx, event.kind, event.subject, lock=True)
    return Outcome(effects=end(tx, climb)) if climb is not None else Outcome()


def follow_room(event: RoomTouched, tx: Tx, now: datetime) -> Outcome:
    """A room's severity may have changed, and with it the policy of what is only watched."""
    known = queries.watched(tx, event.room)
    room = tx.get(rooms.Room, event.room) if known is not None else None
    if known is None or room is None:
        return Outcome()
    effects: list[Effect] = []
    update = queries.climb_of(tx, Subject.UPDATE, room.id)
    if (
        update is not None
        and update.phase != Phase.ENDED
        and room.updated_at is not None
        and room.updated_at > update.since
    ):
        effects += end(tx, update)
    if known.severity != room.severity:
        tx.change(known, severity=room.severity)
        for climb in queries.watched_in(tx, room.id):
            _rewatch(tx, climb, room)
    return Outcome(effects=tuple(effects))


def _rewatch(tx: Tx, climb: Climb, room: rooms.Room) -> None:
    """Work out anew when something that is only watched will be stale."""
    item = queries.item_of(tx, climb)
    if not climb.is_timed or item is None:
        return
    policy = choose(queries.policies(tx), room.severity, item.kind, room.number)
    days = calendar.calendar_of(tx, room=room.id)
    at, cause = stale_at(policy, days, ZoneInfo(room.zone), climb.counts_from, item.due_at)
    if at != climb.next_at:
        tx.change(climb, next_at=max(at, tx.now), cause=str(cause))
        arm(tx, climb)


def follow_closing(event: RoomClosed, tx: Tx, now: datetime) -> Outcome:
    """Nothing of a closed room climbs."""
    return Outcome(
        effects=tuple(
            effect for climb in queries.watched_in(tx, event.room) for effect in end(tx, climb)
        )
    )


def follow_reopening(event: RoomReopened, tx: Tx, now: datetime) -> Outcome:
    """Its open items are watched again, from now on."""
    found = items.soonest(tx, event.room, count=1000)
    return Outcome(
        effects=tuple(
            effect for item in found for effect in touch(tx, item, now, "reopened", force=False)
        )
    )


def watch_anew(cmd: WatchAnew, tx: Tx, now: datetime) -> Outcome:
    """The policies have changed, or escalation is on again: look at every open item, in slices."""
    newest = queries.newest(tx)
    if newest is not None and cmd.version and newest.version != cmd.version:
        return Outcome()  # a later change has its own
    query = items.open_after(cmd.after, workspace=tx.workspace_id, count=_SLICE)
    found = tx.all(items.Item, query)
    for item in found:
        climb = queries.climb_of(tx, Subject.ITEM, item.id, lock=True)
        room = tx.get(rooms.Room, item.room_id)
        if climb is None or climb.phase == Phase.ENDED:
            touch(tx, item, now, "watched", force=False)
        elif room is not None:
            _rewatch(tx, climb, room)
    if len(found) == _SLICE:
        after = WatchAnew(after=found[-1].id, version=cmd.version)
        tx.set_timer(f"watch-anew:{tx.workspace_id}", now, after)
    return Outcome()
