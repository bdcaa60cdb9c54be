"""What Muster is measured beside: as little as a server can do that keeps what it was sent.

A bare Bolt that acknowledges every slash command with its text, and a bare Starlette that answers
every JSON with {}; the first after one insert, the second after the three of a command (inbox,
timeline, outbox). Both write durably, as many at a time as come, through `storage.db`. Takes the
port, the database's URL, the signing secret and the address of Slack's Web API.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import uvicorn
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import Connection, text
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from storage.db import open_database

_TABLES = ("bare_inbox", "bare_timeline", "bare_outbox")
_INSERTS = [text(f"INSERT INTO {name} (id, said) VALUES (:id, :said)") for name in _TABLES]  # noqa: S608  constants


def _kept(said: str, tables: int) -> Callable[[Connection], None]:
    """A row in the first so many tables."""
    row = {"id": uuid4().hex, "said": said}

    def keep(conn: Connection) -> None:
        for insert in _INSERTS[:tables]:
            conn.execute(insert, row)

    return keep


def _make_tables(conn: Connection) -> None:
    for name in _TABLES:
        conn.execute(text(f"CREATE TABLE IF NOT EXISTS {name} (id TEXT PRIMARY KEY, said TEXT)"))


async def _authorize(**_: Any) -> AuthorizeResult:
    return AuthorizeResult(enterprise_id=None, team_id="T1", bot_user_id="U1")


def main() -> None:
    """Serve until told to stop."""
    port, database, secret, api = sys.argv[1:5]
    db = open_database(database)
    with db.engine.begin() as conn:
        _make_tables(conn)
    bolt = AsyncApp(
        client=AsyncWebClient(base_url=api),
        signing_secret=secret,
        authorize=_authorize,
        process_before_response=True,
    )

    @bolt.command("/warroom")
    async def _echo(ack: Any, body: dict[str, Any]) -> None:
        await db.write(_kept(body["text"], 1))
        await ack(body["text"])

    handler = AsyncSlackRequestHandler(bolt)

    async def commands(request: Request) -> Response:
        return await handler.handle(request)

    async def events(request: Request) -> Response:
        said = await request.json()
        await db.write(_kept(str(said)[:1000], 3))
        return JSONResponse({})

    routes = [
        Route("/slack/events", commands, methods=["POST"]),
        Route("/feishu/events", events, methods=["POST"]),
    ]
    uvicorn.run(Starlette(routes=routes), port=int(port), log_level="error")


if __name__ == "__main__":
    main()
