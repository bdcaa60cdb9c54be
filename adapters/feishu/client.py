"""One app of Feishu or Lark over HTTP: its token, its pace, its errors. The only user of the SDK.

All calls share one pooled session. The SDK's own client opens a connection and builds a TLS context
for every call, fetches its token in a way that stops the event loop, keeps a token that the
platform has dropped, and takes two seconds and 160 MB to load; so only its leaves are used here:
the decryption and the addresses (docs/adr/0011-lark-oapi-behind-one-file.md).
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import functools
import importlib
import importlib.util
import json
import sys
import time
import types
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit
from weakref import WeakValueDictionary

import aiohttp
import structlog
from multidict import CIMultiDictProxy

from adapters.feishu import pace
from adapters.feishu.errors import FOR_ONE_PLACE, STALE_TOKEN, Busy, failure
from adapters.feishu.pace import Pace
from adapters.feishu.token import Token
from bot.core.errors import Permanent
from bot.core.replicas import Limit, Quotas
from bot.core.strain import Strain

log = structlog.get_logger(__name__)
#: Seconds for a call, for one that carries a file, and for reaching the server at all.
PATIENCE = 10.0
PATIENCE_WITH_FILE = 60.0
CONNECTING = 5.0
#: The largest answer that is read.
LARGEST_ANSWER = 32_000_000
TOKEN_PATH = "/open-apis/auth/v3/tenant_access_token/internal"  # noqa: S105  a path
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
#: Packages of the SDK that are stood in for while its leaves are loaded: what their `__init__`
#: would import is not needed.
_STEMS = ("lark_oapi", "lark_oapi.core", "lark_oapi.core.utils")

Json = dict[str, Any]
#: Values are text, numbers or truth values; None leaves a parameter out.
Query = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file in a form: the part's name, the file's name (never left out), its content."""

    field: str
    filename: str
    content: bytes


@functools.cache
def _leaf(name: str) -> Any:
    """A module of the SDK by its whole name, without what the packages above it would import."""
    if _STEMS[0] in sys.modules:
        return importlib.import_module(name)
    found = importlib.util.find_spec(_STEMS[0])
    if found is None or not found.submodule_search_locations:
        message = "lark-oapi is not installed"
        raise ImportError(message)
    root = Path(next(iter(found.submodule_search_locations)))
    for stem in _STEMS:
        bare = types.ModuleType(stem)
        bare.__path__ = [str(root.joinpath(*stem.split(".")[1:]))]
        sys.modules[stem] = bare
    try:
        return importlib.import_module(name)
    finally:
        # Whoever imports the SDK in earnest, a test for one, gets it whole.
        for loaded in [each for each in sys.modules if each.startswith(_STEMS[0])]:
            del sys.modules[loaded]


@functools.cache
def domains() -> Mapping[str, str]:
    """The addresses of the two worlds, as the SDK has them."""
    const = _leaf("lark_oapi.core.const")
    return {"feishu": const.FEISHU_DOMAIN, "lark": const.LARK_DOMAIN}


def decryptor() -> Any:
    """The SDK's module that decrypts: loading it takes 70 ms, for which no event should wait."""
    return _leaf("lark_oapi.core.utils.decryptor")


def decrypt(encrypt_key: str, encrypted: str) -> bytes:
    """What Feishu encrypted: AES-256-CBC, key sha256(encrypt key), base64, the first block the IV.

    ValueError if it is not that, or was encrypted with another key.
    """
    cipher = decryptor().AESCipher(encrypt_key)
    plain: bytes = cipher.decrypt(base64.b64decode(encrypted, validate=True))
    return plain


def origin(domain: str) -> str:
    """The address for `domain`: "feishu", "lark" or a URL without a path.

    ValueError if it is neither, or not https and not this computer.
    """
    if domain in domains():
        return domains()[domain]
    parts = urlsplit(domain)
    is_here = parts.hostname in _LOOPBACK
    if parts.scheme != "https" and not (parts.scheme == "http" and is_here):
        message = "the domain is feishu, lark or an https:// address"
        raise ValueError(message)
    if not parts.hostname or parts.path.strip("/") or parts.query or parts.username:
        message = "the domain has nothing behind its host and port"
        raise ValueError(message)
    return f"{parts.scheme}://{parts.netloc}"


class FeishuClient:
    """One app in one tenant. Must be used in one event loop, and closed.

    HTTPS_PROXY and NO_PROXY are honoured, for many companies have no other way out; a server on
    this computer is always reached directly.
    """

    def __init__(
        self,
        app_id: str,
        app_secret: str,
        domain: str = "feishu",
        *,
        session: aiohttp.ClientSession | None = None,
        speed: Pace | None = None,
        now: Callable[[], float] = time.monotonic,
        patience: float = PATIENCE,
        quotas: Quotas | None = None,
    ) -> None:
        self.app_id = app_id
        self.app_secret = app_secret
        self.origin = origin(domain)
        self.pace = speed or Pace(now=now, quotas=quotas, place=f"feishu/{app_id}")
        self._session = session
        self._owns_session = session is None
        self._patience = patience
        self.strain = Strain()
        self.token = Token(self._new_token, now)
        self._one_at_a_time: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @property
    def session(self) -> aiohttp.ClientSession:
        """The one session, also for the long connection; made on first use, in the running loop."""
        if self._session is None:
            is_here = urlsplit(self.origin).hostname in _LOOPBACK
            self._session = aiohttp.ClientSession(
                trust_env=not is_here,
                headers={"User-Agent": "muster"},
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    async def close(self) -> None:
        """Let the connections go. The client may be used again afterwards."""
        self.token.stop()
        if self._owns_session and self._session is not None:
            await self._session.close()
            self._session = None

    async def call(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: Json | None = None,
        files: tuple[Upload, ...] = (),
        token: bool = True,
        limits: tuple[Limit, ...] | None = None,
    ) -> Json:
        """The `data` of the answer; where there is none, what else it has besides code and msg.

        With `files`, `body` are the other fields of the form. `limits` None: those of any call;
        they are waited for here. Raises `Busy` (a `Temporary`) or `Rejected` (a `Permanent`).
        """
        taken = pace.general() if limits is None else limits
        request = _Request(method, path, query or {}, body, files, taken)
        try:
            return await (self._with_token(request) if token else self._send(request, None))
        except Busy as busy:
            if busy.is_too_fast and busy.retry_after:
                whole_app = busy.number not in FOR_ONE_PLACE
                too_much = pace.overrun(taken, whole_app=whole_app)
                await self.pace.hold_everywhere(too_much, busy.retry_after)
            raise

    async def _new_token(self) -> Json:
        body = {"app_id": self.app_id, "app_secret": self.app_secret}
        return await self.call("POST", TOKEN_PATH, body=body, token=False, limits=())

    async def _with_token(self, request: _Request) -> Json:
        token = await self.token.get()
        try:
            return await self._send(request, token)
        except Busy as busy:
            if busy.number not in STALE_TOKEN:
                raise
        # A call with a stale token was not carried out, so it may be made again whatever it does.
        self.token.evict(token)
        log.info("feishu.token_stale", path=request.path)
        return await self._send(request, await self.token.get())

    async def _send(self, request: _Request, token: str | None) -> Json:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        patience = max(self._patience, PATIENCE_WITH_FILE) if request.files else self._patience
        try:
            async with (
                self._turn(request.limits),
                self.session.request(
                    request.method,
                    self.origin + request.path,
                    params={k: _plain(v) for k, v in request.query.items() if v is not None},
                    headers=headers,
                    allow_redirects=False,
                    timeout=aiohttp.ClientTimeout(patience, sock_connect=min(CONNECTING, patience)),
                    **request.content(),
                ) as answer,
            ):
                return read(answer.status, await _whole(answer), answer.headers)
        except Busy as busy:
            self.strain.limited += int(busy.is_too_fast)
            raise
        except TimeoutError as error:
            reason = f"no answer within {patience:g} s"
            raise Busy(reason) from error
        except aiohttp.ClientError as error:
            reason = f"not reached: {type(error).__name__}"
            raise Busy(reason) from error

    @contextlib.asynccontextmanager
    async def _turn(self, limits: tuple[Limit, ...]) -> AsyncIterator[None]:
        """As `Pace.turn`, and count how long that took."""
        asked = self.pace.now()
        async with self.pace.turn(limits):
            self.strain.had_turn_after(self.pace.now() - asked)
            yield

    def one_at_a_time(self, what: str) -> asyncio.Lock:
        """A lock for what Feishu refuses at once with itself: changing the members of one chat."""
        return self._one_at_a_time.setdefault(what, asyncio.Lock())


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    path: str
    query: Query
    body: Json | None
    files: tuple[Upload, ...]
    limits: tuple[Limit, ...]

    def content(self) -> dict[str, Any]:
        """What aiohttp sends. Made anew for every try: a form can be read only once."""
        if not self.files and self.body is None:
            return {}
        if not self.files:
            # Chinese as itself: escaped it would be three times as long, and sizes are limited.
            text = json.dumps(self.body, ensure_ascii=False, separators=(",", ":"))
            payload = aiohttp.BytesPayload(
                text.encode(errors="replace"), content_type="application/json; charset=utf-8"
            )
            return {"data": payload}
        form = aiohttp.FormData(quote_fields=False)
        for name, value in (self.body or {}).items():
            form.add_field(name, _plain(value))
        for file in self.files:
            kind = "application/octet-stream"
            form.add_field(file.field, file.content, filename=file.filename, content_type=kind)
        return {"data": form}


async def _whole(answer: aiohttp.ClientResponse) -> bytes:
    """The body, or as much of it as is sensible."""
    text = bytearray()
    async for piece in answer.content.iter_any():
        text += piece
        if len(text) > LARGEST_ANSWER:
            reason = "the answer is too large"
            raise Busy(reason)
    return bytes(text)


#: Plain answers of a server that has nothing at that address: waiting will not bring it.
_NO_SUCH_METHOD = frozenset({404, 405})


def read(status: int, text: bytes, headers: CIMultiDictProxy[str]) -> Json:
    """What an answer says. Raises `Busy` or `Rejected`.

    What is no JSON counts as `Busy`, unless the server does not know the method.
    """
    try:
        answer = json.loads(text)
    except ValueError as error:
        if status in _NO_SUCH_METHOD:
            raise failure(0, status, headers) from error
        # An error page or nothing at all: from something on the way, or a server that is ailing.
        reason = f"HTTP {status} without JSON"
        busy = failure(0, status, headers)
        if isinstance(busy, Busy):
            wait, is_too_fast = busy.retry_after, busy.is_too_fast
            raise Busy(reason, retry_after=wait, is_too_fast=is_too_fast) from error
        raise Busy(reason) from error
    if not isinstance(answer, dict) or not isinstance(answer.get("code"), int):
        if status < 400 or status >= 500:  # noqa: PLR2004  HTTP's classes
            reason = f"HTTP {status} without a code"
            raise Busy(reason)
        raise failure(0, status, headers)
    if answer["code"] != 0 or status >= 300:  # noqa: PLR2004  as above
        raise failure(answer["code"], status, headers, detail=str(answer.get("msg", "")))
    data = answer.get("data")
    if isinstance(data, dict):
        return data
    return {name: value for name, value in answer.items() if name not in {"code", "msg", "data"}}


def part(value: str) -> str:
    """`value` as one part of a path, whatever is in it."""
    if not value or value in {".", ".."}:
        raise Permanent("invalid_request")
    return quote(value, safe="")


def _plain(value: object) -> str:
    """A value in a query or form: Feishu wants `true` and `false` in small letters."""
    return str(value).lower() if isinstance(value, bool) else str(value)
