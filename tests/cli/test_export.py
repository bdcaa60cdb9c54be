"""`muster export`: to a pipe, or to a file that is there as a whole or not at all."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bot import cli, export
from bot.bootstrap import registry
from bot.core.text import LANGUAGES
from bot.features.decisions.export_commands import FORMATS
from bot.features.decisions.tables import State
from tests.cli.calls import call, problem
from tests.running import muster


def test_decisions_go_to_standard_output(told: Path) -> None:
    done = muster("export", "decisions", home=told)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("# Decisions\n")
    titles = [line for line in done.stdout.splitlines() if line.startswith("### ")]
    assert sorted(titles) == [
        "### D-1 Roll back to 1.4",
        "### D-2 Buy tea",
        "### D-3 Tell nobody",
    ]


def test_decisions_go_to_a_file_as_a_whole(told: Path) -> None:
    file = told / "decisions.csv"
    file.write_text("old")
    result = call("export", "decisions", "--format", "csv", "--out", str(file))
    assert result.output == f"3 decisions in {file}\n"
    rows = list(csv.DictReader(io.StringIO(file.read_text("utf-8-sig"))))
    assert [row["key"] for row in rows] == ["D-1", "D-2", "D-3"]
    assert [each.name for each in told.glob(".*")] == []


def test_an_export_that_fails_leaves_what_was_there(
    told: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = told / "decisions.md"
    file.write_text("old")

    def fail(rows: object, query: object, path: Path, report: object) -> int:
        path.write_text("half")
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setitem(registry().exports, "decisions", fail)
    known = registry()
    known.exports["decisions"] = fail
    monkeypatch.setattr(export, "registry", lambda: known)
    assert "No space left" in problem(call("export", "decisions", "--out", str(file)))
    assert file.read_text() == "old"
    assert [each.name for each in told.glob(".*")] == []


def test_a_disk_that_fills_leaves_what_was_there(
    told: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """/dev/full takes the place of the disk: whatever is written there is too much."""
    file = told / "decisions.csv"
    file.write_text("old")

    def fill(rows: object, query: object, path: Path, report: object) -> int:
        with Path("/dev/full").open("w", encoding="utf-8") as full:
            full.write("half")
        return 1

    known = registry()
    known.exports["decisions"] = fill
    monkeypatch.setattr(export, "registry", lambda: known)
    said = problem(call("export", "decisions", "--format", "csv", "--out", str(file)))
    assert said == f"{file} could not be written: No space left on device"
    assert file.read_text() == "old"
    assert [each.name for each in told.glob(".*")] == []


def test_each_export_is_on_the_timeline(told: Path) -> None:
    call("export", "decisions", "--out", "x.md")
    with closing(sqlite3.connect(told / "muster.db")) as database:
        query = "SELECT person_id, text FROM timeline WHERE kind = 'decisions.exported'"
        [(person, text)] = database.execute(query)
    assert person is None
    assert "The decisions were exported at the command line" in text


NARROWED: list[tuple[tuple[str, ...], list[str]]] = [
    (("--find", "tea"), ["Buy tea"]),
    (("--find", "errors 1.5"), ["Roll back to 1.4"]),
    (("--by", "@Bob"), ["Tell nobody"]),
    (("--status", "rejected"), []),
    (("--tag", "office"), []),
    (("--since", "2026-01-01"), ["Roll back to 1.4", "Buy tea", "Tell nobody"]),
]


def test_only_some_decisions(told: Path) -> None:
    for args, titles in NARROWED:
        call("export", "decisions", "--format", "json", "--out", "x.json", *args)
        rows = json.loads((told / "x.json").read_text("utf-8"))
        assert [row["title"] for row in rows] == titles, args


def test_every_format_is_a_file(told: Path) -> None:
    for form in cli.decisions.Format:
        result = call("export", "decisions", "--format", form.value, "--out", f"x.{form.value}")
        assert result.output == f"3 decisions in x.{form.value}\n"
        assert (told / f"x.{form.value}").stat().st_size > 100
    assert [each.name for each in told.glob(".*")] == []


@pytest.mark.parametrize("room", ["WR-1", "wr1"])
def test_decisions_of_one_room(told: Path, room: str) -> None:
    result = call("export", "decisions", "--format", "json", "--room", room, "--out", "x.json")
    assert result.output == "1 decision in x.json\n"
    [decision] = json.loads((told / "x.json").read_text("utf-8"))
    assert decision["title"] == "Roll back to 1.4"


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--room", "WR-9"), "There is no war room WR-9."),
        (("--room", "kitchen"), "There is no war room kitchen."),
        (("--since", "bananas"), "bananas"),
        (("--by", "Nobody"), "There is nobody called Nobody."),
        (("--workspace", "slack"), "There is no workspace slack, but playground:playground."),
        (("--out", "."), ". is a folder"),
        (("--out", "nowhere/x.md"), "No such file or directory"),
    ],
)
def test_what_cannot_be_exported_is_said(told: Path, args: tuple[str, ...], words: str) -> None:
    assert words in problem(call("export", "decisions", *args))


def test_a_workspace_is_named_where_there_are_several(told: Path) -> None:
    with closing(sqlite3.connect(told / "muster.db")) as database, database:
        database.execute(
            "INSERT INTO workspace (platform, native, settings, rooms_made, decisions_made,"
            " created_at) VALUES ('slack', 'T1', '{}', 0, 0, '2026-11-23 00:00:00.000000')"
        )
    said = problem(call("export", "decisions"))
    assert said == "Say which workspace with --workspace: playground:playground and slack:T1."
    for name, count in (("playground", 3), ("playground:playground", 3), ("slack:T1", 0)):
        result = call("export", "decisions", "--workspace", name, "--out", "x.md")
        assert result.output.startswith(f"{count} decision")


def test_a_database_that_nobody_has_used_has_nothing_to_export(home: Path) -> None:
    call("db", "upgrade")
    assert "there is nothing to export" in problem(call("export", "decisions"))


def test_a_database_of_an_earlier_version_is_upgraded_first(home: Path) -> None:
    call("db", "upgrade")
    with closing(sqlite3.connect(home / "muster.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '0000'")
    assert "muster db upgrade" in problem(call("export", "decisions"))
    assert "✗ The database is not up to date" in call("doctor").output


def test_on_a_terminal_there_is_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(screen, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    with export.progress(4) as report:
        report(2)
    assert "50%" in screen.getvalue()


def test_the_formats_are_those_of_the_chat() -> None:
    assert [each.value for each in cli.decisions.Format] == [option.value for option in FORMATS]
    assert [each.value for each in cli.decisions.Status] == list(State)
    assert [each.value for each in cli.Lang] == list(LANGUAGES)
