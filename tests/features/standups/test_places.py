"""Where people answer: one question at a time in a direct message, or straight in the thread."""

from __future__ import annotations

import pytest

from adapters.playground.places import Message
from tests.features.standups.stage import answers, sends
from tests.world import Actor, Place, World


@pytest.fixture
def talk(room: Place, alice: Actor) -> Place:
    """A stand-up in direct messages."""
    alice.says("/standup setup 09:30 --closes 11:00 --place dm", room).hears_nothing()
    room.skips()
    return room


@pytest.fixture
def threaded(room: Place, alice: Actor) -> Place:
    """A stand-up in the thread."""
    alice.says("/standup setup 09:30 --closes 11:00 --place thread", room).hears_nothing()
    room.skips()
    return room


def test_one_question_at_a_time(world: World, talk: Place, alice: Actor, bob: Actor) -> None:
    world.at("2026-11-23 09:30")
    talk.expects("0 of 2")
    bob.hears(
        "please answer until 11:00",
        "— 1 of 4: What have you done since last time? —",
        "Write your answer here. A - leaves it out.",
    )
    bob.dms("Rolled it back").hears("Noted.", "2 of 4: What will you do next?")
    bob.dms("-").hears("3 of 4: What is in your way?")
    bob.dms("No access to the logs").hears("4 of 4: How are you")
    bob.dms("fine").hears("Please say a number from 1 to 5.", "> fine")
    bob.dms("4").hears("Thank you.")
    said = talk.expects("Bob answered", "> Rolled it back", "> No access to the logs", "🙂 4")
    assert "What will you do next?" not in world.words(said)
    bob.dms("and more").hears("I do not know and more")
    bob.says("/item list", talk).hears("WR-1-1 No access to the logs (Blocker · @Bob)")
    alice.hears("1 of 4")
    alice.dms("/standup skip").hears("Skipped for today.")
    alice.dms("Now I answer").hears("I do not know")
    talk.expects("Report of 2026-11-23", "Rolled it back", "Not today: Alice")


def test_a_long_answer_is_handed_back_and_the_question_stays(
    world: World, talk: Place, alice: Actor, bob: Actor
) -> None:
    world.at("2026-11-23 09:30")
    bob.hears("1 of 4")
    long = "word " * 2000
    said = bob.dms(long).hears("at most 3000 characters, and this has 9999")
    assert long.strip() in said.text
    bob.dms("Short").hears("2 of 4")
    for _ in range(2):
        bob.dms("-").hears("Noted.")
    bob.dms("-").hears("Thank you.")
    talk.expects("Stand-up of")
    talk.expects("> Short")
    alice.direct.skips()


def test_nothing_but_dashes_begins_again(
    world: World, talk: Place, alice: Actor, bob: Actor
) -> None:
    world.at("2026-11-23 09:30")
    bob.direct.skips()
    for _ in range(3):
        bob.dms("-").hears("Noted.")
    bob.dms("-").hears("Nothing is filled in yet. A few words will do.")
    alice.direct.skips()
    talk.skips()


def test_a_required_question_of_a_conversation(
    world: World, room: Place, alice: Actor, bob: Actor
) -> None:
    alice.says("/standup setup", room).fills(place="dm", questions="Why? *\nHow?")
    room.skips()
    world.at("2026-11-23 09:30")
    bob.hears("1 of 2: Why?")
    bob.dms("-").hears("Please answer this one.")
    bob.dms("Because").hears("2 of 2: How?")
    bob.leaves(room)
    bob.dms("Never mind").hears("You are no longer in WR-1", "> Never mind")
    alice.direct.skips()
    room.skips()


def test_a_conversation_goes_on_by_form_and_ends_with_the_run(
    world: World, talk: Place, alice: Actor, bob: Actor
) -> None:
    world.at("2026-11-23 09:30")
    bob.dms("Half of it").hears("2 of 4")
    said = bob.dms("/standup")
    answers(bob, since="All of it").hears("Thank you.")
    assert said.form.fields[0].value == "Half of it"
    talk.expects("Stand-up of")
    talk.expects("> All of it")
    alice.dms("Half of mine").hears("2 of 4")
    world.at("2026-11-23 11:00")
    talk.expects("Alice answered", "> Half of mine", "Answered in part")
    report = world.words(talk.expects("Report of", "All of it", "Alice (in part)", "Half of mine"))
    assert "Still to come" not in report
    alice.dms("The rest").hears("I do not know The rest")
    prompt = alice.hears("Stand-up of WR-1 Payment timeouts: answered in part", "[Change answer]")
    sends(alice.presses("Change answer", prompt), next="The rest").hears("Your answer is changed.")
    alice.hears("Stand-up of WR-1 Payment timeouts: answered")
    alice.direct.expects_nothing()
    assert "in part" not in alice.says("/standup report", talk).text
    for who in (alice, bob):
        who.direct.skips()


@pytest.fixture
def second(world: World, talk: Place, alice: Actor) -> Place:
    """Another room of theirs."""
    alice.says("/warroom open Second @Bob").hears("Opening WR-2")
    world.channel("general").skips()
    return world.room("WR-2")


def test_one_conversation_after_the_other(
    world: World, talk: Place, second: Place, alice: Actor, bob: Actor
) -> None:
    alice.says("/standup setup 09:30 --closes 12:00 --place dm --questions Goal?", second)
    world.at("2026-11-23 09:30")
    bob.hears("Stand-ups of 2 rooms: one form", "1 of 4: What have you done")
    bob.direct.expects_nothing()
    bob.dms("In the first").hears("2 of 4")
    bob.dms("-").hears("3 of 4")
    bob.dms("-").hears("4 of 4")
    bob.dms("-").hears("Thank you.", "Now for WR-2 Second:", "1 of 1: Goal?")
    bob.dms("In the second").hears("Thank you.")
    talk.expects("Stand-up of")
    talk.expects("> In the first")
    for place in (second, alice.direct):
        place.skips()
    bob.says("/standup report", second).hears("In the second")


def test_no_conversation_begins_without_its_question(
    world: World, talk: Place, second: Place, alice: Actor, bob: Actor
) -> None:
    """Who has a form at hand is not asked again, so their words are no answers."""
    alice.says("/standup setup 09:00 --closes 12:00", second)
    world.at("2026-11-23 09:31")
    bob.hears("Stand-up of WR-2")
    bob.direct.expects_nothing()
    bob.dms("What now?").hears("I do not know What now?")
    assert len([f for f in bob.dms("/standup").form.fields if f.section is not None]) == 2
    for place in (talk, second, alice.direct):
        place.skips()


def test_who_has_left_is_neither_asked_nor_reminded(
    world: World, standup: Place, alice: Actor, bob: Actor
) -> None:
    alice.dms("/muster timezone Asia/Shanghai")
    alice.says("/standup edit --clock person --opens 09:30 --closes 11:00", standup)
    world.at("2026-11-24 01:30")
    alice.hears("please answer")
    bob.leaves(standup)
    world.at("2026-11-24 10:00")
    bob.direct.expects_nothing()
    world.at("2026-11-24 11:00")
    for place in (standup, alice.direct):
        place.skips()
    bob.direct.expects_nothing()


# In the thread.


def _writes(world: World, who: Actor, head: Message, text: str) -> None:
    """Something in the thread of a run, not addressed to Muster."""
    world.run(world.playground.say(who.id, head.channel, text, head.id))


def test_in_the_thread(world: World, threaded: Place, alice: Actor, bob: Actor) -> None:
    world.at("2026-11-23 09:30")
    head = threaded.expects("Answer straight in this thread; the form works too.", "0 of 2")
    bob.hears("You can also answer straight in the thread there.")
    _writes(world, bob, head, "1. Rolled back\n2) Watch it\n3：没有\n4. 5")
    assert "1 of 2" in world.words(world.town.messages.get(head.id))
    bob.is_told("Thank you.", place=threaded)
    threaded.expects_nothing()
    said = bob.dms("/standup")
    assert [field.value for field in said.form.fields[:4]] == [
        "Rolled back",
        "Watch it",
        "没有",
        "5",
    ]
    _writes(world, alice, head, "Looked at the logs\nand found nothing")
    report = threaded.expects("Report of 2026-11-23", "Rolled back", "😀 5", "and found nothing")
    _writes(world, alice, head, "@Bob well done!")
    alice.is_told("Thank you.", place=threaded)
    threaded.expects_nothing()
    assert "well done" not in world.words(world.town.messages.get(report.id)), "that is talk"
    _writes(world, alice, head, "1. Found it")
    alice.is_told("Your answer is changed.", place=threaded)
    words = world.words(world.town.messages.get(report.id))
    assert "Found it" in words
    assert "found nothing" not in words
    bob.says("/item list all", threaded).hears("No items to show")
    alice.direct.skips()


def test_in_the_thread_what_cannot_be_is_handed_back(
    world: World, threaded: Place, alice: Actor, bob: Actor, dora: Actor
) -> None:
    world.at("2026-11-23 09:30")
    head = threaded.expects("0 of 2")
    long = "x" * 3001
    _writes(world, bob, head, long)
    bob.is_told("at most 3000 characters", long, place=threaded)
    _writes(world, bob, head, "4. great")
    bob.is_told("Please say a number from 1 to 5.", "> 4. great", place=threaded)
    assert "0 of 2" in world.words(world.town.messages.get(head.id))
    _writes(world, bob, head, "17. This is no question's number")
    assert "1 of 2" in world.words(world.town.messages.get(head.id))
    bob.is_told("Thank you.", place=threaded)
    world.at("2026-11-23 11:00")
    threaded.expects("Report of", "17. This is no question's number")
    _writes(world, alice, head, "Late, I know")
    alice.is_told("your answer of 2026-11-23 was added late", place=threaded)
    threaded.expects_nothing()
    bob.says("/standup report", threaded).hears("Alice (late)", "Late, I know")
    for who in (alice, bob):
        who.direct.skips()


def test_words_in_the_thread_of_a_form_are_talk(
    world: World, standup: Place, alice: Actor, bob: Actor
) -> None:
    world.at("2026-11-23 09:30")
    head = standup.expects("0 of 2")
    _writes(world, bob, head, "What is this?")
    assert "0 of 2" in world.words(world.town.messages.get(head.id))
    standup.expects_nothing()
    sends(bob.presses("Answer", standup), since="By form").hears("Thank you.")
    standup.expects("By form")
    for who in (alice, bob):
        who.direct.skips()


def test_a_blocker_of_a_conversation_that_was_cut_short(
    world: World, talk: Place, alice: Actor, bob: Actor
) -> None:
    world.at("2026-11-23 09:30")
    bob.dms("-").hears("2 of 4")
    bob.dms("-").hears("3 of 4")
    bob.dms("No access to the logs").hears("4 of 4")
    world.at("2026-11-23 11:00")
    talk.skips()
    bob.says("/item list", talk).hears("WR-1-1 No access to the logs (Blocker · @Bob)")
    for _ in ("the prompt", "the reminder"):
        alice.hears(
            "Stand-up of WR-1 Payment timeouts: closed without your answer", "[Answer late]"
        )
    bob.direct.skips()


def test_what_was_asked_says_what_became_of_it(
    world: World, room: Place, alice: Actor, bob: Actor
) -> None:
    alice.says("/standup setup 09:30 --closes 11:00", room).hears_nothing()
    world.at("2026-11-23 09:30")
    asked = bob.hears("please answer until 11:00", "[Answer] [Skip today]")
    bob.presses("Skip today", asked).hears("Skipped for today.")
    skipped = said(world, asked)
    assert skipped.startswith("Stand-up of WR-1 Payment timeouts: skipped today")
    assert "[Skip today]" not in skipped
    sends(bob.presses("Answer after all", asked), since="All of it").hears("Thank you.")
    assert said(world, asked).startswith("Stand-up of WR-1 Payment timeouts: answered")
    assert "[Change answer]" in said(world, asked)
    world.at("2026-11-23 11:00")
    alice.hears("Stand-up of WR-1 Payment timeouts: closed without your answer", "[Answer late]")
    for place in (room, alice.direct, bob.direct):
        place.skips()


def said(world: World, message: Message) -> str:
    """What a message says by now."""
    return world.words(world.town.messages.get(message.id))
