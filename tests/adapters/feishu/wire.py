"""A bare server whose every answer a test writes down: for the client and the connection alone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from adapters.feishu import frames
from adapters.feishu.client import TOKEN_PATH, FeishuClient
from adapters.feishu.connection import ENDPOINT
from adapters.feishu.frames import Frame

APP_ID = "cli_00000000000000aa"
SECRET = "the secret"
Answer = web.StreamResponse | dict[str, Any]
Handler = Callable[[web.Request], Awaitable[Answer]]


@dataclass
class Seen:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


@dataclass
class Wire:
    url: str = ""
    seen: list[Seen] = field(default_factory=list)
    #: Connections that were ever opened.
    connections: set[int] = field(default_factory=set)
    tokens: int = 0
    expire: int = 7200
    #: What calls other than the token's answer, in turn; the last one again and again.
    script: list[Handler] = field(default_factory=list)
    on_token: Handler | None = None
    on_endpoint: Handler | None = None
    on_socket: Callable[[Socket], Awaitable[None]] | None = None
    config: dict[str, int] = field(default_factory=lambda: {"PingInterval": 1})
    _held: list[object] = field(default_factory=list)

    def client(self, **options: Any) -> FeishuClient:
        return FeishuClient(APP_ID, SECRET, self.url, **options)

    def calls(self, path: str) -> list[Seen]:
        return [each for each in self.seen if each.path == path]

    async def serve(self, request: web.Request) -> web.StreamResponse:
        transport = request.transport
        self._held.append(transport)  # or its id could be another's, later
        self.connections.add(id(transport))
        await self._note(request)
        answer = await self._answer(request)
        return web.json_response(answer) if isinstance(answer, dict) else answer

    async def _note(self, request: web.Request) -> None:
        body: Any = await request.read()
        if request.content_type == "application/json":
            body = json.loads(body)
        self.seen.append(
            Seen(request.method, request.path, dict(request.query), dict(request.headers), body)
        )

    async def _answer(self, request: web.Request) -> Answer:
        if request.path == TOKEN_PATH:
            self.tokens += 1
            if self.on_token is not None:
                return await self.on_token(request)
            return {"code": 0, "tenant_access_token": f"t-{self.tokens}", "expire": self.expire}
        if request.path == ENDPOINT:
            if self.on_endpoint is not None:
                return await self.on_endpoint(request)
            return self.endpoint()
        if request.path == "/ws":
            return await self._socket(request)
        handler = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        return await handler(request)

    def endpoint(self) -> dict[str, Any]:
        url = self.url.replace("http", "ws") + "/ws?device_id=d&service_id=7"
        return {"code": 0, "msg": "", "data": {"URL": url, "ClientConfig": self.config}}

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        raw = web.WebSocketResponse(max_msg_size=0)
        await raw.prepare(request)
        assert self.on_socket is not None
        await self.on_socket(Socket(raw))
        return raw


class Socket:
    """The server's end of a long connection."""

    def __init__(self, raw: web.WebSocketResponse) -> None:
        self.raw = raw
        self.acks: dict[str, Frame] = {}
        self.pings = 0

    async def send(self, message: str, body: Any, kind: str = "event", **more: str) -> None:
        headers = {"type": kind, "message_id": message, "sum": "1", "seq": "0", **more}
        payload = body if isinstance(body, bytes) else json.dumps(body).encode()
        frame = Frame(frames.DATA, 7, tuple(headers.items()), payload, seq_id=3, log_id=4)
        await self.raw.send_bytes(frames.encode(frame))

    async def listen(self, *, pongs: bool = True) -> None:
        """Answer pings and keep acknowledgements, until the client goes."""
        async for message in self.raw:
            if message.type is not WSMsgType.BINARY:
                continue
            frame = frames.decode(message.data)
            if frame.method == frames.DATA:
                self.acks[frame.header("message_id")] = frame
                continue
            self.pings += 1
            if pongs:
                pong = Frame(frames.CONTROL, 7, (("type", "pong"),))
                await self.raw.send_bytes(frames.encode(pong))

    def ack(self, message: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.acks[message].payload)
        return found


@asynccontextmanager
async def wire() -> AsyncIterator[Wire]:
    made = Wire()
    app = web.Application(client_max_size=2**26)
    app.router.add_route("*", "/{path:.*}", made.serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield made
    finally:
        await runner.cleanup()


def answering(
    data: dict[str, Any] | None = None,
    *,
    code: int = 0,
    status: int = 200,
    headers: dict[str, str] | None = None,
    **more: Any,
) -> Handler:
    async def answer(_: web.Request) -> Answer:
        body = {"code": code, "msg": "as written", **more}
        if data is not None:
            body["data"] = data
        return web.json_response(body, status=status, headers=headers)

    return answer


def text(body: str, status: int = 200, kind: str = "text/html") -> Handler:
    async def answer(_: web.Request) -> Answer:
        return web.Response(text=body, status=status, content_type=kind)

    return answer


def event(name: str, kind: str = "im.message.receive_v1", **inside: Any) -> dict[str, Any]:
    header = {"event_id": name, "event_type": kind, "app_id": APP_ID, "token": "v"}
    return {"schema": "2.0", "header": header, "event": inside}


def pressed(name: str, value: object) -> dict[str, Any]:
    return event(name, "card.action.trigger", action={"tag": "button", "value": value})


async def until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    """As soon as `condition` holds; AssertionError if it does not in time."""
    end = asyncio.get_running_loop().time() + seconds
    while not condition():
        assert asyncio.get_running_loop().time() < end, f"not within {seconds} s"
        await asyncio.sleep(0.002)
