"""Messages, as the history shows them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(eq=False)
class Message:
    """One message. `seen_by` is a user id if only that person sees it."""

    ts: str
    team: str
    channel: str
    user: str
    text: str
    blocks: list[dict[str, Any]] = field(default_factory=list)
    attachments: list[dict[str, Any]] = field(default_factory=list)
    thread_ts: str = ""
    subtype: str = ""
    bot_id: str = ""
    app_id: str = ""
    bot_profile: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    files: list[dict[str, Any]] = field(default_factory=list)
    #: Emoji → who, in order.
    reactions: dict[str, list[str]] = field(default_factory=dict)
    edited: dict[str, str] | None = None
    is_deleted: bool = False
    seen_by: str = ""
    is_broadcast: bool = False
    client_msg_id: str = ""
    #: Other fields, such as `topic` of a message about a topic.
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def is_reply(self) -> bool:
        return bool(self.thread_ts) and self.thread_ts != self.ts

    def json(self, *, metadata: bool = True) -> dict[str, Any]:
        """The message object. Metadata is left out where it was not asked for."""
        shown: dict[str, Any] = {
            "type": "message",
            "user": self.user,
            "text": self.text,
            "ts": self.ts,
            "team": self.team,
        }
        optional: dict[str, Any] = {
            "subtype": "thread_broadcast" if self.is_broadcast else self.subtype,
            "client_msg_id": self.client_msg_id,
            "bot_id": self.bot_id,
            "app_id": self.app_id,
            "bot_profile": self.bot_profile,
            "blocks": self.blocks,
            "attachments": self.attachments,
            "thread_ts": self.thread_ts,
            "files": self.files,
            "edited": self.edited,
            "metadata": self.metadata if metadata else None,
            "reactions": [
                {"name": name, "users": list(users), "count": len(users)}
                for name, users in self.reactions.items()
            ],
        }
        return shown | {key: value for key, value in optional.items() if value} | self.more


def rich_text(text: str, pieces: list[dict[str, Any]] | None = None) -> list[dict[str, Any]]:
    """The block that Slack's own composer makes of what a person typed."""
    section = {
        "type": "rich_text_section",
        "elements": pieces or [{"type": "text", "text": text}],
    }
    return [{"type": "rich_text", "block_id": "b0", "elements": [section]}]
