"""Reads of stand-ups: a room's, the runs of a person, the turns of a run."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from sqlalchemy import bindparam, literal, select

from bot.core.errors import Refused
from bot.core.keys import RoomKey
from bot.core.text import Code, Seq, Slash, Strong, t
from bot.core.words import fold
from bot.features.rooms import queries as rooms
from bot.features.rooms.queries import Access, Room
from bot.features.standups.tables import Run, Stand, Standup, State, Turn
from storage.rows import table_of
from storage.tx import Tx

standups = table_of(Standup)
runs = table_of(Run)
turns = table_of(Turn)

#: For so long after it has closed an answer is added as late where nobody says which day is meant.
LATE_FOR = timedelta(hours=36)
#: For so long what stands in a chat is kept up to date, so that an answer can be taken back there.
KEPT_LIVE = timedelta(days=365)
#: For so long what asked people, each alone, is: who changes an answer does so soon.
KEPT_ASKING = timedelta(days=7)

_of_room = (
    select(standups)
    .where(standups.c.room_id == bindparam("room"), standups.c.removed_at.is_(None))
    .order_by(standups.c.name, standups.c.id)
)
_turns = select(turns).where(turns.c.run_id == bindparam("run")).order_by(turns.c.id)
_turn = select(turns).where(
    turns.c.run_id == bindparam("run"), turns.c.person_id == bindparam("person")
)
_turn_locked = _turn.with_for_update()
_planned = select(runs).where(
    runs.c.standup_id == bindparam("standup"), runs.c.state == literal("planned")
)
_last = (
    select(runs)
    .where(
        runs.c.standup_id == bindparam("standup"),
        runs.c.state != literal("planned"),
        runs.c.reason.is_(None) | runs.c.reason.not_in([literal("paused"), literal("changed")]),
    )
    .order_by(runs.c.day.desc())
    .limit(1)
)
_on = select(runs).where(runs.c.standup_id == bindparam("standup"), runs.c.day == bindparam("day"))
_history = (
    select(runs)
    .where(
        runs.c.standup_id == bindparam("standup"),
        runs.c.state != literal("planned"),
        runs.c.day <= bindparam("until"),
    )
    .order_by(runs.c.day.desc())
    .limit(bindparam("count"))
)
_open = literal("open")
_before = (
    select(turns)
    .select_from(turns.join(runs, runs.c.id == turns.c.run_id))
    .where(
        runs.c.standup_id == bindparam("standup"),
        runs.c.day < bindparam("day"),
        turns.c.person_id == bindparam("person"),
        turns.c.state == literal("answered"),
    )
    .order_by(runs.c.day.desc())
    .limit(1)
)


def of_room(tx: Tx, room: int) -> list[Standup]:
    """The stand-ups of a room, the one without a name first."""
    return tx.all(Standup, _of_room, {"room": room})


def standup(tx: Tx, standup_id: int) -> Standup:
    """The row of a stand-up."""
    found = tx.get(Standup, standup_id)
    if found is None:
        message = f"no stand-up {standup_id}"
        raise LookupError(message)
    return found


def standup_for(tx: Tx, key: RoomKey | None, name: str, access: Access) -> tuple[Room, Standup]:
    """The stand-up that is meant, and its room. Refused if there is none, or several."""
    room = rooms.room_for(tx, key, access, lock=access is not Access.SEE, closed=True)
    found = of_room(tx, room.id)
    if not found:
        raise Refused(
            t(
                "{room} has no stand-up. Set one up: {setup}",
                room=Strong(room.key),
                setup=Slash("standup setup"),
            )
        )
    named = [each for each in found if fold(each.name) == fold(name)]
    if not named and not name and len(found) == 1:
        named = found
    if not named:
        names = Seq(tuple(Code(f"--name {each.name}") for each in found if each.name), "or")
        raise Refused(t("Which stand-up? Say {names}.", names=names), field="name")
    return room, named[0]


def planned(tx: Tx, standup_id: int) -> Run | None:
    """The run that comes next."""
    return tx.first(Run, _planned, {"standup": standup_id})


def last_day(tx: Tx, standup_id: int) -> date | None:
    """The last date that is over and done with, or at hand; None if there is none.

    One that was dropped before its time can be again.
    """
    found = tx.first(Run, _last, {"standup": standup_id})
    return found.day if found is not None else None


def run_on(tx: Tx, standup_id: int, day: object) -> Run | None:
    """The run of a date."""
    return tx.first(Run, _on, {"standup": standup_id, "day": day})


def history(tx: Tx, standup_id: int, *, until: object, count: int) -> list[Run]:
    """The last runs up to a date, the newest first; not the one that comes next."""
    return tx.all(Run, _history, {"standup": standup_id, "until": until, "count": count})


def turns_of(tx: Tx, run: int) -> list[Turn]:
    """Everybody's turn in a run."""
    return tx.all(Turn, _turns, {"run": run})


def turn_of(tx: Tx, run: int, person: int, *, lock: bool = False) -> Turn | None:
    """Somebody's turn in a run."""
    return tx.first(Turn, _turn_locked if lock else _turn, {"run": run, "person": person})


def prompted(tx: Tx, prompt: int) -> list[Turn]:
    """The turns for which somebody was asked in one message, of which `prompt` is the first."""
    first = tx.get(Turn, prompt)
    if first is None:
        return []
    is_it = (turns.c.person_id == first.person_id, turns.c.prompt == prompt)
    return tx.all(Turn, select(turns).where(*is_it).order_by(turns.c.id))


def missing(tx: Tx, run: Run, turns: Iterable[Turn]) -> list[Turn]:
    """Of the turns of a run, those that still lack an answer; not of people who have left."""
    left = [turn for turn in turns if turn.state in {Stand.DUE, Stand.ASKED}]
    if not left:
        return []
    inside = set(rooms.member_ids(tx, run.room_id))
    return [turn for turn in left if turn.person_id in inside]


def before(tx: Tx, run: Run, person: int) -> Turn | None:
    """What somebody answered the last time before a run."""
    return tx.first(Turn, _before, {"standup": run.standup_id, "day": run.day, "person": person})


def open_runs(tx: Tx, person: int) -> list[Run]:
    """The open runs of the rooms that a person is in, those that close first first."""
    found = (
        select(runs)
        .join(rooms.members, rooms.members.c.room_id == runs.c.room_id)
        .where(
            rooms.members.c.person_id == person,
            rooms.members.c.is_in,
            runs.c.workspace_id == tx.workspace_id,
            runs.c.state == _open,
        )
        .order_by(runs.c.closes_at, runs.c.id)
    )
    return tx.all(Run, found)


def coming_runs(tx: Tx, person: int, *, until: datetime) -> list[Run]:
    """The runs of a person's rooms that will open by `until`, the soonest first."""
    found = (
        select(runs)
        .join(rooms.members, rooms.members.c.room_id == runs.c.room_id)
        .where(
            rooms.members.c.person_id == person,
            rooms.members.c.is_in,
            runs.c.workspace_id == tx.workspace_id,
            runs.c.state == State.PLANNED,
            runs.c.opens_at <= until,
        )
        .order_by(runs.c.opens_at, runs.c.id)
    )
    return tx.all(Run, found)


def closed_runs(tx: Tx, person: int, *, since: datetime) -> list[Run]:
    """The runs of a person's rooms that have closed since then, the newest first."""
    found = (
        select(runs)
        .join(rooms.members, rooms.members.c.room_id == runs.c.room_id)
        .where(
            rooms.members.c.person_id == person,
            rooms.members.c.is_in,
            runs.c.workspace_id == tx.workspace_id,
            runs.c.state == State.CLOSED,
            runs.c.closed_at > since,
        )
        .order_by(runs.c.closed_at.desc(), runs.c.id)
    )
    return tx.all(Run, found)


def turns_in(tx: Tx, person: int, among: Iterable[int]) -> dict[int, Turn]:
    """A person's turns in some runs, by run."""
    ids = tuple(among)
    if not ids:
        return {}
    found = select(turns).where(turns.c.person_id == person, turns.c.run_id.in_(ids))
    return {turn.run_id: turn for turn in tx.all(Turn, found)}
