"""The way between a process of Muster and a platform: slow, and sometimes broken.

An adapter for each kind of platform, by the Protocols of `bot.core.platform`. What happens to a
call is decided before it is made, so that a process which dies in the middle of it leaves the
platform either before or behind what was asked of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from bot.core.chat import Card
from bot.core.effects import (
    CreateChannel,
    DirectMessage,
    Effect,
    Invite,
    Pin,
    PostCard,
    Receipt,
    SendFile,
    UpdateCard,
)
from bot.core.errors import Permanent, Temporary
from bot.core.platform import Handle
from bot.core.text import t
from tests.simulation.clock import Clock
from tests.simulation.fate import Fate
from tests.simulation.town import KEYS_KEPT, Town

#: What a platform says that will never do a thing.
_NEVER: dict[type[Effect], tuple[str, ...]] = {
    CreateChannel: ("name_taken", "restricted_action"),
    Invite: ("restricted_action",),
    PostCard: ("restricted_action",),
    Pin: ("no_permission",),
    DirectMessage: ("messages_tab_disabled",),
    SendFile: ("file_uploads_disabled",),
}


class Keyed:
    """An adapter of a platform that knows the keys of what it was asked for."""

    def __init__(self, town: Town, clock: Clock, fate: Fate) -> None:
        self.name: str = town.name
        self._town = town
        self._clock = clock
        self._fate = fate
        self.handle: Handle | None = None

    async def run(self, handle: Handle) -> None:
        self.handle = handle
        await asyncio.Event().wait()

    async def perform(self, effect: Effect, key: str) -> Receipt:
        def do() -> Receipt:
            return self._once(key, lambda: self._town.perform(effect, key, self._clock.true))

        return await self._call(effect, key, do)

    async def send_file(self, effect: SendFile, key: str, content: Path) -> Receipt:
        written = content.read_bytes()  # noqa: ASYNC240  there is nobody else to wait
        words = written.decode("utf-8", "replace")
        card = Card(t("{words}", words=words))

        def send() -> Receipt:
            return self._town.send_file(effect, key, card, self._clock.true)

        return await self._call(effect, key, lambda: self._once(key, send))

    def _once(self, key: str, do: Callable[[], Receipt]) -> Receipt:
        now = asyncio.get_running_loop().time()
        at, receipt = self._town.done.get(key, (0.0, None))
        if receipt is not None and now - at < KEYS_KEPT:
            return receipt
        receipt = do()
        self._town.done[key] = (now, receipt)
        return receipt

    async def _call(self, effect: Effect, key: str, do: Callable[[], Receipt]) -> Receipt:
        fate = self._fate
        before, after = fate.delay(0.01, 2.0), fate.delay(0.01, 2.0)
        if fate.strikes("hang"):
            before, after = fate.delay(1, 100), fate.delay(1, 100)
        fails, is_lost = fate.strikes("temporary"), fate.strikes("lost")
        refuses, retry_after = fate.strikes("permanent"), fate.rng.choice((None, None, 1.0, 30.0))
        await asyncio.sleep(before)
        troubles = {"is busy": fails, "refuses": refuses, "loses the answer": is_lost}
        for trouble in (name for name, is_so in troubles.items() if is_so):
            self._town.note(f"{self.name} {trouble}: {type(effect).__name__} [{key}]")
        if fails:
            raise Temporary("the platform is busy", retry_after=retry_after)
        try:
            if refuses and key not in self._town.done:  # else it would contradict itself
                self._refuse(effect)
            receipt = do()
        except Permanent:
            self._town.refused.add(key)
            raise
        await asyncio.sleep(after)
        if is_lost:
            raise Temporary("the answer was lost")
        return receipt

    def _refuse(self, effect: Effect) -> None:
        if isinstance(effect, UpdateCard):
            found = self._town.messages.get(effect.message)
            if found is not None and not found.is_pinned:
                found.is_gone = True  # somebody has deleted it
        elif never := _NEVER.get(type(effect)):
            raise Permanent(self._fate.rng.choice(never))


class Probed(Keyed):
    """An adapter of a platform that knows no keys, but can be searched for what was done."""

    async def probe(self, effect: Effect, key: str) -> Receipt | None:
        """As `ProbesDelivery`."""
        await asyncio.sleep(self._fate.delay(0.01, 1.0))
        if self._fate.strikes("temporary"):
            raise Temporary("the platform is busy")
        return self._town.find(effect, key)

    def _once(self, key: str, do: Callable[[], Receipt]) -> Receipt:
        receipt = do()
        self._town.done[key] = (asyncio.get_running_loop().time(), receipt)
        return receipt


def adapter(town: Town, clock: Clock, fate: Fate) -> Keyed:
    """The adapter of a platform."""
    return Keyed(town, clock, fate) if town.kind == "keyed" else Probed(town, clock, fate)
