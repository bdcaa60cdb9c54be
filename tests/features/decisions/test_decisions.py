"""Recording decisions, and listing them."""

from __future__ import annotations

import pytest

from bot.features.decisions.listing import PAGE
from tests.world import CHINESE, Actor, Place, Said, World


def _keys(said: Said) -> list[str]:
    return [line.split()[1] for line in said.text.splitlines() if line.startswith("•")]


def test_recording(room: Place, bob: Actor) -> None:
    bob.says(
        "/decide Roll back to 1.4 --why Errors began with 1.5\n--instead-of Hotfix", room
    ).hears_nothing()
    room.expects(
        "Decision D-1 Roll back to 1.4\n",
        "— Why —\n> Errors began with 1.5\n",
        "— Instead of —\n> Hotfix\n",
        "Decided by @Bob, Mon 23 Nov 2026, 01:00",
    )
    room.card_says("1 decision", "D-1 Roll back to 1.4", "Errors began with 1.5")
    bob.says("/warroom timeline", room).hears("@Bob decided D-1 Roll back to 1.4")


@pytest.mark.parametrize(
    "said",
    [
        "/决策 回滚到 1.4 --原因 1.5 上线后开始报错 --而非 热修复",
        "/决定 --理由 1.5 上线后开始报错 --而不是 热修复 --title 回滚到 1.4",
        "/decide 回滚到 1.4 —why 1.5 上线后开始报错 —instead-of 热修复",
        "/decide --why “1.5 上线后开始报错” --instead-of 「热修复」 回滚到 1.4",
        "/decide --why=1.5 上线后开始报错 --Instead-Of：热修复 --title：回滚到 1.4",
        "@集结 决策 回滚到 1.4 --原因 1.5 上线后开始报错 --而非 热修复",
    ],
)
def test_ways_to_say_it(room: Place, bob: Actor, said: str) -> None:
    bob.says(said, room).hears_nothing()
    room.expects("D-1 回滚到 1.4\n", "> 1.5 上线后开始报错\n", "> 热修复\n")


def test_by_the_button_of_the_card(room: Place, bob: Actor) -> None:
    said = bob.presses("Record a decision", room)
    again = said.fills(why="Errors")
    assert again.field_error("title") == "Still needed: What was decided?"
    again.fills(title="Roll back").hears_nothing()
    room.expects("Decision D-1 Roll back", "> Errors")


def test_by_the_bare_command(room: Place, bob: Actor) -> None:
    bob.says("/decide", room).fills(title="Roll back").hears_nothing()
    room.expects("Decision D-1 Roll back")


def test_outside_a_room_it_is_the_workspaces(room: Place, bob: Actor, dora: Actor) -> None:
    bob.says("/decide We deploy on Tuesdays").hears("Decision D-1 We deploy on Tuesdays")
    bob.dms("/decide --room WR-1 Roll back").hears("Decision D-2 Roll back")
    room.expects("Decision D-2 Roll back")
    assert _keys(dora.dms("/decisions")) == ["D-2", "D-1"]
    assert _keys(bob.says("/decisions", room)) == ["D-2"]
    room.card_lacks("Tuesdays")


def test_a_text_may_be_very_long(room: Place, bob: Actor) -> None:
    text = ("Roll back. " * 4545)[:49_990].strip()
    bob.says(f"/decide {text} --why {text} --instead-of {text}", room).hears_nothing()
    told = room.world.words(room.expects("Decision D-1 Roll back."))
    assert told.count(text) == 3
    assert text not in room.card
    assert text not in bob.says("/decisions", room).text
    bob.says(f"/decide {'x' * 50_001}", room).hears(
        "may have at most 50,000 characters; this has 50,001."
    )


def test_the_card_shows_the_last_three(room: Place, bob: Actor) -> None:
    for number in range(1, 6):
        bob.says(f"/decide Decision {number}", room).hears_nothing()
    room.skips()
    room.card_says("5 decisions", "Decision 5", "Decision 3", "… and 2 more")
    room.card_lacks("Decision 2")


@pytest.mark.parametrize(
    "said", ["/decisions", "/decisions WR-1", "/decisions --room wr-1", "/决策列表", "/决策记录"]
)
def test_listing(room: Place, bob: Actor, said: str) -> None:
    bob.says("/decide Roll back --why Errors", room).hears_nothing()
    room.skips()
    bob.says(said, room).hears(
        "Decisions of WR-1", "D-1 Roll back (@Bob · Mon 23 Nov 2026, 01:00 · Errors)"
    )


def test_a_list_of_none(room: Place, bob: Actor, dora: Actor) -> None:
    bob.says("/decisions", room).hears("No decisions to show", "/decide")
    dora.dms("/decisions").hears("No decisions to show")


def test_pages(room: Place, bob: Actor) -> None:
    for number in range(1, PAGE + 3):
        bob.says(f"/decide Decision {number}", room).hears_nothing()
    room.skips()
    first = bob.dms("/decisions WR-1").hears("[Older]")
    assert _keys(first) == [f"D-{number}" for number in range(PAGE + 2, 2, -1)]
    second = bob.presses("Older", first).hears("Decisions of WR-1")
    assert _keys(second) == ["D-2", "D-1"]
    everything = bob.dms("/decisions").hears("[Older]")
    assert _keys(bob.presses("Older", everything)) == ["D-2", "D-1"]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("/decide --room WR-9 Roll back", "There is no war room WR-9."),
        ("/decide --room nine Roll back", "nine is no key. A key looks like WR-7."),
        ("/decide Roll back --wyh Errors", "There is no --wyh. Did you mean --why?"),
        ("/decide Roll back --why", "--why needs a value."),
        ("/decisions WR-9", "There is no war room WR-9."),
        ("/decisions D-1", "There is no decision D-1."),
        ("/export decisions --format pdf", "pdf is none of md, html, xlsx, csv"),
        ("/export decisions everything", "I understood all but everything."),
    ],
)
def test_what_cannot_be_done(world: World, room: Place, bob: Actor, said: str, why: str) -> None:
    bob.says("/muster whoami", room).hears("Bob")
    before = world.rows()
    bob.says(said, room).hears(why, f"> {said}")
    assert world.rows() == before


def test_others_can_read_but_not_decide(room: Place, bob: Actor, dora: Actor) -> None:
    bob.says("/decide Roll back", room).hears_nothing()
    room.skips()
    dora.dms("/decisions WR-1").hears("D-1 Roll back")
    dora.dms("/decide --room WR-1 Roll forward").hears("Only members of WR-1 can do that.")


def test_in_chinese(room: Place, bob: Actor) -> None:
    bob.says("/decide Roll back --why Errors", room).hears_nothing()
    words = room.world.words(room.expects("Decision D-1"), CHINESE)
    assert "Roll back" in words
    assert "Decided" not in words
    assert "Why" not in words
