"""Limits are obeyed before they are hit, in the order in which people come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from adapters.slack.errors import Postponed
from adapters.slack.methods import METHOD, Tier
from adapters.slack.pace import MARGIN, MESSAGES, Pace
from tests.adapters.slack.rig import Rig, rig

pytestmark = pytest.mark.anyio
METHOD_OF = {
    Tier.TWO: "pins.add",
    Tier.THREE: "conversations.invite",
    Tier.FOUR: "users.info",
    Tier.SPECIAL: "auth.test",
}


class Time:
    """A clock that goes only when somebody waits, and then to the earliest who does."""

    def __init__(self) -> None:
        self.now = 1000.0
        self._waiting: list[tuple[float, asyncio.Event]] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.Event()
        entry = (self.now + seconds, woken)
        self._waiting.append(entry)
        try:
            await woken.wait()
        finally:
            if entry in self._waiting:
                self._waiting.remove(entry)

    async def run(self, *tasks: asyncio.Task[object]) -> None:
        """Let the time pass until all are done."""
        while not all(task.done() for task in tasks):
            for _ in range(5):
                await asyncio.sleep(0)
            if self._waiting:
                entry = min(self._waiting, key=lambda one: one[0])
                self._waiting.remove(entry)
                self.now = max(self.now, entry[0])
                entry[1].set()


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def pace(time: Time) -> Pace:
    return Pace(time, time.sleep)


async def gone(
    pace: Pace, time: Time, method: str, times: int, *, channel: str = "", patience: float = 1e9
) -> list[float]:
    """When so many calls went that all came now."""
    went: list[float] = []

    async def call() -> None:
        await pace.turn(method, channel, patience)
        went.append(time())

    tasks = [asyncio.create_task(call()) for _ in range(times)]
    await time.run(*tasks)
    for task in tasks:
        task.result()
    return went


def most_within(times: list[float], seconds: float) -> int:
    return max(sum(at <= other < at + seconds for other in times) for at in times)


@pytest.mark.parametrize("tier", METHOD_OF)
async def test_no_minute_has_more_than_its_tier(pace: Pace, time: Time, tier: Tier) -> None:
    went = await gone(pace, time, METHOD_OF[tier], tier.value * 3 + 1)
    assert most_within(went, 60.0) == tier.value
    assert went[-1] - went[0] == pytest.approx(180 * MARGIN)


async def test_a_message_a_second_with_short_bursts(pace: Pace, time: Time) -> None:
    went = await gone(pace, time, "chat.postMessage", 60, channel="C1")
    assert most_within(went, 4.0) == 4
    assert 55 < went[-1] - went[0] < 62


async def test_one_channel_does_not_wait_for_another(pace: Pace, time: Time) -> None:
    for n in range(50):
        assert await gone(pace, time, "chat.postMessage", 4, channel=f"C{n}") == [1000.0] * 4


async def test_a_workspace_takes_some_hundreds_a_minute(pace: Pace, time: Time) -> None:
    went = []
    for n in range(MESSAGES // 2):
        went += await gone(pace, time, "chat.postMessage", 3, channel=f"C{n}")
    assert most_within(went, 60.0) == MESSAGES


async def test_one_method_does_not_wait_for_another(pace: Pace, time: Time) -> None:
    await gone(pace, time, "pins.add", 20)
    assert await gone(pace, time, "bookmarks.add", 1) == [1000.0]


async def test_who_came_first_goes_first(pace: Pace, time: Time) -> None:
    order: list[int] = []

    async def call(number: int) -> None:
        await pace.turn("pins.add", patience=1e9)
        order.append(number)

    tasks = [asyncio.create_task(call(number)) for number in range(70)]
    await time.run(*tasks)
    assert order == list(range(70))


async def test_who_would_wait_long_comes_back_later(pace: Pace, time: Time) -> None:
    await gone(pace, time, "pins.add", 20)
    time.now += 20
    with pytest.raises(Postponed) as caught:
        await pace.turn("pins.add")
    assert caught.value.retry_after == pytest.approx(60 * MARGIN - 20)
    # Who went away has taken nobody's turn.
    time.now += 60 * MARGIN - 20 - 4
    assert len(await gone(pace, time, "pins.add", 20, patience=5.0)) == 20


async def test_who_is_cancelled_gives_the_turn_back(pace: Pace, time: Time) -> None:
    await gone(pace, time, "pins.add", 20)
    waiting = [asyncio.create_task(pace.turn("pins.add", patience=1e9)) for _ in range(20)]
    await asyncio.sleep(0)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    went = await gone(pace, time, "pins.add", 20)
    assert went[-1] - 1000.0 == pytest.approx(60 * MARGIN)


async def test_nobody_calls_while_slack_wants_a_pause(pace: Pace, time: Time) -> None:
    pace.pause("users.info", "", 30)
    assert pace.paused() == {"users.info": 30}
    assert await gone(pace, time, "users.info", 2) == [1030.0, 1030.0]
    assert pace.paused() == {}


async def test_a_pause_reaches_those_who_wait_already(pace: Pace, time: Time) -> None:
    await gone(pace, time, "pins.add", 20)
    waiting = asyncio.create_task(gone(pace, time, "pins.add", 0))
    late = asyncio.create_task(pace.turn("pins.add", patience=1e9))
    await asyncio.sleep(0)
    pace.pause("pins.add", "", 300)
    await time.run(waiting, late)
    assert time() == 1300.0


async def test_a_pause_in_one_channel_is_for_that_channel(pace: Pace, time: Time) -> None:
    pace.pause("chat.postMessage", "C1", 30)
    assert await gone(pace, time, "chat.postMessage", 1, channel="C2") == [1000.0]
    assert await gone(pace, time, "chat.postMessage", 1, channel="C1") == [1030.0]


async def test_head_room(pace: Pace, time: Time) -> None:
    await gone(pace, time, "pins.add", 18)
    assert pace.used()["pins.add"] == (18, 20)
    time.now += 62
    assert pace.used()["pins.add"] == (0, 20)


async def test_channels_that_nobody_posts_to_are_forgotten(pace: Pace, time: Time) -> None:
    for n in range(5000):
        await pace.turn("chat.postMessage", f"C{n}", 1e9) if n % 300 else None
        time.now += 5
        pace.pause("chat.postMessage", f"C{n}", 1)
    assert len(pace._limits) <= 2001
    assert len(pace._closed) <= 2000


async def test_every_method_has_a_limit(pace: Pace, time: Time) -> None:
    for method in METHOD:
        assert len(await gone(pace, time, method, 2, channel="C1")) == 2


# With the client, against Slack's own idea of the limits.


@pytest.fixture
async def on() -> AsyncIterator[Rig]:
    async with rig() as made:
        yield made


async def test_posts_in_a_row_are_never_too_many(on: Rig) -> None:
    for n in range(30):
        await on.client.perform(on.post(), f"k{n}")
    assert on.slack.limits.exceeded == []


async def test_a_retry_after_is_waited_for_elsewhere(on: Rig) -> None:
    """Nobody holds a worker's hand for a minute; and nobody calls inside it."""
    on.slack.faults.answers_429(60, "chat.postMessage")
    with pytest.raises(Postponed):
        await on.client.perform(on.post(), "k1")
    with pytest.raises(Postponed) as caught:
        await on.client.perform(on.post(), "k2")
    assert caught.value.retry_after == pytest.approx(60, abs=1)
    assert on.calls("chat.postMessage") == 1
    mei = on.team.person("Mei")
    await on.client.perform(on.direct(mei), "k3")
    on.slack.clock.advance(60)
    await on.client.perform(on.post(), "k1")
    assert on.slack.limits.early == []
