"""Feishu and Lark: what people do there comes to the door, what Muster does goes out.

One app or several, each a workspace of its own, over the long connection or webhooks: the same
behaviour. lark-oapi stays behind `client.py`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import structlog

from adapters.feishu import webhook
from adapters.feishu.app import App
from adapters.feishu.examining import examine
from bot.core.clock import Clock
from bot.core.commands import Command
from bot.core.effects import Effect, Receipt, SendFile
from bot.core.errors import Temporary
from bot.core.events import Finding
from bot.core.platform import Handle
from bot.core.replicas import Election, Quotas
from bot.core.strain import Strain

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Config:
    """One app, as it has been set up."""

    app_id: str
    app_secret: str
    encrypt_key: str = ""
    verification_token: str = ""
    mode: Literal["long", "webhook"] = "long"
    #: "feishu", "lark", or an address.
    domain: str = "feishu"

    def __post_init__(self) -> None:
        """ValueError, in a sentence, for what cannot work."""
        if not self.app_id or not self.app_secret:
            message = "Feishu needs FEISHU_APP_ID and FEISHU_APP_SECRET (凭证与基础信息)."
            raise ValueError(message)
        if self.mode == "webhook" and not (self.encrypt_key or self.verification_token):
            message = (
                "Feishu webhooks need FEISHU_ENCRYPT_KEY, or at least FEISHU_VERIFICATION_TOKEN "
                "(事件与回调 → 加密策略)."
            )
            raise ValueError(message)


class Feishu:
    """The adapter."""

    name = "feishu"

    def __init__(
        self,
        configs: Sequence[Config],
        clock: Clock,
        commands: Iterable[type[Command]] = (),
        *,
        monotonic: Callable[[], float] = time.monotonic,
        second: float = 1.0,
        election: Election | None = None,
        quotas: Quotas | None = None,
    ) -> None:
        """`second` is how long one of the server's seconds is, for tests that have less time.

        `election` and `quotas` are those of several replicas; a process by itself needs none.
        """
        known = tuple(commands)
        self._clock = clock
        #: Set while every app hears Feishu.
        self.ready = asyncio.Event()
        self.apps = {
            config.app_id: App(
                config,
                clock,
                known,
                monotonic=monotonic,
                second=second,
                election=election,
                quotas=quotas,
            )
            for config in configs
        }

    def routes(self) -> list[Any]:
        """The routes of the apps that Feishu reaches over HTTP."""
        inlets = [app.inlet() for app in self.apps.values() if app.config.mode == "webhook"]
        return list(webhook.routes(inlets, clock=self._clock)) if inlets else []

    @property
    def is_connected_to(self) -> bool:
        """As `HoldsConnection`."""
        return any(app.config.mode == "long" for app in self.apps.values())

    def connection_age(self) -> float | None:
        """As `HoldsConnection`."""
        since = [
            app.connection.connected_since
            for app in self.apps.values()
            if app.config.mode == "long" and app.connection.connected_since is not None
        ]
        return (self._clock.now() - max(since)).total_seconds() if since else None

    @property
    def strain(self) -> Strain:
        """As `TellsStrain`."""
        return sum(
            (
                app.client.strain + Strain(connections=app.connection.connections)
                for app in self.apps.values()
            ),
            Strain(),
        )

    async def run(self, handle: Handle) -> None:
        """Bring `handle` what people do, until cancelled; what is being answered is finished."""
        for app in self.apps.values():
            app.listen(handle)
        try:
            async with asyncio.TaskGroup() as group:
                for app in self.apps.values():
                    group.create_task(app.run())
                group.create_task(self._watch())
        finally:
            self.ready.clear()
            for app in self.apps.values():
                await app.close()

    async def _watch(self) -> None:
        """Ready is who hears Feishu in every app."""
        while True:
            is_ready = all(app.is_ready for app in self.apps.values())
            (self.ready.set if is_ready else self.ready.clear)()
            await asyncio.sleep(0.1)

    def _app(self, workspace: str) -> App:
        found = self.apps.get(workspace)
        if found is None:
            # It may be set up again, here or elsewhere.
            reason = "this app is not set up"
            raise Temporary(reason)
        return found

    async def perform(self, effect: Effect, key: str) -> Receipt:
        """Do it. Raises `Temporary` or `Permanent`."""
        return await self._app(effect.to.workspace).performer.perform(effect, key)

    async def send_file(self, effect: SendFile, key: str, content: Path) -> Receipt:
        """As `SendsFiles`."""
        return await self._app(effect.to.workspace).performer.send_file(effect, key, content)

    async def resume(self, workspace: str, waiting: str) -> None:
        """As `ResumesDeliveries`."""
        app = self.apps.get(workspace)
        if app is not None and app.is_listening:
            await app.resume(waiting)

    def forget(self, workspace: str, user: str) -> None:
        """As `RemembersPeople`."""
        if workspace in self.apps:
            self.apps[workspace].people.forget(user)

    async def examine(self, channels: Mapping[str, Mapping[str, str]]) -> list[Finding]:
        """As `ExaminesItself`."""
        found: list[Finding] = []
        for app in self.apps.values():
            found += await examine(app, channels.get(app.config.app_id, {}))
            if not app.is_listening:  # only looked at, not running
                await app.close()
        return found
