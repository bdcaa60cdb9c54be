"""The Events API: what happens in a workspace, and who is told."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from tests.fakes.slack.channels import Channel
from tests.fakes.slack.messages import Message
from tests.fakes.slack.users import User

if TYPE_CHECKING:
    from tests.fakes.slack.deliveries import Delivery
    from tests.fakes.slack.server import FakeSlack
    from tests.fakes.slack.workspace import Workspace

#: The subscription that brings messages of a kind of conversation.
MESSAGES = {
    "channel": "message.channels",
    "group": "message.groups",
    "im": "message.im",
    "mpim": "message.mpim",
}


class Events:
    def __init__(self, slack: FakeSlack) -> None:
        self._slack = slack
        #: Subscribed bot events; None: all there are.
        self.subscribed: set[str] | None = None

    def tell(
        self,
        team: Workspace,
        event: dict[str, Any],
        channel: Channel | None = None,
        *,
        always: bool = False,
    ) -> Delivery | None:
        """Send an event to the app if it may know of it: installed, subscribed, in the channel."""
        if team.installation is None or not (always or team.is_installed):
            return None
        if channel is not None and team.bot.id not in channel.members:
            return None
        if not self._is_subscribed(event, channel):
            return None
        if not always:  # The two about the app itself bear no time.
            event.setdefault("event_ts", self._slack.ts())
        return self._slack.deliveries.event(team, self._envelope(team, event, channel))

    def _is_subscribed(self, event: dict[str, Any], channel: Channel | None) -> bool:
        if self.subscribed is None:
            return True
        name = event["type"]
        if name == "message" and channel is not None:
            name = MESSAGES[channel.kind]
        return name in self.subscribed

    def _envelope(
        self, team: Workspace, event: dict[str, Any], channel: Channel | None
    ) -> dict[str, Any]:
        slack = self._slack
        authorization = {
            "enterprise_id": None,
            "team_id": team.id,
            "user_id": team.bot.id,
            "is_bot": True,
            "is_enterprise_install": False,
        }
        return {
            "token": slack.verification_token,
            "team_id": team.id,
            "context_team_id": team.id,
            "context_enterprise_id": None,
            "api_app_id": slack.app_id,
            "event": event,
            "type": "event_callback",
            "event_id": slack.ids.new("Ev"),
            "event_time": int(slack.clock.now()),
            "authorizations": [authorization],
            "is_ext_shared_channel": bool(channel and channel.shared_with),
            "event_context": f"4-{secrets.token_hex(24)}",
        }

    # Messages.

    def posted(self, team: Workspace, channel: Channel, message: Message) -> list[Delivery]:
        """A message is there; who is mentioned in it is told apart."""
        body = message.json(metadata=True) | self._place(channel, message.ts)
        if message.is_reply:
            parent = channel.messages.get(message.thread_ts)
            if message.is_broadcast:
                body["root"] = parent.json() if parent else {}
            else:
                body["parent_user_id"] = parent.user if parent else ""
        told = [self.tell(team, body, channel)]
        is_persons = not message.bot_id and not message.subtype
        is_mention = team.is_installed and f"<@{team.bot.id}>" in message.text
        if is_persons and is_mention and not channel.is_direct:
            mention = {key: value for key, value in body.items() if key != "channel_type"}
            told.append(self.tell(team, mention | {"type": "app_mention"}, channel))
        return [one for one in told if one is not None]

    def changed(
        self, team: Workspace, channel: Channel, message: Message, before: dict[str, Any]
    ) -> Delivery | None:
        event = {
            "type": "message",
            "subtype": "message_changed",
            "message": message.json(),
            "previous_message": before,
            "hidden": True,
            "ts": self._slack.ts(),
        }
        return self.tell(team, event | self._place(channel, event["ts"]), channel)

    def removed(self, team: Workspace, channel: Channel, message: Message) -> Delivery | None:
        event = {
            "type": "message",
            "subtype": "message_deleted",
            "previous_message": message.json(),
            "hidden": True,
            "deleted_ts": message.ts,
            "ts": self._slack.ts(),
        }
        return self.tell(team, event | self._place(channel, event["ts"]), channel)

    def notice(
        self, team: Workspace, channel: Channel, subtype: str, user: str, text: str, **more: Any
    ) -> Message:
        """A message that Slack itself writes, such as "has joined the channel"."""
        message = Message(self._slack.ts(), team.id, channel.id, user, text, subtype=subtype)
        message.more = more
        channel.messages[message.ts] = message
        body = message.json() | self._place(channel, message.ts)
        # These carry no team.
        self.tell(team, {key: value for key, value in body.items() if key != "team"}, channel)
        return message

    def _place(self, channel: Channel, ts: Any) -> dict[str, Any]:
        return {"channel": channel.id, "channel_type": channel.kind, "event_ts": ts}

    # Members.

    def joined(self, team: Workspace, channel: Channel, user: str, inviter: str = "") -> None:
        """Somebody has become a member; they are one already."""
        event = {
            "type": "member_joined_channel",
            "user": user,
            "channel": channel.id,
            "channel_type": channel.letter,
            "team": team.id,
        }
        if inviter:
            event["inviter"] = inviter
        self.tell(team, event, channel)
        more = {"inviter": inviter} if inviter else {}
        subtype = "channel_join" if channel.kind == "channel" else "group_join"
        self.notice(team, channel, subtype, user, f"<@{user}> has joined the channel", **more)

    def left(self, team: Workspace, channel: Channel, user: str, actor: str) -> None:
        """Somebody is no longer a member, by themselves or removed by `actor`."""
        if team.installation is not None and user == team.bot.id:
            name = "channel_left" if channel.kind == "channel" else "group_left"
            self.tell(team, {"type": name, "channel": channel.id, "actor_id": actor})
            return
        event = {
            "type": "member_left_channel",
            "user": user,
            "channel": channel.id,
            "channel_type": channel.letter,
            "team": team.id,
        }
        self.tell(team, event, channel)
        subtype = "channel_leave" if channel.kind == "channel" else "group_leave"
        self.notice(team, channel, subtype, user, f"<@{user}> has left the channel")

    # Channels.

    def renamed(self, team: Workspace, channel: Channel, user: str, old: str) -> None:
        body: dict[str, Any] = {
            "id": channel.id,
            "name": channel.name,
            "created": channel.created,
        }
        body |= {"is_channel": True, "is_mpim": False, "name_normalized": channel.name}
        name = f"{channel.kind}_rename"
        self.tell(team, {"type": name, "channel": body}, channel)
        text = f'has renamed the channel from "{old}" to "{channel.name}"'
        subtype = f"{channel.kind}_name"
        self.notice(team, channel, subtype, user, text, old_name=old, name=channel.name)

    def archived(self, team: Workspace, channel: Channel, user: str) -> None:
        """Archived or brought back: whichever it now is."""
        deed = "archive" if channel.is_archived else "unarchive"
        event: dict[str, Any] = {"type": f"{channel.kind}_{deed}", "channel": channel.id}
        if channel.is_archived:
            event |= {"user": user, "is_moved": 0}
        else:
            event["user" if channel.kind == "channel" else "actor_id"] = user
        self.tell(team, event, channel)
        text = f"<@{user}> {deed}d the channel"
        self.notice(team, channel, f"{channel.kind}_{deed}", user, text)

    def reacted(
        self,
        team: Workspace,
        channel: Channel,
        message: Message,
        user: str,
        emoji: str,
        *,
        on: bool,
    ) -> Delivery | None:
        event = {
            "type": "reaction_added" if on else "reaction_removed",
            "user": user,
            "reaction": emoji,
            "item": {"type": "message", "channel": channel.id, "ts": message.ts},
            "item_user": message.user,
        }
        return self.tell(team, event, channel)

    def pinned(
        self, team: Workspace, channel: Channel, message: Message, user: str, *, on: bool
    ) -> None:
        item = {
            "type": "message",
            "created": int(self._slack.clock.now()),
            "created_by": user,
            "channel": channel.id,
            "message": message.json(metadata=False)
            | {"pinned_to": [channel.id], "permalink": team.permalink(channel, message)},
        }
        event = {
            "type": "pin_added" if on else "pin_removed",
            "user": user,
            "channel_id": channel.id,
            "item": item,
            "item_user": message.user,
            "pin_count": len(channel.pins),
            "pinned_info": {
                "channel": channel.id,
                "pinned_by": user,
                "pinned_ts": int(self._slack.clock.now()),
            },
        }
        if not on:
            event["has_pins"] = bool(channel.pins)
        self.tell(team, event, channel)

    def user_changed(
        self, team: Workspace, user: User, kind: str = "user_change"
    ) -> Delivery | None:
        now = self._slack.clock.now()
        shown = user.json(now, locale=True)
        shown["profile"] |= {"fields": {}, "status_emoji_display_info": []}
        return self.tell(team, {"type": kind, "user": shown, "cache_ts": int(now)})
