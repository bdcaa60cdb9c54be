"""What people can ask of decisions."""

from __future__ import annotations

from bot.core import commands as c
from bot.core.commands import Command, Option, command
from bot.core.keys import RoomKey
from bot.core.text import t


@command(
    "decide",
    t("Record a decision"),
    also=("决策", "决定"),
    examples=(
        "/decide Roll back to 1.4 --why Errors began with 1.5 --instead-of Hotfix",
        "/决策 回滚到 1.4 --原因 1.5 上线后开始报错 --而非 热修复",
    ),
    submit=t("Record"),
    on_message=t("Record a decision"),
    emoji=("scales", "hammer"),
)
class RecordDecision(Command):
    title: str = c.rest(t("What was decided?"), max_length=50_000, quotes="first")
    why: str | None = c.long(
        t("Why?"), default=None, also=("原因", "理由"), max_length=50_000, quotes="rest"
    )
    instead_of: str | None = c.long(
        t("Instead of what?"), default=None, also=("而非", "而不是"), max_length=50_000
    )
    room: RoomKey | None = c.room_key(default=None, positional=False)
    source: str | None = c.source(default=None)


@command(
    "decisions",
    t("List decisions"),
    also=("决策列表", "决策记录"),
    examples=("/decisions", "/decisions --room WR-7"),
    details=t("In a room, that room's decisions; elsewhere, all that you may see."),
    form=False,
)
class ListDecisions(Command):
    room: RoomKey | None = c.room_key(default=None)
    before: float | None = c.number(t("Before"), default=None, in_form=False, is_listed=False)


FORMATS = (
    Option("md", t("Markdown"), ("markdown",)),
    Option("csv", t("CSV (spreadsheet)"), ("excel",)),
    Option("json", t("JSON")),
)


TO = (
    Option("file", t("A file"), ("文件",)),
    Option("doc", t("A document"), ("document", "docx", "文档")),
)


@command(
    "export decisions",
    t("Export decisions as a file"),
    also=("导出 决策",),
    examples=(
        "/export decisions --format csv",
        "/export decisions --to doc",
        "/导出 决策 --格式 csv",
    ),
    details=t(
        "In a room, that room's decisions; elsewhere, all that you may see. Where a chat platform "
        "has no documents, a file comes instead."
    ),
    bare=True,
    submit=t("Export"),
)
class ExportDecisions(Command):
    format: str = c.choice(t("Format"), FORMATS, default="md", also=("格式",))
    to: str = c.choice(t("As"), TO, default="file", also=("到", "为"))
    room: RoomKey | None = c.room_key(default=None, positional=False, in_form=True)
