"""What was asked for lately, so that it is asked once and not by everybody at the same time."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Cache(Generic[K, V]):
    """Answers kept for `seconds` on `clock`, at most `size` of them.

    Who asks for what is being fetched waits for that one fetch. A failure is not kept.
    """

    def __init__(
        self,
        fetch: Callable[[K], Awaitable[V]],
        *,
        clock: Callable[[], float],
        seconds: float,
        size: int,
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._seconds = seconds
        self._size = size
        self._kept: OrderedDict[K, tuple[float, V]] = OrderedDict()
        self._fetching: dict[K, asyncio.Task[V]] = {}

    async def get(self, key: K) -> V:
        """The answer for `key`. Raises what fetching it raises."""
        found = self._kept.get(key)
        if found is not None and self._clock() < found[0]:
            self._kept.move_to_end(key)
            return found[1]
        task = self._fetching.get(key)
        if task is None:
            task = asyncio.create_task(self._fetched(key))
            task.add_done_callback(_seen)
            self._fetching[key] = task
        # Who asked first may be cancelled; the others still wait for the answer.
        return await asyncio.shield(task)

    def known(self, key: K) -> V | None:
        """The answer for `key`, if it is kept."""
        found = self._kept.get(key)
        return found[1] if found is not None and self._clock() < found[0] else None

    def put(self, key: K, value: V) -> None:
        """Keep an answer that came by another way."""
        self._kept[key] = (self._clock() + self._seconds, value)
        self._kept.move_to_end(key)
        while len(self._kept) > self._size:
            self._kept.popitem(last=False)

    def forget(self, key: K) -> None:
        """Ask again next time. What is being fetched just now is not kept."""
        self._kept.pop(key, None)
        self._fetching.pop(key, None)

    async def _fetched(self, key: K) -> V:
        try:
            value = await self._fetch(key)
            if self._fetching.get(key) is asyncio.current_task():
                self.put(key, value)
            return value
        finally:
            if self._fetching.get(key) is asyncio.current_task():
                del self._fetching[key]


def _seen(task: asyncio.Task[V]) -> None:
    """A failure that nobody waits for any more is no news: whoever asks next will meet it."""
    if not task.cancelled():
        task.exception()
