"""The steps that Muster dispatches itself."""

from __future__ import annotations

from bot.core.commands import Step, step
from bot.core.effects import Failure, Receipt


@step("capture message read")
class MessageRead(Step):
    capture: int
    receipt: Receipt | Failure | None = None


@step("capture refused")
class CaptureRefused(Step):
    capture: int
