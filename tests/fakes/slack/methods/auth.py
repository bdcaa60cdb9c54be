"""Who the token belongs to, and the app itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fakes.slack.calls import Call
from tests.fakes.slack.errors import SlackError
from tests.fakes.slack.registry import method

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack


@method("api.test", tier=4, token="none")
def api_test(slack: FakeSlack, call: Call) -> dict[str, Any]:
    args = {key: value for key, value in call.args.items() if key != "token"}
    if call.has("error"):
        raise SlackError(call.text("error"), args=args)
    return {"args": args}


@method("auth.test", tier=5)
def auth_test(slack: FakeSlack, call: Call) -> dict[str, Any]:
    team = call.workspace
    return {
        "url": team.url,
        "team": team.name,
        "user": team.bot.name,
        "team_id": team.id,
        "user_id": team.bot.id,
        "bot_id": team.bot.bot_id,
        "is_enterprise_install": False,
    }


@method("auth.revoke", tier=3)
def auth_revoke(slack: FakeSlack, call: Call) -> dict[str, Any]:
    if not call.flag("test"):
        call.workspace.revokes()
    return {"revoked": not call.flag("test")}


@method("apps.uninstall", tier=1)
def apps_uninstall(slack: FakeSlack, call: Call) -> dict[str, Any]:
    if call.text("client_id") != slack.client_id:
        raise SlackError("invalid_client_id")
    if call.text("client_secret") != slack.client_secret:
        raise SlackError("bad_client_secret")
    call.workspace.uninstalls()
    return {}


@method("apps.connections.open", tier=3, token="app")
def apps_connections_open(slack: FakeSlack, call: Call) -> dict[str, Any]:
    return {"url": slack.socket.ticket()}


@method("oauth.v2.access", tier=5, token="none")
def oauth_v2_access(slack: FakeSlack, call: Call) -> dict[str, Any]:
    return slack.oauth.access(call)


@method("team.info", tier=3, scopes="team:read")
def team_info(slack: FakeSlack, call: Call) -> dict[str, Any]:
    team = call.workspace
    shown = {
        "id": team.id,
        "name": team.name,
        "url": team.url,
        "domain": team.domain,
        "email_domain": "",
        "icon": {"image_default": True},
        "avatar_base_url": "https://ca.slack-edge.com/",
        "is_verified": False,
    }
    return {"team": shown}


@method("bots.info", tier=3, scopes="users:read")
def bots_info(slack: FakeSlack, call: Call) -> dict[str, Any]:
    team = call.workspace
    if call.text("bot") != team.bot.bot_id:
        raise SlackError("bot_not_found")
    shown = {
        "id": team.bot.bot_id,
        "deleted": team.bot.deleted,
        "name": team.bot.real_name,
        "updated": team.bot.updated,
        "app_id": slack.app_id,
        "user_id": team.bot.id,
        "icons": {"image_36": "", "image_48": "", "image_72": ""},
    }
    return {"bot": shown}
