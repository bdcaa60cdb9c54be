"""The month of stand-ups, told in Slack; Muster as in production."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from bot.core.clock import MovableClock
from storage import outbox
from tests.adapters.calm import nothing_climbs
from tests.adapters.slack.judges import message_faults, view_faults
from tests.adapters.slack.stage import Stage, stage
from tests.fakes.slack import Person, Seen
from tests.features.standups.month import BEGINS, DAYS, Post, tell

pytestmark = pytest.mark.anyio
_LOCALES = {"en": "en-US", "zh": "zh-CN"}
#: Between two deeds, so that a channel takes another burst: nobody waits for that here.
_PAUSE = 5.0


class InSlack:
    """Implements the month's `Stage`."""

    def __init__(self, on: Stage, clock: MovableClock) -> None:
        self.on = on
        self.clock = clock
        self.people: dict[str, Person] = {}
        self.read: set[tuple[str, str]] = set()
        #: How far the clock that messages are paced by is ahead of the computer's.
        self.ahead = 0.0
        on.slack.deliveries.patience = 60.0  # nobody is told that Muster is slow: machines may be
        on.slack.limits.on = False  # what Slack takes is tested elsewhere, in its own time
        on.adapter.client(on.team.id).pace._clock = lambda: time.monotonic() + self.ahead

    async def meets(self, who: str, lang: str, zone: str) -> None:
        self.people[who] = self.on.team.person(who, locale=_LOCALES[lang], tz=zone)
        await self.says(who, "/warroom list")  # from here on Muster knows them

    async def travels(self, who: str, zone: str) -> None:
        await self.says(who, f"/muster timezone {zone}")

    async def opens(self, who: str, key: str, title: str, *others: str) -> None:
        await nothing_climbs(self.on.muster)
        named = " ".join(f"@{other}" for other in others)
        await self.people[who].types(
            f"/warroom open {title} {named} --language en", self.on.general
        )
        await self._settled()
        await self.on.room(key)

    async def at(self, when: datetime) -> None:
        self.ahead += _PAUSE
        await self.on.muster.advance(when)
        await self._settled()

    async def down_until(self, when: datetime) -> None:
        self.clock.move_to(when)
        await self.on.muster.worker.drain()
        await self._settled()

    async def _settled(self) -> None:
        """As the stage's own; but what is on its way here is little, and there are many deeds."""

        def waiting(conn: Connection) -> int:
            counts = outbox.counts(conn)
            return counts.get("waiting", 0) + counts.get("claimed", 0)

        for _ in range(2):
            await self.on.slack.quiet(0.01)
            await self.on.adapter._inbound.drain()
            while await self.on.muster.db.read(waiting):  # noqa: ASYNC110  nobody tells when
                await asyncio.sleep(0.005)

    def _room(self, key: str) -> Any:
        channels = self.on.team.channels.values()
        return next(each for each in channels if each.name.startswith(f"{key.lower()}-"))

    def _new(self, person: Person, place: Any, *, alone: bool) -> list[Seen]:
        """What Muster has said there since it was last asked; `alone`: to them and nobody else."""
        found = []
        for seen in person.sees(place):
            key = (seen.channel.id, seen.ts)
            is_alone = seen.is_ephemeral or place is None
            if seen.by != "Muster" or key in self.read or is_alone is not alone:
                continue
            self.read.add(key)
            if seen.blocks:
                assert message_faults(seen.blocks) == []
            found.append(seen)
        return found

    async def says(self, who: str, text: str, room: str | None = None) -> str:
        person, place = self.people[who], None if room is None else self._room(room)
        self.ahead += _PAUSE
        if text.isascii():
            await person.types(text, place)
        elif place is None:
            await person.writes(text, person.dm)
        else:  # Slack has no commands in Chinese
            await person.writes(f"@Muster {text}", place)
        await self._settled()
        return "\n".join(seen.words for seen in self._new(person, place, alone=True))

    async def _form(self, who: str) -> tuple[Person, dict[str, tuple[str, Any]]]:
        """The form as it opens: by the ends of the fields' names, their label and input."""
        person = self.people[who]
        self.ahead += _PAUSE
        await person.types("/standup")
        modal = await self.on.slack.until(lambda: person.modal)
        fields: dict[str, tuple[str, Any]] = {}
        for label, shown in modal.inputs.items():
            short = str(shown.block["block_id"]).partition("_")[2]
            fields.setdefault(short, (label, shown))
        return person, fields

    async def holds(self, who: str) -> Mapping[str, str]:
        person, fields = await self._form(who)
        assert person.modal is not None
        assert view_faults(person.modal.view.body) == []
        held = {short: _text(shown.value) for short, (_, shown) in fields.items()}
        await person.closes_modal()
        return held

    async def fills(self, who: str, values: Mapping[str, str]) -> str:
        person, fields = await self._form(who)
        for short, value in values.items():
            label, shown = fields[short]
            await person.fills({label: _option(shown, value) or None})
        sent = await person.submits()
        assert not sent.refused, sent.refused
        await self._settled()
        told = [seen.words for seen in self._new(person, None, alone=True)]
        if person.modal is not None:
            told.append(person.modal.words)
            await person.closes_modal()
        return "\n".join(told)

    async def told(self, who: str) -> list[str]:
        return [seen.words for seen in self._new(self.people[who], None, alone=True)]

    async def posted(self, key: str) -> list[Post]:
        room = self._room(key)
        found = self._new(self._inside(room), room, alone=False)
        return [Post(seen.ts, seen.thread or None, seen.words) for seen in found]

    def _inside(self, room: Any) -> Person:
        return next(person for person in self.people.values() if person.id in room.members)

    async def now(self, key: str, post: Post) -> str:
        room = self._room(key)
        [seen] = [each for each in self._inside(room).sees(room) if each.ts == post.id]
        return seen.words


def _text(value: Any) -> str:
    """What an input holds, as it is sent."""
    return str(value["value"]) if isinstance(value, dict) else str(value or "")


def _option(shown: Any, value: str) -> str:
    """What somebody picks so that `value` is sent; where they type, that."""
    options = shown.element.get("options") or []
    return next((o["text"]["text"] for o in options if o["value"] == value), value)


@pytest.mark.timeout(900)  # a busy machine may take its time
async def test_a_month_in_slack(tmp_path: Path) -> None:
    clock = MovableClock(BEGINS, frozen=True)
    async with stage(tmp_path, "http", clock=clock) as on:
        month = await tell(InSlack(on, clock))
        assert len(month.reports) == len(DAYS)
