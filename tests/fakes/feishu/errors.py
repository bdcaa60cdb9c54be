"""What Feishu says when it refuses.

The codes and sentences are those of the official error tables of each API; every one of these
comes with HTTP 400 unless `HTTP` says otherwise.
"""

from __future__ import annotations

from typing import Any

MESSAGES = {
    99991400: "request trigger frequency limit",
    99991661: "Missing access token for authorization. Please make a request with token attached.",
    99991663: "Invalid access token for authorization. Please make a request with token attached.",
    99991672: "Access denied.",
    99992351: "The request you send is not a valid {open_id} or not exists.",
    99992361: "open_id cross app",
    99992402: "field validation failed",
    10003: "invalid param",
    10014: "app secret invalid",
    230001: "Your request contains an invalid request parameter.",
    230002: "The bot can not be outside the group.",
    230006: "Bot ability is not activated.",
    230011: "The message was recalled.",
    230012: "Bot is NOT the sender of the message.",
    230013: "Bot has NO availability to this user.",
    230017: "Bot is NOT the owner of the resource.",
    230018: "These operations are NOT allowed at current group settings.",
    230020: "This operation triggers the frequency limit.",
    230022: "The content of the message contains sensitive information.",
    230023: "The number of unread urgent messages of the user has reached the limit.",
    230024: "Reach the upper limit of urgent message.",
    230025: "The length of the message content reaches its limit.",
    230027: "Lack of necessary permissions.",
    230028: "The messages do NOT pass the audit.",
    230031: "Message sent time exceeds the time limit for update.",
    230035: "Send Message Permission deny.",
    230049: "The message is being sent.",
    230053: "The user has stopped the bot from sending messages.",
    230054: "This operation is not supported for this message type.",
    230099: "Failed to create card content.",
    230110: "Action unavailable as the message has been deleted.",
    231001: "reaction type is invalid.",
    231003: "The message is invalid or has been recalled.",
    231007: "no permission to delete this reaction.",
    232001: "Your request contains an invalid request parameter.",
    232004: "Such an app does NOT exist.",
    232006: "Your request specifies a chat_id which is invalid.",
    232009: "Your request specifies a chat which has already been dissolved.",
    232011: "Operator can NOT be out of the chat.",
    232013: "You have reached the limit of maximum number of members a chat can have.",
    232014: "No permission to operate on this chat.",
    232017: "No Permission: the operator is NOT owner or creator with the scope.",
    232019: "The request has been rate limited.",
    232024: "Users do not have the visibility of the app.",
    232025: "Bot ability is not activated.",
    232027: "There are no valid members in the ID list specified in your request.",
    232043: "Your request contains unavailable ids.",
    234001: "Invalid request param.",
    234006: "The file size exceed the max value.",
    234010: "File's size can't be 0.",
    234004: "App is not in the chat.",
    234008: "App is not the resource sender.",
    41050: "no user authority error",
    40004: "no dept authority error",
    1770001: "invalid param",
    1770002: "not found",
    1770032: "forbidden",
    300317: "The sequence number is not strictly increasing.",
    200860: "card entity does not exist",
    1063001: "Invalid parameter",
    1063005: "Resource is deleted",
    131001: "command already exists",
}

HTTP = {10003: 200, 10014: 200, 1770032: 403, 1770002: 404}


class Refusal(Exception):  # noqa: N818 - it is what it is called in the log
    """An API error.

    Args:
        code: one of MESSAGES.
        why: what is wrong in particular; follows the sentence of the code.
        http: the HTTP status, where it is not the usual one.
        error: more members of the answer's `error` object.
        headers: more headers of the answer.
    """

    def __init__(
        self,
        code: int,
        why: str = "",
        *,
        http: int | None = None,
        error: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        self.code = code
        self.msg = MESSAGES.get(code, "error") + (f" ext={why}" if why else "")
        self.http = http or HTTP.get(code, 400)
        self.error = error or {}
        self.headers = headers or {}
        super().__init__(f"{code}: {self.msg}")


def rate_limited(code: int = 99991400, http: int = 400) -> Refusal:
    """The refusal of a limit, with the documented header that says when to come again (seconds)."""
    return Refusal(code, http=http, headers={"x-ogw-ratelimit-reset": "1"})
