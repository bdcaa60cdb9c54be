"""What Muster keeps is for its owner alone, and secrets stay where they were put."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import pytest

from bot import doctor, logs, surroundings
from bot.core.i18n import plain
from bot.core.text import Reader
from bot.settings import SECRETS, Settings
from bot.store import opened
from storage import migrate
from storage.db import open_database


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_new_home_and_a_new_database_are_closed(tmp_path: Path) -> None:
    settings = Settings.without_file(home=tmp_path / "home", playground="off")
    mask = os.umask(0)  # of somebody who shares everything
    try:
        with opened(settings, new=True) as database:
            migrate.upgrade(database)
            asyncio.run(database.write(lambda conn: conn.exec_driver_sql("SELECT 1")))
            files = list((tmp_path / "home").iterdir())
            assert {file.name for file in files} >= {"muster.db", "muster.db-wal"}
            assert {mode(file) for file in files} == {0o600}
    finally:
        os.umask(mask)
    assert mode(tmp_path / "home") == 0o700


def test_a_database_that_is_there_keeps_its_rights(tmp_path: Path) -> None:
    file = tmp_path / "shared.db"
    file.touch(0o640)
    file.chmod(0o640)
    asyncio.run(open_database(f"sqlite:///{file}").close())
    assert mode(file) == 0o640


def found(settings: Settings) -> list[str]:
    told = [doctor._home(settings.home), *doctor._files(settings)]
    return [plain(each.text, Reader()) for each in told if not each.is_fine]


def test_the_doctor_says_what_others_can_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    tmp_path.chmod(0o700)
    settings = Settings.without_file(home=tmp_path)
    (tmp_path / "muster.db").touch(0o644)
    (tmp_path / ".env").write_text("MUSTER_PORT=1\n")
    (tmp_path / "muster.db").chmod(0o644)
    (tmp_path / ".env").chmod(0o644)
    assert found(settings) == [], "nobody else gets into the folder"
    tmp_path.chmod(0o755)
    home = f"Others on this machine can look into {tmp_path}"
    database = f"Others on this machine can read {tmp_path / 'muster.db'}"
    assert found(settings) == [home, database]
    (tmp_path / ".env").write_text("SLACK_BOT_TOKEN=xoxb-1\n")
    assert found(settings) == [home, database, "Others on this machine can read .env"]
    (tmp_path / ".env").chmod(0o600)
    (tmp_path / "muster.db").chmod(0o600)
    assert found(settings) == [home]


# Secrets.


def test_the_environment_comes_before_files_and_they_before_dotenv(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in SECRETS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MUSTER_SECRETS_DIR", str(tmp_path))
    dotenv = tmp_path / "dotenv"
    dotenv.write_text("SLACK_BOT_TOKEN=dotenv\nSLACK_APP_TOKEN=dotenv\nFEISHU_APP_SECRET=dotenv\n")
    (tmp_path / "SLACK_BOT_TOKEN").write_text(" file \n")
    (tmp_path / "slack_app_token").write_text("file")
    monkeypatch.setenv("SLACK_BOT_TOKEN", "environment")
    read = Settings(_env_file=dotenv)  # type: ignore[call-arg]  # pydantic-settings' own
    assert read.slack_bot_token.get_secret_value() == "environment"
    assert read.slack_app_token.get_secret_value() == "file"
    assert read.feishu_app_secret.get_secret_value() == "dotenv"


def test_the_folder_can_be_named_in_dotenv_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MUSTER_SECRETS_DIR", raising=False)
    monkeypatch.delenv("MUSTER_SECRET_KEY", raising=False)
    (tmp_path / "MUSTER_SECRET_KEY").write_text("a secret key of some length")
    dotenv = tmp_path / "dotenv"
    dotenv.write_text(f"MUSTER_SECRETS_DIR={tmp_path}\n")
    read = Settings(_env_file=dotenv)  # type: ignore[call-arg]  # pydantic-settings' own
    assert read.secrets == ["a secret key of some length"]


def test_a_slip_in_the_name_of_a_file_is_found(tmp_path: Path) -> None:
    for name in ("SLACK_BOT_TOKN", "SLACK_APP_TOKEN", "slack_signing_secret", "..data", "notes"):
        (tmp_path / name).write_text("")
    told = list(surroundings.names(Settings.without_file(secrets_dir=str(tmp_path))))
    assert [(plain(each.text, Reader()), each.is_fine) for each in told] == [
        ("There is no setting SLACK_BOT_TOKN", False)
    ]


@pytest.mark.parametrize("variable", sorted(SECRETS))
def test_no_secret_is_in_what_settings_look_like(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = json.dumps([{"app_id": "a", "app_secret": "canary-pass"}])
    values = {"FEISHU_APPS": app, "MUSTER_DATABASE_URL": "postgresql://u:canary-pass@h/d"}
    monkeypatch.setenv(variable, values.get(variable, "canary-pass"))
    settings = Settings.without_file()
    assert "canary-pass" not in f"{settings!r} {settings}"
    assert any("canary-pass" in each for each in settings.confidential)


@pytest.mark.parametrize(
    "text",
    [
        "it was canary/pass=7 that I was given",
        '{"error": "canary/pass=7"}',
        "postgresql://u:canary%2Fpass%3D7@host",
        "token xoxb-123456-abcdef was refused",
        "xoxe.xoxb-1-Mi0xLTk4NzY",
        "xapp-1-A0123-456-abcdef",
        "Authorization: Bearer t-g1044qeGEDXTB6NDJOGV4JQCYDGHRBARFTGT1234",
    ],
)
def test_what_is_secret_is_taken_out_of_text(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "_hidden", [])
    logs.hide(["canary/pass=7", "short"])
    told = logs.scrub(text)
    assert "…" in told
    for secret in ("canary", "123456-abc", "Mi0xLTk4", "456-abcdef", "g1044"):
        assert secret not in told
    assert logs.scrub("a short word stays") == "a short word stays"
