"""Events and callbacks that are posted to us."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import structlog.testing
from Crypto.Cipher import AES
from starlette.applications import Starlette

from adapters.feishu import webhook
from adapters.feishu.callbacks import Reply
from adapters.feishu.webhook import Inlet
from bot.core.clock import MovableClock
from bot.core.errors import Unavailable
from tests.adapters.feishu.wire import APP_ID, event, pressed

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
KEY, TOKEN = "the encrypt key", "v"
Body = dict[str, Any]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Door:
    """Takes deliveries, and does as it is told."""

    def __init__(self) -> None:
        self.bodies: list[Body] = []
        self.answer: Callable[[Body], Awaitable[Reply | None]] = self._nothing

    async def __call__(self, body: Body) -> Reply | None:
        self.bodies.append(body)
        return await self.answer(body)

    async def _nothing(self, _: Body) -> Reply | None:
        return None


Open = Callable[..., httpx.AsyncClient]


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
async def opened(door: Door) -> AsyncIterator[Open]:
    made: list[httpx.AsyncClient] = []

    def make(*inlets: Inlet, patience: float = 2.5, **about: Any) -> httpx.AsyncClient:
        chosen = inlets or (Inlet(door, **{"verification_token": TOKEN, **about}),)
        clock = MovableClock(NOW, frozen=True)
        app = Starlette(routes=webhook.routes(chosen, clock=clock, patience=patience))
        transport = httpx.ASGITransport(app)
        made.append(httpx.AsyncClient(transport=transport, base_url="http://muster"))
        return made[-1]

    yield make
    for client in made:
        await client.aclose()


def encrypt(body: object, key: str = KEY) -> str:
    plain = body if isinstance(body, bytes) else json.dumps(body).encode()
    size = 16 - len(plain) % 16
    cipher = AES.new(hashlib.sha256(key.encode()).digest(), AES.MODE_CBC, b"i" * 16)
    return base64.b64encode(b"i" * 16 + cipher.encrypt(plain + bytes([size]) * size)).decode()


def signed(raw: bytes, key: str = KEY, age: float = 0, *, unit: int = 1) -> dict[str, str]:
    stamp, nonce = str(round((NOW.timestamp() - age) * unit)), "nonce"
    signature = hashlib.sha256((stamp + nonce + key).encode() + raw).hexdigest()
    return {
        "X-Lark-Request-Timestamp": stamp,
        "X-Lark-Request-Nonce": nonce,
        "X-Lark-Signature": signature,
    }


async def post_encrypted(
    client: httpx.AsyncClient,
    body: object,
    *,
    key: str = KEY,
    path: str = "/feishu/events",
    **how: Any,
) -> httpx.Response:
    raw = json.dumps({"encrypt": encrypt(body, key)}).encode()
    return await client.post(path, content=raw, headers=signed(raw, key, **how))


CHALLENGE = {"type": "url_verification", "token": TOKEN, "challenge": "c-1"}


# Plain, with the verification token.


async def test_the_challenge_is_answered(opened: Open, door: Door) -> None:
    answer = await opened().post("/feishu/events", json=CHALLENGE)
    assert (answer.status_code, answer.json()) == (200, {"challenge": "c-1"})
    assert not door.bodies


async def test_a_challenge_with_a_wrong_token_is_refused(opened: Open) -> None:
    answer = await opened().post("/feishu/events", json={**CHALLENGE, "token": "w"})
    assert answer.status_code == 401


async def test_an_event_is_delivered(opened: Open, door: Door) -> None:
    answer = await opened().post("/feishu/events", json=event("e1", text="支付"))
    assert (answer.status_code, answer.json()) == (200, {})
    assert door.bodies == [event("e1", text="支付")]


@pytest.mark.parametrize("token", ["w", "", None, 5, "令牌", ["v"]])
async def test_a_wrong_verification_token_is_refused(
    opened: Open, door: Door, token: object
) -> None:
    body = event("e1")
    body["header"]["token"] = token
    assert (await opened().post("/feishu/events", json=body)).status_code == 401
    assert not door.bodies


async def test_another_apps_event_is_refused(opened: Open, door: Door) -> None:
    client = opened(app_id="cli_other")
    assert (await client.post("/feishu/events", json=event("e1"))).status_code == 401
    assert not door.bodies


async def test_without_key_and_token_there_is_no_webhook(door: Door) -> None:
    with pytest.raises(ValueError, match="needs"):
        Inlet(door)


@pytest.mark.parametrize("path", ["/feishu/events", "/feishu/cards"])
async def test_a_callback_is_answered_wherever_it_comes(
    opened: Open, door: Door, path: str
) -> None:
    async def toast(_: Body) -> Reply:
        return Reply({"toast": {"type": "success", "content": "好"}})

    door.answer = toast
    client = opened()
    for _ in range(2):  # a callback is answered even when it is repeated
        answer = await client.post(path, json=pressed("e1", "a string"))
        assert (answer.status_code, answer.json()["toast"]["content"]) == (200, "好")


async def test_trap_a_callback_with_nothing_to_answer_is_500(opened: Open) -> None:
    answer = await opened().post("/feishu/cards", json=pressed("e1", {}))
    assert (answer.status_code, answer.json()) == (200, {})


async def test_a_slow_callback_is_answered_in_time(opened: Open, door: Door) -> None:
    ready, followed = asyncio.Event(), asyncio.Event()
    seen: list[Reply] = []

    async def slow(_: Body) -> Reply:
        await ready.wait()
        return Reply({"card": {}})

    async def late(body: Body, result: Reply) -> None:
        seen.append(result)
        followed.set()

    door.answer = slow
    client = opened(patience=0.02, late=late)
    answer = await client.post("/feishu/cards", json=pressed("e1", {}))
    assert answer.json()["toast"]["type"] == "info"
    ready.set()
    async with asyncio.timeout(5):
        await followed.wait()
    assert seen == [Reply({"card": {}})]


async def test_an_event_that_was_not_accepted_is_asked_for_again(opened: Open, door: Door) -> None:
    async def away(_: Body) -> Reply:
        raise Unavailable

    door.answer = away
    client = opened()
    assert (await client.post("/feishu/events", json=event("e1"))).status_code == 503
    answer = await client.post("/feishu/cards", json=pressed("e2", {}))
    assert (answer.status_code, answer.json()["toast"]["type"]) == (200, "error")


async def test_a_fault_of_ours_is_asked_for_again(opened: Open, door: Door) -> None:
    async def fault(_: Body) -> Reply:
        raise KeyError

    door.answer = fault
    assert (await opened().post("/feishu/events", json=event("e1"))).status_code == 503


# Encrypted and signed.


async def test_an_encrypted_event_is_delivered(opened: Open, door: Door) -> None:
    client = opened(encrypt_key=KEY)
    assert (await post_encrypted(client, event("e1", text="支付"))).status_code == 200
    assert door.bodies == [event("e1", text="支付")]


async def test_an_encrypted_challenge_needs_no_signature(opened: Open) -> None:
    client = opened(encrypt_key=KEY)
    answer = await client.post("/feishu/events", json={"encrypt": encrypt(CHALLENGE)})
    assert answer.json() == {"challenge": "c-1"}
    wrong = {"encrypt": encrypt({**CHALLENGE, "token": "w"})}
    assert (await client.post("/feishu/events", json=wrong)).status_code == 401


async def test_trap_case_sensitive_headers(opened: Open, door: Door) -> None:
    raw = json.dumps({"encrypt": encrypt(event("e1"))}).encode()
    headers = {name.upper(): value for name, value in signed(raw).items()}
    answer = await opened(encrypt_key=KEY).post("/feishu/events", content=raw, headers=headers)
    assert answer.status_code == 200
    assert door.bodies


async def test_trap_missing_headers_are_500(opened: Open, door: Door) -> None:
    client = opened(encrypt_key=KEY)
    answer = await client.post("/feishu/events", json={"encrypt": encrypt(event("e1"))})
    assert answer.status_code == 401
    assert not door.bodies


@pytest.mark.parametrize(
    "missing", ["X-Lark-Request-Timestamp", "X-Lark-Request-Nonce", "X-Lark-Signature"]
)
async def test_every_header_counts(opened: Open, door: Door, missing: str) -> None:
    raw = json.dumps({"encrypt": encrypt(event("e1"))}).encode()
    headers = signed(raw)
    del headers[missing]
    answer = await opened(encrypt_key=KEY).post("/feishu/events", content=raw, headers=headers)
    assert answer.status_code == 401
    assert not door.bodies


async def test_a_changed_body_is_refused(opened: Open, door: Door) -> None:
    raw = json.dumps({"encrypt": encrypt(event("e1"))}).encode()
    other = json.dumps({"encrypt": encrypt(event("e2"))}).encode()
    answer = await opened(encrypt_key=KEY).post(
        "/feishu/events", content=other, headers=signed(raw)
    )
    assert answer.status_code == 401
    assert not door.bodies


@pytest.mark.parametrize(
    ("age", "status"),
    [(0, 200), (7.1 * 3600, 200), (-299, 200), (9 * 3600, 401), (365 * 86400, 401), (-301, 401)],
)
async def test_trap_a_year_old_replay_is_accepted(
    opened: Open, door: Door, age: float, status: int
) -> None:
    client = opened(encrypt_key=KEY)
    assert (await post_encrypted(client, event("e1"), age=age)).status_code == status
    assert len(door.bodies) == (status == 200)


@pytest.mark.parametrize(("age", "status"), [(0, 200), (299, 200), (301, 401), (-301, 401)])
async def test_callbacks_are_never_repeated_so_they_must_be_young(
    opened: Open, age: float, status: int
) -> None:
    client = opened(encrypt_key=KEY)
    answer = await post_encrypted(client, pressed("e1", {}), age=age, path="/feishu/cards")
    assert answer.status_code == status


async def test_timestamps_in_milliseconds_are_understood(opened: Open) -> None:
    client = opened(encrypt_key=KEY)
    assert (await post_encrypted(client, event("e1"), unit=1000)).status_code == 200
    assert (await post_encrypted(client, event("e1"), unit=1000, age=9e4)).status_code == 401


@pytest.mark.parametrize("body", [event("e1"), CHALLENGE, pressed("e1", {})])
async def test_trap_plaintext_although_there_is_a_key(opened: Open, door: Door, body: Body) -> None:
    client = opened(encrypt_key=KEY)
    raw = json.dumps(body).encode()
    answer = await client.post("/feishu/events", content=raw, headers=signed(raw))
    assert answer.status_code == 401
    assert not door.bodies


async def test_another_key_opens_nothing(opened: Open, door: Door) -> None:
    client = opened(encrypt_key=KEY)
    assert (await post_encrypted(client, event("e1"), key="other")).status_code == 401
    assert not door.bodies


async def test_several_apps_share_one_address(opened: Open) -> None:
    first, second, third = Door(), Door(), Door()
    client = opened(
        Inlet(first, encrypt_key="k1", app_id=APP_ID),
        Inlet(second, verification_token=TOKEN, encrypt_key="k2"),
        Inlet(third, verification_token="w"),
    )
    assert (await post_encrypted(client, event("e1"), key="k1")).status_code == 200
    assert (await post_encrypted(client, event("e2"), key="k2")).status_code == 200
    plain = event("e3")
    plain["header"]["token"] = "w"
    assert (await client.post("/feishu/events", json=plain)).status_code == 200
    assert [len(each.bodies) for each in (first, second, third)] == [1, 1, 1]


# Nonsense.


NONSENSE: dict[str, bytes] = {
    "nothing": b"",
    "no json": b"{",
    "a list": b"[]",
    "null": b"null",
    "not utf-8": b"\xff\xfe",
    "deep": b"[" * 100_000,
    "empty": b"{}",
    "no event type": json.dumps({"header": {"token": TOKEN}, "event": {}}).encode(),
    "a header that is none": json.dumps({"header": 1, "token": TOKEN, "event": {}}).encode(),
    "an event that is none": json.dumps({**event("e"), "event": 5}).encode(),
    "an old kind of event": json.dumps({"type": "event_callback", "token": TOKEN}).encode(),
    "encrypted": json.dumps({"encrypt": "AAAA"}).encode(),
    "encrypted with a number": json.dumps({"encrypt": 5}).encode(),
    "half a character": b'{"token": "\\ud800", "type": "url_verification"}',
}


@pytest.mark.parametrize("raw", NONSENSE.values(), ids=NONSENSE)
@pytest.mark.parametrize("key", ["", KEY], ids=["plain", "encrypted"])
async def test_nonsense_is_refused_and_never_500(
    opened: Open, door: Door, raw: bytes, key: str
) -> None:
    client = opened(encrypt_key=key)
    for headers in ({}, signed(raw), {**signed(raw), "X-Lark-Request-Timestamp": "9" * 5000}):
        answer = await client.post("/feishu/events", content=raw, headers=headers)
        assert answer.status_code in {400, 401}
    assert not door.bodies


@pytest.mark.parametrize("inside", [b"", b"[]", b"\xff", b"{}"])
async def test_nonsense_well_encrypted_is_refused(opened: Open, door: Door, inside: bytes) -> None:
    answer = await post_encrypted(opened(encrypt_key=KEY), inside)
    assert answer.status_code in {400, 401}
    assert not door.bodies


async def test_too_much_is_not_read(opened: Open, door: Door) -> None:
    answer = await opened().post("/feishu/events", content=b"x" * 1_000_001)
    assert answer.status_code == 413


async def test_only_posts_are_taken(opened: Open) -> None:
    assert (await opened().get("/feishu/events")).status_code == 405


async def test_an_event_of_the_first_format_is_delivered(opened: Open, door: Door) -> None:
    old = {
        "type": "event_callback",
        "token": TOKEN,
        "uuid": "u",
        "event": {"type": "p2p_chat_create"},
    }
    assert (await opened().post("/feishu/events", json=old)).status_code == 200
    assert door.bodies == [old]


async def test_bodies_are_never_logged(opened: Open, door: Door) -> None:
    async def fault(_: Body) -> Reply:
        raise KeyError

    door.answer = fault
    client = opened(encrypt_key=KEY)
    secret = event("e1", text="hunter2-text")
    with structlog.testing.capture_logs() as logs:
        await post_encrypted(client, secret)
        await post_encrypted(client, secret, age=10**6)
        await client.post("/feishu/events", json=secret)
    assert [each["event"] for each in logs] == ["feishu.event_failed"] + [
        "feishu.request_refused"
    ] * 2
    assert "hunter2" not in repr(logs)
