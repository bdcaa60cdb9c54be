"""What `/escalate preview` foretells is what happens, for two weeks, if nobody does anything."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.commands import load
from bot.features.calendar.tables import Leave
from bot.features.escalation import queries, reading, watching
from bot.features.escalation.choices import chosen
from bot.features.escalation.foresight import Foreseen
from bot.features.escalation.ladder import Ask, Passed, Remind, Topped
from bot.features.escalation.tables import Climb, Parcel, Step
from bot.features.rooms import queries as rooms
from storage import identity, timers
from storage.rows import table_of
from storage.tx import Tx
from tests.features.escalation.conftest import Group
from tests.world import START, World

SHANGHAI = "Asia/Shanghai"
NAMES = ("Alice", "Bob", "Chen", "Dora")
DAYS = 14


def test_it_is_shown_with_what_does_not_fire_and_why(world: World, group: Group) -> None:
    group.alice.says("/escalate preview", group.room).hears("Nothing will fire.")
    group.alice.says("/item add Check the logs --owner @Bob", group.room)
    group.room.skips()
    for text in ("0d", "61d", "soon"):
        group.alice.says(f"/escalate preview {text}", group.room).hears(
            "Say how many days, at most 60: 7d"
        )
    group.alice.says("/escalate preview 7d", group.room).hears(
        "The next 7 days",
        "What fires if nobody does anything",
        "WR-1-1 Check the logs (Tue 24 Nov 2026, 09:05: @Bob (owner))",
        "WR-1-1 Check the logs (Wed 25 Nov 2026, 09:10: @Alice (lead))",
    )
    group.chen.says("/升级 预览 1天", group.room).hears("WR-1-1 Check the logs")
    group.dora.dms("/escalate preview 1d").hears("The next day", "@Bob (owner)")


def test_who_is_on_leave_is_foretold_too(world: World, group: Group) -> None:
    group.alice.says("/item add Check the logs --owner @Bob", group.room)
    group.room.skips()
    world.read(lambda tx: _away(tx, "Bob", date(2026, 11, 24), date(2026, 11, 25)))
    group.alice.says("/escalate preview 2d", group.room).hears(
        "What does not, and why",
        "@Bob (owner) passed over: on leave, back on Thu 26 Nov 2026",
        "Tue 24 Nov 2026, 09:05: @Alice (lead)",
    )
    group.room.skips()
    world.at("2026-11-24 09:05", SHANGHAI)
    group.alice.hears("on leave, back on Thu 26 Nov 2026")


# The property.


@dataclass(frozen=True)
class Scene:
    """What there is when somebody looks ahead. Times are hours after Monday, 09:00."""

    rooms: tuple[tuple[int, str], ...]
    #: Room, owner, hours after which it was added, days until it is due.
    items: tuple[tuple[int, str | None, int, int | None], ...]
    leaves: tuple[tuple[str, int, int], ...]
    quiet: dict[str, str]
    #: Hours after which somebody does something to an item: "ack", "snooze", "escalate".
    doings: tuple[tuple[int, int, str], ...]
    pause: int | None
    looked_after: int


def _scenes() -> st.SearchStrategy[Scene]:
    owner = st.one_of(st.none(), st.sampled_from(NAMES))
    hours = st.integers(0, 60)
    room = st.tuples(st.integers(1, 4), st.sampled_from(NAMES))
    item = st.tuples(st.integers(0, 1), owner, hours, st.one_of(st.none(), st.integers(1, 9)))
    quiet = st.sampled_from(["22:00–08:00", "08:00–11:00", "12:00–14:00"])
    return st.builds(
        Scene,
        rooms=st.tuples(room, room),
        items=st.lists(item, min_size=1, max_size=5).map(tuple),
        leaves=st.lists(
            st.tuples(st.sampled_from(NAMES), st.integers(0, 16), st.integers(0, 6)), max_size=3
        ).map(tuple),
        quiet=st.dictionaries(st.sampled_from(NAMES), quiet, max_size=2),
        doings=st.lists(
            st.tuples(st.integers(1, 80), st.integers(0, 4), st.sampled_from(_DOINGS)), max_size=4
        ).map(tuple),
        pause=st.one_of(st.none(), st.integers(1, 200)),
        looked_after=st.integers(0, 100),
    )


_DOINGS = ("ack", "snooze", "escalate", "help")


@given(_scenes())
@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_what_is_foretold_is_what_happens(scene: Scene) -> None:
    with World(at=START, zone=SHANGHAI, escalation=True) as world:
        _set(world, scene)
        _live(world, scene)
        looked = world.clock.now()
        until = looked + timedelta(days=DAYS)
        foretold = world.read(lambda tx: reading.ahead_of(tx, until, _person(tx, "Olga").id))
        _let_pass(world, until)
        happened = world.read(lambda tx: _happened(tx, looked, until))
        assert sorted(filter(None, map(_told, foretold)), key=repr) == sorted(happened, key=repr)
        world.is_abandoned = True  # what nobody was sent by this clock is not looked at


def _person(tx: Tx, name: str) -> Any:
    [found] = identity.named(tx, tx.workspace, name)
    return found


def _away(tx: Tx, name: str, first: date, last: date) -> None:
    person = _person(tx, name)
    row = Leave(
        workspace_id=tx.workspace_id, person_id=person.id, first=first, last=last, at=tx.now
    )
    tx.add(row)


def _set(world: World, scene: Scene) -> None:
    for name in ("Olga", *NAMES):
        world.person(name, zone=SHANGHAI).dms("/muster whoami")
    for name in NAMES[:3]:
        world.person(name).dms("/muster manager @Dora")
    world.person("Bob").dms("/escalate backup @Chen")
    for number, (severity, lead) in enumerate(scene.rooms, 1):
        world.person(lead).says(f"/warroom open Room {number}")
        world.person(lead).says(f"/warroom severity {severity}", world.room(f"WR-{number}"))

    def more(tx: Tx) -> None:
        for name, first, length in scene.leaves:
            day = START.date() + timedelta(days=first)
            _away(tx, name, day, day + timedelta(days=length))
        for name, hours in scene.quiet.items():
            tx.change(chosen(tx, _person(tx, name).id), quiet=hours)

    world.read(more)


def _live(world: World, scene: Scene) -> None:
    """Everything that is done before somebody looks ahead, in the order of time."""
    todo: list[tuple[int, int, Any]] = []
    for number, (room, owner, after, due) in enumerate(scene.items):
        todo.append((after, number, (room, owner, due)))
    todo += [(after, 100 + number, what) for after, number, what in scene.doings]
    for after, number, what in sorted(todo, key=lambda each: each[:2]):
        if after > scene.looked_after:
            break
        _let_pass(world, START + timedelta(hours=after))
        if isinstance(what, tuple):
            _add(world, number, *what)
        else:
            _do(world, number - 100, what)
    _let_pass(world, START + timedelta(hours=scene.looked_after))
    if scene.pause is not None:
        until = world.clock.now() + timedelta(hours=scene.pause)

        def pause(tx: Tx) -> None:
            room = rooms.numbered(tx, 1)
            assert room is not None
            tx.change(watching.know(tx, room), paused_until=until)

        world.read(pause)


def _add(world: World, number: int, room: int, owner: str | None, due: int | None) -> None:
    lead = world.town.people.called("Olga")
    assert lead is not None
    where = world.room(f"WR-{room + 1}")
    olga = world.person("Olga")
    if olga.id not in where.members:
        olga.dms(f"/warroom join WR-{room + 1}")
    said = f"/item add Thing {number}" + (f" --owner @{owner}" if owner else "")
    if due is not None:
        day = world.clock.now() + timedelta(days=due)
        said += f" --due {day:%Y-%m-%d} 15:00"
    olga.says(said, where)


def _do(world: World, number: int, what: str) -> None:
    climbs = world.read(lambda tx: tx.all(Climb, table_of(Climb).select()))
    if number >= len(climbs):
        return
    olga = world.person("Olga")
    climb = climbs[number]
    item = world.read(lambda tx: queries.item_of(tx, climb))
    more = {"snooze": " tomorrow 10am --why Waiting"}
    path = "escalate" if what == "escalate" else f"escalate {what}"
    olga.dms(f"/{path} {item.key}{more.get(what, '')}")


def _told(each: Foreseen) -> tuple[Any, ...] | None:
    match each.move:
        case Ask(role=role, person=person, send_at=at):
            return (each.at, each.climb, str(role), person, at)
        case Remind(person=person, send_at=at):
            return (each.at, each.climb, "holder", person, at)
        case Passed(role=role, person=person, why=why):
            return (each.at, each.climb, str(role), person, why)
        case Topped():
            return (each.at, each.climb, "ops", None)
        case _:
            return None  # what begins, or goes on, is no step of its own


def _let_pass(world: World, until: datetime) -> None:
    """Let time pass as the worker does, but for sending what is sent: that changes nothing."""
    known = world.muster.door.registry

    def job(tx: Tx) -> None:
        while (due := timers.take_due(tx.conn, until)) is not None:
            command = load(json.loads(due.payload), known.commands)
            then = world.muster.door.carrier.transaction(tx.conn, tx.workspace, due.due_at)
            known.use_case(type(command))(command, then, due.due_at)

    world.read(job)
    world.clock.move_to(until)


def _happened(tx: Tx, after: datetime, until: datetime) -> list[tuple[Any, ...]]:
    found = tx.all(Step, table_of(Step).select().order_by(table_of(Step).c.id))
    told: dict[tuple[int, int, int], tuple[Any, ...]] = {}
    for step in found:
        if not after < step.at <= until:
            continue
        key = (step.climb_id, step.cycle, step.number)
        if step.role == "ops":
            told[key] = (step.at, step.climb_id, "ops", None)
        elif step.passed is not None and step.send_at is None:
            told[key] = (step.at, step.climb_id, step.role, step.person_id, step.passed)
        else:
            before = told.get(key)
            at = max(step.send_at or step.at, before[4]) if before else step.send_at
            told[key] = (step.at, step.climb_id, step.role, step.person_id, at)
    return list(told.values())


def test_parcels_go_when_it_was_said(world: World, group: Group) -> None:
    group.alice.says("/item add One --owner @Bob", group.room)
    group.alice.says("/item add Two --owner @Bob", group.room)
    group.room.skips()
    world.at("2026-12-04 18:00", SHANGHAI)
    parcels = world.read(lambda tx: tx.all(Parcel, table_of(Parcel).select()))
    assert parcels
    assert all(each.sent_at == each.send_at for each in parcels)
    for actor in (group.bob, group.alice, group.dora, group.olga):
        actor.direct.skips()
    world.channel("general").skips()


@pytest.mark.parametrize("days", ["7", "7d", "7 天", "7天"])
def test_days_are_said_in_many_ways(group: Group, days: str) -> None:
    group.alice.dms(f"/escalate preview {days}").hears("The next 7 days")
