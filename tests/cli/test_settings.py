"""Settings that cannot be used: which, where, and why; and nothing of what is in them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.bootstrap import build
from bot.core.i18n import plain
from bot.core.text import Reader
from bot.problems import explain
from bot.settings import Settings
from tests.running import muster, running
from tests.waiting import eventually


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting but those of the test."""
    for name in [name for name in os.environ if name in Settings.variables().values()]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def refusal() -> str:
    """What is said of the settings."""
    with pytest.raises(Exception, match=r".") as caught:
        Settings()
    sentence = explain(caught.value)
    assert sentence is not None, caught.value
    return plain(sentence, Reader())


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of secrets."""
    folder = tmp_path / "secrets"
    folder.mkdir()
    monkeypatch.setenv("MUSTER_SECRETS_DIR", str(folder))
    return folder


def test_a_variable_that_is_empty_is_not_set(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of secrets counts then, and so does `.env` for an empty file."""
    (files / "SLACK_BOT_TOKEN").write_text("xoxb-file\n")
    (files / "SLACK_APP_TOKEN").write_text("")
    Path(".env").write_text("SLACK_APP_TOKEN=xapp-env\nMUSTER_ROLE=\n")
    monkeypatch.setenv("SLACK_BOT_TOKEN", "")
    monkeypatch.setenv("MUSTER_PORT", "")
    settings = Settings()
    assert settings.slack_bot_token.get_secret_value() == "xoxb-file"
    assert settings.slack_app_token.get_secret_value() == "xapp-env"
    assert settings.port == 8080


def test_a_file_that_is_no_text_is_named(files: Path) -> None:
    (files / "SLACK_BOT_TOKEN").write_bytes(b"xoxb-\xff\xfe")
    said = refusal()
    assert f"SLACK_BOT_TOKEN: {files / 'SLACK_BOT_TOKEN'}: it is no text" in said
    assert "xoxb" not in said


def test_a_file_that_cannot_be_read_is_named(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As root everything can be read: here the system says what it says to others."""
    (files / "SLACK_BOT_TOKEN").write_text("xoxb-1")

    def read_text(self: Path, *_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "read_text", read_text)
    assert f"SLACK_BOT_TOKEN: {files / 'SLACK_BOT_TOKEN'}: Permission denied" in refusal()


def test_apps_that_are_no_json_are_named(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (files / "FEISHU_APPS").write_text('[{"app_secret": hush}]')
    said = refusal()
    assert f"FEISHU_APPS: {files / 'FEISHU_APPS'}: it is no JSON" in said
    assert "column 17" in said
    assert "hush" not in said
    monkeypatch.setenv("FEISHU_APPS", "[hush")
    said = refusal()
    assert "FEISHU_APPS: it is no JSON" in said
    assert "hush" not in said
    (files / "FEISHU_APPS").unlink()
    monkeypatch.setenv("FEISHU_APPS", '[{"app_id": "hush"}]')
    said = refusal()
    assert "FEISHU_APPS.0.app_secret: Field required" in said
    assert "hush" not in said


@pytest.mark.parametrize("password", ["kritp@99", "a@b@c", "a/b@c"])
def test_an_at_in_a_password_is_refused_and_nothing_of_it_is_shown(
    monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    monkeypatch.setenv("MUSTER_DATABASE_URL", f"postgresql://muster:{password}@nohost.invalid/x")
    said = refusal()
    assert "MUSTER_DATABASE_URL: there is an @ in the password; write it as %40" in said
    assert not any(part in said for part in (password, "kritp", "99", "nohost"))


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://muster:a%40b@host/x",
        "postgresql://muster@host/x@y?application_name=a@b@c",
        "sqlite:////home/a@b@c/muster.db",
    ],
)
def test_other_addresses_may_have_one(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("MUSTER_DATABASE_URL", url)
    assert Settings().database == url


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"slack_app_token": "xapp-1"}, "SLACK_APP_TOKEN alone will not do: set SLACK_BOT_TOKEN"),
        ({"slack_client_id": "1"}, "SLACK_CLIENT_ID alone will not do"),
        ({"feishu_app_secret": "s"}, "FEISHU_APP_SECRET alone will not do: set FEISHU_APP_ID"),
    ],
)
def test_half_a_platform_is_refused(tmp_path: Path, given: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        build(Settings.without_file(home=tmp_path, **given))


def test_half_a_platform_is_a_sentence_on_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-1")
    done = muster("run", home=tmp_path, port="0")
    assert done.returncode == 1
    assert done.stderr.strip().startswith("muster: SLACK_APP_TOKEN alone will not do")


def test_serving_nobody_is_said(tmp_path: Path) -> None:
    with running(tmp_path, playground="off") as process:
        eventually(lambda: "nothing_is_set_up" in [log["event"] for log in process.logs])
