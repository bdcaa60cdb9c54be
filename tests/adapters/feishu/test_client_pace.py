"""Rate limits, on a simulated clock: nearly reached, never passed, fair."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

import pytest

from adapters.feishu import pace
from adapters.feishu.pace import Pace
from bot.core.replicas import Limit

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Alarm:
    def __init__(self, at: float, ring: Callable[[], None]) -> None:
        self.at, self.ring, self.is_off = at, ring, False

    def cancel(self) -> None:
        self.is_off = True


class Simulated:
    """A clock that goes from alarm to alarm."""

    def __init__(self) -> None:
        self.at = 1000.0
        self.alarms: list[Alarm] = []
        self.pace = Pace(now=lambda: self.at, later=self._later)

    def _later(self, delay: float, ring: Callable[[], None]) -> Alarm:
        alarm = Alarm(self.at + delay, ring)
        self.alarms.append(alarm)
        return alarm

    async def settle(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)

    async def run(self, *, until: float = float("inf")) -> None:
        """Let time pass until nobody waits, or until then."""
        await self.settle()
        while live := [a for a in self.alarms if not a.is_off]:
            first = min(live, key=lambda a: a.at)
            if first.at > until:
                break
            self.alarms.remove(first)
            self.at = max(self.at, first.at)
            first.ring()
            await self.settle()
        if until != float("inf"):
            self.at = max(self.at, until)


@pytest.fixture
def simulated() -> Simulated:
    return Simulated()


def most_within(times: list[float], seconds: float) -> int:
    times = sorted(times)
    return max(
        sum(1 for other in times[i:] if other - start < seconds) for i, start in enumerate(times)
    )


async def send(
    simulated: Simulated, limits: tuple[Limit, ...], count: int
) -> tuple[list[float], list[asyncio.Task[None]]]:
    times: list[float] = []

    async def one() -> None:
        async with simulated.pace.turn(limits):
            times.append(simulated.at)

    return times, [asyncio.create_task(one()) for _ in range(count)]


@pytest.mark.parametrize(
    ("limits", "calls", "seconds"),
    [
        (pace.to_chat("oc_1"), 5, 1.0),
        (pace.to_user("ou_1"), 5, 1.0),
        (pace.on_message("om_1"), 5, 1.0),
        (pace.on_documents("d"), 3, 1.0),
        (pace.on_documents(), 3, 1.0),
    ],
)
async def test_a_limit_is_nearly_reached_and_never_passed(
    simulated: Simulated, limits: tuple[Limit, ...], calls: int, seconds: float
) -> None:
    times, tasks = await send(simulated, limits, calls * 60)
    await simulated.run()
    await asyncio.gather(*tasks)
    assert most_within(times, seconds) == calls
    allowed = calls * (times[-1] - times[0] + seconds) / seconds
    assert len(times) >= 0.95 * allowed


async def test_the_app_keeps_to_its_second_and_to_its_minute(simulated: Simulated) -> None:
    begun = simulated.at
    rows = [await send(simulated, pace.to_chat(f"oc_{n}"), 60) for n in range(60)]
    await simulated.run()
    times = [at for sent, _ in rows for at in sent]
    await asyncio.gather(*(task for _, tasks in rows for task in tasks))
    assert most_within(times, 1.0) == 50
    assert most_within(times, 60.0) == 1000
    assert sum(1 for at in times if at - begun < 180.0 * 1.03) >= 0.95 * 3000


async def test_a_busy_chat_holds_nobody_else_up(simulated: Simulated) -> None:
    _, busy = await send(simulated, pace.to_chat("busy"), 40)
    await simulated.settle()
    times, other = await send(simulated, pace.to_chat("quiet"), 1)
    await simulated.settle()
    assert times == [simulated.at]
    await simulated.run()
    await asyncio.gather(*busy, *other)


async def test_who_comes_first_goes_first(simulated: Simulated) -> None:
    order: list[int] = []

    async def one(n: int) -> None:
        async with simulated.pace.turn(pace.to_chat("oc_1")):
            order.append(n)

    tasks = [asyncio.create_task(one(n)) for n in range(30)]
    await simulated.run()
    await asyncio.gather(*tasks)
    assert order == list(range(30))


async def test_who_comes_when_a_turn_is_due_does_not_overtake(simulated: Simulated) -> None:
    limits = (Limit("k", 1, 1.0),)
    order: list[str] = []

    async def one(name: str) -> None:
        async with simulated.pace.turn(limits):
            order.append(name)

    tasks = [asyncio.create_task(one("first")), asyncio.create_task(one("second"))]
    await simulated.settle()
    simulated.at += 2.0  # the alarm is late
    tasks.append(asyncio.create_task(one("third")))
    await simulated.run()
    await asyncio.gather(*tasks)
    assert order == ["first", "second", "third"]


async def test_who_gives_up_leaves_the_turn_to_the_next(simulated: Simulated) -> None:
    times, tasks = await send(simulated, pace.to_chat("oc_1"), 11)
    await simulated.settle()
    for task in tasks[5:10]:
        task.cancel()
    await simulated.run()
    assert await asyncio.gather(*tasks, return_exceptions=True) != []
    # The sixth who stayed goes in the second window, not in the third.
    assert len(times) == 6
    assert times[-1] - times[0] == pytest.approx(1.03)
    assert not simulated.pace._queue


async def test_chance_cannot_pass_a_limit(simulated: Simulated) -> None:
    chance = random.Random(7)
    times: dict[str, list[float]] = {}

    async def one(chat: str) -> None:
        async with simulated.pace.turn(pace.to_chat(chat)):
            times.setdefault(chat, []).append(simulated.at)

    tasks: list[asyncio.Task[None]] = []
    for _ in range(400):
        tasks.append(asyncio.create_task(one(f"oc_{chance.randrange(4)}")))
        if chance.random() < 0.2:
            tasks[chance.randrange(len(tasks))].cancel()
        await simulated.run(until=simulated.at + chance.choice((0.0, 0.01, 0.3)))
    await simulated.run()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert all(most_within(sent, 1.0) <= 5 for sent in times.values())
    assert sum(map(len, times.values())) > 200


async def test_it_says_how_long_one_would_wait(simulated: Simulated) -> None:
    limits = pace.to_chat("oc_1")
    assert simulated.pace.wait(limits) == 0.0
    _, tasks = await send(simulated, limits, 12)
    await simulated.settle()
    said = simulated.pace.wait(limits)
    assert said == pytest.approx(2 * 1.03)
    begun = simulated.at
    times, last = await send(simulated, limits, 1)
    await simulated.run()
    await asyncio.gather(*tasks, *last)
    assert times[0] - begun == pytest.approx(said)
    assert simulated.pace.wait(pace.to_chat("oc_2")) == 0.0


async def test_what_the_platform_complains_of_is_left_alone(simulated: Simulated) -> None:
    limits = pace.to_chat("oc_1")
    simulated.pace.hold(pace.overrun(limits, whole_app=False), 4.0)
    assert simulated.pace.wait(limits) == pytest.approx(4.0)
    assert simulated.pace.wait(pace.to_chat("oc_2")) == 0.0
    simulated.pace.hold(pace.overrun(pace.on_documents("d"), whole_app=True), 3.0)
    assert simulated.pace.wait(pace.on_documents("e")) == pytest.approx(3.0)
    assert simulated.pace.wait(pace.to_chat("oc_2")) == 0.0
    simulated.pace.hold(pace.overrun(limits, whole_app=True), 2.0)
    assert simulated.pace.wait(pace.to_chat("oc_2")) == pytest.approx(2.0)


async def test_chats_of_long_ago_are_forgotten(simulated: Simulated) -> None:
    for n in range(2500):
        async with simulated.pace.turn((Limit(f"chat/{n}", 5, 1.0),)):
            pass
        simulated.at += 0.01
    assert len(simulated.pace._windows) < 1200


async def test_a_call_that_was_long_on_its_way_counts_from_when_it_arrived(
    simulated: Simulated,
) -> None:
    """The first calls wait for their connection; the platform counts them when they arrive."""
    arrived: list[float] = []

    async def one(on_its_way: float) -> None:
        async with simulated.pace.turn(pace.to_chat("oc_1")):
            done = asyncio.get_running_loop().create_future()
            simulated._later(on_its_way, lambda: done.set_result(None))
            await done
            arrived.append(simulated.at)

    tasks = [asyncio.create_task(one(delay)) for delay in (0.6, 0.61, 0.7, 0.7, 0.7)]
    tasks += [asyncio.create_task(one(0.01)) for _ in range(30)]
    await simulated.run()
    await asyncio.gather(*tasks)
    assert len(arrived) == 35
    assert most_within(arrived, 1.0) == 5


async def test_while_nobody_is_answered_nobody_goes(simulated: Simulated) -> None:
    answered = asyncio.Event()
    sent = 0

    async def one() -> None:
        nonlocal sent
        async with simulated.pace.turn(pace.to_chat("oc_1")):
            sent += 1
            await answered.wait()

    tasks = [asyncio.create_task(one()) for _ in range(8)]
    await simulated.run(until=simulated.at + 30)
    assert sent == 5
    answered.set()
    await simulated.run()
    await asyncio.gather(*tasks)
    assert sent == 8


async def test_on_the_real_clock() -> None:
    real = Pace()
    loop = asyncio.get_running_loop()
    begun = loop.time()
    limits = (Limit("k", 5, 0.1),)

    async def one() -> None:
        async with real.turn(limits):
            pass

    await asyncio.gather(*(one() for _ in range(11)))
    assert loop.time() - begun >= 0.2
