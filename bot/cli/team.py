"""`muster calendar`, `policy` and `people`: what a team loads from files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.common import OfWorkspace, log, say, settings

days = typer.Typer(help="Show the calendar, and load days of the team's own.", no_args_is_help=True)


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

    given = settings()
    print("\n".join(calendar.page(given, month, region)))


@days.command("load")
def load_calendar(
    file: Annotated[Path, typer.Argument(help="CSV (date,work|off,name) or iCalendar.")],
    *,
    workspace: OfWorkspace = None,
) -> None:
    """Load days off and workdays of the team's own. All of the file is loaded, or nothing."""
    from bot import calendar

    given = settings()
    log(given, "warning")
    say(calendar.load(given, file, workspace), given)


policies = typer.Typer(help="Say who is asked when something is stale.", no_args_is_help=True)


@policies.command("load")
def load_policies(
    file: Annotated[Path, typer.Argument(help="YAML: a list of policies.")],
    *,
    workspace: OfWorkspace = None,
) -> None:
    """Load escalation policies in place of those before. All of the file is loaded, or nothing."""
    from bot import escalation

    given = settings()
    log(given, "warning")
    say(escalation.load_policies(given, file, workspace), given)


everybody = typer.Typer(help="Look after what is known of people.", no_args_is_help=True)


@everybody.command("import")
def import_people(
    file: Annotated[Path, typer.Argument(help="CSV: person,manager,backup.")],
    *,
    workspace: OfWorkspace = None,
) -> None:
    """Load who reports to whom and who stands in for whom. All of the file, or nothing."""
    from bot import escalation

    given = settings()
    log(given, "warning")
    say(escalation.import_people(given, file, workspace), given)
