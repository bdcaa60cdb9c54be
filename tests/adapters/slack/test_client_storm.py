"""A bad day: calls fail in every way, processes die, and all is there once in the end."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.slack.client import SlackClient
from bot.core.chat import Card, Quote
from bot.core.effects import CreateChannel, Effect, Receipt, SendFile
from bot.core.errors import Temporary
from bot.core.strain import Strain
from bot.core.text import t
from tests.adapters.slack.rig import ENGLISH, Rig, card, rig

pytestmark = pytest.mark.anyio
LONG = Card(t("Long"), (Quote("\n".join(f"Line {n} of many, many more." for n in range(500))),))
MOST_TRIES = 100


class Worker:
    """Tries until it is done, as the worker does; now and then it dies and another goes on."""

    def __init__(self, on: Rig, chance: random.Random, content: Path) -> None:
        self._on = on
        self._chance = chance
        self._content = content
        self._client: SlackClient = on.client

    async def done(self, effect: Effect, key: str) -> Receipt:
        for attempt in range(MOST_TRIES):
            self._spoil()
            if self._chance.random() < 0.2:
                self._client = self._on.another()
            try:
                async with asyncio.timeout(self._chance.choice([5, self._chance.uniform(0, 0.04)])):
                    return await self._once(effect, key, is_first=attempt == 0)
            except Temporary as error:
                self._on.slack.clock.advance(error.retry_after or 1)
            except TimeoutError:  # stopped in the middle of it; Slack hears the rest
                self._on.slack.faults.lift()
                await self._on.slack.quiet(0.02)
        pytest.fail(f"{key} never came through")

    async def _once(self, effect: Effect, key: str, *, is_first: bool) -> Receipt:
        client = self._client
        if not is_first and (found := await client.probe(effect, key)):
            return found
        if isinstance(effect, SendFile):
            return await client.send_file(effect, key, self._content)
        return await client.perform(effect, key)

    def _spoil(self) -> None:
        faults = self._on.slack.faults
        faults.lift()
        spoil: Callable[[], object] = self._chance.choice(
            [
                faults.drops_after_delivery,
                faults.drops_before,
                faults.http_500,
                lambda: faults.answers_429(self._chance.randint(1, 30)),
                lambda: faults.lag(0.01),
                lambda: None,
            ]
        )
        spoil()


async def test_what_the_limits_cost_is_counted() -> None:
    """Four messages to a channel may go at once; of the others some wait, and one was too many."""
    async with rig() as on:
        on.slack.faults.answers_429(7, "chat.postMessage")
        with pytest.raises(Temporary):
            await on.client.perform(on.post(), "first")
        assert on.client.api.strain == Strain(limited=1)
        on.slack.faults.lift()
        on.slack.clock.advance(7)
        for n in range(6):
            await on.client.perform(on.post(), f"k{n}")
        strain = on.client.api.strain
        assert strain.limited == 1
        # Of seven calls four may go at once: three wait, or fewer where the calls take so long that
        # the first have left the window.
        assert 1 <= strain.waits <= 3
        assert 3 < strain.waited < 10


@pytest.mark.parametrize("seed", range(8))
async def test_everything_is_there_once(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    content = tmp_path / "file"
    content.write_text("- decided")
    async with rig() as on:
        # A new process does not know what was just posted; Slack's own limits would only slow it.
        on.slack.limits.on = False
        mei = on.team.person("Mei")
        first = await on.client.perform(on.post(), "first")
        effects: list[Effect] = [
            CreateChannel(on.home, "wr-1-a", "A", "One"),
            CreateChannel(on.home, "wr-2-b", "B", "Two", private=True),
            on.post(card("plain")),
            on.post(card("in a thread"), thread=first.id),
            on.post(LONG),
            on.direct(mei, card("for you")),
            on.direct(mei, LONG),
            SendFile(on.at(), "log", {}, "log.md", "The log", ENGLISH),
        ] * 2
        effects = effects[:2] + [each for each in effects if not isinstance(each, CreateChannel)]
        chance.shuffle(effects)
        worker = Worker(on, chance, content)
        for n, effect in enumerate(effects):
            await worker.done(effect, f"k{n}")
        on.slack.faults.lift()
        await on.slack.quiet(0.05)
        posts = [*on.posts(), *on.posts(mei.dm)]
        keys = Counter(
            message.metadata["event_payload"]["key"] for message in posts if message.metadata
        )
        assert set(keys.values()) == {1}
        plain = [message for message in posts if message.metadata and not message.files]
        assert len([m for m in plain if "of" not in m.metadata["event_payload"]]) == 11  # type: ignore[index]
        parts = Counter(m.thread_ts for m in plain if "of" in m.metadata["event_payload"])  # type: ignore[index]
        assert len(parts) == 4
        assert len(set(parts.values())) == 1
        assert len([message for message in posts if message.files]) == 2
        made = [channel.name for channel in on.team.channels.values()]
        assert made.count("wr-1-a") == made.count("wr-2-b") == 1
        on.slack.limits.early.clear()  # a new process does not know of the old one's pauses
