"""The long connection's server side: endpoint, handshakes, frames, acks."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from aiohttp import WSMsgType, web

from tests.fakes.feishu.frames import CONTROL, DATA, Frame, decode
from tests.fakes.feishu.org import App

if TYPE_CHECKING:
    from tests.fakes.feishu.server import FakeFeishu

MOST_CONNECTIONS = 50
#: Codes of the endpoint, as the official SDKs know them.
FORBIDDEN, AUTH_FAILED = 403, 514
BUSY, INTERNAL_ERROR, TOO_MANY = 1, 1000040343, 1000040350


@dataclass(eq=False)
class Ack:
    """What a client answered to one event or callback."""

    code: int
    data: Any
    biz_rt: str | None


@dataclass(eq=False)
class Socket:
    """One open long connection."""

    app: App
    ws: web.WebSocketResponse
    id: str
    service: int
    acks: dict[str, asyncio.Future[Ack]] = field(default_factory=dict)
    pings: int = 0
    #: message_ids of pushes through this connection, in order.
    pushed: list[str] = field(default_factory=list)

    async def close(self, code: int = 1000) -> None:
        """A proper goodbye."""
        await self.ws.close(code=code)

    def abort(self) -> None:
        """Cut the line without a word."""
        transport = self.ws._req.transport if self.ws._req else None
        if transport:
            transport.abort()


class Sockets:
    """All long connections of a fake."""

    def __init__(self, feishu: FakeFeishu) -> None:
        self._feishu = feishu
        self.open: list[Socket] = []
        #: device_ids of connections that were promised and not yet opened.
        self._promised: dict[str, App] = {}
        #: Acks that nobody waited for any more: (message_id, ack).
        self.late: list[tuple[str, Ack]] = []
        #: Answers to the endpoint's calls and, when `tell_config` is called, to pings.
        self.config = {
            "ReconnectCount": -1,
            "ReconnectInterval": 1,
            "ReconnectNonce": 1,
            "PingInterval": 120,
        }
        self._config_in_pongs = False

    def of(self, app: App) -> list[Socket]:
        return [socket for socket in self.open if socket.app is app]

    def tell_config(self, **changed: int) -> None:
        """Change the ClientConfig; the next pongs carry it."""
        self.config |= changed
        self._config_in_pongs = True

    async def endpoint(self, body: dict[str, Any]) -> web.Response:
        """Where to connect: POST /callback/ws/endpoint."""
        app = self._feishu.apps.get(body.get("AppID", ""))
        if app is None or app.secret != body.get("AppSecret"):
            return web.json_response({"code": AUTH_FAILED, "msg": "auth failed"})
        if len(self.of(app)) >= MOST_CONNECTIONS:
            return web.json_response({"code": TOO_MANY, "msg": "exceed conn limit"})
        device = secrets.token_hex(8)
        self._promised[device] = app
        query = urlencode(
            {
                "fpid": "493",
                "aid": "552564",
                "device_id": device,
                "access_key": secrets.token_hex(8),
                "service_id": "33554678",
                "ticket": secrets.token_hex(8),
            }
        )
        url = f"{self._feishu.url.replace('http', 'ws', 1)}/ws/v2?{query}"
        return web.json_response(
            {"code": 0, "msg": "", "data": {"URL": url, "ClientConfig": self.config}}
        )

    async def accept(self, request: web.Request) -> web.StreamResponse:
        """The WebSocket itself."""
        device = request.query.get("device_id", "")
        app = self._promised.pop(device, None)
        if self._feishu.faults.refused_handshakes > 0 or app is None:
            self._feishu.faults.refused_handshakes -= app is not None
            headers = {"Handshake-Status": str(FORBIDDEN), "Handshake-Msg": "forbidden"}
            return web.Response(status=403, headers=headers)
        ws = web.WebSocketResponse(autoping=False, max_msg_size=0)
        await ws.prepare(request)
        socket = Socket(app, ws, device, int(request.query.get("service_id", "0")))
        self.open.append(socket)
        self._feishu.stir()
        try:
            async for message in ws:
                if self._feishu.faults.silent:
                    continue
                if message.type is WSMsgType.PING:
                    await ws.pong(message.data)
                elif message.type is WSMsgType.BINARY:
                    await self._received(socket, decode(message.data))
        finally:
            self.open.remove(socket)
            for waiting in socket.acks.values():
                waiting.cancel()
            self._feishu.stir()
        return ws

    async def _received(self, socket: Socket, frame: Frame) -> None:
        kind = frame.headers.get("type")
        if frame.method == CONTROL and kind == "ping":
            socket.pings += 1
            config = json.dumps(self.config).encode() if self._config_in_pongs else b""
            pong = Frame(CONTROL, {"type": "pong"}, config, service=frame.service)
            await socket.ws.send_bytes(pong.encode())
            self._feishu.stir()
        elif frame.method == DATA:
            self._acked(socket, frame)

    def _acked(self, socket: Socket, frame: Frame) -> None:
        message_id = frame.headers.get("message_id", "")
        ack = _ack(frame)
        waiting = socket.acks.pop(message_id, None)
        if waiting is None or waiting.done():
            self.late.append((message_id, ack))
        else:
            waiting.set_result(ack)
        self._feishu.stir()

    async def push(self, socket: Socket, payload: dict[str, Any], seconds: float) -> Ack | None:
        """Send one event or callback; its ack, or None if there was none in time."""
        message_id = secrets.token_hex(16)
        waiting: asyncio.Future[Ack] = asyncio.get_running_loop().create_future()
        socket.acks[message_id] = waiting
        socket.pushed.append(message_id)
        data = json.dumps(payload, ensure_ascii=False).encode()
        try:
            for frame in self._frames(socket, message_id, data):
                await socket.ws.send_bytes(frame.encode())
        except (ConnectionError, RuntimeError):
            socket.acks.pop(message_id, None)
            return None
        arrived = await self._feishu.clock.wait(waiting, seconds)
        socket.acks.pop(message_id, None)
        return waiting.result() if arrived and not waiting.cancelled() else None

    def _frames(self, socket: Socket, message_id: str, data: bytes) -> list[Frame]:
        if self._feishu.faults.silent:
            return []
        size = self._feishu.faults.chunk_size or max(len(data), 1)
        pieces = [data[at : at + size] for at in range(0, len(data), size)]
        frames = []
        for seq, piece in enumerate(pieces):
            headers = {
                "type": "event",
                "message_id": message_id,
                "sum": str(len(pieces)),
                "seq": str(seq),
                "trace_id": secrets.token_hex(8),
                "timestamp": self._feishu.clock.ms(),
            }
            seq_id = time.monotonic_ns() >> 20
            frames.append(Frame(DATA, headers, piece, socket.service, seq_id))
        return frames if self._feishu.faults.chunk_order == "straight" else frames[::-1]


def _ack(frame: Frame) -> Ack:
    try:
        answer = json.loads(frame.payload)
        data = answer.get("data")
        if data:
            data = json.loads(base64.b64decode(data))
    except (ValueError, AttributeError, binascii.Error):
        return Ack(-1, None, frame.headers.get("biz_rt"))
    return Ack(int(answer.get("code", -1)), data, frame.headers.get("biz_rt"))
