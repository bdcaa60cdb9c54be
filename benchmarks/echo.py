"""A bare Bolt that acknowledges every slash command with its text: what Muster is measured beside.

Takes the port, the address of the Web API and the signing secret.
"""

from __future__ import annotations

import sys
from typing import Any

import uvicorn
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


async def _authorize(**_: Any) -> AuthorizeResult:
    return AuthorizeResult(enterprise_id=None, team_id="T1", bot_user_id="U1")


def main() -> None:
    """Serve until told to stop."""
    port, api, secret = sys.argv[1:4]
    bolt = AsyncApp(
        client=AsyncWebClient(base_url=api),
        signing_secret=secret,
        authorize=_authorize,
        process_before_response=True,
    )

    @bolt.command("/warroom")
    async def _echo(ack: Any, body: dict[str, Any]) -> None:
        await ack(body["text"])

    handler = AsyncSlackRequestHandler(bolt)

    async def events(request: Request) -> Response:
        return await handler.handle(request)

    routes = [Route("/slack/events", events, methods=["POST"])]
    uvicorn.run(Starlette(routes=routes), port=int(port), log_level="error")


if __name__ == "__main__":
    main()
