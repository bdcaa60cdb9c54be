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

if TYPE_CHECKING:
    from bot.core.text import Msg
    from bot.settings import Settings

app = typer.Typer(
    help="Muster: war rooms for rapid-response groups, in the chat that people already use.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


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


def _settings() -> Settings:
    from bot.logs import hide
    from bot.settings import Settings

    settings = Settings()
    hide(settings.confidential)
    return settings


def _say(sentence: Msg, settings: Settings) -> None:
    """What was done, on standard error: standard output is for what was asked for."""
    from bot.core.i18n import plain
    from bot.core.text import Reader
    from bot.logs import scrub

    print(scrub(plain(sentence, Reader(settings.language, settings.timezone))), file=sys.stderr)


def _log(settings: Settings, level: str | None = None) -> None:
    from bot import logs

    as_json = settings.log_format == "json" or (
        settings.log_format == "auto" and not sys.stderr.isatty()
    )
    logs.set_up(level or settings.log_level, as_json=as_json)


@app.command()
def run() -> None:
    """Serve every configured platform, with /healthz, /readyz and /metrics, until told to stop."""
    settings = _settings()
    _log(settings)  # before the rest is loaded: see bot/logs.py
    from bot import serve

    serve.run(settings)


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
    settings = _settings()
    _log(settings, "warning")
    from bot import demo as example

    example.run(settings, port=port, keep=keep, browse=browse)


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

    settings = _settings()
    _log(settings, "error")
    if not run(file, Options(db, at, as_json, files), settings):
        raise typer.Exit(1)


database = typer.Typer(help="Look after the database.", no_args_is_help=True)
app.add_typer(database, name="db")


@database.command("upgrade")
def upgrade_database() -> None:
    """Bring the database up to date. `muster run` does that, too, when it starts."""
    from bot.core.text import Strong, t
    from bot.store import opened
    from storage import migrate

    settings = _settings()
    with opened(settings, new=True) as db:
        migrate.upgrade(db)
    _say(t("The database is up to date: version {version}", version=Strong(migrate.HEAD)), settings)


@database.command("check")
def check_database() -> None:
    """Say whether the database is as this Muster needs it; if not, the exit status is 1."""
    from bot.bootstrap import registry
    from bot.core.text import t
    from bot.store import opened
    from storage import migrate

    settings = _settings()
    registry()  # whose tables are compared
    with opened(settings) as db:
        differences = migrate.check(db)
    for difference in differences:
        print(difference)
    if differences:
        raise typer.Exit(1)
    _say(t("The database is as it should be"), settings)


@database.command("backup")
def back_up_database(
    path: Annotated[Path, typer.Argument(help="The file to write.")],
    *,
    force: Annotated[bool, typer.Option("--force", help="Also over a file that is there.")] = False,
) -> None:
    """Copy the database to a file, also while Muster runs. For PostgreSQL it needs pg_dump."""
    from bot import copies

    settings = _settings()
    _say(copies.make(settings, path, force=force), settings)


@database.command("restore")
def restore_database(
    path: Annotated[Path, typer.Argument(help="A file that `muster db backup` has written.")],
    *,
    force: Annotated[
        bool,
        typer.Option(
            "--force", help="Also over a database that is not empty; a copy of it is kept."
        ),
    ] = False,
) -> None:
    """Put a copy back. Every Muster that uses the database has to be stopped before."""
    from bot import copies

    settings = _settings()
    for sentence in copies.put_back(settings, path, force=force):
        _say(sentence, settings)


letters = typer.Typer(
    help="Look after what could not be delivered, and what waits.", no_args_is_help=True
)
app.add_typer(letters, name="outbox")
Bodies = Annotated[
    bool, typer.Option("--bodies", help="Also what is in the messages: it may be confidential.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")]
OfPlatform = Annotated[str | None, typer.Option(help="Only those of this platform: slack.")]
Numbers = Annotated[list[int] | None, typer.Argument(help="Which, by their ids.")]


class EffectState(StrEnum):
    """How an effect stands."""

    FAILED = "failed"
    OPEN = "open"


@letters.command("list")
def list_effects(
    *,
    state: Annotated[
        EffectState | None, typer.Option(help="Only those that failed for good, or still wait.")
    ] = None,
    platform: OfPlatform = None,
    limit: Annotated[int, typer.Option(help="So many at the most.", min=1, max=10_000)] = 50,
    bodies: Bodies = False,
    as_json: AsJson = False,
) -> None:
    """List what failed for good, then what waits, the oldest first. It shows no messages."""
    from bot import outbox
    from bot.core.text import t

    settings = _settings()
    _log(settings, "warning")
    which = None if state is None else state.value
    wanted = outbox.Wanted(which, platform, limit, bodies, as_json)
    lines = outbox.listing(settings, wanted)
    for line in lines:
        print(line)
    if not lines:
        _say(t("Nothing failed, nothing waits."), settings)


@letters.command("show")
def show_effect(
    number: Annotated[int, typer.Argument(help="Which, by its id.")],
    *,
    bodies: Bodies = False,
    as_json: AsJson = False,
) -> None:
    """Show one effect that failed or waits."""
    from bot import outbox

    settings = _settings()
    _log(settings, "warning")
    for line in outbox.show(settings, number, bodies=bodies, as_json=as_json):
        print(line)


EveryOne = Annotated[bool, typer.Option("--all", help="All that failed for good.")]


@letters.command("retry")
def retry_effects(
    numbers: Numbers = None, *, every: EveryOne = False, platform: OfPlatform = None
) -> None:
    """Let effects be tried now. They keep their keys, so what did happen is not done twice."""
    from bot import outbox

    settings = _settings()
    _log(settings, "warning")
    _say(outbox.retry(settings, _chosen(numbers, every), platform=platform), settings)


@letters.command("drop")
def drop_effects(
    numbers: Numbers = None, *, every: EveryOne = False, platform: OfPlatform = None
) -> None:
    """Give effects up for good. What was waiting for one goes on as if it had failed."""
    from bot import outbox

    settings = _settings()
    _log(settings, "warning")
    _say(outbox.drop(settings, _chosen(numbers, every), platform=platform), settings)


def _chosen(numbers: list[int] | None, every: bool) -> list[int]:
    """The effects that are meant; none for all. Problem: it was not said which."""
    from bot.core.text import Code, t
    from bot.problems import Problem

    if bool(numbers) == every:
        raise Problem(t("Say either which, by their ids, or {option}.", option=Code("--all")))
    return numbers or []


@database.command("reseal")
def reseal_database() -> None:
    """Seal the stored tokens anew under the first of MUSTER_SECRET_KEY; the others can then go."""
    import asyncio

    from bot.core.clock import SystemClock
    from bot.core.text import tn
    from bot.problems import settings_at_fault
    from bot.store import opened
    from storage.vault import Vault

    settings = _settings()
    with opened(settings) as db:
        with settings_at_fault():
            vault = Vault(db, settings.secrets, SystemClock())
        count = asyncio.run(vault.reseal())
    _say(tn("{n} token is sealed anew", "{n} tokens are sealed anew", count), settings)


exports = typer.Typer(help="Write what Muster knows into files.", no_args_is_help=True)
app.add_typer(exports, name="export")


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
    workspace: Annotated[
        str | None, typer.Option(help="Of which workspace, where there are several: slack:T0123.")
    ] = None,
    out: Annotated[str, typer.Option(help="The file to write; - is standard output.")] = "-",
) -> None:
    """Export decisions, of private rooms too: whoever runs the machine sees everything."""
    from bot import export

    settings = _settings()
    _log(settings, "warning")
    wanted = export.Wanted(form.value, room, workspace, find, by, tag, since, status)
    count = export.export_decisions(settings, wanted, out)
    if out != export.STDOUT:
        _say(export.done(count, out), settings)


imports = typer.Typer(help="Read what was kept elsewhere.", no_args_is_help=True)
app.add_typer(imports, name="import")


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

    settings = _settings()
    _log(settings, "warning")
    source = imports.Source(path, room, workspace)
    told = imports.carry_out(settings, source) if do else imports.preview(settings, source)
    for sentence in told:
        _say(sentence, settings)


log = typer.Typer(help="Look after the decision log.", no_args_is_help=True)
app.add_typer(log, name="decisions")


@log.command("verify")
def verify_decisions(
    *,
    anchor: Annotated[
        str | None, typer.Option(help="What was made known of it: 1204:9f86d081….")
    ] = None,
    workspace: Annotated[
        str | None, typer.Option(help="Of which workspace, where there are several: slack:T0123.")
    ] = None,
) -> None:
    """Say whether anybody has tampered with the decision log; if so, the exit status is 1."""
    from bot import decisions
    from bot.core.i18n import plain
    from bot.core.text import Reader

    settings = _settings()
    _log(settings, "warning")
    found = decisions.verify(settings, anchor, workspace)
    reader = Reader(settings.language, settings.timezone)
    for line in found.lines:
        print(plain(line, reader))
    if not found.is_whole:
        raise typer.Exit(1)


@app.command()
def templates() -> None:
    """List the templates of checkpoints, which /checkpoint template plans in a war room."""
    from bot.core.text import Reader
    from bot.templates import listed

    settings = _settings()
    for line in listed(Reader(settings.language, settings.timezone)):
        print(line)


days = typer.Typer(help="Show the calendar, and load days of the team's own.", no_args_is_help=True)
app.add_typer(days, name="calendar")


@days.command("show")
def show_calendar(
    month: Annotated[str, typer.Argument(help="2026-10, October; without it, this month.")] = "",
    *,
    region: Annotated[
        str | None, typer.Option(help="CN, DE-BY, Germany; else that of the default time zone.")
    ] = None,
) -> None:
    """Show which days of a month are worked in a region, make-up workdays included."""
    from bot import calendar

    settings = _settings()
    print("\n".join(calendar.page(settings, month, region)))


@days.command("load")
def load_calendar(
    file: Annotated[Path, typer.Argument(help="CSV (date,work|off,name) or iCalendar.")],
    *,
    workspace: Annotated[
        str | None, typer.Option(help="Of which workspace, where there are several: slack:T0123.")
    ] = None,
) -> None:
    """Load days off and workdays of the team's own. All of the file is loaded, or nothing."""
    from bot import calendar

    settings = _settings()
    _log(settings, "warning")
    _say(calendar.load(settings, file, workspace), settings)


policies = typer.Typer(help="Say who is asked when something is stale.", no_args_is_help=True)
app.add_typer(policies, name="policy")
OfWorkspace = Annotated[
    str | None, typer.Option(help="Of which workspace, where there are several: slack:T0123.")
]


@policies.command("load")
def load_policies(
    file: Annotated[Path, typer.Argument(help="YAML: a list of policies.")],
    *,
    workspace: OfWorkspace = None,
) -> None:
    """Load escalation policies in place of those before. All of the file is loaded, or nothing."""
    from bot import escalation

    settings = _settings()
    _log(settings, "warning")
    _say(escalation.load_policies(settings, file, workspace), settings)


everybody = typer.Typer(help="Look after what is known of people.", no_args_is_help=True)
app.add_typer(everybody, name="people")


@everybody.command("import")
def import_people(
    file: Annotated[Path, typer.Argument(help="CSV: person,manager,backup.")],
    *,
    workspace: OfWorkspace = None,
) -> None:
    """Load who reports to whom and who stands in for whom. All of the file, or nothing."""
    from bot import escalation

    settings = _settings()
    _log(settings, "warning")
    _say(escalation.import_people(settings, file, workspace), settings)


auditing = typer.Typer(help="Look into who changed what.", no_args_is_help=True)
app.add_typer(auditing, name="audit")


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

    settings = _settings()
    _log(settings, "warning")
    wanted = audit.Wanted(form.value, since, until, workspace)
    count = audit.export_audit(settings, wanted, out)
    if out != export.STDOUT:
        _say(audit.done(count, out), settings)


slack = typer.Typer(help="Set Muster up in Slack.", no_args_is_help=True)
app.add_typer(slack, name="slack")


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

    print(setup.slack_manifest(_settings(), form.value, over_http=http, name=name))


@app.command()
def doctor() -> None:
    """Check that all is well; if something needs care, the exit status is 1."""
    from bot import doctor as examination
    from bot.core.i18n import plain
    from bot.core.text import Reader
    from bot.logs import scrub

    settings = _settings()
    _log(settings, "error")
    reader = Reader(settings.language, settings.timezone)
    is_well = True
    for finding in examination.findings(settings):
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
    from bot.core.text import Language

    language: Language = "zh" if (lang or _settings().language) == "zh" else "en"
    known = registry().commands
    if markdown:
        print(reference.page(known, language), end="")
    else:
        print("\n".join(reference.brief(known, language)))


if __name__ == "__main__":
    main()
