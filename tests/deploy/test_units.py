"""The unit for systemd: its settings exist, its secrets are all of them, it waits for the drain."""

from __future__ import annotations

import os
import re
import shlex
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
from tests.running import environment, muster

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy/systemd"
UNIT = FOLDER / "muster.service"
BACKUP = FOLDER / "muster-backup.service"
TIMER = FOLDER / "muster-backup.timer"
each_service = pytest.mark.parametrize("unit", [UNIT, BACKUP], ids=lambda file: file.stem)


def directives(unit: Path = UNIT) -> dict[str, list[str]]:
    found = defaultdict(list)
    for line in unit.read_text("utf-8").splitlines():
        if "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            found[name].append(value)
    return found


def environment_of(unit: Path = UNIT) -> dict[str, str]:
    pairs = " ".join(directives(unit)["Environment"]).split()
    return dict(pair.split("=", 1) for pair in pairs)


@each_service
def test_its_variables_are_settings(unit: Path) -> None:
    assert set(environment_of(unit)) <= set(Settings.variables().values())


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
    assert environment_of()["MUSTER_HOST"] == "127.0.0.1"


def test_a_copy_is_made_with_the_same_settings() -> None:
    same = ("DynamicUser", "User", "WorkingDirectory", "EnvironmentFile", "UMask")
    ours, theirs = directives(BACKUP), directives()
    assert [ours[each] for each in same] == [theirs[each] for each in same]
    homes = ("MUSTER_HOME", "MUSTER_SECRETS_DIR")
    assert [environment_of(BACKUP)[each] for each in homes] == [
        environment_of()[each] for each in homes
    ]
    assert set(ours["LoadCredential"]) == {each for each in SECRETS if "DATABASE" in each}
    assert "muster" in ours["StateDirectory"][0].split()


def _sandbox(unit: Path) -> str:
    return unit.read_text("utf-8").partition("# It talks to the network")[2].partition("\n[")[0]


def test_a_copy_is_made_within_the_same_walls() -> None:
    assert _sandbox(BACKUP).strip() == _sandbox(UNIT).strip() != ""


def test_each_night_has_a_copy_of_its_own_and_old_ones_go(tmp_path: Path) -> None:
    """What systemd would run, twice in a night."""
    folder = tmp_path / "backups"
    folder.mkdir()
    _make_database(tmp_path)
    ages = {"muster-old.bak": 15, "muster-young.bak": 5, "other.bak": 99}
    for name, days in ages.items():
        (folder / name).touch()
        then = (folder / name).stat().st_mtime - days * 86_400
        os.utime(folder / name, (then, then))
    for _ in range(2):
        for line in directives(BACKUP)["ExecStart"]:
            command = line.replace("$$", "$").replace("%%", "%").replace(PROGRAM, _muster())
            done = subprocess.run(
                shlex.split(command),
                cwd=tmp_path,
                env=environment(tmp_path),
                capture_output=True,
                text=True,
                check=False,
                timeout=60,
            )
            assert done.returncode == 0, done.stderr
    left = {file.name for file in folder.iterdir()} - {"muster-young.bak", "other.bak"}
    assert len(left) == 1, left
    assert re.fullmatch(r"muster-\d{4}-\d\d-\d\d\.bak", left.pop())


def test_the_command_line_has_the_settings_of_the_service(tmp_path: Path) -> None:
    """For root, who looks after the database: /usr/local/sbin/muster."""
    secrets, settings = tmp_path / "credstore", tmp_path / "muster.env"
    secrets.mkdir()
    (secrets / "MUSTER_DATABASE_URL").write_text(f"sqlite:///{tmp_path}/other.db\n", "utf-8")
    settings.write_text("# no secrets\nMUSTER_LANGUAGE=zh\n", "utf-8")
    text = (FOLDER / "muster").read_text("utf-8")
    for path, here in (
        ("/etc/muster/muster.env", settings),
        ("/etc/credstore", secrets),
        ("/var/lib/muster", tmp_path),
    ):
        assert path in UNIT.read_text("utf-8") or path == "/var/lib/muster"
        assert path in text
        text = text.replace(path, str(here))
    done = subprocess.run(
        ["sh", "-c", text.replace(PROGRAM, _muster()), "muster", "db", "upgrade"],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "数据库" in done.stderr
    assert (tmp_path / "other.db").exists()


@pytest.mark.parametrize("page", ["docs/deploy.md", "docs/deploy.zh.md"])
def test_the_page_installs_every_file(page: str) -> None:
    section = (ROOT / page).read_text("utf-8").partition("systemd 250")[2].partition("\n## ")[0]
    for file in FOLDER.iterdir():
        assert f"deploy/systemd/{file.name} " in section, file.name


PROGRAM = "/opt/muster/bin/muster"


def _muster() -> str:
    return f"{sys.executable} -m bot.cli"


def _make_database(home: Path) -> None:
    assert muster("db", "upgrade", home=home).returncode == 0


def placed(unit: Path, folder: Path) -> Path:
    """The unit in that folder, among all others, with programs that this machine has."""
    for file in FOLDER.glob("*.*"):
        text = file.read_text("utf-8")
        text = re.sub(r"(?m)^ExecStart=\S+", f"ExecStart={sys.executable}", text)
        (folder / file.name).write_text(text, "utf-8")
    return folder / unit.name


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


@pytest.mark.parametrize("unit", [UNIT, BACKUP, TIMER], ids=lambda file: file.name)
def test_systemd_can_read_it(unit: Path, tmp_path: Path) -> None:
    said = analyze("verify", "--man=no", placed(unit, tmp_path))
    assert (said.returncode, said.stderr) == (0, "")


@each_service
def test_systemd_finds_little_that_it_could_do_besides(unit: Path, tmp_path: Path) -> None:
    here = placed(unit, tmp_path)
    said = analyze("security", "--offline=true", "--threshold=20", "--no-pager", here)
    assert said.returncode == 0, said.stdout[-2000:]
