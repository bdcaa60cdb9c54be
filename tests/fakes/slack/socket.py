"""Socket Mode: the app connects, envelopes go down, acknowledgements come up."""

from __future__ import annotations

import asyncio
import json
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from tests.fakes.slack.deliveries import Attempt, Delivery

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack

TYPES = {
    "event": "events_api",
    "command": "slash_commands",
    "interaction": "interactive",
    "options": "interactive",
}


@dataclass(eq=False)
class Connection:
    """One WebSocket of the app's. Half open, it is there and nothing comes through any more."""

    ws: web.WebSocketResponse
    name: str
    is_half_open: bool = False
    waiting: dict[str, asyncio.Future[Any]] = field(default_factory=dict)


class Sockets:
    def __init__(self, slack: FakeSlack) -> None:
        self._slack = slack
        self._tickets: set[str] = set()
        self._turn = 0
        self.connections: list[Connection] = []
        #: How many connections there ever were.
        self.opened = 0
        #: Acknowledgements of envelopes that nobody waited for any more.
        self.late: list[str] = []

    def ticket(self) -> str:
        """An address that one connection can use, once."""
        name = uuid.uuid4().hex
        self._tickets.add(name)
        return f"{self._slack.base.replace('http', 'ws', 1)}/link/{name}?ticket={name}"

    async def serve(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if name not in self._tickets:
            return web.Response(status=403, text="invalid ticket")
        self._tickets.discard(name)
        ws = web.WebSocketResponse(autoping=False, timeout=1.0)
        await ws.prepare(request)
        connection = Connection(ws, name)
        self.opened += 1
        self.connections.append(connection)
        await self._write(connection, self._hello())
        try:
            async for message in ws:
                if connection.is_half_open:
                    continue
                if message.type is WSMsgType.PING:
                    await ws.pong(message.data)
                elif message.type is WSMsgType.TEXT:
                    self._acknowledged(connection, message.data)
        finally:
            self._gone(connection)
        return ws

    def _hello(self) -> dict[str, Any]:
        return {
            "type": "hello",
            "num_connections": len(self.connections),
            "debug_info": {
                "host": "applink-fake",
                "build_number": 1,
                "approximate_connection_time": 18_060,
            },
            "connection_info": {"app_id": self._slack.app_id},
        }

    def _acknowledged(self, connection: Connection, text: str) -> None:
        body = json.loads(text)
        name = body.get("envelope_id", "")
        waiting = connection.waiting.pop(name, None)
        if waiting is None or waiting.done():
            self.late.append(name)
        else:
            waiting.set_result(body.get("payload"))

    def _gone(self, connection: Connection) -> None:
        if connection in self.connections:
            self.connections.remove(connection)
        for waiting in connection.waiting.values():
            if not waiting.done():
                waiting.set_exception(ConnectionError("the socket was closed"))

    async def _write(self, connection: Connection, message: dict[str, Any]) -> None:
        if not connection.is_half_open:
            await connection.ws.send_str(json.dumps(message))

    # What deliveries need.

    async def send(self, delivery: Delivery, headers: dict[str, str]) -> Attempt:
        """Give a payload to one of the connections and wait for its acknowledgement."""
        if not self.connections:
            return Attempt(0, None, 0.0, "connection_failed")
        self._turn += 1
        connection = self.connections[self._turn % len(self.connections)]
        envelope: dict[str, Any] = {
            "envelope_id": str(uuid.uuid4()),
            "payload": delivery.payload,
            "type": TYPES[delivery.kind],
            "accepts_response_payload": delivery.kind != "event",
        }
        if delivery.kind == "event":
            envelope["retry_attempt"] = int(headers.get("X-Slack-Retry-Num", 0))
            envelope["retry_reason"] = headers.get("X-Slack-Retry-Reason", "")
        waiting: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        connection.waiting[envelope["envelope_id"]] = waiting
        try:
            async with asyncio.timeout(self._slack.deliveries.patience):
                await self._write(connection, envelope)
                return Attempt(200, await waiting, 0.0)
        except TimeoutError:
            return Attempt(0, None, 0.0, "http_timeout")
        except ConnectionError:
            return Attempt(0, None, 0.0, "connection_failed")
        finally:
            connection.waiting.pop(envelope["envelope_id"], None)

    # What can happen to connections.

    async def refresh(self, reason: str = "refresh_requested") -> None:
        """Ask the app to connect anew, as Slack does now and then; "warning" announces it."""
        for connection in list(self.connections):
            debug = {"host": "applink-fake"}
            await self._write(
                connection, {"type": "disconnect", "reason": reason, "debug_info": debug}
            )
            if reason != "warning":
                self.connections.remove(connection)

    async def close_all(self) -> None:
        """Every connection ends without a word."""
        for connection in list(self.connections):
            self._gone(connection)
            await connection.ws.close()

    def half_open(self) -> None:
        """Every connection stays, and nothing comes through: no answer, no pong."""
        for connection in self.connections:
            connection.is_half_open = True
