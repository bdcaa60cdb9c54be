"""What people can ask of escalation."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.core import commands as c
from bot.core.commands import Command, Needs, Option, command
from bot.core.keys import ItemKey, RoomKey
from bot.core.text import t

YES_OR_NO = (
    Option("on", t("On"), ("yes", "开", "开启")),
    Option("off", t("Off"), ("no", "关", "关闭")),
)
OPS = (
    Option("here", t("This channel"), ("这里", "本群")),
    Option("off", t("No ops channel"), ("none", "no ops channel", "无", "关闭", "不设兜底群")),
)
SEVERITIES = tuple(
    Option(number, t("{n}", n=number), (f"severity {number}", f"{number}级"))
    for number in (1, 2, 3, 4)
)


def _item() -> Any:
    """Which item; cards say it by the number of the climb, which may be about something else."""
    return c.item_key(default=None)


def _climb() -> Any:
    return c.number(t("Climb"), default=None, in_form=False, is_listed=False)


@command(
    "escalate",
    t("Have an item climb now"),
    also=("升级",),
    examples=(
        "/escalate WR-7-3 The vendor does not answer",
        "/escalate 3 --to @bob",
        "/升级 3 供应商不回复 --找 @bob",
    ),
    bare=True,
    submit=t("Escalate"),
)
class Escalate(Command):
    item: ItemKey = c.item_key()
    why: str = c.rest(t("Why?"), default="", max_length=500)
    to: int | None = c.person(t("Who is asked first"), default=None, also=("找", "给"))


@command(
    "escalate ack",
    t("Say that you are on it"),
    also=("escalate on-it", "升级 处理中", "升级 我来"),
    examples=("/escalate ack WR-7-3", "/升级 我来 3"),
    details=t(
        "It holds for as long as the policy says; before it no longer does you are reminded."
    ),
)
class SayOnIt(Command):
    item: ItemKey | None = _item()
    climb: float | None = _climb()


@command(
    "escalate help",
    t("Ask somebody for help with it; without a name, the next on the ladder"),
    also=("升级 求助", "升级 帮忙"),
    examples=("/escalate help WR-7-3 --who @bob", "/升级 求助 3 --找 @bob"),
)
class AskForHelp(Command):
    item: ItemKey | None = _item()
    climb: float | None = _climb()
    who: int | None = c.person(t("Whom"), default=None, also=("找", "谁"))
    text: str = c.rest(t("What for?"), default="", max_length=500)


@command(
    "escalate snooze",
    t("Let it rest until then"),
    also=("升级 暂缓", "升级 稍后"),
    examples=(
        "/escalate snooze 3 tomorrow 9am --why Waiting for the vendor",
        "/升级 暂缓 3 明天上午9点 --原因 等供应商",
    ),
)
class Snooze(Command):
    item: ItemKey | None = _item()
    climb: float | None = _climb()
    #: None only in a button that opens the form.
    until: datetime | None = c.when(t("Until"), positional=True, also=("到",))
    why: str = c.text(t("Why?"), also=("原因", "理由"), max_length=500)


@command(
    "escalate why",
    t("Say why an item climbs or does not, step by step"),
    also=("升级 为什么", "升级 原因"),
    examples=("/escalate why WR-7-3", "/升级 为什么 3"),
)
class ExplainClimb(Command):
    item: ItemKey = c.item_key()


@command(
    "escalate preview",
    t("Show what will fire, for whom and when"),
    also=("升级 预览", "升级 预告"),
    examples=("/escalate preview", "/escalate preview 14d", "/升级 预览 7d"),
    details=t("In a room, of that room; elsewhere, of all rooms that you can see."),
    form=False,
)
class PreviewClimbs(Command):
    days: str = c.rest(t("How many days"), default="7d", max_length=20)


@command(
    "escalate pause",
    t("Let nothing in a room climb until then"),
    also=("升级 暂停",),
    examples=("/escalate pause WR-7 monday 9am", "/升级 暂停 下周一"),
)
class PauseRoom(Command):
    room: RoomKey | None = c.room_key(default=None)
    until: datetime = c.when(t("Until"), positional=True, also=("到",))


@command(
    "escalate resume",
    t("Let things in a room climb again"),
    also=("升级 恢复", "升级 继续"),
    examples=("/escalate resume WR-7",),
    form=False,
)
class ResumeRoom(Command):
    room: RoomKey | None = c.room_key(default=None)


@command(
    "escalate policy",
    t("Show who is asked when, and after how long"),
    also=("升级 策略", "升级 规则"),
    examples=("/escalate policy", "/升级 策略"),
    form=False,
    needs=Needs.INSIDER,
)
class ShowPolicy(Command):
    pass


@command(
    "escalate edit",
    t("Change the policy of a severity"),
    also=("升级 修改", "升级 修改策略"),
    examples=("/escalate edit 3 --stale 2d",),
    needs=Needs.ADMIN,
    asks=True,
    submit=t("Save"),
)
class EditPolicy(Command):
    severity: int = c.choice(t("Severity"), SEVERITIES, positional=True)
    stale: str | None = c.text(
        t("Stale after"),
        default=None,
        also=("多久",),
        hint=t("30m, 4h, 2d, 1h wall"),
        max_length=20,
    )
    steps: str | None = c.long(
        t("Steps"),
        default=None,
        also=("步骤",),
        hint=t("One a line: lead 2h direct thread. The first has no time."),
        max_length=1000,
    )
    repeat: float | None = c.number(t("Repeat"), default=None, also=("重复",))
    reset: bool = c.flag(t("Back to the default"), default=False, also=("重置",))


@command(
    "escalate backup",
    t("Say who stands in for you"),
    also=("升级 后备", "升级 替补"),
    examples=("/escalate backup @chen", "/升级 后备 @chen"),
    asks=True,
)
class SetBackup(Command):
    backup: int | None = c.person(
        t("Backup"), default=None, positional=True, hint=t("Leave it empty to take it away")
    )


@command(
    "escalate quiet",
    t("Choose hours in which you are not asked"),
    also=("升级 免打扰", "升级 勿扰"),
    examples=("/escalate quiet 22:00-08:00", "/escalate quiet off", "/升级 免打扰 22:00-08:00"),
    details=t("Severity 1 asks all the same."),
)
class SetQuiet(Command):
    hours: str = c.rest(t("Hours"), max_length=40)


@command(
    "escalate sponsor",
    t("Say who sponsors a room; without a room, the workspace"),
    also=("升级 发起人", "升级 高层"),
    examples=("/escalate sponsor @bob", "/escalate sponsor @bob --room WR-7"),
    asks=True,
)
class SetSponsor(Command):
    sponsor: int | None = c.person(
        t("Sponsor"), default=None, positional=True, hint=t("Leave it empty to take it away")
    )
    room: RoomKey | None = c.room_key(default=None, positional=False)


@command(
    "escalate ops",
    t("Choose the channel in which every ladder ends"),
    also=("升级 运维群", "升级 兜底群"),
    examples=("/escalate ops here", "/升级 兜底群 这里"),
    needs=Needs.ADMIN,
)
class SetOps(Command):
    where: str = c.choice(t("Ops channel"), OPS, positional=True)


@command(
    "escalate switch",
    t("Switch escalation on or off in this workspace"),
    also=("升级 开关",),
    examples=("/escalate switch off", "/升级 开关 开"),
    needs=Needs.ADMIN,
)
class Switch(Command):
    to: str = c.choice(t("Escalation"), YES_OR_NO, positional=True)
