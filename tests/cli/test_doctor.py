"""`muster doctor`: what it finds, and what it makes of it."""

from __future__ import annotations

import http.server
import re
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

import pytest

from bot import doctor, surroundings
from bot.settings import Settings
from tests.cli.calls import call


def test_a_new_machine_is_well(home: Path) -> None:
    result = call("doctor")
    assert result.exit_code == 0, result.output
    assert "✗" not in result.output
    assert "There is no database yet; muster run makes it" in result.output
    assert "is free" in result.output
    assert "UTC is the default" in result.output
    assert not (home / "muster.db").exists()


def test_the_doctor_speaks_the_language_that_is_set(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    english = call("doctor").output.splitlines()
    monkeypatch.setenv("MUSTER_LANGUAGE", "zh")
    chinese = call("doctor").output.splitlines()
    assert len(chinese) == len(english)
    assert set(chinese) & set(english) == set()


def test_the_doctor_asks_the_features(told: Path) -> None:
    result = call("doctor")
    assert "✓ The database (SQLite) answers" in result.output
    assert "✓ The database is up to date" in result.output


def test_effects_that_nobody_performs_need_care(told: Path) -> None:
    with closing(sqlite3.connect(told / "muster.db")) as database, database:
        database.execute("UPDATE outbox SET state = 'failed', error = 'is_archived' WHERE id = 1")
        database.execute("UPDATE outbox SET state = 'waiting' WHERE id = 2")
    result = call("doctor")
    assert result.exit_code == 1
    assert "✗ 1 effect failed for good" in result.output
    assert "✗ An effect has been waiting since Fri 20 Nov 2026" in result.output
    assert "Is Muster running? Start it with muster run" in result.output


def test_what_waits_for_a_platform_that_is_gone_is_said(
    told: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not that Muster should be started: it would leave it where it is."""
    with closing(sqlite3.connect(told / "muster.db")) as database, database:
        database.execute(
            "UPDATE outbox SET state = 'waiting', platform = 'feishu', lane = 'feishu/a/c'"
            " WHERE id = 1"
        )
    result = call("doctor")
    assert "✗ Feishu is not set up, and something has been waiting for it" in result.output
    assert "muster outbox list --state open --platform feishu" in result.output
    assert "Is Muster running?" not in result.output


def test_what_is_due_and_not_done_needs_care(told: Path) -> None:
    with closing(sqlite3.connect(told / "muster.db")) as database, database:
        database.execute("DELETE FROM timer")
        database.execute(
            "INSERT INTO timer (key, workspace_id, due_at, payload)"
            " VALUES ('x', 1, '2026-11-20 09:00:00.000000', '{}')"
        )
    assert "✗ What has been due since Fri 20 Nov 2026" in call("doctor").output


def test_a_slip_in_a_setting_is_found(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSTER_PROT", "1")
    result = call("doctor")
    assert result.exit_code == 1
    assert "✗ There is no setting MUSTER_PROT\n    Did you mean MUSTER_PORT?" in result.output


def test_a_home_that_is_no_folder_needs_care(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "file").write_text("")
    monkeypatch.setenv("MUSTER_HOME", str(home / "file"))
    assert f"✗ Muster cannot write to {home / 'file'}" in call("doctor").output


def test_too_little_space_needs_care(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surroundings, "LITTLE_SPACE", 1 << 70)
    assert re.search(r"✗ Only [\d,]+ MB are free for", call("doctor").output)


def test_an_empty_and_a_newer_database_need_care(home: Path) -> None:
    (home / "muster.db").touch()
    assert "✗ The database is empty" in call("doctor").output
    call("db", "upgrade")
    with closing(sqlite3.connect(home / "muster.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.execute("UPDATE meta SET value = '9999' WHERE name = 'contract'")
    assert "✗ The database is of version 9999" in call("doctor").output


def test_a_fault_while_examining_is_not_hidden(told: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(doctor, "_inside", fail)
    assert isinstance(call("doctor").exception, ZeroDivisionError)


@contextmanager
def serving(status: int, text: bytes) -> Iterator[int]:
    """Something that answers everything so; the port on which it does."""

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: Any) -> None:
            """Nowhere."""

    with http.server.HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("status", "text", "words"),
    [
        (200, b'{"ready":true}', "✓ Muster is running on port"),
        (503, b'{"ready":false}', "✗ Muster is running on port"),
        (200, b'{"ready":true,"connected_seconds":{"slack":754}}', "✓ Slack: connected for 12 min"),
        (
            503,
            b'{"ready":false,"database":"ok","feishu":"does not listen"}',
            "✗ Feishu: the running Muster is not connected",
        ),
        (200, b"[]", "is taken"),
        (200, b"hello", "is taken"),
    ],
)
def test_a_port_that_is_taken_may_be_musters_own(
    home: Path, monkeypatch: pytest.MonkeyPatch, status: int, text: bytes, words: str
) -> None:
    with serving(status, text) as port:
        monkeypatch.setenv("MUSTER_PORT", str(port))
        assert words in call("doctor").output


def test_a_port_that_nobody_answers_on_is_taken(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as mute:
        port = mute.getsockname()[1]
        accepting = threading.Thread(target=_hang_up, args=(mute,))
        accepting.start()
        monkeypatch.setenv("MUSTER_PORT", str(port))
        assert f"✗ Port {port} is taken" in call("doctor").output
        accepting.join(10)


def _hang_up(mute: socket.socket) -> None:
    mute.accept()[0].close()


def test_a_machine_without_zones_or_time_needs_care(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(name: str) -> None:
        raise ZoneInfoNotFoundError(name)

    monkeypatch.setattr(doctor, "ZoneInfo", unknown)
    assert doctor._zones(Settings.without_file(home=home)).is_fine is False
    assert doctor._clock(datetime(1970, 1, 1, tzinfo=UTC)).is_fine is False


def test_the_state_of_the_playground_is_said(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    story = home / "story"
    story.write_text("!at 2050-01-01T00:00\nalice: hello\n", "utf-8")
    assert call("chat", "--db", str(home / "story.db"), str(story)).exit_code == 0
    (home / "story.db.town").rename(home / "playground.db")
    assert "its clock was moved on to Sat 1 Jan 2050" in call("doctor").output
    monkeypatch.setenv("MUSTER_PLAYGROUND", "off")
    assert "✗ No platform is set up, and the playground is off" in call("doctor").output
    monkeypatch.setenv("FEISHU_APP_ID", "a")
    assert "✓ The playground is off" in call("doctor").output
