"""What every command needs: the settings, a log, and a way to say what was done."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bot.core.text import Msg
    from bot.settings import Settings

#: The workspace that is meant.
OfWorkspace = Annotated[
    str | None, typer.Option(help="Of which workspace, where there are several: slack:T0123.")
]


def settings() -> Settings:
    """The settings; from now on no log and no error shows a secret of theirs."""
    from bot.logs import hide
    from bot.settings import Settings

    found = Settings()
    hide(found.confidential)
    return found


def say(sentence: Msg, settings: Settings) -> None:
    """What was done, on standard error: standard output is for what was asked for."""
    from bot.core.i18n import plain
    from bot.core.text import Reader
    from bot.logs import scrub

    print(scrub(plain(sentence, Reader(settings.language, settings.timezone))), file=sys.stderr)


def log(settings: Settings, level: str | None = None) -> None:
    """Write a log on standard error, from `level` up; else as it is set."""
    from bot import logs

    as_json = settings.log_format == "json" or (
        settings.log_format == "auto" and not sys.stderr.isatty()
    )
    logs.set_up(level or settings.log_level, as_json=as_json)
