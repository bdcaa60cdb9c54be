"""The app manifest: everything that Slack has to be told about Muster, made from Muster itself.

Slash commands and shortcuts come from the commands that there are, scopes from the methods that are
called and the events that are taken in, and nothing else is asked for.
https://docs.slack.dev/reference/app-manifest
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from adapters.slack import limits, methods
from adapters.slack.happenings import EVENTS
from adapters.slack.oauth import REDIRECT
from adapters.slack.web import EVENTS as EVENTS_PATH
from bot.core.commands import Command, Spec
from bot.core.i18n import plain
from bot.core.text import Inline, Reader
from bot.core.usage import usage

#: Event → the bot scopes that it takes, after its reference page.
_CHANNELS = ("channels:read", "groups:read")
EVENT_SCOPES: Final[Mapping[str, tuple[str, ...]]] = {
    "app_home_opened": (),
    "app_mention": ("app_mentions:read",),
    "app_uninstalled": (),
    "channel_archive": ("channels:read",),
    "channel_deleted": ("channels:read",),
    "channel_id_changed": (),
    "channel_left": ("channels:read",),
    "channel_rename": ("channels:read",),
    "channel_shared": _CHANNELS,
    "channel_unarchive": ("channels:read",),
    "channel_unshared": _CHANNELS,
    "group_archive": ("groups:read",),
    "group_deleted": ("groups:read",),
    "group_left": ("groups:read",),
    "group_rename": ("groups:read",),
    "group_unarchive": ("groups:read",),
    "member_joined_channel": _CHANNELS,
    "member_left_channel": _CHANNELS,
    "message.channels": ("channels:history",),
    "message.groups": ("groups:history",),
    "message.im": ("im:history",),
    "reaction_added": ("reactions:read",),
    "reaction_removed": ("reactions:read",),
    "tokens_revoked": (),
    "user_change": ("users:read",),
}
#: Every bot scope: for slash commands and shortcuts, for what is called, for what is heard.
SCOPES: Final[frozenset[str]] = frozenset(
    {"commands", *methods.SCOPES, *(scope for event in EVENTS for scope in EVENT_SCOPES[event])}
)
_ENGLISH = Reader("en")
#: Lengths from the manifest's schema; a usage hint is documented without one.
_DESCRIPTION, _HINT, _SHORTCUT = 140, 140, 24
_ABOUT = "War rooms, items and decisions that nobody loses. 集结：攻关群、事项与决策"
_LONG = (
    "Muster opens a war room for a problem that crosses departments, brings the people in, keeps "
    "one summary card up to date, and holds on to what is to be done and what was decided, so that "
    "it can be found and exported later. Say {help} to begin. "
    "集结把跨部门的难题放进一个攻关群：拉齐人，置顶一张随时更新的概要卡，"
    "记住待办和决策，日后可查、可导出。"
)


def manifest(
    known: Iterable[type[Command]],
    *,
    name: str = "Muster",
    prefix: str = "",
    public_url: str = "",
    over_socket: bool = True,
    has_oauth: bool = False,
) -> dict[str, Any]:
    """The manifest of an app with the commands `known`.

    `public_url` is where Slack reaches this server; over HTTP and for OAuth there has to be one.
    ValueError, in a sentence, where there is none.
    """
    base = public_url.rstrip("/")
    if not base and not (over_socket and not has_oauth):
        message = "Over HTTP Slack has to know where Muster is: set MUSTER_PUBLIC_URL."
        raise ValueError(message)
    specs = [cls.spec for cls in known if cls.spec.public]
    url = None if over_socket else f"{base}{EVENTS_PATH}"
    oauth: dict[str, Any] = {"scopes": {"bot": sorted(SCOPES)}}
    if has_oauth:
        oauth["redirect_urls"] = [f"{base}{REDIRECT}"]
    return {
        "_metadata": {"major_version": 1, "minor_version": 1},
        "display_information": {
            "name": name,
            "description": _ABOUT,
            "long_description": _LONG.format(help=f"/{prefix}muster help"),
            "background_color": "#1d3557",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": name, "always_online": True},
            "shortcuts": _shortcuts(specs),
            "slash_commands": _slash_commands(specs, prefix, url),
        },
        "oauth_config": oauth,
        "settings": {
            "event_subscriptions": _at(url) | {"bot_events": sorted(EVENTS)},
            "interactivity": {"is_enabled": True} | _at(url),
            "org_deploy_enabled": has_oauth,
            "socket_mode_enabled": over_socket,
            "token_rotation_enabled": has_oauth,
        },
    }


def _at(url: str | None) -> dict[str, Any]:
    return {"request_url": url} if url else {}


def _slash_commands(specs: list[Spec], prefix: str, url: str | None) -> list[dict[str, Any]]:
    """One for each first word; what stands behind it is Muster's to understand."""
    found: dict[str, list[Spec]] = {}
    for spec in specs:
        found.setdefault(spec.root, []).append(spec)
    shown = []
    for root, group in found.items():
        alone = next((spec for spec in group if spec.path == root), None)
        spec = alone or next((spec for spec in group if spec.bare), group[0])
        entry: dict[str, Any] = {
            "command": f"/{prefix}{root}",
            "description": limits.shortened(_english(spec.summary), _DESCRIPTION),
            "usage_hint": limits.shortened(_hint(root, group), _HINT),
            "should_escape": True,
        }
        shown.append(entry | ({"url": url} if url else {}))
    return shown


def _hint(root: str, group: list[Spec]) -> str:
    """What may follow: the words of its commands, or how its only one is typed."""
    if len(group) == 1:
        return _english(usage(group[0])).removeprefix(f"/{group[0].path}").strip() or "…"
    words = [spec.path.removeprefix(root).strip() for spec in group]
    return "[" + " | ".join(dict.fromkeys(word for word in words if word)) + "]"


def _shortcuts(specs: list[Spec]) -> list[dict[str, Any]]:
    """What can be made of a message; and the room, from anywhere."""
    of_messages = [
        {
            "name": limits.shortened(_english(spec.on_message), _SHORTCUT),
            "type": "message",
            "callback_id": spec.path,
            "description": limits.shortened(_english(spec.summary), 150),
        }
        for spec in specs
        if spec.on_message is not None
    ]
    from_anywhere = [
        {
            "name": limits.shortened(_english(spec.summary), _SHORTCUT),
            "type": "global",
            "callback_id": spec.path,
            "description": limits.shortened(_english(spec.summary), 150),
        }
        for spec in specs
        if spec.path == "warroom open"
    ]
    return [*of_messages, *from_anywhere]


def _english(text: Inline | None) -> str:
    return plain(text, _ENGLISH) if text is not None else ""
