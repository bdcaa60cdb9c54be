"""An installation as Slack describes it: who Muster is there, and what it may do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from adapters.slack.cache import Cache
from adapters.slack.calls import Api, date_of

#: Seconds for which a workspace's name and Muster's own ids are believed.
_FRESH = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Identity:
    """What Muster is in a workspace, and what that is called; `url` ends in a slash."""

    team: str
    name: str
    url: str
    bot_user: str
    bot: str


@dataclass(frozen=True, slots=True)
class Examined:
    """What there is to say of a workspace, for `muster doctor`."""

    name: str
    #: Bot scopes that were granted.
    scopes: frozenset[str]
    #: Seconds that this machine's clock is ahead of Slack's.
    drift: float
    #: Method → calls within the last minute, and how many there may be.
    used: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    #: Method → seconds for which Slack wants no more of it.
    paused: Mapping[str, float] = field(default_factory=dict)
    #: Scopes that a call turned out to need and not to have.
    lacking: frozenset[str] = frozenset()


class Installation:
    """Muster in one workspace."""

    def __init__(self, api: Api, clock: Callable[[], float], now: Callable[[], datetime]) -> None:
        self._api = api
        self._now = now
        self._identity = Cache(self._asked, clock=clock, seconds=_FRESH, size=1)

    async def identity(self) -> Identity:
        """Who Muster is here. Raises Temporary or Permanent."""
        return await self._identity.get("")

    async def examined(self) -> Examined:
        """What Slack says just now. Raises Temporary or Permanent."""
        found, headers = await self._api.answer("auth.test")
        self._identity.put("", _identity(found))
        granted = (scope.strip() for scope in headers.get("x-oauth-scopes", "").split(","))
        return Examined(
            str(found.get("team") or ""),
            frozenset(scope for scope in granted if scope),
            self._drift(headers),
            self._api.pace.used(),
            self._api.pace.paused(),
            frozenset(self._api.lacking),
        )

    def _drift(self, headers: Mapping[str, str]) -> float:
        """0.0 where Slack does not say what time it is. Its word is exact to the second."""
        theirs = date_of(headers)
        return (self._now() - theirs).total_seconds() if theirs is not None else 0.0

    async def _asked(self, _: str) -> Identity:
        return _identity(await self._api.call("auth.test"))


def _identity(found: Mapping[str, Any]) -> Identity:
    return Identity(
        str(found.get("team_id") or ""),
        str(found.get("team") or ""),
        str(found.get("url") or ""),
        str(found["user_id"]),
        str(found.get("bot_id") or ""),
    )
