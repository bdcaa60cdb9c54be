"""What people can ask of decisions."""

from __future__ import annotations

from datetime import datetime

from bot.core import commands as c
from bot.core.commands import Command, command
from bot.core.keys import RoomKey
from bot.core.text import t
from bot.features.decisions import content


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
    title: str = content.title()
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
    room: RoomKey | None = c.room_key(default=None, positional=False)
    source: str | None = c.source(default=None)
