"""`muster outbox`: what could not be delivered, and what waits."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from bot.cli.common import log, say, settings

letters = typer.Typer(
    help="Look after what could not be delivered, and what waits.", no_args_is_help=True
)
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
    limit: Annotated[int, typer.Option(help="So many at the most.", min=1, max=100_000)] = 50,
    bodies: Bodies = False,
    as_json: AsJson = False,
) -> None:
    """List what failed for good, then what waits, the oldest first. It shows no messages."""
    from bot import outbox
    from bot.core.text import Code, t

    given = settings()
    log(given, "warning")
    which = None if state is None else state.value
    wanted = outbox.Wanted(which, platform, limit, bodies, as_json)
    lines, has_more = outbox.listing(given, wanted)
    for line in lines:
        print(line)
    if has_more:
        say(
            t("There are more: {option} says how many to show.", option=Code("--limit")),
            given,
        )
    if not lines:
        say(t("Nothing failed, nothing waits."), given)


@letters.command("show")
def show_effect(
    number: Annotated[int, typer.Argument(help="Which, by its id.")],
    *,
    bodies: Bodies = False,
    as_json: AsJson = False,
) -> None:
    """Show one effect that failed or waits."""
    from bot import outbox

    given = settings()
    log(given, "warning")
    for line in outbox.show(given, number, bodies=bodies, as_json=as_json):
        print(line)


EveryOne = Annotated[bool, typer.Option("--all", help="All that failed for good.")]


@letters.command("retry")
def retry_effects(
    numbers: Numbers = None, *, every: EveryOne = False, platform: OfPlatform = None
) -> None:
    """Let effects be tried now. They keep their keys, so what did happen is not done twice."""
    from bot import outbox

    given = settings()
    log(given, "warning")
    say(outbox.retry(given, _chosen(numbers, every), platform=platform), given)


@letters.command("drop")
def drop_effects(
    numbers: Numbers = None, *, every: EveryOne = False, platform: OfPlatform = None
) -> None:
    """Give effects up for good. What was waiting for one goes on as if it had failed."""
    from bot import outbox

    given = settings()
    log(given, "warning")
    say(outbox.drop(given, _chosen(numbers, every), platform=platform), given)


def _chosen(numbers: list[int] | None, every: bool) -> list[int]:
    """The effects that are meant; none for all. Problem: it was not said which."""
    from bot.core.text import Code, t
    from bot.problems import Problem

    if bool(numbers) == every:
        raise Problem(t("Say either which, by their ids, or {option}.", option=Code("--all")))
    return numbers or []
