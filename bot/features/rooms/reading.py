"""Lists, searches and the timeline: asking without changing anything."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, bindparam, or_, select
from sqlalchemy.sql import Select

from bot.core.keys import RoomKey
from bot.core.platform import Say
from bot.feature import Outcome
from bot.features.rooms import cards, queries
from bot.features.rooms.commands import FindRooms, ListRooms, ShowTimeline
from bot.features.rooms.queries import Access, rooms
from bot.features.rooms.tables import Member, Room
from storage import timeline
from storage.rows import table_of
from storage.tx import Tx

PAGE = 10
LINES = 12
#: Words that are searched for; the others of a long text are not.
MOST_WORDS = 8
_members = table_of(Member)
_ASKER: BindParameter[int] = bindparam("asker")
_HERE: BindParameter[int] = bindparam("here")


def show_timeline(cmd: ShowTimeline, tx: Tx, now: datetime) -> Outcome:
    """Show the timeline of a room, a page at a time, the newest first."""
    room = queries.room_for(tx, cmd.room, Access.SEE, closed=True)
    before = int(cmd.before) if cmd.before is not None else None
    lines = timeline.latest(tx, room.id, count=LINES + 1, before=before)
    older = lines[LINES - 1].id if len(lines) > LINES else None
    return Outcome(Say(cards.timeline(tx, room, lines[:LINES], older)))


def list_rooms(cmd: ListRooms, tx: Tx, now: datetime) -> Outcome:
    """List war rooms that the person may know of, the newest first."""
    wanted = {"severity": cmd.severity, "status": cmd.status}
    given = {name: value for name, value in wanted.items() if value is not None}
    query = _listed(cmd.scope, tuple(given), goes_on=cmd.before is not None)
    return _page(cmd, query, given, tx)


@functools.cache
def _listed(scope: str, columns: tuple[str, ...], *, goes_on: bool) -> Select[Any]:
    """The rooms of a scope whose `columns` are as asked; made once, as it is asked for often."""
    query = _my_rooms() if scope == "mine" else _all_rooms()
    if scope in {"open", "mine"}:
        query = query.where(rooms.c.closed_at.is_(None))
    if scope == "closed":
        query = query.where(rooms.c.closed_at.is_not(None))
    query = query.where(*(rooms.c[name] == bindparam(name) for name in columns))
    return _paged(query, goes_on=goes_on)


def _all_rooms() -> Select[Any]:
    return (
        select(rooms)
        .where(rooms.c.workspace_id == _HERE, queries.visible(_ASKER))
        .order_by(rooms.c.number.desc())
    )


def _my_rooms() -> Select[Any]:
    """The rooms that the person is in, which are of this workspace as the person is.

    Were that said as well, or the number not hidden in a sum, SQLite would walk all rooms of the
    workspace by its indexes to find these few (`make bench` shows it).
    """
    mine = select(_members.c.room_id).where(_members.c.person_id == _ASKER, _members.c.is_in)
    return select(rooms).where(rooms.c.id.in_(mine)).order_by((rooms.c.number + 0).desc())


def find_rooms(cmd: FindRooms, tx: Tx, now: datetime) -> Outcome:
    """Find war rooms by their key, or by all the words being in title, goal or resolution."""
    query = _all_rooms()
    for word in cmd.words.split()[:MOST_WORDS]:
        columns = (rooms.c.title, rooms.c.goal, rooms.c.resolution)
        matches = [column.icontains(word, autoescape=True) for column in columns]
        if (key := RoomKey.parse(word)) is not None:
            matches.append(rooms.c.number == key.number)
        query = query.where(or_(*matches))
    return _page(cmd, _paged(query, goes_on=cmd.before is not None), {}, tx)


def _paged(query: Select[Any], *, goes_on: bool) -> Select[Any]:
    """A page of a query and one more, so that it shows whether that is all."""
    if goes_on:
        query = query.where(rooms.c.number < bindparam("before"))
    return query.limit(PAGE + 1)


def _page(
    cmd: ListRooms | FindRooms, query: Select[Any], given: Mapping[str, Any], tx: Tx
) -> Outcome:
    """A page of rooms, with a button that asks for the next."""
    values = {**given, "asker": tx.asker}
    if isinstance(cmd, FindRooms) or cmd.scope != "mine":
        values["here"] = tx.workspace_id
    if cmd.before is not None:
        values["before"] = int(cmd.before)
    found = tx.all(Room, query, values)
    page = found[:PAGE]
    more = replace(cmd, before=float(page[-1].number)) if len(found) > PAGE else None
    is_all = more is None and cmd.before is None
    return Outcome(Say(cards.listing(tx, page, more, is_all=is_all)))
