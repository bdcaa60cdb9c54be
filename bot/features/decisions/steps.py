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


@step("decisions export told")
class ExportTold(Step):
    """As ExportSent, of what is no log: some decisions only, or for one person alone."""

    by: int
    room: int | None = None
    receipt: Receipt | Failure | None = None


@step("decisions bookmarked")
class Bookmarked(Step):
    room: int
    receipt: Receipt | Failure | None = None


@step("decisions review due")
class ReviewDue(Step):
    """The row `decision` is to be looked at again."""

    decision: int


@step("decisions reminder due")
class ReminderDue(Step):
    """Those who have not voted on the row `decision` are reminded."""

    decision: int


@step("decisions deadline due")
class DeadlineDue(Step):
    """The proposal in the row `decision` is closed."""

    decision: int


@step("decisions checkpoint due")
class CheckpointDue(Step):
    """The row `checkpoint` is due, or will be in a day (`is_early`)."""

    checkpoint: int
    is_early: bool = False


@step("decisions digest due")
class DigestDue(Step):
    """The week's decisions are posted."""
