"""Who is in a channel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fakes.slack.calls import Call
from tests.fakes.slack.channels import Channel
from tests.fakes.slack.errors import SlackError
from tests.fakes.slack.methods.conversations import WRITE, joined, no_direct
from tests.fakes.slack.registry import method

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack
    from tests.fakes.slack.workspace import Workspace

#: The reference says 1000 in one place and 100 in the argument's description; the narrower holds.
INVITED = 100
INVITE = (
    "channels:write.invites groups:write.invites channels:manage groups:write im:write mpim:write"
)


@method("conversations.join", tier=3, scopes="channels:join", required="channel")
def join(slack: FakeSlack, call: Call) -> dict[str, Any]:
    team = call.workspace
    channel = team.visible(call.text("channel"), team.bot.id)
    if channel.kind != "channel":
        raise SlackError("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise SlackError("is_archived")
    more: dict[str, Any] = {}
    if team.bot.id in channel.members:
        more = {
            "warning": "already_in_channel",
            "response_metadata": {"warnings": ["already_in_channel"]},
        }
    else:
        channel.members.append(team.bot.id)
        slack.events.joined(team, channel, team.bot.id)
    return {"channel": channel.json(team.bot.id), **more}


@method("conversations.invite", tier=3, scopes=INVITE, required="channel")
def invite(slack: FakeSlack, call: Call) -> dict[str, Any]:
    team, channel = call.workspace, joined(call)
    no_direct(channel)
    if channel.is_archived:
        raise SlackError("is_archived")
    users = list(dict.fromkeys(call.many("users")))
    if not users:
        raise SlackError("no_user")
    if len(users) > INVITED:
        raise SlackError("invalid_arguments", f"no more than {INVITED} users")
    refused = {user: why for user in users if (why := _refusal(team, channel, user))}
    errors = [{"user": user, "ok": False, "error": why} for user, why in refused.items()]
    good = [user for user in users if user not in refused]
    if refused and not (call.flag("force") and good):
        raise SlackError(next(iter(refused.values())), errors=errors)
    for user in good:
        channel.members.append(user)
        slack.events.joined(team, channel, user, inviter=team.bot.id)
    answer: dict[str, Any] = {"channel": channel.json(team.bot.id)}
    return answer | ({"errors": errors} if errors else {})


def _refusal(team: Workspace, channel: Channel, user: str) -> str:
    """Why somebody cannot be invited, or empty."""
    known = team.users.get(user)
    if known is None or known.deleted:
        return "user_not_found"
    if user == team.bot.id:
        return "cant_invite_self"
    if user in channel.members:
        return "already_in_channel"
    if known.is_ultra_restricted:
        return "ura_max_channels"
    if known.is_restricted:
        return "user_is_restricted"
    return ""


@method(
    "conversations.kick", tier=3, scopes="groups:write channels:manage", required="channel user"
)
def kick(slack: FakeSlack, call: Call) -> dict[str, Any]:
    team, channel = call.workspace, joined(call)
    no_direct(channel)
    user = call.text("user")
    if user == team.bot.id:
        raise SlackError("cant_kick_self")
    if channel.is_general:
        raise SlackError("cant_kick_from_general")
    if user not in team.users:
        raise SlackError("user_not_found")
    if user not in channel.members:
        raise SlackError("not_in_channel")
    channel.members.remove(user)
    slack.events.left(team, channel, user, team.bot.id)
    return {"errors": {}}


@method("conversations.leave", tier=3, scopes=WRITE, required="channel")
def leave(slack: FakeSlack, call: Call) -> dict[str, Any]:
    team = call.workspace
    channel = team.visible(call.text("channel"), team.bot.id)
    no_direct(channel)
    if channel.is_archived:
        raise SlackError("is_archived")
    if channel.is_general:
        raise SlackError("cant_leave_general")
    if team.bot.id not in channel.members:
        return {"not_in_channel": True}
    if channel.kind == "group" and len(channel.members) == 1:
        raise SlackError("last_member")
    channel.members.remove(team.bot.id)
    slack.events.left(team, channel, team.bot.id, team.bot.id)
    return {}
