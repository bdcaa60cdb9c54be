"""The programs that set Muster up on a bare machine, and that run its tests."""

from __future__ import annotations

import os
import runpy
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PROBE = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"


class Machine:
    """A checkout on a machine that has a shell and nothing else, unless told so."""

    def __init__(self, folder: Path) -> None:
        self.checkout = folder / "checkout"
        self.programs = folder / "bin"
        self.home = folder / "home"
        for place in (self.checkout / "scripts", self.programs, self.home):
            place.mkdir(parents=True)
        for name in ("scripts/uv", "scripts/fetch_uv.py", "uv.lock", "pyproject.toml"):
            shutil.copy(ROOT / name, self.checkout / name)
        for name in ("awk", "cat", "dirname", "mkdir", "mv", "rm", "sed", "sh"):
            (self.programs / name).symlink_to(shutil.which(name) or name)

    def has(self, place: Path, program: str) -> None:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(f"#!/bin/sh\n{program}\n")
        place.chmod(0o755)

    def has_uv(self, place: Path, version: str) -> None:
        self.has(place, f'[ "$1" = --version ] && echo "uv {version}" || echo "$0" "$@"')

    def runs_uv(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.checkout / "scripts/uv", *arguments],
            env={"PATH": str(self.programs), "HOME": str(self.home)},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_uv_on_the_path_is_taken(machine: Machine) -> None:
    machine.has_uv(machine.programs / "uv", "0.13.9 (a build)")

    said = machine.runs_uv("run", "muster")

    assert said.stdout.split() == [
        str(machine.programs / "uv"),
        "--project",
        str(machine.checkout),
        "run",
        "muster",
    ]


def test_a_uv_that_is_too_old_is_passed_over(machine: Machine) -> None:
    machine.has_uv(machine.programs / "uv", "0.4.30")
    machine.has_uv(machine.home / ".local/bin/uv", "1.0.0")

    assert machine.runs_uv().stdout.split()[0] == str(machine.home / ".local/bin/uv")


def test_uv_that_was_brought_before_is_taken_again(machine: Machine) -> None:
    machine.has_uv(machine.checkout / ".uv/bin/uv", "0.13.9")

    assert machine.runs_uv().stdout.split()[0] == str(machine.checkout / ".uv/bin/uv")


def test_uv_comes_with_pip_where_pip_is(machine: Machine) -> None:
    pinned = next(
        package["version"]
        for package in tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
        if package["name"] == "uv"
    )
    fake = f"""
        case "$*" in
        *"-m pip install"*--target*"uv=={pinned}"*)
            while [ "$1" != --target ]; do shift; done
            mkdir -p "$2/bin"
            printf '#!/bin/sh\\necho uv {pinned}\\n' > "$2/bin/uv"
            {shutil.which("chmod")} +x "$2/bin/uv" ;;
        *pip*) exit 1 ;;
        *) echo "$0" ;;
        esac"""
    machine.has(machine.programs / "python3", fake)

    said = machine.runs_uv()

    assert said.stdout == f"uv {pinned}\n"
    assert sorted(path.name for path in (machine.checkout / ".uv").iterdir()) == [
        "bin",
        "bring.log",
    ]


def test_without_any_python_it_says_what_to_install(machine: Machine) -> None:
    said = machine.runs_uv()

    assert said.returncode == 1
    assert said.stderr.startswith("muster: no Python 3 on PATH. Install Python 3.11 or newer")


@pytest.mark.parametrize(
    ("system", "machine_name", "libc", "expected"),
    [
        ("linux", "x86_64", "glibc", "manylinux_2_17_x86_64.manylinux2014_x86_64.whl"),
        ("linux", "aarch64", "glibc", "manylinux2014_aarch64.musllinux_1_1_aarch64.whl"),
        ("linux", "x86_64", "", "musllinux_1_1_x86_64.whl"),
        ("darwin", "arm64", "", "macosx_11_0_arm64.whl"),
        ("darwin", "x86_64", "", "macosx_10_12_x86_64.whl"),
    ],
)
def test_the_lock_has_a_uv_for_every_machine_that_is_promised(
    monkeypatch: pytest.MonkeyPatch, system: str, machine_name: str, libc: str, expected: str
) -> None:
    fetch: dict[str, Any] = runpy.run_path(str(ROOT / "scripts/fetch_uv.py"))
    monkeypatch.setattr("sys.platform", system)
    monkeypatch.setattr("platform.machine", lambda: machine_name)
    monkeypatch.setattr("platform.libc_ver", lambda: (libc, ""))

    assert fetch["wheel_for_this_machine"]()["url"].endswith(expected)


def test_what_the_tests_leave_running_is_ended(tmp_path: Path) -> None:
    suite: dict[str, Any] = runpy.run_path(str(ROOT / "scripts/test.py"))
    ours, theirs = (
        subprocess.Popen(
            [sys.executable, "-c", PROBE],
            env=os.environ | {"TMPDIR": str(folder)},
            stdout=subprocess.PIPE,
        )
        for folder in (tmp_path / "ours", tmp_path / "theirs")
    )
    with ours, theirs:
        for process in (ours, theirs):
            assert process.stdout is not None
            process.stdout.readline()

        suite["end_what_is_left"](tmp_path / "ours")

        assert ours.poll() is not None
        assert theirs.poll() is None
        theirs.kill()


#: Fails unless it runs the second time, and always.
RACY = """
from pathlib import Path

def test_racy():
    seen = Path(__file__).with_name("seen")
    was_here = seen.exists()
    seen.touch()
    assert was_here
"""
BROKEN = """
def test_broken():
    raise AssertionError
"""


@pytest.mark.parametrize(
    ("tests", "again", "status"),
    [
        (RACY, "1", 0),
        (RACY + BROKEN, "2", 1),
        (RACY, "0", 1),
    ],
    ids=["holds alone", "one of two broken", "not asked for"],
)
def test_a_test_that_failed_beside_others_may_hold_alone(
    tmp_path: Path, tests: str, again: str, status: int
) -> None:
    for folder in ("scripts", "tests"):
        (tmp_path / folder).mkdir()
    shutil.copy(ROOT / "scripts/test.py", tmp_path / "scripts")
    (tmp_path / "tests/test_some.py").write_text(tests, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text("[tool.pytest.ini_options]\n", encoding="utf-8")

    ran = subprocess.run(
        [sys.executable, "scripts/test.py", "--numprocesses=0", "tests"],
        cwd=tmp_path,
        env=os.environ | {"MUSTER_TEST_AGAIN": again, "MUSTER_TEST_BROWSER": "true"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == status, ran.stdout + ran.stderr
    assert ("HELD ALONE" in ran.stdout) is (status == 0)
    assert ("::test_racy" in ran.stdout.partition("HELD ALONE")[2]) is (status == 0)
