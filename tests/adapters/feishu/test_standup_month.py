"""The month of stand-ups, told in Feishu; Muster as in production, over its long connection.

Every card is judged when the stage is left.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from bot.core.clock import MovableClock
from storage import outbox
from tests.adapters.calm import nothing_climbs
from tests.adapters.feishu.stage import Stage, stage
from tests.fakes.feishu import Chat, Person, Seen, events
from tests.features.standups.month import ALICE, BEGINS, DAYS, Post, tell

pytestmark = pytest.mark.anyio
_LANGUAGES = {"en": "en_us", "zh": "zh_cn"}


class InFeishu:
    """Implements the month's `Stage`."""

    def __init__(self, on: Stage, clock: MovableClock) -> None:
        self.on = on
        self.clock = clock
        self.people: dict[str, Person] = {}
        self.read: set[str] = set()
        self.group: Chat | None = None

    async def meets(self, who: str, lang: str, zone: str) -> None:
        self.people[who] = self.on.tenant.person(who, lang=_LANGUAGES[lang])
        await self.says(who, f"/muster language {lang}")
        await self.travels(who, zone)

    async def travels(self, who: str, zone: str) -> None:
        await self.says(who, f"/muster timezone {zone}")

    async def opens(self, who: str, key: str, title: str, *others: str) -> None:
        await nothing_climbs(self.on.muster)
        if self.group is None:
            self.group = self.on.tenant.group("大厅", list(self.people.values()))
        named = " ".join(f"@{other}" for other in others)
        await self.people[who].writes(f"@集结 /warroom open {title} {named}", self.group)
        await self._settled()
        await self.on.room(key)

    async def at(self, when: datetime) -> None:
        await self.on.muster.advance(when)
        await self._settled()

    async def down_until(self, when: datetime) -> None:
        self.clock.move_to(when)
        await self.on.muster.worker.drain()
        await self._settled()

    async def _settled(self) -> None:
        """As the stage's own; but what is on its way here is little, and there are many deeds."""

        def is_waiting(conn: Connection) -> bool:
            counts = outbox.counts(conn)
            return bool(counts.get("waiting", 0) + counts.get("claimed", 0))

        for _ in range(2):
            await self.on.feishu.settled()
            while self.on._in_hand() or await self.on.muster.db.read(is_waiting):  # noqa: ASYNC110  they tell nobody
                await asyncio.sleep(0.005)

    def _room(self, key: str) -> Chat:
        chats = self.on.feishu.chats.values()
        return next(each for each in chats if each.name.startswith(f"{key} "))

    def _new(self, person: Person, chat: Chat | None, *, alone: bool) -> list[Seen]:
        """What Muster has said there since it was last asked; `alone`: to them and nobody else."""
        found = []
        for seen in person.sees(chat):
            message = seen.message
            is_alone = chat is None or message.only_for is not None
            is_new = seen.id not in self.read and message.sender is self.on.app
            if is_new and is_alone is alone:
                self.read.add(seen.id)
                found.append(seen)
        return found

    async def says(self, who: str, text: str, room: str | None = None) -> str:
        person = self.people[who]
        chat = None if room is None else self._room(room)
        if chat is None:
            await person.dm(text)
        else:
            await person.writes(f"@集结 {text}", chat)
        await self._settled()
        told = [*self._new(person, chat, alone=True), *self._new(person, None, alone=True)]
        return "\n".join(seen.words for seen in told)

    async def _form(self, who: str) -> tuple[Person, Seen, dict[str, Any]]:
        """The form as it comes: by the ends of the fields' names, their inputs."""
        person = self.people[who]
        await person.dm("/standup")
        await self._settled()
        [shown] = self._new(person, None, alone=True)
        inputs: dict[str, Any] = {}
        for each in shown.form.inputs:
            # The name of an input: its kind and its form, the run, the question.
            inputs.setdefault(each.name.split("_", 2)[2], each)
        return person, shown, inputs

    async def holds(self, who: str) -> Mapping[str, str]:
        _, _, inputs = await self._form(who)
        return {short: str(each.default or "") for short, each in inputs.items()}

    async def fills(self, who: str, values: Mapping[str, str]) -> str:
        person, shown, inputs = await self._form(who)
        sent = await person.fills(
            shown, {inputs[short].name: value for short, value in values.items()}
        )
        assert sent.error is None, sent
        await self._settled()
        told = [seen.words for seen in self._new(person, None, alone=True)]
        return "\n".join([sent.toast or "", shown.words, *told])

    async def told(self, who: str) -> list[str]:
        return [seen.words for seen in self._new(self.people[who], None, alone=True)]

    async def posted(self, key: str) -> list[Post]:
        chat = self._room(key)
        found = self._new(self._inside(chat), chat, alone=False)
        return [Post(each.id, _below(each), self._in_english(each).words) for each in found]

    def _in_english(self, seen: Seen) -> Seen:
        """As the story tells what stands in rooms; everybody else sees it in their language."""
        return Seen(seen.message, self.people[ALICE])

    def _inside(self, chat: Chat) -> Person:
        return next(person for person in self.people.values() if person.user in chat.members)

    async def now(self, key: str, post: Post) -> str:
        chat = self._room(key)
        [seen] = [each for each in self._inside(chat).sees(chat) if each.id == post.id]
        return self._in_english(seen).words


def _below(seen: Seen) -> str | None:
    """The message whose thread it stands in."""
    return seen.message.root.id if seen.message.root is not None else None


@pytest.mark.timeout(900)  # a busy machine may take its time
async def test_a_month_in_feishu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "IN_TIME", 60.0)  # that Muster is slow is no part of this story
    clock = MovableClock(BEGINS, frozen=True)
    async with stage(tmp_path, "long", clock=clock, language="en", timezone="UTC") as on:
        month = await tell(InFeishu(on, clock))
        assert len(month.reports) == len(DAYS)
