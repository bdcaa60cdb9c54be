"""A day of a stand-up in Slack, from its setting up to its report, with Muster as in production."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.core.clock import MovableClock
from bot.core.i18n import plain
from bot.core.text import Reader, t
from tests.adapters.slack.judges import message_faults, view_faults
from tests.adapters.slack.stage import Mode, Stage, stage
from tests.fakes.slack import Person, Seen

pytestmark = pytest.mark.anyio
MORNING = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def zh(words: str) -> str:
    """What somebody who reads Chinese sees of a sentence."""
    return plain(t(words), Reader("zh"))


@dataclass
class Day:
    """Mei reads Chinese, in Shanghai; Bob and Eve read English, in London."""

    on: Stage
    mei: Person
    bob: Person
    eve: Person
    room: Any

    async def at(self, hour: int, minute: int) -> None:
        await self.on.muster.advance(MORNING.replace(hour=hour, minute=minute))
        await self.on.settled()

    def said(self, who: Person, words: str, *, alone: bool = False) -> list[Seen]:
        """What Muster has said, to everybody in the room or to one person, the newest first."""
        seen = who.sees(None if alone else self.room)
        return [each for each in reversed(seen) if each.by == "Muster" and words in each.words]


@asynccontextmanager
async def beginning(home: Path, mode: Mode, **answers: str) -> AsyncIterator[Day]:
    """Monday: a room, and its stand-up set up by the form."""
    clock = MovableClock(MORNING, frozen=True)
    async with stage(home, mode, clock=clock) as on:
        mei = on.team.person("Mei", locale="zh-CN", tz="Asia/Shanghai")
        bob = on.team.person("Bob", locale="en-US", tz="Europe/London")
        eve = on.team.person("Eve", locale="en-US", tz="Europe/London")
        await bob.types("/warroom open Payment timeouts @Mei @Eve", on.general)
        await on.settled()
        day = Day(on, mei, bob, eve, await on.room("WR-1"))
        await bob.types("/standup setup", day.room)
        modal = await on.slack.until(lambda: bob.modal)
        assert "Opens at" in modal.inputs
        await bob.fills({"Opens at": "09:30", "Closes at, or after": "11:00", **answers})
        sent = await bob.submits()
        assert not sent.refused, sent.refused
        await on.settled()
        assert day.said(eve, "set up the stand-up")
        yield day
        assert on.slack.limits.early == []
        judge(day)


def judge(day: Day) -> None:
    """Everything that anybody saw would be taken by Slack itself."""
    for person in (day.mei, day.bob, day.eve):
        for seen in [*person.sees(day.room), *person.sees()]:
            if seen.by == "Muster" and seen.blocks:
                assert message_faults(seen.blocks) == []


async def answers(day: Day, who: Person, label: str, where: Seen, **given: str) -> None:
    """Open the form by a button, fill it in by the labels' order, and send it."""
    await who.presses(label, where)
    modal = await day.on.slack.until(lambda: who.modal)
    assert view_faults(modal.view.body) == []
    labels = list(modal.inputs)
    numbered = {"since": 0, "next": 1, "blocker": 2}
    await who.fills({labels[numbered[name]]: value for name, value in given.items()})
    sent = await who.submits()
    assert not sent.refused, sent.refused
    await day.on.settled()


@pytest.mark.parametrize("mode", ["http", "socket"])
async def test_a_day_by_form(mode: Mode, tmp_path: Path) -> None:
    async with beginning(tmp_path, mode) as day:
        mei, bob, eve = day.mei, day.bob, day.eve
        await day.at(9, 30)
        [head] = day.said(eve, "Stand-up of 2026-11-23")
        assert "0 of 3" in head.words

        # Everybody is asked, in their language.
        [asked] = day.said(bob, "please answer until", alone=True)
        assert "Answer" in asked.buttons
        [chinese] = day.said(mei, "Payment timeouts", alone=True)
        assert zh("Answer") in chinese.buttons
        assert zh("Skip today") in chinese.buttons

        # The form, a heading for the room; the answer in the thread, the count in place.
        await bob.presses("Answer", asked)
        modal = await day.on.slack.until(lambda: bob.modal)
        assert modal.blocks[0]["text"]["text"] == "WR-1 Payment timeouts"
        await bob.closes_modal()
        await answers(
            day, bob, "Answer", asked, since="Fixed it", next="Deploy", blocker="No licence"
        )
        [answer] = day.said(eve, "Bob answered")
        assert answer.thread == head.ts
        assert "Fixed it" in answer.words
        assert "1 of 3" in head.words

        # The blocker is an item of the room.
        await eve.types("/item list", day.room)
        await day.on.settled()
        assert any("No licence" in seen.words for seen in eve.sees(day.room))

        # Reminded are only the missing.
        await day.at(10, 45)
        assert day.said(eve, "There is still time for the stand-up", alone=True)
        assert not day.said(bob, "There is still time for the stand-up", alone=True)

        await answers(day, mei, zh("Answer"), chinese, since="查了网关", next="扩容")
        assert "2 of 3" in head.words
        assert day.said(eve, "查了网关")[-1].thread == head.ts

        # Closed; what comes now is late, and in the report.
        await day.at(11, 0)
        [report] = day.said(eve, "Report of 2026-11-23")
        assert report.thread == head.ts
        assert "Still to come" in report.words
        assert "2 of 3 answered" in head.words
        await answers(day, eve, "Answer late", head, since="Talked to the vendor")
        assert "(late)" in report.words
        assert "Still to come" not in report.words
        assert "3 of 3 answered" in head.words


async def test_a_day_in_the_thread(tmp_path: Path) -> None:
    async with beginning(
        tmp_path, "http", **{"Where people answer": "Straight in the thread"}
    ) as day:
        mei, bob, eve = day.mei, day.bob, day.eve
        other = await bob.writes("Lunch, anybody?", day.room)
        await day.at(9, 30)
        [head] = day.said(eve, "Stand-up of 2026-11-23")
        before = len(eve.sees(day.room))
        await bob.writes("Fixed the pool", day.room, head, broadcast=True)
        await bob.writes("Noodles", day.room, other)
        await bob.writes("Nothing for anybody in particular", day.room)
        await day.on.settled()
        assert "1 of 3" in head.words
        assert len(eve.sees(day.room)) == before + 3, "nothing is answered, or said twice"
        await mei.writes("1. 查了网关 2. 扩容", day.room, head)
        # A mention comes as two events, and counts once.
        await eve.writes("@Muster Talked to the vendor", day.room, head)
        await day.on.settled()
        assert "3 of 3 answered" in head.words
        [report] = day.said(eve, "Report of 2026-11-23")
        for words in ("Fixed the pool", "查了网关", "Talked to the vendor"):
            assert report.words.count(words) == 1
        assert "Noodles" not in report.words
        assert "in particular" not in report.words


async def test_a_thread_that_is_no_stand_up_s_is_nobody_s_business(tmp_path: Path) -> None:
    async with beginning(tmp_path, "http") as day:
        await day.at(9, 30)
        [head] = day.said(day.eve, "Stand-up of 2026-11-23")
        [summary] = [seen for seen in day.bob.sees(day.room) if seen.is_pinned]
        before = len(day.bob.sees(day.room))
        await day.bob.writes("What a card", day.room, summary)
        await day.bob.writes("They answer by form here", day.room, head)
        await day.on.settled()
        assert len(day.bob.sees(day.room)) == before + 2
        assert "0 of 3" in head.words
        assert not day.said(day.bob, "I do not know", alone=True)


async def test_a_day_by_direct_message(tmp_path: Path) -> None:
    place = {"Where people answer": "In a direct message, one question at a time"}
    async with beginning(tmp_path, "socket", **place) as day:
        bob = day.bob
        await bob.writes("Hello there", bob.dm)
        await day.on.settled()
        assert not day.said(bob, "Noted", alone=True), "nobody has asked anything yet"
        await day.at(9, 30)
        [head] = day.said(bob, "Stand-up of 2026-11-23")
        [asked] = day.said(bob, "1 of 4", alone=True)
        for words, next_ in (("Fixed it", "2 of 4"), ("Deploy", "3 of 4"), ("-", "4 of 4")):
            await bob.writes(words, bob.dm)
            await day.on.settled()
            assert day.said(bob, next_, alone=True)
        await bob.writes("very well", bob.dm)
        await day.on.settled()
        assert day.said(bob, "Please say a number", alone=True), "what is no mood is handed back"
        await bob.writes("4", bob.dm)
        await day.on.settled()
        assert day.said(bob, "Thank you.", alone=True)
        [answer] = day.said(day.eve, "Bob answered")
        assert "Deploy" in answer.words
        assert "1 of 3" in head.words
        # Commands are still commands.
        await bob.writes("/warroom list", bob.dm)
        await day.on.settled()
        assert day.said(bob, "Payment timeouts", alone=True)[0] != asked
