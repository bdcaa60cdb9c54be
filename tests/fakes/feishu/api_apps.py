"""The app itself: its bot, its slash commands, its tenant."""

from __future__ import annotations

import re
import uuid
from typing import Any

from aiohttp import web

from tests.fakes.feishu.errors import Refusal
from tests.fakes.feishu.scopes import API_SCOPES, DEPARTMENT_FIELDS, USER_FIELDS
from tests.fakes.feishu.wire import Answer, Call, api

#: Both are what other programs assume; the documentation names neither.
MOST_COMMANDS = 100
COMMAND = re.compile(r"[a-z0-9][a-z0-9_-]*")
#: What an app needs to be sent messages ("接收消息").
EVENT_SCOPES = frozenset({"im:message.p2p_msg:readonly", "im:message.group_at_msg:readonly"})
_LANGUAGES = frozenset(
    [
        "zh_cn",
        "en_us",
        "ja_jp",
        "zh_hk",
        "zh_tw",
        "de_de",
        "es_es",
        "fr_fr",
        "hi_in",
        "id_id",
        "it_it",
        "ko_kr",
        "pt_br",
        "ru_ru",
        "th_th",
        "vi_vn",
    ]
)


@api("GET", "bot/v3/info")
async def info(call: Call) -> Answer:
    if not call.app.has_bot:
        raise Refusal(230006)
    bot = {
        "activate_status": 2,
        "app_name": call.app.name,
        "avatar_url": "https://avatars.example/bot.png",
        "ip_white_list": [],
        "open_id": call.app.bot_open_id,
    }
    # The one API whose payload is not called data.
    return web.json_response({"code": 0, "msg": "ok", "bot": bot})


@api("GET", "tenant/v2/tenant/query")
async def tenant(call: Call) -> Answer:
    shown = {
        "name": call.tenant.name,
        "display_id": "F" + call.tenant.key[:9],
        "tenant_tag": 0,
        "tenant_key": call.tenant.key,
        "avatar": {"avatar_origin": "https://avatars.example/tenant.jpg"},
    }
    return {"tenant": shown}


@api("GET", "application/v6/applications/{app_id}")
async def application(call: Call) -> Answer:
    if call.path["app_id"] not in {"me", call.app.id}:
        raise Refusal(99992402, "app_id")
    app: dict[str, Any] = {
        "app_id": call.app.id,
        "app_name": call.app.name,
        "status": 1,
        "scene_type": 0,
        "payment_type": 0,
        "description": "",
        "avatar_url": "https://avatars.example/bot.png",
        "primary_language": "zh_cn",
        "i18n": [{"i18n_key": "zh_cn", "name": call.app.name, "description": "", "help_use": ""}],
    }
    if call.app.scopes is not None:
        granted = sorted(call.app.scopes - call.app.denied)
        app["scopes"] = [
            {"scope": each, "description": each, "level": 1, "token_types": ["tenant"]}
            for each in granted
        ]
    return {"app": app}


@api("GET", "application/v6/scopes")
async def granted(call: Call) -> Answer:
    app = call.app
    known = {scope for each in API_SCOPES.values() for scope in each} | set(USER_FIELDS.values())
    known |= set(DEPARTMENT_FIELDS.values()) | EVENT_SCOPES | (app.scopes or set()) | app.denied
    status = {scope: 1 if app.may(scope) else 2 for scope in sorted(known)}
    return {"scopes": [{"scope_name": k, "grant_status": v} for k, v in status.items()]}


@api("GET", "application/v7/app_slash_commands")
async def commands(call: Call) -> Answer:
    return call.page(list(call.app.slash_commands.values()), 20, 100)


@api("POST", "application/v7/app_slash_commands")
async def create_command(call: Call) -> Answer:
    command = call.text("command")
    if not COMMAND.fullmatch(command):
        raise Refusal(99992402, f"invalid command {command}")
    if any(each["command"] == command for each in call.app.slash_commands.values()):
        raise Refusal(131001)
    if len(call.app.slash_commands) >= MOST_COMMANDS:
        raise Refusal(99992402, f"more than {MOST_COMMANDS} commands")
    _described(call.body.get("description"))
    now = str(int(call.feishu.clock.now()))
    made = {
        "command_id": uuid.uuid4().hex,
        "command": command,
        "description": call.body["description"],
        "create_time": now,
        "update_time": now,
    }
    call.app.slash_commands[made["command_id"]] = made
    return made


def _described(description: Any) -> None:
    if not isinstance(description, dict) or not description.get("default_value"):
        raise Refusal(99992402, "description.default_value is required")
    if not set(description.get("i18n", {})) <= _LANGUAGES:
        raise Refusal(99992402, "unknown language in description.i18n")


@api("PATCH", "application/v7/app_slash_commands/{command_id}")
async def update_command(call: Call) -> Answer:
    command = _command(call)
    if "description" in call.body:
        _described(call.body["description"])
        command["description"] = call.body["description"]
    command["update_time"] = str(int(call.feishu.clock.now()))
    return command


@api("DELETE", "application/v7/app_slash_commands/{command_id}")
async def delete_command(call: Call) -> Answer:
    call.app.slash_commands.pop(_command(call)["command_id"])
    return {}


def _command(call: Call) -> dict[str, Any]:
    found = call.app.slash_commands.get(call.path["command_id"])
    if found is None:
        raise Refusal(99992402, "unknown command_id")
    return found
