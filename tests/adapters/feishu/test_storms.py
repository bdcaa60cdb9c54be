"""Bad weather over Feishu, with all of Muster below it: everything arrives, once."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.adapters.feishu.stage import Stage, rooms, stage
from tests.fakes.feishu import FakeFeishu

pytestmark = pytest.mark.anyio
ENDPOINT = "POST /callback/ws/endpoint"
CALLS = (
    "POST /open-apis/im/v1/chats",
    "POST /open-apis/im/v1/chats/{chat_id}/members",
    "POST /open-apis/im/v1/messages",
    "POST /open-apis/im/v1/pins",
    "PATCH /open-apis/im/v1/messages/{message_id}",
)


def storm(feishu: FakeFeishu, chance: random.Random) -> None:
    """Each call fails twice, in one of the ways in which "too fast" is said, or is cut off."""
    faults = feishu.faults
    for call in CALLS * 2:
        match chance.randrange(4):
            case 0:
                faults.status(call, 429, Retry_After="1")
            case 1:
                faults.code(call, chance.choice((99991400, 230020, 232019)))
            case 2:
                faults.drop_after(call)
            case _:
                faults.html(call)


def cut(feishu: FakeFeishu) -> None:
    """Cut every long connection."""
    for socket in list(feishu.sockets.open):
        socket.abort()


@pytest.mark.faults
@pytest.mark.parametrize("seed", [1, 2])
async def test_a_storm_of_429_opens_every_room_once(seed: int, tmp_path: Path) -> None:
    async with stage(tmp_path, language="zh") as on:
        people = [on.tenant.person(f"p{n}") for n in range(4)]
        storm(on.feishu, random.Random(seed))
        for person in people:
            await person.dm(f"开 {person.name} 的麻烦")
        await on.settled()
        check(on, [f"{person.name} 的麻烦" for person in people])
        strain = on.adapter.strain
        assert strain.limited > 0, "it is counted that Feishu said so"
        assert strain.connections == 1


def check(on: Stage, titles: list[str]) -> None:
    """Each room has one group with one card, which is pinned."""
    groups = [chat for chat in on.feishu.chats.values() if chat.mode == "group"]
    assert Counter(c.name.partition(" ")[2] for c in groups) == Counter(titles)
    for chat in groups:
        assert [message in chat.pinned for message in chat.messages] == [True], chat.name


@pytest.mark.faults
async def test_an_hour_of_bad_connections_loses_nothing(tmp_path: Path) -> None:
    """The connection is cut, goes dumb, is refused, hangs; people go on all the while."""
    async with stage(tmp_path, language="zh") as on:
        feishu, chance = on.feishu, random.Random(7)
        feishu.sockets.tell_config(PingInterval=5, ReconnectInterval=2, ReconnectNonce=1)
        li = on.tenant.person("李雷")
        troubles: list[Callable[[], object]] = [
            lambda: cut(feishu),
            lambda: setattr(feishu.faults, "silent", True),
            lambda: feishu.faults.code(ENDPOINT, 403, http=200),
            lambda: feishu.faults.hang(ENDPOINT),
            lambda: setattr(feishu.faults, "refused_handshakes", 2),
            lambda: setattr(feishu.faults, "copies", 2),
            lambda: setattr(feishu.faults, "chunk_size", 300),
        ]
        for minute in range(30):
            chance.choice(troubles)()
            if chance.random() < 0.5:
                cut(feishu)
            await li.dm(f"开 麻烦{minute}号")
            feishu.clock.advance(120)
            feishu.faults.silent = False
            feishu.faults.release()
        # Whatever was not acknowledged comes again within seven hours.
        feishu.faults.clear()
        feishu.faults.copies = 1
        for seconds in (15, 300, 3600, 21600):
            await feishu.until(lambda: bool(feishu.sockets.of(on.app)), 30)
            await feishu.settled()
            feishu.clock.advance(seconds + 1)
        await on.settled()
        given_up = [event for event in feishu.events.log if event.is_given_up]
        assert given_up == []
        assert await rooms(on) == 30
        check(on, [f"麻烦{minute}号" for minute in range(30)])
        assert on.adapter.strain.connections > 1, "each connection is counted"
