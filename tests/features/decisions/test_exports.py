"""Decisions as files."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.features.decisions.exports import export
from bot.features.decisions.records import FIELDS as ALL
from storage.tx import Tx
from tests.world import Actor, Place, World

FIELDS = [
    "key",
    "room",
    "room_title",
    "title",
    "why",
    "instead_of",
    "decided_by",
    "decided_at",
    "link",
]


@pytest.fixture
def decided(room: Place, bob: Actor) -> Place:
    bob.dms("/decide We deploy on Tuesdays").hears("D-1")
    bob.says(
        "/decide Roll back --why Errors\nbegan with 1.5 --instead-of Hotfix", room
    ).hears_nothing()
    bob.dms("/decide Nobody deploys on Fridays").hears("D-3")
    room.skips()
    return room


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("/export decisions", "decisions-WR-1.md"),
        ("/export", "decisions-WR-1.md"),
        ("/export decisions --format csv", "decisions-WR-1.csv"),
        ("/export decisions --format jsonl", "decisions-WR-1.jsonl"),
        ("/导出 决策 --格式 json", "decisions-WR-1.json"),
        ("/导出", "decisions-WR-1.md"),
    ],
)
def test_in_a_room_the_room_gets_the_file(decided: Place, bob: Actor, said: str, name: str) -> None:
    bob.says(said, decided).hears_nothing()
    message = decided.expects("@Bob exported the decisions")
    assert message.file is not None
    assert message.file.name == name
    content = decided.world.file(message)
    assert "Roll back" in content
    assert "Tuesdays" not in content


def test_only_some_for_who_asks(decided: Place, bob: Actor) -> None:
    line = "/export decisions --format jsonl"
    for more, keys in (
        ("--find tuesdays", ["D-1"]),
        ("--by @Bob --since 2w", ["D-1", "D-2", "D-3"]),
        ("--status proposed", []),
        ("--tag office", []),
    ):
        bob.dms(f"{line} {more}").hears_nothing()
        content = decided.world.file(bob.hears("exported the decisions", "decisions.jsonl"))
        assert [json.loads(row)["key"] for row in content.splitlines()] == keys, more
    bob.dms("/导出 决策 --格式 jsonl --找 周二").hears_nothing()
    assert decided.world.file(bob.hears("exported", "decisions.jsonl")) == ""
    bob.dms(f"{line} --since bananas").hears("bananas")


def test_from_elsewhere_the_room_gets_its_file_too(decided: Place, bob: Actor) -> None:
    bob.dms("/export decisions --room WR-1").hears("The file is on its way to the room.")
    decided.expects("@Bob exported the decisions", "decisions-WR-1.md")


def test_outside_a_room_the_person_gets_all(decided: Place, bob: Actor, general: Place) -> None:
    bob.says("/export decisions").hears("The file is on its way to you.")
    content = decided.world.file(bob.hears("exported the decisions", "[decisions.md]"))
    assert [line for line in content.splitlines() if line.startswith("#")] == [
        "# Decisions",
        "### D-1 We deploy on Tuesdays",
        "### D-3 Nobody deploys on Fridays",
        "## WR-1 Payment timeouts",
        "### D-2 Roll back",
    ]
    general.expects_nothing()


def test_who_is_not_in_the_room_gets_it_alone(decided: Place, dora: Actor) -> None:
    dora.dms("/export decisions --room WR-1").hears_nothing()
    dora.hears("exported the decisions", "decisions-WR-1.md")
    decided.expects_nothing()


def test_a_room_gets_its_file_though_who_asked_has_left(
    world: World, decided: Place, bob: Actor
) -> None:
    """The file is written at the moment of sending, and is the room's."""
    from bot.core.effects import PostCard
    from bot.core.errors import Temporary

    world.fails(PostCard, Temporary(retry_after=60))
    bob.says("/warroom status Holding the lane up", decided).hears_nothing()
    bob.says("/export decisions --format json", decided).hears_nothing()
    bob.leaves(decided)
    world.advance(minutes=2)
    decided.expects("Holding the lane up")
    assert "Roll back" in world.file(decided.expects("exported the decisions"))


def test_csv(decided: Place, bob: Actor) -> None:
    bob.says("/export decisions --format csv").hears("on its way")
    content = decided.world.file(bob.hears("exported the decisions"))
    assert content.startswith("\ufeff"), "Excel takes it for UTF-8 by that"
    rows = list(csv.reader(io.StringIO(content[1:])))
    assert rows[0] == [*ALL]
    assert rows[0][:9] == FIELDS, "what is there stays where it was"
    assert rows[2][:10] == [
        "D-2",
        "WR-1",
        "Payment timeouts",
        "Roll back",
        "Errors\nbegan with 1.5",
        "Hotfix",
        "Bob",
        "2026-11-23T01:00:00+00:00",
        "",
        "accepted",
    ]
    assert [row[0] for row in rows[1:]] == ["D-1", "D-2", "D-3"]


def test_json(decided: Place, bob: Actor) -> None:
    bob.says("/export decisions --format json").hears("on its way")
    rows = json.loads(decided.world.file(bob.hears("exported the decisions")))
    assert [tuple(row) for row in rows] == [ALL] * 3
    assert rows[0]["room"] == ""
    assert rows[1]["why"] == "Errors\nbegan with 1.5"


def test_markdown(decided: Place, bob: Actor) -> None:
    bob.says("/export decisions", decided).hears_nothing()
    assert decided.world.file(decided.expects("exported")) == (
        "# Decisions\n"
        "\n## WR-1 Payment timeouts\n"
        "\n### D-2 Roll back\n"
        "\n*Bob, Mon 23 Nov 2026, 01:00*\n"
        "\n**Why**\n\n> Errors\n> began with 1.5\n"
        "\n**Instead of**\n\n> Hotfix\n"
    )


def test_markdown_speaks_the_language_of_its_reader(decided: Place, chen: Actor) -> None:
    chen.says("/导出 决策").text  # noqa: B018  to be read
    content = decided.world.file(chen.direct.expects("decisions.md"))
    assert "# Decisions" not in content
    assert "Why" not in content
    assert "2026年11月23日" in content


@pytest.mark.parametrize(
    ("form", "empty"), [("md", "No decisions yet."), ("csv", ",".join(ALL)), ("json", "[\n]")]
)
def test_files_of_nothing(room: Place, bob: Actor, form: str, empty: str) -> None:
    bob.says(f"/export decisions --format {form}", room).hears_nothing()
    assert empty in room.world.file(room.expects("exported"))


@pytest.mark.parametrize(
    "formula",
    ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://evil")', "\uff1d1+1", "\uff20x"],
)
def test_no_cell_is_a_formula(room: Place, bob: Actor, formula: str) -> None:
    bob.says("/decide", room).fills(title=formula, why=formula).hears_nothing()
    room.skips()
    bob.says("/export decisions --format csv", room).hears_nothing()
    row = list(csv.reader(io.StringIO(room.world.file(room.expects("exported"))[1:])))[1]
    assert row[3] == f"'{formula}"
    assert row[4] == f"'{formula}"


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("# Not a heading", "\\# Not a heading"),
        ("<script>alert(1)</script>", "\\<script\\>alert(1)\\</script\\>"),
        ("[click](http://evil)", "\\[click\\](http://evil)"),
        ("![x](http://evil)", "\\!\\[x\\](http://evil)"),
        ("**bold** _it_ `code` ~~no~~", "\\*\\*bold\\*\\* \\_it\\_ \\`code\\` \\~\\~no\\~\\~"),
        ("a | b", "a \\| b"),
        ("&lt;b&gt;", "\\&lt;b\\&gt;"),
        ("- a list", "\\- a list"),
        ("1. a list", "1\\. a list"),
        ("===", "\\==="),
        ("back\\slash", "back\\\\slash"),
    ],
)
def test_no_text_is_markup(room: Place, bob: Actor, typed: str, written: str) -> None:
    bob.says("/decide", room).fills(title="Harmless", why=f"First\n{typed}").hears_nothing()
    room.skips()
    bob.says("/export decisions", room).hears_nothing()
    assert f"> First\n> {written}\n" in room.world.file(room.expects("exported"))


def test_a_long_decision_has_a_short_heading_and_stands_whole_below(
    room: Place, bob: Actor
) -> None:
    text = "word " * 100
    bob.says(f"/decide {text}", room).hears_nothing()
    room.skips()
    bob.says("/export decisions", room).hears_nothing()
    content = room.world.file(room.expects("exported"))
    [heading] = [line for line in content.splitlines() if line.startswith("###")]
    assert len(heading) < 140
    assert f"> {text.strip()}\n" in content


def test_a_large_export_reports_as_it_goes(world: World, room: Place, tmp_path: Path) -> None:
    from bot.features.decisions.tables import Decision

    at = datetime(2026, 1, 1, tzinfo=UTC)

    def write(tx: Tx) -> list[int]:
        rows = [
            {
                "workspace_id": tx.workspace_id,
                "number": number,
                "title": f"Decision {number}",
                "decided_by": 1,
                "decided_at": at,
                "state": "accepted",
            }
            for number in range(1, 1202)
        ]
        tx.add_all(Decision, rows)
        told: list[int] = []
        query = {"workspace": tx.workspace_id, "format": "json"}
        assert export(tx, query, tmp_path / "file", told.append) == 1201
        return told

    assert world.read(write) == [500, 1000, 1201]
    assert len(json.loads((tmp_path / "file").read_text())) == 1201
