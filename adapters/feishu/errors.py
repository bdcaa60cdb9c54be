"""Feishu's error numbers, in Muster's two kinds: try again, or it will never work as it is.

From the error tables of the documentation (im/v1 messages and chats, contact/v3, docx/v1, drive/v1,
"Generic error codes") and, where it is silent, from what the official command line does. The SDK's
own classes are not used: they call the two commonest rate limits final.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from bot.core.errors import Permanent, Temporary
from bot.core.reasons import REASONS
from bot.core.text import Code, Msg, t

#: What is wrong with the token, and is cured by a new one (99991661: the request carried none).
STALE_TOKEN = frozenset({99991661, 99991663, 99991664, 99991668, 99991671})
#: The app's id or secret is not known. That can be put right, so nothing is given up for it.
BAD_CREDENTIALS = frozenset({10003, 10005, 10012, 10014})
#: Too fast: for the app, for messages, for the chat's settings and members, for creating messages.
TOO_FAST = frozenset({99991400, 230020, 232019, 11232})
#: Of these: for one chat, one person, one message.
FOR_ONE_PLACE = frozenset({230020, 232019})
#: A fault or a state over there that passes: still sending (230049), internal errors, migrations.
_PASSING = frozenset(
    {1, 1500, 2200, 55001, 90235, 230049, 232000, 1061001, 1061045, 1064230, 1066001, 1066002}
    | {1771001, 1771002, 1771003, 1771004, 1771006}
)
#: Seconds until the next try where the platform does not say.
_AFTER_TOO_FAST = 1.0
_AFTER_BAD_CREDENTIALS = 60.0
#: What a platform may ask to wait at most, in seconds; more is taken for a mistake.
_LONGEST_WAIT = 3600.0
_HTTP_TIMEOUT, _HTTP_TOO_MANY, _HTTP_SERVER_ERROR = 408, 429, 500

#: The word for each number. Several mean the same to people.
_WORDS: dict[int, str] = {
    40001: "invalid_request",
    40004: "user_unreachable",
    41012: "user_not_found",
    41050: "user_unreachable",
    99991401: "address_not_allowed",
    99991672: "missing_scope",
    99991679: "missing_scope",
    99992351: "user_not_found",
    99992360: "user_not_found",
    99992361: "user_not_found",
    99992402: "invalid_request",
    230001: "invalid_request",
    230002: "not_in_channel",
    230004: "missing_scope",
    230006: "bot_is_off",
    230011: "message_not_found",
    230013: "user_unreachable",
    230017: "not_owner",
    230018: "not_allowed_here",
    230019: "message_not_found",
    230022: "sensitive_text",
    230023: "too_many_unread",
    230024: "no_quota",
    230025: "too_long",
    230027: "missing_scope",
    230028: "private_data",
    230031: "too_old",
    230034: "user_not_found",
    230035: "not_allowed_here",
    230050: "message_not_found",
    230053: "user_muted_bot",
    230054: "invalid_request",
    230055: "invalid_request",
    230072: "too_many_edits",
    230075: "too_old",
    230099: "bad_card",
    230110: "message_not_found",
    230111: "message_not_found",
    232001: "invalid_request",
    232006: "channel_not_found",
    232009: "channel_not_found",
    232010: "not_allowed",
    232011: "not_in_channel",
    232016: "not_owner",
    232017: "not_owner",
    232024: "user_unreachable",
    232025: "bot_is_off",
    232033: "not_allowed",
    232034: "bot_is_off",
    234001: "invalid_request",
    234006: "file_too_large",
    234007: "bot_is_off",
    234010: "empty_file",
    1061004: "not_allowed",
    1063002: "not_allowed",
    1063004: "not_allowed",
    1063005: "document_not_found",
    1770001: "invalid_request",
    1770002: "document_not_found",
    1770003: "document_not_found",
    1770004: "too_long",
    1770032: "not_allowed",
}

#: What is called by another word here than on other platforms (`bot/core/reasons.py` has the rest).
_REASONS: dict[str, Msg] = {"not_in_channel": t("Muster is not in the group")}


class Busy(Temporary):
    """Feishu did not take it this time. `number` is its own code, 0 where there was none."""

    def __init__(
        self,
        reason: str,
        *,
        number: int = 0,
        retry_after: float | None = None,
        is_too_fast: bool = False,
    ) -> None:
        super().__init__(reason, retry_after=retry_after)
        self.number = number
        #: Whether a rate limit was hit.
        self.is_too_fast = is_too_fast


class Rejected(Permanent):
    """Feishu will not take it. `number` is its own code, `log_id` what its support asks for."""

    def __init__(
        self, number: int, *, log_id: str = "", detail: str = "", code: str | None = None
    ) -> None:
        code = code or word(number)
        super().__init__(code, reason(code))
        self.number = number
        self.log_id = log_id
        #: Feishu's own sentence, for operators: which scope is missing, what is wrong with a card.
        self.detail = detail


def word(number: int) -> str:
    """A short word for a number, the same on all platforms where it means the same."""
    return _WORDS.get(number, f"feishu_{number}")


def reason(code: str) -> Msg:
    """What `word` gave, in words for people."""
    refused = t("the platform refused it ({code})", code=Code(code))
    return _REASONS.get(code) or REASONS.get(code) or refused


def failure(
    number: int,
    status: int,
    headers: Mapping[str, str],
    *,
    detail: str = "",
) -> Busy | Rejected:
    """The error for an answer: its `code` and `msg`, its HTTP status, its headers.

    Headers must find their names in any case, as those of aiohttp do.
    """
    log_id = headers.get("X-Tt-Logid", "")
    says = f"Feishu {number} (HTTP {status}, log id {log_id}): {detail}"
    if status == _HTTP_TOO_MANY or number in TOO_FAST:
        wait = asked_wait(headers)
        wait = _AFTER_TOO_FAST if wait is None else wait
        return Busy(says, number=number, retry_after=wait, is_too_fast=True)
    if number in BAD_CREDENTIALS:
        return Busy(says, number=number, retry_after=_AFTER_BAD_CREDENTIALS)
    passes = status >= _HTTP_SERVER_ERROR or status == _HTTP_TIMEOUT
    if passes or number in _PASSING or number in STALE_TOKEN:
        return Busy(says, number=number, retry_after=asked_wait(headers))
    code = f"http_{status}" if number == 0 else None
    return Rejected(number, log_id=log_id, detail=detail, code=code)


def asked_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds that the platform asks to wait, if it says so and can be believed.

    `x-ogw-ratelimit-reset` (documented, seconds) counts more than a proxy's Retry-After.
    """
    for name in ("x-ogw-ratelimit-reset", "Retry-After"):
        try:
            seconds = float(headers.get(name, ""))
        except ValueError:
            continue
        if math.isfinite(seconds) and 0 <= seconds <= _LONGEST_WAIT:
            return seconds
    return None
