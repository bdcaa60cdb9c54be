"""The payloads of commands, presses, forms and shortcuts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fakes.slack.channels import Channel
from tests.fakes.slack.messages import Message
from tests.fakes.slack.responses import Response
from tests.fakes.slack.users import User
from tests.fakes.slack.views import STATES, View

if TYPE_CHECKING:
    from tests.fakes.slack.workspace import Workspace


def channel_name(channel: Channel) -> str:
    """Slack does not name private conversations in payloads."""
    names = {"im": "directmessage", "group": "privategroup", "mpim": "mpdm"}
    return names.get(channel.kind, channel.name)


def command(
    team: Workspace, user: User, channel: Channel, name: str, text: str, response: Response
) -> dict[str, Any]:
    """The form of a slash command."""
    slack = team.slack
    return {
        "token": slack.verification_token,
        "team_id": team.id,
        "team_domain": team.domain,
        "channel_id": channel.id,
        "channel_name": channel_name(channel),
        "user_id": user.id,
        "user_name": user.name,
        "command": name,
        "text": text,
        "api_app_id": slack.app_id,
        "is_enterprise_install": "false",
        "response_url": response.url,
        "trigger_id": slack.triggers.new(team, user.id),
    }


def _common(team: Workspace, user: User, kind: str) -> dict[str, Any]:
    return {
        "type": kind,
        "team": {"id": team.id, "domain": team.domain},
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team},
        "token": team.slack.verification_token,
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _triggered(team: Workspace, user: User, kind: str) -> dict[str, Any]:
    return _common(team, user, kind) | {"trigger_id": team.slack.triggers.new(team, user.id)}


def action(
    block: dict[str, Any], element: dict[str, Any], value: dict[str, Any], ts: str
) -> dict[str, Any]:
    """One entry of `actions`: a pressed button, or a choice with what was chosen."""
    made = {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "action_ts": ts,
    }
    for key in ("text", "value", "style", "placeholder", "confirm"):
        if element.get(key) is not None:
            made[key] = element[key]
    return made | {key: one for key, one in value.items() if key != "type"}


def message_actions(
    team: Workspace,
    user: User,
    channel: Channel,
    message: Message,
    *,
    response: Response,
    state: dict[str, Any],
    actions: list[dict[str, Any]],
) -> dict[str, Any]:
    """block_actions from a message. A message that only one person sees is not sent along."""
    container: dict[str, Any] = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": bool(message.seen_by),
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    made = _triggered(team, user, "block_actions") | {
        "api_app_id": team.slack.app_id,
        "container": container,
        "channel": {"id": channel.id, "name": channel_name(channel)},
        "state": {"values": state},
        "response_url": response.url,
        "actions": actions,
    }
    return made if message.seen_by else made | {"message": message.json()}


def view_actions(
    team: Workspace, user: User, view: View, actions: list[dict[str, Any]]
) -> dict[str, Any]:
    """block_actions from a modal or a Home tab."""
    return _triggered(team, user, "block_actions") | {
        "api_app_id": team.slack.app_id,
        "container": {"type": "view", "view_id": view.id},
        "view": view.json(),
        "actions": actions,
    }


def view_submission(team: Workspace, user: User, view: View) -> dict[str, Any]:
    return _triggered(team, user, "view_submission") | {
        "api_app_id": team.slack.app_id,
        "view": view.json(),
        "response_urls": [],
    }


def view_closed(team: Workspace, user: User, view: View, *, cleared: bool) -> dict[str, Any]:
    return _common(team, user, "view_closed") | {
        "api_app_id": team.slack.app_id,
        "view": view.json(),
        "is_cleared": cleared,
    }


def message_shortcut(
    team: Workspace,
    user: User,
    channel: Channel,
    message: Message,
    callback_id: str,
    response: Response,
) -> dict[str, Any]:
    return _triggered(team, user, "message_action") | {
        "action_ts": team.slack.ts(),
        "callback_id": callback_id,
        "channel": {"id": channel.id, "name": channel_name(channel)},
        "message_ts": message.ts,
        "message": message.json(),
        "response_url": response.url,
    }


def global_shortcut(team: Workspace, user: User, callback_id: str) -> dict[str, Any]:
    return _triggered(team, user, "shortcut") | {
        "user": {"id": user.id, "username": user.name, "team_id": user.team},
        "action_ts": team.slack.ts(),
        "callback_id": callback_id,
    }


def suggestion(
    team: Workspace,
    user: User,
    view: View,
    block: dict[str, Any],
    element: dict[str, Any],
    text: str,
) -> dict[str, Any]:
    """A search for the options of an external select in a view."""
    return _common(team, user, "block_suggestion") | {
        "api_app_id": team.slack.app_id,
        "container": {"type": "view", "view_id": view.id},
        "view": view.json(),
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "value": text,
    }


def chosen(element: dict[str, Any], option: dict[str, Any]) -> dict[str, Any]:
    """The state of a choice in which one option was picked."""
    key = STATES.get(element["type"], ("selected_option", "", None))[0]
    value = [option] if key.endswith("s") else option
    return {"type": element["type"], key: value}
