"""What became of posts that were tried, as far as this process knows.

Every post carries the key of its effect, so that history can tell whether it was made. This spares
the look where this process knows: it heard Slack accept it, or refuse it.

Time is Slack's here, as it was last heard: this machine's clock may be wrong, by a day as well.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from adapters.slack.errors import Doubtful

#: Keys kept in mind; the oldest are forgotten first.
_MOST = 5000


@dataclass(slots=True)
class Try:
    """What is known of one key."""

    #: Since when it may have been done, in Unix seconds; None where Slack had not said the time.
    since: float | None
    #: Whether Slack may have done it without our hearing of it.
    is_doubtful: bool
    #: Slack's id of what was made; "" while nobody knows that anything was.
    made: str = ""
    #: Where to go on looking in the history.
    cursor: str = ""


class Tries:
    """Tries by key."""

    def __init__(self, now: Callable[[], float | None]) -> None:
        """`now` is not after what Slack's clock shows; None while nobody knows that."""
        self._now = now
        self._tries: OrderedDict[str, Try] = OrderedDict()

    def get(self, key: str) -> Try | None:
        return self._tries.get(key)

    def suspect(self, key: str, since: float | None) -> Try:
        """What is known of `key`: at least that it may have been done since then."""
        return self._tries.get(key) or self._keep(key, Try(since, is_doubtful=True))

    def remember(self, key: str, made: str) -> str:
        """It was done: `made` is Slack's id of it, which is given back."""
        self.suspect(key, self._now()).made = made
        return made

    def cleared(self, key: str) -> None:
        """It was looked for, and has not been done."""
        self._keep(key, Try(self._now(), is_doubtful=False))

    @asynccontextmanager
    async def trying(self, key: str) -> AsyncIterator[Try]:
        """A call that must not be made twice is made inside; its end is kept in mind."""
        found = self._tries.get(key) or self._keep(key, Try(self._now(), is_doubtful=False))
        try:
            yield found
        except (Doubtful, asyncio.CancelledError):
            found.is_doubtful = True
            raise

    def _keep(self, key: str, found: Try) -> Try:
        self._tries[key] = found
        while len(self._tries) > _MOST:
            self._tries.popitem(last=False)
        return found
