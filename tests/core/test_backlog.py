"""What comes in faster than it can be carried out: who is let in, who is noted, in which order."""

from __future__ import annotations

import asyncio

import pytest

from bot.core import backlog
from bot.core.backlog import HANDS, LINE, Backlog

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def nothing(_: int) -> None:
    """Carry nothing out."""


async def turns(count: int = 3) -> None:
    """Let everybody who can go on do so."""
    for _ in range(count):
        await asyncio.sleep(0)


def asked(of: Backlog[int], count: int) -> list[asyncio.Task[bool]]:
    return [asyncio.create_task(of.admits()) for _ in range(count)]


async def test_a_few_are_let_in_and_a_few_more_stand_in_line() -> None:
    waits = Backlog(nothing)
    tasks = asked(waits, HANDS + LINE)
    await turns()
    assert [task.done() for task in tasks] == [True] * HANDS + [False] * LINE
    for _ in range(LINE):
        waits.done()
    assert await asyncio.gather(*tasks) == [True] * (HANDS + LINE)


async def test_when_the_line_is_full_all_in_it_are_noted() -> None:
    waits = Backlog(nothing)
    assert await asyncio.gather(*asked(waits, HANDS)) == [True] * HANDS
    assert await asyncio.gather(*asked(waits, LINE + 1)) == [False] * (LINE + 1)


async def test_who_comes_in_the_instant_of_a_crowd_is_noted_with_it() -> None:
    waits = Backlog(nothing)

    async def comes() -> bool:
        if await waits.admits():
            return True
        with waits.noting():
            await asyncio.sleep(0.01)
        return False

    assert not any(await asyncio.gather(*(comes() for _ in range(10 * (HANDS + LINE)))))
    assert await waits.admits()


async def test_whoever_gives_up_as_they_are_let_in_leaves_room() -> None:
    waits = Backlog(nothing)
    for _ in range(HANDS + 1):
        [task] = asked(waits, 1)
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert await waits.admits()


async def test_a_line_that_does_not_move_is_noted_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "PATIENCE", 0.01)
    waits = Backlog(nothing)
    tasks = asked(waits, HANDS + 2)
    assert await asyncio.gather(*tasks) == [True] * HANDS + [False] * 2
    waits.done()
    assert await waits.admits()


async def test_what_comes_behind_what_was_noted_is_noted_too() -> None:
    waits = Backlog(nothing)
    with waits.noting():
        assert not await waits.admits()
    assert await waits.admits()
    waits.add(1)
    assert not await waits.admits()
    await waits.work()
    assert await waits.admits()


async def test_whoever_gives_up_in_line_takes_nobodys_place() -> None:
    waits = Backlog(nothing)
    tasks = asked(waits, HANDS + 2)
    await turns()
    tasks[HANDS].cancel()
    await turns()
    waits.done()
    assert await tasks[HANDS + 1]


async def test_whoever_is_let_in_while_giving_up_lets_the_next_in() -> None:
    waits = Backlog(nothing)
    tasks = asked(waits, HANDS + 2)
    await turns()
    waits.done()  # for the first in line, who at the same moment
    tasks[HANDS].cancel()
    assert await tasks[HANDS + 1]


async def test_what_was_noted_is_carried_out_in_its_order_and_a_few_at_a_time() -> None:
    begun: list[int] = []
    at_once: list[int] = []
    gate = asyncio.Event()

    async def carry_out(number: int) -> None:
        begun.append(number)
        at_once.append(len(begun) - len(ended))
        await gate.wait()
        ended.append(number)

    ended: list[int] = []
    waits = Backlog(carry_out)
    assert waits.add(0)
    for number in range(1, 40):
        waits.add(number)
    working = asyncio.create_task(waits.work())
    while len(begun) < HANDS:
        await turns()
    await turns()
    assert len(begun) == HANDS
    assert not waits.add(40), "somebody works on it already"
    gate.set()
    await working
    assert begun == list(range(41))
    assert max(at_once) == HANDS


async def test_it_waits_until_nothing_is_being_noted_but_not_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done: list[int] = []

    async def carry_out(number: int) -> None:
        done.append(number)

    waits = Backlog(carry_out)
    waits.add(1)
    with waits.noting():
        working = asyncio.create_task(waits.work())
        await turns()
        assert done == []
    await working
    assert done == [1]
    monkeypatch.setattr(backlog, "_FOR_QUIET", 0.0)
    waits.add(2)
    with waits.noting():
        await waits.work()
    assert done == [1, 2]
