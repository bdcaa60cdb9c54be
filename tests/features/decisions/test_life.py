"""What becomes of decisions: superseded, deprecated, amended, looked at again."""

from __future__ import annotations

import pytest

from bot.features.decisions.differences import difference
from tests.world import CHINESE, Actor, Place, World


@pytest.fixture
def decided(room: Place, bob: Actor) -> Place:
    """D-1 Roll back to 1.4, of WR-1, and D-2 We deploy on Tuesdays, the workspace's own; Bob's."""
    bob.says("/decide Roll back to 1.4 --why Errors began with 1.5", room).hears_nothing()
    room.skips()
    bob.dms("/decide We deploy on Tuesdays").hears("Decision D-2")
    return room


def test_superseding_writes_both_ends(decided: Place, alice: Actor, bob: Actor) -> None:
    alice.says("/decide supersede D-1 Go on to 1.6 --why The fix is ready", decided).hears_nothing()
    decided.expects(
        "@Alice put D-3 Go on to 1.6 in the place of D-1 Roll back to 1.4",
        "> The fix is ready",
        "D-3 now holds",
    )
    bob.dms("/decide show D-1").hears("(superseded by D-3)", "D-3 stands in its place")
    bob.dms("/decide show D-3").hears("(accepted)", "In place of D-1")
    bob.says("/warroom timeline", decided).hears("in the place of D-1")
    bob.dms("/decide history D-1").hears("@Alice put D-3 in its place", "@Bob recorded it")
    bob.dms("/decide history D-3").hears("@Alice put it in the place of another")


def test_a_decision_that_is_there_takes_the_place_of_several(
    decided: Place, alice: Actor, bob: Actor
) -> None:
    for number, title in ((3, "Stay on 1.4"), (4, "One release train")):
        bob.says(f"/decide {title}", decided).hears_nothing()
        decided.expects(f"Decision D-{number}")
    bob.says("/decide supersede D-1 --with D-4", decided).hears_nothing()
    bob.says("/决策 取代 D-3 --用 D-4", decided).hears_nothing()
    decided.skips()
    bob.says("/decide show D-4", decided).hears("In place of D-1 and D-3")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("/decide supersede D-1 --with D-1", "D-1 cannot supersede itself."),
        ("/decide supersede D-9 Go on", "There is no decision D-9."),
        ("/decide supersede D-1 --with D-9", "There is no decision D-9."),
        ("/decide supersede D-1", "Say what is decided instead."),
        ("/decide supersede D-1 Go on --with D-2", "Say either another decision, or what"),
        ("/decide supersede D-3 Go on", "D-3 was superseded by D-4 already."),
        ("/decide supersede D-4 --with D-3", "D-4 stands in the place of D-3 already. That would"),
        ("/decide supersede D-5 Go on", "D-5 is only proposed. Take it back instead, or change"),
        ("/decide supersede D-1 --with D-5", "D-5 does not hold: proposed."),
        ("/decide deprecate D-3 Gone", "D-3 was superseded by D-4 already."),
        ("/decide deprecate D-5 Gone", "D-5 is only proposed."),
        ("/decide amend D-1 --why Errors began with 1.5", "That is what it says already."),
        ("/decide amend D-3 --why Because", "D-3 does not hold: superseded by D-4. Only what"),
        ("/decide amend D-9 --why Because", "There is no decision D-9."),
        (f"/decide amend D-1 --tags {','.join(map(str, range(21)))}", "At most 20 tags"),
        ("/decide amend D-1 --items WR-9-1", "There is no item WR-9-1."),
        ("/decide amend D-1 --items nothing", "There is no item nothing."),
        ("/decide review D-1 yesterday", "yesterday is in the past."),
        ("/decide review D-3 tomorrow", "D-3 does not hold: superseded by D-4."),
        ("/decide valid D-3", "D-3 does not hold: superseded by D-4."),
        ("/decide valid D-1 --again yesterday", "yesterday is in the past."),
        ("/decide show", "Still needed: Decision"),
    ],
)
def test_what_cannot_be_done(
    world: World, decided: Place, alice: Actor, bob: Actor, said: str, why: str
) -> None:
    bob.says("/decide Stay on 1.4", decided).hears_nothing()
    bob.says("/decide supersede D-3 One release train", decided).hears_nothing()
    bob.says("/decide propose Freeze --approvers @Bob", decided).hears_nothing()
    decided.skips()
    bob.direct.skips()
    before = world.rows()
    answer = bob.says(said, decided)
    if answer.shown.form is None:
        answer.hears(why, f"> {said}")
    assert world.rows() == before


def test_the_workspaces_own_are_changed_by_those_who_made_them(
    decided: Place, alice: Actor, bob: Actor, olga: Actor
) -> None:
    alice.dms("/decide deprecate D-2 Gone").hears("Only @Bob, or an administrator, can change D-2.")
    alice.dms("/decide supersede D-1 --with D-2").hears("Only @Bob, or an administrator")
    bob.dms("/decide amend D-2 --why It is calm").hears("@Bob amended D-2")
    olga.dms("/decide deprecate D-2 Gone").hears("@Olga deprecated D-2", "> Gone")
    olga.dms("/decide deprecate D-2 Gone").hears("D-2 was deprecated already.")


def test_its_makers_and_its_owner_change_it_too(
    world: World, decided: Place, alice: Actor, bob: Actor, dora: Actor
) -> None:
    for person in (alice, dora):
        person.dms("/muster whoami").hears("You are")
    bob.dms("/decide Freeze in December --makers @Alice --owner @Dora").hears(
        "Decision D-3", "Decision-makers: @Alice", "Owner: @Dora"
    )
    alice.dms("/decide amend D-3 --why It is calm").hears("@Alice amended")
    dora.dms("/decide amend D-3 --why It was calm").hears("- It is calm", "+ It was calm")


def test_others_of_a_room_cannot_change_its_decisions(decided: Place, dora: Actor) -> None:
    for said in ("deprecate D-1 Gone", "supersede D-1 Go on", "amend D-1 --why No", "valid D-1"):
        dora.dms(f"/decide {said}").hears("Only members of WR-1 can do that.")


def test_deprecating(decided: Place, alice: Actor) -> None:
    alice.says("/决策 废止 D-1 系统已下线", decided).hears_nothing()
    told = decided.expects("@Alice deprecated D-1 Roll back to 1.4", "> 系统已下线")
    assert "废止" in decided.world.words(told, CHINESE)
    decided.card_says("deprecated")
    said = alice.says("/decide show D-1", decided).hears("(deprecated)")
    assert "Supersede…" not in said.text


def test_an_amendment_keeps_the_earlier_text_and_shows_the_difference(
    decided: Place, alice: Actor, bob: Actor
) -> None:
    bob.says(
        "/decide amend D-1 --why Errors began with 1.5.1 --tags Database, #支付", decided
    ).hears_nothing()
    decided.expects(
        "@Bob amended D-1 Roll back to 1.4",
        "> - Errors began with 1.5\n> + Errors began with 1.5.1",
        "+ database, 支付",
    )
    said = alice.presses("Add to it…", decided)
    assert said.value("new_why") == "Errors began with 1.5.1"
    assert said.value("new_tags") == "database, 支付"
    again = said.fills(new_title=" ", new_context="Since Monday")
    assert again.field_error("new_title") == "Say what was decided."
    assert again.value("new_context") == "Since Monday"
    again.fills(new_title="Roll back to 1.4.2", new_why="").hears_nothing()
    decided.expects("@Alice amended D-1 Roll back to 1.4.2", "> - Errors began with 1.5.1")
    history = bob.says("/decide history D-1", decided)
    history.hears("- Roll back to 1.4\n> + Roll back to 1.4.2", "- Errors began with 1.5\n")
    assert [each.kept for each in [bob.says("/decide amend D-1", decided).form]] == [
        {"decision": "D-1"}
    ]


def test_an_amendment_asks_which_decision_first(decided: Place, bob: Actor) -> None:
    asked = bob.says("/decide amend", decided)
    again = asked.fills(decision="nine")
    assert "nine is no key" in again.field_error("decision")
    form = again.fills(decision="D-1")
    assert form.value("new_title") == "Roll back to 1.4"
    form.fills(new_context="Payments time out").hears_nothing()
    decided.expects("@Bob amended D-1", "+ Payments time out")


def test_an_amendment_may_be_very_long_but_not_longer(decided: Place, bob: Actor) -> None:
    said = bob.presses("Add to it…", bob.says("/decide show D-1", decided))
    again = said.fills(new_context="x" * 50_001)
    assert "At most 50,000 characters" in again.field_error("new_context")
    again.fills(new_context="line\n" * 3000).hears_nothing()
    decided.expects("@Bob amended D-1")


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        (None, "a", "+ a"),
        ("a", None, "- a"),
        ("a\nb\nc\nd\ne\nf", "a\nb\nc\nd\nx\nf", "…\n  d\n- e\n+ x\n  f"),
        ("a\n" * 1001, "b\n" * 1000, "- a\n" * 1001 + "+ b\n" * 999 + "+ b"),
    ],
)
def test_differences(before: str | None, after: str | None, shown: str) -> None:
    assert difference(before, after) == shown


def test_a_review_date_asks_whether_it_is_still_valid(
    world: World, decided: Place, alice: Actor, bob: Actor
) -> None:
    bob.says("/decide review D-1 tomorrow 9:00", decided).hears_nothing()
    decided.expects("@Bob wants to be asked Tue 24 Nov 2026, 09:00 whether D-1")
    world.at("2026-11-24 08:59")
    decided.expects_nothing()
    world.at("2026-11-24 09:00")
    asked = decided.expects("Is D-1 Roll back to 1.4 still valid?", "[Still valid…] [Supersede…]")
    again = alice.presses("Still valid…", asked).fills(again="yesterday")
    assert again.field_error("again") == "yesterday is in the past."
    again.fills(again="in 2 days").hears_nothing()
    decided.expects("@Alice says that D-1 Roll back to 1.4 is still valid")
    world.advance(days=3)
    asked = decided.expects("Is D-1 Roll back to 1.4 still valid?")
    bob.presses("Deprecate…", asked).fills(reason="The system is gone").hears_nothing()
    decided.expects("@Bob deprecated D-1")
    world.advance(days=30)
    decided.expects_nothing()


def test_a_review_of_the_workspaces_own_asks_who_has_it(
    world: World, bob: Actor, alice: Actor
) -> None:
    alice.dms("/muster whoami").hears("Alice")
    bob.dms("/decide We deploy on Tuesdays --owner @Alice --review tomorrow 9:00").hears(
        "To be reviewed Tue 24 Nov 2026, 09:00"
    )
    world.advance(days=2)
    asked = alice.hears("Is D-1 We deploy on Tuesdays still valid?")
    alice.presses("Still valid…", asked).fills().hears("@Alice says that D-1")
    world.advance(days=30)
    alice.direct.expects_nothing()


def test_a_review_of_what_is_gone_is_not_asked(
    world: World, decided: Place, alice: Actor, bob: Actor
) -> None:
    message = bob.writes("We roll back", decided)
    bob.reacts("scales", message)
    decided.expects("Decision D-3 We roll back")
    bob.says("/decide review D-3 tomorrow 9:00", decided).hears_nothing()
    decided.expects("wants to be asked")
    bob.reacts("scales", message, back=True)
    decided.expects("took the decision D-3 We roll back back")
    bob.says("/decide show D-3", decided).hears("D-3 was taken back.")
    world.advance(days=2)
    decided.expects_nothing()


def test_a_history_has_pages(decided: Place, bob: Actor) -> None:
    for number in range(1, 13):
        bob.says(f"/decide amend D-1 --why Reason {number}", decided).hears_nothing()
    decided.skips()
    first = bob.says("/decide history D-1", decided).hears("+ Reason 12", "[Older]")
    assert "+ Reason 2\n" not in first.text
    bob.presses("Older", first).hears("+ Reason 2\n", "@Bob recorded it")


def test_private_decisions_are_not_named_outside(
    world: World, vault: Place, alice: Actor, bob: Actor
) -> None:
    alice.says("/decide Change the keys", vault).hears_nothing()
    alice.says("/item add Find the leak", vault).hears_nothing()
    vault.skips()
    alice.dms("/decide We deploy on Tuesdays --items WR-1-1").hears(
        "WR-1-1 is of a private room: nothing outside can refer to it."
    )
    alice.dms("/decide We deploy on Tuesdays").hears("Decision D-2")
    alice.dms("/decide supersede D-2 --with D-1").hears(
        "D-1 is of a private room: nothing outside can refer to it."
    )
