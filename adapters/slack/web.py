"""Slack over HTTP: `POST /slack/events` for everything, and the two pages of OAuth.

What Bolt would answer with 500 (a timestamp that is no number, a body that is not UTF-8: both
measured) is turned away before it sees it; an event that is no object it is not shown at all. And
what it would read as empty is spelt so that it does not: it takes any form with the word "payload"
in it, a command about one as well, for an interaction (Bolt 1.30, `parse_body`: measured).
"""

from __future__ import annotations

import re
from typing import Any

import structlog
from slack_bolt.adapter.starlette.async_handler import (
    to_async_bolt_request,
    to_starlette_response,
)
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from adapters.slack.express import FORM, Express
from adapters.slack.oauth import INSTALL, REDIRECT
from bot.core.errors import Unreadable, reading

log = structlog.get_logger(__name__)
EVENTS = "/slack/events"
#: Bytes of a request. Slack's largest are events with whole messages, far below.
LARGEST = 2_000_000
_MOST_READ = 10 * LARGEST
_INTERACTION = re.compile(rb"(?:^|&)payload=")


def routes(app: AsyncApp, express: Express) -> list[BaseRoute]:
    """The routes of a Slack app; those of OAuth where people may install it themselves."""
    pages = Pages(app, express)
    found: list[BaseRoute] = [Route(EVENTS, pages.events, methods=["POST"])]
    if app.oauth_flow is not None:
        found += [
            Route(INSTALL, pages.install, methods=["GET"]),
            Route(REDIRECT, pages.redirect, methods=["GET"]),
        ]
    return found


class Pages:
    """What Slack, and who installs Muster, ask for."""

    def __init__(self, app: AsyncApp, express: Express) -> None:
        self._app = app
        self._express = express

    async def events(self, request: Request) -> Response:
        """A command, an event, an interaction. 400 and 401 for what is none of Slack's."""
        timestamp = request.headers.get("x-slack-request-timestamp", "")
        if timestamp and not (timestamp.isascii() and timestamp.isdecimal()):
            return _refused(401, "invalid request")
        body = await _body(request)
        if body is None:
            return _refused(413, "too large")
        try:
            with reading():  # Bolt takes it apart before anything of ours does
                answer = await self._express.take(request.headers, body)
                if answer is None:
                    answer = await self._app.async_dispatch(_for_bolt(request, body))
        except Unreadable as unreadable:  # not UTF-8, not JSON, or not of Slack's shape
            log.warning("slack.unreadable", reason=str(unreadable))
            return _refused(400, "not readable")
        return to_starlette_response(answer)

    async def install(self, request: Request) -> Response:
        """The page with the button, and a state for the way back."""
        assert self._app.oauth_flow is not None
        answer = await self._app.oauth_flow.handle_installation(to_async_bolt_request(request, b""))
        return to_starlette_response(answer)

    async def redirect(self, request: Request) -> Response:
        """Back from Slack, with a code or with a no."""
        assert self._app.oauth_flow is not None
        answer = await self._app.oauth_flow.handle_callback(to_async_bolt_request(request, b""))
        return to_starlette_response(answer)


def _for_bolt(request: Request, body: bytes) -> AsyncBoltRequest:
    """The request as Bolt reads it rightly; what is signed stays what it was."""
    is_form = request.headers.get("content-type", "").startswith(FORM)
    if not is_form or b"payload" not in body or _INTERACTION.search(body):
        made = to_async_bolt_request(request, body)
    else:
        made = to_async_bolt_request(request, body.replace(b"payload", b"%70ayload"))
        made.raw_body = body.decode()
    made.body = harmless(made.body)
    return made


def harmless(payload: dict[str, Any]) -> dict[str, Any]:
    """A payload without its event if that is no object.

    Bolt asks every event for its type, and raises (`_is_no_auth_test_events` of 1.30: measured). An
    event that is missing it bears, and `parse` does not: there it is unreadable.
    """
    if isinstance(payload.get("event", {}), dict):
        return payload
    return {name: value for name, value in payload.items() if name != "event"}


async def _body(request: Request) -> bytes | None:
    """The body; None if it is too large.

    What is too large is read to its end and thrown away, within reason: who is still sending would
    not hear the answer.
    """
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > _MOST_READ:
            return None
        if size <= LARGEST:
            parts.append(part)
    return b"".join(parts) if size <= LARGEST else None


def _refused(status: int, why: str) -> Response:
    return JSONResponse({"error": why}, status)
