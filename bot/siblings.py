"""This replica among the others on one PostgreSQL: what it hears of them and agrees with them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from bot.core.errors import Unavailable
from bot.core.events import ProfileSeen
from bot.core.platform import Answer, Handle, Happened, Incoming
from bot.election import LeaseElection
from storage.leases import Leases
from storage.notices import Listener, Word, notify
from storage.postgres import PostgresDatabase
from storage.quotas import SharedQuotas

#: Seconds after which a worker looks at what another replica probably does itself: it may be busy,
#: or dead by then.
LATER = 0.2


class Siblings:
    """Other replicas, as one of them knows them. `run` it; `close` it when nothing is held."""

    def __init__(self, db: PostgresDatabase) -> None:
        self._leases = Leases(db.engine.url, db.name)
        self.election = LeaseElection(self._leases)
        self.quotas = SharedQuotas(db)
        self.listener = Listener(db.engine.url, db.name, self._heard)
        #: Called when there may be something to do that another replica has caused.
        self.wake: Callable[[], None] = lambda: None
        #: Called with platform, workspace and id of somebody who has changed.
        self.forget: Callable[[str, str, str], None] = lambda *_: None
        self._db = db
        self._later: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        """Listen until cancelled."""
        try:
            await self.listener.run()
        finally:
            if self._later is not None:
                self._later.cancel()

    async def close(self) -> None:
        """Let the connections go."""
        await self._leases.close()

    def spreading(self, handle: Handle) -> Handle:
        """A door beside which the others are told of people who have changed."""

        async def spread(incoming: Incoming) -> Answer:
            answer = await handle(incoming)
            fact = incoming.what.event if isinstance(incoming.what, Happened) else None
            if isinstance(fact, ProfileSeen) and fact.is_news:
                await self._tell(incoming)
            return answer

        return spread

    async def _tell(self, incoming: Incoming) -> None:
        about = (incoming.platform, incoming.workspace, incoming.sender.user)
        with contextlib.suppress(Unavailable):  # then they forget it by themselves, later
            await self._db.write(lambda conn: notify(conn, "person", self._db.name, *about))

    def _heard(self, word: Word, about: list[str]) -> None:
        match word:
            case "now":
                self.wake()
            case "soon":
                if self._later is None:
                    self._later = asyncio.get_running_loop().call_later(LATER, self._look)
            case "seat":
                self.election.wake()
            case "person":
                self.forget(*about)

    def _look(self) -> None:
        self._later = None
        self.wake()
