"""What `muster doctor` finds that `muster run` would refuse, or soon run into."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.cli.calls import call


@pytest.mark.parametrize("role", ["web", "worker"])
def test_a_role_that_run_refuses_is_found(
    home: Path, monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    monkeypatch.setenv("MUSTER_ROLE", role)
    said = call("doctor").output
    assert f"✗ MUSTER_ROLE={role} is for several processes on one PostgreSQL" in said
    assert "The settings can be used" not in said


def test_half_a_platform_is_found(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-1")
    result = call("doctor")
    assert result.exit_code == 1
    assert "✗ SLACK_APP_TOKEN alone will not do: set SLACK_BOT_TOKEN" in result.output


def test_a_database_that_somebody_else_made_is_found(
    told: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As root everything can be written to: here the system says what it says to others."""
    file, may = str(told / "muster.db"), os.access

    def access(path: str | Path, mode: int) -> bool:
        return may(path, mode) and not (str(path) == file and mode & os.W_OK)

    monkeypatch.setattr(os, "access", access)
    result = call("doctor")
    assert f"✗ Muster cannot write to {file}\n    Give it to the user" in result.output


class Usage(NamedTuple):
    total: int
    used: int
    free: int


def test_a_full_disk_below_the_database_is_found(
    told: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it is another one than the home's."""
    elsewhere = told / "elsewhere"
    elsewhere.mkdir()
    (told / "muster.db").rename(elsewhere / "muster.db")
    monkeypatch.setenv("MUSTER_DATABASE_URL", f"sqlite:///{elsewhere / 'muster.db'}")
    use = shutil.disk_usage
    monkeypatch.setattr(
        shutil,
        "disk_usage",
        lambda path: Usage(1, 1, 0) if path == elsewhere else use(path),
    )
    assert f"✗ Only 0 MB are free for {elsewhere}" in call("doctor").output


def test_slips_are_found_wherever_settings_are(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / ".env").write_text("MUSTER_TIMEZON=UTC\nSLACK_BOT_TOKN=x\nSOMETHING=else\n")
    monkeypatch.setenv("FEISHU_APP_SECRT", "x")
    monkeypatch.setenv("SLACK_TOKEN", "x")  # another program's
    said = call("doctor").output
    slips = [line for line in said.splitlines() if "There is no setting" in line]
    assert [line.split()[-1] for line in slips] == [
        "MUSTER_TIMEZON",
        "SLACK_BOT_TOKN",
        "FEISHU_APP_SECRT",
    ]
    assert "Did you mean MUSTER_TIMEZONE?" in said
