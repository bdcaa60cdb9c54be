"""`muster import decisions`: a dry run first, then all of it or nothing, and twice without harm."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.core.i18n import plain
from bot.core.text import Reader
from bot.problems import Problem, explain
from tests.cli.calls import call, problem

LINES = [
    {
        "title": "Use Postgres",
        "key": "D-7",
        "tags": ["Database"],
        "decided_at": "2026-01-02T00:00Z",
    },
    {"title": "Cache prices", "key": "D-8", "room": "WR-1", "room_title": "Payment timeouts"},
]


@pytest.fixture
def file(told: Path) -> Path:
    path = told / "old.jsonl"
    path.write_text("\n".join(map(json.dumps, LINES)), "utf-8")
    return path


def exported() -> dict[str, dict[str, object]]:
    call("export", "decisions", "--format", "json", "--out", "x.json")
    rows = json.loads(Path("x.json").read_text("utf-8"))
    return {row["title"]: row for row in rows}


def test_first_it_is_only_said(file: Path) -> None:
    result = call("import", "decisions", str(file))
    assert result.output.splitlines() == [
        "D-7 Use Postgres",
        "D-8 Cache prices",
        "2 decisions would be imported.",
        f"Nothing was changed. To import them: muster import decisions {file} --write",
    ]
    assert "Use Postgres" not in exported()


def test_then_it_is_done_and_once_is_enough(file: Path) -> None:
    assert (
        call("import", "decisions", str(file), "--write").output == "2 decisions were imported.\n"
    )
    found = exported()
    assert found["Use Postgres"]["tags"] == ["database"]
    assert found["Use Postgres"]["decided_at"] == "2026-01-02T00:00:00+00:00"
    assert found["Cache prices"]["room"] == "WR-1"
    again = call("import", "decisions", str(file), "--write")
    assert again.output == (
        "0 decisions were imported.\n2 are there already, and stay as they are.\n"
    )
    assert exported() == found
    assert call("decisions", "verify").exit_code == 0


def test_into_a_room(file: Path) -> None:
    call("import", "decisions", str(file), "--write", "--room", "WR-2")
    assert {row["room"] for row in exported().values()} >= {"WR-2"}
    assert exported()["Cache prices"]["room"] == "WR-2"


def test_long_lists_are_counted(told: Path) -> None:
    path = told / "many.csv"
    path.write_text("title\n" + "".join(f"Decision {number}\n" for number in range(30)))
    result = call("import", "decisions", str(path))
    assert "… and 10 more" in result.output
    assert len(result.output.splitlines()) == 23


def test_a_line_at_fault_stops_all_of_it(file: Path) -> None:
    with file.open("a") as more:
        more.write('\n{"title": ""}')
    for args in ((), ("--write",)):
        said = problem(call("import", "decisions", str(file), *args))
        assert said == "Nothing was imported.\nold.jsonl:3: There is no title."
    assert "Use Postgres" not in exported()


IMPOSSIBLE: list[tuple[tuple[str, ...], str]] = [
    (("nothing.csv",), "There is no nothing.csv."),
    (("old.jsonl", "--room", "WR-9"), "There is no war room WR-9."),
    (("old.jsonl", "--workspace", "slack"), "There is no workspace slack"),
]


def test_what_cannot_be_is_said(file: Path) -> None:
    for args, words in IMPOSSIBLE:
        assert words in problem(call("import", "decisions", *args))
        assert words in problem(call("import", "decisions", *args, "--write"))


def test_nobody_has_used_it_yet(home: Path) -> None:
    call("db", "upgrade")
    (home / "x.csv").write_text("title\nx\n")
    assert "nothing to import into" in problem(call("import", "decisions", "x.csv"))


def test_what_went_wrong_is_a_sentence() -> None:
    from bot.core.errors import Permanent
    from bot.core.text import t

    found = explain(Permanent("too_many_files", t("There are too many.")))
    assert found is not None
    assert plain(found, Reader()) == "There are too many."
    assert explain(Problem(t("No."))) is not None
