"""Who may talk to the playground: a browser on this computer, from the playground's own page.

There are no passwords here, so three things stand between the playground and any web page that is
open in the same browser: the Host must be this computer (a name that somebody else's DNS pointed at
127.0.0.1 is not), a request that changes something must come from our own page (Origin) and must be
JSON (which no form of another page can send).
"""

from __future__ import annotations

import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: The largest request that is read.
LARGEST_BODY = 1_000_000

_LOOPBACK = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?", re.IGNORECASE | re.ASCII)
_POLICY = (
    "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'; object-src 'none'"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


class Guard:
    """Middleware: refuses what does not come from here, and sets the headers of what does."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":  # there are no WebSockets here
            await send({"type": "websocket.close"})
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(_HEADERS)
                headers.setdefault("cache-control", "no-store")
            await send(message)

        refusal = _refusal(scope["method"], Headers(scope=scope))
        if refusal is None:
            await self._app(scope, receive, send_with_headers)
        else:
            status, code, why = refusal
            answer = JSONResponse({"error": code, "message": why}, status)
            await answer(scope, receive, send_with_headers)


def _refusal(method: str, headers: Headers) -> tuple[int, str, str] | None:
    """Status, code and sentence; None if the request may pass."""
    host = headers.get("host", "")
    if not _LOOPBACK.fullmatch(host):
        return 421, "not_here", "The playground answers only on this computer, as localhost."
    if method in {"GET", "HEAD"}:
        return None
    origin = headers.get("origin")
    if origin is not None and origin.lower() not in {f"{s}://{host.lower()}" for s in _SCHEMES}:
        return 403, "not_our_page", "This request comes from another web page."
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        return 415, "not_json", "A request that changes something must be JSON."
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdecimal()) or int(length[:20]) > LARGEST_BODY:
        return 413, "too_large", "That is more than a megabyte."
    return None


_SCHEMES = ("http", "https")
