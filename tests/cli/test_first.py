"""First contact: help, version, and sentences instead of tracebacks."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy.exc import OperationalError

from bot import bootstrap, cli, reference
from bot.bootstrap import registry
from bot.core.errors import Unavailable
from bot.core.i18n import plain
from bot.core.text import LANGUAGES, Reader, Slash
from bot.problems import Problem, explain, settings_at_fault
from bot.settings import Settings
from storage import migrate
from tests.cli.calls import call, problem
from tests.running import environment, muster, running
from tests.waiting import eventually


def test_help_lists_every_command_and_loads_none(tmp_path: Path) -> None:
    probe = (
        "import sys; sys.argv = ['muster', '--help']\n"
        "import bot.cli\n"
        "try: bot.cli.main()\n"
        "except SystemExit: pass\n"
        "heavy = {'sqlalchemy', 'starlette', 'structlog', 'pydantic', 'babel'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment(tmp_path),
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for name in ("run", "demo", "chat", "db", "export", "doctor", "commands"):
        assert re.search(rf"^│ {name} ", done.stdout, re.MULTILINE), name


def test_what_runs_leaves_the_heavy_things_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alembic is for upgrades, pypinyin for Chinese names, rich for terminals."""
    monkeypatch.setenv("PYTHONPROFILEIMPORTTIME", "1")
    with running(tmp_path) as site:
        assert site.get("/readyz")[0] == 200
        assert site.stop() == 0
    said = [log["event"] for log in site.logs if log["event"].startswith("import time:")]
    loaded = {line.rpartition("|")[2].strip() for line in said}
    heavy = {"alembic", "pypinyin", "rich.console", "psycopg", "slack_sdk", "lark_oapi", "holidays"}
    assert heavy & loaded == set()
    assert {"structlog", "uvloop", "httptools"} <= loaded


def test_the_version_is_said() -> None:
    assert re.fullmatch(r"muster \d+\.\d+\.\d+\n", call("--version").output)


def test_what_a_person_can_mend_is_said_in_a_sentence(tmp_path: Path) -> None:
    done = muster("doctor", home=tmp_path, port="many", language="fr")
    assert done.returncode == 1
    assert done.stderr.startswith("muster: The settings cannot be used. MUSTER_PORT: ")
    assert "MUSTER_LANGUAGE" in done.stderr
    assert "Traceback" not in done.stderr
    assert "many" not in done.stderr  # a value may be a secret


def test_a_fault_of_musters_own_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(cli, "app", fail)
    with pytest.raises(ZeroDivisionError):
        cli.main()


def test_main_says_it_and_ends_with_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise Unavailable("disk full")

    monkeypatch.setattr(cli, "app", fail)
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 1
    assert capsys.readouterr().err == "muster: The database does not answer: disk full\n"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nonsense", "MUSTER_DATABASE_URL is no address of a database"),
        ("what://x/y", "neither SQLite nor PostgreSQL"),
        ("mysql://x/y", "neither SQLite nor PostgreSQL"),
        ("postgresql://127.0.0.1:1/x", "The database does not answer"),
    ],
)
@pytest.mark.parametrize("command", [("run",), ("db", "upgrade"), ("db", "check"), ("doctor",)])
def test_a_bad_database_is_said_in_a_sentence(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: tuple[str, ...],
    url: str,
    words: str,
) -> None:
    monkeypatch.setenv("MUSTER_DATABASE_URL", url)
    result = call(*command)
    assert result.exit_code == 1
    said = result.output if command == ("doctor",) else problem(result)
    assert words in said


def test_a_playground_for_everybody_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSTER_HOST", "0.0.0.0")
    monkeypatch.setenv("MUSTER_PLAYGROUND", "on")
    assert "lets anybody be anybody" in problem(call("run"))
    assert "✗ The playground lets anybody be anybody" in call("doctor").output


def test_every_known_trouble_has_a_sentence_and_a_fault_has_none() -> None:
    lost = OperationalError("SELECT secret", {}, Exception("no route\nto host"))
    with pytest.raises(ValidationError) as invalid:
        Settings.without_file(timezone="Mars/Olympus")
    for error, words in (
        (lost, "The database does not answer: no route"),
        (Unavailable("gone"), "The database does not answer: gone"),
        (migrate.SchemaError("Too new."), "Too new."),
        (FileNotFoundError(2, "No such file", "x"), "x: No such file"),
        (invalid.value, "MUSTER_TIMEZONE: 'Mars/Olympus' is no time zone"),
    ):
        sentence = explain(error)
        assert sentence is not None
        assert words in plain(sentence, Reader())
    assert explain(KeyError("x")) is None


def test_settings_that_contradict_each_other_say_so_themselves() -> None:
    with pytest.raises(Problem, match="to this machine only"), settings_at_fault():
        bootstrap.has_playground(Settings.without_file(host="0.0.0.0", playground="on"))


@pytest.mark.parametrize(
    ("chosen", "is_json"), [("json", True), ("console", False), ("auto", True)]
)
def test_the_log_is_for_programs_unless_somebody_watches(
    tmp_path: Path, chosen: str, is_json: bool
) -> None:
    with running(tmp_path, log_format=chosen) as site:
        eventually(lambda: any("ready" in log["event"] for log in site.logs))
        assert site.stop() == 0
        assert ("address" in site.logs[0]) is is_json


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_reference_has_every_command(home: Path, lang: str) -> None:
    brief = call("commands", "--lang", lang).output
    page = call("commands", "--lang", lang, "--markdown").output
    for path, cls in registry().commands.items():
        assert (f"\n### /{path}\n" in page) is cls.spec.public
        typed = re.escape(plain(Slash(path), Reader("zh" if lang == "zh" else "en")))
        assert bool(re.search(rf"^  {typed}( |$)", brief, re.MULTILINE)) is cls.spec.public
    assert page == reference.page(registry().commands, "zh" if lang == "zh" else "en")


def test_the_reference_is_in_the_language_that_is_set(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUSTER_LANGUAGE", "zh")
    assert call("commands").output == call("commands", "--lang", "zh").output
    assert call("commands").output != call("commands", "--lang", "en").output
