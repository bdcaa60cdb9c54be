"""`muster outbox`: what could not be delivered and what waits, listed, shown, retried, dropped."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from bot import outbox
from bot.core.effects import Address, Pin
from storage.outbox import put
from storage.rows import table_of
from storage.tables import Outbox
from tests.cli.calls import call, problem
from tests.cli.conftest import STORY
from tests.running import muster, running
from tests.storage.opened import engine_of, transaction
from tests.waiting import eventually


@pytest.fixture
def lost(database_url: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database in which the last three effects are not done: one waits, two failed."""
    monkeypatch.setenv("MUSTER_DATABASE_URL", database_url)
    story = home / "story"
    story.write_text(STORY, "utf-8")
    assert call("chat", "--db", database_url, str(story)).exit_code == 0
    last = "SELECT id FROM outbox WHERE collapse IS NULL ORDER BY id DESC LIMIT 3"
    ids = [row for (row,) in execute(database_url, last)]
    for number, state, error in zip(
        ids,
        ("waiting", "failed", "failed"),
        ("ratelimited", "msg_too_long", "x" * 50),
        strict=True,
    ):
        change(database_url, number, state=state, error=error, attempts=3)
    return database_url


def execute(url: str, query: str) -> list[Any]:
    with engine_of(url) as engine, engine.connect() as conn:
        return list(conn.exec_driver_sql(query))


def change(url: str, number: int, **values: Any) -> None:
    table = table_of(Outbox)
    with engine_of(url) as engine, transaction(engine) as conn:
        conn.execute(update(table).where(table.c.id == number).values(values))


def _all(*args: str) -> list[dict[str, Any]]:
    result = call("outbox", "list", "--json", *args)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_table(lost: str) -> None:
    lines = call("outbox", "list").stdout.splitlines()
    assert lines[0].split() == ["id", "lane", "kind", "state", "age", "tries", "error"]
    assert [line.split()[3] for line in lines[1:]] == ["failed", "failed", "waiting"]
    assert lines[1].endswith(f"{'x' * 39}…")
    assert lines[2].endswith("  3      msg_too_long")
    assert {len(line.split()[1].split("/")) for line in lines[1:]} == {3}, "lanes"


def test_json_without_and_with_bodies(lost: str) -> None:
    found = _all()
    assert [each["state"] for each in found] == ["failed", "failed", "waiting"]
    assert found[1]["error"] == "msg_too_long"
    assert found[1]["platform"] == "playground"
    assert found[1]["attempts"] == 3
    assert all("body" not in each for each in found)
    bodies = [each["body"] for each in _all("--bodies")]
    assert [body["type"] for body in bodies] == [each["kind"] for each in found]


def test_nothing_is_shown_of_what_is_in_them(lost: str) -> None:
    secret = "Layoffs"
    for row in execute(lost, "SELECT id, payload FROM outbox"):
        change(lost, row.id, payload=json.dumps({**json.loads(row.payload), "x": secret}))
    number = str(_all()[0]["id"])
    for args in (("list",), ("list", "--json"), ("show", number), ("show", number, "--json")):
        assert secret not in call("outbox", *args).output
        assert secret in call("outbox", *args, "--bodies").output


def test_some_of_them(lost: str) -> None:
    assert [each["state"] for each in _all("--state", "open")] == ["waiting"]
    assert [each["state"] for each in _all("--state", "failed")] == ["failed", "failed"]
    assert len(_all("--limit", "1")) == 1
    assert _all("--platform", "slack") == []
    assert "Nothing failed, nothing waits." in call("outbox", "list", "--platform", "x").output


def test_one(lost: str) -> None:
    number = _all()[1]["id"]
    shown = call("outbox", "show", str(number)).stdout
    assert f"id: {number}\nstate: failed\nplatform: playground\n" in shown
    assert "error: msg_too_long\n" in shown
    assert "body" not in shown
    assert json.loads(call("outbox", "show", str(number), "--json").stdout)["id"] == number
    assert problem(call("outbox", "show", "999")) == (
        "There is no effect 999 that failed or waits: see muster outbox list"
    )


def test_retry_and_drop(lost: str) -> None:
    first, second, _ = _all()
    assert "1 effect is tried again." in call("outbox", "retry", str(first["id"])).output
    assert "1 effect is given up." in call("outbox", "drop", str(second["id"])).output
    left = _all()
    assert {each["state"] for each in left} == {"waiting"}
    assert first["id"] in {each["id"] for each in left}
    assert "no effect" in problem(call("outbox", "drop", str(second["id"])))


def test_all_that_failed(lost: str) -> None:
    assert "2 effects are tried again." in call("outbox", "retry", "--all").output
    assert [each["state"] for each in _all()] == ["waiting"] * 3
    assert "0 effects are given up." in call("outbox", "drop", "--all").output


def test_which_has_to_be_said(lost: str) -> None:
    for args in (("retry",), ("drop",), ("drop", "1", "--all")):
        assert problem(call("outbox", *args)) == "Say either which, by their ids, or --all."
    assert len(_all("--state", "failed")) == 2


def test_of_several_all_or_none(lost: str) -> None:
    first = _all()[0]
    assert "There is no effect 999" in problem(call("outbox", "retry", str(first["id"]), "999"))
    assert len(_all("--state", "failed")) == 2


def test_one_in_hand_is_left_alone(lost: str) -> None:
    number = _all("--state", "open")[0]["id"]
    change(lost, number, state="claimed")
    for what in ("retry", "drop"):
        said = problem(call("outbox", what, str(number)))
        assert said == f"Effect {number} is being delivered just now."


def test_what_nobody_can_read_can_be_dropped(lost: str) -> None:
    number = _all()[0]["id"]
    change(lost, number, payload='{"type": "gone"}')
    assert "1 effect is given up." in call("outbox", "drop", str(number)).output


@pytest.mark.parametrize("number", ["0", "999", "99999999999999999999"])
@pytest.mark.parametrize("what", ["show", "retry", "drop"])
def test_a_number_that_there_is_not(lost: str, what: str, number: str) -> None:
    assert problem(call("outbox", what, number)) == (
        f"There is no effect {number} that failed or waits: see muster outbox list"
    )


@pytest.mark.parametrize("what", ["retry", "drop"])
def test_all_are_all_however_many(lost: str, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "GROUP", 2)
    with engine_of(lost) as engine, transaction(engine) as conn:
        pins = [Pin(Address("playground", "w", f"C{n}"), "m") for n in range(3)]
        put(conn, pins, key="k", now=datetime(2026, 11, 20, tzinfo=UTC))
    for row in execute(lost, "SELECT id FROM outbox WHERE state = 'waiting' ORDER BY id DESC"):
        change(lost, row.id, state="failed")
    said = {"retry": "6 effects are tried again.", "drop": "6 effects are given up."}
    assert said[what] in call("outbox", what, "--all").output
    assert _all("--state", "failed") == []


def test_that_there_are_more_is_said(lost: str) -> None:
    said = "There are more: --limit says how many to show."
    assert said in call("outbox", "list", "--limit", "2").stderr
    assert said not in call("outbox", "list", "--limit", "3").stderr
    assert said in call("outbox", "list", "--limit", "1", "--state", "failed", "--json").stderr


def test_what_was_done_is_in_the_audit_log(lost: str) -> None:
    first, second, _ = _all()
    call("outbox", "retry", str(first["id"]))
    call("outbox", "drop", str(second["id"]))
    change(lost, first["id"], state="failed")
    call("outbox", "drop", "--all")
    lines = [json.loads(line) for line in call("audit", "export").stdout.splitlines()]
    told = [each["text"] for each in lines if each["kind"].startswith("workspace.outbox_")]
    assert told == [
        f"Effect {first['id']} was retried at the command line",
        f"Effect {second['id']} was given up at the command line",
        "1 effect was given up at the command line",
    ]


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
