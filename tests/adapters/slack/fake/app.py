"""An app that takes everything and remembers it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from aiohttp import web

from tests.fakes.slack import FakeSlack


@dataclass
class Taken:
    """One request, as it came."""

    headers: dict[str, str]
    raw: bytes

    @property
    def payload(self) -> dict[str, Any]:
        if self.headers["Content-Type"] == "application/json":
            body: dict[str, Any] = json.loads(self.raw)
            return body
        form = {key: one[0] for key, one in parse_qs(self.raw.decode()).items()}
        return json.loads(form["payload"]) if "payload" in form else form

    @property
    def kind(self) -> str:
        payload = self.payload
        if "event" in payload:
            return str(payload["event"]["type"])
        return str(payload.get("command") or payload.get("type"))


@dataclass
class App:
    """What it took, and what it answers: (status, body, headers) for each request to come."""

    taken: list[Taken] = field(default_factory=list)
    answers: list[tuple[int, Any, dict[str, str]]] = field(default_factory=list)

    #: If there is one, answers wait for it.
    held: asyncio.Event | None = None

    def of(self, kind: str) -> list[Taken]:
        return [one for one in self.taken if one.kind == kind]

    def events(self) -> list[str]:
        return [one.kind for one in self.taken]

    def will(self, status: int, body: Any = None, **headers: str) -> None:
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        self.answers.append((status, body, named))

    async def serve(self, request: web.Request) -> web.StreamResponse:
        self.taken.append(Taken(dict(request.headers), await request.read()))
        if self.held is not None:
            await self.held.wait()
        status, body, headers = self.answers.pop(0) if self.answers else (200, None, {})
        if body is None:
            return web.Response(status=status, headers=headers)
        return web.json_response(body, status=status, headers=headers)


@asynccontextmanager
async def listening(slack: FakeSlack) -> AsyncIterator[App]:
    """The app, to which the fake delivers over HTTP."""
    app = App()
    site = web.Application()
    site.router.add_post("/", app.serve)
    runner = web.AppRunner(site, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack.delivers_to(f"http://127.0.0.1:{runner.addresses[0][1]}/")
    try:
        yield app
    finally:
        await runner.cleanup()
