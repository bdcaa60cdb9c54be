"""A home for commands that run in this process."""

from __future__ import annotations

import os
import socket
from contextlib import closing
from pathlib import Path

import pytest

from bot import logs
from tests.cli.calls import call

STORY = """\
!at 2026-11-20T09:00
alice: /warroom open Payment timeouts
alice@WR-1: /decide Roll back to 1.4 --why Errors began with 1.5
alice: /decide Buy tea
bob: /warroom open Layoffs --private
bob@WR-2: /decide Tell nobody
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home, for commands that run in this process."""
    for name in [name for name in os.environ if name.startswith("MUSTER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MUSTER_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(logs, "set_up", _set_up_nothing)  # this process's log is the tests' own
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        monkeypatch.setenv("MUSTER_PORT", str(free.getsockname()[1]))
    return tmp_path


@pytest.fixture
def told(home: Path) -> Path:
    """A home with a story in its database."""
    story = home / "story"
    story.write_text(STORY, "utf-8")
    assert call("chat", "--db", str(home / "muster.db"), str(story)).exit_code == 0
    return home


def _set_up_nothing(level: str, *, as_json: bool) -> None:
    """In place of `logs.set_up`."""
    assert level in {"debug", "info", "warning", "error"}
