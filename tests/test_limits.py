"""No script starves a workspace: what is more than a person may ask is refused, for good."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import limits
from bot.core.chat import Quote
from bot.core.effects import DirectMessage
from bot.core.events import MemberJoined
from bot.core.i18n import plain
from bot.core.platform import Answer, Happened, Incoming, Pressed, Say, Sender, Submitted, Typed
from bot.limits import PERIOD, Limits
from tests.lab import ALICE, HOME, Lab

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
HELLO = Typed("/lab hello Bob")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    made = Lab()
    made.door.limits = Limits(person=3, workspace=8)
    yield made
    await made.db.close()


def incoming(delivery: object, user: str = "U1", what: object = HELLO, **more: object) -> Incoming:
    sender = Sender(user, user, "en", "UTC")
    return Incoming(*HOME, str(delivery), sender, what, **more)  # type: ignore[arg-type]  # any


def told(answer: Answer) -> str:
    assert isinstance(answer.reply, Say), answer.reply
    return plain(answer.reply.card.title, answer.reader)


async def test_more_than_a_person_may_ask_is_refused_and_handed_back(lab: Lab) -> None:
    for number in range(3):
        assert told(await lab.door.handle(incoming(number))) == "Hello Bob"
    answer = await lab.door.handle(incoming("more"))
    assert "at most 3 commands" in told(answer)
    assert isinstance(answer.reply, Say)
    assert answer.reply.card.blocks == (Quote("/lab hello Bob"),)
    assert await lab.timeline() == ["hello"] * 3


async def test_the_others_are_served_meanwhile(lab: Lab) -> None:
    for number in range(100):
        await lab.door.handle(incoming(number))
    assert told(await lab.door.handle(incoming("b", "U2"))) == "Hello Bob"
    assert await lab.timeline() == ["hello"] * 4


async def test_it_comes_back_with_time(lab: Lab) -> None:
    for number in range(4):
        await lab.door.handle(incoming(number))
    lab.clock.move_to(lab.clock.now() + PERIOD / 2)
    assert told(await lab.door.handle(incoming("later"))) == "Hello Bob"
    assert "too fast" in told(await lab.door.handle(incoming("again")))


async def test_what_was_refused_stays_refused_when_it_is_delivered_again(lab: Lab) -> None:
    for number in range(4):
        await lab.door.handle(incoming(number))
    lab.clock.move_to(lab.clock.now() + PERIOD)
    assert (await lab.door.handle(incoming(3))).reply is None
    assert await lab.timeline() == ["hello"] * 3


async def test_also_at_another_replica(lab: Lab) -> None:
    for number in range(4):
        await lab.door.handle(incoming(number))
    lab.door.limits = Limits(person=3, workspace=8)
    assert (await lab.door.handle(incoming(3))).reply is None
    assert await lab.timeline() == ["hello"] * 3


async def test_what_was_done_does_not_count_again_nor_is_refused(lab: Lab) -> None:
    for _ in range(10):
        await lab.door.handle(incoming("same"))
    assert told(await lab.door.handle(incoming("b"))) == "Hello Bob"
    assert told(await lab.door.handle(incoming("c"))) == "Hello Bob"
    assert "too fast" in told(await lab.door.handle(incoming("d")))
    assert (await lab.door.handle(incoming("same"))).reply is None


async def test_of_another_replicas_delivery_nobody_says_that_it_was_too_much(lab: Lab) -> None:
    await lab.door.handle(incoming("same"))
    lab.door.limits = Limits(person=1, workspace=8)
    await lab.door.handle(incoming("b"))
    assert (await lab.door.handle(incoming("same"))).reply is None


async def test_a_workspace_has_a_limit_of_its_own(lab: Lab) -> None:
    for number in range(8):
        assert told(await lab.door.handle(incoming(number, f"U{number}"))) == "Hello Bob"
    assert "this workspace" in told(await lab.door.handle(incoming("more", "U9")))
    elsewhere = Incoming("lab", "W2", "x", ALICE, HELLO)
    assert told(await lab.door.handle(elsewhere)) == "Hello Bob"


async def test_where_each_answer_is_a_post_there_is_one_in_a_while(lab: Lab) -> None:
    for number in range(50):
        answer = await lab.door.handle(incoming(number, is_answerable=False))
        assert answer.reply is None
    await lab.worker.drain()
    said = [
        plain(effect.card.title, effect.reader)
        for _, effect in lab.platform.done
        if isinstance(effect, DirectMessage)
    ]
    assert said[:3] == ["Hello Bob"] * 3
    assert len(said) == 4
    assert "too fast" in said[3]
    lab.clock.move_to(lab.clock.now() + PERIOD)
    for number in range(50, 60):
        await lab.door.handle(incoming(number, is_answerable=False))
    await lab.worker.drain()
    assert len(lab.platform.done) == 8


async def test_buttons_and_forms_count_and_what_the_platform_tells_does_not(lab: Lab) -> None:
    for number in range(50):
        happened = Happened(MemberJoined("C1", "U7"))
        await lab.door.handle(incoming(f"event {number}", what=happened))
        overheard = Typed("hm", is_overheard=True)
        await lab.door.handle(incoming(f"heard {number}", what=overheard))
    for number, what in enumerate((Pressed({}), Submitted("lab hello", {"name": "Bob"}))):
        await lab.door.handle(incoming(number, what=what))
    assert told(await lab.door.handle(incoming("third"))) == "Hello Bob"
    assert "too fast" in told(await lab.door.handle(incoming("x", what=Pressed({}))))


async def test_it_is_counted(lab: Lab) -> None:
    for number in range(5):
        await lab.door.handle(incoming(number))
    count = lab.door.metrics.deliveries.labels("lab", "limited")._value.get()
    assert count == 2


async def test_three_hundred_people_at_once_pass() -> None:
    lab = Lab()
    lab.door.limits = Limits(person=20, workspace=600)
    for number in range(300):
        assert told(await lab.door.handle(incoming(number, f"U{number}"))) == "Hello Bob"
    await lab.db.close()


# The buckets.


def test_zero_is_no_limit_and_a_spared_platform_has_none() -> None:
    for free in (Limits(person=0, workspace=0), Limits(person=1, workspace=1, spared={"lab"})):
        assert not any(free.stop(incoming(number), NOW) for number in range(1000))


def test_a_refused_command_of_one_takes_nothing_from_the_workspace() -> None:
    some = Limits(person=1, workspace=3)
    for number in range(100):
        some.stop(incoming(number), NOW)
    assert some.stop(incoming("a", "U2"), NOW) is None
    assert some.stop(incoming("b", "U3"), NOW) is None
    assert some.stop(incoming("c", "U4"), NOW) is not None


def test_a_clock_that_is_put_back_locks_nobody_out() -> None:
    some = Limits(person=1, workspace=9)
    assert some.stop(incoming(1), NOW) is None
    assert some.stop(incoming(2), NOW - timedelta(hours=1)) is not None
    assert some.stop(incoming(3), NOW - timedelta(hours=1) + PERIOD) is None


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST", 10)
    some = Limits(person=1, workspace=1000)
    for number in range(100):
        some.stop(incoming(number, f"U{number}"), NOW)
    assert len(some._people._known) == 10
    assert len(some._passed) == 10


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 4000)), max_size=60))
def test_no_window_lets_more_through_than_it_says(asked: list[tuple[int, int]]) -> None:
    """In any window no more pass than the bucket holds and what flows into it meanwhile."""
    some = Limits(person=5, workspace=8)
    now, passed = NOW, []
    for number, (user, milliseconds) in enumerate(asked):
        now += timedelta(milliseconds=milliseconds)
        if some.stop(incoming(number, f"U{user}"), now) is None:
            passed.append((now, user))
    for first, (begin, _) in enumerate(passed):
        for last in range(first, len(passed)):
            inside = passed[first : last + 1]
            flown = (inside[-1][0] - begin) / PERIOD
            assert len(inside) <= 8 * (1 + flown) + 1e-6
            for user in range(3):
                mine = [each for each in inside if each[1] == user]
                assert len(mine) <= 5 * (1 + flown) + 1e-6
