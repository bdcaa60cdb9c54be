"""The program itself: an HTTP server on a loopback port, its state and its records."""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections.abc import Callable
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Self

from aiohttp import web

from tests.fakes.feishu import (
    api_announcements,
    api_apps,
    api_auth,
    api_boards,
    api_cards,
    api_chats,
    api_contacts,
    api_docs,
    api_files,
    api_history,
    api_members,
    api_messages,
    api_reactions,
    api_urgents,
)
from tests.fakes.feishu.api_cards import CardEntity, CardToken
from tests.fakes.feishu.api_docs import Document
from tests.fakes.feishu.api_files import Stored
from tests.fakes.feishu.bodies import body_of, code_of, json_of, lacking, log_id, refused
from tests.fakes.feishu.chats import Chat, Message
from tests.fakes.feishu.clock import Clock
from tests.fakes.feishu.desk import TenantDesk
from tests.fakes.feishu.errors import Refusal
from tests.fakes.feishu.events import Events
from tests.fakes.feishu.faults import Fault, Faults
from tests.fakes.feishu.limits import Limits
from tests.fakes.feishu.org import App, Tenant
from tests.fakes.feishu.scopes import API_SCOPES
from tests.fakes.feishu.sockets import Sockets
from tests.fakes.feishu.wire import APIS, Answer, Api, Call, Upload

#: Importing them fills the table of APIs.
HANDLERS = (
    api_announcements, api_apps, api_auth, api_boards, api_cards, api_chats, api_contacts, api_docs,
    api_files, api_history, api_members, api_messages, api_reactions, api_urgents,
)  # fmt: skip
RECORD = "MUSTER_FEISHU_RECORD"


@dataclass(frozen=True)
class Recorded:
    """A call as it came in, and how it ended (status 0: the line was cut)."""

    at: float
    method: str
    path: str
    template: str
    query: dict[str, str]
    body: Any
    status: int
    code: int
    app_id: str


class FakeFeishu:
    """A Feishu of its own. Use as an async context manager; `url` is what FEISHU_DOMAIN takes.

    Args:
        host, port: where to listen; port 0 picks a free one.
        seed: for the choice between several long connections.
    """

    def __init__(self, *, host: str = "127.0.0.1", port: int = 0, seed: int = 1) -> None:
        self._host, self._port = host, port
        self.clock = Clock()
        self.chance = random.Random(seed)
        self.limits = Limits(self.clock)
        self.faults = Faults()
        self.tenants: list[Tenant] = []
        self.apps: dict[str, App] = {}
        self.chats: dict[str, Chat] = {}
        self.messages: dict[str, Message] = {}
        self.files: dict[str, Stored] = {}
        self.documents: dict[str, Document] = {}
        self.card_tokens: dict[str, CardToken] = {}
        self.card_entities: dict[str, CardEntity] = {}
        #: (app, what, uuid) → (until when it holds, what was made)
        self.once: dict[tuple[str, str, str], tuple[float, Any]] = {}
        #: How long adding members takes (seconds); a second call meanwhile gets 232019.
        self.joining_takes = 0.01
        self.calls: list[Recorded] = []
        #: What went wrong inside the fake; empty in a healthy test.
        self.troubles: list[str] = []
        self.events = Events(self)
        self.sockets = Sockets(self)
        self._stirred = asyncio.Event()
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://{self._host}:{self._port}"

    # ── life ─────────────────────────────────────────────────────────────────────────────────

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        server = web.Application(client_max_size=64 * 1024 * 1024)
        server.router.add_post("/callback/ws/endpoint", self._endpoint)
        server.router.add_get("/ws/v2", self.sockets.accept)
        for each in APIS:
            server.router.add_route(each.method, each.template, self._route(each))
        server.router.add_route("*", "/{path:.*}", self._unknown)
        self._runner = web.AppRunner(server, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port, reuse_address=True)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        self.faults.clear()
        await self.events.close()
        for socket in list(self.sockets.open):
            socket.abort()
        if self._runner:
            await self._runner.cleanup()
        self.clock.stop()

    # ── the town ─────────────────────────────────────────────────────────────────────────────

    def tenant(self, name: str = "测试企业", **rest: Any) -> TenantDesk:
        """A new tenant: `.person()`, `.app()`, `.department()`, `.group()` fill it."""
        made = Tenant(name, **rest)
        self.tenants.append(made)
        return TenantDesk(self, made)

    async def until(self, condition: Callable[[], Any], within: float = 30.0) -> Any:
        """Wait until the condition gives something true, and return that.

        It is asked again whenever something has happened here, and 20 times a second besides
        (the bot under test has a life of its own). AssertionError, with what there is, when the
        time (real seconds) is up.
        """
        end = asyncio.get_running_loop().time() + within
        while not (found := condition()):
            left = end - asyncio.get_running_loop().time()
            if left <= 0:
                raise AssertionError(f"not within {within} s; there is:\n{self.picture()}")
            self._stirred.clear()
            try:
                await asyncio.wait_for(self._stirred.wait(), min(left, 0.05))
            except TimeoutError:
                continue
        return found

    async def connected(self, app: App, count: int = 1, within: float = 30.0) -> None:
        """Wait until the app has that many long connections."""
        await self.until(lambda: len(self.sockets.of(app)) >= count, within)

    async def settled(self, within: float = 30.0) -> None:
        """Wait until no push is waiting for its ack."""
        await self.until(lambda: not self.events.in_flight, within)

    def stir(self) -> None:
        """Something has happened: whoever waits in `until` looks again."""
        self._stirred.set()

    def called(self, match: str, *, ok: bool | None = None) -> list[Recorded]:
        """Calls whose "METHOD /path/{template}" or "METHOD /real/path" fits the pattern."""
        return [
            call
            for call in self.calls
            if (f"{call.method} {call.template}" == match
                or fnmatchcase(f"{call.method} {call.path}", match))
            and (ok is None or ok == (call.code == 0 and call.status == 200))
        ]  # fmt: skip

    def picture(self, last: int = 12) -> str:
        """The last calls, events and messages, for the message of a failed test."""
        lines = ["calls:"]
        lines += [f"  {c.status} {c.code} {c.method} {c.path}" for c in self.calls[-last:]]
        lines.append("events:")
        lines += [f"  {event.type} tries={event.tries}" for event in self.events.log[-last:]]
        lines.append("messages:")
        for message in list(self.messages.values())[-last:]:
            who = message.sender.name
            lines.append(f"  [{message.chat.name}] {who}: {message.content[:300]}")
        return "\n".join([*lines, "troubles:", *self.troubles])

    # ── calls ────────────────────────────────────────────────────────────────────────────────

    async def _endpoint(self, request: web.Request) -> web.StreamResponse:
        body = await json_of(request)

        async def answer() -> web.Response:
            return await self.sockets.endpoint(body)

        return await self._guarded(request, "/callback/ws/endpoint", body, answer)

    def _route(self, each: Api) -> Callable[[web.Request], Any]:
        async def handle(request: web.Request) -> web.StreamResponse:
            body, files = await body_of(request)

            async def answer() -> web.Response:
                return await self._answer(each, request, body, files)

            return await self._guarded(request, each.template, body, answer)

        return handle

    async def _unknown(self, request: web.Request) -> web.StreamResponse:
        self._record(request, "", None, 404, -1)
        return web.Response(status=404, text="404 page not found")

    async def _guarded(
        self, request: web.Request, template: str, body: Any, answer: Callable[[], Any]
    ) -> web.StreamResponse:
        """Let the planned trouble happen, or the answer; record both."""
        fault = self.faults.take(request.method, request.path, template, self.clock.now())
        if fault:
            if fault.kind == "hang":
                await self.faults.hanging()
            if fault.kind == "lag":
                await asyncio.sleep(fault.seconds)
            elif fault.kind != "drop_after":
                return self._troubled(fault, request, template, body)
        try:
            response: web.Response = await answer()
        except Refusal as refusal:
            response = refused(refusal)
        if fault and fault.kind == "drop_after":
            return self._cut(request, template, body)
        code = code_of(response)
        self._record(request, template, body, response.status, code)
        return response

    def _troubled(
        self, fault: Fault, request: web.Request, template: str, body: Any
    ) -> web.StreamResponse:
        match fault.kind:
            case "drop_before" | "hang":
                return self._cut(request, template, body)
            case "code":
                response = refused(Refusal(fault.code, http=fault.http or None))
            case "status":
                kind = "application/json" if fault.body else None
                response = web.Response(
                    status=fault.http, headers=fault.headers, text=fault.body, content_type=kind
                )
            case "html":
                response = web.Response(
                    status=fault.http, text=fault.body, content_type="text/html"
                )
            case _:
                response = web.Response(
                    status=fault.http, text=fault.body, content_type="application/json"
                )
        code = fault.code if fault.kind == "code" else -1
        self._record(request, template, body, response.status, code)
        return response

    def _cut(self, request: web.Request, template: str, body: Any) -> web.StreamResponse:
        self._record(request, template, body, 0, -1)
        if request.transport:
            request.transport.abort()
        return web.Response(status=500)

    async def _answer(
        self, each: Api, request: web.Request, body: dict[str, Any], files: dict[str, Upload]
    ) -> web.Response:
        if each.template.startswith("/open-apis/auth/"):
            return web.json_response(api_auth.answer(self, each.template, body))
        app = api_auth.caller(self, request.headers.get("Authorization", ""))
        needed = API_SCOPES.get(f"{each.method} {each.template}", frozenset())
        if needed and not any(app.may(scope) for scope in needed):
            raise lacking(sorted(needed))
        if not self.limits.passes(("app", app.id, each.template), 50) or not self.limits.passes(
            ("app", app.id, each.template), 1000, 60.0
        ):
            raise Refusal(99991400, headers={"x-ogw-ratelimit-reset": "1"})
        call = Call(self, app, request.match_info, request.query, body, files)
        data: Answer = await each.handler(call)
        if isinstance(data, web.Response):
            return data
        return web.json_response({"code": 0, "msg": each.msg, "data": data}, headers=log_id())

    def _record(
        self, request: web.Request, template: str, body: Any, status: int, code: int
    ) -> None:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        caller = next((a.id for a in self.apps.values() if token in a.tokens), "")
        recorded = Recorded(
            self.clock.now(), request.method, request.path, template, dict(request.query), body,
            status, code, caller,
        )  # fmt: skip
        self.calls.append(recorded)
        if path := os.environ.get(RECORD):
            with Path(path).open("a", encoding="utf-8") as out:
                out.write(json.dumps(asdict(recorded), ensure_ascii=False) + "\n")
        self.stir()
