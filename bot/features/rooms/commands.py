"""What people can ask of war rooms."""

from __future__ import annotations

from datetime import datetime

from bot.core import commands as c
from bot.core.commands import Command, Needs, Option, command
from bot.core.keys import RoomKey
from bot.core.text import t
from bot.features.rooms.tables import Status

SEVERITIES = (
    Option(1, t("1 · critical"), ("sev1", "s1", "p1", "critical", "一级", "1级", "严重")),
    Option(2, t("2 · high"), ("sev2", "s2", "p2", "high", "二级", "2级", "高")),
    Option(3, t("3 · medium"), ("sev3", "s3", "p3", "medium", "三级", "3级", "中")),
    Option(4, t("4 · low"), ("sev4", "s4", "p4", "low", "四级", "4级", "低")),
)
STATUSES = (
    Option(Status.INVESTIGATING, t("Investigating"), ("调查中", "排查中", "定位中")),
    Option(Status.MITIGATING, t("Mitigating"), ("止损中", "缓解中", "止血中", "处理中")),
    Option(Status.MONITORING, t("Monitoring"), ("观察中", "监控中")),
    Option(Status.RESOLVED, t("Resolved"), ("已解决", "解决")),
)
SPEECHES = (
    Option("en", t("English"), ("english", "英文", "英语")),
    Option("zh", t("Chinese"), ("chinese", "中文", "汉语")),
    Option("both", t("English and Chinese"), ("双语", "中英")),
)


@command(
    "warroom open",
    t("Open a war room"),
    also=("warroom new", "warroom create", "攻关 开", "攻关 新建", "攻关 打开"),
    examples=(
        "/warroom open Payment timeouts --severity 1 @bob @chen",
        "/攻关 开 支付超时 级别1 @bob @chen",
    ),
    details=t(
        "Makes a channel, brings the people in, pins a summary card that stays up to date, and "
        "says so where it was opened. A private room shows itself to its members only."
    ),
    bare=True,
    submit=t("Open the room"),
    needs=Needs.INSIDER,
)
class OpenRoom(Command):
    title: str = c.rest(t("What is the problem?"), max_length=150, one_line=True)
    severity: int = c.choice(t("Severity"), SEVERITIES, default=3, also=("级别", "严重级别"))
    goal: str | None = c.text(t("Goal"), default=None, also=("目标",), max_length=300)
    lead: int | None = c.person(t("Lead"), default=None, also=("负责人", "组长"))
    people: tuple[int, ...] = c.people(t("People"), default=(), also=("成员",), positional=True)
    private: bool = c.flag(t("Private"), default=False, also=("私密",))
    language: str | None = c.choice(
        t("Language of the room"), SPEECHES, default=None, also=("语言",), in_form=False
    )


@command(
    "warroom retry",
    t("Try the opening of a room again"),
    also=("攻关 重试",),
    form=False,
)
class RetryOpening(Command):
    room: RoomKey | None = c.room_key(default=None)


@command(
    "warroom join", t("Join a war room"), also=("攻关 加入",), examples=("/warroom join WR-7",)
)
class JoinRoom(Command):
    room: RoomKey | None = c.room_key(default=None, in_form=True)


@command("warroom leave", t("Leave a war room"), also=("攻关 退出", "攻关 离开"))
class LeaveRoom(Command):
    room: RoomKey | None = c.room_key(default=None)


@command(
    "warroom invite",
    t("Bring people into a war room"),
    also=("攻关 邀请",),
    examples=("/warroom invite @bob @chen",),
)
class InvitePeople(Command):
    room: RoomKey | None = c.room_key(default=None)
    people: tuple[int, ...] = c.people(t("People"), positional=True)


@command(
    "warroom lead",
    t("Say who leads"),
    also=("攻关 负责人", "攻关 组长"),
    examples=("/warroom lead @bob",),
)
class SetLead(Command):
    room: RoomKey | None = c.room_key(default=None)
    lead: int = c.person(t("Lead"), positional=True)


@command(
    "warroom severity",
    t("Change the severity"),
    also=("攻关 级别",),
    examples=("/warroom severity 1", "/攻关 级别 1"),
)
class SetSeverity(Command):
    room: RoomKey | None = c.room_key(default=None)
    severity: int = c.choice(t("Severity"), SEVERITIES, positional=True)


@command(
    "warroom status",
    t("Say where things stand"),
    also=("攻关 状态", "攻关 进展"),
    examples=(
        "/warroom status mitigating Rolled back to 1.4 --next in 2 hours",
        "/攻关 状态 缓解中 已回滚到 1.4 --下次更新 两小时后",
    ),
    details=t("With --next you promise the next update; the room is reminded when it is due."),
    submit=t("Post the update"),
    asks=True,
)
class SetStatus(Command):
    room: RoomKey | None = c.room_key(default=None)
    status: Status | None = c.choice(t("Status"), STATUSES, default=None, positional=True)
    text: str = c.rest(t("What has changed?"), default="", max_length=3000)
    next: datetime | None = c.when(t("Next update by"), default=None, also=("下次更新", "下次"))


@command(
    "warroom goal",
    t("Set a goal that can be measured"),
    also=("攻关 目标",),
    examples=(
        "/warroom goal p99 latency --unit ms --from 1200 --to 300 --due friday",
        "/攻关 目标 支付成功率 --单位 % --从 92 --到 99.5 --截止 下周五",
    ),
    submit=t("Set the goal"),
)
class SetGoal(Command):
    room: RoomKey | None = c.room_key(default=None)
    metric: str = c.rest(t("What is measured?"), max_length=300)
    unit: str | None = c.text(t("Unit"), default=None, also=("单位",), max_length=20)
    baseline: float | None = c.number(t("From"), default=None, also=("from", "从", "基线"))
    target: float | None = c.number(t("To"), default=None, also=("to", "到", "目标"))
    due: datetime | None = c.when(t("By when"), default=None, also=("by", "截止", "期限"))


@command(
    "warroom reading",
    t("Record a measurement of the goal"),
    also=("攻关 读数", "攻关 测量"),
    examples=("/warroom reading 640",),
)
class RecordReading(Command):
    room: RoomKey | None = c.room_key(default=None)
    value: float = c.number(t("Value"), positional=True)


@command(
    "warroom rename",
    t("Give a room another title"),
    also=("攻关 改名", "攻关 重命名"),
    examples=("/warroom rename Payment timeouts in the EU",),
)
class RenameRoom(Command):
    room: RoomKey | None = c.room_key(default=None)
    title: str = c.rest(t("Title"), max_length=150, one_line=True)


@command(
    "warroom handover",
    t("Hand the lead over, with where things stand"),
    also=("攻关 交接",),
    examples=("/warroom handover @bob The fix is deployed, watch the error rate until noon",),
    submit=t("Hand over"),
)
class HandOver(Command):
    room: RoomKey | None = c.room_key(default=None)
    to: int = c.person(t("To whom"), positional=True)
    note: str = c.rest(t("What should they know?"), default="", max_length=3000)


@command(
    "warroom note",
    t("Write a line on the timeline"),
    also=("攻关 记", "攻关 记录", "攻关 备注"),
    examples=("/warroom note The gateway was restarted at 14:05",),
    on_message=t("Add to timeline"),
    at_once=True,
    emoji=("pushpin", "round_pushpin"),
)
class AddNote(Command):
    room: RoomKey | None = c.room_key(default=None)
    text: str = c.rest(t("Note"), max_length=3000, quotes="all")
    source: str | None = c.source(default=None)


@command("warroom timeline", t("Show the timeline"), also=("攻关 时间线",), form=False)
class ShowTimeline(Command):
    room: RoomKey | None = c.room_key(default=None)
    before: float | None = c.number(t("Before"), default=None, in_form=False, is_listed=False)


SCOPES = (
    Option("open", t("Open"), ("未关闭", "进行中")),
    Option("mine", t("Mine"), ("我的",)),
    Option("closed", t("Closed"), ("已关闭",)),
    Option("all", t("All"), ("全部", "所有")),
)


@command(
    "warroom list",
    t("List war rooms"),
    also=("warroom ls", "攻关 列表"),
    examples=("/warroom list mine", "/warroom list all --severity 1", "/攻关 列表 我的"),
    form=False,
)
class ListRooms(Command):
    scope: str = c.choice(t("Which"), SCOPES, default="open", positional=True)
    severity: int | None = c.choice(t("Severity"), SEVERITIES, default=None, also=("级别",))
    status: Status | None = c.choice(t("Status"), STATUSES, default=None, also=("状态",))
    before: float | None = c.number(t("Before"), default=None, in_form=False, is_listed=False)


@command(
    "warroom find",
    t("Find war rooms by words"),
    also=("攻关 找", "攻关 查找", "攻关 搜索"),
    examples=("/warroom find payment",),
)
class FindRooms(Command):
    words: str = c.rest(t("Words"), max_length=100)
    before: float | None = c.number(t("Before"), default=None, in_form=False, is_listed=False)


@command(
    "warroom close",
    t("Close a war room"),
    also=("攻关 关闭", "攻关 关"),
    examples=("/warroom close Connection pool enlarged, alert added",),
    details=t("Needs a sentence on how it was resolved. Says first what is still open."),
    submit=t("Close the room"),
)
class CloseRoom(Command):
    room: RoomKey | None = c.room_key(default=None)
    resolution: str = c.rest(t("How was it resolved?"), max_length=3000)
    anyway: bool = c.flag(t("Even if something is still open"), default=False, also=("强制",))
    #: How often the room had been closed when this was asked, on the button that confirms it.
    closings: float | None = c.number(
        t("Times closed"), default=None, in_form=False, is_listed=False
    )


@command(
    "warroom reopen",
    t("Open a closed war room again"),
    also=("攻关 重开", "攻关 重新打开"),
    examples=("/warroom reopen WR-7 The timeouts are back",),
    submit=t("Reopen"),
)
class ReopenRoom(Command):
    room: RoomKey | None = c.room_key(default=None)
    reason: str = c.rest(t("Why?"), max_length=1000)
