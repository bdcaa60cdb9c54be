"""What follows an acknowledgement: showing the answer, and learning who is new.

Each is a task of ours, which is finished before the process ends (surprise 3). An answer that
cannot be shown on the interaction becomes an effect of the outbox, and so cannot be lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any

import structlog

from adapters.slack.answers import Answers
from adapters.slack.parse import Parsed
from adapters.slack.society import Society, looked_up, seen
from bot.core.errors import MusterError
from bot.core.events import HomeOpened
from bot.core.platform import Answer, Handle, Happened, Pressed, Unshown

log = structlog.get_logger(__name__)
#: Seconds that a look-up may take: whoever asked is waiting for the answer.
_PATIENCE = 1.8


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a delivery that the door has taken in."""

    parsed: Parsed
    answer: Answer
    #: People mentioned in it who have yet to be looked up.
    strangers: list[str]
    #: Whether its sender has been.
    is_known: bool


class Following:
    """Does what follows, one task each."""

    def __init__(self, people: Callable[[str], Society], answers: Answers, deliver: Handle) -> None:
        """`people` gives those of a workspace; `deliver` brings something to the door."""
        self._people = people
        self._answers = answers
        self._deliver = deliver
        self._tasks: set[asyncio.Task[None]] = set()

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something else, that is to be finished as well."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def drain(self) -> None:
        """Wait until everything is done."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def up(self, workspace: str, done: Done) -> None:
        """Show the answer, and meet those who are new."""
        if not done.is_known:
            self.later(self._meet_and_show(workspace, done))
            return
        self.later(self._show(workspace, done.parsed, done.answer))
        self.meet(workspace, done.strangers)

    def meet(self, workspace: str, users: list[str]) -> None:
        """Learn who somebody is."""
        if users:
            self.later(self._meet(workspace, users))

    async def _meet_and_show(self, workspace: str, done: Done) -> None:
        """Somebody new: learn their language first, so that they are answered in it."""
        parsed, answer = done.parsed, done.answer
        met = await self._met(workspace, parsed.incoming.sender.user)
        if answer.reply is not None:
            reader = met.reader if met is not None else answer.reader
            await self._show(workspace, parsed, replace(answer, reader=reader))
        await self._meet(workspace, done.strangers)

    async def _meet(self, workspace: str, users: list[str]) -> None:
        for user in users:
            await self._met(workspace, user)

    async def _met(self, workspace: str, user: str) -> Answer | None:
        """Look somebody up and tell the door; its answer says how to speak to them."""
        end = asyncio.get_running_loop().time() + _PATIENCE
        profile = await looked_up(self._people(workspace), user, end)
        if profile is None:
            return None
        try:
            return await self._deliver(seen(workspace, user, profile))
        except MusterError:
            log.warning("slack.profile_not_kept")  # it comes again with the next look-up
            return None

    async def _show(self, workspace: str, parsed: Parsed, answer: Answer) -> None:
        try:
            is_shown = await self._answers.show(workspace, parsed, answer)
        except Exception:
            log.exception("slack.answer_failed")
            is_shown = False
        if not is_shown:
            await self._tell(parsed, answer)
        if parsed.occasion.is_home:
            home = replace(
                parsed.incoming,
                what=Happened(HomeOpened()),
                delivery=f"{parsed.incoming.delivery} home",
                is_answerable=False,
            )
            try:
                await self._deliver(home)
            except MusterError:
                log.warning("slack.home_not_redrawn")  # it is when they open it again

    async def _tell(self, parsed: Parsed, answer: Answer) -> None:
        """An answer for which there is no other way becomes a message."""
        if answer.reply is None:
            return
        pressed = parsed.incoming.what
        message = pressed.message if isinstance(pressed, Pressed) else None
        told = replace(
            parsed.incoming,
            what=Unshown(answer.reply, message),
            delivery=f"{parsed.incoming.delivery} answer",
            is_answerable=False,
        )
        try:
            await self._deliver(told)
        except MusterError as error:
            log.warning("slack.answer_not_shown", reason=type(error).__name__)
