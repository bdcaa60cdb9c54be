"""`muster policy load` and `muster people import`: all of a file is loaded, or nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.i18n import plain
from bot.escalation import find
from bot.features.escalation.files import BadFile
from storage.tables import Person
from tests.actors import ENGLISH
from tests.cli.calls import call, problem

POLICY = """\
- name: payments
  severity: 3
  stale_after: 2h
  steps:
    - whom: owner
    - {whom: lead, after: 1h}
"""
STORY = """\
!at 2026-11-20T09:00
olga: /muster whoami
bob: /muster whoami
chen: /muster whoami
dora: /muster whoami
"""


@pytest.fixture
def known(home: Path) -> Path:
    """A database that knows Olga, Bob, Chen and Dora."""
    _says(home, STORY)
    return home


def _says(home: Path, story: str) -> str:
    file = home / "story"
    file.write_text(story, "utf-8")
    result = call("chat", "--db", str(home / "muster.db"), str(file))
    assert result.exit_code == 0, result.output
    return result.output


def _file(home: Path, name: str, text: str | bytes) -> str:
    file = home / name
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return str(file)


def test_policies_are_loaded_and_replace_those_before(known: Path) -> None:
    loaded = call("policy", "load", _file(known, "ours.yaml", POLICY))
    assert loaded.output == "1 policy loaded from ours.yaml\n"
    assert "payments · severity 3" in _says(known, "bob: /escalate policy")
    two = POLICY + POLICY.replace("payments", "other")
    assert "2 policies loaded" in call("policy", "load", _file(known, "ours.yaml", two)).output
    both = _says(known, "bob: /escalate policy")
    assert both.count("· severity 3") == 2
    assert "Stale after 2 h of working time" in both


def test_a_broken_file_changes_nothing(known: Path) -> None:
    assert call("policy", "load", _file(known, "ours.yaml", POLICY)).exit_code == 0
    broken = POLICY.replace("1h", "0h").replace("payments", "broken")
    assert problem(call("policy", "load", _file(known, "ours.yaml", broken))) == (
        "ours.yaml: line 6: A wait is at least 5 minutes and at most 60 days. Nothing was loaded."
    )
    shown = _says(known, "bob: /escalate policy")
    assert "payments · severity 3" in shown
    assert "broken" not in shown


def test_a_broken_file_in_chinese(known: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSTER_LANGUAGE", "zh")
    said = call("policy", "load", _file(known, "ours.yaml", POLICY))
    assert "从 ours.yaml" in said.output


def test_files_that_are_none(home: Path) -> None:
    assert "There is no database muster.db yet" in problem(
        call("policy", "load", _file(home, "ours.yaml", POLICY))
    )
    assert "No such file" in problem(call("policy", "load", str(home / "none.yaml")))
    assert problem(call("policy", "load", _file(home, "ours.yaml", b"\xb4\xba"))) == (
        "ours.yaml is not in UTF-8."
    )
    large = _file(home, "ours.yaml", b"#" * 1_000_001)
    assert problem(call("policy", "load", large)) == "ours.yaml is too large."


def test_nobody_has_used_it_yet(home: Path) -> None:
    assert call("db", "upgrade").exit_code == 0
    said = problem(call("policy", "load", _file(home, "ours.yaml", POLICY)))
    assert said == "Nobody has used Muster yet: start it with muster run first."


def test_people_are_imported(known: Path) -> None:
    file = _file(
        known, "people.csv", "\ufeffperson,manager,backup\n# ours\n@bob,dora,chen\nchen,bob\n"
    )
    assert call("people", "import", file).output == "2 people read from people.csv\n"
    shown = _says(known, "bob: /muster whoami\nchen: /muster whoami")
    assert "@dora" in shown
    assert "@bob" in shown


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("bob,eve\n", "line 1: I do not know anybody called eve here"),
        ("bob,dora\nbob\n", "line 2: A line is for example bob,dora,chen"),
        (",dora\n", "line 1: A line is for example bob,dora,chen"),
        ("bob,bob\n", "line 1: Nobody reports to themselves, or stands in for themselves"),
        ("bob,dora,bob\n", "line 1: Nobody reports to themselves, or stands in for themselves"),
        (
            "bob,dora\ndora,chen\nchen,bob\n",
            "line 1: They report to each other in a circle: bob → dora → chen → bob",
        ),
        ('bob,"dora\n', "line 1: unexpected end of data"),
    ],
)
def test_people_that_cannot_be(known: Path, text: str, why: str) -> None:
    said = problem(call("people", "import", _file(known, "people.csv", text)))
    assert said == f"people.csv: {why}. Nothing was loaded."


def test_two_of_a_name_are_told_apart_by_their_ids() -> None:
    both = [Person(id=number, workspace_id=1, user=f"U{number}", name="Sam") for number in (1, 2)]
    assert find(both, "U2", 3) == 2
    with pytest.raises(BadFile) as caught:
        find(both, "@sam", 3)
    assert plain(caught.value.message, ENGLISH) == (
        "line 3: Several people are called @sam: use their ids"
    )
