"""What a command, an effect and a prompt cost: processor time of Muster, and of PostgreSQL.

Unlike rates, these figures hardly depend on what else a machine has to do; `growth.py` reckons with
them. Commands come through Slack's HTTP; effects are messages to people, written into the outbox
before Muster starts, and delivered to a fake that is a process of its own; prompts are those of
10 people a stand-up, planned by the worker.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from sqlalchemy import Connection

from benchmarks import processes, slack, standups, traffic
from benchmarks.engines import Engine, engines
from benchmarks.processes import Slack
from benchmarks.table import Row
from bot.core.chat import line
from bot.core.clock import SystemClock
from bot.core.effects import DirectMessage, User
from bot.core.text import Reader, t
from storage import outbox
from storage.db import open_database

COMMANDS = 400
AT_ONCE = 16
EFFECTS = 500
PEOPLE = 100
ROOMS = 100
LINES = {
    "a note": "/warroom note The gateway was restarted",
    "a list": "/warroom list",
    "an item, delivered": "/item add Look at the gateway --due tomorrow 5pm",
    "a decision, delivered": "/decide Roll back --why Errors began with 1.5",
}


def run() -> list[Row]:
    """Every cost on every engine."""
    return asyncio.run(_run())


async def _run() -> list[Row]:
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=Path.cwd()) as name:
        folder = Path(name)
        with engines(folder) as found:
            for engine in found:
                async with processes.slack() as platform:
                    rows += await _on(engine, platform, folder / engine.name)
    return rows


async def _on(engine: Engine, platform: Slack, home: Path) -> list[Row]:
    url, rows = engine.make(), list[Row]()
    async with processes.muster(home, platform.credentials, url) as muster:
        askers = await slack.in_rooms(platform, muster, 5)
        for name, said in LINES.items():
            used, database = muster.cpu, engine.cpu
            ask = traffic.slash(platform, askers, said)
            await traffic.flood([muster], ask, COMMANDS, AT_ONCE)
            await muster.idle()
            spent = (muster.cpu - used) / COMMANDS, (engine.cpu - database) / COMMANDS
            rows.append(_row(f"{name}, Slack, {engine.name}", *spent))
        idle = muster.cpu
        await asyncio.sleep(10)
        idle = (muster.cpu - idle) / 10
    await _filled(url, platform)
    database = engine.cpu
    async with processes.muster(home, platform.credentials, url) as muster:
        await muster.idle()
        started = await _started(home, platform, url)
        spent = (muster.cpu - started) / EFFECTS, (engine.cpu - database) / EFFECTS
    rows.append(_row(f"an effect delivered, Slack, {engine.name}", *spent))
    rows.append(Row(f"doing nothing, {engine.name}", f"{idle * 1000:.1f} ms a second"))
    database = engine.cpu
    opened = await standups.measure(lambda _: engine.make(), ROOMS)
    prompts = ROOMS * standups.PEOPLE
    spent = opened.cpu / prompts, (engine.cpu - database) / prompts
    return [*rows, _row(f"a prompt planned, {engine.name}", *spent)]


async def _started(home: Path, platform: Slack, url: str) -> float:
    """What a start takes, with nothing to deliver."""
    async with processes.muster(home, platform.credentials, url) as muster:
        await muster.idle()
        return muster.cpu


async def _filled(url: str, platform: Slack) -> None:
    """Messages to people, all of them waiting."""
    names = [f"Reader {number}" for number in range(PEOPLE)]
    users = [await platform.does("person", name=name) for name in names]
    team = platform.settings["team"]
    card = line(t("I will speak English with you."))
    effects = [
        DirectMessage(User("slack", team, users[n % PEOPLE]), card, Reader())
        for n in range(EFFECTS)
    ]

    def fill(conn: Connection) -> None:
        outbox.put(conn, effects, key="bench", now=SystemClock().now())

    db = open_database(url)
    await db.write(fill)
    await db.close()


def _row(what: str, process: float, database: float) -> Row:
    told = f"{process * 1000:.2f} ms of processor"
    return Row(what, f"{told}, PostgreSQL's {database * 1000:.2f} ms" if database else told)
