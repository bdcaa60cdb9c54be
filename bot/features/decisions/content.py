"""What people write in a decision, after MADR 4: the same parameters wherever one is written."""

from __future__ import annotations

from typing import Any

from bot.core import commands as c
from bot.core.text import t

#: Everything is kept whole up to this many characters; cards shorten it.
LONGEST = 50_000


def title() -> Any:
    return c.rest(t("What was decided?"), max_length=LONGEST, quotes="first")


def why() -> Any:
    """Why the outcome is what it is."""
    return c.long(t("Why?"), default=None, also=("原因", "理由"), max_length=LONGEST)


def instead_of() -> Any:
    return c.long(t("Instead of what?"), default=None, also=("而非", "而不是"), max_length=LONGEST)


def context() -> Any:
    return c.long(
        t("Context: what is it about?"),
        default=None,
        also=("背景",),
        max_length=LONGEST,
        quotes="rest",
    )


def drivers() -> Any:
    return c.long(
        t("What matters most?"), default=None, also=("考量", "驱动因素"), max_length=LONGEST
    )


def options() -> Any:
    return c.long(
        t("Options"),
        default=None,
        also=("选项", "备选"),
        max_length=LONGEST,
        hint=t("A line each. Below it, lines with + speak for it and lines with - against it."),
    )


def consequences() -> Any:
    return c.long(
        t("What follows from it?"), default=None, also=("影响", "后果"), max_length=LONGEST
    )


def confirmation() -> Any:
    return c.long(
        t("How and when will you see that it was right?"),
        default=None,
        also=("验证", "确认"),
        max_length=LONGEST,
    )


def evidence() -> Any:
    return c.long(t("Evidence"), default=None, also=("证据", "依据"), max_length=LONGEST)


def tags() -> Any:
    return c.text(
        t("Tags"),
        default=None,
        also=("标签",),
        max_length=1000,
        hint=t("With commas between them: database, payments"),
    )


def items() -> Any:
    return c.text(
        t("Items that it is about"),
        default=None,
        also=("事项",),
        max_length=1000,
        hint=t("Their keys, for example WR-7-3"),
    )


def makers() -> Any:
    return c.people(t("Decision-makers"), default=(), also=("决策人",))


def consulted() -> Any:
    return c.people(t("Consulted"), default=(), also=("咨询",))


def informed() -> Any:
    return c.people(t("Informed"), default=(), also=("知会",))


def owner() -> Any:
    return c.person(t("Owner"), default=None, also=("负责人",))


def review() -> Any:
    return c.when(t("Ask again whether it is valid"), default=None, also=("复审",))
