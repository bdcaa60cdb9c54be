"""What people can ask of decisions as files."""

from __future__ import annotations

from bot.core import commands as c
from bot.core.commands import Command, Option, command
from bot.core.keys import RoomKey
from bot.core.text import t
from bot.features.decisions.log_commands import STATES
from bot.features.decisions.tables import State

FORMATS = (
    Option("md", t("Markdown"), ("markdown",)),
    Option("html", t("Web page, to search and print"), ("page", "网页")),
    Option("xlsx", t("Excel workbook"), ("excel", "表格")),
    Option("csv", t("CSV (spreadsheet)")),
    Option("adr", t("ADR folder (zip, MADR 4)"), ("madr", "zip")),
    Option("json", t("JSON")),
    Option("jsonl", t("JSON Lines"), ("ndjson", "json-lines")),
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
        "/export decisions --format xlsx",
        "/export decisions --to doc",
        "/export decisions --format html --tag payments --since 2026-09-01",
        "/导出 决策 --格式 excel",
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
    find: str | None = c.text(t("Words"), default=None, also=("找", "查找"), max_length=300)
    by: int | None = c.person(t("Decided by"), default=None, also=("谁",))
    tag: str | None = c.text(t("Tag"), default=None, also=("标签",), max_length=100)
    since: str | None = c.text(t("Since"), default=None, also=("自", "从"), max_length=60)
    status: State | None = c.choice(t("Status"), STATES, default=None, also=("状态",))
    room: RoomKey | None = c.room_key(default=None, positional=False, in_form=True)

    @property
    def is_narrowed(self) -> bool:
        """Whether some decisions are left out."""
        return any((self.find, self.by, self.tag, self.since, self.status))
