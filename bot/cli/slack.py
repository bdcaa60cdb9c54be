"""`muster slack`: set Muster up there."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from bot.cli.common import settings

slack = typer.Typer(help="Set Muster up in Slack.", no_args_is_help=True)


class Notation(StrEnum):
    """How a manifest is written down. Slack takes both."""

    JSON = "json"
    YAML = "yaml"


@slack.command("manifest")
def slack_manifest(
    *,
    form: Annotated[Notation, typer.Option("--format", help="json or yaml.")] = Notation.JSON,
    http: Annotated[
        bool | None,
        typer.Option("--http/--socket", help="How Slack reaches Muster; else as it is set up."),
    ] = None,
    name: Annotated[str, typer.Option(help="What the app is called in Slack.")] = "Muster",
) -> None:
    """Print the app manifest: paste it at api.slack.com/apps, Create New App, From a manifest."""
    from bot import setup

    print(setup.slack_manifest(settings(), form.value, over_http=http, name=name))
