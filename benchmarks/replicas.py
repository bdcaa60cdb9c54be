"""One, two and three replicas on one PostgreSQL: commands a second, and what each of them costs.

Every replica is `muster run` on a port of its own; commands come in turns to all of them, from
people in different rooms. What a command costs in processor time can be compared on any machine;
that more replicas are quicker, too, shows only where there are cores for them and for PostgreSQL.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks import processes, slack, traffic
from benchmarks.engines import Engine, engines
from benchmarks.processes import Server, Slack
from benchmarks.table import Row, ratio

REPLICAS = (1, 2, 3)
AT_ONCE = 32
COMMANDS = 900
ROUNDS = 2
ROOMS = 8
LATENCY = 0.1
LINE = "/warroom note The gateway was restarted"


@dataclass(frozen=True, slots=True)
class _Found:
    rate: float
    #: Seconds of the processor that a command takes, of all replicas together.
    cpu: float
    #: As above, of the database's own processes; 0 where they are not ours to see.
    database: float
    #: Seconds from the last acknowledgement until everything that followed was delivered.
    after: float


def run() -> list[Row]:
    """SQLite with the one process that it allows for, PostgreSQL with up to three."""
    return asyncio.run(_run())


async def _run() -> list[Row]:
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=Path.cwd()) as name:
        folder = Path(name)
        with engines(folder) as found:
            for engine in found:
                counts = (1,) if engine.name == "SQLite" else REPLICAS
                rows += await _on(engine, counts, folder)
            if len(found) == 1:
                rows.append(Row("replicas on PostgreSQL", "no server"))
    return rows


async def _on(engine: Engine, counts: tuple[int, ...], folder: Path) -> list[Row]:
    async with processes.slack(LATENCY) as platform:
        floor = await _bare(engine, platform)
    rows = [Row(f"bare Bolt with one insert, {engine.name}", f"{floor:,.0f} /s")]
    first: _Found | None = None
    for count in counts:
        async with processes.slack(LATENCY) as platform:  # where its rooms are the first
            found = await _measured(engine, platform, count, folder)
        rows += _rows(f"{_named(count)}, {engine.name}", found, floor)
        first = first or found
        if found is not first:
            what = f"commands a second, {_named(count)} ÷ 1"
            rows.append(ratio(what, found.rate / first.rate))
            what = f"processor time a command, {_named(count)} ÷ 1"
            rows.append(ratio(what, found.cpu / first.cpu, at_most=1.25))
    return rows


def _named(count: int) -> str:
    return "1 process" if count == 1 else f"{count} replicas"


def _rows(what: str, found: _Found, floor: float) -> list[Row]:
    spent = f"{found.cpu * 1000:.2f} ms of processor a command"
    if found.database:
        spent += f", PostgreSQL's {found.database * 1000:.2f} ms"
    told = f"{found.rate:,.0f} /s; {spent}; all delivered {found.after:.1f} s after"
    share = ratio(f"sustained ÷ bare Bolt, {what}", found.rate / floor, at_least=0.5)
    return [Row(f"sustained, {what}", told), share]


async def _bare(engine: Engine, platform: Slack) -> float:
    secret, api = platform.settings["SLACK_SIGNING_SECRET"], platform.settings["SLACK_API_URL"]
    ask = traffic.slash(platform, [traffic.Asker("U1", "C1")], "/warroom echo")
    async with processes.echo(engine.make(), secret, api) as echo:
        rates = [await traffic.flood([echo], ask, COMMANDS, AT_ONCE) for _ in range(ROUNDS)]
    return statistics.median(rates)


async def _measured(engine: Engine, platform: Slack, count: int, folder: Path) -> _Found:
    url = engine.make()
    async with AsyncExitStack() as stack:
        replicas: list[Server] = []
        for number in range(count):
            home = folder / f"{engine.name}-{count}-{number}"
            started = processes.muster(home, platform.credentials, url)
            replicas.append(await stack.enter_async_context(started))
        askers = await slack.in_rooms(platform, replicas[0], ROOMS)
        ask = traffic.slash(platform, askers, LINE)
        await traffic.flood(replicas, ask, AT_ONCE * count, AT_ONCE)  # everybody is met
        await replicas[0].idle()
        rounds = [await _round(engine, replicas, ask) for _ in range(ROUNDS)]
    return _Found(*map(statistics.median, zip(*rounds, strict=True)))


async def _round(
    engine: Engine, replicas: list[Server], ask: traffic.Ask
) -> tuple[float, float, float, float]:
    used, database = sum(each.cpu for each in replicas), engine.cpu
    rate = await traffic.flood(replicas, ask, COMMANDS, AT_ONCE)
    begun = time.perf_counter()
    await replicas[0].idle()
    after = time.perf_counter() - begun
    cpu = (sum(each.cpu for each in replicas) - used) / COMMANDS
    return rate, cpu, (engine.cpu - database) / COMMANDS, after
