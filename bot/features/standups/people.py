"""Who takes part in a stand-up, by whose clock and calendar."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select

from bot.core.calendar import Calendar
from bot.features.calendar.queries import calendars_of
from bot.features.rooms import queries as rooms
from bot.features.standups.schedule import Plan
from bot.features.standups.tables import Standup
from storage import identity
from storage.rows import table_of
from storage.tables import Person
from storage.tx import Tx

_person = table_of(Person)
_inside = (
    select(_person)
    .join(rooms.members, rooms.members.c.person_id == _person.c.id)
    .where(rooms.members.c.room_id == bindparam("room"), rooms.members.c.is_in, _person.c.is_active)
    .order_by(_person.c.id)
)


def plan_of(standup: Standup) -> Plan:
    """When it is."""
    return Plan(standup.opens, standup.window, standup.days, standup.since)


def zone_of(person: Person, tx: Tx) -> ZoneInfo:
    """The time zone of a person."""
    return ZoneInfo(identity.reader_for(person, tx.defaults).zone)


def participants(tx: Tx, standup: Standup) -> list[Person]:
    """Who is asked, as the room is now: those who left it are not, nor is anybody from outside."""
    inside = tx.all(Person, _inside, {"room": standup.room_id})
    chosen = set(standup.chosen)
    match standup.who:
        case "chosen":
            return [person for person in inside if person.id in chosen]
        case "except":
            return [person for person in inside if person.id not in chosen]
        case _:
            return inside


@dataclass(frozen=True, slots=True)
class Circle:
    """The people of a stand-up, with their calendars and clocks."""

    standup: Standup
    people: list[Person]
    calendars: dict[int, Calendar]
    tx: Tx

    @classmethod
    def of(cls, tx: Tx, standup: Standup, since: date) -> Circle:
        """As it is now; leave is known from `since` on."""
        people = participants(tx, standup)
        ids = [person.id for person in people]
        found = calendars_of(tx, ids, room=standup.room_id, since=since)
        return cls(standup, people, found, tx)

    def zones(self, day: date) -> set[ZoneInfo]:
        """Whose clocks count on a date: of those who work then, as far as one can know ahead."""
        if self.standup.clock == "room" or not self.people:
            return {ZoneInfo(self.standup.zone)}
        plan = plan_of(self.standup)
        working = [
            person
            for person in self.people
            if plan.is_on(day, replace(self.calendars[person.id], leave=()))
        ]
        return {zone_of(person, self.tx) for person in working or self.people}

    def zone(self, person: Person) -> ZoneInfo:
        """Whose clock counts for somebody."""
        if self.standup.clock == "room":
            return ZoneInfo(self.standup.zone)
        return zone_of(person, self.tx)

    def next_day(self, after: date) -> date | None:
        """The first date after `after`, whenever it is."""
        return plan_of(self.standup).next_day(after, self.calendars.values())

    def span(self, day: date) -> tuple[datetime, datetime]:
        """From the first clock's opening on a date to the last one's closing."""
        spans = [plan_of(self.standup).span(day, zone) for zone in self.zones(day)]
        return min(opens for opens, _ in spans), max(closes for _, closes in spans)

    def days_from(self, after: date) -> Iterator[tuple[date, datetime, datetime]]:
        """The dates after `after` in order, each with its span."""
        day = self.next_day(after)
        while day is not None:
            yield day, *self.span(day)
            day = self.next_day(day)

    def first_ahead(self, after: date, now: datetime) -> tuple[date, datetime, datetime] | None:
        """The first date after `after` that opens later than now, with its span."""
        begin = max(after, now.date() - timedelta(days=2))  # nowhere is it that early any more
        return next((found for found in self.days_from(begin) if found[1] > now), None)
