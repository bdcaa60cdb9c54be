"""An event loop whose time is simulated: where nothing is ready it jumps to the next thing due.

No thread, no socket, no sleep: what runs when follows from the program alone, so that a run can be
had again. Nothing is ready and nothing is due: the program waits for what will never come, which is
an error and not a hang.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine, Mapping
from contextvars import ContextVar
from typing import Any

#: Whose work it is that runs just now: tasks that it starts are theirs, too.
OWNER: ContextVar[Any] = ContextVar("owner", default=None)


class StuckError(Exception):
    """Everybody waits, and nothing will ever happen."""


class _Selector(selectors.BaseSelector):
    """Waits for no file; to wait for a time is to be there."""

    def __init__(self) -> None:
        self.now = 0.0

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return selectors.SelectorKey(fileobj, 0, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return selectors.SelectorKey(fileobj, 0, 0, None)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return {}

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise StuckError
        if timeout > 0:
            self.now += timeout
        return []


class SimulatedLoop(asyncio.SelectorEventLoop):
    """The loop. `time()` is in seconds since it was made."""

    def __init__(self) -> None:
        self._simulated = _Selector()
        super().__init__(self._simulated)
        self._tasks: dict[asyncio.Task[Any], Any] = {}
        self.set_task_factory(self._new_task)  # type: ignore[arg-type]  # that one takes a context, too

    def time(self) -> float:
        return self._simulated.now

    def _write_to_self(self) -> None:
        """There is no other thread, and nobody to wake."""

    def _new_task(
        self, _: asyncio.AbstractEventLoop, coro: Coroutine[Any, Any, Any], **more: Any
    ) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = asyncio.Task(coro, loop=self, **more)
        if (owner := OWNER.get()) is not None:
            self._tasks[task] = owner
            task.add_done_callback(self._forget)
        return task

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._tasks.pop(task, None)

    def tasks_of(self, owner: object) -> list[asyncio.Task[Any]]:
        """What somebody has begun and not ended, in the order of beginning."""
        return [task for task, whose in self._tasks.items() if whose is owner]
