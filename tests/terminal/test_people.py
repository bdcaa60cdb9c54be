"""Who is there, and where."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from adapters.playground.town import Town
from tests.terminal.conftest import Tell


def test_people_come_with_their_names(tell: Tell) -> None:
    told = tell(
        "alice: /muster whoami",
        "陈晨: /集结 我是谁",
        "!person Mary Ann zh Europe/London",
        "Mary Ann: /muster whoami",
        "!person bob admin",
        "bob: /muster whoami",
        "!person bob zh",
        "bob: /muster whoami",
    )
    assert told.understood
    assert "* alice is new here: English, UTC" in told.lines
    assert "* 陈晨 is new here: Chinese, Asia/Shanghai" in told.lines
    assert "* Mary Ann is new here: Chinese, Europe/London" in told.lines
    assert "#general (only alice) | Administers this workspace: yes" in told.lines
    assert "#general (only bob) | Administers this workspace: yes" in told.lines
    assert told.output.count("#general (only Mary Ann) | ") > 2
    assert sum(line.startswith("* ") for line in told.lines) == 4


def test_everybody_is_spoken_to_in_their_own_language(tell: Tell) -> None:
    told = tell("alice: /muster whoami", "陈晨: /muster whoami", as_json=True)
    assert [(deed["to"], deed["lang"]) for deed in told.deeds] == [("alice", "en"), ("陈晨", "zh")]
    assert told.deeds[0]["text"] != told.deeds[1]["text"]


def test_a_room_speaks_its_own_language(tell: Tell) -> None:
    told = tell("陈晨: /攻关 开 支付超时 --语言 both", "alice@WR-1: /item add Logs", as_json=True)
    room = [deed for deed in told.of("posted") if deed["place"] == "WR-1"]
    assert {deed["lang"] for deed in room} == {"both"}


def test_who_speaks_later_can_be_spoken_of_before(tell: Tell) -> None:
    told = tell("alice: /warroom open Slow checkout @bob", "bob@WR-1: Here I am", as_json=True)
    [invited] = told.of("invited")
    assert invited["people"] == ["alice", "bob"]
    assert told.of("posted")[-1]["text"].startswith("WR-1 Slow checkout\n")


def test_nobody_is_made_of_a_mention(tell: Tell) -> None:
    told = tell("alice: /warroom open Slow", "alice@WR-1: /item add Logs --owner @nobody")
    assert "I do not know anybody called nobody here." in told.output


def test_names_that_nobody_can_have(tell: Tell) -> None:
    told = tell("muster: hello", "!person bob Mars/Olympus", "alice: /muster whoami")
    assert not told.understood
    assert "line 1: Nobody can be called muster." in told.complaints
    assert "line 2: There is no such time zone." in told.complaints
    assert "You are alice" in told.output


def test_places_are_rooms_channels_and_the_direct_conversation(tell: Tell) -> None:
    told = tell(
        "alice: /warroom open Slow checkout",
        "!channel incidents",
        "!channel secrets private",
        "bob@incidents: /muster whoami",
        "bob@wr1: /muster whoami",
        "bob@DM: /muster whoami",
        "bob@secrets: hello",
        "alice@secrets: /muster whoami",
        "alice@nowhere: hello",
        "alice@WR-9: hello",
        as_json=True,
    )
    said = [(d["kind"], d["place"], d["to"]) for d in told.deeds if d["kind"] in {"said", "dm"}]
    assert said[1:] == [
        ("said", "incidents", "bob"),
        ("said", "WR-1", "bob"),
        ("dm", "dm", "bob"),
        ("said", "secrets", "alice"),
    ]
    assert told.complaints.splitlines() == [
        "line 7: bob sees no channel secrets.",
        "line 9: alice sees no channel nowhere.",
        "line 10: alice sees no channel WR-9.",
    ]


def test_channels_that_cannot_be_made(tell: Tell) -> None:
    told = tell("!channel early")
    assert told.complaints == "line 1: There is nobody yet to make a channel.\n"
    told = tell("alice: hello", "!channel Ärger", "!channel general")
    assert told.complaints.splitlines() == [
        "line 2: The name of a channel has only a-z 0-9 - _ in it.",
        "line 3: There is a channel of that name already.",
    ]


def test_a_private_room_is_not_there_for_others(tell: Tell) -> None:
    told = tell("alice: /warroom open Layoffs --private", "bob@WR-1: hello", "bob: [Join]")
    assert told.complaints.splitlines() == [
        "line 2: bob sees no channel WR-1.",
        "line 3: bob sees no buttons there.",
    ]


def test_what_cannot_be_shown_is_shown_as_such(tell: Tell) -> None:
    told = tell("alice@dm: \x00\x1b[2J\x9b2J\u202e", "alice: /muster whoami")
    assert told.understood
    assert "You are alice" in told.output
    assert "\x1b" not in told.output
    assert "\u202e" not in told.output


def test_an_archived_channel_takes_no_more(tell: Tell, tmp_path: Path) -> None:
    database = tmp_path / "story.db"
    tell("alice: hello", "!channel incidents", database=str(database))
    with closing(Town(Path(f"{database}.town"))) as town:
        incidents = town.channels.named("incidents")
        assert incidents is not None
        town.channels.archive(incidents.id)
    told = tell("alice@incidents: hello", database=str(database))
    assert told.complaints == "line 1: The channel is archived.\n"


def test_channels_change_and_people_go(tell: Tell) -> None:
    story = (
        "alice: /warroom open Slow checkout @bob",
        "bob@WR-1: hello",
        "alice@WR-1: /warroom severity 1",
        "bob@WR-1: /warroom leave",
    )
    told = tell(*story, as_json=True)
    [described] = told.of("described")
    assert described["text"] == "New topic: WR-1 · SEV1 · Slow checkout"
    [removed] = told.of("removed")
    assert removed["people"] == ["bob"]
    assert removed["text"] == "No longer in the channel: bob"
    words = tell(*story)
    assert "#wr-1-slow-checkout | No longer in the channel: bob" in words.lines


def test_a_card_that_is_redrawn_at_once_is_an_update(tell: Tell) -> None:
    told = tell("alice: /warroom open Slow checkout", "bob: [Join]", as_json=True)
    updates = [deed for deed in told.of("updated") if deed["line"] == 2]
    assert {deed["place"] for deed in updates} == {"WR-1"}
    assert all(deed["to"] is None for deed in updates)
