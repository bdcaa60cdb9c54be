"""`muster doctor`: is all well, as far as the machine itself can tell?"""

from __future__ import annotations

import asyncio
import http.client
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dotenv import dotenv_values
from sqlalchemy import Connection, select
from sqlalchemy.engine import make_url

from adapters.playground.town import Town
from bot import surroundings
from bot.bootstrap import has_playground, platforms, registry
from bot.core.clock import SystemClock
from bot.core.events import Checkup, Finding
from bot.core.keys import RoomKey
from bot.core.platform import ExaminesItself
from bot.core.text import Code, Reader, Strong, When, t, tn
from bot.features.rooms.tables import Room
from bot.problems import Problem, explain, settings_at_fault
from bot.serve import listener
from bot.settings import SECRETS, Settings
from bot.store import missing_file, opened
from bot.surroundings import bad, fine, little_space
from storage import migrate, outbox, timers
from storage.db import Database
from storage.rows import Rows, table_of
from storage.tables import Workspace
from storage.tx import Tx

#: An effect that has waited longer says that nobody performs them.
_LONG = timedelta(minutes=15)
#: Muster is younger than this: an earlier clock is wrong.
_FIRST_YEAR = 2026
#: Seconds that a platform has to answer.
_PATIENCE = 20.0
_MOST_ROOMS = 1000
#: Bytes of what a running Muster says of itself.
_MOST_TOLD = 10_000
_PLATFORMS = {"slack", "feishu"}
_UPGRADE = Code("muster db upgrade")


def findings(settings: Settings) -> Iterator[Finding]:
    """Every finding, one after the other; what goes wrong with one leaves out no other."""
    yield from surroundings.names(settings)
    yield _home(settings.home)
    yield from _files(settings)
    yield from surroundings.database_file(settings)
    yield from _database(settings)
    yield from _platforms(settings)
    yield from _port(settings)
    yield _zones(settings)
    yield _clock(SystemClock().now())
    yield _playground(settings)


def _home(home: Path) -> Finding:
    """A folder that can be written to, now or once it is made, with room in it."""
    there = next(each for each in (home, *home.parents) if each.exists())
    path = Code(str(home))
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        return bad(
            t("Muster cannot write to {path}", path=path),
            t("Set {setting} to a folder of its own.", setting=Code("MUSTER_HOME")),
        )
    if there == home and _is_open(home):
        return bad(
            t("Others on this machine can look into {path}", path=path),
            t("Close it: {command}", command=Code(f"chmod 700 {home}")),
        )
    return little_space(there) or fine(t("{path} can be written to", path=path))


def _is_open(path: Path) -> bool:
    """Whether others on this machine may look into it."""
    return os.name == "posix" and bool(path.stat().st_mode & 0o077)


def _files(settings: Settings) -> Iterator[Finding]:
    """Files that have secrets in them, or what people wrote, and that others can read."""
    url = make_url(settings.database) if settings.database.startswith("sqlite:///") else None
    files = [Path(url.database)] if url is not None and url.database else []
    env = Path(".env")
    if env.is_file() and set(dotenv_values(env)) & SECRETS:
        files.append(env)
    for file in files:
        if file.is_file() and _is_open(file) and _is_open(file.absolute().parent):
            yield bad(
                t("Others on this machine can read {path}", path=Code(str(file))),
                t("Close it: {command}", command=Code(f"chmod 600 {file}")),
            )


def _database(settings: Settings) -> list[Finding]:
    try:
        if missing_file(settings) is not None:
            return [fine(t("There is no database yet; {run} makes it", run=Code("muster run")))]
        with opened(settings) as database:
            return asyncio.run(_examined(database, settings))
    except Exception as error:
        sentence = explain(error)
        if sentence is None:
            raise
        return [bad(sentence)]


async def _examined(database: Database, settings: Settings) -> list[Finding]:
    version = await database.read(migrate.current)
    if version is None:
        return [bad(t("The database is empty"), t("Make it with {upgrade}", upgrade=_UPGRADE))]
    if version > migrate.HEAD and not await database.read(migrate.fits):
        sentence = t(
            "The database is of version {found}, and this Muster knows only {known}",
            found=version,
            known=migrate.HEAD,
        )
        return [bad(sentence, t("Start the newer Muster again, or go back to a backup."))]
    if version < migrate.HEAD:
        advice = t("Bring it up to date with {upgrade}", upgrade=_UPGRADE)
        return [bad(t("The database is not up to date"), advice)]
    now = SystemClock().now()
    return await database.read(lambda conn: _inside(conn, settings, now))


def _inside(conn: Connection, settings: Settings, now: datetime) -> list[Finding]:
    """What the features find, and whether somebody performs the effects."""
    found = [fine(t("The database is up to date"))]
    table = table_of(Workspace)
    workspace = Rows(conn).first(Workspace, select(table).order_by(table.c.id).limit(1))
    if workspace is not None:
        reader = Reader(settings.language, settings.timezone)
        ask = registry().ask
        tx = Tx(conn, workspace, now=now, reader=reader, defaults=reader, ask=ask)
        found += [finding for answer in tx.ask(Checkup()) for finding in answer]
    return [*found, *_undone(conn, settings, now)]


def _undone(conn: Connection, settings: Settings, now: datetime) -> Iterator[Finding]:
    """What nobody performs, and what nobody does though it is due."""
    oldest = outbox.oldest_of_each(conn)
    served = surroundings.served(settings)
    for platform in sorted(oldest.keys() - served):
        those = f"muster outbox list --state open --platform {platform}"
        yield bad(
            t(
                "{platform} is not set up, and something has been waiting for it since {when}",
                platform=Strong(platform.title()),
                when=When(oldest[platform]),
            ),
            t(
                "Set it up again; or see {those}, and give each up with {drop}.",
                those=Code(those),
                drop=Code("muster outbox drop"),
            ),
        )
    since = min((at for platform, at in oldest.items() if platform in served), default=now)
    if now - since > _LONG:
        waits = t("An effect has been waiting since {when}", when=When(since))
        yield bad(waits, t("Is Muster running? Start it with {run}", run=_RUN))
    due = timers.next_due(conn)
    if due is not None and now - due > _LONG:
        yield bad(
            t("What has been due since {when} is not done", when=When(due)),
            t("Does a worker run? Start {run} with {setting}.", run=_RUN, setting=_ALL),
        )


def _platforms(settings: Settings) -> list[Finding]:
    """What the platforms that are set up say of themselves."""
    if not settings.has_slack and not settings.has_feishu:
        return []
    try:
        with opened(settings, new=True) as database, settings_at_fault():
            return asyncio.run(_asked(database, settings))
    except Exception as error:
        sentence = explain(error)
        if sentence is None:
            raise
        return [bad(sentence)]


async def _asked(database: Database, settings: Settings) -> list[Finding]:
    found: list[Finding] = []
    for name, adapter in platforms(settings, database, SystemClock(), registry()).items():
        if not isinstance(adapter, ExaminesItself):
            continue
        is_new = missing_file(settings) is not None
        channels = {} if is_new else await _channels(database, name)
        try:
            async with asyncio.timeout(_PATIENCE):
                found += await adapter.examine(channels)
        except TimeoutError:
            found.append(bad(t("{platform} does not answer", platform=Strong(name.title()))))
    return found


async def _channels(database: Database, platform: str) -> dict[str, dict[str, str]]:
    """The channels of open rooms: by workspace, their ids with the rooms' keys."""
    rooms, workspaces = table_of(Room), table_of(Workspace)
    query = (
        select(workspaces.c.native, rooms.c.channel, rooms.c.number)
        .join(workspaces, workspaces.c.id == rooms.c.workspace_id)
        .where(
            workspaces.c.platform == platform,
            rooms.c.closed_at.is_(None),
            rooms.c.channel.is_not(None),
            rooms.c.channel_gone.is_(False),
        )
        .limit(_MOST_ROOMS)
    )
    found: dict[str, dict[str, str]] = {}
    if await database.read(migrate.current) == migrate.HEAD:
        for native, channel, number in await database.read(lambda conn: conn.execute(query).all()):
            found.setdefault(native, {})[channel] = str(RoomKey(number))
    return found


_RUN = Code("muster run")
_ALL = Code("MUSTER_ROLE=all")


def _port(settings: Settings) -> list[Finding]:
    try:
        with listener(settings.host, settings.port):
            return [fine(t("Port {port} is free", port=str(settings.port)))]
    except Problem as problem:
        told = _readiness(settings)
        if told is None:
            return [bad(problem.message)]
        return [_running(settings, is_ready=bool(told["ready"])), *_connections(told)]


def _running(settings: Settings, *, is_ready: bool) -> Finding:
    port = str(settings.port)
    if is_ready:
        return fine(t("Muster is running on port {port}", port=port))
    sentence = t("Muster is running on port {port}, and is not ready", port=port)
    return bad(sentence, t("See what it says at {path}", path=Code("/readyz")))


def _connections(told: Mapping[str, Any]) -> Iterator[Finding]:
    """How the running Muster is connected: only that process knows."""
    for platform, seconds in (told.get("connected_seconds") or {}).items():
        name, minutes = Strong(str(platform).title()), int(seconds) // 60
        yield fine(
            tn(
                "{platform}: connected for {n} minute",
                "{platform}: connected for {n} minutes",
                minutes,
                platform=name,
            )
        )
    for platform in sorted(_PLATFORMS & told.keys()):
        if told[platform] != "ok":
            name = Strong(platform.title())
            yield bad(
                t("{platform}: the running Muster is not connected", platform=name),
                t("Its log says why, at {event}.", event=Code(f"{platform}.")),
            )


def _readiness(settings: Settings) -> dict[str, Any] | None:
    """What a Muster on that port answers at /readyz; None if it is no Muster."""
    with closing(http.client.HTTPConnection(settings.host, settings.port, timeout=5)) as asking:
        try:
            asking.request("GET", "/readyz")
            told = json.loads(asking.getresponse().read(_MOST_TOLD))
        except (OSError, ValueError, http.client.HTTPException):
            return None
    return told if isinstance(told, dict) and "ready" in told else None


def _zones(settings: Settings) -> Finding:
    """The settings' own zone was found when they were read; are the others there as well?"""
    try:
        ZoneInfo("Asia/Shanghai")
    except ZoneInfoNotFoundError:
        return bad(
            t("This machine knows no time zones"),
            t("Install {package}.", package=Code("tzdata")),
        )
    return fine(t("Time zones are known; {zone} is the default", zone=settings.timezone))


def _clock(now: datetime) -> Finding:
    if now.year < _FIRST_YEAR:
        return bad(t("The clock of this machine is wrong: {now}", now=When(now)))
    return fine(t("The clock of this machine says {now}", now=When(now)))


def _playground(settings: Settings) -> Finding:
    try:
        with settings_at_fault():
            is_served = has_playground(settings)
    except Problem as problem:
        return bad(problem.message)
    if not is_served and not settings.has_any:
        return bad(
            t("No platform is set up, and the playground is off: Muster serves nobody"),
            t("Set up Slack or Feishu, or set {setting}.", setting=Code("MUSTER_PLAYGROUND=on")),
        )
    if not is_served:
        return fine(t("The playground is off"))
    last = _last_in(settings.home / "playground.db")
    if last is not None and last > SystemClock().now():
        return fine(
            t("The playground is served; its clock was moved on to {when}", when=When(last))
        )
    return fine(t("The playground is served, to this machine only"))


def _last_in(file: Path) -> datetime | None:
    """When the last message of a town was written; None without a town."""
    if not file.exists():
        return None
    with closing(Town(file)) as town:
        return town.messages.last_at()
