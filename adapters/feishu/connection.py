"""The long connection: events and callbacks over a WebSocket that Muster opens itself.

    endpoint → WebSocket → frames → deliver → acknowledge, and again for ever

An event is acknowledged when it is durable, not before: what was acknowledged and then lost would
never come again, whereas what was not acknowledged does, and is recognised. Handlers run beside
the reader, so that a slow one holds up nothing. Only `stop`, or being cancelled, ends it.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import structlog

from adapters.feishu import frames
from adapters.feishu.callbacks import PATIENCE, Callbacks, Deliver, Late, is_callback
from adapters.feishu.client import FeishuClient, Json, read
from adapters.feishu.frames import Chunks, Frame
from bot.core.clock import Clock, SystemClock
from bot.core.errors import MusterError, Unavailable, Unreadable

log = structlog.get_logger(__name__)
ENDPOINT = "/callback/ws/endpoint"
#: Seconds for the endpoint, for the handshake, for writing one frame, for the closing handshake.
ASKING = 10.0
CONNECTING = 10.0
WRITING = 5.0
CLOSING = 1.0
#: Seconds that handlers have to finish when it is stopped.
FINISHING = 5.0
#: The connection counts as dead after so many pings with nothing heard since.
MOST_UNANSWERED = 3
LARGEST_FRAME = 16 * 2**20
_OK, _FAILED = 200, 500


@dataclass(frozen=True, slots=True)
class Config:
    """What the server asks for, in seconds. A number of tries is ignored: we never give up."""

    ping_every: float = 120.0
    reconnect_every: float = 120.0
    #: The first attempt after a loss comes at a random time within this.
    spread: float = 30.0

    def updated(self, given: object) -> Config:
        """With what `ClientConfig` says, as far as that is sensible."""
        if not isinstance(given, dict):
            return self
        return Config(
            _seconds(given.get("PingInterval"), self.ping_every, least=1.0),
            _seconds(given.get("ReconnectInterval"), self.reconnect_every, least=1.0),
            _seconds(given.get("ReconnectNonce"), self.spread, least=0.0),
        )


def _seconds(value: object, otherwise: float, *, least: float) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return min(600.0, max(least, float(value))) if is_number else otherwise  # type: ignore[arg-type]


class _RefusedError(MusterError):
    """The server does not want the connection just now."""


class LongConnection:
    """One connection of one app; `run` it for as long as events are wanted."""

    def __init__(
        self,
        client: FeishuClient,
        deliver: Deliver,
        *,
        late: Late | None = None,
        clock: Clock | None = None,
        patience: float = PATIENCE,
        second: float = 1.0,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._client = client
        self._deliver = deliver
        self._callbacks = Callbacks(deliver, late, patience=patience)
        self._clock = clock or SystemClock()
        #: How long one of the server's seconds is, for tests that have less time.
        self._second = second
        self._chance = chance
        self._chunks = Chunks(time.monotonic)
        self._in_hand: set[asyncio.Task[None]] = set()
        self._stopped = asyncio.Event()
        self._unanswered = 0
        self._has_heard = False
        self.config = Config()
        #: Set while it is connected.
        self.ready = asyncio.Event()
        self.connected_since: datetime | None = None
        #: How often it was made.
        self.connections = 0
        #: Why it is not, or was not last time; for operators, without anything secret.
        self.last_error = ""
        #: Attempts since it last worked.
        self.failures = 0

    async def run(self) -> None:
        """Keep connected until `stop`, or until cancelled."""
        try:
            while not self._stopped.is_set():
                pause = await self._once()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause * self._second):
                        await self._stopped.wait()
        finally:
            await self._callbacks.finish(FINISHING)
            for task in self._in_hand:
                task.cancel()

    def stop(self) -> None:
        """End `run`, which first finishes what is in hand."""
        self._stopped.set()

    async def _once(self) -> float:
        """Connect and stay for as long as it lasts. How many of its seconds to wait then."""
        self._has_heard = False
        try:
            await self._stay(await self._endpoint())
        except (aiohttp.ClientConnectionError, OSError) as error:
            return self._lost(_words(error), self._soon())
        except (aiohttp.ClientError, MusterError, ValueError) as error:
            return self._lost(_words(error), self._later())
        except Exception as error:
            # Nothing may end the connection but `stop`: a deaf bot is worse than a faulty one.
            log.exception("feishu.connection_failed")
            return self._lost(_words(error), self._later())
        if self._stopped.is_set():
            return 0.0
        return self._lost("closed by the server", self._soon())

    def _soon(self) -> float:
        """After a loss: spread out as asked. After more: later and later, up to what was asked."""
        if self._has_heard:
            return 0.1 + self._chance() * self.config.spread
        most = min(self.config.reconnect_every, 2.0 ** min(self.failures, 10))
        return most * (0.5 + self._chance() / 2)

    def _later(self) -> float:
        """After a server's refusal: as it asked."""
        return self.config.reconnect_every * (0.75 + self._chance() / 2)

    def _lost(self, why: str, pause: float) -> float:
        self.failures = 1 if self._has_heard else self.failures + 1
        self.last_error = why
        log.warning("feishu.disconnected", reason=why, seconds=round(pause, 1), tries=self.failures)
        return pause

    async def _endpoint(self) -> str:
        """Where to connect; also brings the server's wishes."""
        body = {"AppID": self._client.app_id, "AppSecret": self._client.app_secret}
        async with self._client.session.post(
            self._client.origin + ENDPOINT,
            json=body,
            headers={"locale": "zh"},
            timeout=aiohttp.ClientTimeout(ASKING),
            allow_redirects=False,
        ) as answer:
            data = read(answer.status, await answer.read(), answer.headers)
        self.config = self.config.updated(data.get("ClientConfig"))
        url = data.get("URL")
        if not isinstance(url, str) or not self._is_sound(url):
            reason = "the endpoint gave no address to connect to"
            raise _RefusedError(reason)
        return url

    def _is_sound(self, url: str) -> bool:
        """Encrypted, unless the server is on this computer; and with the id that pings carry."""
        is_plain = self._client.origin.startswith("http://")
        service = parse_qs(urlsplit(url).query).get("service_id", [""])[0]
        is_numbered = service.isascii() and service.isdigit()
        return is_numbered and urlsplit(url).scheme in ({"ws", "wss"} if is_plain else {"wss"})

    async def _stay(self, url: str) -> None:
        """Read and ping until the connection ends or is ended."""
        service = int(parse_qs(urlsplit(url).query)["service_id"][0])
        async with asyncio.timeout(CONNECTING):
            socket = await self._client.session.ws_connect(
                url,
                max_msg_size=LARGEST_FRAME,
                timeout=aiohttp.ClientWSTimeout(ws_close=CLOSING),
            )
        self.connected_since = self._clock.now()
        self.connections += 1
        self._unanswered = 0
        self.ready.set()
        log.info("feishu.connected")
        reading = asyncio.create_task(self._read(socket), name="feishu reader")
        pinging = asyncio.create_task(self._ping(socket, service), name="feishu ping")
        stopping = asyncio.create_task(self._stopped.wait())
        tasks: set[asyncio.Task[Any]] = {reading, pinging, stopping}
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            self.ready.clear()
            self.connected_since = None
            is_lost = reading.done() or pinging.done()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._leave(socket, is_lost=is_lost)

    async def _leave(self, socket: aiohttp.ClientWebSocketResponse, *, is_lost: bool) -> None:
        """Acknowledge what is in hand, if anybody still listens, and close."""
        if self._in_hand and not is_lost:
            await asyncio.wait(self._in_hand, timeout=FINISHING)
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            async with asyncio.timeout(2 * CLOSING):
                await socket.close()

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            self._unanswered = 0
            self._has_heard = True
            self.failures = 0
            if message.type is not aiohttp.WSMsgType.BINARY:
                continue
            try:
                frame = frames.decode(message.data)
            except ValueError:
                log.warning("feishu.frame_unreadable", size=len(message.data))
                continue
            self._take(frame, socket)
        if (error := socket.exception()) is not None:
            raise error

    def _take(self, frame: Frame, socket: aiohttp.ClientWebSocketResponse) -> None:
        if frame.method == frames.CONTROL:
            if frame.header("type") == "pong" and frame.payload:
                with contextlib.suppress(ValueError):
                    self.config = self.config.updated(json.loads(frame.payload))
            return
        kind = frame.header("type")
        if frame.method != frames.DATA or kind not in {"event", "card"}:
            log.info("feishu.frame_ignored", type=kind)
            return
        payload = self._chunks.add(frame)
        if payload is not None:
            task = asyncio.create_task(self._answer(frame, payload, socket))
            self._in_hand.add(task)
            task.add_done_callback(self._in_hand.discard)

    async def _answer(
        self, frame: Frame, payload: bytes, socket: aiohttp.ClientWebSocketResponse
    ) -> None:
        begun = time.perf_counter()
        answer = await self._answer_to(frame, payload)
        took = time.perf_counter() - begun
        ack = frame.answer(json.dumps(answer, ensure_ascii=False).encode(), took)
        try:
            await self._write(socket, ack)
        except (aiohttp.ClientError, OSError):
            # It will be delivered again, and recognised.
            log.info("feishu.not_acknowledged", message=frame.header("message_id"))

    async def _answer_to(self, frame: Frame, payload: bytes) -> Json:
        try:
            body = json.loads(payload)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            log.warning("feishu.event_unreadable", size=len(payload))
            return {"code": _FAILED}
        if frame.header("type") == "card" or is_callback(body):
            shown = json.dumps(await self._callbacks.answer(body), ensure_ascii=False)
            return {"code": _OK, "data": base64.b64encode(shown.encode()).decode()}
        return {"code": _OK if await self._is_accepted(body) else _FAILED}

    async def _is_accepted(self, body: Json) -> bool:
        try:
            await self._deliver(body)
        except Unavailable:
            return False
        except Unreadable as unreadable:
            log.warning("feishu.unreadable", reason=str(unreadable))
            return False
        except Exception:
            log.exception("feishu.event_failed")  # it comes again; the next one must not suffer
            return False
        return True

    async def _ping(self, socket: aiohttp.ClientWebSocketResponse, service: int) -> None:
        while True:
            await self._write(socket, frames.ping(service))
            self._unanswered += 1
            await asyncio.sleep(self.config.ping_every * self._second)
            if self._unanswered >= MOST_UNANSWERED:
                reason = f"nothing heard for {MOST_UNANSWERED} pings"
                raise TimeoutError(reason)

    @staticmethod
    async def _write(socket: aiohttp.ClientWebSocketResponse, frame: Frame) -> None:
        async with asyncio.timeout(WRITING):
            await socket.send_bytes(frames.encode(frame))


def _words(error: Exception) -> str:
    """An error without the address in it, which carries a key."""
    if isinstance(error, aiohttp.WSServerHandshakeError):
        said = dict(error.headers) if error.headers else {}
        status = said.get("Handshake-Status", error.status)
        return f"handshake refused: {status} {said.get('Handshake-Msg', '')}".strip()
    if isinstance(error, MusterError | TimeoutError) and str(error):
        return str(error)
    return type(error).__name__
