"""What people can ask of a decision that is there."""

from __future__ import annotations

from datetime import datetime

from bot.core import commands as c
from bot.core.commands import Command, command
from bot.core.keys import DecisionKey
from bot.core.text import t
from bot.features.decisions import content


@command(
    "decide show",
    t("Show a decision, whole"),
    also=("decision", "决策 查看", "决策 详情"),
    examples=("/decide show D-12", "/决策 查看 D-12"),
)
class ShowDecision(Command):
    decision: DecisionKey = c.decision_key()


@command(
    "decide history",
    t("Show what became of a decision, and what was changed in it"),
    also=("决策 历史",),
    examples=("/decide history D-12",),
)
class ShowHistory(Command):
    decision: DecisionKey = c.decision_key()
    skip: float = c.number(t("Skip"), default=0.0, in_form=False, is_listed=False)


@command(
    "decide supersede",
    t("Put another decision in the place of one"),
    also=("决策 取代", "决策 替代"),
    examples=(
        "/decide supersede D-12 Stay on 1.4 --why The fix is not ready",
        "/decide supersede D-12 --with D-15",
        "/决策 取代 D-12 先留在 1.4 --原因 修复还没好",
    ),
    submit=t("Put it in place"),
)
class SupersedeDecision(Command):
    decision: DecisionKey = c.decision_key()
    title: str = c.rest(t("What is decided instead?"), default="", max_length=content.LONGEST)
    why: str | None = content.why()
    by: DecisionKey | None = c.decision_option(
        t("A decision that is there already"), also=("with", "以", "用")
    )


@command(
    "decide deprecate",
    t("Say that a decision does not hold any more"),
    also=("决策 废止", "决策 作废"),
    examples=("/decide deprecate D-12 The system is gone", "/决策 废止 D-12 系统已下线"),
    submit=t("It does not hold any more"),
)
class DeprecateDecision(Command):
    decision: DecisionKey = c.decision_key()
    reason: str = c.rest(t("Why?"), max_length=5000)


@command(
    "decide amend",
    t("Change what a decision says; what it said before is kept"),
    also=("决策 修订", "决策 修改"),
    examples=(
        "/decide amend D-12 --why Errors began with 1.5 --tags database",
        "/决策 修订 D-12 --原因 1.5 上线后开始报错",
    ),
    details=t("Without anything to change, its form opens, filled in with what it says now."),
    draws=True,
    submit=t("Change it"),
)
class AmendDecision(Command):
    decision: DecisionKey = c.decision_key()
    title: str | None = c.text(
        t("What was decided?"), default=None, also=("标题",), max_length=content.LONGEST
    )
    why: str | None = content.why()
    instead_of: str | None = content.instead_of()
    context: str | None = content.context()
    drivers: str | None = content.drivers()
    options: str | None = content.options()
    consequences: str | None = content.consequences()
    confirmation: str | None = content.confirmation()
    evidence: str | None = content.evidence()
    tags: str | None = content.tags()
    items: str | None = content.items()
    answers: tuple[tuple[str, str], ...] = c.answers(default=())


@command(
    "decide review",
    t("Say when to ask whether a decision is still valid"),
    also=("决策 复审",),
    examples=("/decide review D-12 in 3 months", "/决策 复审 D-12 下个月1号"),
)
class SetReview(Command):
    decision: DecisionKey = c.decision_key()
    at: datetime = c.when(t("When?"), positional=True)


@command(
    "decide valid",
    t("Say that a decision is still valid"),
    also=("决策 有效",),
    examples=("/decide valid D-12", "/decide valid D-12 --again in 3 months"),
)
class ConfirmDecision(Command):
    decision: DecisionKey = c.decision_key()
    again: datetime | None = c.when(t("Ask again"), default=None, also=("再问",))
