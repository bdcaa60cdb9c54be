"""Lists and searches."""

from __future__ import annotations

import pytest

from bot.features.rooms.reading import PAGE
from tests.world import Actor, Place, Said, World


@pytest.fixture
def rooms(world: World, alice: Actor, bob: Actor, general: Place) -> None:
    """WR-1 open, critical, with Bob; WR-2 open, mitigating; WR-3 closed."""
    alice.dms("/warroom open Payment timeouts --severity 1 @Bob").hears("WR-1")
    alice.dms("/warroom open 支付网关 --goal Kein Ausfall").hears("WR-2")
    alice.dms("/warroom open Login loops @Bob").hears("WR-3")
    alice.dms("/warroom status WR-2 mitigating").hears("Mitigating")
    alice.dms("/warroom close WR-3 Cookies_were 100% too big").hears("closed WR-3")
    for number in (1, 2, 3):
        world.room(f"WR-{number}").skips()


def _keys(said: Said) -> list[str]:
    return [line.split()[1] for line in said.text.splitlines() if line.startswith("•")]


@pytest.mark.parametrize(
    ("said", "keys"),
    [
        ("/warroom list", ["WR-2", "WR-1"]),
        ("/warroom list open", ["WR-2", "WR-1"]),
        ("/warroom ls all", ["WR-3", "WR-2", "WR-1"]),
        ("/warroom list closed", ["WR-3"]),
        ("/warroom list mine", ["WR-1"]),
        ("/warroom list --severity 1", ["WR-1"]),
        ("/warroom list --severity critical all", ["WR-1"]),
        ("/warroom list all --severity 3", ["WR-3", "WR-2"]),
        ("/warroom list --status mitigating", ["WR-2"]),
        ("/warroom list --status resolved", []),
        ("/warroom list all --status resolved", ["WR-3"]),
        ("/攻关 列表", ["WR-2", "WR-1"]),
        ("/攻关 列表 我的", ["WR-1"]),
        ("/攻关 列表 全部 级别3", ["WR-3", "WR-2"]),
        ("/攻关 列表 --状态 处理中", ["WR-2"]),
    ],
)
def test_lists(rooms: None, bob: Actor, said: str, keys: list[str]) -> None:
    assert _keys(bob.dms(said)) == keys


@pytest.mark.parametrize(
    ("said", "keys"),
    [
        ("/warroom find payment", ["WR-1"]),
        ("/warroom find TIMEOUTS pay", ["WR-1"]),
        ("/warroom find 网关", ["WR-2"]),
        ("/warroom find ausfall", ["WR-2"]),
        ("/warroom find cookies", ["WR-3"]),
        ("/warroom find wr-3", ["WR-3"]),
        ("/warroom find login payment", []),
        ("/warroom find %", ["WR-3"]),
        ("/warroom find _", ["WR-3"]),
        ("/warroom find s_were", ["WR-3"]),
        ("/warroom find swere", []),
        ("/攻关 搜索 支付", ["WR-2"]),
        ("/攻关 找 「支付网关」", ["WR-2"]),
    ],
)
def test_searches(rooms: None, bob: Actor, said: str, keys: list[str]) -> None:
    assert _keys(bob.dms(said)) == keys


def test_a_line_of_a_list(rooms: None, dora: Actor) -> None:
    said = dora.dms("/warroom list --severity 1").hears(
        "1 war room",
        "WR-1 Payment timeouts (Severity 1 · critical · Investigating · @Alice · #wr-1-payment-",
        "[Join]",
    )
    dora.presses("Join", said).hears("You are in WR-1")
    assert "[Join]" not in dora.dms("/warroom list closed").text


def test_an_empty_list_says_how_to_fill_it(dora: Actor) -> None:
    dora.dms("/warroom list").hears("No war rooms to show", "/warroom open")
    dora.dms("/warroom find anything").hears("No war rooms to show")
    dora.dms("/warroom find").form  # noqa: B018  it asks for what


def test_a_scope_that_there_is_not(dora: Actor) -> None:
    dora.dms("/warroom list yesterday").hears("I understood all but yesterday.", "/warroom list")
    dora.dms("/warroom list opne").hears("opne is none of open, mine, closed or all.")


@pytest.mark.parametrize(
    "said", ["/warroom list all", "/warroom list mine", "/warroom find problem"]
)
def test_pages(world: World, alice: Actor, general: Place, said: str) -> None:
    for number in range(1, PAGE + 3):
        alice.dms(f"/warroom open Problem {number}").hears("Opening")
        world.room(f"WR-{number}").skips()
    first = alice.dms(said).hears("War rooms\n", "[More]")
    assert _keys(first) == [f"WR-{number}" for number in range(PAGE + 2, 2, -1)]
    second = alice.presses("More", first).hears("War rooms\n")
    assert _keys(second) == ["WR-2", "WR-1"]
    assert "[More]" not in second.text


def test_a_list_of_exactly_one_page(world: World, alice: Actor) -> None:
    for number in range(1, PAGE + 1):
        alice.dms(f"/warroom open Problem {number}").hears("Opening")
        world.room(f"WR-{number}").skips()
    said = alice.dms("/warroom list").hears(f"{PAGE} war rooms")
    assert "[More]" not in said.text


def test_only_those_who_can_join_are_offered_to(
    rooms: None, world: World, alice: Actor, bob: Actor
) -> None:
    alice.dms("/warroom open Leak --private @Bob").hears("WR-4")
    world.room("WR-4").card_says("Private: only its members know of it")
    world.room("WR-4").card_lacks("[Join]")
    said = bob.dms("/warroom list").text
    assert said.count("[Join]") == 1, "WR-2 alone is public, and not his"
    world.room("WR-4").skips()
