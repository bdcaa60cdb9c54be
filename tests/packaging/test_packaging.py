"""What a newcomer meets first: the make targets, the wheel, the image, the changelog."""

from __future__ import annotations

import http.server
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("bot", "adapters", "storage")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def run(*command: str | Path, **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, **{"cwd": ROOT, **more}
    )


# ── make and CI ──────────────────────────────────────────────────────────────────────────────────


def targets() -> list[str]:
    return re.findall(r"^([a-z-]+):", text("Makefile"), flags=re.MULTILINE)


def test_make_alone_lists_every_target() -> None:
    listed = re.findall(r"^  make (\S+)\s+\S", run("make").stdout, flags=re.MULTILINE)

    assert listed == targets()


@pytest.mark.parametrize("target", targets())
def test_every_target_is_phony_and_make_can_read_it(target: str) -> None:
    phony = re.findall(r"^\.PHONY: (.*)", text("Makefile"), flags=re.MULTILINE)

    assert target in phony[0].split()
    assert run("make", "--dry-run", target).returncode == 0


@pytest.mark.parametrize("program", [".ci/run", "scripts/check", "scripts/uv"])
def test_programs_can_be_run_and_parse(program: str) -> None:
    shell = text(program).splitlines()[0].split("/")[-1].removeprefix("env ")

    assert os.access(ROOT / program, os.X_OK)
    assert run(shell, "-n", ROOT / program).stderr == ""


def test_ci_runs_what_a_developer_runs() -> None:
    lines = text(".ci/run").splitlines()

    assert [line.split(" ||")[0] for line in lines if line.startswith("make ")] == [
        "make check",
        "make test",
    ]


# ── every ignore says why ────────────────────────────────────────────────────────────────────────


def test_every_ignored_rule_has_a_reason() -> None:
    entry = re.compile(r'^\s+"(?P<rule>[A-Z]+[0-9]*)",(?P<reason>\s+# \S.*)?$')
    entries = [
        found for line in text("pyproject.toml").splitlines() if (found := entry.match(line))
    ]
    lint = PYPROJECT["tool"]["ruff"]["lint"]
    ignored = [
        *lint["ignore"],
        *(rule for rules in lint["per-file-ignores"].values() for rule in rules),
    ]

    assert [found["rule"] for found in entries if not found["reason"]] == []
    assert sorted({found["rule"] for found in entries} - {"ALL"}) == sorted(set(ignored))


def test_every_ignored_warning_has_a_reason() -> None:
    lines = text("pyproject.toml").splitlines()
    bare = [
        line
        for before, line in itertools.pairwise(lines)
        if "ignore:" in line[:10] and "ignore:" not in before[:10] and not before.startswith("  #")
    ]

    assert bare == []


# ── the wheel ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as an installer would, of a copy that holds no leftovers of a build here."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE", ".gitignore"):
        shutil.copy(ROOT / name, source)
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package, source / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    built = run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", out, cwd=source)
    assert built.returncode == 0, built.stderr
    return next(out.glob("muster_bot-*.whl"))


def test_the_wheel_holds_every_file_of_the_packages(wheel: Path) -> None:
    here = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    held = set(zipfile.ZipFile(wheel).namelist())

    assert here - held == set()
    assert {name for name in held - here if ".dist-info/" not in name} == set()


@pytest.mark.parametrize(
    "kind",
    [
        r"(bot|adapters|storage)/py\.typed",
        r"bot/.*/zh\w*/.*\.po",
        r"adapters/playground/.+\.(css|js)",
        r"storage/migrations/.+\.py",
    ],
)
def test_the_wheel_holds_what_is_not_code(wheel: Path, kind: str) -> None:
    assert any(re.fullmatch(kind, name) for name in zipfile.ZipFile(wheel).namelist())


def test_the_command_runs_out_of_the_wheel(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path)
    module, function = PYPROJECT["project"]["scripts"]["muster"].split(":")
    program = f"import sys; sys.argv[0] = 'muster'; from {module} import {function}; {function}()"

    said = run(
        sys.executable, "-c", program, "--help", cwd=tmp_path, env=os.environ | {"PYTHONPATH": "."}
    )

    assert said.returncode == 0, said.stderr
    assert "run" in said.stdout


# ── the image ────────────────────────────────────────────────────────────────────────────────────


def instruction(name: str) -> str:
    """The last such instruction of the Dockerfile, its lines joined."""
    joined = text("Dockerfile").replace("\\\n", " ")
    values: list[str] = re.findall(rf"^{name}\s+(.*)$", joined, flags=re.MULTILINE)
    return values[-1].strip()


def test_the_image_starts_a_command_that_exists() -> None:
    entrypoint, command = json.loads(instruction("ENTRYPOINT")), json.loads(instruction("CMD"))

    assert entrypoint == ["muster"]
    assert "muster" in PYPROJECT["project"]["scripts"]
    assert run(sys.executable, "-m", "bot.cli", *command, "--help").returncode == 0


def test_the_image_runs_as_somebody_else_than_root() -> None:
    assert instruction("USER") not in {"root", "0"}


def test_the_image_sets_what_the_settings_know() -> None:
    environment = set(re.findall(r"\bMUSTER_[A-Z_]+", text("Dockerfile")))

    assert {name for name in environment if name not in text(".env.example")} == set()


def test_the_image_brings_the_uv_that_the_lock_pins() -> None:
    pinned = next(
        package["version"]
        for package in tomllib.loads(text("uv.lock"))["package"]
        if package["name"] == "uv"
    )

    assert instruction("ARG") == f"UV_VERSION={pinned}"


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False)])
def test_the_health_check_believes_the_answer(status: int, *, healthy: bool) -> None:
    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        command = json.loads(instruction("HEALTHCHECK").partition(" CMD ")[2])
        environment = os.environ | {
            "MUSTER_PORT": str(server.server_port),
            "http_proxy": "http://127.0.0.1:1",  # a proxy for the way out is none for the way in
        }
        asked = run(sys.executable, *command[1:], env=environment)

    assert (asked.returncode == 0) is healthy


def test_the_health_check_notices_that_nobody_answers() -> None:
    command = json.loads(instruction("HEALTHCHECK").partition(" CMD ")[2])

    assert run(sys.executable, *command[1:], env=os.environ | {"MUSTER_PORT": "1"}).returncode == 1


def test_the_list_of_parts_has_what_is_installed_and_nothing_of_development(tmp_path: Path) -> None:
    recipe = run("make", "--no-print-directory", "--dry-run", "sbom").stdout.replace("\\\n", " ")
    command = recipe.strip().replace("sbom.json", str(tmp_path / "sbom.json"))
    done = run("sh", "-c", f"{command} --offline")
    assert done.returncode == 0, done.stderr
    parts = json.loads((tmp_path / "sbom.json").read_text(encoding="utf-8"))

    assert (parts["bomFormat"], parts["specVersion"]) == ("CycloneDX", "1.5")
    listed = {part["name"] for part in parts["components"]}
    wanted = {re.split(r"[\[><;=]", each)[0] for each in PYPROJECT["project"]["dependencies"]}
    assert wanted - listed == set()
    assert listed & {"pytest", "ruff", "mypy", "hypothesis"} == set()
    assert all(part["purl"].startswith("pkg:pypi/") for part in parts["components"])


# ── the changelog ────────────────────────────────────────────────────────────────────────────────


def test_the_newest_release_in_the_changelog_is_this_version() -> None:
    headings = re.findall(
        r"^## \[(.+?)\](?: - (\d{4}-\d\d-\d\d))?$", text("CHANGELOG.md"), re.MULTILINE
    )

    assert headings[0] == ("Unreleased", "")
    assert headings[1][0] == PYPROJECT["project"]["version"]
    assert headings[1][1]
