"""Steps of Muster's own in a stand-up."""

from __future__ import annotations

from bot.core.commands import Step, step
from bot.core.effects import Failure, Receipt


@step("standups due")
class RunDue(Step):
    """Something of a run is due: it opens, somebody is asked or reminded, it closes."""

    run: int


@step("standups posted")
class RootPosted(Step):
    """The message that a run's thread stands below is there, or cannot be."""

    run: int
    receipt: Receipt | Failure | None = None


@step("standups asked")
class PersonAsked(Step):
    """Somebody was sent what they are asked, or cannot be."""

    run: int
    person: int
    receipt: Receipt | Failure | None = None


@step("standups said")
class SaidInWords(Step):
    """Somebody answered in words of their own: in the thread, or one question in a conversation."""

    run: int
    text: str
