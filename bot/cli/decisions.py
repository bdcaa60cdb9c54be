"""`muster export`, `import` and `decisions`: the decision log, out, in and verified."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.common import OfWorkspace, log, say, settings

exports = typer.Typer(help="Write what Muster knows into files.", no_args_is_help=True)


class Format(StrEnum):
    """What an export can be."""

    MD = "md"
    HTML = "html"
    XLSX = "xlsx"
    CSV = "csv"
    ADR = "adr"
    JSON = "json"
    JSONL = "jsonl"


class Status(StrEnum):
    """How a decision stands."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    DEPRECATED = "deprecated"


@exports.command("decisions")
def export_decisions(  # noqa: PLR0913  each is an option
    *,
    form: Annotated[
        Format,
        typer.Option("--format", help="adr is a folder of MADR 4 files, in a zip."),
    ] = Format.MD,
    room: Annotated[str | None, typer.Option(help="Only those of one war room: WR-7.")] = None,
    find: Annotated[str | None, typer.Option(help="Only those with these words.")] = None,
    by: Annotated[str | None, typer.Option(help="Only those decided by this person.")] = None,
    tag: Annotated[str | None, typer.Option(help="Only those with this tag.")] = None,
    since: Annotated[
        str | None, typer.Option(help="Only those since then: 2026-10-01, 2w, last month.")
    ] = None,
    status: Annotated[Status | None, typer.Option(help="Only those that stand so.")] = None,
    workspace: OfWorkspace = None,
    out: Annotated[str, typer.Option(help="The file to write; - is standard output.")] = "-",
) -> None:
    """Export decisions, of private rooms too: whoever runs the machine sees everything."""
    from bot import export

    given = settings()
    log(given, "warning")
    wanted = export.Wanted(form.value, room, workspace, find, by, tag, since, status)
    count = export.export_decisions(given, wanted, out)
    if out != export.STDOUT:
        say(export.done(count, out), given)


imports = typer.Typer(help="Read what was kept elsewhere.", no_args_is_help=True)


@imports.command("decisions")
def import_decisions(
    path: Annotated[
        Path, typer.Argument(help="An ADR folder (also in a zip), or a file .jsonl or .csv.")
    ],
    *,
    do: Annotated[
        bool, typer.Option("--write", help="Import them; without it, only say what would be.")
    ] = False,
    room: Annotated[str | None, typer.Option(help="All into this war room: WR-7.")] = None,
    workspace: Annotated[
        str | None, typer.Option(help="Into which workspace, where there are several: slack:T0123.")
    ] = None,
) -> None:
    """Import decisions: MADR and adr-tools folders, and Muster's own JSON Lines and CSV.

    The same can be imported again: what is there already stays as it is. Without --room, a decision
    of a room that is not here becomes the workspace's own, which everybody can read.
    """
    from bot import imports

    given = settings()
    log(given, "warning")
    source = imports.Source(path, room, workspace)
    told = imports.carry_out(given, source) if do else imports.preview(given, source)
    for sentence in told:
        say(sentence, given)


log_of = typer.Typer(help="Look after the decision log.", no_args_is_help=True)


@log_of.command("verify")
def verify_decisions(
    *,
    anchor: Annotated[
        str | None, typer.Option(help="What was made known of it: 1204:9f86d081….")
    ] = None,
    workspace: OfWorkspace = None,
) -> None:
    """Say whether anybody has tampered with the decision log; if so, the exit status is 1."""
    from bot import decisions
    from bot.core.i18n import plain
    from bot.core.text import Reader

    given = settings()
    log(given, "warning")
    found = decisions.verify(given, anchor, workspace)
    reader = Reader(given.language, given.timezone)
    for line in found.lines:
        print(plain(line, reader))
    if not found.is_whole:
        raise typer.Exit(1)
