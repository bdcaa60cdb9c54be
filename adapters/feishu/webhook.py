"""The other way in: events and callbacks that Feishu posts to an address of ours.

    parse → which app is it for → signature and time, or token → decrypt → deliver → answer

With an encrypt key only what is encrypted and signed with it passes. Nothing of a body is logged.
Documented: "Configure event encryption", "Handle events", "Handle callbacks".
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from adapters.feishu.callbacks import PATIENCE, Callbacks, Deliver, Late, is_callback
from adapters.feishu.client import Json, decrypt, decryptor
from bot.core.clock import Clock, SystemClock
from bot.core.errors import MusterError, Unavailable, Unreadable

log = structlog.get_logger(__name__)
EVENTS = "/feishu/events"
CARDS = "/feishu/cards"
#: The largest request that is read.
LARGEST_BODY = 1_000_000
#: How old a signed request may be, in seconds. An event is delivered again for up to 7.1 hours and
#: it is not documented whether that renews its timestamp, so it may be as old as that; a replay
#: within this time is recognised as a duplicate, for deliveries are remembered for days. Callbacks
#: are never delivered again: for them five minutes allow for wrong clocks alone.
OLDEST_EVENT = 8 * 3600.0
OLDEST_CALLBACK = 300.0
#: How far ahead of ours the platform's clock may be.
AHEAD = 300.0
#: Timestamps are seconds; larger numbers than this are milliseconds.
_MILLISECONDS = 100_000_000_000


class RefusedRequestError(MusterError):
    """The request is not taken in."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


@dataclass(frozen=True, slots=True)
class Inlet:
    """What one app's requests are known by, and where they go."""

    deliver: Deliver
    verification_token: str = ""
    encrypt_key: str = ""
    #: When set, events of other apps are refused.
    app_id: str = ""
    late: Late | None = None

    def __post_init__(self) -> None:
        if not self.verification_token and not self.encrypt_key:
            message = "a webhook needs an encrypt key or a verification token"
            raise ValueError(message)


def routes(
    inlets: Sequence[Inlet], *, clock: Clock | None = None, patience: float = PATIENCE
) -> list[Route]:
    """`POST /feishu/events` and `/feishu/cards`; either takes both, should they be mixed up."""
    hook = Webhook(inlets, clock or SystemClock(), patience)
    return [Route(path, hook.take, methods=["POST"]) for path in (EVENTS, CARDS)]


class Webhook:
    """Takes requests in for several apps."""

    def __init__(self, inlets: Sequence[Inlet], clock: Clock, patience: float) -> None:
        self._clock = clock
        if any(inlet.encrypt_key for inlet in inlets):
            decryptor()
        self._inlets = [(i, Callbacks(i.deliver, i.late, patience=patience)) for i in inlets]

    async def take(self, request: Request) -> Response:
        """200 when it is durable; 503 asks for it again; 400, 401, 413 refuse it."""
        try:
            raw = await _read(request)
            inlet, callbacks, body = self._open(raw, request.headers)
        except RefusedRequestError as refused:
            log.warning("feishu.request_refused", status=refused.status, reason=str(refused))
            return JSONResponse({"error": str(refused)}, refused.status)
        if body.get("type") == "url_verification":
            return JSONResponse({"challenge": body.get("challenge", "")})
        if is_callback(body):
            return JSONResponse(await callbacks.answer(body))
        return JSONResponse({}, await self._taken_in(inlet, body))

    @staticmethod
    async def _taken_in(inlet: Inlet, body: Json) -> int:
        """The status that says what became of an event."""
        try:
            await inlet.deliver(body)
        except Unavailable:
            return 503
        except Unreadable as unreadable:
            log.warning("feishu.unreadable", reason=str(unreadable))
            return 400
        except Exception:
            log.exception("feishu.event_failed")  # it comes again
            return 503
        return 200

    def _open(self, raw: bytes, headers: Mapping[str, str]) -> tuple[Inlet, Callbacks, Json]:
        outer = _parse(raw)
        encrypted = outer.get("encrypt")
        refused = RefusedRequestError(401, "for no app that is known here")
        for inlet, callbacks in self._inlets:
            try:
                if inlet.encrypt_key:
                    body = self._decrypted(inlet, encrypted, raw, headers)
                else:
                    body = _plain(encrypted, outer)
                _check_token(inlet, body)
                _check_shape(body)
            except RefusedRequestError as error:
                refused = error
                continue
            return inlet, callbacks, body
        raise refused

    def _decrypted(
        self, inlet: Inlet, encrypted: Any, raw: bytes, headers: Mapping[str, str]
    ) -> Json:
        if not isinstance(encrypted, str):
            raise RefusedRequestError(401, "not encrypted")
        is_signed = _is_signed(inlet.encrypt_key, raw, headers)
        try:
            body = _parse(decrypt(inlet.encrypt_key, encrypted))
        except (ValueError, RefusedRequestError) as error:
            # To somebody without the key every mistake looks the same.
            raise RefusedRequestError(401, "cannot be decrypted") from error
        if body.get("type") == "url_verification" and not is_signed:
            # The only request that is not signed; it changes nothing.
            return body
        if not is_signed:
            raise RefusedRequestError(401, "not signed with our key")
        self._check_time(headers, OLDEST_CALLBACK if is_callback(body) else OLDEST_EVENT)
        return body

    def _check_time(self, headers: Mapping[str, str], oldest: float) -> None:
        stamp = headers.get("X-Lark-Request-Timestamp", "")
        if not (stamp.isascii() and stamp.isdigit()) or len(stamp) > 15:  # noqa: PLR2004  digits
            raise RefusedRequestError(401, "no timestamp")
        seconds = int(stamp) / (1000 if int(stamp) > _MILLISECONDS else 1)
        age = self._clock.now().timestamp() - seconds
        if not -AHEAD <= age <= oldest:
            raise RefusedRequestError(401, "too old, or from the future")


async def _read(request: Request) -> bytes:
    raw = bytearray()
    try:
        async for piece in request.stream():
            raw += piece
            if len(raw) > LARGEST_BODY:
                raise RefusedRequestError(413, "too large")
    except (ClientDisconnect, HTTPException) as error:
        raise RefusedRequestError(400, "cut off") from error
    return bytes(raw)


def _parse(raw: bytes) -> Json:
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise RefusedRequestError(400, "not JSON") from error
    if not isinstance(body, dict):
        raise RefusedRequestError(400, "not a JSON object")
    return body


def _is_signed(key: str, raw: bytes, headers: Mapping[str, str]) -> bool:
    """Whether the signature is sha256(timestamp + nonce + key + body), compared in constant time.

    `headers` find their names in any case, as Starlette's do.
    """
    stamp = headers.get("X-Lark-Request-Timestamp", "")
    nonce = headers.get("X-Lark-Request-Nonce", "")
    given = headers.get("X-Lark-Signature", "")
    made = hashlib.sha256((stamp + nonce + key).encode(errors="replace") + raw).hexdigest()
    return hmac.compare_digest(made.encode(), given.encode(errors="replace"))


def _plain(encrypted: Any, outer: Json) -> Json:
    if encrypted is not None:
        raise RefusedRequestError(401, "encrypted, but there is no key")
    return outer


def _check_token(inlet: Inlet, body: Json) -> None:
    header = body.get("header")
    header = header if isinstance(header, dict) else {}
    if inlet.verification_token:
        given = str(header.get("token") or body.get("token") or "")
        wanted = inlet.verification_token
        if not hmac.compare_digest(given.encode(errors="replace"), wanted.encode()):
            raise RefusedRequestError(401, "wrong verification token")
    if inlet.app_id and header.get("app_id", inlet.app_id) != inlet.app_id:
        raise RefusedRequestError(401, "for another app")


def _check_shape(body: Json) -> None:
    if body.get("type") == "url_verification":
        return
    header, event = body.get("header"), body.get("event")
    is_event = isinstance(header, dict) and isinstance(header.get("event_type"), str)
    if isinstance(event, dict) and (is_event or _is_old_event(body, event)):
        return
    raise RefusedRequestError(400, "neither an event nor a callback")


def _is_old_event(body: Json, event: Json) -> bool:
    """An event of the first format, in which a few still come."""
    return body.get("type") == "event_callback" and isinstance(event.get("type"), str)
