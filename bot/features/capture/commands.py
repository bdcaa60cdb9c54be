"""What people can ask of captures."""

from __future__ import annotations

from bot.core import commands as c
from bot.core.commands import Command, Needs, Option, command
from bot.core.text import t

#: What an emoji can make of a message, by the path of the command that does.
MADE = (
    Option("warroom note", t("Timeline note"), ("note", "notes", "timeline", "备注", "时间线备注")),
    Option("item add", t("Item"), ("item", "items", "事项")),
    Option("decide", t("Decision"), ("decision", "decisions", "决策", "决定")),
)


@command(
    "muster emoji",
    t("Say which emoji make a note, an item or a decision of a message"),
    also=("集结 表情",),
    examples=(
        "/muster emoji",
        "/muster emoji decision :gavel:",
        "/muster emoji decision :gavel: --off",
        "/集结 表情 决策 :gavel:",
    ),
    details=t(
        "Put one of them on a message in a war room; take it back, and what was made of the "
        "message is taken back as well. Everybody may look, administrators may change."
    ),
    form=False,
    needs=Needs.INSIDER,
)
class ChooseEmoji(Command):
    what: str | None = c.choice(t("What it makes"), MADE, default=None, positional=True)
    emoji: str = c.rest(t("Emoji"), default="", max_length=100, one_line=True)
    off: bool = c.flag(t("No longer"), default=False, also=("取消",))
