"""A problem from its first word to its end, by the people who have it: in Feishu, both ways in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from adapters.feishu.scopes import SCOPES
from tests.adapters.feishu.stage import KEY, MODES, Mode, Stage, stage
from tests.fakes.feishu import Chat, FakeFeishu, Person, Seen

pytestmark = pytest.mark.anyio


@dataclass
class Walk:
    """Who is there, and where. Han is not in the room to begin with; Bob reads English."""

    on: Stage
    li: Person
    bob: Person
    han: Person
    group: Chat

    @property
    def room(self) -> Chat:
        return next(c for c in self.on.feishu.chats.values() if c.name.startswith("WR-1 "))

    def summary(self, person: Person) -> Seen:
        [found] = [seen for seen in person.sees(self.room) if seen.is_pinned]
        return found


@asynccontextmanager
async def beginning(home: Path, mode: Mode) -> AsyncIterator[Walk]:
    """With the scopes of the README's table, and no others."""
    async with FakeFeishu() as feishu:
        tenant = feishu.tenant()
        scopes = {each.name for each in SCOPES}
        app = tenant.app(scopes=scopes, encrypt_key=KEY if mode == "webhook" else "")
        async with stage(home, mode, feishu=feishu, app=app, language="zh") as on:
            boss = tenant.person("王总")
            li = tenant.person("李雷", leader=boss)
            bob = tenant.person("Bob", lang="en_us")
            han = tenant.person("韩梅梅")
            group = tenant.group("值班群", [li, bob, han])
            yield Walk(on, li, bob, han, group)


@pytest.mark.parametrize("mode", MODES)
async def test_the_walk(mode: Mode, tmp_path: Path) -> None:
    async with beginning(tmp_path, mode) as walk:
        await opened(walk)
        await joined(walk)
        await itemised(walk)
        await decided(walk)
        await noted(walk)
        await updated(walk)
        await exported(walk)
        await closed(walk)


async def opened(walk: Walk) -> None:
    """By a mention in a group."""
    await walk.li.writes("@集结 开 支付超时 级别1 @Bob", walk.group)
    await walk.on.settled()
    assert walk.room.name == "WR-1 支付超时"
    assert walk.room.members == [walk.li.user, walk.bob.user]
    words = walk.summary(walk.li).words
    assert "支付超时" in words
    assert "1 级" in words
    assert "Severity" in walk.summary(walk.bob).words, "each reader gets their own language"


async def joined(walk: Walk) -> None:
    """By the button of the announcement."""
    announced = await walk.han.expects("WR-1", chat=walk.group)
    pressed = await walk.han.presses("加入", announced)
    assert pressed.error is None, pressed
    assert pressed.toast
    await walk.on.settled()
    assert walk.han.user in walk.room.members


async def itemised(walk: Walk) -> None:
    """By a form that a button opens, for whoever pressed it alone."""
    asked = await walk.han.presses("添加事项", walk.summary(walk.han))
    assert (asked.error, asked.toast) == (None, "表单马上发给你。")
    form = await walk.han.expects("要做什么", chat=walk.room)
    assert form.message.only_for is walk.han.user
    sent = await walk.han.fills(form, {"要做什么 *": "查网关日志", "负责人": walk.bob})
    assert sent.error is None, sent
    await walk.on.settled()
    assert "WR-1-1" in walk.summary(walk.li).words
    assert "Bob" in walk.summary(walk.li).words


async def decided(walk: Walk) -> None:
    await walk.bob.writes("@集结 决策 回滚到 1.4", walk.room)
    await walk.on.settled()
    await walk.li.expects("D-1", "回滚到 1.4", chat=walk.room)


async def noted(walk: Walk) -> None:
    """By the pin emoji, and by a reply."""
    said = await walk.bob.writes("14:05 重启了网关", walk.room)
    await walk.li.reacts("Pin", said)
    other = await walk.bob.writes("14:20 流量恢复", walk.room)
    await walk.li.writes("@集结 记一下", walk.room, to=other)
    await walk.on.settled()
    await walk.li.writes("@集结 时间线", walk.room)
    await walk.on.settled()
    timeline = await walk.li.expects("14:05 重启了网关", chat=walk.room)
    assert "14:20 流量恢复" in timeline.words
    assert timeline.message.only_for is walk.li.user


async def updated(walk: Walk) -> None:
    await walk.li.writes("@集结 状态 缓解中 已回滚到 1.4 --下次更新 两小时后", walk.room)
    await walk.on.settled()
    words = walk.summary(walk.li).words
    assert "止损中" in words
    assert "已回滚到 1.4" in words


async def exported(walk: Walk) -> None:
    """To a file; and to a document that the room may read and finds in a tab."""
    await walk.li.writes("@集结 导出 决策 --格式 csv", walk.room)
    await walk.on.settled()
    files = [seen for seen in walk.li.sees(walk.room) if seen.message.msg_type == "file"]
    assert any("回滚到 1.4".encode() in seen.file for seen in files)
    await walk.li.writes("@集结 /export decisions --to doc", walk.room)
    await walk.on.settled()
    [document] = walk.on.feishu.documents.values()
    assert "回滚到 1.4" in document.words
    assert document.members == {walk.room.id: "view"}
    assert document.id in str(walk.room.tabs)


async def closed(walk: Walk) -> None:
    await walk.bob.writes("@集结 事项 完成 1", walk.room)
    await walk.on.settled()
    await walk.li.writes("@集结 关闭 连接池太小", walk.room)
    await walk.on.settled()
    assert "已关闭" in walk.summary(walk.li).words
