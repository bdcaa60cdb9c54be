"""What people can ask of proposals."""

from __future__ import annotations

from datetime import datetime

from bot.core import commands as c
from bot.core.commands import Command, command
from bot.core.keys import DecisionKey, RoomKey
from bot.core.text import t
from bot.features.decisions import content


@command(
    "decide propose",
    t("Propose a decision, for others to agree to"),
    also=("decide proposal", "决策 提议", "决策 提案"),
    examples=(
        "/decide propose Roll back to 1.4 --approvers @bob @chen --quorum all --deadline tomorrow",
        "/决策 提议 回滚到 1.4 --审批人 @bob @chen --通过 任一 --截止 明天下午5点",
    ),
    details=t(
        "It is accepted as soon as enough approvers agree and every objection has been answered. "
        "At the deadline it is rejected if somebody objected, else it expires."
    ),
    submit=t("Propose"),
)
class ProposeDecision(Command):
    title: str = content.title()
    approvers: tuple[int, ...] = c.people(t("Approvers"), also=("审批人", "审批"))
    quorum: str = c.text(
        t("How many must agree?"),
        default="all",
        also=("通过", "法定人数"),
        hint=t("all, any, lead (the lead of the room decides), or a number"),
    )
    deadline: datetime | None = c.when(
        t("Deadline"),
        default=None,
        also=("截止", "期限"),
        hint=t("Three days from now if you do not say."),
    )
    why: str | None = content.why()
    instead_of: str | None = content.instead_of()
    context: str | None = content.context()
    drivers: str | None = content.drivers()
    options: str | None = content.options()
    consequences: str | None = content.consequences()
    confirmation: str | None = content.confirmation()
    evidence: str | None = content.evidence()
    makers: tuple[int, ...] = content.makers()
    consulted: tuple[int, ...] = content.consulted()
    informed: tuple[int, ...] = content.informed()
    owner: int | None = content.owner()
    tags: str | None = content.tags()
    items: str | None = content.items()
    review: datetime | None = content.review()
    supersedes: DecisionKey | None = c.decision_option(
        t("In place of which decision?"), also=("取代", "替代")
    )
    room: RoomKey | None = c.room_key(default=None, positional=False)
    source: str | None = c.source(default=None)


@command(
    "decide agree",
    t("Agree to a proposal"),
    also=("决策 同意", "决策 赞成"),
    examples=("/decide agree D-12", "/决策 同意 D-12"),
)
class Agree(Command):
    decision: DecisionKey = c.decision_key()
    reason: str = c.rest(t("Remark"), default="", max_length=5000)


@command(
    "decide object",
    t("Object to a proposal, and say why"),
    also=("决策 反对",),
    examples=("/decide object D-12 Nobody has tested it", "/决策 反对 D-12 还没人测过"),
    submit=t("Object"),
)
class Object(Command):
    decision: DecisionKey = c.decision_key()
    reason: str = c.rest(t("Why do you object?"), max_length=5000)


@command(
    "decide abstain",
    t("Abstain from a proposal"),
    also=("决策 弃权",),
    examples=("/decide abstain D-12",),
)
class Abstain(Command):
    decision: DecisionKey = c.decision_key()
    reason: str = c.rest(t("Remark"), default="", max_length=5000)


@command(
    "decide answer",
    t("Answer an objection"),
    also=("决策 回应", "决策 答复"),
    examples=("/decide answer D-12 @bob It was tested on Monday",),
    submit=t("Answer"),
)
class AnswerObjection(Command):
    decision: DecisionKey = c.decision_key()
    who: int | None = c.person(t("Whose objection?"), default=None, positional=True)
    answer: str = c.rest(t("What do you answer?"), max_length=5000)


@command(
    "decide withdraw",
    t("Take a proposal back"),
    also=("决策 撤回",),
    examples=("/decide withdraw D-12 We wait for the vendor",),
    submit=t("Take it back"),
)
class WithdrawProposal(Command):
    decision: DecisionKey = c.decision_key()
    reason: str = c.rest(t("Why?"), default="", max_length=5000)
