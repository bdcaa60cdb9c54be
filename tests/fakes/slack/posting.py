"""What a message may be, in chat.postMessage, a response_url or an acknowledgement alike."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests.fakes.slack.blocks import ALL_TEXT, checked_blocks, text_size
from tests.fakes.slack.errors import SlackError
from tests.fakes.slack.ids import Ids

#: Documented: longer text is truncated by chat.postMessage, refused by chat.update.
TEXT = 40_000
#: Reported: metadata larger than 16 KB is refused.
METADATA = 16_000


@dataclass(frozen=True)
class Content:
    """What a message says."""

    text: str
    blocks: list[dict[str, Any]]
    attachments: list[dict[str, Any]]
    metadata: dict[str, Any] | None


def content(given: dict[str, Any], ids: Ids, *, edit: bool = False) -> Content:
    """The content in the arguments of a call or the body of a response; SlackError if bad."""
    blocks = _list(given.get("blocks"), "invalid_blocks_format")
    attachments = _list(given.get("attachments"), "invalid_attachments")
    text = str(given.get("text") or "")
    if given.get("markdown_text"):
        if text or blocks:
            raise SlackError("markdown_text_conflict")
        text = str(given["markdown_text"])
    if not text and not blocks and not attachments:
        raise SlackError("no_text")
    if len(text) > TEXT:
        if edit:
            raise SlackError("msg_too_long")
        text = text[:TEXT]
    made, problems = checked_blocks(blocks, most=50, kind="message", ids=ids)
    for i, attachment in enumerate(attachments):
        inner, found = checked_blocks(
            attachment.get("blocks") or [], most=50, kind="message", ids=ids
        )
        attachments[i] = {**attachment, "blocks": inner, "id": i + 1} if inner else attachment
        problems += found
    if problems:
        raise SlackError("invalid_blocks", *problems)
    if text_size(made) > ALL_TEXT:
        raise SlackError("msg_blocks_too_long")
    if len(attachments) > 100:
        raise SlackError("too_many_attachments")
    return Content(text, made, attachments, metadata(given.get("metadata")))


def metadata(given: Any) -> dict[str, Any] | None:
    """Message metadata: an event_type and a flat event_payload."""
    if given in (None, ""):
        return None
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except ValueError:
            raise SlackError("invalid_metadata_format") from None
    if not isinstance(given, dict):
        raise SlackError("invalid_metadata_format")
    if given == {}:
        return None
    if not isinstance(given.get("event_type"), str) or not isinstance(
        given.get("event_payload"), dict
    ):
        raise SlackError("invalid_metadata_schema")
    if len(json.dumps(given)) > METADATA:
        raise SlackError("metadata_too_large")
    return {"event_type": given["event_type"], "event_payload": given["event_payload"]}


def _list(given: Any, error: str) -> list[dict[str, Any]]:
    if given in (None, ""):
        return []
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except ValueError:
            raise SlackError(error) from None
    if not isinstance(given, list):
        raise SlackError(error)
    return given
