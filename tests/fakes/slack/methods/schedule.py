"""Messages for later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fakes.slack.calls import Call
from tests.fakes.slack.errors import SlackError
from tests.fakes.slack.methods.chat import target, written
from tests.fakes.slack.methods.paging import page
from tests.fakes.slack.posting import content
from tests.fakes.slack.registry import method

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack

#: Documented: at most 120 days ahead, 30 in five minutes for a channel.
AHEAD, MANY, SPAN = 120 * 86_400, 30, 300


@method("chat.scheduleMessage", tier=3, scopes="chat:write", required="channel post_at")
def schedule_message(slack: FakeSlack, call: Call) -> dict[str, Any]:
    team, channel = call.workspace, target(call)
    now, at = slack.clock.now(), call.number("post_at", 0)
    if at <= now:
        raise SlackError("time_in_past")
    if at > now + AHEAD:
        raise SlackError("time_too_far")
    near = [
        one
        for one in team.scheduled.values()
        if one["channel_id"] == channel.id and abs(one["post_at"] - at) < SPAN
    ]
    if len(near) >= MANY:
        raise SlackError("restricted_too_many")
    said = content(call.args, slack.ids)
    name = slack.ids.new("Q")
    team.scheduled[name] = {
        "id": name,
        "channel_id": channel.id,
        "post_at": at,
        "date_created": int(now),
        "text": said.text,
    }

    async def deliver() -> None:
        await slack.clock.sleep(at - slack.clock.now())
        if team.scheduled.pop(name, None) is None or said.metadata is not None:
            return  # Documented as a fault of Slack's: with metadata it is never posted.
        message = written(slack, team, channel, said)
        channel.messages[message.ts] = message
        slack.events.posted(team, channel, message)

    slack.deliveries.start_task(deliver())
    shown = {"text": said.text, "bot_id": team.bot.bot_id, "type": "delayed_message"}
    return {
        "channel": channel.id,
        "scheduled_message_id": name,
        "post_at": at,
        "message": shown,
    }


@method(
    "chat.deleteScheduledMessage",
    tier=3,
    scopes="chat:write",
    required="channel scheduled_message_id",
)
def delete_scheduled_message(slack: FakeSlack, call: Call) -> dict[str, Any]:
    if call.workspace.scheduled.pop(call.text("scheduled_message_id"), None) is None:
        raise SlackError("invalid_scheduled_message_id")
    return {}


@method("chat.scheduledMessages.list", tier=3)
def scheduled_messages_list(slack: FakeSlack, call: Call) -> dict[str, Any]:
    found = [
        one
        for one in call.workspace.scheduled.values()
        if not call.has("channel") or one["channel_id"] == call.text("channel")
    ]
    some, more = page(call, found)
    return {"scheduled_messages": list(some), **more}
