"""Who is in a workspace, as far as what comes in needs it: looked up, and told to the door."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Protocol
from uuid import uuid4

import structlog

from adapters.slack.people import Profile
from bot.core.errors import MusterError
from bot.core.events import ProfileSeen
from bot.core.platform import Happened, Incoming, Sender

log = structlog.get_logger(__name__)


class Society(Protocol):
    """Knows the people of a workspace, and remembers them."""

    def known(self, user: str) -> Profile | None:
        """Somebody who was looked up not long ago."""

    async def profile(self, user: str) -> Profile:
        """Somebody, looked up if need be. Raises Temporary or Permanent."""

    def forget(self, user: str) -> None:
        """They have changed."""

    async def group(self, group: str) -> tuple[str, ...]:
        """The members of a user group. Raises Temporary or Permanent."""


async def looked_up(society: Society, user: str, end: float) -> Profile | None:
    """Somebody; None if Slack does not say who by `end`, on the loop's clock."""
    try:
        async with asyncio.timeout_at(end):
            return await society.profile(user)
    except (TimeoutError, MusterError) as error:
        log.warning("slack.person_unknown", reason=type(error).__name__)
        return None


def acquainted(sender: Sender, profile: Profile | None) -> Sender:
    """The sender with all that is known of them."""
    if profile is None:
        return replace(sender, is_admin=False, is_known=not sender.user)
    is_outsider = sender.is_outsider if profile.is_outsider is None else profile.is_outsider
    return Sender(
        sender.user,
        profile.name or sender.name,
        profile.lang,
        profile.zone,
        profile.is_admin,
        is_outsider,
    )


def seen(workspace: str, user: str, profile: Profile, *, is_news: bool = False) -> Incoming:
    """What a look-up found, as a delivery of its own: telling it again changes nothing."""
    fact = ProfileSeen(profile.is_active, profile.manager, is_news)
    return Incoming(
        "slack",
        workspace,
        f"profile {uuid4().hex}",
        acquainted(Sender(user), profile),
        Happened(fact),
        is_answerable=False,
    )
