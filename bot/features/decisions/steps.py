"""The steps that Muster dispatches itself: what follows when an export was delivered."""

from __future__ import annotations

from bot.core.commands import Step, step
from bot.core.effects import Failure, Receipt


@step("decisions export sent")
class ExportSent(Step):
    """To a room. `number` is the last decision that it has for certain; `by` asked for it.

    The link of what only programs read is not kept at the top of the channel.
    """

    room: int
    number: int
    by: int | None = None
    is_readable: bool = True
    receipt: Receipt | Failure | None = None


@step("decisions bookmarked")
class Bookmarked(Step):
    room: int
    receipt: Receipt | Failure | None = None
