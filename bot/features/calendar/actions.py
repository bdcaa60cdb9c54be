"""What the calendar does: shows itself, takes choices, the team's own days, and leave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, delete

from bot.core.calendar import Override
from bot.core.calendar_hours import Hours
from bot.core.chat import Tone, line
from bot.core.errors import Refused
from bot.core.events import CameBack, WentAway
from bot.core.platform import Say
from bot.core.text import Code, Either, Msg, Seq, Strong, t, tn
from bot.core.words import fold, shortened
from bot.feature import Outcome
from bot.features.calendar import cards, queries
from bot.features.calendar.commands import (
    AddHoliday,
    AddWorkday,
    ForgetDay,
    SetHours,
    SetRegion,
    ShowCalendar,
)
from bot.features.calendar.months import read_month
from bot.features.calendar.regions import find_region, near_regions, region_of
from bot.features.calendar.tables import Choice, Leave, Scope, TeamDay
from bot.features.rooms.queries import Access, can_see, here, room_for
from storage.tx import Tx

_NONE = {"none", "无", "off", "default", "默认", "取消"}
#: Days that one command changes at most, and the longest leave.
_LONGEST = 366


def today_of(tx: Tx, now: datetime) -> date:
    """The date where who asks is."""
    return now.astimezone(ZoneInfo(tx.reader.zone)).date()


def show_calendar(cmd: ShowCalendar, tx: Tx, now: datetime) -> Outcome:
    """Show a month as it holds for who asks, here; or as it is in another region."""
    page = read_month(cmd.month, today_of(tx, now))
    if page is None or not page.is_known:
        october = Either(Code("October"), Code("10月"))
        soon = Either(Code("next month"), Code("下个月"))
        examples = Seq((Code("2026-10"), october, soon), "or")
        words = Strong(shortened(cmd.month))
        sentence = t(
            "{words} is no month. Say for example {examples}.", words=words, examples=examples
        )
        raise Refused(sentence, field="month")
    if cmd.region is not None:
        code = _region(cmd.region)
        found = replace(queries.calendar_of(tx), region=region_of(code))
        return Outcome(Say(cards.month(found, page, tx.reader.lang, region=code)))
    found = queries.calendar_of(tx, person=tx.asker, room=_room_here(tx))
    mine = queries.leave_of(tx, tx.asker)
    return Outcome(Say(cards.month(found, page, tx.reader.lang, leave=mine, region=None)))


def _room_here(tx: Tx) -> int | None:
    room = here(tx)
    return room.id if room is not None and can_see(tx, room) else None


def _region(words: str) -> str:
    """The code of a region that somebody names; Refused if there is none."""
    code = find_region(words)
    if code is not None:
        return code
    said = Strong(shortened(words))
    if close := near_regions(words):
        meant = Seq(tuple(Code(each) for each in close), "or")
        sentence = t("I know no region {words}. Did you mean {meant}?", words=said, meant=meant)
    else:
        china = Either(Code("China"), Code("中国"))
        examples = Seq((Code("CN"), Code("DE-BY"), china), "or")
        sentence = t(
            "I know no region {words}. Say for example {examples}.", words=said, examples=examples
        )
    raise Refused(sentence, field="region")


# Region and hours.


def set_region(cmd: SetRegion, tx: Tx, now: datetime) -> Outcome:
    """Choose a region, or take the choice back; said alone, show what holds."""
    if not cmd.region:
        return _holds(t("Region and working hours"), tx)
    value = None if fold(cmd.region) in _NONE else _region(cmd.region)
    return _choose(cmd, "region", value, tx)


def set_hours(cmd: SetHours, tx: Tx, now: datetime) -> Outcome:
    """Choose the working hours, or take the choice back; said alone, show what holds."""
    if not cmd.hours:
        return _holds(t("Region and working hours"), tx)
    if fold(cmd.hours) in _NONE:
        return _choose(cmd, "hours", None, tx)
    hours = Hours.parse(cmd.hours)
    if hours is None:
        sentence = t(
            "{words} are no working hours. Say for example {example}.",
            words=Strong(shortened(cmd.hours)),
            example=Code("09:30-18:30"),
        )
        raise Refused(sentence, field="hours")
    return _choose(cmd, "hours", str(hours), tx)


def _holds(title: Msg, tx: Tx, tone: Tone = Tone.INFO) -> Outcome:
    """What holds for who asks, here."""
    room = _room_here(tx)
    region = queries.chosen(tx, "region", person=tx.asker, room=room)
    hours = queries.calendar_of(tx, person=tx.asker, room=room).hours
    return Outcome(Say(cards.region_card(title, region, str(hours), tx.reader.lang, tone)))


def _choose(cmd: SetRegion | SetHours, what: str, value: str | None, tx: Tx) -> Outcome:
    scope, subject, room = _for_whom(cmd, tx)
    row = queries.choice(tx, scope, subject)
    if row is None:
        tx.add_missing(Choice(workspace_id=tx.workspace_id, scope=scope.value, subject_id=subject))
        row = queries.choice(tx, scope, subject)
    assert row is not None
    tx.change(row, **{what: value})
    if scope is Scope.PERSON and subject == tx.asker:
        return _holds(t("That holds for you now"), tx, Tone.GOOD)
    said = _told(cmd, what, value, tx)
    tx.record(f"calendar.{what}", said, room=room)
    return Outcome(Say(line(said, Tone.GOOD)))


def _for_whom(cmd: SetRegion | SetHours, tx: Tx) -> tuple[Scope, int, int | None]:
    """For whom a choice is meant: the scope, its subject, and the room if it is one.

    Refused if it is not theirs to make.
    """
    if sum((cmd.person is not None, cmd.room, cmd.workspace)) > 1:
        raise Refused(t("Say one of {options}, not several.", options=_OPTIONS))
    if cmd.room:
        room = room_for(tx, None, Access.MEMBER)
        return Scope.ROOM, room.id, room.id
    is_own = cmd.person in {None, tx.asker} and not cmd.workspace
    if not is_own and not tx.person.is_admin:
        raise Refused(t("Only people who administer this workspace can do that."))
    if cmd.workspace:
        return Scope.WORKSPACE, 0, None
    return Scope.PERSON, tx.asker if cmd.person is None else cmd.person, None


_OPTIONS = Seq((Code("--person"), Code("--room"), Code("--workspace")), "or")


def _told(cmd: SetRegion | SetHours, what: str, value: str | None, tx: Tx) -> Msg:
    """A choice for others, in a sentence that the timeline can keep."""
    whom = t("the workspace")
    if cmd.room:
        whom = t("this war room")
    elif cmd.person is not None:
        whom = t("{who}", who=tx.mention(cmd.person))
    who = tx.mention(tx.asker)
    if value is None and what == "region":
        return t("{who} took back the region of {whom}", who=who, whom=whom)
    if value is None:
        return t("{who} took back the working hours of {whom}", who=who, whom=whom)
    if what == "region":
        return t("{who} set the region of {whom}: {value}", who=who, whom=whom, value=Strong(value))
    return t(
        "{who} set the working hours of {whom}: {value}", who=who, whom=whom, value=Strong(value)
    )


# The team's own days.


def add_holiday(cmd: AddHoliday, tx: Tx, now: datetime) -> Outcome:
    """Give everybody days off."""
    return _add(cmd, tx, is_workday=False)


def add_workday(cmd: AddWorkday, tx: Tx, now: datetime) -> Outcome:
    """Make days workdays for everybody."""
    return _add(cmd, tx, is_workday=True)


def _add(cmd: AddHoliday | AddWorkday, tx: Tx, *, is_workday: bool) -> Outcome:
    span = _span(cmd, tx)
    put_days(tx, dict.fromkeys(span, Override(is_workday, cmd.name)))
    said = cards.days_changed(len(span), str(span[0]), str(span[-1]), is_workday=is_workday)
    return _changed(said, cmd.name, tx)


def _changed(said: Msg, name: str, tx: Tx) -> Outcome:
    said = t("{what} ({name})", what=said, name=name) if name else said
    who = tx.mention(tx.asker)
    tx.record("calendar.day", t("{what}, by {who}", what=said, who=who))
    return Outcome(Say(line(said, Tone.GOOD)))


def _span(cmd: AddHoliday | AddWorkday | ForgetDay, tx: Tx) -> list[date]:
    """The days from `day` to `until`, where who asks is."""
    zone = ZoneInfo(tx.reader.zone)
    first = cmd.day.astimezone(zone).date()
    last = first if cmd.until is None else cmd.until.astimezone(zone).date()
    if last < first:
        raise Refused(t("The last day is before the first one."), field="until")
    if (last - first).days >= _LONGEST:
        raise Refused(t("That is too long: {n} days are the most.", n=_LONGEST), field="until")
    return [first + timedelta(n) for n in range((last - first).days + 1)]


def forget_day(cmd: ForgetDay, tx: Tx, now: datetime) -> Outcome:
    """Forget the team's own days: the region says again what they are."""
    span = _span(cmd, tx)
    known = [day for day in span if queries.team_day(tx, day) is not None]
    if not known:
        sentence = t("Nothing was added for {day}.", day=Strong(str(span[0])))
        raise Refused(sentence, field="day")
    _drop(tx, known)
    names = Seq(tuple(Strong(str(day)) for day in known[:_SHOWN]))
    said = t("Again as in the region's calendar: {days}", days=names)
    if len(known) > _SHOWN:
        said = t(
            "Again as in the region's calendar: {days} and more, {n} in all",
            days=names,
            n=len(known),
        )
    return _changed(said, "", tx)


_SHOWN = 10


def put_days(tx: Tx, found: Mapping[date, Override]) -> None:
    """Keep the team's own days, in place of what was said of the same dates."""
    _drop(tx, found)
    tx.add_all(
        TeamDay,
        [
            {
                "workspace_id": tx.workspace_id,
                "day": day,
                "is_workday": own.is_workday,
                "name": own.name,
            }
            for day, own in found.items()
        ],
    )


def load_days(tx: Tx, found: Mapping[date, Override]) -> None:
    """As `put_days`, for a file that whoever runs Muster has loaded."""
    put_days(tx, found)
    first, last = Strong(str(min(found))), Strong(str(max(found)))
    said = tn(
        "{n} day was loaded into the calendar: {first}",
        "{n} days were loaded into the calendar, {first} to {last}",
        len(found),
        first=first,
        last=last,
    )
    tx.record("calendar.loaded", said)


_drop_day = delete(queries.days).where(
    queries.days.c.workspace_id == bindparam("workspace"), queries.days.c.day == bindparam("on")
)
_drop_leave = delete(queries.leave).where(queries.leave.c.id == bindparam("row"))


def _drop(tx: Tx, found: Iterable[date]) -> None:
    gone = [{"workspace": tx.workspace_id, "on": day} for day in found]
    if gone:
        tx.execute(_drop_day, gone)


# Leave.


def went_away(event: WentAway, tx: Tx, now: datetime) -> Outcome:
    """Note that somebody is away. Known already, nothing changes; the last reason counts.

    ValueError: it ends before it begins, or is longer than a year: whoever announces it has checked
    that.
    """
    if not 0 <= (event.last - event.first).days < _LONGEST:
        message = f"no leave: {event.first} to {event.last}"
        raise ValueError(message)
    reason = event.reason or None
    for row in queries.leave_of(tx, event.person):
        if (row.first, row.last) == (event.first, event.last):
            tx.change(row, reason=reason)
            return Outcome()
    tx.add(
        Leave(
            workspace_id=tx.workspace_id,
            person_id=event.person,
            first=event.first,
            last=event.last,
            reason=reason,
            at=now,
        )
    )
    return Outcome()


def came_back(event: CameBack, tx: Tx, now: datetime) -> Outcome:
    """Cut short or forget the leave of somebody who is there."""
    for row in queries.leave_of(tx, event.person):
        if row.first >= event.day:
            tx.execute(_drop_leave, {"row": row.id})
        elif row.last >= event.day:
            tx.change(row, last=event.day - timedelta(days=1))
    return Outcome()
