"""Time, what is kept between runs, and files."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.problems import Problem
from tests.running import muster
from tests.terminal.conftest import Tell


def test_time_stands_still_and_goes_on_when_told(tell: Tell) -> None:
    told = tell(
        "!at 2026-09-20T09:30+08:00",
        "alice: /muster whoami",
        "!advance 90m",
        "!at 2026-09-21T00:00",
        "alice: /muster whoami",
    )
    assert told.understood
    assert "#general (only alice) | Your time: Sun 20 Sept 2026, 01:30" in told.lines
    assert "* It is Sun 20 Sept 2026, 03:00" in told.lines
    assert "#general (only alice) | Your time: Mon 21 Sept 2026, 00:00" in told.lines


def test_what_time_makes_happen_happens_on_the_way(tell: Tell) -> None:
    told = tell(
        "!at 2026-11-23T09:00",
        "alice: /warroom open Slow checkout",
        "alice@WR-1: /warroom status mitigating --next 2h",
        "!advance 3h",
        as_json=True,
    )
    due = [deed for deed in told.deeds if deed["line"] == 4 and deed["kind"] == "posted"]
    assert [deed["at"] for deed in due] == ["2026-11-23T11:00:00+00:00"]


def test_a_time_without_an_offset_is_of_the_terminals_zone(tell: Tell) -> None:
    told = tell("alice: /muster whoami", at="2026-11-23T09:00", zone="Asia/Shanghai", as_json=True)
    assert told.deeds[0]["at"] == "2026-11-23T01:00:00+00:00"


def test_the_clock_does_not_go_back(tell: Tell) -> None:
    told = tell(
        "alice: hello", "!at 2020-01-01T00:00", "!advance 900000w", at="2026-11-23T09:00+00:00"
    )
    assert told.complaints.splitlines() == [
        "line 2: The clock does not go back. It is Mon 23 Nov 2026, 09:00.",
        "line 3: That is too far away.",
    ]


@pytest.mark.parametrize("named", ["sqlite:///{}", "{}"])
def test_a_story_goes_on_in_the_same_database(tell: Tell, tmp_path: Path, named: str) -> None:
    file = tmp_path / "story.db"
    options = {"database": named.format(file), "as_json": True}
    tell("!at 2026-11-23T09:00", "alice: /warroom open Slow checkout @bob", "bob: x", **options)
    assert file.exists()
    assert (tmp_path / "story.db.town").exists()
    told = tell("bob@WR-1: /item add Check the logs", "bob@WR-1: [Done]", **options)
    assert told.understood, told.complaints
    assert any(deed["text"].startswith("@bob finished WR-1-1") for deed in told.deeds)


def test_a_story_does_not_go_on_before_its_end(tell: Tell, tmp_path: Path) -> None:
    database = str(tmp_path / "story.db")
    tell("!at 2027-01-01T00:00", "alice: hello", database=database)
    told = tell("alice: /muster whoami", database=database, as_json=True)
    assert told.deeds[0]["at"] == "2027-01-01T00:00:00+00:00"
    with pytest.raises(Problem, match="does not go back"):
        tell("!at 2026-12-31T00:00", "alice: hello", database=database)


def test_what_an_earlier_run_has_left_is_done_first(tell: Tell, tmp_path: Path) -> None:
    file = tmp_path / "story.db"
    killed = muster(
        "chat",
        "--db",
        file,
        home=tmp_path,
        given="alice: /warroom open Slow checkout\n",
        kill_at="worker.after_claim",
    )
    assert killed.returncode == -9
    told = tell("alice@WR-1: hello", database=str(file), as_json=True)
    assert told.understood, told.complaints
    assert {deed["line"] for deed in told.deeds} == {None}
    assert "pinned" in {deed["kind"] for deed in told.deeds}


def test_the_town_of_a_postgresql_database_is_in_the_home(
    postgres_url: str, tell: Tell, tmp_path: Path
) -> None:
    tell("alice: /warroom open Slow checkout", database=postgres_url)
    told = tell("alice@WR-1: /item add Check the logs", database=postgres_url)
    assert told.understood, told.complaints
    assert len(list((tmp_path / "home").glob("*.town"))) == 1


DECIDED = ("alice: /decide Roll back", "alice: /export decisions")


def test_files_are_put_into_a_folder(tell: Tell, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    told = tell(*DECIDED, "alice: /export decisions", files=folder)
    assert sorted(file.name for file in folder.iterdir()) == ["decisions-2.md", "decisions.md"]
    assert "Roll back" in (folder / "decisions.md").read_text("utf-8")
    assert f"saved as {folder / 'decisions.md'}]" in told.output


def test_files_are_in_the_json(tell: Tell, tmp_path: Path) -> None:
    told = tell(*DECIDED, as_json=True, files=tmp_path / "files")
    [deed] = told.of("file")
    assert (deed["place"], deed["to"], deed["card"]) == ("dm", "alice", None)
    assert deed["file"]["text"] == (tmp_path / "files" / "decisions.md").read_text("utf-8")
    assert deed["file"]["path"] == str(tmp_path / "files" / "decisions.md")


def test_of_a_long_file_the_beginning_is_shown(tell: Tell) -> None:
    told = tell(
        *(f"alice: /decide Number {number}" for number in range(20)), "alice: /export decisions"
    )
    assert "@alice |     …" in told.lines
    assert sum(line.startswith("@alice |     ") for line in told.lines) == 41
