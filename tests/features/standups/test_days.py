"""One day of a stand-up: asked, answered, reminded, closed, late."""

from __future__ import annotations

import pytest

from bot.core.effects import DirectMessage, PostCard
from bot.core.errors import Permanent
from tests.features.standups.stage import answers, names, sends
from tests.world import Actor, Place, World


def test_a_day(world: World, standup: Place, alice: Actor, bob: Actor) -> None:
    world.at("2026-11-23 09:29")
    standup.expects_nothing()
    world.at("2026-11-23 09:30")
    head = standup.expects("Stand-up of 2026-11-23", "Until Mon 23 Nov 2026, 11:00", "0 of 2")
    alice.hears("Stand-up of WR-1 Payment timeouts: please answer until 11:00", "[Answer]")
    bob.hears("Stand-up of WR-1 Payment timeouts: please answer until 11:00")

    sends(bob.presses("Answer", bob.direct), since="Fixed it", next="Deploy", mood="4").hears(
        "Thank you."
    )
    said = standup.expects("Bob answered", "> Fixed it", "> Deploy", "🙂 4")
    assert said.thread == head.id
    assert "1 of 2" in world.words(world.town.messages.get(head.id))

    world.at("2026-11-23 10:41")
    alice.direct.expects_nothing()
    world.at("2026-11-23 10:42")
    alice.hears("There is still time for the stand-up, until 11:00")
    bob.direct.expects_nothing()

    world.at("2026-11-23 11:00")
    report = standup.expects(
        "Report of 2026-11-23: WR-1 Payment timeouts", "Fixed it", "Still to come: Alice"
    )
    assert report.thread == head.id
    assert "closed" in world.words(world.town.messages.get(head.id))
    assert "1 of 2 answered" in world.words(world.town.messages.get(head.id))

    answers(alice, since="Talked to the vendor").hears(
        "That stand-up had closed: your answer of 2026-11-23 was added late."
    )
    standup.expects("Alice answered", "Added after it had closed.")
    edited = world.words(world.town.messages.get(report.id))
    assert "— Alice (late) —" in edited
    assert "Still to come" not in edited


def test_it_closes_when_all_have_answered(
    world: World, standup: Place, alice: Actor, bob: Actor
) -> None:
    world.at("2026-11-23 09:30")
    head = standup.expects("0 of 2")
    for who in (alice, bob):
        sends(who.presses("Answer", who.direct), since="All of it").hears("Thank you.")
        who.hears("Stand-up of WR-1 Payment timeouts: answered", "[Change answer]")
    standup.expects("Alice answered")
    standup.expects("Bob answered")
    report = standup.expects("Report of 2026-11-23")
    assert "2 of 2 answered" in world.words(world.town.messages.get(head.id))
    world.at("2026-11-23 12:00")

    sends(bob.presses("Answer late", standup), since="Nearly all of it").hears("changed")
    assert "Nearly all of it" in world.words(world.town.messages.get(report.id))
    assert "(late)" not in world.words(world.town.messages.get(report.id))


def test_an_answer_is_changed_in_place(world: World, standup: Place, bob: Actor) -> None:
    world.at("2026-11-23 09:30")
    standup.skips()
    answers(bob, standup, since="One", next="Two").hears("Thank you.")
    posted = standup.expects("> One")
    world.advance(minutes=5)
    said = bob.says("/standup", standup)
    assert said.value(names(said)["next"]) == "Two"
    sends(said, since="Eins").hears("Your answer is changed.")
    words = world.words(world.town.messages.get(posted.id))
    assert "> Eins" in words
    assert "> Two" in words
    assert "Changed Mon 23 Nov 2026, 09:35" in words
    standup.expects_nothing()
    world.person("Alice").direct.skips()
    bob.direct.skips()


def test_the_next_day_begins_with_the_plan_of_the_last(
    world: World, standup: Place, bob: Actor, alice: Actor
) -> None:
    world.at("2026-11-23 09:30")
    answers(bob, standup, since="One", next="Roll back", blocker="No access").hears("Thank you.")
    answers(alice, standup, since="One").hears("Thank you.")
    world.at("2026-11-24 09:31")
    said = bob.dms("/standup")
    assert said.value(names(said)["since"]) == "Roll back"
    assert said.value(names(said)["next"]) == ""
    assert said.value(names(said)["blocker"]) == "No access"
    [item] = [field for field in said.form.fields if field.name.endswith("_item1")]
    assert [choice.value for choice in item.choices] == ["done"]
    sends(said, item1="done", blocker="", next="Watch").hears("Thank you.")
    bob.says("/item list all", standup).hears("WR-1-1 No access", "done")
    for who in (alice, bob):
        who.direct.skips()
    standup.skips()


def test_items_are_ticked_off_and_blocked(
    world: World, standup: Place, bob: Actor, alice: Actor
) -> None:
    bob.says("/item add Check the logs --owner @Bob", standup)
    bob.says("/item add Call the vendor --owner @Bob", standup)
    bob.says("/item add Not his --owner @Alice", standup)
    world.at("2026-11-23 09:30")
    standup.skips()
    said = bob.dms("/standup")
    assert [n for n in names(said) if n.startswith("item")] == ["item1", "item2"]
    sends(said, item1="done", item2="blocked", blocker="They do not answer").hears("Thank you.")
    standup.expects("Bob answered", "Done: #1", "Blocked: #2")
    standup.expects_nothing()
    bob.says("/item list all", standup).hears(
        "WR-1-1 Check the logs",
        "done",
        "blocked: They do not answer",
        "WR-1-4 They do not answer (Blocker · @Bob)",
    )
    bob.says("/warroom timeline", standup).hears("@Bob finished WR-1-1")
    for who in (alice, bob):
        who.direct.skips()


def test_one_form_for_all_rooms(world: World, standup: Place, alice: Actor, bob: Actor) -> None:
    alice.says("/warroom open Second @Bob").hears("Opening WR-2")
    alice.says("/warroom open Third @Bob").hears("Opening WR-3")
    world.channel("general").skips()
    second, third = world.room("WR-2"), world.room("WR-3")
    alice.says("/standup setup 09:30 --closes 12:00", second)
    alice.says("/standup setup 10:00 --closes 12:00", third)
    for place in (second, third):
        place.skips()
    world.at("2026-11-23 09:30")
    bob.hears("Stand-ups of 2 rooms: one form", "WR-1 Payment timeouts (until 11:00)", "WR-2")
    said = bob.presses("Answer", bob.direct)
    sections = [f.section for f in said.form.fields if f.section is not None]
    assert len(sections) == 3
    values = {f.name: f"In {f.name}" for f in said.form.fields if f.name.endswith("_since")}
    assert len(values) == 3
    said.fills(**values).hears("Thank you, for all 3 rooms.")
    for place in (standup, second):
        place.expects("Stand-up of")
        place.expects("Bob answered")
    third.expects_nothing()
    world.at("2026-11-23 10:00")
    bob.direct.expects_nothing()
    third.expects("Stand-up of 2026-11-23")
    third.expects("Bob answered")
    alice.hears("2 rooms")
    alice.direct.expects_nothing()
    sends(alice.dms("/standup"), since="Mine").hears("Thank you.")
    standup.expects("Alice answered")
    standup.expects("Report")
    for place in (second, third):
        alice.says("/standup skip", place).hears("Skipped for today.")
        place.expects("Report of", "Not today: Alice")


def test_somebody_new_and_somebody_gone(
    world: World, standup: Place, alice: Actor, bob: Actor, dora: Actor
) -> None:
    world.at("2026-11-23 09:30")
    standup.skips()
    bob.leaves(standup)
    dora.joins(standup)
    bob.presses("Answer", bob.direct).hears("None of your rooms has a stand-up.")
    answers(dora, since="I am new").hears("Thank you.")
    answers(alice, since="Here").hears("Thank you.")
    standup.expects("Dora answered")
    standup.expects("Alice answered")
    standup.expects("Report", "Dora", "Alice")
    for who in (alice, bob):
        who.direct.skips()


def test_an_answer_of_who_has_left_is_handed_back(
    world: World, standup: Place, alice: Actor, bob: Actor
) -> None:
    world.at("2026-11-23 09:30")
    said = bob.presses("Answer", bob.direct)
    bob.leaves(standup)
    sends(said, since="All of this").hears("You are no longer in WR-1", "> All of this")
    for place in (standup, alice.direct, bob.direct):
        place.skips()


def test_nobody_answers_for_somebody_else(
    world: World, standup: Place, alice: Actor, bob: Actor
) -> None:
    world.at("2026-11-23 09:30")
    form = bob.presses("Answer", bob.direct).form
    shown = world.run(
        world.playground.submit(
            alice.id,
            form.command,
            {form.fields[0].name: "Not hers"},
            form.kept,
            bob.dms("/standup").where.__class__(alice.direct.id),
        )
    )
    assert shown.answer is not None
    assert "That form is for Bob" in world.words(shown.answer)
    assert "> Not hers" in world.words(shown.answer)
    world.mark(shown.answer)
    for place in (standup, alice.direct, bob.direct):
        place.skips()


def test_what_is_too_long_or_empty_stays_in_the_form(
    world: World, standup: Place, alice: Actor, bob: Actor
) -> None:
    world.at("2026-11-23 09:30")
    said = bob.dms("/standup")
    again = sends(said, since="x" * 50_000, mood="9")
    assert "at most 3000 characters, and this has 50,000" in again.field_error(names(said)["since"])
    assert "a number from 1 to 5" in again.field_error(names(said)["mood"])
    assert again.value(names(said)["since"]) == "x" * 50_000
    again = sends(said)
    assert "Nothing is filled in yet" in again.intro
    for place in (standup, alice.direct, bob.direct):
        place.skips()


def test_the_form_of_yesterday_is_added_late(
    world: World, standup: Place, alice: Actor, bob: Actor
) -> None:
    world.at("2026-11-23 09:30")
    old = bob.presses("Answer", bob.direct)
    world.at("2026-11-24 09:31")
    for place in (standup, alice.direct, bob.direct):
        place.skips()
    sends(old, since="Of yesterday").hears("your answer of 2026-11-23 was added late")
    standup.expects("Bob answered", "Added after it had closed.")
    said = bob.dms("/standup")
    assert said.value(names(said)["since"]) == ""
    standup.skips()


def test_a_person_who_cannot_be_written_to_is_asked_in_the_room(
    world: World, standup: Place, alice: Actor, bob: Actor
) -> None:
    world.fails(DirectMessage, Permanent("messages_tab_disabled"))
    world.at("2026-11-23 09:30")
    standup.expects("0 of 2")
    assert len(world.unread(standup.id)) == 1
    asked = world.unread(standup.id)[0]
    assert asked.only_for in {alice.id, bob.id}
    for place in (standup, alice.direct, bob.direct):
        place.skips()


def test_a_head_that_cannot_be_posted_loses_nothing(
    world: World, standup: Place, alice: Actor, bob: Actor
) -> None:
    world.fails(PostCard, Permanent("not_allowed"))
    world.at("2026-11-23 09:30")
    answers(bob, since="Kept").hears("Thank you.")
    world.at("2026-11-23 11:00")
    bob.says("/standup report", standup).hears("Report of 2026-11-23", "Kept")
    bob.says("/warroom timeline", standup).hears("The stand-up could not be posted")
    for place in (standup, alice.direct, bob.direct):
        place.skips()


@pytest.mark.parametrize("when", ["23 10:00", "23 10:55"])
def test_after_downtime_it_opens_late(
    world: World, standup: Place, alice: Actor, bob: Actor, when: str
) -> None:
    from datetime import UTC, datetime

    world.clock.move_to(datetime.fromisoformat(f"2026-11-{when}").replace(tzinfo=UTC))
    world.settle()
    standup.expects(f"Opened late, at {when[3:]}: Muster was not running.")
    bob.hears("please answer until 11:00", "It opens late today")
    alice.hears("It opens late today")
    world.at("2026-11-23 11:00")
    standup.expects("Report of 2026-11-23", "Nobody had anything to say.")
    if when == "23 10:00":
        for who in (alice, bob):
            who.hears("closed without your answer")
    for who in (alice, bob):
        who.direct.expects_nothing()


def test_what_was_missed_is_noted_and_not_posted(
    world: World, standup: Place, alice: Actor, bob: Actor
) -> None:
    from datetime import UTC, datetime

    world.clock.move_to(datetime(2026, 11, 25, 9, 45, tzinfo=UTC))
    world.settle()
    standup.expects("Stand-up of 2026-11-25", "Opened late, at 09:45")
    standup.expects_nothing()
    bob.says("/standup history", standup).hears(
        "2026-11-24: did not take place: Muster was not running",
        "2026-11-23: did not take place: Muster was not running",
        "2026-11-25: 0 of 2 answered",
    )
    bob.says("/standup report yesterday", standup).hears("2026-11-24: did not take place")
    for who in (alice, bob):
        who.hears("please answer")
