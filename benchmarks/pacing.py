"""How near to a platform's limit prompts are delivered, measured at its fake in the fake's time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from adapters.slack.pace import MESSAGES
from benchmarks.table import Row
from bot.core.errors import Temporary
from tests.adapters.slack.rig import Rig, rig

#: Minutes of messages, each to somebody else.
MINUTES = 2
TARGET = 0.95


#: A message to somebody for the first time asks for their conversation first: Slack's tier 3.
OPENED = 50


def run() -> list[Row]:
    """Slack's, which takes some hundreds of messages a minute in a workspace."""
    first, again, refused = asyncio.run(_measured())
    return [
        _row(f"first prompts delivered in Slack, of {OPENED} people a minute", first),
        _row(f"prompts delivered in Slack, of {MESSAGES} a minute", again),
        Row("calls that Slack refused as too many", str(refused), "0", refused == 0),
    ]


def _row(what: str, share: float) -> Row:
    return Row(what, f"{share:.1%}", "≥ 95 %", share >= TARGET)


async def _measured() -> tuple[float, float, int]:
    async with rig() as on:
        on.slack.limits.posts_per_minute = MESSAGES
        on.slack.clock.freeze()
        # What a full minute takes is known when the one after it begins.
        people = [on.team.person(f"P{number}") for number in range(MESSAGES * MINUTES + 1)]
        first = await _minutes(on, people, "first")
        on.slack.clock.advance(60)
        again = await _minutes(on, people, "again")
        took = (len(people) - 1) / OPENED, MINUTES
        return took[0] / first, took[1] / again, len(on.slack.limits.exceeded)


async def _minutes(on: Rig, people: Sequence[object], round_: str) -> float:
    """How long it takes to write to them all."""
    begun = on.slack.clock.now()
    for number, person in enumerate(people):
        await _delivered(on, person, f"{round_} {number}")
    return (on.slack.clock.now() - begun) / 60


async def _delivered(on: Rig, person: object, key: str) -> None:
    """As the worker does: again when it is said to wait."""
    while True:
        try:
            await on.client.perform(on.direct(person), key)
        except Temporary as wait:
            on.slack.clock.advance(wait.retry_after or 1.0)
        else:
            return
