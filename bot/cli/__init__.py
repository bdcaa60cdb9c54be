"""The command line: muster run, demo, chat, db, export, decisions, policy, slack, and more.

What a command needs is imported inside it, so that `muster --help` answers at once.
"""

from __future__ import annotations

import sys
import traceback
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli import audit, database, decisions, outbox, slack, team
from bot.cli.common import log, settings

if TYPE_CHECKING:
    from bot.core.text import Language

app = typer.Typer(
    help="Muster: war rooms for rapid-response groups, in the chat that people already use.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for name, group in (
    ("db", database.database),
    ("outbox", outbox.letters),
    ("export", decisions.exports),
    ("import", decisions.imports),
    ("decisions", decisions.log_of),
    ("calendar", team.days),
    ("policy", team.policies),
    ("people", team.everybody),
    ("audit", audit.auditing),
    ("slack", slack.slack),
):
    app.add_typer(group, name=name)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"muster {version('muster-bot')}")
        raise typer.Exit


@app.callback()
def muster(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Say which version this is.", callback=_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Muster: war rooms for rapid-response groups, in the chat that people already use."""


def main() -> None:
    """Run the command line. What a person can mend is said in a sentence; the exit status is 1."""
    try:
        app()
    except Exception as error:
        from bot.core.i18n import plain
        from bot.core.text import Reader
        from bot.logs import scrub
        from bot.problems import explain

        sentence = explain(error)
        if sentence is None:
            sys.excepthook = _tell_fault
            raise
        print(scrub(f"muster: {plain(sentence, Reader())}"), file=sys.stderr)
        sys.exit(1)


def _tell_fault(*error: Any) -> None:
    """A traceback, for whoever mends Muster: with no secret in it."""
    from bot.logs import scrub

    sys.stderr.write(scrub("".join(traceback.format_exception(*error))))


@app.command()
def run() -> None:
    """Serve every configured platform, with /healthz, /readyz and /metrics, until told to stop."""
    given = settings()
    log(given)  # before the rest is loaded: see bot/logs.py
    from bot import serve

    serve.run(given)


@app.command()
def demo(
    *,
    port: Annotated[
        int | None, typer.Option(help="Serve on this port; else on 8080, or any free one.")
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Go on where it was left, and keep it.")
    ] = False,
    browse: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
) -> None:
    """Serve the playground with a living example: one war room in the middle of its trouble."""
    given = settings()
    log(given, "warning")
    from bot import demo as example

    example.run(given, port=port, keep=keep, browse=browse)


@app.command()
def chat(
    file: Annotated[
        Path | None, typer.Argument(help="The lines; without it, standard input.", dir_okay=False)
    ] = None,
    *,
    db: Annotated[
        str | None,
        typer.Option(help="Keep everything in this database (a URL, or a file for SQLite)."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
    at: Annotated[
        str | None, typer.Option(help="When it begins: 2026-09-20T09:30+08:00; else now.")
    ] = None,
    files: Annotated[
        Path | None, typer.Option(help="Put exported files into this folder.", file_okay=False)
    ] = None,
) -> None:
    """Talk to Muster in the terminal, or let a script do it: `alice: /warroom open Slow checkout`.

    The exit status is 1 when a line could not be understood. docs/chat.md describes the lines.
    """
    from bot.terminal.chat import Options, run

    given = settings()
    log(given, "error")
    if not run(file, Options(db, at, as_json, files), given):
        raise typer.Exit(1)


@app.command()
def templates() -> None:
    """List the templates of checkpoints, which /checkpoint template plans in a war room."""
    from bot.core.text import Reader
    from bot.templates import listed

    given = settings()
    for line in listed(Reader(given.language, given.timezone)):
        print(line)


@app.command()
def doctor() -> None:
    """Check that all is well; if something needs care, the exit status is 1."""
    from bot import doctor as examination
    from bot.core.i18n import plain
    from bot.core.text import Reader
    from bot.logs import scrub

    given = settings()
    log(given, "error")
    reader = Reader(given.language, given.timezone)
    is_well = True
    for finding in examination.findings(given):
        is_well = is_well and finding.is_fine
        mark = typer.style("✓", fg="green") if finding.is_fine else typer.style("✗", fg="red")
        typer.echo(f"{mark} {scrub(plain(finding.text, reader))}")
        if finding.advice is not None:
            typer.echo(f"    {scrub(plain(finding.advice, reader))}")
    if not is_well:
        raise typer.Exit(1)


class Lang(StrEnum):
    """A language of Muster's."""

    EN = "en"
    ZH = "zh"


@app.command()
def commands(
    *,
    markdown: Annotated[bool, typer.Option("--markdown", help="As a page for the docs.")] = False,
    lang: Annotated[Lang | None, typer.Option(help="In which language.")] = None,
) -> None:
    """List every command that people can give in the chat."""
    from bot import reference
    from bot.bootstrap import registry

    language: Language = "zh" if (lang or settings().language) == "zh" else "en"
    known = registry().commands
    if markdown:
        print(reference.page(known, language), end="")
    else:
        print("\n".join(reference.brief(known, language)))
