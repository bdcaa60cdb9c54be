"""Chats, and what is written, pinned and reacted in them."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.feishu.org import App, Tenant, User

Member = User | App
_DEFAULTS = {
    "add_member_permission": "all_members",
    "share_card_permission": "allowed",
    "at_all_permission": "all_members",
    "edit_permission": "all_members",
    "group_message_type": "chat",
    "chat_type": "private",
    "join_message_visibility": "all_members",
    "leave_message_visibility": "all_members",
    "membership_approval": "no_approval_required",
    "moderation_permission": "all_members",
    "urgent_setting": "all_members",
    "video_conference_setting": "all_members",
    "hide_member_count_setting": "all_members",
}


@dataclass(eq=False)
class Mention:
    key: str
    who: Member

    def in_event(self, app: App) -> dict[str, Any]:
        is_user = isinstance(self.who, User)
        return {
            "key": self.key,
            "id": self.who.ids(app) if isinstance(self.who, User) else self.who.ids(),
            "mentioned_type": "user" if is_user else "bot",
            "name": self.who.name,
            "tenant_key": self.who.tenant.key,
        }

    def in_answer(self, app: App) -> dict[str, Any]:
        who = self.who
        return {
            "key": self.key,
            "id": who.open_id(app) if isinstance(who, User) else who.bot_open_id,
            "id_type": "open_id",
            "name": who.name,
            "tenant_key": who.tenant.key,
        }


@dataclass(eq=False)
class Reaction:
    id: str
    who: Member
    emoji: str
    at: str

    def shown(self, app: App) -> dict[str, Any]:
        is_user = isinstance(self.who, User)
        return {
            "reaction_id": self.id,
            "operator": {
                "operator_id": self.who.open_id(app) if isinstance(self.who, User) else self.who.id,
                "operator_type": "user" if is_user else "app",
            },
            "action_time": self.at,
            "reaction_type": {"emoji_type": self.emoji},
        }


@dataclass(eq=False)
class Urgent:
    """A buzz: `how` is app, sms or phone; it counts as unread until the person has read it."""

    message: Message
    who: User
    how: str
    is_read: bool = False


@dataclass(eq=False)
class Message:
    """A message; `sent` is seconds since 1970, other instants are Feishu's strings of ms."""

    chat: Chat
    sender: Member
    msg_type: str
    content: str
    sent: float
    created: str
    updated: str = ""
    root: Message | None = None
    parent: Message | None = None
    thread_id: str = ""
    mentions: list[Mention] = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)
    reads: dict[User, str] = field(default_factory=dict)
    urgents: list[Urgent] = field(default_factory=list)
    only_for: User | None = None
    is_deleted: bool = False
    is_updated: bool = False
    patches: int = 0
    uuid: str = ""
    id: str = field(default_factory=lambda: "om_" + uuid.uuid4().hex)

    @property
    def card(self) -> dict[str, Any] | None:
        """The card as it stands now, if it is one."""
        if self.msg_type != "interactive":
            return None
        loaded: dict[str, Any] = json.loads(self.content)
        return loaded

    def ids(self) -> dict[str, str]:
        """Where it stands: root, parent and thread, those that there are."""
        found = {}
        if self.root:
            found["root_id"] = self.root.id
        if self.parent:
            found["parent_id"] = self.parent.id
        if self.thread_id:
            found["thread_id"] = self.thread_id
        return found

    def shown(self, app: App) -> dict[str, Any]:
        """As the message APIs answer."""
        is_user = isinstance(self.sender, User)
        answer: dict[str, Any] = {
            "message_id": self.id,
            **self.ids(),
            "msg_type": self.msg_type,
            "create_time": self.created,
            "update_time": self.updated or self.created,
            "deleted": self.is_deleted,
            "updated": self.is_updated,
            "chat_id": self.chat.id,
            "sender": {
                "id": self.sender.open_id(app) if isinstance(self.sender, User) else self.sender.id,
                "id_type": "open_id" if is_user else "app_id",
                "sender_type": "user" if is_user else "app",
                "tenant_key": self.sender.tenant.key,
            },
            "body": {"content": self.content},
        }
        if self.mentions:
            answer["mentions"] = [each.in_answer(app) for each in self.mentions]
        return answer


@dataclass(eq=False)
class Pin:
    message: Message
    who: Member
    at: str

    def shown(self, app: App) -> dict[str, Any]:
        is_user = isinstance(self.who, User)
        return {
            "message_id": self.message.id,
            "chat_id": self.message.chat.id,
            "operator_id": self.who.open_id(app) if isinstance(self.who, User) else self.who.id,
            "operator_id_type": "open_id" if is_user else "app_id",
            "create_time": self.at,
        }


@dataclass(eq=False)
class Chat:
    """A group, or (`mode` p2p) the conversation of one person with one bot."""

    tenant: Tenant
    mode: str = "group"
    name: str = ""
    description: str = ""
    owner: Member | None = None
    #: Who made it: an app that did may change it though it is not the owner.
    creator: Member | None = None
    members: list[User] = field(default_factory=list)
    bots: list[App] = field(default_factory=list)
    managers: list[Member] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=lambda: dict(_DEFAULTS))
    messages: list[Message] = field(default_factory=list)
    pins: list[Pin] = field(default_factory=list)
    tabs: list[dict[str, Any]] = field(default_factory=list)
    top_notice: Message | None = None
    #: The docx announcement's blocks; what the legacy API wrote is `notice`.
    announcement: Any = None
    notice: list[str] = field(default_factory=list)
    dissolved: bool = False
    is_busy: bool = False
    id: str = field(default_factory=lambda: "oc_" + uuid.uuid4().hex)

    @property
    def names(self) -> set[str]:
        """Who is in, by name."""
        return {user.name for user in self.members}

    @property
    def pinned(self) -> list[Message]:
        return [pin.message for pin in self.pins]

    @property
    def is_external(self) -> bool:
        """Whether people of other tenants are in."""
        return any(user.tenant is not self.tenant for user in self.members)

    def has(self, who: Member) -> bool:
        return who in self.members or who in self.bots

    def bosses(self, app: App) -> bool:
        """Whether the app may do what owners do."""
        return app in {self.owner, self.creator} or app in self.managers

    def shown(self, app: App, kind: str = "open_id") -> dict[str, Any]:
        """As the chat APIs answer."""
        answer: dict[str, Any] = {
            "avatar": "https://avatars.example/chat.jpg",
            "name": self.name,
            "description": self.description,
            "i18n_names": {},
            "chat_mode": self.mode,
            "chat_tag": "inner",
            "external": self.is_external,
            "tenant_key": self.tenant.key,
            **{k: v for k, v in self.settings.items() if v is not None},
        }
        # A group that a bot owns names no owner.
        if isinstance(self.owner, User):
            answer |= {"owner_id": self.owner.id(app, kind), "owner_id_type": kind}
        return answer

    def status(self, app: App, kind: str = "open_id") -> dict[str, Any]:
        """What only the detailed answer tells."""
        return {
            "user_count": str(len(self.members)),
            "bot_count": str(len(self.bots)),
            "user_manager_id_list": [u.id(app, kind) for u in self.managers if isinstance(u, User)],
            "bot_manager_id_list": [a.id for a in self.managers if isinstance(a, App)],
            "chat_status": "dissolved" if self.dissolved else "normal",
        }
