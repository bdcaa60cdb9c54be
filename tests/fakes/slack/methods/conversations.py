"""Channels: making, finding and changing them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fakes.slack.calls import Call
from tests.fakes.slack.channels import TOPIC_LENGTH, Channel, Note, check_name
from tests.fakes.slack.errors import SlackError
from tests.fakes.slack.methods.paging import page
from tests.fakes.slack.registry import method
from tests.fakes.slack.workspace import KINDS

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack

READ = "groups:read im:read mpim:read channels:read"
WRITE = "groups:write im:write mpim:write channels:write channels:manage"
TOPIC = (
    "channels:write.topic groups:write.topic mpim:write.topic im:write.topic "
    "channels:manage groups:write im:write mpim:write"
)


def joined(call: Call, name: str = "channel") -> Channel:
    """The channel of a call that only its members may make."""
    team = call.workspace
    channel = team.visible(call.text(name), team.bot.id)
    if team.bot.id not in channel.members:
        raise SlackError("not_in_channel")
    return channel


def no_direct(channel: Channel) -> None:
    if channel.is_direct:
        raise SlackError("method_not_supported_for_channel_type")


@method("conversations.create", tier=2, scopes=WRITE)
def create(slack: FakeSlack, call: Call) -> dict[str, Any]:
    team = call.workspace
    name = check_name(call.text("name"))
    # A name that somebody else's private channel has is taken too.
    if team.named(name) is not None:
        raise SlackError("name_taken")
    kind = "group" if call.flag("is_private") else "channel"
    channel = team.make_channel(name, kind, team.bot.id)
    channel.members.append(team.bot.id)
    slack.events.tell(team, _created(channel))
    slack.events.joined(team, channel, team.bot.id)
    return {"channel": channel.json(team.bot.id)}


def _created(channel: Channel) -> dict[str, Any]:
    shown = channel.json("") | {"context_team_id": channel.team}
    return {"type": "channel_created", "channel": shown}


@method("conversations.info", tier=3, scopes=READ, required="channel")
def info(slack: FakeSlack, call: Call) -> dict[str, Any]:
    team = call.workspace
    channel = team.visible(call.text("channel"), team.bot.id)
    shown = channel.json(team.bot.id, num_members=call.flag("include_num_members"), full=True)
    if call.flag("include_locale"):
        shown["locale"] = "en-US"
    return {"channel": shown}


@method("conversations.list", tier=2, scopes=READ)
def list_(slack: FakeSlack, call: Call) -> dict[str, Any]:
    team = call.workspace
    types = call.many("types") or ["public_channel"]
    if unknown := set(types) - set(KINDS.values()):
        raise SlackError("invalid_types", f"unknown types: {', '.join(sorted(unknown))}")
    found = [
        channel
        for channel in team.channels.values()
        if KINDS[channel.kind] in types
        and not channel.is_deleted
        and (not channel.is_private or team.bot.id in channel.members)
        and not (channel.is_archived and call.flag("exclude_archived"))
    ]
    some, more = page(call, found)
    return {"channels": [one.json(team.bot.id, num_members=True) for one in some], **more}


@method("conversations.members", tier=4, scopes=READ, required="channel")
def members(slack: FakeSlack, call: Call) -> dict[str, Any]:
    team = call.workspace
    channel = team.visible(call.text("channel"), team.bot.id)
    some, more = page(call, channel.members)
    return {"members": list(some), **more}


@method("conversations.open", tier=3, scopes="channels:manage groups:write im:write mpim:write")
def open_(slack: FakeSlack, call: Call) -> dict[str, Any]:
    team = call.workspace
    if call.has("channel"):
        channel = team.visible(call.text("channel"), team.bot.id)
        if not channel.is_direct:
            raise SlackError("method_not_supported_for_channel_type")
        return {"channel": {"id": channel.id}}
    users = call.many("users")
    if not users:
        raise SlackError("users_list_not_supplied")
    for user in users:
        if user not in team.users or user == team.bot.id:
            raise SlackError("user_not_found")
        if team.users[user].deleted:
            raise SlackError("user_disabled")
    if len(users) > 8:
        raise SlackError("too_many_users")
    if len(users) == 1:
        channel = team.direct(team.bot.id, users[0])
    else:
        channel = team.make_channel("", "mpim", team.bot.id)
        channel.members += [team.bot.id, *users]
    shown = channel.json(team.bot.id) if call.flag("return_im") else {"id": channel.id}
    return {"channel": shown}


@method("conversations.close", tier=2, scopes=WRITE, required="channel")
def close(slack: FakeSlack, call: Call) -> dict[str, Any]:
    team = call.workspace
    if not team.visible(call.text("channel"), team.bot.id).is_direct:
        raise SlackError("method_not_supported_for_channel_type")
    return {}


@method("conversations.archive", tier=2, scopes=WRITE, required="channel")
def archive(slack: FakeSlack, call: Call) -> dict[str, Any]:
    channel = joined(call)
    no_direct(channel)
    if channel.is_archived:
        raise SlackError("already_archived")
    if channel.is_general:
        raise SlackError("cant_archive_general")
    channel.is_archived = True
    slack.events.archived(call.workspace, channel, call.workspace.bot.id)
    return {}


@method("conversations.unarchive", tier=2, scopes=WRITE, required="channel")
def unarchive(slack: FakeSlack, call: Call) -> dict[str, Any]:
    team = call.workspace
    channel = team.visible(call.text("channel"), team.bot.id)
    no_direct(channel)
    if not channel.is_archived:
        raise SlackError("not_archived")
    channel.is_archived = False
    slack.events.archived(team, channel, team.bot.id)
    return {}


@method("conversations.rename", tier=2, scopes=WRITE, required="channel")
def rename(slack: FakeSlack, call: Call) -> dict[str, Any]:
    team, channel = call.workspace, joined(call)
    no_direct(channel)
    if channel.is_archived:
        raise SlackError("is_archived")
    if channel.creator != team.bot.id:
        # Documented: only the channel's creator, an admin or a channel manager may.
        raise SlackError("not_authorized")
    name, old = check_name(call.text("name")), channel.name
    taken = team.named(name)
    if taken is not None and taken is not channel:
        raise SlackError("name_taken")
    if name != old:
        channel.name = name
        channel.previous_names.insert(0, old)
        slack.events.renamed(team, channel, team.bot.id, old)
    return {"channel": channel.json(team.bot.id)}


@method("conversations.setTopic", tier=2, scopes=TOPIC, required="channel")
def set_topic(slack: FakeSlack, call: Call) -> dict[str, Any]:
    return _set_note(slack, call, "topic")


@method("conversations.setPurpose", tier=2, scopes=TOPIC, required="channel")
def set_purpose(slack: FakeSlack, call: Call) -> dict[str, Any]:
    return _set_note(slack, call, "purpose")


def _set_note(slack: FakeSlack, call: Call, what: str) -> dict[str, Any]:
    team, channel = call.workspace, joined(call)
    no_direct(channel)
    if channel.is_archived:
        raise SlackError("is_archived")
    text = call.text(what)
    if len(text) > TOPIC_LENGTH:
        raise SlackError("too_long")
    note = Note(text, team.bot.id, int(slack.clock.now()))
    setattr(channel, what, note)
    said = f"<@{team.bot.id}> set the channel {what}: {text}"
    slack.events.notice(team, channel, f"{channel.kind}_{what}", team.bot.id, said, **{what: text})
    return {"channel": channel.json(team.bot.id)}
