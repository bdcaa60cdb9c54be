"""Answering a pressed button in time, by whichever way it came in.

A callback (`card.action.trigger`) must be answered within 3 s and is never delivered again: the
person is told something in time, and what takes longer follows (documented: "Handle callbacks").
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import structlog

from bot.core.chat import Card, Tone, line
from bot.core.errors import Unavailable, Unreadable
from bot.core.i18n import plain
from bot.core.text import Msg, Reader, t

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Reply:
    """What answers a callback."""

    body: dict[str, Any] = field(default_factory=dict)
    #: What is told where the body came too late: what it says by a toast alone. None where it
    #: redraws the card, and where what there is to see is on its way already.
    told: Card | None = None
    reader: Reader = Reader("both")  # noqa: RUF009  a constant


#: Takes the body of an event or callback in, durably; what it returns answers a callback.
#: Raises `Unavailable`: nothing was accepted, the platform must deliver it again.
Deliver = Callable[[dict[str, Any]], Awaitable[Reply | None]]
#: Is handed a callback's body and its answer when that came too late to be the answer.
Late = Callable[[dict[str, Any], Reply], Awaitable[None]]
CALLBACK = "card.action.trigger"
#: Seconds after which a callback is answered in any case; the platform waits 3.
PATIENCE = 2.5

STILL_WORKING = t("Still working on it…")
TRY_AGAIN = t("That did not work just now, and nothing was changed. Please try again.")


def is_callback(body: dict[str, Any]) -> bool:
    """Whether somebody waits for the answer."""
    header = body.get("header")
    return isinstance(header, dict) and header.get("event_type") == CALLBACK


def toast(text: Msg, kind: Literal["info", "success", "warning", "error"]) -> dict[str, Any]:
    """The answer to a callback that shows a line for a moment, in each reader's language."""
    english, chinese = (plain(text, Reader(lang)) for lang in ("en", "zh"))
    i18n = {"en_us": english, "zh_cn": chinese}
    return {"toast": {"type": kind, "content": chinese, "i18n": i18n}}


def _failed() -> Reply:
    return Reply(toast(TRY_AGAIN, "error"), line(TRY_AGAIN, Tone.WARNING))


class Callbacks:
    """The callbacks in hand."""

    def __init__(
        self, deliver: Deliver, late: Late | None = None, *, patience: float = PATIENCE
    ) -> None:
        self._deliver = deliver
        self._late = late
        self._patience = patience
        self._in_hand: set[asyncio.Task[Any]] = set()

    async def answer(self, body: dict[str, Any]) -> dict[str, Any]:
        """What the person sees now, at most `patience` seconds later. Never raises."""
        task = asyncio.create_task(self._take(body))
        self._hold(task)
        done, _ = await asyncio.wait({task}, timeout=self._patience)
        if done:
            return task.result().body
        log.info("feishu.callback_late", seconds=self._patience)
        self._hold(asyncio.create_task(self._follow(body, task)))
        return toast(STILL_WORKING, "info")

    async def finish(self, patience: float) -> None:
        """Wait for what is in hand, then let go of the rest."""
        if self._in_hand:
            await asyncio.wait(self._in_hand, timeout=patience)
        for task in self._in_hand:
            task.cancel()

    def _hold(self, task: asyncio.Task[Any]) -> None:
        self._in_hand.add(task)
        task.add_done_callback(self._in_hand.discard)

    async def _take(self, body: dict[str, Any]) -> Reply:
        try:
            return await self._deliver(body) or Reply()
        except Unavailable:
            return _failed()
        except Unreadable as unreadable:
            log.warning("feishu.unreadable", reason=str(unreadable))
            return _failed()
        except Exception:
            log.exception("feishu.callback_failed")  # the person is waiting all the same
            return _failed()

    async def _follow(self, body: dict[str, Any], task: asyncio.Task[Reply]) -> None:
        result = await task
        if self._late is None:
            return
        try:
            await self._late(body, result)
        except Exception:
            log.exception("feishu.late_answer_failed")
