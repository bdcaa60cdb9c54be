"""What administrators can ask of what did not arrive; and what time asks for them."""

from __future__ import annotations

from datetime import datetime

from bot.core import commands as c
from bot.core.commands import Command, Needs, Step, command, step
from bot.core.effects import Failure, Receipt
from bot.core.text import t


@command(
    "muster outbox",
    t("Show what could not be delivered"),
    also=("集结 发件箱", "集结 未送达"),
    examples=("/muster outbox", "/集结 发件箱"),
    details=t(
        "It never shows what is in a message. Trying again doubles nothing: where the platform can "
        "be asked, I ask first whether it has arrived after all."
    ),
    needs=Needs.ADMIN,
    form=False,
)
class ShowOutbox(Command):
    after: float = c.number(t("After"), default=0.0, in_form=False, is_listed=False)


@command(
    "muster outbox retry",
    t("Try again to deliver something, or all of it"),
    also=("集结 发件箱 重试",),
    examples=("/muster outbox retry 42", "/muster outbox retry --all", "/集结 发件箱 重试 42"),
    needs=Needs.ADMIN,
    form=False,
)
class RetryEffect(Command):
    number: float | None = c.number(t("Number"), default=None, positional=True)
    all: bool = c.flag(t("All"), default=False, also=("全部",))


@command(
    "muster outbox drop",
    t("Give up something that could not be delivered"),
    also=("集结 发件箱 放弃",),
    examples=("/muster outbox drop 42", "/集结 发件箱 放弃 42"),
    needs=Needs.ADMIN,
    form=False,
)
class DropEffect(Command):
    number: float = c.number(t("Number"), positional=True)


@step("muster outbox tell")
class TellFailed(Step):
    """Something has failed for good: say so, if anything that failed since then still has."""

    since: datetime


@step("muster outbox told")
class FailedTold(Step):
    """That administrators were told, or could not be, ends there: it is no news of its own."""

    receipt: Receipt | Failure | None = None
