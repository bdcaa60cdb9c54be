"""A platform's limits hold for the sum of all replicas, and so does what it asks of one of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence

import pytest

from adapters.feishu import pace as feishu_pace
from adapters.feishu.client import FeishuClient
from adapters.feishu.errors import Busy
from adapters.slack.client import SlackClient
from adapters.slack.errors import Postponed
from adapters.slack.pace import BURST
from adapters.slack.pace import Pace as SlackPace
from bot.core.effects import PostCard
from bot.core.replicas import Limit
from storage.db import open_database
from storage.quotas import SharedQuotas
from tests.adapters.slack.rig import ENGLISH, Rig, card, rig
from tests.fakes.feishu import FakeFeishu
from tests.fakes.slack import FakeSlack

pytestmark = pytest.mark.anyio


class Book:
    """What replicas agree upon, in memory: how long each who asks has to wait."""

    def __init__(self, *waits: float) -> None:
        self.waits = list(waits)
        self.asked: list[tuple[str, list[tuple[str, int, float]]]] = []
        self.paused: list[tuple[str, list[str], float]] = []

    async def take(self, place: str, limits: Sequence[Limit]) -> float:
        asked = [(each.key, each.calls, round(each.seconds, 6)) for each in limits]
        self.asked.append((place, asked))
        return self.waits.pop(0) if self.waits else 0.0

    async def pause(self, place: str, keys: Sequence[str], seconds: float) -> None:
        self.paused.append((place, list(keys), seconds))


class Time:
    """A clock that who sleeps moves."""

    def __init__(self) -> None:
        self.at = 0.0

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += seconds


# ── each adapter asks before it calls ────────────────────────────────────────────────────────────


async def test_slacks_turn_is_agreed_upon() -> None:
    time, book = Time(), Book(2.0, 1.5)
    pace = SlackPace(time.now, time.sleep, quotas=book, place="slack/T1")
    await pace.turn("chat.postMessage", "C1")
    assert time.at == 3.5
    limits = [("chat.postMessage C1", BURST, 4.0), ("chat.postMessage", 300, 60.0)]
    assert book.asked == [("slack/T1", limits)] * 3

    await pace.turn("chat.update", "C1")
    assert book.asked[-1] == ("slack/T1", [("chat.update", 50, 60.0)])


async def test_who_would_wait_too_long_at_slack_comes_back_later_and_takes_nothing() -> None:
    time, book = Time(), Book(30.0)
    pace = SlackPace(time.now, time.sleep, quotas=book)
    with pytest.raises(Postponed) as postponed:
        await pace.turn("chat.update")
    assert postponed.value.retry_after == 30.0
    assert time.at == 0.0
    assert pace.used()["chat.update"][0] == 0


async def test_what_slack_asks_of_one_all_are_told() -> None:
    time, book = Time(), Book()
    pace = SlackPace(time.now, time.sleep, quotas=book, place="slack/T1")
    await pace.pause_everywhere("chat.postMessage", "C1", 30)
    await pace.pause_everywhere("pins.add", "C1", 7)
    assert book.paused == [
        ("slack/T1", ["chat.postMessage C1"], 30),
        ("slack/T1", ["pins.add"], 7),
    ]
    assert pace.paused() == {"chat.postMessage": 30, "pins.add": 7}


async def test_feishus_turn_is_agreed_upon() -> None:
    book = Book(0.01, 0.01)
    pace = feishu_pace.Pace(quotas=book, place="feishu/a")
    async with pace.turn(feishu_pace.to_chat("oc_1")):
        limits = [("chat/oc_1", 5, 1.0), ("app", 50, 1.0), ("app/minute", 1000, 60.0)]
        assert book.asked == [("feishu/a", limits)] * 3
    async with pace.turn(()):
        assert len(book.asked) == 3, "what has no limit is not asked for"


async def test_what_feishu_asks_of_one_all_are_told() -> None:
    book = Book()
    async with FakeFeishu() as feishu:
        app = feishu.tenant().app()
        client = FeishuClient(app.id, app.secret, feishu.url, quotas=book)
        feishu.faults.status("GET /open-apis/bot/v3/info", 429, Retry_After="3")
        with pytest.raises(Busy):
            await client.call("GET", "/open-apis/bot/v3/info")
        await client.close()
    assert book.paused == [(f"feishu/{app.id}", ["app"], 3.0)]


# ── two replicas on one PostgreSQL, at one Slack ─────────────────────────────────────────────────


@pytest.fixture
async def shared(postgres_url: str) -> AsyncIterator[list[SharedQuotas]]:
    opened = [open_database(postgres_url) for _ in range(2)]
    yield [SharedQuotas(each) for each in opened]
    for each in opened:
        await each.close()


def both(made: Rig, quotas: Sequence[SharedQuotas | None]) -> Iterator[SlackClient]:
    """Two replicas' clients, by the real clock."""
    loop = asyncio.get_running_loop()
    for each in quotas:
        yield made.another(quotas=each, clock=loop.time, sleep=asyncio.sleep)


async def refused(quotas: Sequence[SharedQuotas | None]) -> int:
    """How often Slack said "too many" while two replicas post to one channel."""
    async with rig() as made:
        clients = list(both(made, quotas))
        posts = [
            clients[number % 2].perform(
                PostCard(made.at(), card(str(number)), ENGLISH), f"k{number}"
            )
            for number in range(2 * BURST)
        ]
        await asyncio.gather(*posts, return_exceptions=True)
        limits = made.slack.limits
        limits.early.clear()  # those who do not agree do not hear, either
        return len(limits.exceeded)


@pytest.mark.postgres
async def test_two_replicas_together_keep_to_the_limit_of_a_channel(
    shared: list[SharedQuotas],
) -> None:
    assert await refused(shared) == 0
    assert await refused([None, None]) > 0, "each by itself they would not"


@pytest.mark.postgres
async def test_what_slack_asks_of_one_replica_holds_for_the_other(
    shared: list[SharedQuotas],
) -> None:
    def scene(slack: FakeSlack) -> None:
        slack.faults.answers_429(30, "pins.add")

    async with rig(scene) as made:
        one, other = both(made, shared)
        for client in (one, other):
            with pytest.raises(Postponed) as postponed:
                await client.call("pins.add", {"channel": made.general.id, "timestamp": "1.0"})
            assert postponed.value.retry_after is not None
            assert postponed.value.retry_after > 20
            assert made.calls("pins.add") == 1
