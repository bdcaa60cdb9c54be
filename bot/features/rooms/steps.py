"""The steps that Muster dispatches itself: what follows an effect, and what time makes happen."""

from __future__ import annotations

from bot.core.commands import Step, step
from bot.core.effects import Failure, Receipt


@step("rooms channel created")
class ChannelCreated(Step):
    room: int
    #: How many names have been tried.
    tries: int = 1
    receipt: Receipt | Failure | None = None


@step("rooms people invited")
class PeopleInvited(Step):
    room: int
    receipt: Receipt | Failure | None = None


@step("rooms card posted")
class CardPosted(Step):
    room: int
    receipt: Receipt | Failure | None = None


@step("rooms card pinned")
class CardPinned(Step):
    room: int
    receipt: Receipt | Failure | None = None


@step("rooms announced")
class Announced(Step):
    room: int
    receipt: Receipt | Failure | None = None


@step("rooms more invited")
class MoreInvited(Step):
    room: int
    by: int
    people: tuple[int, ...]
    receipt: Receipt | Failure | None = None


@step("rooms update due")
class UpdateDue(Step):
    room: int


@step("rooms archive due")
class ArchiveDue(Step):
    room: int


@step("rooms archived")
class Archived(Step):
    room: int
    receipt: Receipt | Failure | None = None
