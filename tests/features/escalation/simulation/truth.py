"""What is true of the company, worked out minute by minute on the wall clock of who it is about.

Without the functions that the ladder uses for it: what they say is judged by this.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.features.escalation.policy import Policy, Wait
from tests.features.escalation.simulation.town import Item, Town

_FRIDAY = 4


class Truth:
    """Who may be asked when; what is over when."""

    def __init__(self, town: Town) -> None:
        self.town = town

    def is_free(self, person: int, at: datetime, *, is_loud: bool = False) -> bool:
        """Whether somebody may be asked at an instant."""
        who = self.town.people[person]
        local = at.astimezone(who.zone)
        day, minute = local.date(), local.hour * 60 + local.minute
        if not who.is_active or any(each.first <= day <= each.last for each in who.leave):
            return False
        if is_loud:
            return True
        if who.quiet is not None:
            begins, ends = who.quiet.begins, who.quiet.ends
            is_over_night = ends < begins
            if begins <= minute < ends or (is_over_night and (minute >= begins or minute < ends)):
                return False
        own = self.town.days.get(day)
        is_worked = own.is_workday if own is not None else day.weekday() <= _FRIDAY
        return is_worked and who.hours.opens <= minute < who.hours.closes

    def may_know(self, person: int, item: Item) -> bool:
        room = self.town.rooms[item.room]
        return not room.is_private or person in room.members

    def is_open(self, item: Item, at: datetime, policy: Policy) -> bool:
        """Whether anybody may be asked about things of a room at an instant."""
        room = self.town.rooms[item.room]
        if room.paused_until is not None and at < room.paused_until:
            return False
        local = at.astimezone(room.zone)
        own = self.town.days.get(local.date())
        is_worked = own.is_workday if own is not None else local.weekday() <= _FRIDAY
        minute = local.hour * 60 + local.minute
        return policy.ignores_quiet_hours or (
            is_worked and room.hours.opens <= minute < room.hours.closes
        )

    def is_over(self, item: Item, wait: Wait, since: datetime, now: datetime) -> bool:
        """Whether so long has passed, by the calendar of an item's room."""
        delta = timedelta(minutes=wait.minutes, days=wait.days)
        if wait.is_wall:
            return now - since >= delta
        room = self.town.rooms[item.room]
        minutes = wait.minutes + wait.days * (room.hours.closes - room.hours.opens)
        worked = self.town.calendar(room).working_time(since, now, room.zone)
        return worked >= timedelta(minutes=minutes)
