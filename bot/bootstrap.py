"""The only file that knows everybody: it puts a Muster together, for production and for tests."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy.engine import make_url
from sqlmodel import SQLModel
from starlette.routing import BaseRoute

from adapters.playground.adapter import Playground
from adapters.playground.town import Town
from bot import roles
from bot.auditor import Auditor
from bot.core.clock import Clock, MovableClock, SystemClock
from bot.core.commands import Command
from bot.core.i18n import plain
from bot.core.platform import Adapter, Handle, RemembersPeople, ServesWeb
from bot.core.replicas import Election, NeverChosen, Quotas
from bot.core.text import Language, Reader
from bot.core.usage import is_chinese, usage
from bot.dispatch import Door
from bot.feature import Registry
from bot.features import (
    audit,
    calendar,
    capture,
    decisions,
    desk,
    escalation,
    items,
    rooms,
    standups,
)
from bot.leftovers import Leftovers
from bot.limits import Limits
from bot.settings import Settings
from bot.traces import traces
from bot.worker import AlarmClock, Worker
from storage import migrate, outbox
from storage.db import Database, open_database
from storage.postgres import PostgresDatabase

if TYPE_CHECKING:
    from bot.siblings import Siblings

log = structlog.get_logger(__name__)
FEATURES = (
    rooms.FEATURE,
    items.FEATURE,
    decisions.FEATURE,
    calendar.FEATURE,
    standups.FEATURE,
    capture.FEATURE,
    escalation.FEATURE,
    audit.FEATURE,
    desk.FEATURE,
)


@dataclass(slots=True)
class Muster:
    """A Muster, put together. `start` it, and `stop` it."""

    settings: Settings
    clock: Clock
    db: Database
    registry: Registry
    door: Door
    worker: Worker
    adapters: Mapping[str, Adapter]
    playground: Playground | None = None
    alarm: AlarmClock | None = None
    auditor: Auditor | None = None
    #: The other replicas, where there may be some.
    siblings: Siblings | None = None
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def start(self, *, working: bool = True) -> None:
        """Listen to every platform; and work, if that is its role and no test does it itself."""
        self.db.hold()
        if self.db.is_exclusive:
            await self.db.write(lambda conn: outbox.release(conn, self.clock.now()))
        if self.siblings is not None:
            self._tasks.append(asyncio.create_task(self.siblings.run()))
        handle: Handle = self.door.handle
        if self.siblings is not None:
            handle = self.siblings.spreading(handle)
        for adapter in self.adapters.values():
            self._tasks.append(asyncio.create_task(adapter.run(handle)))
        if working:
            leftovers = Leftovers(self.db, self.adapters, self.clock, self.door.metrics)
            self._tasks.append(asyncio.create_task(leftovers.run()))
            if self.auditor is not None:
                self._tasks.append(asyncio.create_task(self.auditor.run()))
        if working and self.settings.role != "web":
            self._tasks.append(asyncio.create_task(self.worker.run()))
            if self.alarm is not None:
                self.alarm.start()
        await asyncio.sleep(0)

    async def broken(self) -> BaseException:
        """Wait until something that should go on until `stop` has ended; what it ended of."""
        done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        ended = done.pop()
        return ended.exception() or RuntimeError(f"{ended.get_coro()} ended by itself")

    async def stop(self, patience: float = 10.0) -> None:
        """Take nothing more in, finish what is in hand, let go. What is left waits."""
        await self.worker.stop(patience)
        if self.alarm is not None:
            self.alarm.stop()
        for task in self._tasks:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        if self.siblings is not None:
            await self.siblings.close()
        await self.db.close()
        await asyncio.to_thread(self.door.traces.close)
        if self.playground is not None:
            self.playground.town.close()

    async def advance(self, to: datetime) -> None:
        """Move a movable clock, stopping at everything that is due on the way."""
        if not isinstance(self.clock, MovableClock):
            message = "this clock cannot be moved"
            raise TypeError(message)
        await self.worker.drain()
        while (due := await self.worker.next_due()) is not None and due <= to:
            if due > self.clock.now():
                self.clock.move_to(due)
            await self.worker.drain()
        if to > self.clock.now():
            self.clock.move_to(to)
        if self.playground is not None:
            self.playground.town.tell_time()

    def commands_help(self, lang: Language) -> list[dict[str, Any]]:
        """Every command, in words, for autocomplete."""
        return [help_of(cls, lang) for cls in self.registry.commands.values() if cls.spec.public]


def help_of(cls: type[Command], lang: Language) -> dict[str, Any]:
    """A command in words: path, usage, summary, other names, examples (first in their language)."""
    spec = cls.spec
    return {
        "path": spec.path,
        "usage": plain(usage(spec), Reader(lang)),
        "summary": plain(spec.summary, Reader(lang)),
        "also": list(spec.also),
        "examples": sorted(spec.examples, key=lambda each: is_chinese(each) is not (lang == "zh")),
    }


def registry() -> Registry:
    """All features."""
    return Registry(FEATURES)


def build(
    settings: Settings,
    *,
    clock: Clock | None = None,
    town: Town | None = None,
    alarm: Callable[[Clock], AlarmClock] | None = None,
    playground: Callable[[Town, Clock], Playground] = Playground,
) -> Muster:
    """A Muster for `settings`: its database is brought up to date first.

    `alarm` makes its alarm clock, `playground` its playground. ValueError, in a sentence, when the
    settings contradict each other.
    """
    known = registry()
    settings.check_whole()
    roles.check(settings)
    if has_playground(settings) and town is None:
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        town = Town(settings.home / "playground.db", known.commands)
    clock = clock or _clock(town)
    if settings.database.startswith("sqlite:///"):
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        _check_folder(make_url(settings.database).database or "")
    db = open_database(settings.database)
    migrate.upgrade(db.engine, models=SQLModel.metadata)
    with db.engine.begin() as conn:
        instance = migrate.instance_of(conn)
    door = Door(
        db,
        known,
        clock,
        instance=instance,
        defaults=Reader(settings.language, settings.timezone),
        limits=Limits(
            person=settings.person_limit,
            workspace=settings.workspace_limit,
            spared={"playground"},  # whoever plays there plays everybody
        ),
    )
    adapters: dict[str, Adapter] = {}
    place = None
    if town is not None:
        place = adapters["playground"] = playground(town, clock)
    siblings = _siblings(db) if isinstance(db, PostgresDatabase) else None
    adapters |= platforms(settings, db, clock, known, siblings)
    rings = alarm(clock) if alarm is not None else None
    db.watch = door.metrics
    door.metrics.expect(adapters)
    door.traces = traces(settings.otlp_endpoint)
    worker = Worker(door, adapters, clock, rings)
    door.wake = worker.wake
    if siblings is not None:
        siblings.wake = worker.wake
        siblings.forget = functools.partial(_forget, adapters)
    if isinstance(db, PostgresDatabase) and settings.role == "web":
        db.teller.word = "now"  # for nobody here performs it
    auditor = Auditor(
        door,
        clock,
        settings.heartbeat_url,
        works=settings.role != "web",
        platforms=tuple(adapters),
    )
    return Muster(
        settings, clock, db, known, door, worker, adapters, place, rings, auditor, siblings
    )


def _forget(adapters: Mapping[str, Adapter], platform: str, workspace: str, user: str) -> None:
    for name, adapter in adapters.items():
        if name == platform and isinstance(adapter, RemembersPeople):
            adapter.forget(workspace, user)


def _siblings(db: PostgresDatabase) -> Siblings:
    from bot.siblings import Siblings  # noqa: PLC0415  SQLite needs no driver of PostgreSQL's

    return Siblings(db)


def platforms(
    settings: Settings,
    db: Database,
    clock: Clock,
    known: Registry,
    siblings: Siblings | None = None,
) -> dict[str, Adapter]:
    """The platforms outside that are set up. ValueError, in a sentence, where that cannot work."""
    found: dict[str, Adapter] = {}
    election: Election | None = siblings.election if siblings is not None else None
    if settings.role == "web":
        election = NeverChosen()
    agreed = _Agreed(election, siblings.quotas if siblings is not None else None)
    if settings.has_slack:
        found["slack"] = _slack(settings, db, clock, agreed)
    if settings.has_feishu:
        found["feishu"] = _feishu(settings, clock, known, agreed)
    return found


@dataclass(frozen=True, slots=True)
class _Agreed:
    """What an adapter agrees upon with those of other replicas."""

    election: Election | None
    quotas: Quotas | None


def _slack(settings: Settings, db: Database, clock: Clock, agreed: _Agreed) -> Adapter:
    from adapters.slack.adapter import Config, Slack  # noqa: PLC0415  loaded only where it is used
    from storage.vault import Vault  # noqa: PLC0415  as above

    config = Config(
        bot_token=settings.slack_bot_token.get_secret_value(),
        signing_secret=settings.slack_signing_secret.get_secret_value(),
        app_token=settings.slack_app_token.get_secret_value(),
        client_id=settings.slack_client_id,
        client_secret=settings.slack_client_secret.get_secret_value(),
        api_url=settings.slack_api_url,
        prefix=settings.slack_command_prefix,
        public_url=settings.public_url,
    )
    vault = Vault(db, settings.secrets, clock) if config.client_id else None
    return Slack(config, clock.now, vault=vault, election=agreed.election, quotas=agreed.quotas)


def _feishu(settings: Settings, clock: Clock, known: Registry, agreed: _Agreed) -> Adapter:
    from adapters.feishu.adapter import Config, Feishu  # noqa: PLC0415  as above

    configs = [
        Config(
            each.app_id,
            each.app_secret.get_secret_value(),
            each.encrypt_key.get_secret_value(),
            each.verification_token.get_secret_value(),
            each.mode,
            each.domain,
        )
        for each in settings.all_feishu_apps
    ]
    return Feishu(
        configs,
        clock,
        known.commands.values(),
        election=agreed.election,
        quotas=agreed.quotas,
    )


def has_playground(settings: Settings) -> bool:
    """Whether the playground is served. It trusts whoever reaches it, so only on loopback."""
    if settings.playground == "on" and not settings.is_loopback:
        message = (
            "The playground lets anybody be anybody, so it is served to this machine only: "
            "set MUSTER_HOST=127.0.0.1 or MUSTER_PLAYGROUND=off."
        )
        raise ValueError(message)
    return settings.playground == "on" or (
        settings.playground == "auto" and settings.is_loopback and not settings.has_any
    )


def _check_folder(file: str) -> None:
    """FileNotFoundError: there is no folder for the database's file. SQLite would not say where."""
    if not file.startswith("file:") and not Path(file).parent.is_dir():
        raise FileNotFoundError(2, "No such file or directory", file)


def _clock(town: Town | None) -> Clock:
    """The system's clock; in the playground one that can be moved, and never starts in its past."""
    if town is None:
        return SystemClock()
    last = town.messages.last_at()
    now = SystemClock().now()
    return MovableClock(last if last is not None and last > now else None)


def web_routes(muster: Muster) -> list[BaseRoute]:
    """The routes of every platform that is reached over HTTP; none where that is not its role."""
    found: list[BaseRoute] = []
    if muster.settings.role == "worker":
        return found
    for adapter in muster.adapters.values():
        if isinstance(adapter, ServesWeb):
            found += adapter.routes()
    if muster.playground is not None:
        from adapters.playground.web import routes  # noqa: PLC0415  only where it is served

        found += routes(muster.playground, muster.clock, muster.commands_help, muster.advance)
    return found
