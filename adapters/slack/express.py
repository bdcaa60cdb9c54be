"""The quick way in for a slash command in a crowd: verified, noted, and past all the rest of Bolt.

Bolt makes a context for each request and leads it through its middleware, which costs as much as
everything else that is done until it is acknowledged (`python -m benchmarks bursts`). What is only
noted has no need of that yet. Whatever is not plainly such a command goes Bolt's way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from slack_bolt.response import BoltResponse
from slack_sdk.signature import SignatureVerifier

from adapters.slack.inbound import Inbound
from adapters.slack.installs import Installs
from adapters.slack.parse import delivery_of
from bot.core.errors import MusterError

FORM = "application/x-www-form-urlencoded"


class Express:
    """Takes slash commands in while there is a crowd."""

    def __init__(self, secret: str, installs: Installs, inbound: Inbound) -> None:
        """`secret` is the app's signing secret."""
        self._verifier = SignatureVerifier(secret)
        self._installs = installs
        self._inbound = inbound

    async def take(self, headers: Mapping[str, str], body: bytes) -> BoltResponse | None:
        """Take a request in. None, and nothing was done: it is for Bolt to take, or to refuse.

        `headers` are found whatever their case. ValueError: the body is not UTF-8.
        """
        if not self._inbound.is_crowded or not headers.get("content-type", "").startswith(FORM):
            return None
        stamp = headers.get("x-slack-request-timestamp", "")
        signature = headers.get("x-slack-signature", "")
        if not self._verifier.is_valid(body, stamp, signature):
            return None
        return await self.take_command(dict(parse_qsl(body.decode(), keep_blank_values=True)))

    async def take_command(self, fields: Mapping[str, Any]) -> BoltResponse | None:
        """As `take`, for what is known to be Slack's."""
        delivery = delivery_of(fields) if self._inbound.is_crowded else None
        if delivery is None or "payload" in fields or "ssl_check" in fields:
            return None
        try:
            found = await self._installs.among(fields.get("team_id"), fields.get("enterprise_id"))
        except MusterError:
            return None
        if found is None:
            return None
        return await self._inbound.noted(found.workspace, delivery, fields)
