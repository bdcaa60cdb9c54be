"""Events and callbacks by HTTP: encrypted and signed as documented."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import secrets
from typing import Any

import aiohttp
from Crypto.Cipher import AES

from tests.fakes.feishu.clock import Clock
from tests.fakes.feishu.org import App


def encrypt(key: str, text: str) -> str:
    """AES-256-CBC with the key's SHA-256; the IV goes in front, base64 around both."""
    data = text.encode()
    pad = AES.block_size - len(data) % AES.block_size
    iv = secrets.token_bytes(AES.block_size)
    cipher = AES.new(hashlib.sha256(key.encode()).digest(), AES.MODE_CBC, iv)
    return base64.b64encode(iv + cipher.encrypt(data + bytes([pad]) * pad)).decode()


def decrypt(key: str, text: str) -> str:
    """The inverse of `encrypt`."""
    data = base64.b64decode(text)
    cipher = AES.new(hashlib.sha256(key.encode()).digest(), AES.MODE_CBC, data[:16])
    plain = cipher.decrypt(data[16:])
    return plain[: -plain[-1]].decode()


def signature(timestamp: str, nonce: str, key: str, body: bytes) -> str:
    """X-Lark-Signature: SHA-256 of timestamp, nonce, encrypt key and the raw body."""
    return hashlib.sha256((timestamp + nonce + key).encode() + body).hexdigest()


def request(app: App, payload: dict[str, Any], now: float) -> tuple[bytes, dict[str, str]]:
    """Body and headers of a push; plain and unsigned where the app has no encrypt key."""
    text = json.dumps(payload, ensure_ascii=False)
    headers = {"Content-Type": "application/json; charset=utf-8"}
    if not app.encrypt_key:
        return text.encode(), headers
    body = json.dumps({"encrypt": encrypt(app.encrypt_key, text)}).encode()
    timestamp, nonce = str(int(now)), secrets.token_hex(5)
    signed = {
        "X-Lark-Request-Timestamp": timestamp,
        "X-Lark-Request-Nonce": nonce,
        "X-Lark-Signature": signature(timestamp, nonce, app.encrypt_key, body),
    }
    return body, headers | signed


class Webhook:
    """Posts to the addresses that apps have configured."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None

    @property
    def session(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        return self._session

    async def close(self) -> None:
        if self._session:
            await self._session.close()

    async def post(
        self, url: str, body: bytes, headers: dict[str, str], seconds: float = 3.0
    ) -> tuple[int, bytes] | None:
        """Status and body of the answer; None if there was none in time."""
        task = asyncio.create_task(self._post(url, body, headers))
        if not await self._clock.wait(task, seconds):
            task.cancel()
            return None
        return task.result()

    async def _post(
        self, url: str, body: bytes, headers: dict[str, str]
    ) -> tuple[int, bytes] | None:
        try:
            async with self.session.post(url, data=body, headers=headers) as response:
                return response.status, await response.read()
        except aiohttp.ClientError:
            return None

    async def verify(self, app: App, url: str) -> bool:
        """Whether the address answers the console's challenge (which is not signed)."""
        challenge = secrets.token_hex(16)
        payload = {
            "challenge": challenge,
            "token": app.verification_token,
            "type": "url_verification",
        }
        body, headers = request(app, payload, self._clock.now())
        unsigned = {k: v for k, v in headers.items() if not k.startswith("X-Lark")}
        answer = await self.post(url, body, unsigned, seconds=1.0)
        if answer is None or answer[0] != 200:
            return False
        return bool(json.loads(answer[1]).get("challenge") == challenge)
