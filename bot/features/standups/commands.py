"""What people can ask of stand-ups."""

from __future__ import annotations

from datetime import datetime

from bot.core import commands as c
from bot.core.commands import Command, Option, command
from bot.core.keys import RoomKey
from bot.core.text import t

CLOCKS = (
    Option("room", t("The room's"), ("群", "本群")),
    Option("person", t("Everybody's own"), ("own", "each", "个人", "各自")),
)
WHO = (
    Option("members", t("All members of the room"), ("all", "everyone", "全部", "所有人", "成员")),
    Option("chosen", t("Only those named below"), ("only", "指定", "选定")),
    Option("except", t("All but those named below"), ("but", "除外", "排除")),
)
PLACES = (
    Option("form", t("In a form"), ("表单",)),
    Option("dm", t("In a direct message, one question at a time"), ("direct", "私聊", "逐个")),
    Option("thread", t("Straight in the thread"), ("话题", "线程")),
)
MISSING = (
    Option("nothing", t("Say nothing of them"), ("none", "不提", "不显示")),
    Option("named", t("Name them"), ("name", "列出", "列名")),
    Option("mentioned", t("Mention them"), ("mention", "提醒", "艾特")),
)
TEMPLATES = (
    Option("daily", t("Daily stand-up"), ("standup", "日会", "每日")),
    Option("review", t("Review of an iteration"), ("retro", "iteration", "回顾", "迭代回顾")),
)
LAYOUTS = (
    Option("person", t("By person"), ("people", "按人")),
    Option("question", t("By question"), ("questions", "按问题")),
)
YES_OR_NO = (
    Option("yes", t("yes"), ("y", "true", "on", "是")),
    Option("no", t("no"), ("n", "false", "off", "否")),
)
COPIES = (
    Option("here", t("This channel"), ("这里", "本群")),
    Option("off", t("No copy"), ("none", "no copy", "无", "关闭", "不抄送")),
)
FORMATS = (
    Option("md", t("Markdown"), ("markdown",)),
    Option("csv", t("CSV (spreadsheet)"), ("excel",)),
    Option("json", t("JSON")),
    Option("xlsx", t("Excel workbook"), ("工作簿",)),
)


def _name() -> str:
    found: str = c.text(
        t("Name, if the room has several"),
        default="",
        also=("名称",),
        max_length=40,
        one_line=True,
        in_form=False,
    )
    return found


@command(
    "standup answer",
    t("Answer the stand-up"),
    also=("站会", "站会 回答", "站会 填写"),
    examples=("/standup", "/站会"),
    details=t(
        "One form for all your rooms. While it is open you can change your answer; after it has "
        "closed your answer is added as late."
    ),
    bare=True,
    draws=True,
)
class AnswerStandup(Command):
    #: The runs that the form is about, and whose form it is: "12 13" and "4".
    runs: str = c.text(t("Stand-up"), default="", in_form=False, is_listed=False, max_length=1000)
    whose: str = c.text(t("Who"), default="", in_form=False, is_listed=False)
    answers: tuple[tuple[str, str], ...] = c.answers(default=())


@command(
    "standup setup",
    t("Set up a room's stand-up"),
    also=("standup new", "standup create", "站会 设置", "站会 新建"),
    examples=(
        "/standup setup 09:30 --closes 11:00",
        "/standup setup 16:00 --name review --days FREQ=WEEKLY;INTERVAL=2;BYDAY=FR",
        "/站会 设置 09:30 --关闭 11:00 --时钟 个人",
    ),
    details=t(
        "Asks everybody in the room on every working day, and keeps the answers in a thread. "
        "A room can have several stand-ups, each with a name of its own."
    ),
    asks=True,
    submit=t("Set up"),
)
class SetUpStandup(Command):
    opens: str = c.rest(t("Opens at"), default="09:30", max_length=20)
    closes: str = c.text(
        t("Closes at, or after"),
        default="11:00",
        also=("关闭", "截止"),
        max_length=20,
        hint=t("A time of day, or how long: 11:00, 90m, 8h"),
    )
    clock: str = c.choice(t("Whose clock"), CLOCKS, default="room", also=("时钟",))
    zone: str = c.text(
        t("Time zone of the room"),
        default="",
        also=("时区",),
        max_length=60,
        hint=t("Empty: as the room has it"),
    )
    days: str = c.text(
        t("On which days"),
        default="workdays",
        also=("日期",),
        max_length=200,
        hint=t("workdays, days of the week, or an RRULE"),
    )
    who: str = c.choice(t("Who takes part"), WHO, default="members", also=("参与",))
    people: tuple[int, ...] = c.people(t("These people"), default=(), also=("成员",))
    template: str = c.choice(t("Kind of questions"), TEMPLATES, default="daily", also=("模板",))
    questions: str = c.long(
        t("Questions, one a line"),
        default="",
        also=("问题",),
        hint=t("A * at the end: it has to be answered. Empty: the usual ones"),
    )
    place: str = c.choice(t("Where people answer"), PLACES, default="form", also=("方式",))
    missing: str = c.choice(
        t("Of those who have not answered"), MISSING, default="named", also=("未答",)
    )
    remind: str = c.choice(
        t("Remind the missing before it closes"), YES_OR_NO, default="yes", also=("提醒",)
    )
    layout: str = c.choice(t("The report is ordered"), LAYOUTS, default="person", also=("排列",))
    name: str = c.text(
        t("Name, if the room has several"), default="", also=("名称",), max_length=40
    )
    room: RoomKey | None = c.room_key(default=None, positional=False)


@command(
    "standup edit",
    t("Change a room's stand-up"),
    also=("standup change", "站会 修改", "站会 编辑"),
    examples=("/standup edit --opens 10:00 --closes 11:30", "/站会 修改 --未答 不提"),
    details=t("A run that is open goes on as it began; the next one is as you say."),
    draws=True,
    submit=t("Save"),
)
class EditStandup(Command):
    opens: str | None = c.text(t("Opens at"), default=None, also=("开始",), max_length=20)
    closes: str | None = c.text(
        t("Closes at, or after"), default=None, also=("关闭", "截止"), max_length=20
    )
    clock: str | None = c.choice(t("Whose clock"), CLOCKS, default=None, also=("时钟",))
    zone: str | None = c.text(
        t("Time zone of the room"), default=None, also=("时区",), max_length=60
    )
    days: str | None = c.text(t("On which days"), default=None, also=("日期",), max_length=200)
    who: str | None = c.choice(t("Who takes part"), WHO, default=None, also=("参与",))
    people: tuple[int, ...] = c.people(t("These people"), default=(), also=("成员",))
    questions: str | None = c.long(t("Questions, one a line"), default=None, also=("问题",))
    place: str | None = c.choice(t("Where people answer"), PLACES, default=None, also=("方式",))
    missing: str | None = c.choice(
        t("Of those who have not answered"), MISSING, default=None, also=("未答",)
    )
    remind: str | None = c.choice(
        t("Remind the missing before it closes"), YES_OR_NO, default=None, also=("提醒",)
    )
    layout: str | None = c.choice(t("The report is ordered"), LAYOUTS, default=None, also=("排列",))
    copy: str | None = c.choice(
        t("Post the report here too"), COPIES, default=None, also=("抄送",), in_form=False
    )
    name: str = _name()
    room: RoomKey | None = c.room_key(default=None)


@command(
    "standup show",
    t("Show a room's stand-ups"),
    also=("站会 查看",),
    examples=("/standup show",),
    form=False,
)
class ShowStandup(Command):
    room: RoomKey | None = c.room_key(default=None)


@command(
    "standup pause",
    t("Pause a room's stand-up"),
    also=("站会 暂停",),
    examples=("/standup pause",),
    form=False,
)
class PauseStandup(Command):
    room: RoomKey | None = c.room_key(default=None)
    name: str = _name()


@command(
    "standup resume",
    t("Go on with a paused stand-up"),
    also=("站会 恢复", "站会 继续"),
    examples=("/standup resume",),
    form=False,
)
class ResumeStandup(Command):
    room: RoomKey | None = c.room_key(default=None)
    name: str = _name()


@command(
    "standup remove",
    t("Remove a room's stand-up; what was answered is kept"),
    also=("standup delete", "站会 删除"),
    examples=("/standup remove",),
    form=False,
)
class RemoveStandup(Command):
    room: RoomKey | None = c.room_key(default=None)
    name: str = _name()


@command(
    "standup skip",
    t("Skip today's stand-up"),
    also=("站会 跳过",),
    examples=("/standup skip", "/standup skip Workshop all day", "/站会 跳过 今天培训"),
    details=t("In a room, that room's; elsewhere, all of yours. Why stands in the report."),
    form=False,
)
class SkipStandup(Command):
    note: str = c.rest(t("Why?"), default="", max_length=300, one_line=True)


@command(
    "standup away",
    t("Say that you are away"),
    also=("away", "站会 请假", "站会 离开", "请假"),
    examples=("/standup away 3d", "/standup away until Dec 4", "/站会 请假 3天"),
    details=t(
        "For so many days from today, or until a date, that one included. Nothing asks you, and "
        "nobody counts you as missing. Why, only you can see."
    ),
    asks=True,
)
class GoAway(Command):
    until: str = c.rest(
        t("For how long, or until when"),
        default="1d",
        max_length=100,
        hint=t("3d, until Friday, until 2026-12-04"),
    )
    begins: datetime | None = c.when(t("First day"), default=None, also=("从",))
    why: str = c.text(t("Why?"), default="", also=("原因",), max_length=300)


@command(
    "standup back",
    t("Say that you are back"),
    also=("back", "站会 回来", "销假"),
    examples=("/standup back",),
    form=False,
)
class ComeBack(Command):
    pass


@command(
    "standup report",
    t("Show the report of a day"),
    also=("站会 报告", "站会 日报"),
    examples=("/standup report", "/standup report 2026-11-20", "/站会 报告 昨天"),
    form=False,
)
class ShowReport(Command):
    day: str = c.rest(t("Day"), default="", max_length=60)
    room: RoomKey | None = c.room_key(default=None, positional=False)
    name: str = _name()


@command(
    "standup history",
    t("Show a stand-up's last days"),
    also=("站会 历史",),
    examples=("/standup history",),
    form=False,
)
class ShowHistory(Command):
    room: RoomKey | None = c.room_key(default=None)
    name: str = _name()


@command(
    "export standups",
    t("Export stand-up answers as a file"),
    also=("导出 站会",),
    examples=("/export standups --format xlsx --since 2026-11-01", "/导出 站会 --格式 csv"),
    details=t("In a room, that room's answers; elsewhere, your own."),
)
class ExportStandups(Command):
    format: str = c.choice(t("Format"), FORMATS, default="md", also=("格式",))
    since: str = c.text(t("From which day on"), default="", also=("从",), max_length=40)
    room: RoomKey | None = c.room_key(default=None, positional=False, in_form=True)


@command(
    "muster privacy",
    t("Show what stand-ups keep of you, and take it with you or delete it"),
    also=("集结 隐私",),
    examples=("/muster privacy",),
    form=False,
)
class ShowPrivacy(Command):
    pass


@command(
    "muster privacy export",
    t("Get everything that you have answered as a file"),
    also=("集结 隐私 导出",),
    form=False,
)
class ExportMine(Command):
    pass


@command(
    "muster privacy delete",
    t("Delete everything that you have answered"),
    also=("集结 隐私 删除",),
    form=False,
)
class DeleteMine(Command):
    sure: bool = c.flag(t("I am sure"), default=False, also=("确定",))
