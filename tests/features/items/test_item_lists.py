"""Lists of items: a room's, one's own."""

from __future__ import annotations

import pytest

from bot.features.items.actions import PAGE
from tests.world import Actor, Place, Said, World


def _texts(said: Said) -> list[str]:
    lines = [line.split(" (")[0] for line in said.text.splitlines() if line.startswith("•")]
    return [line.split(maxsplit=2)[2] for line in lines]


@pytest.fixture
def items(world: World, room: Place, alice: Actor, bob: Actor) -> Place:
    """In WR-1: a done one of Bob's, an overdue one of Bob's, a blocked one of nobody's."""
    alice.says("/item add Done one --owner @Bob", room).hears_nothing()
    alice.says("/item add Late one --owner @Bob --due 1h", room).hears_nothing()
    alice.says("/item add Stuck one", room).hears_nothing()
    alice.says("/item done 1", room).hears_nothing()
    alice.says("/item block 3 No access", room).hears_nothing()
    world.advance(hours=2)
    room.skips()
    return room


@pytest.mark.parametrize(
    ("said", "texts"),
    [
        ("/item list", ["Late one", "Stuck one"]),
        ("/item ls open", ["Late one", "Stuck one"]),
        ("/item list all", ["Done one", "Late one", "Stuck one"]),
        ("/item list done", ["Done one"]),
        ("/item list mine", ["Late one"]),
        ("/item list overdue", ["Late one"]),
        ("/item list WR-1 done", ["Done one"]),
        ("/item list --room WR-1 --scope done", ["Done one"]),
        ("/事项 列表", ["Late one", "Stuck one"]),
        ("/事项 列表 我的", ["Late one"]),
        ("/事项 列表 已完成", ["Done one"]),
        ("/事项 列表 全部", ["Done one", "Late one", "Stuck one"]),
        ("/事项 列表 逾期", ["Late one"]),
    ],
)
def test_in_a_room(items: Place, bob: Actor, said: str, texts: list[str]) -> None:
    assert _texts(bob.says(said, items).hears("Items of WR-1")) == texts


@pytest.mark.parametrize(
    ("said", "texts"),
    [
        ("/item list", ["Late one", "Elsewhere"]),
        ("/item list all", ["Late one", "Done one", "Elsewhere"]),
        ("/item list done", ["Done one"]),
        ("/item list overdue", ["Late one"]),
        ("/item list WR-2", ["Elsewhere", "Not mine"]),
    ],
)
def test_outside_one_sees_ones_own(
    world: World, items: Place, alice: Actor, bob: Actor, said: str, texts: list[str]
) -> None:
    alice.dms("/warroom open Login loops @Bob").hears("WR-2")
    alice.dms("/item add WR-2 Elsewhere --owner @Bob").hears("WR-2-1")
    alice.dms("/item add WR-2 Not mine").hears("WR-2-2")
    world.room("WR-2").skips()
    assert _texts(bob.dms(said)) == texts


def test_anybody_can_read_the_items_of_a_public_room(items: Place, dora: Actor) -> None:
    assert _texts(dora.dms("/item list WR-1")) == ["Late one", "Stuck one"]


def test_what_can_be_done_stands_beside_it(items: Place, bob: Actor) -> None:
    said = bob.says("/item list", items).hears("[Done] [Blocked…]", "blocked: No access")
    bob.presses("Done", said).hears_nothing()
    items.expects("@Bob finished")


def test_an_empty_list_says_how_to_fill_it(room: Place, bob: Actor, dora: Actor) -> None:
    bob.says("/item list", room).hears("No items to show", "/item add")
    dora.dms("/item list").hears("No items to show")


@pytest.mark.parametrize("said", ["/item list all", "/item list mine"])
def test_pages(room: Place, alice: Actor, said: str) -> None:
    for number in range(PAGE + 2):
        alice.says(f"/item add Item {number:02}. --owner @Alice", room).hears_nothing()
    room.skips()
    everything = [f"Item {number:02}." for number in range(PAGE + 2)]
    here = alice.says(said, room).hears("[More]")
    assert _texts(here) == everything[:PAGE]
    rest = alice.presses("More", here)
    assert _texts(rest) == everything[PAGE:]
    assert "[More]" not in rest.text
    mine = alice.dms(said).hears("Your items", "[More]")
    assert _texts(mine) == everything[:PAGE]
    assert _texts(alice.presses("More", mine)) == everything[PAGE:]


def test_the_next_page_is_of_the_same_room_wherever_it_is_asked_for(
    room: Place, alice: Actor
) -> None:
    for number in range(PAGE + 2):
        alice.says(f"/item add Item {number:02}.", room).hears_nothing()
    room.skips()
    first = alice.dms("/item list WR-1").hears("[More]")
    assert _texts(alice.presses("More", first)) == ["Item 10.", "Item 11."]
