"""What people can ask of the calendar."""

from __future__ import annotations

from datetime import datetime

from bot.core import commands as c
from bot.core.commands import Command, Needs, command
from bot.core.text import t

_FOR_WHOM = t(
    "Without more it is for you. For the war room whose channel this is say {room}; "
    "administrators also say {person} or {workspace}.",
    room="--room",
    person="--person @bob",
    workspace="--workspace",
)


@command(
    "muster calendar",
    t("Show which days of a month are worked"),
    also=("集结 日历", "集结 工作日历"),
    examples=(
        "/muster calendar",
        "/muster calendar 2026-10 --region CN",
        "/集结 日历 下个月",
    ),
    form=False,
)
class ShowCalendar(Command):
    month: str = c.rest(t("Month"), default="", max_length=40)
    region: str | None = c.text(t("Region"), default=None, also=("地区",), max_length=60)


@command(
    "muster region",
    t("Choose the region whose holidays and make-up workdays hold"),
    also=("集结 地区",),
    examples=(
        "/muster region China",
        "/muster region DE-BY --room",
        "/集结 地区 中国 --工作区",
    ),
    details=_FOR_WHOM,
    form=False,
)
class SetRegion(Command):
    region: str = c.rest(t("Country, or a part of one; none takes it back"), default="")
    person: int | None = c.person(t("Who"), default=None, also=("成员",))
    room: bool = c.flag(t("This war room"), default=False, also=("本群",))
    workspace: bool = c.flag(t("Everybody"), default=False, also=("工作区",))


@command(
    "muster hours",
    t("Choose the working hours"),
    also=("集结 工时", "集结 工作时间"),
    examples=("/muster hours 09:30-18:30", "/集结 工时 9:30-18:30 --工作区"),
    details=_FOR_WHOM,
    form=False,
)
class SetHours(Command):
    hours: str = c.rest(t("From when to when; none takes it back"), default="", max_length=40)
    person: int | None = c.person(t("Who"), default=None, also=("成员",))
    room: bool = c.flag(t("This war room"), default=False, also=("本群",))
    workspace: bool = c.flag(t("Everybody"), default=False, also=("工作区",))


@command(
    "muster holiday add",
    t("Give everybody a day off"),
    also=("muster holiday", "集结 假日 加", "集结 假日"),
    examples=("/muster holiday add Dec 24 Christmas Eve", "/集结 假日 加 12月31日 年终休整"),
    needs=Needs.ADMIN,
)
class AddHoliday(Command):
    day: datetime = c.when(t("Day"), positional=True)
    name: str = c.rest(t("What is it called?"), default="", max_length=100, one_line=True)
    until: datetime | None = c.when(t("Last day"), default=None, also=("到", "至"))


@command(
    "muster workday add",
    t("Make a day a workday for everybody"),
    also=("muster workday", "集结 上班日 加", "集结 上班日"),
    examples=("/muster workday add saturday Release day", "/集结 上班日 加 下周六 发布日"),
    needs=Needs.ADMIN,
)
class AddWorkday(Command):
    day: datetime = c.when(t("Day"), positional=True)
    name: str = c.rest(t("What is it called?"), default="", max_length=100, one_line=True)
    until: datetime | None = c.when(t("Last day"), default=None, also=("到", "至"))


@command(
    "muster holiday remove",
    t("Forget what was added for a day: the region says again what it is"),
    also=("muster workday remove", "集结 假日 删", "集结 上班日 删"),
    examples=("/muster holiday remove Dec 24", "/集结 上班日 删 下周六"),
    needs=Needs.ADMIN,
)
class ForgetDay(Command):
    day: datetime = c.when(t("Day"), positional=True)
    until: datetime | None = c.when(t("Last day"), default=None, also=("到", "至"))
