"""`muster audit`: who changed what."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from bot.cli.common import OfWorkspace, log, say, settings

auditing = typer.Typer(help="Look into who changed what.", no_args_is_help=True)


class Lines(StrEnum):
    """How the audit log is written down."""

    JSONL = "jsonl"
    CSV = "csv"


@auditing.command("export")
def export_audit(
    *,
    form: Annotated[Lines, typer.Option("--format", help="jsonl or csv.")] = Lines.JSONL,
    since: Annotated[str | None, typer.Option(help="From this day on: 2026-11-01.")] = None,
    until: Annotated[str | None, typer.Option(help="Before this day.")] = None,
    workspace: OfWorkspace = None,
    out: Annotated[str, typer.Option(help="The file to write; - is standard output.")] = "-",
) -> None:
    """Export who changed what concerns everybody: settings, policies, exports and more."""
    from bot import audit, export

    given = settings()
    log(given, "warning")
    wanted = audit.Wanted(form.value, since, until, workspace)
    count = audit.export_audit(given, wanted, out)
    if out != export.STDOUT:
        say(audit.done(count, out), given)
