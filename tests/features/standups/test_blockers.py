"""What is in the way becomes an item, and stays the same one; items in the form."""

from __future__ import annotations

import pytest

from tests.features.standups.stage import answers, names, sends
from tests.world import Actor, Place, World


def _skip_all(world: World, *places: Place) -> None:
    for place in places:
        place.skips()
    for name in ("Alice", "Bob"):
        world.person(name).direct.skips()


@pytest.mark.parametrize(
    "again",
    ["No access to the logs", "no access to the logs!", "  NO access — to the logs… ",
     "Ｎo access to the logs"],
)  # fmt: skip
def test_the_same_words_are_the_same_item(
    world: World, standup: Place, alice: Actor, bob: Actor, again: str
) -> None:
    world.at("2026-11-23 09:30")
    answers(bob, blocker="No access to the logs").hears("Thank you.")
    world.at("2026-11-24 09:30")
    answers(bob, blocker=again).hears("Thank you.")
    world.at("2026-11-24 11:00")
    _skip_all(world, standup)
    listed = bob.says("/item list", standup).text
    assert "WR-1-1 No access to the logs (Blocker · @Bob)" in listed
    assert "WR-1-2" not in listed
    bob.says("/standup report", standup).hears("WR-1-1 No access to the logs", "Bob · for 1 day")


def test_one_that_is_over_does_not_come_again_for_its_words_were_left_standing(
    world: World, standup: Place, alice: Actor, bob: Actor
) -> None:
    world.at("2026-11-23 09:30")
    answers(bob, blocker="No access to the logs").hears("Thank you.")
    world.at("2026-11-24 09:30")
    form = bob.dms("/standup")
    [over] = [name for name in names(form) if name.startswith("item")]
    sends(form, since="Got access", blocker="No access to the logs", **{over: "done"}).hears(
        "Thank you."
    )
    listed = bob.says("/item list --scope all", standup).text
    assert "WR-1-2" not in listed
    assert "WR-1-1" not in bob.says("/item list", standup).text
    _skip_all(world, standup)


def test_its_age_is_in_days_of_the_calendar(
    world: World, standup: Place, alice: Actor, bob: Actor
) -> None:
    world.at("2026-11-23 10:59")
    answers(bob, blocker="No access to the logs").hears("Thank you.")
    world.at("2026-11-24 09:30")
    answers(bob, since="Waited").hears("Thank you.")
    world.at("2026-11-24 11:00")
    _skip_all(world, standup)
    bob.says("/standup report", standup).hears("Bob · for 1 day")


def test_it_is_the_same_when_somebody_else_has_it_by_now(
    world: World, standup: Place, alice: Actor, bob: Actor
) -> None:
    world.at("2026-11-23 09:30")
    answers(bob, blocker="No access").hears("Thank you.")
    alice.says("/item assign WR-1-1 @Alice", standup)
    world.at("2026-11-24 09:30")
    answers(bob, blocker="No access").hears("Thank you.")
    assert "WR-1-2" not in bob.says("/item list", standup).text
    bob.says("/standup report", standup).hears("WR-1-1 No access", "Alice · for 1 day")
    _skip_all(world, standup)


def test_what_is_put_differently_the_same_day_is_the_same(
    world: World, standup: Place, alice: Actor, bob: Actor
) -> None:
    world.at("2026-11-23 09:30")
    answers(bob, blocker="No acess").hears("Thank you.")
    answers(bob, blocker="No access to staging").hears("Your answer is changed.")
    listed = bob.says("/item list", standup).text
    assert "WR-1-1 No access to staging" in listed
    assert "WR-1-2" not in listed
    bob.says("/warroom timeline", standup).hears("@Bob put WR-1-1 No access to staging differently")
    _skip_all(world, standup)


def test_what_comes_back_is_another_item(
    world: World, standup: Place, alice: Actor, bob: Actor
) -> None:
    world.at("2026-11-23 09:30")
    answers(bob, blocker="No access").hears("Thank you.")
    world.at("2026-11-24 09:30")
    said = bob.dms("/standup")
    assert said.value(names(said)["blocker"]) == "No access"
    sends(said, item1="done", blocker="").hears("Thank you.")
    world.at("2026-11-25 09:30")
    said = bob.dms("/standup")
    assert said.value(names(said)["blocker"]) == ""
    sends(said, blocker="No access").hears("Thank you.")
    bob.says("/item list all", standup).hears("WR-1-1 No access", "WR-1-2 No access")
    _skip_all(world, standup)


@pytest.mark.parametrize("nothing", ["-", "无", "没有", "!!!"])
def test_nothing_is_no_blocker(
    world: World, standup: Place, alice: Actor, bob: Actor, nothing: str
) -> None:
    world.at("2026-11-23 09:30")
    answers(bob, since="All fine", blocker=nothing).hears("Thank you.")
    bob.says("/item list", standup).hears("No items to show")
    _skip_all(world, standup)


def test_an_item_that_is_gone_meanwhile(
    world: World, standup: Place, alice: Actor, bob: Actor
) -> None:
    bob.says("/item add Check the logs --owner @Bob", standup)
    world.at("2026-11-23 09:30")
    said = bob.dms("/standup")
    alice.says("/item done WR-1-1", standup)
    sends(said, since="Checked", item1="done").hears("Thank you.")
    bob.says("/item list all", standup).hears("WR-1-1 Check the logs", "done")
    again = sends(bob.dms("/standup"), since="Checked it twice")
    again.hears("Your answer is changed.")
    _skip_all(world, standup)


def test_what_is_answered_ahead(world: World, standup: Place, alice: Actor, bob: Actor) -> None:
    """Everybody before it opens: it opens and closes at once, and asks nobody."""
    alice.says("/standup setup 09:00 --closes 9:10 --name early", standup)
    _skip_all(world, standup)
    world.at("2026-11-23 09:00")
    for who in (alice, bob):
        said = who.dms("/standup")
        assert len([f for f in said.form.fields if f.section is not None]) == 1
    alice.says("/standup edit --name early --closes 10:00", standup)
    world.at("2026-11-24 09:00")
    for who in (alice, bob):
        said = who.dms("/standup")
        values = {f.name: "Ahead" for f in said.form.fields if f.name.endswith("_since")}
        assert len(values) == 2, "what opens before this one closes is there too"
        said.fills(**values).hears("Thank you, for all 2 rooms.")
    _skip_all(world, standup)
    world.at("2026-11-24 09:30")
    standup.expects("Stand-up of 2026-11-24: closed", "2 of 2 answered")
    for name in ("Alice", "Bob"):
        standup.expects(f"{name} answered", "> Ahead")
    standup.expects("Report of 2026-11-24")
    world.at("2026-11-24 11:00")
    for who in (alice, bob):
        who.direct.expects_nothing()
    standup.expects_nothing()


def test_required_answers(world: World, room: Place, alice: Actor, bob: Actor) -> None:
    alice.says("/standup setup", room).fills(questions="since\nnext *")
    room.skips()
    world.at("2026-11-23 09:30")
    again = answers(bob, since="Only that")
    assert again.field_error(names(again)["next"]) == "Please answer this one."
    assert again.value(names(again)["since"]) == "Only that"
    sends(again, next="And that").hears("Thank you.")
    _skip_all(world, room)
