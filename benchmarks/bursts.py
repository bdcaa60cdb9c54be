"""300 commands in the same instant: how long each waits to be acknowledged, beside bare servers.

Through Slack and through Feishu's webhook, on both engines, with a platform whose every call takes
0, 100 and 1,000 ms: of people whom Muster has never met, and then of the same people again. The
bare servers (`echo.py`) get the same requests: a Bolt with one insert, a Starlette with three.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from benchmarks import processes, traffic
from benchmarks.engines import Engine, engines
from benchmarks.processes import Server
from benchmarks.table import Row
from benchmarks.traffic import Ask, Asker, Burst, Ears

LATENCIES = (0.0, 0.1, 1.0)
SIZE = 300
PEOPLE = 100
#: Of people who are known already, in Slack, and of the bare server. In Feishu one: its limit of
#: messages has the answers to a burst take six seconds.
ROUNDS = 3
TARGET = 0.1
Shown = Callable[[set[int]], Awaitable[None]]


def run() -> list[Row]:
    """Every platform on every engine at every latency."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=Path.cwd()) as name:
        folder = Path(name)
        with engines(folder) as found:
            for engine in found:
                for latency in LATENCIES:
                    rows += asyncio.run(_in_slack(engine, latency, folder))
                for latency in LATENCIES:
                    rows += asyncio.run(_in_feishu(engine, latency, folder))
    return rows


async def _in_slack(engine: Engine, latency: float, folder: Path) -> list[Row]:
    async with processes.slack(latency) as slack, traffic.ears() as ears:
        secret, api = slack.settings["SLACK_SIGNING_SECRET"], slack.settings["SLACK_API_URL"]
        general = await slack.does("channel", name="general")
        users = [await slack.does("person", name=f"Stranger {n}") for n in range(PEOPLE)]
        ask = traffic.slash(
            slack, [Asker(user, general) for user in users], "/warroom list", ears.url
        )
        async with processes.echo(engine.make(), secret, api) as echo:
            floor = await _rounds(echo, ask, _at_once)
        async with processes.muster(folder, slack.credentials, engine.make()) as muster:
            first = await _of_ears(muster, ask, ears)
            await muster.idle()
            again = [await _of_ears(muster, ask, ears) for _ in range(ROUNDS)]
    return _rows(_called("Slack", engine, latency), floor, first, again)


async def _in_feishu(engine: Engine, latency: float, folder: Path) -> list[Row]:
    async with processes.feishu(latency, PEOPLE) as feishu:
        ask = traffic.message(feishu, feishu.people, "/warroom list")
        async with processes.echo(engine.make(), "none") as echo:
            floor = await _rounds(echo, ask, _at_once)
        async with processes.muster(folder, feishu.credentials, engine.make()) as muster:
            delivered = _delivered(muster)
            first = await traffic.burst(muster, ask, SIZE, delivered)
            again = [await traffic.burst(muster, ask, SIZE, delivered)]
    return _rows(_called("Feishu", engine, latency), floor, first, again)


async def _rounds(server: Server, ask: Ask, shown: Shown) -> list[Burst]:
    return [await traffic.burst(server, ask, SIZE, shown) for _ in range(ROUNDS)]


async def _at_once(heard: set[int]) -> None:
    assert len(heard) == SIZE, "it answers with the acknowledgement"


async def _of_ears(server: Server, ask: Ask, ears: Ears) -> Burst:
    ears.heard.clear()

    async def shown(at_once: set[int]) -> None:
        ears.heard |= at_once
        await ears.all(SIZE)

    return await traffic.burst(server, ask, SIZE, shown)


def _delivered(server: Server) -> Shown:
    """In Feishu all answers to what was typed are messages: rows of the outbox."""

    async def shown(_: set[int]) -> None:
        await server.idle()

    return shown


def _called(platform: str, engine: Engine, latency: float) -> str:
    return f"burst of {SIZE}, {platform} at {_ms(latency)}, {engine.name}"


def _rows(what: str, floor: list[Burst], first: Burst, again: list[Burst]) -> list[Row]:
    bare = "bare Starlette, three inserts" if "Feishu" in what else "bare Bolt, one insert"
    return [
        Row(f"{what}: {bare}", _told(floor)),
        _row(f"{what}: people never met", [first], floor),
        _row(f"{what}: people known", again, floor),
    ]


def _row(what: str, bursts: list[Burst], floor: list[Burst]) -> Row:
    slow, bare = (statistics.median(each.p99 for each in some) for some in (bursts, floor))
    shown = statistics.median(each.shown for each in bursts)
    told = f"{_told(bursts)} ({slow / bare:.1f} × bare); all answered after {shown:.2f} s"
    return Row(what, told, f"p99 ≤ {_ms(TARGET)}", slow <= TARGET)


def _told(bursts: list[Burst]) -> str:
    p50 = statistics.median(each.p50 for each in bursts)
    p99 = statistics.median(each.p99 for each in bursts)
    return f"acknowledged p50 {_ms(p50)}, p99 {_ms(p99)}"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:,.0f} ms"
