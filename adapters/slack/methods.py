"""The methods of the Web API that Muster calls: how often, with what scopes, carried how.

From the reference of each method (https://docs.slack.dev/reference/methods); what its tiers mean:
https://docs.slack.dev/apis/web-api/rate-limits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal


class Tier(Enum):
    """Calls a minute that Slack promises to each method, in each workspace."""

    ONE = 1
    TWO = 20
    THREE = 50
    FOUR = 100
    #: No number is documented; "hundreds a minute" for auth.test and chat.getPermalink.
    SPECIAL = 300


@dataclass(frozen=True, slots=True)
class Method:
    """One method. `scopes` are all that Muster wants for it, the narrowest that do."""

    tier: Tier
    scopes: tuple[str, ...] = ()
    #: Where its arguments go. As JSON where Slack takes it: nothing of them then stands in the
    #: access log of a proxy, and no address becomes too long.
    carried: Literal["json", "query", "form"] = "json"
    #: Seconds that a call may wait for its turn. Who would have to wait longer comes back later
    #: instead, and leaves the worker's hand to others; a trigger does not live longer than three.
    patience: float = 5.0


_TRIGGER = 2.0
_CHANNELS = ("channels:manage", "groups:write")
_READ = ("channels:read", "groups:read")
_HISTORY = ("channels:history", "groups:history", "im:history")

METHOD: Final[Mapping[str, Method]] = {
    "auth.test": Method(Tier.SPECIAL),
    "bookmarks.add": Method(Tier.TWO, ("bookmarks:write",)),
    "bookmarks.edit": Method(Tier.TWO, ("bookmarks:write",)),
    "bookmarks.list": Method(Tier.THREE, ("bookmarks:read",)),
    "chat.delete": Method(Tier.THREE, ("chat:write",)),
    "chat.getPermalink": Method(Tier.SPECIAL, carried="query"),
    "chat.postEphemeral": Method(Tier.FOUR, ("chat:write",)),
    "chat.postMessage": Method(Tier.SPECIAL, ("chat:write",)),
    "chat.update": Method(Tier.THREE, ("chat:write",)),
    "conversations.archive": Method(Tier.TWO, _CHANNELS),
    "conversations.create": Method(Tier.TWO, _CHANNELS),
    "conversations.history": Method(Tier.THREE, _HISTORY, "query"),
    "conversations.info": Method(Tier.THREE, _READ, "query"),
    "conversations.invite": Method(Tier.THREE, _CHANNELS),
    "conversations.kick": Method(Tier.THREE, _CHANNELS),
    "conversations.members": Method(Tier.FOUR, _READ, "query"),
    "conversations.open": Method(Tier.THREE, ("im:write",)),
    "conversations.replies": Method(Tier.THREE, _HISTORY, "query"),
    "conversations.setPurpose": Method(Tier.TWO, _CHANNELS),
    "conversations.setTopic": Method(Tier.TWO, _CHANNELS),
    "files.completeUploadExternal": Method(Tier.FOUR, ("files:write",)),
    "files.getUploadURLExternal": Method(Tier.FOUR, ("files:write",), "form"),
    "files.info": Method(Tier.FOUR, ("files:read",), "query"),
    "pins.add": Method(Tier.TWO, ("pins:write",)),
    "team.profile.get": Method(Tier.THREE, ("users.profile:read",), "query"),
    "usergroups.users.list": Method(Tier.TWO, ("usergroups:read",), "query"),
    "users.conversations": Method(Tier.THREE, _READ, "query"),
    "users.info": Method(Tier.FOUR, ("users:read",), "query"),
    "users.profile.get": Method(Tier.FOUR, ("users.profile:read",), "query"),
    "views.open": Method(Tier.FOUR, patience=_TRIGGER),
    "views.publish": Method(Tier.FOUR),
    "views.push": Method(Tier.FOUR, patience=_TRIGGER),
}

METHODS: Final = frozenset(METHOD)
#: Without these Muster works, and knows less: whom somebody reports to.
OPTIONAL_SCOPES: Final = frozenset({"users.profile:read"})
#: The bot scopes that the methods above want, all of them.
SCOPES: Final = frozenset(scope for method in METHOD.values() for scope in method.scopes)
