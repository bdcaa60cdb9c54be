"""The people of a workspace, as Slack knows them: looked up one by one, and remembered for a while.

No call lists a workspace: the largest have hundreds of thousands of people.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import structlog

from adapters.slack.cache import Cache
from adapters.slack.calls import Api
from adapters.slack.errors import Rejected
from bot.core.text import Language
from bot.core.words import fold

log = structlog.get_logger(__name__)
#: Seconds for which a profile is believed; an event says when one changes before.
_FRESH = 3600.0
_FRESH_GROUP = 300.0
_FRESH_FIELD = 6 * 3600.0
_MOST_PEOPLE = 10_000
_MOST_GROUPS = 500
#: What workspaces call the field of a profile that names somebody's manager, in folded words.
_MANAGER = {
    "manager",
    "line manager",
    "reports to",
    "supervisor",
    "boss",
    "上级",
    "直属上级",
    "直接上级",
    "经理",
    "直属经理",
    "主管",
    "直属主管",
    "汇报对象",
    "汇报给",
}
_PROFILE_SCOPE = "users.profile:read"


@dataclass(frozen=True, slots=True)
class Profile:
    """Somebody. `zone` is an IANA name, `manager` a user's id; None where Slack does not say."""

    name: str
    lang: Language | None = None
    zone: str | None = None
    is_admin: bool = False
    is_active: bool = True
    is_bot: bool = False
    #: A guest, or of another organisation; None where Slack does not say.
    is_outsider: bool | None = None
    manager: str | None = None

    @classmethod
    def of(cls, user: Mapping[str, Any], workspace: str = "") -> Profile:
        """From a user object (https://docs.slack.dev/reference/objects/user-object).

        `workspace` is that in which Muster is. The locale is there only where it was asked for, and
        the manager never.
        """
        shown = user.get("profile") or {}
        names = (shown.get("display_name"), shown.get("real_name"), user.get("real_name"))
        admin = ("is_admin", "is_owner", "is_primary_owner")
        return cls(
            name=str(next((name for name in (*names, user.get("name")) if name), "")),
            lang=_language(user.get("locale")),
            zone=str(user["tz"]) if user.get("tz") else None,
            is_admin=any(bool(user.get(flag)) for flag in admin),
            is_active=not user.get("deleted"),
            is_bot=bool(user.get("is_bot")) or user.get("id") == "USLACKBOT",
            is_outsider=_is_outsider(user, workspace),
        )


def _is_outsider(user: Mapping[str, Any], workspace: str) -> bool | None:
    """Whether somebody does not belong to a workspace: Slack shows them only where they are in."""
    if any(user.get(flag) for flag in ("is_restricted", "is_ultra_restricted", "is_stranger")):
        return True
    on_grid = user.get("enterprise_user") or {}
    theirs = {user.get("team_id"), on_grid.get("enterprise_id"), *(on_grid.get("teams") or ())}
    theirs -= {None, ""}
    return workspace not in theirs if workspace and theirs else None


def _language(locale: Any) -> Language | None:
    """Slack's locale ("zh-CN", "en-GB"); languages that Muster does not speak are English."""
    if not locale:
        return None
    return "zh" if str(locale).lower().startswith("zh") else "en"


class People:
    """Who is in a workspace."""

    def __init__(self, api: Api, clock: Callable[[], float], workspace: str = "") -> None:
        self._api = api
        self._workspace = workspace
        self._profiles = Cache(self._fetched, clock=clock, seconds=_FRESH, size=_MOST_PEOPLE)
        self._groups = Cache(self._members, clock=clock, seconds=_FRESH_GROUP, size=_MOST_GROUPS)
        #: The id of the profile field with the manager; "" where there is none.
        self._field = Cache(self._manager_field, clock=clock, seconds=_FRESH_FIELD, size=1)

    def known(self, user: str) -> Profile | None:
        """Somebody who was looked up not long ago."""
        return self._profiles.known(user)

    async def profile(self, user: str) -> Profile:
        """Somebody, looked up if need be. Raises Temporary or Permanent ("user_not_found")."""
        return await self._profiles.get(user)

    def forget(self, user: str) -> None:
        """They have changed."""
        self._profiles.forget(user)

    async def group(self, group: str) -> tuple[str, ...]:
        """The members of a user group, by its id. Raises as `profile` ("no_such_subteam")."""
        return await self._groups.get(group)

    async def _fetched(self, user: str) -> Profile:
        args = {"user": user, "include_locale": "1"}
        found = Profile.of((await self._api.call("users.info", args))["user"], self._workspace)
        if found.is_bot or not found.is_active:
            return found
        return replace(found, manager=await self._manager(user))

    async def _manager(self, user: str) -> str | None:
        field = await self._field.get("")
        if not field:
            return None
        try:
            found = await self._api.call("users.profile.get", {"user": user})
        except Rejected as rejected:
            log.info("slack.no_profile", code=rejected.code)
            return None
        fields = found["profile"].get("fields") or {}
        value = str((fields.get(field) or {}).get("value") or "")
        return value.split(",", maxsplit=1)[0].strip() or None

    async def _manager_field(self, _: str) -> str:
        """Optional: where the scope was not granted, or the workspace has no such field, ""."""
        try:
            found = await self._api.call("team.profile.get")
        except Rejected as rejected:
            log.info("slack.no_profile_fields", code=rejected.code)
            self._api.lacking.discard(_PROFILE_SCOPE)
            return ""
        for field in found["profile"].get("fields") or ():
            if field.get("type") == "user" and fold(str(field.get("label"))) in _MANAGER:
                return str(field["id"])
        return ""

    async def _members(self, group: str) -> tuple[str, ...]:
        found = await self._api.call("usergroups.users.list", {"usergroup": group})
        return tuple(str(user) for user in found["users"])
