"""What people can ask of items."""

from __future__ import annotations

from datetime import datetime

from bot.core import commands as c
from bot.core.commands import Command, Option, command
from bot.core.keys import ItemKey, RoomKey
from bot.core.text import t
from bot.features.items.tables import Kind

KINDS = (
    Option(Kind.ACTION, t("Action"), ("行动", "行动项", "任务")),
    Option(Kind.BLOCKER, t("Blocker"), ("阻塞", "阻碍", "卡点")),
    Option(Kind.RISK, t("Risk"), ("风险",)),
    Option(Kind.QUESTION, t("Question"), ("问题", "疑问")),
)


@command(
    "item add",
    t("Add an item"),
    also=("item new", "事项 加", "事项 添加", "事项 新建", "添加事项", "加事项", "事项加"),
    examples=(
        "/item add Check the gateway logs --owner @bob --due tomorrow 5pm",
        "/事项 加 查网关日志 --负责人 @bob --截止 明天下午5点",
    ),
    bare=True,
    submit=t("Add"),
    on_message=t("Make an item"),
    emoji=("memo",),
)
class AddItem(Command):
    room: RoomKey | None = c.room_key(default=None)
    text: str = c.rest(t("What is to be done?"), max_length=2000, quotes="all")
    owner: int | None = c.person(t("Owner"), default=None, also=("负责人",))
    due: datetime | None = c.when(t("Due"), default=None, also=("截止", "期限", "到期"))
    kind: Kind = c.choice(t("Kind"), KINDS, default=Kind.ACTION, also=("类型",))
    source: str | None = c.source(default=None)


@command(
    "item done",
    t("Mark an item as done"),
    also=("item close", "事项 完成", "事项 做完"),
    examples=("/item done 3", "/item done WR-7-3 Logs are clean"),
)
class FinishItem(Command):
    item: ItemKey = c.item_key()
    note: str = c.rest(t("Result"), default="", max_length=2000)


@command(
    "item reopen",
    t("Open an item again"),
    also=("事项 重开", "事项 重新打开"),
    examples=("/item reopen WR-7-3",),
)
class ReopenItem(Command):
    item: ItemKey = c.item_key()
    reason: str = c.rest(t("Why?"), default="", max_length=1000)


@command(
    "item assign",
    t("Give an item to somebody"),
    also=("事项 指派", "事项 分配", "事项 负责人"),
    examples=("/item assign 3 @bob",),
)
class AssignItem(Command):
    item: ItemKey = c.item_key()
    #: None only in a button that opens the form.
    owner: int | None = c.person(t("Owner"), positional=True)


@command(
    "item due",
    t("Say when an item is due"),
    also=("事项 截止", "事项 到期"),
    examples=("/item due 3 friday 5pm", "/事项 截止 3 下周三"),
)
class SetDue(Command):
    item: ItemKey = c.item_key()
    due: datetime = c.when(t("Due"), positional=True)


@command(
    "item block",
    t("Say what blocks an item"),
    also=("事项 阻塞", "事项 卡住"),
    examples=("/item block 3 Waiting for the vendor's answer",),
)
class BlockItem(Command):
    item: ItemKey = c.item_key()
    reason: str = c.rest(t("What is in the way?"), max_length=1000)


SCOPES = (
    Option("open", t("To do"), ("todo", "未完成")),
    Option("mine", t("Mine"), ("我的",)),
    Option("overdue", t("Overdue"), ("逾期", "已逾期")),
    Option("done", t("Finished"), ("finished", "已完成")),
    Option("all", t("All"), ("全部", "所有")),
)


@command(
    "item list",
    t("List items"),
    also=("item ls", "事项 列表"),
    examples=("/item list", "/item list mine", "/事项 列表 我的"),
    details=t("In a room, that room's items; elsewhere, your own in all rooms."),
    form=False,
)
class ListItems(Command):
    room: RoomKey | None = c.room_key(default=None)
    scope: str = c.choice(t("Which"), SCOPES, default="open", positional=True)
    skip: float = c.number(t("Skip"), default=0.0, in_form=False, is_listed=False)
