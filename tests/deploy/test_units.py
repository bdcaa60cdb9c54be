"""The unit for systemd: its settings exist, its secrets are all of them, it waits for the drain."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest
import typer

from bot.cli import app
from bot.serve import PATIENCE
from bot.settings import SECRETS, Settings

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "deploy/systemd/muster.service"


def directives() -> dict[str, list[str]]:
    found = defaultdict(list)
    for line in UNIT.read_text("utf-8").splitlines():
        if "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            found[name].append(value)
    return found


def environment() -> dict[str, str]:
    pairs = " ".join(directives()["Environment"]).split()
    return dict(pair.split("=", 1) for pair in pairs)


def test_its_variables_are_settings() -> None:
    assert set(environment()) <= set(Settings.variables().values())


def test_every_secret_can_be_handed_over() -> None:
    assert sorted(directives()["LoadCredential"]) == sorted(SECRETS)


def test_it_starts_a_command_that_there_is() -> None:
    program, *words = directives()["ExecStart"][0].split()
    assert Path(program).name == "muster"
    commands = getattr(typer.main.get_command(app), "commands")  # noqa: B009  typer's own type
    assert words[0] in commands


def test_it_waits_longer_than_muster_needs_to_end() -> None:
    assert int(directives()["TimeoutStopSec"][0]) > PATIENCE


def test_nobody_outside_reaches_it_without_a_proxy() -> None:
    assert environment()["MUSTER_HOST"] == "127.0.0.1"


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """The unit with a program that this machine has."""
    unit = tmp_path / "muster.service"
    text = re.sub(r"(?m)^ExecStart=\S+", f"ExecStart={sys.executable}", UNIT.read_text("utf-8"))
    unit.write_text(text, "utf-8")
    return unit


def analyze(*words: str | Path) -> subprocess.CompletedProcess[str]:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze on this machine")
    return subprocess.run(
        ["systemd-analyze", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_systemd_can_read_it(here: Path) -> None:
    said = analyze("verify", "--man=no", here)
    assert (said.returncode, said.stderr) == (0, "")


def test_systemd_finds_little_that_it_could_do_besides(here: Path) -> None:
    said = analyze("security", "--offline=true", "--threshold=20", "--no-pager", here)
    assert said.returncode == 0, said.stdout[-2000:]
