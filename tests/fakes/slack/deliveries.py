"""What Slack sends to the app: over HTTP, signed; or through a Socket Mode connection."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import aiohttp

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack
    from tests.fakes.slack.workspace import Workspace

#: Documented: retries after about nothing, one minute, five minutes.
LADDER = (0.0, 60.0, 300.0)
FORM = "application/x-www-form-urlencoded"


@dataclass
class Attempt:
    """One try. `error` is how Slack names what went wrong, or empty."""

    status: int
    body: Any
    seconds: float
    error: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_good(self) -> bool:
        return not self.error


@dataclass(eq=False)
class Delivery:
    """One payload for the app. `kind`: event, command, interaction, options, or a check."""

    kind: str
    payload: dict[str, Any]
    attempts: list[Attempt] = field(default_factory=list)
    #: Set after the first attempt.
    tried: asyncio.Event = field(default_factory=asyncio.Event)
    #: Set when there will be no more attempts.
    done: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def event_id(self) -> str:
        return str(self.payload.get("event_id", ""))

    @property
    def name(self) -> str:
        """The event's type, the command, or the interaction's type."""
        if "event" in self.payload:
            return str(self.payload["event"]["type"])
        return str(self.payload.get("command") or self.payload.get("type"))


class Deliveries:
    def __init__(self, slack: FakeSlack) -> None:
        self._slack = slack
        #: Where the app listens; None: Socket Mode.
        self.url: str | None = None
        #: Real seconds that Slack waits for an answer.
        self.patience = 3.0
        self.log: list[Delivery] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None
        self._doubled = 0
        #: Attempts under way.
        self.busy = 0

    async def start(self) -> None:
        # trust_env stays off: a proxy must not come between.
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), auto_decompress=True
        )

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    # What is sent.

    def event(self, team: Workspace, envelope: dict[str, Any]) -> Delivery:
        """Send an event now, and again if the app does not take it."""
        delivery = Delivery("event", envelope)
        self.log.append(delivery)
        for _ in range(self._copies()):
            self.start_task(self._climb(delivery))
        return delivery

    def redelivers(self, delivery: Delivery) -> None:
        """The very same event once more, as Slack may after a lost answer."""
        headers = {"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_timeout"}
        self.start_task(self._once(delivery, headers))

    def duplicates(self, count: int = 1) -> None:
        """The next `count` payloads are each sent twice."""
        self._doubled += count

    async def send(self, kind: str, payload: dict[str, Any]) -> Attempt:
        """Send a command, an interaction or a search for options; there is no second try."""
        delivery = Delivery(kind, payload)
        self.log.append(delivery)
        twin = self._copies() > 1
        if twin:
            self.start_task(self._once(Delivery(kind, payload), {}))
        await self._once(delivery, {})
        delivery.done.set()
        return delivery.attempts[-1]

    async def check_url(self) -> Attempt:
        """The url_verification that Slack sends when an address is configured."""
        challenge = f"challenge{self._slack.ids.number()}"
        payload = {
            "token": self._slack.verification_token,
            "challenge": challenge,
            "type": "url_verification",
        }
        return await self.send("event", payload)

    async def check_ssl(self) -> Attempt:
        """The unsigned ssl_check that Slack sends to the addresses of commands."""
        body = urlencode({"ssl_check": "1", "token": self._slack.verification_token}).encode()
        return await self.post(body, {"Content-Type": FORM})

    def _copies(self) -> int:
        if not self._doubled:
            return 1
        self._doubled -= 1
        return 2

    # How it is sent.

    def start_task(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _climb(self, delivery: Delivery) -> None:
        headers: dict[str, str] = {}
        # Each step counts from when the one before was due: a clock that is moved while an attempt
        # is under way has moved for the next one, too.
        due = self._slack.clock.now()
        for number, wait in enumerate((*LADDER, None), 1):
            await self._once(delivery, headers)
            last = delivery.attempts[-1]
            stops = last.headers.get("x-slack-no-retry") == "1"
            if last.is_good or stops or wait is None:
                break
            headers = {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": last.error}
            due += wait
            await self._slack.clock.sleep(due - self._slack.clock.now())
        delivery.done.set()

    async def _once(self, delivery: Delivery, headers: dict[str, str]) -> None:
        self.busy += 1
        began = time.monotonic()
        try:
            if self.url is None:
                attempt = await self._slack.socket.send(delivery, headers)
            else:
                attempt = await self._post(delivery, headers)
        finally:
            self.busy -= 1
            self._slack.stir()
        attempt.seconds = time.monotonic() - began
        delivery.attempts.append(attempt)
        delivery.tried.set()

    async def _post(self, delivery: Delivery, headers: dict[str, str]) -> Attempt:
        if delivery.kind == "event":
            body = json.dumps(delivery.payload).encode()
            kind = "application/json"
        elif delivery.kind == "command":
            body, kind = urlencode(delivery.payload).encode(), FORM
        else:
            body, kind = urlencode({"payload": json.dumps(delivery.payload)}).encode(), FORM
        signed = self.signed(body) | {"Content-Type": kind}
        return await self.post(body, signed | headers)

    def signed(self, body: bytes, *, at: float | None = None) -> dict[str, str]:
        """The headers that prove that a body is Slack's. Signatures follow the computer's clock."""
        stamp = str(int(time.time() if at is None else at))  # noqa: TID251  the app checks it so
        base = b"v0:" + stamp.encode() + b":" + body
        digest = hmac.new(self._slack.signing_secret.encode(), base, hashlib.sha256)
        return {
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={digest.hexdigest()}",
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        }

    async def post(self, body: bytes, headers: dict[str, str]) -> Attempt:
        """One HTTP request to the app, and how Slack judges the answer."""
        assert self.url is not None, "the app has no address"
        assert self._session is not None, "Slack has not been started"
        began = time.monotonic()
        try:
            async with asyncio.timeout(self.patience):
                async with self._session.post(self.url, data=body, headers=headers) as answer:
                    text = await answer.text()
                    error = "" if answer.status // 100 == 2 else "http_error"
                    taken = time.monotonic() - began
                    return Attempt(answer.status, _decoded(text), taken, error, answer.headers)
        except TimeoutError:
            return Attempt(0, None, self.patience, "http_timeout")
        except aiohttp.ClientError:
            return Attempt(0, None, time.monotonic() - began, "connection_failed")


def _decoded(text: str) -> Any:
    if not text:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text
