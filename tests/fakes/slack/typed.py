"""What people type, as Slack hands it on: @Name, #channel and links become references."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.fakes.slack.workspace import Workspace

BROADCASTS = ("here", "channel", "everyone")
URL = re.compile(r"https?://[^\s<>]+")


def escaped(text: str) -> str:
    """The three characters that Slack's text has for itself."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _names(team: Workspace) -> dict[str, tuple[str, str]]:
    """What can be referred to: how it is typed → (kind, id), the longest first."""
    known: dict[str, tuple[str, str]] = {}
    for user in team.users.values():
        known[f"@{user.display_name}"] = ("user", user.id)
    for group in team.groups.values():
        known[f"@{group.handle}"] = ("usergroup", group.id)
    for channel in team.channels.values():
        if channel.name:
            known[f"#{channel.name}"] = ("channel", channel.id)
    for name in BROADCASTS:
        known[f"@{name}"] = ("broadcast", name)
    return dict(sorted(known.items(), key=lambda item: -len(item[0])))


def pieces(team: Workspace, text: str) -> list[dict[str, Any]]:
    """The elements of a rich text that say what was typed."""
    names = _names(team)
    known = "|".join(re.escape(name) for name in names)
    pattern = re.compile(rf"(?<![\w@#])(?:{known})(?!\w)|{URL.pattern}")
    made: list[dict[str, Any]] = []
    end = 0
    for match in pattern.finditer(text):
        if match.start() > end:
            made.append({"type": "text", "text": text[end : match.start()]})
        kind, name = names.get(match[0], ("link", match[0]))
        key = {"user": "user_id", "channel": "channel_id", "usergroup": "usergroup_id"}.get(kind)
        made.append({"type": kind, key or ("range" if kind == "broadcast" else "url"): name})
        end = match.end()
    if end < len(text) or not made:
        made.append({"type": "text", "text": text[end:]})
    return made


def as_text(team: Workspace, some: list[dict[str, Any]], *, command: bool) -> str:
    """The `text` of a message, or of a command, which names what it refers to as well."""
    return "".join(_as_text(team, one, command=command) for one in some)


def _as_text(team: Workspace, piece: dict[str, Any], *, command: bool) -> str:
    match piece["type"]:
        case "user":
            name = f"|{team.users[piece['user_id']].name}" if command else ""
            return f"<@{piece['user_id']}{name}>"
        case "channel":
            return f"<#{piece['channel_id']}|{team.channels[piece['channel_id']].name}>"
        case "usergroup":
            name = f"|@{team.groups[piece['usergroup_id']].handle}" if command else ""
            return f"<!subteam^{piece['usergroup_id']}{name}>"
        case "broadcast":
            return f"<!{piece['range']}>"
        case "link":
            return f"<{escaped(piece['url'])}>"
        case _:
            return escaped(piece["text"])
