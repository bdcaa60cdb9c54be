"""An hour of whatever a long connection can suffer, on the fake's clock, with nothing lost."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from adapters.feishu.client import FeishuClient
from adapters.feishu.connection import LongConnection
from bot.core.errors import Unavailable
from tests.fakes.feishu import FakeFeishu

pytestmark = pytest.mark.anyio
ENDPOINT = "POST /callback/ws/endpoint"
#: How long one of the server's seconds is here.
SECOND = 0.01


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def feishu() -> AsyncIterator[FakeFeishu]:
    async with FakeFeishu() as made:
        made.sockets.config = {"PingInterval": 1, "ReconnectInterval": 1, "ReconnectNonce": 1}
        yield made


class Muster:
    """A door that is sometimes slow and sometimes closed."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.trouble = 0.0
        self.accepted: Counter[str] = Counter()

    async def __call__(self, body: dict[str, Any]) -> None:
        if self._chance.random() < self.trouble:
            raise Unavailable
        if self._chance.random() < self.trouble:
            await asyncio.sleep(0.05)
        self.accepted[body["event"]["message"]["message_id"]] += 1


def troubles(feishu: FakeFeishu, chance: random.Random) -> list[Callable[[], object]]:
    faults = feishu.faults

    def cut() -> None:
        for socket in feishu.sockets.open:
            socket.abort()

    return [
        lambda: faults.code(ENDPOINT, chance.choice((1, 403, 514, 1000040343)), http=200),
        lambda: faults.status(ENDPOINT, 503),
        lambda: faults.html(ENDPOINT),
        lambda: faults.garbage(ENDPOINT),
        lambda: faults.empty(ENDPOINT),
        lambda: faults.hang(ENDPOINT),
        lambda: faults.drop_before(ENDPOINT),
        lambda: setattr(faults, "refused_handshakes", 2),
        lambda: setattr(faults, "silent", True),
        lambda: setattr(faults, "chunk_size", 50),
        lambda: setattr(faults, "chunk_order", "reversed"),
        lambda: setattr(faults, "copies", 2),
        lambda: feishu.sockets.tell_config(PingInterval=chance.choice((1, 2))),
        cut,
        lambda: [asyncio.ensure_future(socket.close()) for socket in feishu.sockets.open],
    ]


@pytest.mark.parametrize("seed", [1, 2])
async def test_an_hour_of_misbehaviour_loses_nothing(
    feishu: FakeFeishu, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.feishu.connection.ASKING", 0.2)
    chance = random.Random(seed)
    tenant = feishu.tenant()
    app = tenant.app()
    li = tenant.person("李雷")
    muster = Muster(chance)
    client = FeishuClient(app.id, app.secret, feishu.url)
    lines = [LongConnection(client, muster, second=SECOND) for _ in range(2)]
    running = [asyncio.create_task(line.run()) for line in lines]
    await feishu.connected(app, 2)
    wrong = troubles(feishu, chance)
    for minute in range(60):
        muster.trouble = chance.choice((0.0, 0.0, 0.3))
        for n in range(4):
            if chance.random() < 0.5:
                chance.choice(wrong)()
            await li.dm(f"{minute} {n} " + "长" * chance.choice((1, 200)))
            await asyncio.sleep(chance.choice((0.0, 0.01, 0.03)))
            feishu.clock.advance(15)
        if chance.random() < 0.5:
            feishu.faults.clear()
    feishu.faults.clear()
    muster.trouble = 0.0
    await feishu.connected(app, 2)
    feishu.clock.advance(4)  # who still waits for an acknowledgement waits no longer
    sent = feishu.events.of("im.message.receive_v1")
    assert len(sent) == 240
    for _ in range(50):  # the rest of the ladder: up to 7.1 hours
        await feishu.settled()
        if all(event.is_acked or event.is_given_up for event in sent):
            break
        feishu.clock.advance(600)
    # Given up was only what was accepted too late for the platform, again and again.
    assert sum(event.is_acked for event in sent) > 200
    ids = {event.payload["event"]["message"]["message_id"] for event in sent}
    assert ids == set(muster.accepted)
    assert all(line.ready.is_set() for line in lines)
    for line in lines:
        line.stop()
    async with asyncio.timeout(10):
        await asyncio.gather(*running)
    await client.close()


async def test_an_event_is_never_acknowledged_and_lost(
    feishu: FakeFeishu, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between delivery and commit, the event comes again to whoever is there then."""
    monkeypatch.setattr("adapters.feishu.connection.FINISHING", 0.1)
    tenant = feishu.tenant()
    app = tenant.app()
    li = tenant.person("李雷")
    client = FeishuClient(app.id, app.secret, feishu.url)
    reached = asyncio.Event()

    async def dies(_: dict[str, Any]) -> None:
        reached.set()
        await asyncio.Event().wait()

    first = asyncio.create_task(LongConnection(client, dies, second=SECOND).run())
    await feishu.connected(app)
    await li.dm("记一下")
    await reached.wait()
    feishu.sockets.open[0].abort()
    first.cancel()
    muster = Muster(random.Random(1))
    second = LongConnection(client, muster, second=SECOND)
    running = asyncio.create_task(second.run())
    await asyncio.gather(first, return_exceptions=True)
    await feishu.until(second.ready.is_set)
    feishu.clock.advance(4)
    await feishu.settled()
    feishu.clock.advance(15)
    await feishu.until(lambda: muster.accepted)
    second.stop()
    await running
    await client.close()
