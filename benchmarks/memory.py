"""Whether Muster grows: an hour's traffic of a large company, as fast as it goes, and its memory.

20,000 commands of all kinds through Slack's HTTP, by many people in many rooms, on SQLite; memory
(RSS) is taken when all has been delivered, after each tenth. The first fifth is warming up. Where
it has grown by more than is allowed, the same is done once more with tracemalloc, and what holds
the most that it did not hold before is named.
"""

from __future__ import annotations

import asyncio
import random
import signal
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import processes, slack, traffic
from benchmarks.processes import Server, Slack
from benchmarks.table import Row
from benchmarks.traced import NAMED, OUT
from benchmarks.traffic import Asker

COMMANDS = 20_000
PARTS = 10
#: Parts that are warming up.
WARM = 2
AT_ONCE = 16
ROOMS = 20
MOST = 0.05
#: The share of commands that may be refused: what makes no sense, and what was done before.
MOST_REFUSED = 0.12
#: What is typed, and how often among the others; {n} is a number that is new each time.
KINDS: dict[str, int] = {
    "/warroom note The gateway was restarted {n} times": 25,
    "/warroom list": 10,
    "/warroom list mine": 5,
    "/warroom find Trouble {n}": 3,
    "/warroom timeline": 5,
    "/warroom severity 2": 2,
    "/warroom goal Checkout works for {n} of 100": 3,
    "/item add Look at shard {n} --due tomorrow 5pm": 12,
    "/item list": 5,
    "/item done 1": 3,
    "/decide Roll back to {n} --why Errors began with it": 7,
    "/decisions": 4,
    "/decisions roll": 4,
    "/muster help": 3,
    "/muster language en": 1,
    "/warroom nonsense {n}": 4,
}


def run() -> list[Row]:
    """The same traffic in every run."""
    rows, grown = asyncio.run(_measured())
    if grown > MOST:
        rows += asyncio.run(_named())
    return rows


async def _measured() -> tuple[list[Row], float]:
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=Path.cwd()) as name:
        folder = Path(name)
        async with processes.slack() as platform:
            async with processes.muster(folder, platform.credentials) as muster:
                weights = await _lived(platform, muster)
            size = await asyncio.to_thread(_size, folder)
    warm, end = weights[WARM - 1], weights[-1]
    grown = end / warm - 1
    told = f"{warm:.1f} MB after {COMMANDS * WARM // PARTS:,}, {end:.1f} MB: {grown:+.1%}"
    return [
        Row(f"memory over {COMMANDS:,} commands", told, f"≤ {MOST:+.0%}", grown <= MOST),
        Row("memory after each tenth of them", ", ".join(f"{each:.0f}" for each in weights)),
        Row("database, for each of them", f"{size / COMMANDS:,.0f} B"),
    ], grown


def _size(folder: Path) -> int:
    """Bytes of the database."""
    return sum(path.stat().st_size for path in folder.glob("muster.db*"))


async def _lived(platform: Slack, muster: Server, parts: int = PARTS) -> list[float]:
    askers = await slack.in_rooms(platform, muster, ROOMS)
    weights = []
    for part in range(parts):
        await lived_through(platform, muster, askers, part)
        weights.append(muster.memory)
    refused = await muster.refused()
    assert refused < COMMANDS * MOST_REFUSED, (
        f"{refused:,} were refused: that is not how people use it"
    )
    return weights


async def lived_through(
    platform: Slack, muster: Server, askers: Sequence[Asker], part: int
) -> None:
    """One of the parts, until all that followed from it was delivered."""
    count = COMMANDS // PARTS
    chance = random.Random(part)
    lines = chance.choices(list(KINDS), list(KINDS.values()), k=count)
    asks = [
        traffic.slash(platform, askers, line.format(n=part * count + n))
        for n, line in enumerate(lines)
    ]
    await traffic.flood(
        [muster], lambda server, number: asks[number](server, number), count, AT_ONCE
    )
    await muster.idle()


async def _named() -> list[Row]:
    """What holds more memory than it did, by where that was allocated."""
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=Path.cwd()) as name:
        out = Path(name) / "grown"
        async with (
            processes.slack() as platform,
            processes.muster(
                Path(name), {**platform.credentials, OUT: str(out)}, program="benchmarks.traced"
            ) as muster,
        ):
            askers = await slack.in_rooms(platform, muster, ROOMS)
            for part in range(PARTS):
                if part in {WARM, PARTS - 1}:
                    await asyncio.to_thread(_snapshot, muster, out)
                await lived_through(platform, muster, askers, part)
        lines = out.read_text(encoding="utf-8").splitlines()
    return [Row("grown by", line) for line in lines[:NAMED]]


def _snapshot(muster: Server, out: Path) -> None:
    """Have it take one, and wait until it has written it. TimeoutError: it did not."""
    out.unlink(missing_ok=True)
    muster.process.send_signal(signal.SIGUSR1)
    end = time.monotonic() + 120
    while not out.exists():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.1)
