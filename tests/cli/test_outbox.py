"""`muster outbox`: what could not be delivered and what waits, listed, shown, retried, dropped."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.cli.calls import call, problem
from tests.running import muster, running
from tests.waiting import eventually


@pytest.fixture
def lost(told: Path) -> Path:
    """A home in which the last three effects are not done: one waits, two failed."""
    with closing(sqlite3.connect(told / "muster.db")) as database, database:
        last = "SELECT id FROM outbox WHERE collapse IS NULL ORDER BY id DESC LIMIT 3"
        ids = [row for (row,) in database.execute(last)]
        change = "UPDATE outbox SET state = ?, error = ?, attempts = 3 WHERE id = ?"
        database.execute(change, ("waiting", "ratelimited", ids[0]))
        database.execute(change, ("failed", "msg_too_long", ids[1]))
        database.execute(change, ("failed", "x" * 50, ids[2]))
    return told


def _all(*args: str) -> list[dict[str, Any]]:
    result = call("outbox", "list", "--json", *args)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_table(lost: Path) -> None:
    lines = call("outbox", "list").stdout.splitlines()
    assert lines[0].split() == ["id", "lane", "kind", "state", "age", "tries", "error"]
    assert [line.split()[3] for line in lines[1:]] == ["failed", "failed", "waiting"]
    assert lines[1].endswith(f"{'x' * 39}…")
    assert lines[2].endswith("  3      msg_too_long")
    assert {len(line.split()[1].split("/")) for line in lines[1:]} == {3}, "lanes"


def test_json_without_and_with_bodies(lost: Path) -> None:
    found = _all()
    assert [each["state"] for each in found] == ["failed", "failed", "waiting"]
    assert found[1]["error"] == "msg_too_long"
    assert found[1]["platform"] == "playground"
    assert found[1]["attempts"] == 3
    assert all("body" not in each for each in found)
    bodies = [each["body"] for each in _all("--bodies")]
    assert [body["type"] for body in bodies] == [each["kind"] for each in found]


def test_nothing_is_shown_of_what_is_in_them(lost: Path) -> None:
    secret = "Layoffs"
    with closing(sqlite3.connect(lost / "muster.db")) as database, database:
        database.execute("UPDATE outbox SET payload = json_set(payload, '$.x', ?)", (secret,))
    number = str(_all()[0]["id"])
    for args in (("list",), ("list", "--json"), ("show", number), ("show", number, "--json")):
        assert secret not in call("outbox", *args).output
        assert secret in call("outbox", *args, "--bodies").output


def test_some_of_them(lost: Path) -> None:
    assert [each["state"] for each in _all("--state", "open")] == ["waiting"]
    assert [each["state"] for each in _all("--state", "failed")] == ["failed", "failed"]
    assert len(_all("--limit", "1")) == 1
    assert _all("--platform", "slack") == []
    assert "Nothing failed, nothing waits." in call("outbox", "list", "--platform", "x").output


def test_one(lost: Path) -> None:
    number = _all()[1]["id"]
    shown = call("outbox", "show", str(number)).stdout
    assert f"id: {number}\nstate: failed\nplatform: playground\n" in shown
    assert "error: msg_too_long\n" in shown
    assert "body" not in shown
    assert json.loads(call("outbox", "show", str(number), "--json").stdout)["id"] == number
    assert problem(call("outbox", "show", "999")) == (
        "There is no effect 999 that failed or waits: see muster outbox list"
    )


def test_retry_and_drop(lost: Path) -> None:
    first, second, _ = _all()
    assert "1 effect is tried again." in call("outbox", "retry", str(first["id"])).output
    assert "1 effect is given up." in call("outbox", "drop", str(second["id"])).output
    left = _all()
    assert {each["state"] for each in left} == {"waiting"}
    assert first["id"] in {each["id"] for each in left}
    assert "no effect" in problem(call("outbox", "drop", str(second["id"])))


def test_all_that_failed(lost: Path) -> None:
    assert "2 effects are tried again." in call("outbox", "retry", "--all").output
    assert [each["state"] for each in _all()] == ["waiting"] * 3
    assert "0 effects are given up." in call("outbox", "drop", "--all").output


def test_which_has_to_be_said(lost: Path) -> None:
    for args in (("retry",), ("drop",), ("drop", "1", "--all")):
        assert problem(call("outbox", *args)) == "Say either which, by their ids, or --all."
    assert len(_all("--state", "failed")) == 2


def test_of_several_all_or_none(lost: Path) -> None:
    first = _all()[0]
    assert "There is no effect 999" in problem(call("outbox", "retry", str(first["id"]), "999"))
    assert len(_all("--state", "failed")) == 2


def test_one_in_hand_is_left_alone(lost: Path) -> None:
    number = _all("--state", "open")[0]["id"]
    with closing(sqlite3.connect(lost / "muster.db")) as database, database:
        database.execute("UPDATE outbox SET state = 'claimed' WHERE id = ?", (number,))
    for what in ("retry", "drop"):
        said = problem(call("outbox", what, str(number)))
        assert said == f"Effect {number} is being delivered just now."


def test_what_nobody_can_read_can_be_dropped(lost: Path) -> None:
    number = _all()[0]["id"]
    with closing(sqlite3.connect(lost / "muster.db")) as database, database:
        change = """UPDATE outbox SET payload = '{"type": "gone"}' WHERE id = ?"""
        database.execute(change, (number,))
    assert "1 effect is given up." in call("outbox", "drop", str(number)).output


def test_a_muster_that_runs_takes_it_up(tmp_path: Path) -> None:
    with running(tmp_path) as site:
        site.api("people", {"name": "alice", "lang": "en", "zone": "UTC"})
        site.api("say", {"as": "alice", "channel": "dm", "text": "/warroom open Payments"})
        eventually(lambda: _outbox(tmp_path) == {"done"})
        with closing(sqlite3.connect(tmp_path / "muster.db")) as database, database:
            database.execute(
                "UPDATE outbox SET state = 'failed', error = 'x' WHERE id ="
                " (SELECT max(id) FROM outbox)"
            )
        done = muster("outbox", "retry", "--all", home=tmp_path)
        assert (done.returncode, done.stderr) == (0, "1 effect is tried again.\n")
        eventually(lambda: _outbox(tmp_path) == {"done"})
        assert site.stop() == 0


def _outbox(home: Path) -> set[str]:
    with closing(sqlite3.connect(home / "muster.db")) as database:
        return {state for (state,) in database.execute("SELECT state FROM outbox")}
