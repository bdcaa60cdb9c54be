"""Calls of the command line in this process."""

from __future__ import annotations

from typer.testing import CliRunner, Result

from bot import cli
from bot.core.i18n import plain
from bot.core.text import Reader
from bot.problems import explain


def call(*args: str) -> Result:
    return CliRunner().invoke(cli.app, list(args))


def problem(result: Result) -> str:
    """What `main` would say of it."""
    assert isinstance(result.exception, Exception), result.output
    sentence = explain(result.exception)
    assert sentence is not None
    return plain(sentence, Reader())
