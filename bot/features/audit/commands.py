"""What administrators can ask of the audit log."""

from __future__ import annotations

from bot.core import commands as c
from bot.core.commands import Command, Needs, Option, command
from bot.core.text import t

FORMATS = (
    Option("csv", t("CSV (spreadsheet)"), ("excel",)),
    Option("jsonl", t("JSON Lines"), ("ndjson", "json-lines")),
)


@command(
    "export audit",
    t("Export who changed what, as a file"),
    also=("导出 审计",),
    examples=(
        "/export audit",
        "/export audit --format jsonl --since 2026-11-01 --until 2026-12-01",
        "/导出 审计 --自 2026-11-01",
    ),
    details=t(
        "Settings, administrators, managers, policies, the calendar, exports, redactions, "
        "installations. What happened in private rooms that you are not in is left out."
    ),
    needs=Needs.ADMIN,
    submit=t("Export"),
)
class ExportAudit(Command):
    format: str = c.choice(t("Format"), FORMATS, default="csv", also=("格式",))
    since: str | None = c.text(
        t("Since"), default=None, also=("自", "从"), hint=t("A day: 2026-11-01"), max_length=20
    )
    until: str | None = c.text(
        t("Before"), default=None, also=("止", "到"), hint=t("A day: 2026-11-01"), max_length=20
    )
