"""The tenant access token of one app."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from adapters.feishu.errors import Busy

log = structlog.get_logger(__name__)
#: A token is renewed this long before its end (seconds); one that lives shortly, in its last tenth.
RENEW_BEFORE = 600.0


class Token:
    """The app's token: fetched once for all who wait, renewed before its end, evicted on demand."""

    def __init__(
        self, ask: Callable[[], Awaitable[dict[str, Any]]], now: Callable[[], float]
    ) -> None:
        #: Asks the platform: tenant_access_token, and expire, the seconds that it lives.
        self._ask = ask
        self._now = now
        self._value = ""
        self._renew_at = 0.0
        self._ends_at = 0.0
        self._fetching: asyncio.Task[str] | None = None

    async def get(self) -> str:
        """A token that is good for a while. While it is being renewed, the old one still serves."""
        now = self._now()
        if self._value and now < self._renew_at:
            return self._value
        if self._fetching is None or self._fetching.done():
            self._fetching = asyncio.create_task(self._fetch(), name="feishu token")
            self._fetching.add_done_callback(_look_at)
        if self._value and now < self._ends_at:
            return self._value
        # Whoever stops waiting does not take it from the others.
        return await asyncio.shield(self._fetching)

    def evict(self, token: str) -> None:
        """Forget `token`, unless there is a newer one by now."""
        if self._value == token:
            self._value = ""

    def stop(self) -> None:
        if self._fetching is not None:
            self._fetching.cancel()
            self._fetching = None

    async def _fetch(self) -> str:
        asked = self._now()
        answer = await self._ask()
        value, lives = answer.get("tenant_access_token"), answer.get("expire")
        if not isinstance(value, str) or not value or not isinstance(lives, int):
            reason = "the answer has no token"
            raise Busy(reason)
        self._value = value
        self._ends_at = asked + lives
        self._renew_at = self._ends_at - min(RENEW_BEFORE, lives / 10)
        return value


def _look_at(task: asyncio.Task[str]) -> None:
    """Nobody may be waiting for a renewal; the next who needs the token tries again."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.warning("feishu.token_failed", reason=str(error))
