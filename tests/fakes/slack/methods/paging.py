"""Cursors, as every list of Slack's has them."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any, TypeVar

from tests.fakes.slack.calls import Call
from tests.fakes.slack.errors import SlackError

T = TypeVar("T")


def page(call: Call, items: Sequence[T], most: int = 1000) -> tuple[Sequence[T], dict[str, Any]]:
    """The part of a list that a call asks for, and the response_metadata that leads on."""
    limit = max(1, min(call.number("limit", 100), most))
    start = 0
    if call.has("cursor"):
        try:
            start = int(base64.b64decode(call.text("cursor")).decode().removeprefix("next:"))
        except ValueError:
            raise SlackError("invalid_cursor") from None
    end = start + limit
    cursor = base64.b64encode(f"next:{end}".encode()).decode() if end < len(items) else ""
    return items[start:end], {"response_metadata": {"next_cursor": cursor}}
