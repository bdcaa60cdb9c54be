"""The calendar in conversation: pages, regions, hours, the team's own days, leave, the doctor."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot.core.calendar import Calendar
from bot.core.events import CameBack, WentAway
from bot.core.plaintext import card_text
from bot.core.platform import Happened, Say, Typed
from bot.features.calendar.queries import calendar_of, calendars_of
from bot.features.calendar.tables import Leave
from storage.identity import named
from storage.rows import table_of
from tests.world import Actor, Place, World

OCTOBER = "/muster calendar 2026-10"
SHANGHAI = ZoneInfo("Asia/Shanghai")


def _id(world: World, actor: Actor) -> int:
    found = world.read(lambda tx: named(tx, tx.workspace, actor.id))
    return int(found[0].id)


def _calendar(world: World, actor: Actor | None = None, room: int | None = None) -> Calendar:
    person = _id(world, actor) if actor is not None else None
    found: Calendar = world.read(lambda tx: calendar_of(tx, person=person, room=room))
    return found


def _away(actor: Actor, first: str, last: str, reason: str = "") -> None:
    span = date.fromisoformat(first), date.fromisoformat(last)
    actor.sends(Happened(WentAway(_id(actor.world, actor), *span, reason)))


def _told(actor: Actor, text: str, place: Place) -> str:
    """What somebody is told who is not even in the channel."""
    reply = actor.sends(Typed(text), place).reply
    assert isinstance(reply, Say)
    return card_text(reply.card, actor.reader)


# Pages.


def test_a_page_of_the_calendar(olga: Actor) -> None:
    olga.dms("/muster region CN").hears("That holds for you now", "Region: China")
    olga.dms(OCTOBER).hears(
        "October 2026",
        "Region: China",
        "Workdays: 18",
        "Thu 1 Oct – Sat 3 Oct: National Day",
        "Wed 7 Oct: day off, in exchange for Sat 10 Oct",
        "Sat 10 Oct: workday, in exchange for Wed 7 Oct",
        "[10]",
        "(11)",
    )


def test_a_page_in_chinese(chen: Actor) -> None:
    chen.dms("/集结 日历 2026年10月 --地区 中国").hears(
        "2026年10月", "中国", "10月1日 周四 – 10月3日 周六：国庆节", "10月10日 周六"
    )


def test_pages_are_turned_and_stay_in_their_region(olga: Actor) -> None:
    page = olga.dms(f"{OCTOBER} --region DE-BY").hears("Germany (BY)", "German Unity Day")
    olga.presses("Next month", page).hears("November 2026", "Germany (BY)", "All Saints' Day")
    olga.presses("Previous month", page).hears("September 2026", "Germany (BY)")


def test_the_first_and_the_last_page_have_one_way_to_turn(olga: Actor) -> None:
    first = olga.dms("/muster calendar 2000-01").hears("January 2000", "Next month")
    assert "Previous month" not in first.text
    last = olga.dms("/muster calendar 2100-12").hears("December 2100", "Previous month")
    assert "Next month" not in last.text


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("/muster calendar soon", "soon is no month. Say for example 2026-10"),
        ("/muster calendar --region Germny", "I know no region Germny. Did you mean DE?"),
        ("/muster region Q", "I know no region Q. Say for example CN"),
        ("/muster hours late", "late are no working hours. Say for example 09:30-18:30."),
        ("/muster hours 18-9", "18-9 are no working hours"),
        ("/muster region CN --room --workspace", "Say one of --person, --room or --workspace"),
        ("/muster region CN --room", "Which war room?"),
        ("/muster holiday add Dec 24 --until Dec 1", "is before the first one"),
        ("/muster holiday add 2026-12-24 --until 2029-12-24", "366 days are the most"),
        ("/muster holiday remove Dec 24", "Nothing was added for 2026-12-24."),
        ("/muster workday add 2026-11-01", "is in the past"),
    ],
)
def test_what_cannot_be_done_is_said(olga: Actor, said: str, told: str) -> None:
    olga.dms(said).hears(told)


# Whose choice holds.


def test_the_nearest_choice_holds(world: World, olga: Actor, alice: Actor, room: Place) -> None:
    assert _calendar(world, alice, room=1).region.code == ""
    olga.dms("/muster region CN --workspace").hears("@Olga set the region of the workspace: CN")
    assert _calendar(world, alice, room=1).region.code == "CN"
    alice.says("/muster region DE --room", room).hears("set the region of this war room: DE")
    assert _calendar(world, alice, room=1).region.code == "DE"
    assert _calendar(world, room=1).region.code == "DE"
    assert _calendar(world, alice).region.code == "CN"
    alice.dms("/muster region US-CA").hears("Region: United States (CA)", "Chosen: by you")
    assert _calendar(world, alice, room=1).region.code == "US-CA"
    assert _calendar(world, room=1).region.code == "DE"
    alice.dms("/muster region none").hears("Region: China", "Chosen: for the workspace")
    alice.says("/muster region", room).hears("Region: Germany", "Chosen: for this war room")
    alice.says("/warroom timeline", room).hears("@Alice set the region of this war room: DE")


def test_hours_are_chosen_likewise(world: World, olga: Actor, alice: Actor, room: Place) -> None:
    assert str(_calendar(world, alice).hours) == "09:00–18:00"
    olga.dms("/muster hours 10-19 --workspace").hears("working hours of the workspace: 10:00–19:00")
    olga.dms("/muster hours 8:30-17 --person @Alice").hears("working hours of @Alice: 08:30–17:00")
    alice.says("/muster hours 0-24 --room", room).hears("working hours of this war room")
    assert str(_calendar(world, alice, room=1).hours) == "08:30–17:00"
    assert str(_calendar(world, room=1).hours) == "00:00–24:00"
    assert str(_calendar(world).hours) == "10:00–19:00"
    olga.dms("/muster hours none --person @Alice").hears("took back the working hours of @Alice")
    assert str(_calendar(world, alice).hours) == "10:00–19:00"


def test_region_and_hours_do_not_undo_each_other(world: World, alice: Actor) -> None:
    alice.dms("/muster region CN").hears("China")
    alice.dms("/muster hours 10-19").hears("China", "10:00–19:00")
    alice.dms("/muster region none").hears("10:00–19:00", "Chosen: by nobody")


def test_the_time_zone_of_the_workspace_gives_a_region(world: World, olga: Actor) -> None:
    olga.dms("/muster region").hears("none: Monday to Friday are workdays", "Chosen: by nobody")
    olga.dms("/muster settings --timezone Asia/Shanghai").hears("Settings saved")
    olga.dms("/muster region").hears("Region: China", "it follows from the time zone")
    assert _calendar(world).is_workday(date(2026, 10, 10))


@pytest.mark.parametrize("command", ["region CN", "hours 9-17"])
def test_others_are_chosen_for_by_administrators(
    olga: Actor, alice: Actor, bob: Actor, dora: Actor, room: Place, command: str
) -> None:
    only = "Only people who administer this workspace can do that."
    bob.dms("/muster whoami").hears("Bob")
    alice.dms(f"/muster {command} --workspace").hears(only)
    alice.dms(f"/muster {command} --person @Bob").hears(only)
    alice.dms(f"/muster {command} --person @Alice").hears("That holds for you now")
    assert "Only members of WR-1 can do that." in _told(dora, f"/muster {command} --room", room)
    olga.dms(f"/muster {command} --person @Bob").hears("@Olga set the", "of @Bob")


def test_a_private_room_keeps_its_region(
    world: World, alice: Actor, dora: Actor, vault: Place
) -> None:
    alice.says("/muster region DE --room", vault).hears("set the region of this war room: DE")
    assert "none: Monday to Friday" in _told(dora, "/muster region", vault)
    assert "Which war room?" in _told(dora, "/muster region CN --room", vault)


# The team's own days.


def test_a_day_off_for_everybody(world: World, olga: Actor, alice: Actor) -> None:
    olga.dms("/muster holiday add Dec 24 Christmas Eve").hears(
        "2026-12-24 is now a day off for everybody (Christmas Eve)"
    )
    alice.dms("/muster calendar 12月").hears("Thu 24 Dec: day off of the team: Christmas Eve")
    assert not _calendar(world, alice).is_workday(date(2026, 12, 24))
    olga.dms("/muster workday add Dec 24 Release").hears("is now a workday", "(Release)")
    assert _calendar(world).is_workday(date(2026, 12, 24))
    olga.dms("/muster holiday remove Dec 24").hears("Again as in the region's calendar: 2026-12-24")
    assert _calendar(world).day(date(2026, 12, 24)).name == ""


def test_several_days_at_once(world: World, olga: Actor) -> None:
    olga.dms("/集结 假日 加 12月28日 年终休整 --到 12月31日").hears(
        "2026-12-28 to 2026-12-31 are now 4 days off for everybody (年终休整)"
    )
    olga.dms("/muster calendar 2026-12").hears(
        "Mon 28 Dec – Thu 31 Dec: day off of the team: 年终休整"
    )
    olga.dms("/muster workday remove Dec 29 --until Jan 15").hears("2026-12-29, 2026-12-30 and")
    assert [_calendar(world).is_workday(date(2026, 12, day)) for day in (28, 29)] == [False, True]


def test_a_saturday_that_is_worked_has_brackets(olga: Actor) -> None:
    olga.dms("/muster workday add saturday").hears("2026-11-28 is now a workday for everybody")
    olga.dms("/muster calendar").hears("[28]", "Sat 28 Nov: workday of the team", "Workdays: 22")


def test_a_day_is_that_of_whoever_asks(world: World, olga: Actor) -> None:
    """18:00 in Los Angeles is already the next day in UTC."""
    olga.dms("/muster timezone America/Los_Angeles").hears("Your time zone is")
    olga.dms("/muster holiday add 2026-12-24").hears("2026-12-24 is now a day off")


@pytest.mark.parametrize(
    "said", ["holiday add Dec 24", "workday add Dec 24", "holiday remove Dec 24"]
)
def test_days_are_the_administrators(alice: Actor, said: str) -> None:
    alice.dms(f"/muster {said}").hears("Only people who administer this workspace can do that.")


# Leave.


def test_leave_is_on_ones_own_page_with_its_reason(world: World, alice: Actor, bob: Actor) -> None:
    alice.dms("/muster whoami").hears("Alice")
    bob.dms("/muster whoami").hears("Bob")
    _away(alice, "2026-11-26", "2026-12-02", "surgery")
    alice.dms("/muster calendar").hears(
        "Thu 26 Nov – Fri 27 Nov: you are away",
        "Why you are away from Thu 26 Nov, which only you can see: surgery",
        "Workdays: 18",
    )
    alice.dms("/muster calendar 2026-10").hears("Workdays: 22")
    page = bob.dms("/muster calendar").hears("Workdays: 21")
    assert "surgery" not in page.text
    assert not _calendar(world, alice).is_workday(date(2026, 12, 2))
    assert _calendar(world, alice).is_workday(date(2026, 12, 3))
    assert _calendar(world).is_workday(date(2026, 12, 2))


def test_who_comes_back_is_there_again(world: World, alice: Actor) -> None:
    alice.dms("/muster whoami").hears("Alice")
    _away(alice, "2026-11-23", "2026-12-04")
    _away(alice, "2026-12-14", "2026-12-18")
    alice.sends(Happened(CameBack(_id(world, alice), date(2026, 11, 25))))
    days = _calendar(world, alice)
    assert [day.day for day in days.workdays(date(2026, 11, 23), date(2026, 11, 27))] == [
        25,
        26,
        27,
    ]
    assert days.is_workday(date(2026, 12, 14))


def test_leave_that_is_known_is_not_noted_twice(world: World, alice: Actor) -> None:
    alice.dms("/muster whoami").hears("Alice")
    _away(alice, "2026-11-23", "2026-11-24", "a cold")
    _away(alice, "2026-11-23", "2026-11-24", "flu")
    rows = world.read(lambda tx: tx.all(Leave, select(table_of(Leave))))
    assert [row.reason for row in rows] == ["flu"]


def test_leave_that_cannot_be_is_a_fault(world: World, alice: Actor) -> None:
    alice.dms("/muster whoami").hears("Alice")
    world.meant_errors.add("door.failed")
    _away(alice, "2026-11-24", "2026-11-23")
    assert world.read(lambda tx: tx.all(Leave, select(table_of(Leave)))) == []


# Many people at once.


def test_many_people_get_what_each_would_get_alone(
    world: World, olga: Actor, alice: Actor, bob: Actor, chen: Actor, room: Place
) -> None:
    everybody = [olga, alice, bob, chen]
    for each in everybody:
        each.dms("/muster whoami").hears(each.world.town.people.get(each.id).name)
    alice.dms("/muster region US").hears("United States")
    chen.dms("/muster hours 10-19").hears("10:00–19:00")
    alice.says("/muster region DE --room", room).hears("DE")
    olga.dms("/muster holiday add Dec 24").hears("day off")
    _away(bob, "2026-11-23", "2026-11-24")
    people = [_id(world, each) for each in everybody]
    together = world.read(lambda tx: calendars_of(tx, people, room=1))
    alone = {
        each: world.read(lambda tx, each=each: calendar_of(tx, person=each, room=1))
        for each in people
    }
    assert together == alone
    assert [together[each].region.code for each in people] == ["DE", "US", "DE", "DE"]
    assert [len(together[each].leave) for each in people] == [0, 0, 1, 0]


# Working time, with everything together.


def test_working_time_over_a_chinese_holiday(world: World, chen: Actor) -> None:
    """From the last hour before the holiday: Thursday the 8th, Friday, Saturday the 10th."""
    chen.dms("/muster region CN").hears("中国")
    days = _calendar(world, chen)
    start = datetime(2026, 9, 30, 17, 0, tzinfo=SHANGHAI)
    reached = days.add_working_time(start, timedelta(hours=1 + 9 + 9 + 2), SHANGHAI)
    assert reached == datetime(2026, 10, 10, 11, 0, tzinfo=SHANGHAI)
    assert days.plus_workdays(date(2026, 9, 30), 3) == date(2026, 10, 10)
    assert days.working_time(start, reached, SHANGHAI) == timedelta(hours=21)


# The doctor.


def _findings(actor: Actor) -> str:
    return actor.dms("/muster doctor").text


def test_the_doctor_knows_which_years_are_unpublished(world: World, olga: Actor) -> None:
    assert "days off" not in _findings(olga)
    olga.dms("/muster region CN").hears("China")
    told = _findings(olga)
    assert "✗ The days off of 2027 in China are not published yet." in told
    assert "load them yourself: muster calendar load days.csv" in told
    olga.dms("/muster calendar 2027-02").hears(
        "The days off of 2027 in China are not published yet.", "Workdays: 20"
    )
    olga.dms("/muster holiday add 2027-02-05 --until 2027-02-12").hears("days off for everybody")
    assert "✓ The days off are known: China" in _findings(olga)


@pytest.fixture
def summer() -> dict[str, Any]:
    return {"at": datetime(2026, 7, 1, tzinfo=UTC)}


def test_the_doctor_does_not_worry_in_summer(summer: dict[str, Any]) -> None:
    with World(**summer) as world:
        olga = world.person("Olga")
        olga.dms("/muster region CN").hears("China")
        assert "✓ The days off are known: China" in _findings(olga)
