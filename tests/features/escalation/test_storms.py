"""Many things at once: one message for one person, and no more of them than people can bear."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.features.escalation import watching
from bot.features.escalation.tables import Climb, Parcel
from bot.features.items.tables import Item
from bot.features.rooms import queries as rooms
from storage import identity
from storage.rows import table_of
from storage.tx import Tx
from tests.actors import Actor
from tests.features.escalation.conftest import Group
from tests.world import World

SHANGHAI = "Asia/Shanghai"
ZONE = ZoneInfo(SHANGHAI)


def cards(world: World, actor: Actor) -> list[str]:
    """What Muster has sent to somebody about what is stale."""
    return [world.words(m, actor.reader) for m in world.messages(actor.direct.id) if m.card]


def sent_at(world: World, box: str) -> list[datetime]:
    """When the messages of a box went out, in the order of time."""
    table = table_of(Parcel)
    query = table.select().where(table.c.box == box, table.c.sent_at.is_not(None))
    return sorted(each.sent_at for each in world.read(lambda tx: tx.all(Parcel, query)))


def add(world: World, group: Group, *texts: str, owner: str = "@Bob") -> None:
    for text in texts:
        group.alice.says(f"/item add {text} --owner {owner}", group.room).hears_nothing()
    group.room.skips()


def test_what_comes_inside_five_minutes_is_one_digest(world: World, group: Group) -> None:
    add(world, group, "One", "Two")
    world.advance(minutes=4)
    add(world, group, "Three")
    world.advance(minutes=2)
    add(world, group, "Four")
    world.at("2026-11-24 09:05", SHANGHAI)
    group.bob.hears(
        "3 things need you",
        "WR-1-1 One (has not moved since Mon 23 Nov 2026, 09:00 · owner) [On it] [Need help…]",
        "WR-1-3 Three (has not moved since Mon 23 Nov 2026, 09:04 · owner)",
    )
    world.at("2026-11-24 09:11", SHANGHAI)
    group.bob.hears("WR-1-4 Four: has not moved")


def test_a_digest_in_chinese_and_its_menus(world: World, group: Group) -> None:
    add(world, group, "查日志", "查网关", owner="@陈工")
    world.at("2026-11-24 09:05", SHANGHAI)
    digest = group.chen.hears("有 2 件事需要你", "WR-1-1 查日志", "WR-1-2 查网关")
    group.chen.presses("我来处理", digest).hears("你在处理")
    words = world.words(world.town.messages.get(digest.id), group.chen.reader)
    assert "@陈工 在处理" in words
    group.chen.says("/事项 完成 1", group.room)
    group.chen.says("/事项 完成 2", group.room)
    group.room.skips()
    words = world.words(world.town.messages.get(digest.id), group.chen.reader)
    assert "WR-1-1 查日志（已完成）" in words or "WR-1-1 查日志（完成）" in words
    group.chen.direct.skips()


def test_a_manager_gets_one_digest_a_half_of_a_day(world: World, group: Group) -> None:
    """Twenty things of Bob's, stale one after the other: his manager hears of them twice a day."""
    world.read(lambda tx: _add_many(tx, 12))
    for number in range(8):
        add(world, group, f"More {number}")
        world.advance(minutes=29)
    world.at("2026-12-01 18:00", SHANGHAI)
    times = sent_at(world, "manager:" + str(min(_managers(world))))
    halves = [(at.astimezone(ZONE).date(), at.astimezone(ZONE).hour >= 13) for at in times]
    assert halves
    assert len(halves) == len(set(halves))
    digest = max((each for each in cards(world, group.dora)), key=len)
    assert "things need you" in digest
    for actor in (group.bob, group.alice, group.dora):
        actor.direct.skips()
    world.channel("general").skips()


def _managers(world: World) -> set[int]:
    table = table_of(Parcel)
    query = table.select().where(table.c.box.like("manager:%"))
    found = world.read(lambda tx: tx.all(Parcel, query))
    return {each.person_id for each in found if each.person_id is not None}


def test_nobody_gets_more_than_so_many_messages_a_day(world: World, group: Group) -> None:
    """Six; what comes after that waits for the next half of the day, in one message."""
    for number in range(30):
        add(world, group, f"Thing {number}")
        world.advance(minutes=10)
    world.at("2026-11-24 18:00", SHANGHAI)
    person = world.read(lambda tx: tx.get(Parcel, 1).person_id)
    at = [each for each in sent_at(world, f"person:{person}") if each.day == 24]
    assert 6 <= len(at) <= 8
    assert "things need you" in max(cards(world, group.bob), key=len)
    group.bob.direct.skips()
    group.alice.direct.skips()


def test_severity_1_goes_at_once(world: World, group: Group) -> None:
    group.alice.says("/warroom severity 1", group.room)
    add(world, group, "One", "Two")
    world.at("2026-11-23 10:00", SHANGHAI)
    group.bob.hears("WR-1-1 One: has not moved")
    group.bob.hears("WR-1-2 Two: has not moved")
    group.room.skips()
    group.alice.says("/item done 1", group.room)
    group.alice.says("/item done 2", group.room)
    group.room.skips()
    group.bob.direct.skips()


def test_very_much_is_stale_in_the_same_minute(world: World, group: Group) -> None:
    """A digest shows the first lines and counts the rest; nothing is lost."""
    many = 100
    world.read(lambda tx: _add_many(tx, many))
    world.at("2026-11-24 09:05", SHANGHAI)
    group.bob.hears(f"{many} things need you", "WR-1-1 Thing 1 (", f"… and {many - 15} more")
    table = table_of(Climb)
    climbing = world.read(lambda tx: tx.all(Climb, table.select()))
    assert {each.phase for each in climbing} == {"climbing"}
    assert len(climbing) == many
    world.at("2026-11-25 09:10", SHANGHAI)
    group.alice.hears(f"{many} things need you")
    group.bob.says("/item done 1", group.room)
    group.room.skips()
    assert "WR-1-1 Thing 1 (" not in cards(world, group.bob)[-1]
    assert "WR-1-16 Thing 16 (" in cards(world, group.bob)[-1]


def _add_many(tx: Tx, count: int) -> None:
    [bob] = identity.named(tx, tx.workspace, "Bob")
    room = rooms.numbered(tx, 1)
    assert room is not None
    for number in range(1, count + 1):
        item = tx.add(
            Item(
                workspace_id=tx.workspace_id,
                room_id=room.id,
                room_number=1,
                number=number,
                text=f"Thing {number}",
                kind="action",
                owner_id=bob.id,
                added_by=bob.id,
                added_at=tx.now,
                moved_at=tx.now,
            )
        )
        watching.touch(tx, item, tx.now, "added")
