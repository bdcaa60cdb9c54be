"""The Compose file: its settings exist, its secrets are files, only the web is reached."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.serve import PATIENCE
from bot.settings import SECRETS, Settings

ROOT = Path(__file__).parents[2]
FILE = ROOT / "deploy/compose/compose.yaml"
COMPOSE: dict[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))
MUSTER: dict[str, Any] = COMPOSE["services"]["muster"]
DATABASE: dict[str, Any] = COMPOSE["services"]["database"]


def seconds(duration: str) -> int:
    return int(duration.removesuffix("s"))


def test_its_variables_are_settings() -> None:
    assert set(MUSTER["environment"]) <= set(Settings.variables().values())
    asked = set(re.findall(r"\$\{(\w+)", FILE.read_text("utf-8"))) - {"MUSTER_IMAGE"}
    assert asked <= set(Settings.variables().values())


#: What the file says itself, and `.env` cannot change: the folder is the image's, the process one.
OWN = {
    "MUSTER_DATABASE_URL",
    "MUSTER_SECRETS_DIR",
    "MUSTER_HOST",
    "MUSTER_PORT",
    "MUSTER_PLAYGROUND",
    "MUSTER_LOG_FORMAT",
}
LEFT_OUT = {"MUSTER_HOME", "MUSTER_ROLE"}


def test_every_other_setting_is_passed_on() -> None:
    passed = {
        name
        for name, value in MUSTER["environment"].items()
        if value.startswith(f"${{{name}:-") and value.endswith("}")
    }
    assert set(MUSTER["environment"]) - passed == OWN
    known = set(Settings.variables().values())
    assert passed | set(MUSTER["secrets"]) == known - OWN - LEFT_OUT
    assert set(MUSTER["secrets"]) == SECRETS - OWN


def test_what_is_passed_on_is_the_default_where_nobody_says_more() -> None:
    for name, variable in Settings.variables().items():
        if variable in MUSTER["environment"] and variable not in OWN:
            default = Settings.model_fields[name].default
            assert MUSTER["environment"][variable] == f"${{{variable}:-{default}}}"


def test_the_values_can_be_set() -> None:
    values = {
        name: re.sub(r"\$\{\w+:-(.*?)\}", r"\1", MUSTER["environment"][variable])
        for name, variable in Settings.variables().items()
        if variable in MUSTER["environment"] and variable != "MUSTER_SECRETS_DIR"
    }
    settings = Settings.without_file(**values, database_password="p")
    assert settings.database == "postgresql://muster:p@database/muster"
    assert not settings.is_loopback


def test_every_secret_is_a_file_and_a_setting() -> None:
    files = COMPOSE["secrets"]
    assert set(MUSTER["secrets"]) == set(files) <= SECRETS
    assert set(DATABASE["secrets"]) <= set(files)
    assert all(files[name] == {"file": f"secrets/{name}"} for name in files)
    assert set(MUSTER["environment"]) & set(files) == set()
    assert MUSTER["environment"]["MUSTER_SECRETS_DIR"] == "/run/secrets"


def test_the_database_and_muster_have_the_same_password() -> None:
    file = DATABASE["environment"]["POSTGRES_PASSWORD_FILE"]
    assert file == "/run/secrets/MUSTER_DATABASE_PASSWORD"
    assert DATABASE["environment"]["POSTGRES_USER"] == "muster"
    assert DATABASE["environment"]["POSTGRES_DB"] == "muster"


def test_only_the_web_is_reached_and_only_from_this_machine() -> None:
    published = {name: each.get("ports", []) for name, each in COMPOSE["services"].items()}
    port = MUSTER["environment"]["MUSTER_PORT"]
    assert published == {"muster": [f"127.0.0.1:8080:{port}"], "database": []}
    assert DATABASE["networks"] == ["back"]
    assert COMPOSE["networks"]["back"]["internal"] is True


def test_it_waits_for_the_drain_and_for_the_database() -> None:
    assert seconds(MUSTER["stop_grace_period"]) > PATIENCE
    assert MUSTER["depends_on"]["database"]["condition"] == "service_healthy"
    assert DATABASE["healthcheck"]["test"][1] == "pg_isready"
    assert "HEALTHCHECK" in (ROOT / "Dockerfile").read_text("utf-8")


def test_it_can_do_little_besides() -> None:
    assert MUSTER["read_only"] is True
    assert MUSTER["cap_drop"] == ["ALL"]
    for each in COMPOSE["services"].values():
        assert each["security_opt"] == ["no-new-privileges:true"]
        assert not {"privileged", "network_mode", "pid"} & set(each)


def test_copies_can_be_made_and_put_back() -> None:
    """With the server's own programs, into a folder that outlives the container."""
    server = re.fullmatch(r"postgres:(\d+)-alpine", DATABASE["image"])
    image = (ROOT / "Dockerfile").read_text("utf-8")
    assert server is not None
    assert f"apt-get download postgresql-client-{server[1]} " in image
    for program in ("pg_dump", "pg_restore", "psql"):
        assert f"/usr/lib/postgresql/{server[1]}/bin/{program} " in image
    [volume] = MUSTER["volumes"]
    name, _, folder = volume.partition(":")
    assert name in COMPOSE["volumes"]
    assert f"VOLUME {folder}\n" in image
    assert f"MUSTER_HOME={folder} " in image
    assert folder not in MUSTER["tmpfs"]


@pytest.mark.parametrize("name", ["secrets/", "*.env"])
def test_secrets_are_not_committed(name: str) -> None:
    assert name in (ROOT / "deploy/compose/.gitignore").read_text("utf-8").splitlines()


@pytest.mark.parametrize("page", ["docs/deploy.md", "docs/deploy.zh.md"])
def test_the_page_makes_every_file_that_is_named(page: str, tmp_path: Path) -> None:
    section = (ROOT / page).read_text("utf-8").partition("## Docker Compose")[2]
    block = section.partition("```sh\n")[2].partition("```")[0]
    made = [line for line in block.splitlines() if not line.startswith(("cd ", "docker "))]
    done = subprocess.run(
        ["bash", "-euc", "\n".join(made)],
        cwd=tmp_path,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    files = list((tmp_path / "secrets").iterdir())
    assert {file.name for file in files} == set(COMPOSE["secrets"])
    assert {file.stat().st_mode & 0o777 for file in files} == {0o444}
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
