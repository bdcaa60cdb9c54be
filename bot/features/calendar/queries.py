"""Reads of the calendar, for every feature: which days and hours hold for whom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import bindparam, select

from bot.core.calendar import Calendar, Override
from bot.core.calendar_hours import Hours
from bot.features.calendar.regions import region_of, region_of_zone
from bot.features.calendar.tables import Choice, Leave, Scope, TeamDay
from storage.rows import Rows, table_of
from storage.tx import Tx

choices = table_of(Choice)
days = table_of(TeamDay)
leave = table_of(Leave)

_choices = select(choices).where(choices.c.workspace_id == bindparam("workspace"))
_choice = _choices.where(
    choices.c.scope == bindparam("scope"), choices.c.subject_id == bindparam("subject")
)
_days = select(days).where(days.c.workspace_id == bindparam("workspace")).order_by(days.c.day)
_all_leave = select(leave).where(leave.c.workspace_id == bindparam("workspace"))
_late_leave = _all_leave.where(leave.c.last >= bindparam("since"))
_leave = _all_leave.where(leave.c.person_id == bindparam("person")).order_by(leave.c.first)
#: Up to so many people are looked up one by one; for more, the workspace is read as a whole.
_FEW = 3


@dataclass(frozen=True, slots=True)
class Chosen:
    """A value that holds, and whose choice it was; of no scope, it follows from the time zone."""

    value: str | None
    scope: Scope | None


def calendar_of(tx: Tx, *, person: int | None = None, room: int | None = None) -> Calendar:
    """The calendar that holds for a person, in a room or anywhere; for a room; for the workspace.

    The person's own choice comes before the room's, and that before the workspace's. Where nobody
    chose a region it is that of the workspace's time zone; where that has none, Monday to Friday
    are worked. Of people it has the leave.
    """
    if person is not None:
        return calendars_of(tx, (person,), room=room)[person]
    return _Sources.of(tx, (), room).calendar(None)


def calendars_of(
    tx: Tx, people: Iterable[int], *, room: int | None = None, since: date | None = None
) -> dict[int, Calendar]:
    """As `calendar_of`, for many people: three queries, however many they are.

    Of leave that was over before `since` they know nothing.
    """
    ids = tuple(people)
    sources = _Sources.of(tx, ids, room, since)
    return {person: sources.calendar(person) for person in ids}


def chosen(tx: Tx, what: str, *, person: int | None = None, room: int | None = None) -> Chosen:
    """Which "region" or "hours" holds, and why."""
    return _Sources.of(tx, () if person is None else (person,), room).chosen(what, person)


def choice(tx: Tx, scope: Scope, subject: int) -> Choice | None:
    """The row of a choice."""
    where = {"workspace": tx.workspace_id, "scope": scope.value, "subject": subject}
    return tx.first(Choice, _choice, where, keep=True)


def regions_in_use(tx: Tx) -> list[str]:
    """The codes of every region that holds for somebody."""
    rows = tx.all(Choice, _choices, {"workspace": tx.workspace_id}, keep=True)
    everywhere = chosen(tx, "region").value
    return sorted({each.region for each in rows if each.region} | {everywhere or ""} - {""})


def team_days(rows: Rows, workspace: int) -> list[TeamDay]:
    """The team's own days, in order."""
    return rows.all(TeamDay, _days, {"workspace": workspace}, keep=True)


def team_day(tx: Tx, day: date) -> TeamDay | None:
    """What the team says of a day."""
    found = [each for each in team_days(tx, tx.workspace_id) if each.day == day]
    return found[0] if found else None


def leave_of(tx: Tx, person: int) -> list[Leave]:
    """Somebody's leave, in order. With its reasons: show those to nobody else."""
    return tx.all(Leave, _leave, {"workspace": tx.workspace_id, "person": person}, keep=True)


@dataclass(frozen=True, slots=True)
class _Sources:
    """Everything that calendars are made of."""

    choices: dict[tuple[str, int], Choice]
    overrides: dict[date, Override]
    leave: dict[int, list[Leave]]
    room: int | None
    #: That of the workspace's time zone.
    region: str | None

    @classmethod
    def of(
        cls, tx: Tx, people: tuple[int, ...], room: int | None, since: date | None = None
    ) -> _Sources:
        workspace = {"workspace": tx.workspace_id}
        if len(people) <= _FEW:
            rows = [row for person in people for row in leave_of(tx, person)]
            asked = [(Scope.WORKSPACE, 0), *((Scope.PERSON, person) for person in people)]
            asked += [(Scope.ROOM, room)] if room is not None else []
            made = [found for each in asked if (found := choice(tx, *each)) is not None]
        elif since is not None:
            rows = tx.all(Leave, _late_leave, {**workspace, "since": since}, keep=True)
            made = tx.all(Choice, _choices, workspace, keep=True)
        else:
            rows = tx.all(Leave, _all_leave, workspace, keep=True)
            made = tx.all(Choice, _choices, workspace, keep=True)
        away: dict[int, list[Leave]] = {}
        for each in rows:
            away.setdefault(each.person_id, []).append(each)
        return cls(
            {(row.scope, row.subject_id): row for row in made},
            {row.day: row.override for row in team_days(tx, tx.workspace_id)},
            away,
            room,
            region_of_zone(tx.defaults.zone),
        )

    def chosen(self, what: str, person: int | None) -> Chosen:
        """Whose choice of "region" or "hours" holds."""
        asked = ((Scope.PERSON, person), (Scope.ROOM, self.room), (Scope.WORKSPACE, 0))
        for scope, subject in asked:
            row = self.choices.get((scope, subject)) if subject is not None else None
            value: str | None = getattr(row, what) if row is not None else None
            if value is not None:
                return Chosen(value, scope)
        return Chosen(self.region if what == "region" else None, None)

    def calendar(self, person: int | None) -> Calendar:
        hours = self.chosen("hours", person).value
        return Calendar(
            region_of(self.chosen("region", person).value),
            self.overrides,
            tuple(row.span for row in self.leave.get(person, ())) if person is not None else (),
            (Hours.parse(hours) if hours else None) or Hours(),
        )
