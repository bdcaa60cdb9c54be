"""`muster decisions verify`: whether anybody has tampered with the decision log."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.calls import call, problem


def _change(home: Path, statement: str) -> None:
    [file] = home.glob("*.db")
    with closing(sqlite3.connect(file)) as conn, conn:
        conn.execute(statement)


def _anchor(output: str) -> str:
    return output.partition("Anchor: ")[2].split()[0]


def test_a_log_that_nobody_has_touched(told: Path) -> None:
    result = call("decisions", "verify")
    assert result.exit_code == 0
    assert result.stdout.startswith("3 events, and nobody has tampered with them\nAnchor: 3:")
    anchor = _anchor(result.stdout)
    assert call("decisions", "verify", "--anchor", anchor).exit_code == 0
    assert call("decisions", "verify", "--anchor", anchor[:20].upper()).exit_code == 0


def test_in_chinese(told: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSTER_LANGUAGE", "zh")
    assert "共 3 个事件，没有人篡改过" in call("decisions", "verify").stdout


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("DELETE FROM decision_event WHERE seq = 1", "Broken at event 2: events before it"),
        (
            "UPDATE decision_event SET previous = '' WHERE seq = 2",
            "Broken at event 2 (D-2): it does",
        ),
        ("UPDATE decision_event SET hash = '' WHERE seq = 3", "Broken at event 3 (D-3): it was"),
        ("UPDATE decision_event SET opened = '{}' WHERE seq = 3", "Broken at event 3 (D-3): what"),
        (
            "UPDATE decision SET title = 'x' WHERE number = 2",
            "D-2 was changed past the log: texts;",
        ),
        (
            "UPDATE decision SET number = 9 WHERE number = 3",
            "D-9 was added past the log: no event tells of it",
        ),
    ],
)
def test_a_log_that_somebody_has_tampered_with(told: Path, statement: str, sentence: str) -> None:
    _change(told, statement)
    result = call("decisions", "verify")
    assert result.exit_code == 1
    assert result.stdout.startswith(sentence), result.stdout


def test_another_anchor(told: Path) -> None:
    result = call("decisions", "verify", "--anchor", f"2:{'0' * 64}")
    assert (result.exit_code, "not the one that was made known" in result.stdout) == (1, True)


def test_decisions_from_before_the_log(told: Path) -> None:
    _change(told, "DELETE FROM decision_event")
    result = call("decisions", "verify")
    assert result.exit_code == 0
    assert "3 decisions are older than the log" in result.stdout


@pytest.mark.parametrize("anchor", ["", "3", "3:xyz", "x:9f86d081", f"3:{'9' * 65}"])
def test_what_is_no_anchor(told: Path, anchor: str) -> None:
    assert "is no anchor" in problem(call("decisions", "verify", "--anchor", anchor))


def test_another_workspace(told: Path) -> None:
    assert "no workspace slack" in problem(call("decisions", "verify", "--workspace", "slack"))
