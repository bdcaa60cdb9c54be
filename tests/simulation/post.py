"""The post from the platforms to Muster: at least once, not always in order, until acknowledged.

As both platforms do it: what is not acknowledged within three seconds comes again, later and later,
with the same id; and sometimes something comes again that was acknowledged.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.core.errors import MusterError, Unavailable
from bot.core.platform import Answer, Incoming, Unacquainted
from tests.simulation.fate import Fate
from tests.simulation.site import Process, Site

#: Seconds in which a delivery has to be acknowledged.
PATIENCE = 3.0
#: Seconds until it comes again, as Feishu has it.
LADDER = (15.0, 300.0, 3600.0, 21600.0)


@dataclass(slots=True)
class Letter:
    """A delivery, and what became of it."""

    incoming: Incoming
    sent: datetime
    #: Called once, with the answer that came in time.
    answered: Callable[[Letter, Answer], None]
    tries: int = 0
    is_acknowledged: bool = False
    #: Answers that said something.
    replies: int = 0


class Post:
    """Brings deliveries to the processes."""

    def __init__(
        self,
        site: Site,
        fate: Fate,
        say: Callable[[str], None],
        wrong: Callable[[str], None],
    ) -> None:
        self._site = site
        self._fate = fate
        self._say = say
        #: Told what must not happen.
        self._wrong = wrong
        self.letters: list[Letter] = []
        self._under_way: dict[asyncio.Task[None], None] = {}

    @property
    def is_empty(self) -> bool:
        """Whether nothing is on its way."""
        return not self._under_way

    def send(self, incoming: Incoming, answered: Callable[[Letter, Answer], None]) -> Letter:
        """Bring it; once or more often."""
        letter = Letter(incoming, self._site.clock.true, answered)
        self.letters.append(letter)
        fate = self._fate
        wait = fate.delay(1, 1800) if fate.strikes("shuffle") else fate.delay(0.01, 0.5)
        self._begin(self._bring(letter, wait))
        while fate.strikes("duplicate"):
            self._begin(self._bring_once(letter, wait + fate.delay(0.001, 20_000)))
        return letter

    def _begin(self, bringing: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(bringing)
        self._under_way[task] = None
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._under_way.pop(task, None)
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, MusterError):
            self._wrong(f"the door raised {error!r}")

    async def _bring(self, letter: Letter, wait: float) -> None:
        for pause in (wait, *LADDER):
            await self._bring_once(letter, pause)
            if letter.is_acknowledged:
                return
        self._say(f"{letter.incoming.delivery} was never acknowledged")

    async def _bring_once(self, letter: Letter, wait: float) -> None:
        await asyncio.sleep(wait)
        alive = self._site.listening
        if not alive:
            return
        process = self._fate.rng.choice(alive)
        letter.tries += 1
        answer = await self._answer(process, letter.incoming)
        if answer is None:
            return
        letter.replies += answer.reply is not None
        if letter.replies > 1:
            self._wrong(f"{letter.incoming.delivery} was answered twice: {answer.reply}")
        if not letter.is_acknowledged:
            letter.is_acknowledged = True
            letter.answered(letter, answer)

    async def _answer(self, process: Process, incoming: Incoming) -> Answer | None:
        """What is answered in time; None if nothing is."""
        task = process.handle(incoming)
        task.add_done_callback(self._ended)
        await asyncio.wait([task], timeout=PATIENCE)
        if not task.done() or task.cancelled() or process.is_dead:
            return None
        try:
            return task.result()
        except Unavailable:
            return None
        except Unacquainted:
            sender = replace(incoming.sender, is_known=True)
            return await self._answer(process, replace(incoming, sender=sender))
