"""Setting a stand-up up, changing it, pausing and removing it; what cannot be."""

from __future__ import annotations

import pytest

from tests.features.standups.stage import answers, names, sends
from tests.world import Actor, Place, World


def test_the_form(world: World, room: Place, alice: Actor) -> None:
    said = alice.says("/standup setup", room)
    assert [field.name for field in said.form.fields] == [
        "opens", "closes", "clock", "zone", "days", "who", "people", "template", "questions",
        "place", "missing", "remind", "layout", "name",
    ]  # fmt: skip
    assert (said.value("opens"), said.value("closes")) == ("09:30", "11:00")
    again = said.fills(opens="10:00", closes="09:00", days="never")
    assert "before it opens at 10:00" in again.field_error("closes")
    assert again.value("days") == "never", "nothing that was filled in is lost"
    again = again.fills(closes="2h", days="never")
    assert "are no days" in again.field_error("days")
    again.fills(days="mon wed", questions="Next *\nWhat did we learn?\nblockers").hears_nothing()
    room.expects(
        "@Alice set up the stand-up",
        "10:00–12:00, FREQ=WEEKLY;BYDAY=MO,WE, in UTC",
        "What will you do next?",
        "What did we learn?",
        "What is in your way?",
        "Next: Mon 23 Nov 2026",
    )
    alice.says("/warroom timeline", room).hears("@Alice set up the stand-up")


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ("--closes 08:00", "It would close at 08:00, before it opens at 09:30."),
        ("--closes 25h", "for 5 minutes at least and a day at most"),
        ("--zone Mars/Olympus", "I know no time zone Mars/Olympus."),
        ("--zone Asia/Shangai", "Did you mean Asia/Shanghai"),
        ("--days FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "it would never be"),
        ("--days FREQ=MINUTELY", "once a day at most"),
        ("--days FREQ=DAILY;BYHOUR=9,17", "once a day at most"),
        ("--days FREQ=TWICE", "is no rule that I understand"),
        ("--who chosen", "Say who takes part."),
        ("--who chosen --people @Nobody", "Nobody"),
        ("--questions " + r"q " * 400, "at most 200 characters"),
    ],
)
def test_what_cannot_be_is_said_and_handed_back(
    room: Place, alice: Actor, more: str, why: str
) -> None:
    said = f"/standup setup 09:30 {more}"
    alice.says(said, room).hears(why, f"> {said.strip()}"[:200])
    alice.says("/standup show", room).hears("WR-1 has no stand-up.", "/standup setup")


def test_sixty_questions_are_too_many(room: Place, alice: Actor) -> None:
    sixty = "\n".join(f"Question {n}?" for n in range(60))
    again = alice.says("/standup setup", room).fills(questions=sixty)
    assert "60 questions are too many: 10 are the most." in again.field_error("questions")
    assert again.value("questions") == sixty
    twice = again.fills(questions="next\nWhat will you do next?")
    assert "there twice" in twice.field_error("questions")


def test_a_time_that_is_none(room: Place, alice: Actor) -> None:
    alice.says("/standup setup 25:00", room).hears("25:00 is no time of day", "> /standup setup")
    alice.says("/standup setup 9点半 --关闭 11点", room).hears_nothing()
    room.expects("09:30–11:00")


def test_several_of_a_room_have_names(world: World, standup: Place, alice: Actor) -> None:
    alice.says("/standup setup 10:00 --closes 1h", standup).hears(
        "WR-1 has that stand-up already. Change it with /standup edit"
    )
    for n in range(4):
        alice.says(f"/standup setup 1{n}:00 --closes 1h --name n{n}", standup).hears_nothing()
        standup.expects(f"@Alice set up the stand-up: n{n}")
    alice.says("/standup setup 20:00 --closes 1h --name n9", standup).hears("5 stand-ups at most")
    alice.says("/standup pause --name n3", standup).hears_nothing()
    standup.expects("@Alice paused the stand-up: n3")
    alice.says("/standup pause --name n7", standup).hears("Which stand-up?", "--name n0")
    alice.says("/standup show", standup).hears("09:30–11:00", "10:00–11:00", "It is paused.")
    standup.card_says("Stand-up 09:30–11:00, on working days, in UTC", "n3 13:00–14:00", "(paused)")


def test_it_is_changed(world: World, standup: Place, alice: Actor, bob: Actor) -> None:
    said = bob.says("/standup edit", standup)
    assert said.value("opens") == "09:30"
    assert said.value("closes") == "11:00"
    assert said.value("who") == "members"
    said.fills(opens="8:30", closes="9:00").hears_nothing()
    standup.expects("@Bob changed the stand-up", "08:30–09:00", "Next: Mon 23 Nov 2026")
    bob.says("/standup edit --layout question --missing nothing", standup).hears_nothing()
    standup.expects("By question", "Say nothing of them")
    bob.says("/standup edit --opens 07:00", standup).hears_nothing()
    standup.expects("07:00–09:00", "Next: Tue 24 Nov 2026")
    bob.says("/standup edit --questions x --zone Moon", standup).hears("I know no time zone Moon")
    bob.says("/standup edit --opens 07:00", standup).hears(
        "Nothing has changed: it is like that already."
    )
    world.at("2026-11-23 23:00")
    standup.expects_nothing()
    world.at("2026-11-24 07:00")
    standup.expects("Stand-up of 2026-11-24")
    for who in (alice, bob):
        who.hears("please answer until 09:00")
    bob.says("/warroom timeline", standup).hears("@Bob changed the stand-up")


def test_a_change_keeps_what_is_open_as_it_began(
    world: World, standup: Place, alice: Actor, bob: Actor
) -> None:
    world.at("2026-11-23 09:30")
    bob.says("/standup edit --opens 10:00 --closes 10:30 --questions Why?", standup)
    standup.skips()
    said = bob.dms("/standup")
    assert "since" in names(said)
    sends(said, since="As it was").hears("Thank you.")
    standup.expects("> As it was")
    world.at("2026-11-23 10:59")
    standup.expects_nothing()
    world.at("2026-11-23 11:00")
    standup.expects("Report of 2026-11-23", "As it was")
    world.at("2026-11-24 10:00")
    standup.expects("Stand-up of 2026-11-24")
    assert set(names(bob.dms("/standup"))) == {"own1"}
    for who in (alice, bob):
        who.direct.skips()


def test_paused_and_resumed(world: World, standup: Place, alice: Actor, bob: Actor) -> None:
    bob.says("/standup pause", standup).hears_nothing()
    standup.expects("@Bob paused the stand-up", "It is paused.")
    bob.says("/standup pause", standup).hears("paused already")
    world.at("2026-11-24 12:00")
    standup.expects_nothing()
    bob.says("/standup resume", standup).hears_nothing()
    standup.expects("@Bob resumed the stand-up", "Next: Wed 25 Nov 2026")
    bob.says("/standup resume", standup).hears("is not paused")
    world.at("2026-11-25 09:30")
    standup.expects("Stand-up of 2026-11-25")
    bob.says("/standup remove", standup).hears_nothing()
    standup.expects("@Bob removed the stand-up", "It is removed. What was answered is kept.")
    answers(bob, since="To its end").hears("Thank you.")
    standup.expects("Bob answered")
    world.at("2026-11-25 11:00")
    standup.expects("Report of 2026-11-25", "To its end")
    world.at("2026-11-27 12:00")
    standup.expects_nothing()
    bob.says("/standup show", standup).hears("has no stand-up")
    for who in (alice, bob):
        who.direct.skips()


def test_what_was_said_ahead_survives_a_pause(
    world: World, standup: Place, alice: Actor, bob: Actor
) -> None:
    bob.says("/standup skip Dentist", standup).hears("Skipped for today.")
    bob.says("/standup pause", standup)
    bob.says("/standup resume", standup)
    standup.skips()
    world.at("2026-11-23 09:30")
    standup.expects("Stand-up of 2026-11-23", "0 of 1")
    alice.hears("please answer")
    bob.direct.expects_nothing()
    answers(alice, since="Here").hears("Thank you.")
    standup.expects("Alice answered")
    standup.expects("Report", "Not today: Bob (Dentist)")


def test_what_was_said_ahead_stays_with_its_date(
    world: World, standup: Place, alice: Actor, bob: Actor
) -> None:
    bob.says("/standup skip", standup).hears("Skipped for today.")
    bob.says("/standup edit --days tue", standup).hears_nothing()
    standup.expects("Next: Tue 24 Nov 2026")
    bob.says("/standup edit --days daily", standup).hears_nothing()
    standup.skips()
    world.at("2026-11-24 09:30")
    standup.expects("Stand-up of 2026-11-24", "0 of 2")
    bob.hears("please answer")
    standup.expects("Report of 2026-11-23", "Not today: Bob")
    standup.skips()
    alice.direct.skips()
    bob.says("/standup history", standup).hears(
        "2026-11-24: 0 of 2 answered", "2026-11-23: 0 of 1 answered"
    )


def test_a_closed_room_asks_nobody(world: World, standup: Place, alice: Actor, bob: Actor) -> None:
    alice.says("/warroom close Done", standup)
    standup.skips()
    world.at("2026-11-24 12:00")
    standup.expects_nothing()
    alice.says("/standup resume", standup).hears("WR-1 is closed. Reopen it first")
    alice.says("/warroom reopen Again", standup)
    standup.skips()
    world.at("2026-11-25 09:30")
    standup.expects("Stand-up of 2026-11-25")
    for who in (alice, bob, world.person("Olga")):
        who.direct.skips()
    world.channel("general").skips()


def test_who_takes_part(
    world: World, room: Place, alice: Actor, bob: Actor, dora: Actor, chen: Actor
) -> None:
    for who in (dora, chen):
        who.joins(room)
    alice.says("/standup setup 09:30 --closes 11:00 --who chosen --people @Bob", room)
    alice.says(
        "/standup setup 12:00 --closes 13:00 --name rest --who except --people @Bob @Alice", room
    )
    room.skips()
    world.at("2026-11-23 09:30")
    room.expects("0 of 1")
    bob.hears("please answer until 11:00")
    for who in (alice, dora, chen):
        who.direct.expects_nothing()
    answers(dora, since="Though nobody asked").hears("Thank you.")
    room.expects("Dora answered")
    bob.leaves(room)
    world.at("2026-11-23 12:00")
    room.skips()
    dora.hears("Stand-up of WR-1 Payment timeouts, rest")
    chen.hears("rest")
    alice.direct.expects_nothing()
    world.at("2026-11-24 09:30")
    room.skips()
    bob.direct.expects_nothing()
    dora.direct.skips()
    chen.direct.skips()
    alice.says("/standup history", room).hears("2026-11-24: did not take place: nobody takes part")


def test_only_members_change_it(standup: Place, dora: Actor) -> None:
    for said in ("setup 09:30 --name x", "edit --opens 10:00", "pause", "resume", "remove"):
        dora.dms(f"/standup {said} --room WR-1").hears("WR-1", f"> /standup {said} --room WR-1")
    dora.dms("/standup show WR-1").hears("09:30–11:00")


def test_an_iteration_review(world: World, room: Place, alice: Actor, bob: Actor) -> None:
    alice.says(
        "/standup setup 16:00 --closes 17:00 --template review --layout question "
        "--days FREQ=WEEKLY;INTERVAL=2;BYDAY=FR",
        room,
    ).hears_nothing()
    room.expects(
        "Which goal did we reach, and which not?", "What went well?", "Next: Fri 27 Nov 2026"
    )
    world.at("2026-11-27 16:00")
    room.expects("Stand-up of 2026-11-27")
    for who in (alice, bob):
        who.hears("please answer until 17:00")
        answers(who, well=f"Well, says {who.id}", better="Smaller steps").hears("Thank you.")
        room.expects("Smaller steps")
    report = world.words(room.expects("Report of 2026-11-27", "— What went well? —"))
    assert report.index("Well, says") < report.index("Smaller steps")
    world.at("2026-12-11 15:59")
    room.expects_nothing()
    world.at("2026-12-11 16:00")
    room.expects("Stand-up of 2026-12-11")
    for who in (alice, bob):
        who.direct.skips()
