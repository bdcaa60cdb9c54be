"""Conversations: public and private channels, direct messages."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.slack.errors import SlackError
from tests.fakes.slack.messages import Message

#: Documented for conversations.create: lowercase letters, digits, hyphens, underscores.
NAME_LENGTH = 80
TOPIC_LENGTH = 250


@dataclass
class Note:
    """A topic or a purpose."""

    value: str = ""
    creator: str = ""
    last_set: int = 0

    def json(self) -> dict[str, Any]:
        return {"value": self.value, "creator": self.creator, "last_set": self.last_set}


@dataclass
class Bookmark:
    id: str
    channel: str
    title: str
    link: str
    emoji: str
    kind: str
    created: int
    by: str
    app: str
    updated: int = 0

    def json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "channel_id": self.channel,
            "title": self.title,
            "link": self.link,
            "emoji": self.emoji,
            "icon_url": "",
            "type": self.kind,
            "entity_id": None,
            "date_created": self.created,
            "date_updated": self.updated,
            "rank": "i",
            "last_updated_by_user_id": self.by,
            "last_updated_by_team_id": "",
            "shortcut_id": None,
            "app_id": self.app,
            "app_action_id": None,
        }


@dataclass
class Pin:
    ts: str
    by: str
    at: int


@dataclass(eq=False)
class Channel:
    """A conversation; `kind` is channel (public), group (private), im or mpim."""

    id: str
    team: str
    name: str
    kind: str
    creator: str
    created: int
    members: list[str] = field(default_factory=list)
    is_archived: bool = False
    is_general: bool = False
    is_deleted: bool = False
    #: Teams that share it through Slack Connect, its own left out.
    shared_with: list[str] = field(default_factory=list)
    topic: Note = field(default_factory=Note)
    purpose: Note = field(default_factory=Note)
    previous_names: list[str] = field(default_factory=list)
    messages: dict[str, Message] = field(default_factory=dict)
    #: What only one person sees; gone when they reload, kept here.
    ephemerals: list[Message] = field(default_factory=list)
    pins: dict[str, Pin] = field(default_factory=dict)
    bookmarks: dict[str, Bookmark] = field(default_factory=dict)
    canvas: str = ""

    def __str__(self) -> str:
        return f"#{self.name or self.id}"

    @property
    def is_private(self) -> bool:
        return self.kind != "channel"

    @property
    def is_direct(self) -> bool:
        return self.kind in ("im", "mpim")

    @property
    def letter(self) -> str:
        """The `channel_type` of events about members."""
        return {"channel": "C", "group": "G", "im": "D", "mpim": "G"}[self.kind]

    def find(self, ts: str) -> Message:
        """A message that is there; SlackError otherwise."""
        message = self.messages.get(ts)
        if message is None or message.is_deleted:
            raise SlackError("message_not_found")
        return message

    def shown(self) -> list[Message]:
        """Messages that were not deleted, oldest first."""
        return [message for _, message in sorted(self.messages.items()) if not message.is_deleted]

    def json(self, viewer: str, *, num_members: bool = False, full: bool = False) -> dict[str, Any]:
        """The conversation object as `viewer` (a user id) gets it; `full`: conversations.info's."""
        if self.kind == "im":
            other = [one for one in self.members if one != viewer]
            shown: dict[str, Any] = {
                "id": self.id,
                "created": self.created,
                "is_archived": self.is_archived,
                "is_im": True,
                "is_org_shared": False,
                "context_team_id": self.team,
                "updated": self.created * 1000,
                "user": other[0] if other else viewer,
                "last_read": "0000000000.000000",
                "is_open": True,
                "priority": 0,
            }
        else:
            shown = self._channel(viewer)
            if full:
                shown |= {
                    "is_frozen": False,
                    "parent_conversation": None,
                    "properties": {"tabs": []},
                }
        if num_members:
            shown["num_members"] = len(self.members)
        return shown

    def _channel(self, viewer: str) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "is_channel": self.kind in ("channel", "group"),
            "is_group": False,
            "is_im": False,
            "is_mpim": self.kind == "mpim",
            "is_private": self.is_private,
            "created": self.created,
            "is_archived": self.is_archived,
            "is_general": self.is_general,
            "unlinked": 0,
            "name_normalized": self.name,
            "is_shared": bool(self.shared_with),
            "is_org_shared": False,
            "is_pending_ext_shared": False,
            "pending_shared": [],
            "context_team_id": self.team,
            "updated": self.created * 1000,
            "creator": self.creator,
            "is_ext_shared": bool(self.shared_with),
            "shared_team_ids": [self.team, *self.shared_with],
            "pending_connected_team_ids": [],
            "is_member": viewer in self.members,
            "topic": self.topic.json(),
            "purpose": self.purpose.json(),
            "previous_names": list(self.previous_names),
        }


def check_name(name: str) -> str:
    """A channel name as it is; SlackError if Slack would not take it.

    Source: the errors of conversations.create. Letters of any script count as long as they have
    no capital form that differs ("lowercase letters").
    """
    if not name:
        raise SlackError("invalid_name_required")
    if len(name) > NAME_LENGTH:
        raise SlackError("invalid_name_maxlength")
    if not any(_is_word(letter) for letter in name):
        raise SlackError("invalid_name_punctuation")
    if any(not _is_word(letter) and letter not in "-_" for letter in name):
        raise SlackError("invalid_name_specials")
    if name != name.lower():
        raise SlackError("invalid_name")
    return name


def _is_word(letter: str) -> bool:
    return unicodedata.category(letter)[0] in "LMN"
