"""Emoji on messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fakes.slack.calls import Call
from tests.fakes.slack.errors import SlackError
from tests.fakes.slack.registry import method

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack


@method("reactions.add", tier=3, scopes="reactions:write", required="channel name")
def add(slack: FakeSlack, call: Call) -> dict[str, Any]:
    team = call.workspace
    channel = team.visible(call.text("channel"), team.bot.id)
    message = channel.find(call.text("timestamp", "no_item_specified"))
    if channel.is_archived:
        raise SlackError("is_archived")
    emoji = call.text("name").strip(":")
    users = message.reactions.setdefault(emoji, [])
    if team.bot.id in users:
        raise SlackError("already_reacted")
    users.append(team.bot.id)
    slack.events.reacted(team, channel, message, team.bot.id, emoji, on=True)
    return {}


@method("reactions.remove", tier=2, scopes="reactions:write", required="name")
def remove(slack: FakeSlack, call: Call) -> dict[str, Any]:
    team = call.workspace
    channel = team.visible(call.text("channel", "no_item_specified"), team.bot.id)
    message = channel.find(call.text("timestamp", "no_item_specified"))
    emoji = call.text("name").strip(":")
    users = message.reactions.get(emoji, [])
    if team.bot.id not in users:
        raise SlackError("no_reaction")
    users.remove(team.bot.id)
    if not users:
        del message.reactions[emoji]
    slack.events.reacted(team, channel, message, team.bot.id, emoji, on=False)
    return {}


@method("reactions.get", tier=3, scopes="reactions:read")
def get(slack: FakeSlack, call: Call) -> dict[str, Any]:
    team = call.workspace
    channel = team.visible(call.text("channel", "no_item_specified"), team.bot.id)
    message = channel.find(call.text("timestamp", "no_item_specified"))
    return {"type": "message", "channel": channel.id, "message": message.json(metadata=False)}
