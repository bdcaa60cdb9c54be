"""What `muster doctor` finds around Muster, before anything is opened: settings, files, disks."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from dotenv import dotenv_values
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from bot import roles
from bot.bootstrap import has_playground
from bot.core.events import Finding
from bot.core.nearest import nearest
from bot.core.text import Code, Msg, t
from bot.problems import Problem, settings_at_fault
from bot.settings import Settings

#: Bytes without which a database soon stands still.
LITTLE_SPACE = 200_000_000
_PREFIX = "MUSTER_"
#: What else begins with these may be another program's: only what is almost a setting is a slip.
_THEIRS = ("SLACK_", "FEISHU_")
_SLIP = 2
_ENV = Path(".env")


def fine(text: Msg) -> Finding:
    """All is well."""
    return Finding(text, is_fine=True)


def bad(text: Msg, advice: Msg | None = None) -> Finding:
    """Something needs care, and how."""
    return Finding(text, is_fine=False, advice=advice)


def names(settings: Settings) -> Iterator[Finding]:
    """Variables and files that are almost settings, and settings that contradict each other."""
    known = list(Settings.variables().values())
    slips = [(name, nearest(name, known)) for name in _given(settings) if name not in known]
    # In the environment, where others have variables as well, only a slip of the pen counts.
    slips += [
        (name, nearest(name, known, at_most=_SLIP))
        for name in map(str.upper, os.environ)
        if name.startswith(_THEIRS) and name not in known
    ]
    slips = [(name, close) for name, close in slips if close]
    for name, close in slips:
        meant = t("Did you mean {name}?", name=Code(close[0]))
        yield bad(t("There is no setting {name}", name=Code(name)), meant)
    at_fault = None
    try:
        with settings_at_fault():
            settings.check_whole()
            roles.check(settings)
    except Problem as problem:
        at_fault = problem.message
        yield bad(at_fault)
    except ArgumentError:  # the database's address: it is said where that is opened
        pass
    if not slips and at_fault is None:
        yield fine(t("The settings can be used"))


def _given(settings: Settings) -> list[str]:
    """The names of what was meant for Muster alone."""
    given = [name.upper() for name in os.environ if name.upper().startswith(_PREFIX)]
    if settings.secrets_dir:
        # Kubernetes and editors put files of their own there.
        files = [file.name.upper() for file in Path(settings.secrets_dir).iterdir()]
        given += [name for name in files if not name.startswith(".")]
    if _ENV.is_file():
        given += [name.upper() for name in dotenv_values(_ENV)]
    return list(dict.fromkeys(given))


def database_file(settings: Settings) -> Iterator[Finding]:
    """A database that is a file: whether it can be written to, and grow, where it is."""
    if not settings.database.startswith("sqlite:///"):
        return
    url = make_url(settings.database)
    if url.database in {None, "", ":memory:"}:
        return
    file = Path(str(url.database)).absolute()
    if not file.exists():
        return
    # SQLite writes beside the file as well.
    shut = [each for each in (file, file.parent) if not os.access(each, os.W_OK)]
    for each in shut[:1]:
        yield bad(
            t("Muster cannot write to {path}", path=Code(str(each))),
            t("Give it to the user that runs Muster, or run {doctor} as that one.", doctor=_DOCTOR),
        )
    if file.parent != settings.home.absolute() and (little := little_space(file.parent)):
        yield little


_DOCTOR = Code("muster doctor")


def little_space(path: Path) -> Finding | None:
    """Soon nothing more can be written there; None where there is room."""
    free = shutil.disk_usage(path).free
    if free >= LITTLE_SPACE:
        return None
    return bad(t("Only {n} MB are free for {path}", n=free // 1_000_000, path=Code(str(path))))


def served(settings: Settings) -> set[str]:
    """The platforms that a Muster with these settings serves."""
    found = {"slack"} if settings.has_slack else set()
    found |= {"feishu"} if settings.has_feishu else set()
    try:
        return found | ({"playground"} if has_playground(settings) else set())
    except ValueError:  # which is found elsewhere
        return found
