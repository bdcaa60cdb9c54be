"""A small town for the fake's own tests, and the plainest of clients."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from tests.fakes.feishu import App, Chat, FakeFeishu, Person, TenantDesk
from tests.fakes.feishu.frames import CONTROL, DATA, Frame, decode

Story = Callable[["Town"], Awaitable[None]]


@dataclass
class Town:
    feishu: FakeFeishu
    session: aiohttp.ClientSession
    tenant: TenantDesk
    app: App
    boss: Person
    li: Person
    han: Person
    group: Chat
    token: str = ""

    async def sign_in(self, app: App | None = None) -> str:
        app = app or self.app
        url = f"{self.feishu.url}/open-apis/auth/v3/tenant_access_token/internal"
        body = {"app_id": app.id, "app_secret": app.secret}
        async with self.session.post(url, json=body) as response:
            self.token = (await response.json())["tenant_access_token"]
        return self.token

    async def call(
        self, method: str, path: str, body: Any = None, **query: str
    ) -> tuple[int, dict[str, Any]]:
        """HTTP status and envelope."""
        headers = {"Authorization": f"Bearer {self.token}"}
        url = f"{self.feishu.url}/open-apis/{path}"
        async with self.session.request(
            method, url, json=body, params=query, headers=headers
        ) as response:
            return response.status, json.loads(await response.text())

    async def does(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        """The data of a call that must succeed."""
        status, envelope = await self.call(method, path, body, **query)
        assert (status, envelope["code"]) == (200, 0), envelope
        return envelope.get("data")

    async def fails(self, method: str, path: str, body: Any = None, **query: str) -> int:
        """The code of a call that must be refused with HTTP 400."""
        status, envelope = await self.call(method, path, body, **query)
        assert status == 400, envelope
        assert envelope["error"]["log_id"], envelope
        return int(envelope["code"])

    async def sends(self, content: Any, msg_type: str = "text", **more: Any) -> dict[str, Any]:
        """A message of the app in the group, which must succeed."""
        body = self.message(content, msg_type, **more)
        data = await self.does("POST", "im/v1/messages", body, receive_id_type="chat_id")
        assert isinstance(data, dict)
        return data

    def message(self, content: Any, msg_type: str = "text", **more: Any) -> dict[str, Any]:
        if msg_type == "text" and isinstance(content, str):
            content = {"text": content}
        text = json.dumps(content, ensure_ascii=False)
        body = {"receive_id": self.group.id, "msg_type": msg_type, "content": text}
        return body | more


def told(story: Story) -> Callable[[], None]:
    """Make a test of an async story: it gets a fresh town, signed in."""

    def test() -> None:
        asyncio.run(_tell(story))

    test.__name__ = getattr(story, "__name__", "test")
    return test


async def _tell(story: Story) -> None:
    async with FakeFeishu() as feishu, aiohttp.ClientSession() as session:
        tenant = feishu.tenant()
        app = tenant.app()
        boss = tenant.person("王总")
        li = tenant.person("李雷", leader=boss, email="li@example.com")
        han = tenant.person("Han Meimei", lang="en_us")
        town = Town(feishu, session, tenant, app, boss, li, han, tenant.group("值班群", [li, han]))
        await town.sign_in()
        await story(town)
        assert not feishu.troubles, feishu.troubles


@dataclass
class Listener:
    """A client of the long connection that keeps what it gets and acks as told."""

    ws: aiohttp.ClientWebSocketResponse
    answer: Any = None
    code: int = 200
    acks: bool = True
    received: list[dict[str, Any]] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    pongs: list[Frame] = field(default_factory=list)
    _pieces: dict[str, dict[int, bytes]] = field(default_factory=dict)

    async def listen(self) -> None:
        async for message in self.ws:
            frame = decode(message.data)
            if frame.method == CONTROL:
                self.pongs.append(frame)
                continue
            self.frames.append(frame)
            pieces = self._pieces.setdefault(frame.headers["message_id"], {})
            pieces[int(frame.headers["seq"])] = frame.payload
            if len(pieces) == int(frame.headers["sum"]):
                whole = b"".join(pieces[at] for at in sorted(pieces))
                self.received.append(json.loads(whole))
                if self.acks:
                    await self.ack(frame)

    async def ack(self, frame: Frame) -> None:
        answer: dict[str, Any] = {"code": self.code, "headers": {}}
        if self.answer is not None:
            answer["data"] = base64.b64encode(json.dumps(self.answer).encode()).decode()
        frame.headers["biz_rt"] = "1"
        reply = Frame(DATA, frame.headers, json.dumps(answer).encode(), frame.service)
        await self.ws.send_bytes(reply.encode())

    async def ping(self) -> None:
        await self.ws.send_bytes(Frame(CONTROL, {"type": "ping"}, service=1).encode())

    def types(self) -> list[str]:
        return [each["header"]["event_type"] for each in self.received]


async def endpoint(town: Town) -> dict[str, Any]:
    body = {"AppID": town.app.id, "AppSecret": town.app.secret}
    url = f"{town.feishu.url}/callback/ws/endpoint"
    async with town.session.post(url, json=body) as response:
        answer = await response.json()
    assert isinstance(answer, dict)
    return answer


@asynccontextmanager
async def listening(town: Town, **how: Any) -> AsyncIterator[Listener]:
    url = (await endpoint(town))["data"]["URL"]
    async with town.session.ws_connect(url, max_msg_size=0) as ws:
        listener = Listener(ws, **how)
        task = asyncio.create_task(listener.listen())
        try:
            yield listener
        finally:
            await ws.close()
            await asyncio.wait([task])


@dataclass
class Hook:
    """A webhook that keeps what it gets."""

    status: int = 200
    answer: Any = None
    url: str = ""
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.requests.append((dict(request.headers), body))
        loaded = json.loads(body)
        if loaded.get("type") == "url_verification":
            return web.json_response({"challenge": loaded["challenge"]})
        return web.json_response(self.answer or {}, status=self.status)


@asynccontextmanager
async def hooked(**how: Any) -> AsyncIterator[Hook]:
    hook = Hook(**how)
    server = web.Application()
    server.router.add_post("/", hook.handle)
    runner = web.AppRunner(server)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    try:
        yield hook
    finally:
        await runner.cleanup()


def card(*elements: dict[str, Any], title: str = "攻关", **header: Any) -> dict[str, Any]:
    """A 2.0 card."""
    named = {"tag": "plain_text", "content": title}
    return {
        "schema": "2.0",
        "config": {"update_multi": True},
        "header": {"title": named, **header},
        "body": {"elements": list(elements)},
    }


def markdown(content: str, **i18n: str) -> dict[str, Any]:
    element: dict[str, Any] = {"tag": "markdown", "content": content}
    return element | ({"i18n_content": i18n} if i18n else {})


def button(label: str, value: Any, **more: Any) -> dict[str, Any]:
    return {
        "tag": "button",
        "text": {"tag": "plain_text", "content": label},
        "behaviors": [{"type": "callback", "value": value}],
        **more,
    }
