"""What is forgotten before a holiday with a make-up Saturday, on Feishu: 升级, 上级, 加急."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.core.clock import MovableClock
from tests.adapters.feishu.stage import Stage, stage
from tests.fakes.feishu import FakeFeishu

pytestmark = pytest.mark.anyio
SHANGHAI = ZoneInfo("Asia/Shanghai")
#: Thursday 30 April 2026, 15:00 in Shanghai. 1 to 5 May are off, Saturday 9 May is worked.
THURSDAY = datetime(2026, 4, 30, 7, tzinfo=UTC)


async def _at(on: Stage, text: str) -> None:
    """Go on to a local time."""
    to = datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)
    await on.muster.advance(to.astimezone(UTC))
    await on.settled()


async def test_it_climbs_to_the_leader_on_the_make_up_saturday(tmp_path: Path) -> None:
    """Han is Li's leader as Feishu says, and nobody else says it."""
    async with FakeFeishu() as feishu:
        tenant = feishu.tenant()
        app = tenant.app()
        boss = tenant.person("王总")
        lead = tenant.person("韩梅梅")
        li = tenant.person("李雷", leader=boss)
        group = tenant.group("值班群", [li, lead, boss])
        clock = MovableClock(THURSDAY, frozen=True)
        async with stage(tmp_path, feishu=feishu, app=app, clock=clock) as on:
            await lead.writes("@集结 开 支付超时 级别3 @李雷", group)
            await on.settled()
            room = await on.room("WR-1")
            await lead.writes("@集结 事项 加 查网关日志 --负责人 @李雷", room)
            await on.settled()

            await _at(on, "2026-05-06 15:04")
            assert li.finds("找你", chat=li.direct(app)) is None
            await _at(on, "2026-05-06 15:05")
            card = await li.expects("WR-1-1", "找你，因为它由你负责", chat=li.direct(app))
            assert {"我来处理", "完成"} <= set(card.buttons)
            await _at(on, "2026-05-08 18:00")
            await lead.expects("WR-1-1", "组长", chat=lead.direct(app))
            assert boss.finds("WR-1-1", chat=boss.direct(app)) is None
            await _at(on, "2026-05-09 15:15")
            told = await boss.expects("WR-1-1", "找你，因为", chat=boss.direct(app))
            assert told.urgents == []

            pressed = await li.presses("完成", card)
            assert pressed.error is None
            await on.settled()
            for person in (li, lead, boss):
                assert person.finds("WR-1-1", "已完成", chat=person.direct(app))


async def test_severity_1_is_urgent(tmp_path: Path) -> None:
    """At once, at any hour, with 加急 on the message."""
    async with FakeFeishu() as feishu:
        tenant = feishu.tenant()
        app = tenant.app()
        lead, li = tenant.person("韩梅梅"), tenant.person("李雷")
        group = tenant.group("值班群", [li, lead])
        clock = MovableClock(THURSDAY, frozen=True)
        async with stage(tmp_path, feishu=feishu, app=app, clock=clock) as on:
            await lead.writes("@集结 开 支付超时 级别1 @李雷", group)
            await on.settled()
            room = await on.room("WR-1")
            await _at(on, "2026-04-30 22:00")
            await lead.writes("@集结 事项 加 重启网关 --负责人 @李雷", room)
            await on.settled()
            await _at(on, "2026-04-30 23:00")
            card = await li.expects("WR-1-1", "找你，因为它由你负责", chat=li.direct(app))
            assert card.urgents == ["app"]
            pressed = await li.presses("我来处理", card)
            assert pressed.error is None
            await on.settled()
            held = await li.expects("在处理", chat=li.direct(app))
            assert held.id == card.id
