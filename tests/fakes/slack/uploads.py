"""Files: an address to send the bytes to, the bytes, and then the file is shared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.fakes.slack.calls import Call

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack


class Uploads:
    def __init__(self, slack: FakeSlack) -> None:
        self._slack = slack
        #: file id → what was announced: team, name, length.
        self.announced: dict[str, dict[str, Any]] = {}
        #: file id → its bytes.
        self.contents: dict[str, bytes] = {}

    def announce(self, team: str, name: str, length: int) -> tuple[str, str]:
        """(upload_url, file id)."""
        made = self._slack.ids.new("F")
        self.announced[made] = {"team": team, "name": name, "length": length}
        return f"{self._slack.base}/upload/{made}", made

    async def serve(self, request: web.Request) -> web.StreamResponse:
        from tests.fakes.slack.api import Cut, cut

        name = request.match_info["file"]
        announced = self.announced.get(name)
        if announced is None:
            return web.Response(status=404, text="not found")
        call = Call("upload", request.method, at=self._slack.clock.now(), json={"file": name})
        self._slack.remember(call)
        self._slack.stir()
        try:
            struck = self._slack.faults.strike("upload")
            if early := await self._slack.api_server.suffer(call, struck):
                return early
        except Cut:
            return cut(request)
        data = await self._bytes(request)
        if len(data) != announced["length"]:
            return web.Response(status=400, text="length does not match")
        self.contents[name] = data
        return web.Response(text=f"OK - {len(data)}")

    async def _bytes(self, request: web.Request) -> bytes:
        if not request.content_type.startswith("multipart/"):
            return await request.read()
        for value in (await request.post()).values():
            if isinstance(value, web.FileField):
                return value.file.read()
        return b""

    async def download(self, request: web.Request) -> web.StreamResponse:
        """url_private, for who has a token of the workspace."""
        name = request.match_info["file"]
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if name not in self.contents or token not in self._slack.tokens:
            return web.Response(status=404)
        return web.Response(body=self.contents[name])
