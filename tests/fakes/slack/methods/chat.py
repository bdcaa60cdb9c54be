"""Messages of the bot's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fakes.slack.calls import Call
from tests.fakes.slack.channels import Channel
from tests.fakes.slack.errors import SlackError
from tests.fakes.slack.messages import Message
from tests.fakes.slack.posting import Content, content
from tests.fakes.slack.registry import method

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack
    from tests.fakes.slack.workspace import Workspace


def target(call: Call) -> Channel:
    """Where a message is to go: a channel, or a person's direct messages named by their user id."""
    team, name = call.workspace, call.text("channel")
    user = team.users.get(name)
    if user is not None and (user.deleted or user is team.bot):
        raise SlackError("channel_not_found")
    if user is not None:
        channel: Channel | None = team.direct(team.bot.id, user.id)
    elif name in team.channels:
        channel = team.visible(name, team.bot.id)
    else:
        channel = team.named(name)
    if channel is None:
        raise SlackError("channel_not_found")
    if channel.is_archived:
        raise SlackError("is_archived")
    if channel.kind == "im" and not team.slack.has_tab("messages"):
        raise SlackError("messages_tab_disabled")
    granted = team.installation.scopes if team.installation else None
    is_anywhere = granted is not None and "chat:write.public" in granted
    if team.bot.id not in channel.members and not (is_anywhere and channel.kind == "channel"):
        raise SlackError("channel_not_found" if channel.is_private else "not_in_channel")
    return channel


def written(slack: FakeSlack, team: Workspace, channel: Channel, said: Content) -> Message:
    """A message of the bot's that is not yet anywhere."""
    return Message(
        slack.ts(),
        team.id,
        channel.id,
        team.bot.id,
        said.text,
        said.blocks,
        said.attachments,
        bot_id=team.bot.bot_id,
        app_id=slack.app_id,
        bot_profile=team.bot_profile(),
        metadata=said.metadata,
    )


@method("chat.postMessage", tier=5, scopes="chat:write", required="channel")
def post_message(slack: FakeSlack, call: Call) -> dict[str, Any]:
    team, channel = call.workspace, target(call)
    message = written(slack, team, channel, content(call.args, slack.ids))
    if call.has("thread_ts"):
        message.thread_ts = _thread(channel, call.text("thread_ts"))
        message.is_broadcast = call.flag("reply_broadcast")
    channel.messages[message.ts] = message
    slack.events.posted(team, channel, message)
    return {"channel": channel.id, "ts": message.ts, "message": message.json()}


@method("chat.postEphemeral", tier=4, scopes="chat:write", required="channel user")
def post_ephemeral(slack: FakeSlack, call: Call) -> dict[str, Any]:
    team, channel = call.workspace, target(call)
    if call.text("user") not in channel.members:
        raise SlackError("user_not_in_channel")
    message = written(slack, team, channel, content(call.args, slack.ids))
    message.seen_by = call.text("user")
    if call.has("thread_ts"):
        message.thread_ts = _thread(channel, call.text("thread_ts"))
    channel.ephemerals.append(message)
    return {"message_ts": message.ts}


@method("chat.update", tier=3, scopes="chat:write", required="channel ts")
def update(slack: FakeSlack, call: Call) -> dict[str, Any]:
    team = call.workspace
    channel = team.visible(call.text("channel"), team.bot.id)
    message = channel.find(call.text("ts"))
    if message.user != team.bot.id or message.subtype:
        raise SlackError("cant_update_message")
    if channel.is_archived:
        # Not among its documented errors; archived channels are read-only.
        raise SlackError("is_archived")
    before = message.json()
    said = content(call.args, slack.ids, edit=True)
    message.text = said.text
    # Documented: without blocks in the call, those that were there are removed if there is text.
    message.blocks, message.attachments = said.blocks, said.attachments
    if said.metadata is not None or call.args.get("metadata") in ({}, "{}"):
        message.metadata = said.metadata
    message.edited = {"user": team.bot.id, "ts": slack.ts()}
    slack.events.changed(team, channel, message, before)
    # The ids are beside the message here, not in it.
    shown = {key: value for key, value in message.json().items() if key not in ("ts", "thread_ts")}
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": shown}


@method("chat.delete", tier=3, scopes="chat:write", required="channel ts")
def delete(slack: FakeSlack, call: Call) -> dict[str, Any]:
    team = call.workspace
    channel = team.visible(call.text("channel"), team.bot.id)
    message = channel.find(call.text("ts"))
    if message.user != team.bot.id:
        raise SlackError("cant_delete_message")
    message.is_deleted = True
    channel.pins.pop(message.ts, None)
    slack.events.removed(team, channel, message)
    return {"channel": channel.id, "ts": message.ts}


@method("chat.getPermalink", tier=5, required="channel message_ts")
def get_permalink(slack: FakeSlack, call: Call) -> dict[str, Any]:
    team = call.workspace
    channel = team.visible(call.text("channel"), team.bot.id)
    message = channel.find(call.text("message_ts"))
    return {"channel": channel.id, "permalink": team.permalink(channel, message)}


def _thread(channel: Channel, ts: str) -> str:
    """The thread's first message, which now knows that it is one. Unknown: a plain message's."""
    parent = channel.messages.get(ts)
    if parent is None or parent.is_deleted:
        # Slack accepts a reply to what is no longer there.
        return ts
    first = channel.messages.get(parent.thread_ts or ts, parent)
    first.thread_ts = first.ts
    return first.ts
