"""The people of a tenant, as far as the app may see them: looked up one by one, and remembered."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from adapters.feishu.api import people as contact
from adapters.feishu.client import FeishuClient
from adapters.feishu.errors import Rejected

log = structlog.get_logger(__name__)
#: Seconds for which a profile is believed; an event says when one changes before.
_FRESH = 3600.0
_MOST = 10_000
#: Departments above one that are asked for their head.
_HIGHEST = 5


@dataclass(frozen=True, slots=True)
class Profile:
    """Somebody. `manager` is an open_id; None where Feishu does not say, or may not."""

    name: str = ""
    is_admin: bool = False
    is_active: bool = True
    manager: str | None = None
    #: False for whom the app may not look up: nothing is known of them then.
    is_seen: bool = True


class People:
    """Who is in a tenant."""

    def __init__(self, client: FeishuClient, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._kept: OrderedDict[str, tuple[float, Profile]] = OrderedDict()
        self._asked: dict[str, asyncio.Task[Profile]] = {}

    def known(self, user: str) -> Profile | None:
        """Somebody who was looked up not long ago."""
        read_at, found = self._kept.get(user, (0.0, None))
        return found if found is not None and self._clock() - read_at < _FRESH else None

    def forget(self, user: str) -> None:
        """They have changed."""
        self._kept.pop(user, None)

    def met(self) -> tuple[str, ...]:
        """The open_ids of who is in use and was looked up, whoever was last first."""
        kept = reversed(self._kept.items())
        return tuple(user for user, (_, each) in kept if each.is_active)

    async def profile(self, user: str) -> Profile:
        """Somebody, looked up if need be: once, whoever else asks meanwhile.

        Whom the app may not see is nobody in particular. Raises Temporary.
        """
        found = self.known(user)
        if found is not None:
            return found
        task = self._asked.get(user)
        if task is None:
            task = self._asked[user] = asyncio.create_task(self._look_up(user))
            task.add_done_callback(lambda done: self._answered(user, done))
        return await asyncio.shield(task)

    def _answered(self, user: str, done: asyncio.Task[Profile]) -> None:
        self._asked.pop(user, None)
        if not done.cancelled():
            done.exception()  # whoever asked may wait no longer: nobody would have looked

    async def _look_up(self, user: str) -> Profile:
        try:
            read = await contact.user(self._client, user)
            found = await self._read(user, read)
        except Rejected as rejected:
            log.info("feishu.person_unseen", code=rejected.code)
            found = Profile(is_seen=False)
        self._kept[user] = (self._clock(), found)
        self._kept.move_to_end(user)
        while len(self._kept) > _MOST:
            self._kept.popitem(last=False)
        return found

    async def _read(self, user: str, read: Mapping[str, Any]) -> Profile:
        status: Mapping[str, Any] = read.get("status") or {}
        manager = str(read.get("leader_user_id") or "") or None
        if manager is None:
            manager = await self._head(
                user, [str(each) for each in read.get("department_ids") or []]
            )
        return Profile(
            str(read.get("name") or read.get("en_name") or ""),
            bool(read.get("is_tenant_manager")),
            not (status.get("is_resigned") or status.get("is_frozen")),
            manager,
        )

    async def _head(self, user: str, departments: list[str]) -> str | None:
        """The head of somebody's department, or of the nearest above that is somebody else."""
        for department in departments[:1]:
            above = department
            for _ in range(_HIGHEST):
                if not above or above == "0":
                    return None
                try:
                    found = await contact.department(self._client, above)
                except Rejected as rejected:
                    log.info("feishu.department_unseen", code=rejected.code)
                    return None
                head = str(found.get("leader_user_id") or "")
                if head and head != user:
                    return head
                above = str(found.get("parent_department_id") or "")
        return None
