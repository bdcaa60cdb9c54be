"""Pinned messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fakes.slack.calls import Call
from tests.fakes.slack.channels import Pin
from tests.fakes.slack.errors import SlackError
from tests.fakes.slack.methods.conversations import joined
from tests.fakes.slack.registry import method

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack

#: Reported: a channel holds a hundred pins.
PINS = 100


@method("pins.add", tier=2, scopes="pins:write", required="channel")
def add(slack: FakeSlack, call: Call) -> dict[str, Any]:
    team, channel = call.workspace, joined(call)
    message = channel.find(call.text("timestamp", "no_item_specified"))
    if channel.is_archived:
        raise SlackError("not_pinnable")
    if message.ts in channel.pins:
        raise SlackError("already_pinned")
    if len(channel.pins) >= PINS:
        raise SlackError("too_many_pins")
    channel.pins[message.ts] = Pin(message.ts, team.bot.id, int(slack.clock.now()))
    slack.events.pinned(team, channel, message, team.bot.id, on=True)
    return {}


@method("pins.remove", tier=2, scopes="pins:write", required="channel")
def remove(slack: FakeSlack, call: Call) -> dict[str, Any]:
    team = call.workspace
    channel = team.visible(call.text("channel"), team.bot.id)
    message = channel.find(call.text("timestamp", "no_item_specified"))
    if channel.pins.pop(message.ts, None) is None:
        raise SlackError("no_pin")
    slack.events.pinned(team, channel, message, team.bot.id, on=False)
    return {}


@method("pins.list", tier=2, scopes="pins:read", required="channel")
def list_(slack: FakeSlack, call: Call) -> dict[str, Any]:
    team = call.workspace
    channel = team.visible(call.text("channel"), team.bot.id)
    items = [
        {
            "type": "message",
            "channel": channel.id,
            "created": pin.at,
            "created_by": pin.by,
            "message": channel.messages[pin.ts].json(metadata=False)
            | {
                "pinned_to": [channel.id],
                "permalink": team.permalink(channel, channel.messages[pin.ts]),
            },
        }
        for pin in channel.pins.values()
    ]
    return {"items": items}
