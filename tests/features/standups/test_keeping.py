"""What is kept: exports, private rooms, and what a person can see, take along and delete."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from openpyxl import load_workbook

from adapters.playground.places import Message
from tests.features.standups.stage import answers
from tests.world import Actor, Place, World

FIELDS = ["day", "room", "standup", "person", "question", "answer", "given_at", "late"]


@pytest.fixture
def answered(world: World, standup: Place, alice: Actor, bob: Actor) -> Place:
    """Two days of WR-1: Bob on both, Alice on the first one, and late."""
    world.at("2026-11-23 09:30")
    answers(bob, since="=1+1", next="Line one\nline two", mood="4").hears("Thank you.")
    world.at("2026-11-23 11:00")
    answers(alice, since="修好了").hears("added late")
    world.at("2026-11-24 09:45")
    answers(bob, since="On Tuesday").hears("Thank you.")
    for place in (standup, alice.direct, bob.direct):
        place.skips()
    return standup


def _bytes(world: World, message: Message) -> bytes:
    assert message.file is not None
    return world.town.messages.content_of(message.file.id)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("/export standups", "standups-WR-1.md"),
        ("/导出 站会 --格式 csv", "standups-WR-1.csv"),
        ("/export standups --format json", "standups-WR-1.json"),
        ("/export standups --format xlsx", "standups-WR-1.xlsx"),
    ],
)
def test_a_room_gets_its_answers(
    world: World, answered: Place, alice: Actor, said: str, name: str
) -> None:
    alice.says(said, answered).hears_nothing()
    message = answered.expects("@Alice exported the stand-ups")
    assert message.file is not None
    assert message.file.name == name
    alice.says("/warroom timeline", answered).hears("@Alice exported the stand-ups")


def test_csv(world: World, answered: Place, alice: Actor) -> None:
    alice.says("/export standups --format csv", answered)
    text = _bytes(world, answered.expects("exported")).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert list(rows[0]) == FIELDS
    assert [(row["day"], row["person"], row["late"]) for row in rows] == [
        ("2026-11-23", "Bob", ""),
        ("2026-11-23", "Bob", ""),
        ("2026-11-23", "Bob", ""),
        ("2026-11-23", "Alice", "yes"),
        ("2026-11-24", "Bob", ""),
    ]
    assert rows[0]["answer"] == "'=1+1", "no spreadsheet takes it for a formula"
    assert rows[1]["answer"] == "Line one\nline two"
    assert rows[0]["question"] == "What have you done since last time?"


def test_json_from_a_day_on(world: World, answered: Place, alice: Actor) -> None:
    alice.says("/export standups --format json --since 2026-11-24", answered)
    [line] = json.loads(_bytes(world, answered.expects("exported")))
    assert line == {
        "day": "2026-11-24",
        "room": "WR-1",
        "standup": "",
        "person": "Bob",
        "question": "What have you done since last time?",
        "answer": "On Tuesday",
        "given_at": "2026-11-24T09:45:00+00:00",
        "late": "",
    }
    alice.says("/export standups --since someday", answered).hears(
        "someday is no day that I understand", "> /export standups --since someday"
    )
    alice.says("/export standups --format pdf", answered).hears("> /export standups --format pdf")
    alice.says("/export standups --format json --since today", answered)
    assert len(json.loads(_bytes(world, answered.expects("exported")))) == 1


def test_a_workbook(world: World, answered: Place, bob: Actor) -> None:
    bob.says("/export standups --format xlsx", answered)
    book = load_workbook(io.BytesIO(_bytes(world, answered.expects("exported"))))
    [head, first, *_, last] = book.worksheets[0].iter_rows(values_only=True)
    assert list(head) == FIELDS
    assert first[0] is not None
    assert (str(first[0])[:10], first[5]) == ("2026-11-23", "=1+1")
    assert (str(last[6]), last[5]) == ("2026-11-24 09:45:00", "On Tuesday")


def test_markdown(world: World, answered: Place, bob: Actor) -> None:
    bob.says("/export standups", answered)
    text = world.file(answered.expects("exported"))
    assert "## 2026-11-23 WR-1\n\n### Bob\n\n**What have you done since last time?**" in text
    assert "> Line one\n> line two" in text
    assert text.index("### Alice") < text.index("## 2026-11-24 WR-1")


def test_nothing_to_export(world: World, standup: Place, bob: Actor) -> None:
    bob.says("/export standups", standup)
    assert "Nothing was answered yet." in world.file(standup.expects("exported"))


def test_elsewhere_one_gets_ones_own(world: World, answered: Place, alice: Actor) -> None:
    alice.dms("/export standups --format json").hears_nothing()
    [line] = json.loads(_bytes(world, alice.hears("exported")))
    assert (line["person"], line["answer"]) == ("Alice", "修好了")
    alice.dms("/export standups --room WR-1").hears("The file is on its way to the room.")
    answered.expects("@Alice exported the stand-ups")


def test_who_is_not_in_a_public_room_gets_it_alone(
    world: World, answered: Place, dora: Actor
) -> None:
    dora.dms("/export standups --room WR-1 --format csv").hears_nothing()
    assert "On Tuesday" in world.file(dora.hears("exported"))
    answered.expects_nothing()


# Private rooms.


@pytest.fixture
def secret(world: World, vault: Place, alice: Actor, bob: Actor) -> Place:
    """A private room with a stand-up that Bob has answered."""
    alice.says("/standup setup 09:30 --closes 11:00", vault).hears_nothing()
    vault.skips()
    world.at("2026-11-23 09:30")
    answers(bob, since="The key leaked", blocker="Nobody may know").hears("Thank you.")
    for place in (vault, alice.direct, bob.direct):
        place.skips()
    return vault


@pytest.mark.parametrize(
    "said",
    [
        "/standup show WR-1", "/standup report --room WR-1", "/standup history WR-1",
        "/standup report today --room WR-1", "/export standups --room WR-1",
        "/standup edit WR-1 --opens 10:00", "/standup pause WR-1", "/standup resume WR-1",
        "/standup remove WR-1", "/standup setup 09:30 --room WR-1 --name x",
        "/standup edit WR-1 --copy here", "/站会 报告 --群 WR-1", "/导出 站会 --群 WR-1",
    ],
)  # fmt: skip
def test_a_stranger_learns_nothing(world: World, secret: Place, dora: Actor, said: str) -> None:
    of_none = said.replace("WR-1", "WR-9")
    told = dora.says(said).text.replace("WR-1", "WR-9")
    assert told == dora.says(of_none).text, "as of a room that there is not"
    assert "leak" not in told
    dora.direct.expects_nothing()
    secret.expects_nothing()


def test_a_stranger_cannot_answer_or_be_shown_the_form(
    world: World, secret: Place, alice: Actor, dora: Actor
) -> None:
    form = alice.dms("/standup").form
    dora.dms("/standup").hears("None of your rooms has a stand-up.")
    dora.dms("/standup skip").hears("There is nothing to skip")
    dora.dms("/export standups --format json").hears_nothing()
    assert json.loads(_bytes(world, dora.hears("exported"))) == []
    where = dora.dms("/standup").where
    for runs, whose in (("1", str(2)), ("1", ""), ("999", ""), ("x" * 40, ""), ("9" * 40, "")):
        shown = world.run(
            world.playground.submit(
                dora.id, form.command, {"r1_since": "Guess"}, {"runs": runs, "whose": whose}, where
            )
        )
        assert shown.answer is not None
        words = world.words(shown.answer)
        world.mark(shown.answer)
        assert "WR-1" not in words
        assert "leak" not in words
        assert "> Guess" in words
    dora.direct.skips()


def test_who_has_left_a_private_room_keeps_their_own(
    world: World, secret: Place, alice: Actor, bob: Actor
) -> None:
    bob.leaves(secret)
    secret.skips()
    bob.dms("/standup report --room WR-1").hears("WR-1")
    assert "leaked" not in bob.dms("/standup report --room WR-1").text
    bob.dms("/standup history WR-1").hears("WR-1")
    bob.dms("/export standups --format csv").hears_nothing()
    text = world.file(bob.hears("exported"))
    assert "The key leaked" in text
    assert "Bob" in text
    bob.direct.skips()


# One's own.


def _kept(world: World, table: str) -> list[tuple[Any, ...]]:
    return world.rows()[table]


def test_privacy(world: World, answered: Place, alice: Actor, bob: Actor) -> None:
    bob.dms("/away until Nov 30 --begins Nov 28 --why Surgery").hears("You are away")
    said = bob.dms("/集结 隐私")
    said.hears(
        "What is kept of you",
        "I keep what you answer in stand-ups",
        "Answers: 2",
        "Times away: 1",
        "[Get my answers] [Delete my answers]",
    )
    bob.presses("Get my answers", said).hears_nothing()
    lines = json.loads(_bytes(world, bob.hears("Everything that you have answered")))
    assert {line["person"] for line in lines} == {"Bob"}
    assert len(lines) == 4
    bob.dms("/muster privacy delete").hears("What is kept of you")
    bob.presses("Delete my answers", bob.direct).hears("2 answers are deleted.")
    bob.dms("/muster privacy").hears("Answers: 0")
    everything = " ".join(str(row) for row in _kept(world, "standup_turn"))
    assert "On Tuesday" not in everything
    assert "修好了" in everything, "Alice's stay"
    shown = " ".join(world.words(message) for message in world.messages(answered.id))
    assert "On Tuesday" not in shown
    assert "Line one" not in shown
    assert "Bob took the answer back." in shown
    bob.dms("/muster privacy delete --sure").hears("0 answers are deleted.")
    answers(bob, since="A new one").hears("Thank you.")
    for place in (answered, alice.direct, bob.direct):
        place.skips()


def test_why_one_skipped_is_deleted_too(
    world: World, standup: Place, alice: Actor, bob: Actor
) -> None:
    world.at("2026-11-23 09:30")
    bob.dms("/standup skip My therapist").hears("Skipped")
    answers(alice, since="Here").hears("Thank you.")
    standup.skips()
    report = world.messages(standup.id)[-1]
    assert "Not today: Bob (My therapist)" in world.words(report)
    bob.dms("/muster privacy delete --sure").hears("0 answers are deleted.")
    assert "therapist" not in world.words(world.town.messages.get(report.id))
    assert "therapist" not in str(_kept(world, "standup_turn"))
    for place in (standup, alice.direct, bob.direct):
        place.skips()


def test_the_own_page_and_the_card_of_the_room(
    world: World, standup: Place, alice: Actor, bob: Actor
) -> None:
    standup.card_says("Stand-up 09:30–11:00, on working days, in UTC")
    bob.dms("/muster home").hears("Stand-up of WR-1 Payment timeouts")
    world.at("2026-11-23 09:30")
    bob.dms("/muster home").hears("— Your stand-ups —", "WR-1 Payment timeouts", "[Answer]")
    answers(bob, since="Done").hears("Thank you.")
    assert "Your stand-ups" not in bob.dms("/muster home").text
    for place in (standup, alice.direct, bob.direct):
        place.skips()
