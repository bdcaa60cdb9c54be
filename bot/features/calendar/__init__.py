"""The calendar: which days are worked, where, by whom, and from when to when.

One service for everything that waits for a working day. A region (a country or a part of one) gives
the holidays and the make-up workdays; the team adds days off and workdays of its own; people have
leave. Workspace, room and person may each choose a region and working hours, and the nearest choice
counts. `queries.calendar_of` gives other features the `Calendar` that holds. Leave comes with the
events `WentAway` and `CameBack`; why somebody is away nobody sees but they. Years whose days off
are not published yet fall back to weekdays, and `/muster doctor` says so.
"""

from __future__ import annotations

from bot.core.events import CameBack, Checkup, WentAway
from bot.feature import Feature
from bot.features.calendar import actions, checkup, commands, tables

FEATURE = Feature(
    name="calendar",
    commands={
        commands.ShowCalendar: actions.show_calendar,
        commands.SetRegion: actions.set_region,
        commands.SetHours: actions.set_hours,
        commands.AddHoliday: actions.add_holiday,
        commands.AddWorkday: actions.add_workday,
        commands.ForgetDay: actions.forget_day,
    },
    reactions={WentAway: actions.went_away, CameBack: actions.came_back},
    answers={Checkup: checkup.findings},
    tables=(tables.Choice, tables.TeamDay, tables.Leave),
)
