"""Three replicas on one PostgreSQL, of which one after the other is killed and started again, while
a hundred timers come due every second: who fires which is theirs to settle.
"""

from __future__ import annotations

import asyncio
import json
import random
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, func, insert, select, text

from bot.core.commands import dump
from storage.rows import table_of
from storage.tables import Timer, Workspace
from tests.faults.child import Tick
from tests.faults.databases import database
from tests.faults.finding import Engine, Finding, Scale
from tests.faults.nursery import Nursery
from tests.faults.site import Site, until

TITLE = "replicas killed at random, 100 timers a second"
ENGINES: tuple[Engine, ...] = ("postgresql",)
REPLICAS = 3
RATE = 100
SECONDS = {"short": 20, "long": 600}
#: Seconds between one kill and the next.
PAUSE = (0.5, 3.0)
#: Seconds before the first timer is due, for all to be awake.
AHEAD = 2.0
LATE = 1.0
_timer = table_of(Timer)


@dataclass
class Watch:
    """What was seen."""

    timers: int = 0
    kills: int = 0
    #: Number of a timer → how often it fired.
    fired: Counter[int] = field(default_factory=Counter)
    #: Seconds after its time, of every firing.
    late: list[float] = field(default_factory=list)
    left: int = 0

    def p(self, share: float) -> float:
        """The lateness that this share of all firings stays below."""
        return sorted(self.late)[int(len(self.late) * share)] if self.late else float("inf")


def measure(scale: Scale, engine: Engine, seed: int) -> list[Finding]:
    """What fired, how often and how late."""
    with (
        tempfile.TemporaryDirectory(prefix="muster-timers-") as folder,
        Nursery() as nursery,
        database(engine, Path(folder)) as url,
    ):
        sites = [Site(Path(folder) / str(n), url, nursery) for n in range(REPLICAS)]
        watch = asyncio.run(_watched(sites, SECONDS[scale], random.Random(seed)))
    missing = watch.timers - len(watch.fired)
    twice = sum(n > 1 for n in watch.fired.values())
    timed = scale == "long"  # beside other tests a second is no measure
    return [
        Finding("replicas killed", f"{watch.kills} times", "≥ 5", holds=watch.kills >= 5),
        Finding(
            "timers that never fired",
            f"{missing} of {watch.timers}, {watch.left} still to come",
            "0",
            holds=missing == 0 and watch.left == 0,
        ),
        Finding("timers that fired twice", str(twice), "0", holds=twice == 0),
        Finding(
            "lateness, p99",
            f"{watch.p(0.99):.2f} s (median {watch.p(0.5):.2f} s, worst {watch.p(1 - 1e-9):.2f} s)",
            f"< {LATE:.0f} s" if timed else f"< {LATE:.0f} s, in the long form",
            holds=watch.p(0.99) < LATE or not timed,
        ),
    ]


async def _watched(sites: list[Site], seconds: int, chance: random.Random) -> Watch:
    watch = Watch(timers=seconds * RATE)
    try:
        sites[0].start()
        await sites[0].up()  # it gives the database its tables
        due = _set_timers(sites[0], watch.timers)
        for site in sites[1:]:
            site.start()
        for site in sites[1:]:
            await site.up()
        await _kill_at_random(sites, max(due), chance, watch)
        await until(lambda: _waiting(sites[0]) == 0, 60, of="every timer to fire")
    finally:
        for site in sites:
            await site.kill()
    for number, at in sites[0].rows(select(text("number, at")).select_from(text("faults_fired"))):
        watch.fired[number] += 1
        watch.late.append(at - due[number])
    watch.left = _waiting(sites[0])
    return watch


def _set_timers(site: Site, count: int) -> list[float]:
    """Set the timers; the POSIX time at which each is due, by its number."""
    begin = datetime.now(UTC) + timedelta(seconds=AHEAD)  # noqa: TID251  theirs are to be compared
    due = [begin + timedelta(seconds=number / RATE) for number in range(count)]
    with site.database.begin() as conn:
        conn.execute(text("CREATE TABLE faults_fired (number BIGINT, at DOUBLE PRECISION)"))
        workspace = _workspace(conn, begin)
        rows = [
            {
                "key": f"tick {number}",
                "workspace_id": workspace,
                "due_at": at,
                "payload": json.dumps(dump(Tick(number=number))),
            }
            for number, at in enumerate(due)
        ]
        conn.execute(insert(_timer), rows)
    return [at.timestamp() for at in due]


def _workspace(conn: Connection, now: datetime) -> int:
    values = {
        "platform": "playground",
        "native": "playground",
        "settings": "{}",
        "rooms_made": 0,
        "decisions_made": 0,
        "created_at": now,
    }
    made = table_of(Workspace)
    return int(conn.execute(insert(made).values(values).returning(made.c.id)).scalar_one())


async def _kill_at_random(
    sites: list[Site], end: float, chance: random.Random, watch: Watch
) -> None:
    """Kill one, start it again at once, and so on until POSIX time `end`."""
    while time.time() < end:  # noqa: TID251  as above
        await asyncio.sleep(chance.uniform(*PAUSE))
        site = chance.choice(sites)
        await site.kill()
        watch.kills += 1
        site.start()


def _waiting(site: Site) -> int:
    return site.count(select(func.count()).select_from(_timer))
