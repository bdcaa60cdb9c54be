"""Slack's errors, in Muster's kinds: try again, or it will never work as it is.

From the error tables of the methods that Muster uses (https://docs.slack.dev/reference/methods).
What is not named here will never work as it is.

Temporary
└── Postponed       Slack did not do it
    ├── Doubtful    nobody knows whether Slack did it
    └── Shut        Slack does not take the token; an administrator can put that right
Permanent
└── Rejected        Slack will not do it

A missing scope is a rejection, though an administrator can put that right as well: everything else
works, and what waits for the scope would hold up for a day all that comes after it in its channel.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from bot.core.errors import Permanent, Temporary

#: Slack did nothing, and will another time.
PASSING = frozenset(
    {
        "external_channel_migrating",
        "fetch_members_failed",
        "request_timeout",
        "service_unavailable",
        "team_added_to_org",
        "token_expired",
        "update_failed",
    }
)
#: Too often.
TOO_OFTEN = frozenset(
    {"message_limit_exceeded", "rate_limited", "ratelimited", "too_many_requests"}
)
#: "It's possible some aspect of the operation succeeded before the error was raised."
DOUBTFUL = frozenset({"fatal_error", "internal_error"})
#: Nothing at all works in this workspace: the app was removed, its token revoked or never good, or
#: the workspace lets nobody in who is not on its list.
SHUT_OUT = frozenset(
    {
        "access_denied",
        "accesslimited",
        "account_inactive",
        "ekm_access_denied",
        "enterprise_is_restricted",
        "invalid_auth",
        "not_allowed_token_type",
        "not_authed",
        "org_login_required",
        "team_access_not_granted",
        "token_revoked",
        "two_factor_setup_required",
    }
)
#: Seconds until the next try where nothing but an administrator helps. What waits is given up by
#: the worker after a day; an app that is installed again before that has lost nothing.
WHILE_SHUT_OUT = 900.0
#: Seconds until the next try when Slack says "too often" and not how long.
AFTER_TOO_OFTEN = 30.0
#: A token is rotated by whoever asks for it next.
_AFTER_EXPIRY = 2.0
#: What Slack may ask to wait at most, in seconds; more is taken for a mistake.
_LONGEST_WAIT = 3600.0
_HTTP_TOO_MANY, _HTTP_SERVER_ERROR = 429, 500


class Postponed(Temporary):
    """Slack did not do it this time."""

    def __init__(self, code: str, *, retry_after: float | None = None) -> None:
        super().__init__(f"Slack: {code}", retry_after=retry_after)
        #: Slack's word, or `http_502`, `timeout`, `no_connection`, `connection_lost`.
        self.code = code


class Doubtful(Postponed):
    """Nobody knows whether Slack did it: look before it is tried again."""


class Shut(Postponed):
    """Slack does not take the token, whatever is asked."""


class Rejected(Permanent):
    """Slack will not do it. `body` is its answer."""

    def __init__(self, code: str, body: Mapping[str, Any] | None = None) -> None:
        super().__init__(code)
        self.body = body or {}


def failure(status: int, headers: Mapping[str, str], body: Any) -> Postponed | Rejected:
    """The error for an answer that is no success.

    `headers` must find their names in any case; `body` is the decoded JSON, else anything.
    """
    code = str(body.get("error") or "") if isinstance(body, Mapping) else ""
    if status == _HTTP_TOO_MANY or code in TOO_OFTEN:
        return Postponed(code or "ratelimited", retry_after=asked_wait(headers) or AFTER_TOO_OFTEN)
    if code in SHUT_OUT:
        return Shut(code, retry_after=WHILE_SHUT_OUT)
    if code in PASSING:
        wait = _AFTER_EXPIRY if code == "token_expired" else asked_wait(headers)
        return Postponed(code, retry_after=wait)
    if status >= _HTTP_SERVER_ERROR or code in DOUBTFUL or not code:
        return Doubtful(code or f"http_{status}", retry_after=asked_wait(headers))
    return Rejected(code, body)


def asked_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds in Retry-After, if they can be believed."""
    try:
        seconds = float(headers.get("Retry-After", ""))
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and 0 < seconds <= _LONGEST_WAIT else None
