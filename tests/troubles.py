"""What can go wrong on a platform: the playground, made to refuse."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import replace

from adapters.playground.adapter import Playground
from bot.core.effects import Effect, Invite, Receipt


class Troubles:
    """Stands between the worker and the playground."""

    def __init__(self, playground: Playground) -> None:
        self._perform = playground.perform
        self._failures: dict[type[Effect], deque[Exception]] = defaultdict(deque)
        self._unwelcome: dict[str, str] = {}
        #: Every effect that reached the platform, in order, also those that failed.
        self.tried: list[Effect] = []
        playground.perform = self.perform  # type: ignore[method-assign]  # that is the trouble

    def fail(self, kind: type[Effect], *failures: Exception) -> None:
        """The next effects of a kind fail so, one after the other."""
        self._failures[kind].extend(failures)

    def turn_away(self, user: str, why: str) -> None:
        """Nobody can invite this person any more."""
        self._unwelcome[user] = why

    def welcome(self, user: str) -> None:
        """They can be invited again."""
        del self._unwelcome[user]

    async def perform(self, effect: Effect, key: str) -> Receipt:
        self.tried.append(effect)
        if self._failures[type(effect)]:
            raise self._failures[type(effect)].popleft()
        if not isinstance(effect, Invite):
            return await self._perform(effect, key)
        refused = {user: self._unwelcome[user] for user in effect.users if user in self._unwelcome}
        others = tuple(user for user in effect.users if user not in refused)
        receipt = await self._perform(replace(effect, users=others), key)
        return replace(receipt, refused={**receipt.refused, **refused})
