"""What people can ask of checkpoints."""

from __future__ import annotations

from datetime import datetime

from bot.core import commands as c
from bot.core.commands import Command, Option, command
from bot.core.keys import RoomKey
from bot.core.text import t
from bot.features.decisions import content
from bot.features.decisions.templates import TEMPLATES


@command(
    "checkpoint plan",
    t("Plan a decision that the room will have to make"),
    also=("checkpoint add", "锚点 计划", "锚点 新增", "决策锚点 计划"),
    examples=(
        "/checkpoint plan Go or no-go --due friday 5pm --approvers @bob @chen",
        "/锚点 计划 上线评审 --截止 周五下午5点 --证据 压测报告 --审批人 @bob",
    ),
    submit=t("Plan it"),
)
class PlanCheckpoint(Command):
    title: str = c.rest(t("What is to be decided?"), max_length=5000)
    due: datetime | None = c.when(t("By when?"), default=None, also=("截止", "期限"))
    evidence: str | None = c.long(
        t("What must be at hand?"), default=None, also=("证据", "依据"), max_length=5000
    )
    approvers: tuple[int, ...] = c.people(t("Approvers"), default=(), also=("审批人", "审批"))
    room: RoomKey | None = c.room_key(default=None, positional=False)


@command(
    "checkpoint template",
    t("Plan the checkpoints of a template"),
    also=("锚点 模板", "决策锚点 模板"),
    examples=("/checkpoint template launch --start tomorrow", "/锚点 模板 上线 --开始 明天"),
    details=t("Their dates are counted from the start, which is now if you do not say."),
    submit=t("Plan them"),
)
class UseTemplate(Command):
    template: str = c.choice(
        t("Template"),
        tuple(Option(each.name, each.title, each.words) for each in TEMPLATES),
        positional=True,
    )
    start: datetime | None = c.when(t("Start"), default=None, also=("开始",))
    approvers: tuple[int, ...] = c.people(t("Approvers"), default=(), also=("审批人", "审批"))
    room: RoomKey | None = c.room_key(default=None, positional=False)


@command(
    "checkpoint list",
    t("List checkpoints"),
    also=("锚点 列表", "决策锚点 列表"),
    examples=("/checkpoint list", "/锚点 列表"),
    bare=True,
    form=False,
)
class ListCheckpoints(Command):
    room: RoomKey | None = c.room_key(default=None)


@command(
    "checkpoint pass",
    t("Make the decision of a checkpoint, or have its approvers make it"),
    also=("锚点 通过", "决策锚点 通过"),
    examples=("/checkpoint pass 2 Go --evidence Load test report, 400 requests a second",),
    submit=t("Decide"),
)
class PassCheckpoint(Command):
    number: float = c.number(t("Checkpoint"), positional=True)
    outcome: str = c.rest(t("What is decided?"), max_length=content.LONGEST)
    evidence: str | None = content.evidence()
    why: str | None = content.why()
    room: RoomKey | None = c.room_key(default=None, positional=False)


@command(
    "checkpoint waive",
    t("Do without a checkpoint, and say why"),
    also=("锚点 豁免", "决策锚点 豁免"),
    examples=("/checkpoint waive 2 The vendor signed it off", "/锚点 豁免 2 供应商已签字"),
    details=t("Only the lead can. The name and the reason are kept."),
    submit=t("Do without it"),
)
class WaiveCheckpoint(Command):
    number: float = c.number(t("Checkpoint"), positional=True)
    reason: str = c.rest(t("Why is it not needed?"), max_length=5000)
    room: RoomKey | None = c.room_key(default=None, positional=False)


@command(
    "checkpoint move",
    t("Say when a checkpoint is due"),
    also=("锚点 改期", "决策锚点 改期"),
    examples=("/checkpoint move 2 next friday", "/锚点 改期 2 下周五"),
)
class MoveCheckpoint(Command):
    number: float = c.number(t("Checkpoint"), positional=True)
    due: datetime = c.when(t("By when?"), positional=True)
    room: RoomKey | None = c.room_key(default=None, positional=False)
