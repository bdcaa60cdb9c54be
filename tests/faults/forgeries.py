"""Requests that are none of the platforms', though they look like it."""

from __future__ import annotations

import base64
import itertools
import json
import random
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.feishu.webhook import encrypt, request, signature
from tests.faults.front import Front

SLACK, EVENTS, CARDS = "/slack/events", "/feishu/events", "/feishu/cards"
SAY = "/playground/api/say"
_serial = itertools.count(1)


@dataclass(frozen=True)
class Request:
    """What is sent, and to whom it pretends to come from."""

    name: str
    path: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


def seen_by(on: Front) -> tuple[dict[str, Any], dict[str, Any]]:
    """The last mention in Slack and the last message in Feishu that were sent to Muster."""
    mentions = [each.payload for each in on.slack.deliveries.log if each.name == "app_mention"]
    messages = [event.payload for event in on.feishu.events.of("im.message.receive_v1")]
    return mentions[-1], messages[-1]


class Forger:
    """Makes requests like those that were seen on the wire, with something wrong in each."""

    def __init__(self, on: Front, chance: random.Random, slack: Any, feishu: Any) -> None:
        """`slack` and `feishu` are payloads of messages that were taken in."""
        self._on = on
        self._chance = chance
        self._slack = json.dumps(slack)
        self._feishu = json.dumps(feishu)

    # What would be taken in: the moulds.

    def slack(self, words: str = "") -> bytes:
        """A mention that nobody has seen before; with other words, if any are given."""
        payload = json.loads(self._slack)
        if words:
            payload["event"] |= {"text": f"{payload['event']['text'].split()[0]} {words}"}
            payload["event"].pop("blocks", None)
        stamp = f"{time.time():.0f}.{next(_serial):06}"  # noqa: TID251  Slack's own clock
        payload["event"] |= {"ts": stamp, "event_ts": stamp}
        payload["event_id"] = f"Ev{secrets.token_hex(5).upper()}"
        return json.dumps(payload).encode()

    def feishu(self, words: str = "", **header: str) -> dict[str, Any]:
        """A direct message that nobody has seen before; as above."""
        payload: dict[str, Any] = json.loads(self._feishu)
        if words:
            payload["event"]["message"]["content"] = json.dumps({"text": words})
        payload["header"] |= {"event_id": secrets.token_hex(16), **header}
        payload["event"]["message"]["message_id"] = f"om_{secrets.token_hex(16)}"
        return payload

    def genuine(self, words: str = "") -> list[Request]:
        """One of each platform, with nothing wrong."""
        body = self.slack(words)
        sealed, signed = request(self._on.app, self.feishu(words), self._on.feishu.clock.now())
        return [
            Request("Slack", SLACK, body, self._signed(body)),
            Request("Feishu", EVENTS, sealed, signed),
        ]

    # What must not be.

    def all(self) -> Iterator[Request]:
        """One of each kind."""
        yield from self._slacks()
        for path in (EVENTS, CARDS):
            yield from self._feishus(path)
        yield from self._browsers()

    def _signed(self, body: bytes, **how: Any) -> dict[str, str]:
        json_type = {"Content-Type": "application/json"}
        return self._on.slack.deliveries.signed(body, **how) | json_type

    def _slacks(self) -> Iterator[Request]:
        def made(name: str, change: Callable[[dict[str, str]], object]) -> Request:
            body = self.slack()
            headers = self._signed(body)
            change(headers)
            return Request(f"Slack, {name}", SLACK, body, headers)

        stamp, proof = "X-Slack-Request-Timestamp", "X-Slack-Signature"
        yield made("unsigned", lambda h: (h.pop(stamp), h.pop(proof)))
        yield made("no signature", lambda h: h.pop(proof))
        yield made("no timestamp", lambda h: h.pop(stamp))
        yield made("timestamp is no number", lambda h: h.update({stamp: "1e9"}))
        yield made("timestamp of another", lambda h: h.update({stamp: str(int(h[stamp]) - 1)}))
        yield made("another version", lambda h: h.update({proof: "v1" + h[proof][2:]}))
        yield made("random signature", lambda h: h.update({proof: f"v0={secrets.token_hex(32)}"}))
        now = time.time()  # noqa: TID251  as above
        for name, at in (("stale", now - 601), ("from the future", now + 601)):
            body = self.slack()
            yield Request(f"Slack, {name}", SLACK, body, self._signed(body, at=at))
        body = self.slack()
        yield Request("Slack, changed", SLACK, self._flipped(body), self._signed(body))
        huge = b'{"x": "' + b"x" * 2_100_000 + b'"}'
        yield Request("Slack, oversized", SLACK, huge, self._signed(huge))
        sealed, signed = request(self._on.app, self.feishu(), self._on.feishu.clock.now())
        yield Request("Slack, from Feishu", SLACK, sealed, signed)

    def _feishus(self, path: str) -> Iterator[Request]:
        app, now = self._on.app, self._on.feishu.clock.now()

        def sealed(name: str, payload: Any, *, key: str = "", age: float = 0.0) -> Request:
            text = json.dumps({"encrypt": encrypt(key or app.encrypt_key, json.dumps(payload))})
            return self._sealed(f"Feishu, {name}", path, text.encode(), now - age)

        plain = json.dumps(self.feishu()).encode()
        yield Request("Feishu, not encrypted", path, plain)
        yield self._sealed("Feishu, signed and not encrypted", path, plain, now)
        good = sealed("", self.feishu())
        yield Request("Feishu, unsigned", path, good.body)
        yield Request("Feishu, changed", path, self._flipped(good.body), good.headers)
        other = self._sealed("Feishu, signed by another", path, good.body, now, key="another")
        yield other
        yield sealed("encrypted with another key", self.feishu(), key="another")
        yield sealed("stale", self.feishu(), age=9 * 3600.0)
        yield sealed("from the future", self.feishu(), age=-601.0)
        yield sealed("a wrong token", self.feishu(token="another"))
        yield sealed("of another app", self.feishu(app_id="cli_another"))
        yield sealed("no event at all", {"schema": "2.0"})
        yield sealed("a list", [1, 2])
        challenge = {"type": "url_verification", "token": "another", "challenge": "c"}
        yield sealed("a challenge with a wrong token", challenge)
        yield self._sealed("Feishu, oversized", path, b'{"encrypt":"' + b"A" * 1_100_000, now)
        yield self._sealed("Feishu, nested", path, b"[" * 100_000, now)
        for name, text in self._ciphertexts(json.loads(good.body)["encrypt"]):
            body = json.dumps({"encrypt": text}).encode()
            yield self._sealed(f"Feishu, {name}", path, body, now)

    def _ciphertexts(self, good: str) -> Iterator[tuple[str, Any]]:
        """What the platform would have to sign, and cannot be decrypted to anything."""
        raw = base64.b64decode(good)
        yield "nothing encrypted", ""
        yield "a number encrypted", 5
        yield "not base64", "§" + good[1:]
        yield "half a block", base64.b64encode(raw[:40]).decode()
        yield "an IV alone", base64.b64encode(raw[:16]).decode()
        yield "the last block missing", base64.b64encode(raw[:-16]).decode()
        yield "random blocks", base64.b64encode(self._chance.randbytes(160)).decode()
        # Behind the IV, where that makes random bytes of a block. A bit of the IV is a bit of text:
        # what then says "schemb" is signed, can be read, and may be taken in.
        changed = raw[:16] + self._flipped(raw[16:])
        yield "a bit changed", base64.b64encode(changed).decode()

    def _sealed(self, name: str, path: str, body: bytes, at: float, *, key: str = "") -> Request:
        stamp, nonce = str(int(at)), secrets.token_hex(5)
        headers = {
            "Content-Type": "application/json",
            "X-Lark-Request-Timestamp": stamp,
            "X-Lark-Request-Nonce": nonce,
            "X-Lark-Signature": signature(stamp, nonce, key or self._on.app.encrypt_key, body),
        }
        return Request(name, path, body, headers)

    def _browsers(self) -> Iterator[Request]:
        body = json.dumps({"as": "alice", "channel": "C1", "text": "/muster whoami"}).encode()
        kind = {"Content-Type": "application/json"}
        yield Request("playground, another host", SAY, body, kind | {"Host": "evil.example"})
        origin = kind | {"Origin": "https://evil.example"}
        yield Request("playground, another page", SAY, body, origin)
        yield Request("playground, a form", SAY, body, {"Content-Type": "text/plain"})
        yield Request("playground, not JSON", SAY, self._chance.randbytes(200), kind)
        yield Request("playground, nobody", SAY, body.replace(b"alice", b"mallory"), kind)
        yield Request("playground, oversized", SAY, b'{"as": "' + b"x" * 1_100_000, kind)

    def _flipped(self, body: bytes) -> bytes:
        """With one bit changed, somewhere."""
        where = self._chance.randrange(len(body))
        return (
            body[:where]
            + bytes([body[where] ^ (1 << self._chance.randrange(7))])
            + body[where + 1 :]
        )
