"""A day of a stand-up in Feishu, from its setting up to its report, with Muster as in production.

Every card is judged when the stage is left.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.core.clock import MovableClock
from bot.core.i18n import plain
from bot.core.text import Reader, t
from tests.adapters.feishu.stage import KEY, MODES, Mode, Stage, opened, stage, summary
from tests.fakes.feishu import Chat, FakeFeishu, Person, Seen

pytestmark = pytest.mark.anyio
MORNING = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def zh(words: str) -> str:
    """What somebody who reads Chinese sees of a sentence."""
    return plain(t(words), Reader("zh"))


def move(feishu: FakeFeishu, to: datetime) -> None:
    """Let it be that time at Feishu too: what it sends is signed with it."""
    feishu.clock.advance(to.timestamp() - feishu.clock.now())


@dataclass
class Day:
    """Li reads Chinese; Bob and Eve read English."""

    on: Stage
    li: Person
    bob: Person
    eve: Person
    room: Chat

    async def at(self, hour: int, minute: int) -> None:
        to = MORNING.replace(hour=hour, minute=minute)
        move(self.on.feishu, to)
        await self.on.muster.advance(to)
        await self.on.settled()

    def said(self, who: Person, words: str, *, alone: bool = False) -> list[Seen]:
        """What Muster has said, to everybody in the room or to one person, the newest first."""
        seen = who.sees(None if alone else self.room)
        return [
            each
            for each in reversed(seen)
            if each.message.sender is self.on.app and words in each.words
        ]

    async def writes(self, who: Person, words: str, to: Seen | None = None) -> None:
        """In the room; in the thread below a message, if one is named."""
        await who.writes(words, self.room, to=to, in_thread=to is not None)
        await self.on.settled()


@asynccontextmanager
async def beginning(home: Path, mode: Mode, **answers: str) -> AsyncIterator[Day]:
    """Monday: a room, and its stand-up set up by the form."""
    clock = MovableClock(MORNING, frozen=True)
    encrypt = {"encrypt_key": KEY} if mode == "webhook" else {}
    async with FakeFeishu() as feishu:
        move(feishu, MORNING)
        app = feishu.tenant().app(**encrypt)
        async with stage(
            home, mode, feishu=feishu, app=app, clock=clock, language="en", timezone="UTC"
        ) as on:
            li = on.tenant.person("李雷")
            bob = on.tenant.person("Bob", lang="en_us")
            eve = on.tenant.person("Eve", lang="en_us")
            room = await opened(on, bob, li, eve, words="open Payment timeouts @李雷 @Eve")
            day = Day(on, li, bob, eve, room)
            await day.writes(bob, "@集结 standup setup")
            form = await bob.expects("Opens at", chat=room)
            given = {"Opens at": "09:30", "Closes at, or after": "11:00", **answers}
            sent = await bob.fills(form, given)
            assert sent.error is None, sent
            await on.settled()
            assert day.said(eve, "set up the stand-up")
            yield day


async def answers(day: Day, who: Person, label: str, where: Seen, *given: str) -> None:
    """Open the form by a button, fill in its first inputs, and send it."""
    before = {each.id for each in [*who.sees(day.room), *who.sees()]}
    pressed = await who.presses(label, where)
    assert pressed.error is None, pressed
    await day.on.settled()
    [shown] = [each for each in [*who.sees(day.room), *who.sees()] if each.id not in before]
    names = [each.name for each in shown.form.inputs]
    sent = await who.fills(shown, dict(zip(names, given, strict=False)))
    assert sent.error is None, sent
    await day.on.settled()


@pytest.mark.parametrize("mode", MODES)
async def test_a_day_by_form(mode: Mode, tmp_path: Path) -> None:
    async with beginning(tmp_path, mode) as day:
        li, bob, eve = day.li, day.bob, day.eve
        await day.at(9, 30)
        [head] = day.said(eve, "Stand-up of 2026-11-23")
        assert "0 of 3" in head.words

        # Everybody is asked, in their language.
        [asked] = day.said(bob, "please answer until", alone=True)
        assert "Answer" in asked.buttons
        [chinese] = day.said(li, "Payment timeouts", alone=True)
        assert zh("Answer") in chinese.buttons
        assert zh("Skip today") in chinese.buttons

        # The form, a heading for the room; the answer in the thread, the count in place.
        await answers(day, bob, "Answer", asked, "Fixed it", "Deploy", "No licence")
        [answer] = day.said(eve, "Bob answered")
        assert answer.message.root is head.message
        assert "Fixed it" in answer.words
        assert "1 of 3" in head.words
        assert "No licence" in summary(eve, day.room).words, "the blocker is an item"

        # Reminded are only the missing.
        await day.at(10, 45)
        assert day.said(eve, "There is still time for the stand-up", alone=True)
        assert not day.said(bob, "There is still time for the stand-up", alone=True)

        await answers(day, li, zh("Answer"), chinese, "查了网关", "扩容")
        assert "2 of 3" in head.words
        assert day.said(eve, "查了网关")[-1].message.root is head.message

        # Closed; what comes now is late, and in the report.
        await day.at(11, 0)
        [report] = day.said(eve, "Report of 2026-11-23")
        assert report.message.root is head.message
        assert "Still to come" in report.words
        assert "2 of 3 answered" in head.words
        await answers(day, eve, "Answer late", head, "Talked to the vendor")
        assert "(late)" in report.words
        assert "Still to come" not in report.words
        assert "3 of 3 answered" in head.words


THREAD = {"Where people answer": "Straight in the thread"}


@pytest.mark.parametrize("hears_all", [True, False])
async def test_a_day_in_the_thread(hears_all: bool, tmp_path: Path) -> None:
    async with beginning(tmp_path, "long", **THREAD) as day:
        if hears_all:
            day.on.app.grant("im:message.group_msg")
        me = "" if hears_all else "@集结 "
        li, bob, eve = day.li, day.bob, day.eve
        other = await bob.writes("Lunch, anybody?", day.room)
        await day.at(9, 30)
        [head] = day.said(eve, "Stand-up of 2026-11-23")
        before = len(eve.sees(day.room))
        await day.writes(bob, f"{me}Fixed the pool", head)
        await bob.writes("Noodles", day.room, to=other, in_thread=True)
        await day.writes(bob, "Nothing for anybody in particular")
        assert "1 of 3" in head.words
        assert len(eve.sees(day.room)) == before + 3, "nothing is answered, or said twice"
        # Who replies without opening a thread means it just so.
        await li.writes(f"{me}1. 查了网关 2. 扩容", day.room, to=head)
        await day.writes(eve, "@集结 Talked to the vendor", head)
        assert "3 of 3 answered" in head.words
        [report] = day.said(eve, "Report of 2026-11-23")
        for words in ("Fixed the pool", "查了网关", "Talked to the vendor"):
            assert report.words.count(words) == 1
        assert "Noodles" not in report.words
        assert "in particular" not in report.words


async def test_a_thread_that_is_no_stand_up_s_is_nobody_s_business(tmp_path: Path) -> None:
    async with beginning(tmp_path, "webhook") as day:
        day.on.app.grant("im:message.group_msg")
        await day.at(9, 30)
        [head] = day.said(day.eve, "Stand-up of 2026-11-23")
        before = len(day.bob.sees(day.room))
        await day.writes(day.bob, "What a card", summary(day.bob, day.room))
        await day.writes(day.bob, "They answer by form here", head)
        assert len(day.bob.sees(day.room)) == before + 2
        assert "0 of 3" in head.words


async def test_whose_a_message_is_is_asked_once(tmp_path: Path) -> None:
    async with beginning(tmp_path, "long", **THREAD) as day:
        day.on.app.grant("im:message.group_msg")
        await day.at(9, 30)
        [head] = day.said(day.eve, "Stand-up of 2026-11-23")
        for words in ("Fixed the pool", "And the gateway", "And the cache"):
            await day.writes(day.bob, words, head)
        read = day.on.feishu.called("GET /open-apis/im/v1/messages/{message_id}")
        assert len(read) == 1
        [answer] = day.said(day.bob, "1 of 3")
        assert answer.message is head.message


async def test_a_day_by_direct_message(tmp_path: Path) -> None:
    place = {"Where people answer": "In a direct message, one question at a time"}
    async with beginning(tmp_path, "long", **place) as day:
        bob = day.bob
        await day.at(9, 30)
        [head] = day.said(bob, "Stand-up of 2026-11-23")
        assert day.said(bob, "1 of 4", alone=True)
        for words, next_ in (("Fixed it", "2 of 4"), ("Deploy", "3 of 4"), ("-", "4 of 4")):
            await bob.dm(words)
            await day.on.settled()
            assert day.said(bob, next_, alone=True)
        await bob.dm("very well")
        await day.on.settled()
        assert day.said(bob, "Please say a number", alone=True), "what is no mood is handed back"
        await bob.dm("4")
        await day.on.settled()
        assert day.said(bob, "Thank you.", alone=True)
        [answer] = day.said(day.eve, "Bob answered")
        assert "Deploy" in answer.words
        assert "1 of 3" in head.words
