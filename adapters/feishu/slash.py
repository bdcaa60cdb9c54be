"""Native slash commands of the bot (clients from 7.70 on): registered from Muster's own.

Their names are Latin; what people choose arrives as an ordinary message, "/warroom …", so nothing
depends on them. Registering again changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from adapters.feishu.api import app as about
from adapters.feishu.api.app import SlashCommand
from adapters.feishu.client import FeishuClient
from adapters.feishu.errors import Rejected
from bot.core.commands import Command, Spec
from bot.core.i18n import plain
from bot.core.text import Reader

#: What a name may be made of, and how many an app may have, as other clients take it.
NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
MOST = 100


def wanted(commands: Iterable[type[Command]]) -> list[SlashCommand]:
    """One for each first word, with what it is for in both languages."""
    roots: dict[str, list[Spec]] = {}
    for cls in commands:
        if cls.spec.public and NAME.fullmatch(cls.spec.root):
            roots.setdefault(cls.spec.root, []).append(cls.spec)
    found = []
    for root, specs in list(roots.items())[:MOST]:
        spec = next((each for each in specs if each.path == root), None)
        spec = spec or next((each for each in specs if each.bare), specs[0])
        english, chinese = (plain(spec.summary, Reader(lang)) for lang in ("en", "zh"))
        found.append(SlashCommand(root, english, {"zh_cn": chinese, "en_us": english}))
    return found


async def register(client: FeishuClient, commands: Iterable[type[Command]]) -> None:
    """Make Feishu know these; others stay as they are. Raises Temporary or Permanent."""
    there = await _known(client)
    for command in wanted(commands):
        known = there.get(command.name)
        if known is None:
            await _create(client, command)
        elif (known.description, known.i18n) != (command.description, command.i18n):
            changed = SlashCommand(command.name, command.description, command.i18n, known.id)
            await about.update_slash_command(client, changed)


async def _create(client: FeishuClient, command: SlashCommand) -> None:
    try:
        await about.create_slash_command(client, command)
    except Rejected:
        # Another process may have made it meanwhile.
        if command.name not in await _known(client):
            raise


async def _known(client: FeishuClient) -> dict[str, SlashCommand]:
    return {each.name: each for each in await about.slash_commands(client)}
