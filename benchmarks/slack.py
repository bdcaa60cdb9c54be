"""Slash commands through HTTP, Bolt and the door, durably, beside a bare Bolt with one insert.

Muster and the echo are served by uvicorn in the same way (`process_before_response`), keep what
they take in SQLite files, and get the same signed requests, so many at a time, in turns.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
from pathlib import Path

from benchmarks import processes, traffic
from benchmarks.processes import Server, Slack
from benchmarks.table import Row, ratio
from benchmarks.traffic import Asker, Ears

AT_ONCE = 32
COMMANDS = 3000
ROUNDS = 3
PEOPLE = 50
#: Seconds that a call of Slack's Web API takes.
LATENCY = 0.1
#: The text of the commands that are counted; what they cost differs.
LINES = {
    "note": "/warroom note The gateway was restarted",
    "list": "/warroom list",
}


def run() -> list[Row]:
    """Measure both in turns, so that both see the same machine."""
    return asyncio.run(_run())


async def _run() -> list[Row]:
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=Path.cwd()) as name:
        folder = Path(name)
        async with processes.slack(LATENCY) as slack:
            secret, api = slack.settings["SLACK_SIGNING_SECRET"], slack.settings["SLACK_API_URL"]
            async with (
                processes.echo(f"sqlite:///{folder / 'echo.db'}", secret, api) as echo,
                processes.muster(folder, slack.credentials) as muster,
                traffic.ears() as ears,
            ):
                return await _measured(slack, echo, muster, ears)


async def _measured(slack: Slack, echo: Server, muster: Server, ears: Ears) -> list[Row]:
    rates: dict[str, list[float]] = {"echo": [], **{name: [] for name in LINES}}
    costs: dict[str, list[float]] = {name: [] for name in rates}
    askers = await in_rooms(slack, muster, 1)
    for _ in range(ROUNDS):
        for name, found in rates.items():
            server = echo if name == "echo" else muster
            ask = traffic.slash(slack, askers, LINES.get(name, "/warroom echo"), ears.url)
            used = server.cpu
            found.append(await traffic.flood([server], ask, COMMANDS, AT_ONCE))
            costs[name].append((server.cpu - used) / COMMANDS)
            if server is muster:
                await muster.idle()
    floor = statistics.median(rates["echo"])
    cost = statistics.median(costs["echo"])
    rows = [Row("bare Bolt with one insert", f"{floor:,.0f} /s, {cost * 1000:.2f} ms of processor")]
    for position, name in enumerate(LINES):
        rate, spent = statistics.median(rates[name]), statistics.median(costs[name])
        told = f"{rate:,.0f} /s, {spent * 1000:.2f} ms of processor"
        at_least = 0.5 if position == 0 else None
        rows.append(Row(f"Muster in Slack, {name}", told))
        rows.append(ratio(f"Muster ÷ bare Bolt, {name}", rate / floor, at_least=at_least))
    return rows


async def in_rooms(slack: Slack, muster: Server, rooms: int) -> list[Asker]:
    """People who have joined new rooms; Muster knows them all, and its outbox is empty."""
    await slack.does("delivers", url=f"http://127.0.0.1:{muster.port}/slack/events")
    await slack.does("person", name="Mei")
    await slack.does("channel", name="general")
    for number in range(1, rooms + 1):
        line = f"/warroom open Trouble {number}"
        await slack.does("types", person="Mei", line=line, channel="general")
    await muster.idle()
    named = [f"wr-{number}-trouble-{number}" for number in range(1, rooms + 1)]
    channels = [await slack.does("channel", name=name) for name in named]
    names = [f"Person {number}" for number in range(PEOPLE)]
    users = [await slack.does("person", name=name) for name in names]
    askers = [Asker(user, channels[n % rooms]) for n, user in enumerate(users)]
    before = await muster.refused()
    await traffic.flood([muster], traffic.slash(slack, askers, "/warroom join"), PEOPLE, 1)
    await traffic.flood([muster], traffic.slash(slack, askers, LINES["note"]), PEOPLE, 1)
    assert await muster.refused() == before, "what is measured must not be refusing"
    await muster.idle()
    return askers
