"""The app itself: its bot, its tenant, its slash commands. bot/v3, tenant/v2, application/v7."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.feishu.api.messages import pages
from adapters.feishu.client import FeishuClient, Json, part

SLASH_COMMANDS = "/open-apis/application/v7/app_slash_commands"


@dataclass(frozen=True, slots=True)
class SlashCommand:
    """A slash command as people find it: its name without the slash, what it does, per language."""

    name: str
    description: str
    #: By Feishu's language codes: zh_cn, en_us.
    i18n: dict[str, str]
    #: The platform's id, where it has one.
    id: str = ""


async def bot(client: FeishuClient) -> Json:
    """open_id, app_name, activate_status (2 is on). The answer has no `data`: it is read whole."""
    data = await client.call("GET", "/open-apis/bot/v3/info")
    found = data.get("bot")
    return found if isinstance(found, dict) else {}


async def tenant(client: FeishuClient) -> Json:
    """tenant_key, name."""
    data = await client.call("GET", "/open-apis/tenant/v2/tenant/query")
    found = data.get("tenant")
    return found if isinstance(found, dict) else {}


async def scopes(client: FeishuClient) -> frozenset[str]:
    """The names of the scopes that the tenant has granted the app. Needs none itself."""
    data = await client.call("GET", "/open-apis/application/v6/scopes")
    found = data.get("scopes") or []
    return frozenset(str(each["scope_name"]) for each in found if each.get("grant_status") == 1)


async def slash_commands(client: FeishuClient) -> list[SlashCommand]:
    found = await pages(client, SLASH_COMMANDS, {"page_size": 100})
    return [_command(each) for each in found]


async def create_slash_command(client: FeishuClient, command: SlashCommand) -> None:
    body = {"command": command.name, "description": _description(command)}
    await client.call("POST", SLASH_COMMANDS, body=body)


async def update_slash_command(client: FeishuClient, command: SlashCommand) -> None:
    """Give the command `command.id` its description; its name stays."""
    body = {"description": _description(command)}
    await client.call("PATCH", f"{SLASH_COMMANDS}/{part(command.id)}", body=body)


async def delete_slash_command(client: FeishuClient, command_id: str) -> None:
    await client.call("DELETE", f"{SLASH_COMMANDS}/{part(command_id)}")


def _description(command: SlashCommand) -> Json:
    return {"default_value": command.description, "i18n": dict(command.i18n)}


def _command(found: Json) -> SlashCommand:
    description = found.get("description")
    description = description if isinstance(description, dict) else {}
    i18n = description.get("i18n")
    return SlashCommand(
        str(found.get("command", "")),
        str(description.get("default_value", "")),
        dict(i18n) if isinstance(i18n, dict) else {},
        str(found.get("command_id", "")),
    )
