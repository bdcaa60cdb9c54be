"""Tenants, their people and departments, and the apps installed in them."""

from __future__ import annotations

import hashlib
import itertools
import uuid
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.feishu.scopes import (
    ALL_FIELDS,
    DEPARTMENT_FIELDS,
    EVERY_GROUP_MESSAGE,
    USER_FIELDS,
    USER_ID,
)

_numbers = itertools.count(1)

#: What an app hears of unless it says otherwise: all of the 2.0 events that the fake sends.
EVENTS = frozenset(
    {
        "application.bot.menu_v6",
        "contact.user.created_v3",
        "contact.user.deleted_v3",
        "contact.user.updated_v3",
        "im.chat.access_event.bot_p2p_chat_entered_v1",
        "im.chat.disbanded_v1",
        "im.chat.member.bot.added_v1",
        "im.chat.member.bot.deleted_v1",
        "im.chat.member.user.added_v1",
        "im.chat.member.user.deleted_v1",
        "im.chat.member.user.withdrawn_v1",
        "im.chat.updated_v1",
        "im.message.message_read_v1",
        "im.message.reaction.created_v1",
        "im.message.reaction.deleted_v1",
        "im.message.recalled_v1",
        "im.message.receive_v1",
    }
)


def hexed(*parts: str) -> str:
    """32 hexadecimal digits, the same for the same parts."""
    return hashlib.sha256(":".join(parts).encode()).hexdigest()[:32]


@dataclass(eq=False)
class User:
    """Somebody in a tenant, whoever looks at them."""

    tenant: Tenant
    name: str
    en_name: str = ""
    email: str = ""
    mobile: str = ""
    lang: str = "zh_cn"
    leader: User | None = None
    departments: list[Department] = field(default_factory=list)
    is_frozen: bool = False
    is_resigned: bool = False
    is_activated: bool = True
    is_tenant_manager: bool = False
    user_id: str = field(default_factory=lambda: uuid.uuid4().hex[:8])

    @property
    def union_id(self) -> str:
        return "on_" + hexed("union", self.tenant.key, self.user_id)

    def open_id(self, app: App) -> str:
        """Each app knows them by another open_id."""
        return "ou_" + hexed(app.id, self.user_id)

    def id(self, app: App, kind: str = "open_id") -> str:
        match kind:
            case "open_id":
                return self.open_id(app)
            case "union_id":
                return self.union_id
            case _:
                return self.user_id

    def ids(self, app: App) -> dict[str, str | None]:
        """The three identifiers, as events carry them; user_id needs a scope of its own."""
        return {
            "union_id": self.union_id,
            "user_id": self.user_id if app.sees_field(USER_ID) else None,
            "open_id": self.open_id(app),
        }

    def shown(self, app: App, kind: str = "open_id") -> dict[str, Any]:
        """The contact record, without the fields that the app has no scope for."""
        every: dict[str, Any] = {
            "user_id": self.user_id,
            "name": self.name,
            "en_name": self.en_name,
            "email": self.email,
            "mobile": self.mobile,
            "avatar": _avatar(self.user_id),
            "status": self.status,
            "department_ids": [each.open_id for each in self.departments] or ["0"],
            "is_tenant_manager": self.is_tenant_manager,
        }
        if self.leader:
            every["leader_user_id"] = self.leader.id(app, kind)
        fields = {k: v for k, v in every.items() if app.sees_field(USER_FIELDS[k])}
        return {"union_id": self.union_id, "open_id": self.open_id(app)} | fields

    def in_event(self, app: App) -> dict[str, Any]:
        """The record as contact events carry it."""
        return {k: v for k, v in self.shown(app).items() if k != "is_tenant_manager"}

    @property
    def status(self) -> dict[str, bool]:
        return {
            "is_frozen": self.is_frozen,
            "is_resigned": self.is_resigned,
            "is_activated": self.is_activated,
            "is_exited": False,
            "is_unjoin": False,
        }


@dataclass(eq=False)
class Department:
    tenant: Tenant
    name: str
    leader: User | None = None
    parent: Department | None = None
    department_id: str = field(default_factory=lambda: f"D{next(_numbers):03}")

    @property
    def open_id(self) -> str:
        return "od-" + hexed(self.tenant.key, self.department_id)

    def shown(self, app: App, kind: str = "open_id") -> dict[str, Any]:
        every: dict[str, Any] = {
            "name": self.name,
            "i18n_name": {"zh_cn": self.name},
            "parent_department_id": self.parent.open_id if self.parent else "0",
            "member_count": sum(self in user.departments for user in self.tenant.users),
        }
        if self.leader:
            leader = self.leader.id(app, kind)
            every |= {
                "leader_user_id": leader,
                "leaders": [{"leaderType": 1, "leaderID": leader}],
            }
        fields = {k: v for k, v in every.items() if app.sees_field(DEPARTMENT_FIELDS[k])}
        always = {
            "department_id": self.department_id,
            "open_department_id": self.open_id,
            "status": {"is_deleted": False},
        }
        return always | fields


@dataclass(eq=False)
class Tenant:
    """A company. `sensitive` words are refused in messages; `has_dlp` refuses plain numbers."""

    name: str = "测试企业"
    key: str = field(default_factory=lambda: uuid.uuid4().hex[:16])
    users: list[User] = field(default_factory=list)
    departments: list[Department] = field(default_factory=list)
    sensitive: set[str] = field(default_factory=set)
    has_dlp: bool = False
    #: How many SMS and phone calls the admin has paid for.
    urgent_quota: int = 0

    def find(self, text: str, app: App, kind: str = "open_id") -> User | None:
        """The user with that id in the app's eyes."""
        return next((user for user in self.users if user.id(app, kind) == text), None)


@dataclass(eq=False)
class App:
    """An app with a bot.

    Args:
        scopes: what it was given; None is everything but what is denied.
        visible: the people whom it is available to; None is everybody.
        events: the events it subscribed to.
        event_url, card_url: webhook addresses; without them it listens on the long connection.
        takes_callbacks: whether the console's second subscription (card callbacks) was made.
    """

    tenant: Tenant
    name: str = "集结"
    id: str = field(default_factory=lambda: "cli_" + uuid.uuid4().hex[:16])
    secret: str = field(default_factory=lambda: uuid.uuid4().hex)
    encrypt_key: str = ""
    verification_token: str = field(default_factory=lambda: uuid.uuid4().hex)
    scopes: set[str] | None = None
    denied: set[str] = field(default_factory=lambda: {EVERY_GROUP_MESSAGE})
    visible: set[User] | None = None
    events: set[str] = field(default_factory=lambda: set(EVENTS))
    event_url: str = ""
    card_url: str = ""
    takes_callbacks: bool = True
    has_bot: bool = True
    #: How long a new token lives, in seconds.
    expire: int = 7200
    slash_commands: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: token → when it stops working (seconds since 1970)
    tokens: dict[str, float] = field(default_factory=dict)
    #: Those who pressed "stop receiving messages".
    muted_by: set[User] = field(default_factory=set)

    @property
    def bot_open_id(self) -> str:
        return "ou_" + hexed(self.id, "bot")

    def may(self, scope: str) -> bool:
        return scope not in self.denied and (self.scopes is None or scope in self.scopes)

    def sees_field(self, scope: str) -> bool:
        """Whether it may see a field that this scope unlocks."""
        if self.scopes is None:
            return scope not in self.denied
        return self.may(scope) or any(self.may(each) for each in ALL_FIELDS)

    def grant(self, *scopes: str) -> None:
        self.denied.difference_update(scopes)
        if self.scopes is not None:
            self.scopes.update(scopes)

    def revoke(self, *scopes: str) -> None:
        self.denied.update(scopes)

    def reaches(self, user: User) -> bool:
        """Whether the user is inside the app's availability."""
        return self.visible is None or user in self.visible

    def ids(self) -> dict[str, str | None]:
        """The bot's identifiers, as mentions carry them."""
        return {
            "union_id": "on_" + hexed(self.id, "bot"),
            "user_id": None,
            "open_id": self.bot_open_id,
        }


def _avatar(seed: str) -> dict[str, str]:
    return {
        f"avatar_{size}": f"https://avatars.example/{seed}/{size}.jpg"
        for size in ("72", "240", "640", "origin")
    }
