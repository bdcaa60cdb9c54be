"""Members of a workspace, people and bots, as users.info shows them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo


@dataclass(eq=False)
class User:
    """A member. `fields` maps a profile field's id to its value, such as a manager's user id."""

    id: str
    team: str
    name: str
    real_name: str
    display_name: str
    tz: str = "UTC"
    locale: str = "en-US"
    email: str = ""
    is_admin: bool = False
    is_owner: bool = False
    is_bot: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False
    deleted: bool = False
    updated: int = 0
    bot_id: str = ""
    app_id: str = ""
    fields: dict[str, str] = field(default_factory=dict)

    def profile(self, *, email: bool = True) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "title": "",
            "phone": "",
            "skype": "",
            "real_name": self.real_name,
            "real_name_normalized": self.real_name,
            "display_name": self.display_name,
            "display_name_normalized": self.display_name,
            "status_text": "",
            "status_emoji": "",
            "status_expiration": 0,
            "avatar_hash": f"g{self.id.lower()}",
            "first_name": self.real_name.split(" ")[0],
            "last_name": self.real_name.partition(" ")[2],
            **{
                f"image_{size}": f"https://secure.gravatar.com/avatar/{self.id}.jpg?s={size}"
                for size in (24, 32, 48, 72, 192, 512)
            },
            "status_text_canonical": "",
        }
        if email and self.email:
            shown["email"] = self.email
        if self.is_bot:
            shown |= {"api_app_id": self.app_id, "bot_id": self.bot_id, "always_active": True}
        return shown

    def json(self, at: float, *, locale: bool = False, email: bool = True) -> dict[str, Any]:
        """The user object; `at` decides between summer and winter time."""
        shown: dict[str, Any] = {
            "id": self.id,
            "team_id": self.team,
            "name": self.name,
            "deleted": self.deleted,
            "profile": self.profile(email=email),
            "is_bot": self.is_bot,
            "is_app_user": False,
            "updated": self.updated,
        }
        if not self.deleted:
            zone = ZoneInfo(self.tz)
            moment = datetime.fromtimestamp(at, UTC).astimezone(zone)
            offset = moment.utcoffset()
            shown |= {
                "color": "9f69e7",
                "real_name": self.real_name,
                "tz": self.tz,
                "tz_label": moment.tzname() or self.tz,
                "tz_offset": int(offset.total_seconds()) if offset is not None else 0,
                "is_admin": self.is_admin,
                "is_owner": self.is_owner,
                "is_primary_owner": False,
                "is_restricted": self.is_restricted,
                "is_ultra_restricted": self.is_ultra_restricted,
                "is_email_confirmed": not self.is_bot,
                "who_can_share_contact_card": "EVERYONE",
            }
        if self.is_stranger:
            shown["is_stranger"] = True
        if locale:
            shown["locale"] = self.locale
        return shown


def handle(name: str) -> str:
    """The old-style user name that Slack makes of a display name."""
    return re.sub(r"[^a-z0-9._-]+", ".", name.lower()).strip(".") or "user"


@dataclass(eq=False)
class Group:
    """A user group, such as @oncall."""

    id: str
    team: str
    handle: str
    name: str
    users: list[str]
    created: int
    by: str
    is_disabled: bool = False

    def json(self, *, users: bool = False, count: bool = False) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "id": self.id,
            "team_id": self.team,
            "is_usergroup": True,
            "is_subteam": True,
            "name": self.name,
            "description": "",
            "handle": self.handle,
            "is_external": False,
            "date_create": self.created,
            "date_update": self.created,
            "date_delete": self.created if self.is_disabled else 0,
            "auto_type": None,
            "auto_provision": False,
            "enterprise_subteam_id": "",
            "created_by": self.by,
            "updated_by": self.by,
            "deleted_by": self.by if self.is_disabled else None,
            "prefs": {"channels": [], "groups": []},
        }
        if users:
            shown["users"] = list(self.users)
        if users or count:
            shown["user_count"] = len(self.users)
        return shown
