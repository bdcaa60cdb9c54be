"""The calendar as cards: a page of it, what was chosen, what was changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.core.calendar import Calendar, Day, Kind
from bot.core.chat import (
    Block,
    Button,
    Buttons,
    Card,
    Entries,
    Entry,
    Fields,
    Note,
    Paragraph,
    Table,
    Tone,
)
from bot.core.text import Inline, Msg, Slash, Speech, Strong, t, tn
from bot.features.calendar.commands import ShowCalendar
from bot.features.calendar.months import Month, day_name, mark, weekday_names, weeks
from bot.features.calendar.queries import Chosen
from bot.features.calendar.regions import region_name
from bot.features.calendar.tables import Leave, Scope

_LEGEND = t("(4) is a day off, [10] is a workday on what would be a day off.")


def month(
    days: Calendar, page: Month, lang: Speech, *, leave: Sequence[Leave] = (), region: str | None
) -> Card:
    """A page of a calendar. `leave` is the reader's own; `region` the one that they asked for."""
    rows = tuple(tuple(mark(day) for day in week) for week in weeks(days, page))
    columns = tuple(t("{day}", day=name) for name in weekday_names(lang))
    worked = len(days.workdays(page.first, page.days()[-1]))
    blocks: list[Block] = [Fields(_facts(days, worked, lang)), Table(columns, rows)]
    told = tuple(Entry(remark.text(lang)) for remark in remarks(days, page))
    blocks += [Entries(told)] if told else []
    first, last = page.first, page.days()[-1]
    reasons = [row for row in leave if row.reason and row.first <= last and row.last >= first]
    blocks += [Note(_reason(row, lang)) for row in reasons]
    if not days.region.is_published(page.year):
        blocks.append(Paragraph(unpublished(days.region.code, page.year, lang)))
    blocks += [Note(_LEGEND), Buttons(_turns(page, region))]
    return Card(t("{month}", month=page.title(lang)), tuple(blocks), Tone.INFO)


def _facts(days: Calendar, worked: int, lang: Speech) -> tuple[tuple[Msg, Inline], ...]:
    return (
        (t("Region"), place(days.region.code, lang)),
        (t("Workdays"), worked),
        (t("Working hours"), str(days.hours)),
    )


def _turns(page: Month, region: str | None) -> tuple[Button, ...]:
    turns = ((t("Previous month"), page.ahead(-1)), (t("Next month"), page.ahead(1)))
    return tuple(
        Button(label, ShowCalendar(month=str(to), region=region))
        for label, to in turns
        if to.is_known
    )


def _reason(row: Leave, lang: Speech) -> Msg:
    return t(
        "Why you are away from {first}, which only you can see: {reason}",
        first=day_name(row.first, lang),
        reason=row.reason or "",
    )


def place(code: str, lang: Speech) -> Inline:
    """A region's name; nowhere in particular has one, too."""
    return region_name(code, lang) if code else t("none: Monday to Friday are workdays")


def unpublished(code: str, year: int, lang: Speech) -> Msg:
    """That nobody knows the days off of a year yet."""
    return t(
        "The days off of {year} in {region} are not published yet. "
        "Until then its weekdays count as workdays.",
        year=str(year),
        region=region_name(code, lang),
    )


# What is special.


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to say of a day, or of several in a row."""

    first: Day
    last: Day

    def text(self, lang: Speech) -> Msg:
        first, last = day_name(self.first.on, lang), day_name(self.last.on, lang)
        what = special(self.first, lang)
        if first == last:
            return t("{day}: {what}", day=Strong(first), what=what)
        return t("{first} – {last}: {what}", first=Strong(first), last=Strong(last), what=what)


def remarks(days: Calendar, page: Month) -> Iterator[Remark]:
    """What is special in a month, days of which the same can be said together."""
    run: Remark | None = None
    for each in page.days():
        day = days.day(each)
        if day.kind in {Kind.WORKDAY, Kind.WEEKEND}:
            if run is not None:
                yield run
            run = None
        elif run is not None and _alike(run.last, day):
            run = Remark(run.first, day)
        else:
            if run is not None:
                yield run
            run = Remark(day, day)
    if run is not None:
        yield run


def _alike(one: Day, other: Day) -> bool:
    """Whether the same can be said of both. Each exchange is a sentence of its own."""
    if one.swapped is not None or other.swapped is not None:
        return False
    return (one.kind, one.is_workday, one.name) == (other.kind, other.is_workday, other.name)


def special(day: Day, lang: Speech) -> Inline:
    """Why a day is worked, or is not."""
    if day.kind is Kind.LEAVE:
        return t("you are away")
    if day.kind is Kind.OVERRIDE:
        return _of_the_team(day)
    if day.swapped is not None:
        other = day_name(day.swapped, lang)
        if day.is_workday:
            return t("workday, in exchange for {other}", other=other)
        return t("day off, in exchange for {other}", other=other)
    if day.kind is Kind.MAKE_UP:
        return t("workday, in exchange for a day off")
    return day.called(lang)


def _of_the_team(day: Day) -> Msg:
    if day.name and day.is_workday:
        return t("workday of the team: {name}", name=day.name)
    if day.name:
        return t("day off of the team: {name}", name=day.name)
    return t("workday of the team") if day.is_workday else t("day off of the team")


# What was chosen.


def region_card(title: Msg, region: Chosen, hours: str, lang: Speech, tone: Tone) -> Card:
    """Which region and hours hold for somebody, and whose choice that was."""
    pairs: tuple[tuple[Msg, Inline], ...] = (
        (t("Region"), place(region.value or "", lang)),
        (t("Chosen"), _whose(region)),
        (t("Working hours"), hours),
    )
    more = t("Choose with {region} and {hours}.", region=_REGION, hours=_HOURS)
    return Card(title, (Fields(pairs), Note(more)), tone)


_REGION = Slash("muster region", "CN")
_HOURS = Slash("muster hours", "09:00-18:00")


def _whose(found: Chosen) -> Msg:
    match found.scope:
        case Scope.PERSON:
            return t("by you")
        case Scope.ROOM:
            return t("for this war room")
        case Scope.WORKSPACE:
            return t("for the workspace")
        case None if found.value is not None:
            return t("by nobody: it follows from the time zone of the workspace")
        case None:
            return t("by nobody")


def days_changed(count: int, first: str, last: str, *, is_workday: bool) -> Msg:
    """What was said of a day, or of several. The days are as 2026-12-24."""
    if count == 1:
        done = t("{day} is now a workday for everybody", day=Strong(first))
        return done if is_workday else t("{day} is now a day off for everybody", day=Strong(first))
    days = {"first": Strong(first), "last": Strong(last)}
    if is_workday:
        return tn(
            "{first} to {last} is now {n} workday for everybody",
            "{first} to {last} are now {n} workdays for everybody",
            count,
            **days,
        )
    return tn(
        "{first} to {last} is now {n} day off for everybody",
        "{first} to {last} are now {n} days off for everybody",
        count,
        **days,
    )
