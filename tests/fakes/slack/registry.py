"""The methods of the Web API: name → who may call it, how often, and what it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.fakes.slack.calls import Call
from tests.fakes.slack.errors import SlackError

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack

#: Does a method: its answer without `ok`, or SlackError.
Deed = Callable[["FakeSlack", Call], dict[str, Any]]


#: Scopes that no method needs, but commands and events do.
OTHERS = {"commands", "app_mentions:read"}


def all_scopes() -> set[str]:
    """Every scope that a bot can have here: what is granted where nothing narrower is."""
    return OTHERS.union(*(method.scopes for method in METHODS.values()))


@dataclass(frozen=True)
class Method:
    """`scopes` are alternatives; by kind of conversation if they name kinds."""

    name: str
    tier: int
    scopes: tuple[str, ...]
    #: bot, app (an xapp token) or none.
    token: str
    required: tuple[str, ...]
    deed: Deed


METHODS: dict[str, Method] = {}


def method(
    name: str,
    *,
    tier: int,
    scopes: str = "",
    token: str = "bot",
    required: str = "",
) -> Callable[[Deed], Deed]:
    """Register what does a method. `scopes` and `required` (arguments) are words in a string."""

    def register(deed: Deed) -> Deed:
        METHODS[name] = Method(
            name, tier, tuple(scopes.split()), token, tuple(required.split()), deed
        )
        return deed

    return register


def known(name: str) -> Method:
    """The method of a name; SlackError if there is none."""
    if name not in METHODS:
        raise SlackError("unknown_method", req_method=name)
    return METHODS[name]


PREFIX = {"channel": "channels:", "group": "groups:", "im": "im:", "mpim": "mpim:"}


def missing_scope(method: Method, granted: set[str], kind: str | None) -> str | None:
    """The scopes that are wanting, as `needed` words them; None if nothing is."""
    wanted = list(method.scopes)
    if kind is not None:
        wanted = [one for one in wanted if one.startswith(PREFIX[kind])] or wanted
    if not wanted or granted & set(wanted):
        return None
    return ",".join(wanted)
