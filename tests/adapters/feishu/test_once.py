"""What comes more than once from Feishu, and what comes late: done once, and never lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapters.feishu.stage import MODES, Mode, opened, rooms, stage
from tests.fakes.feishu import FakeFeishu

pytestmark = pytest.mark.anyio


class TestOnce:
    @pytest.mark.parametrize("mode", MODES)
    async def test_a_message_under_another_event_id_is_the_same_message(
        self, mode: Mode, tmp_path: Path
    ) -> None:
        async with stage(tmp_path, mode, language="zh") as on:
            li = on.tenant.person("李雷")
            await opened(on, li)
            [event] = on.feishu.events.of("im.message.receive_v1")
            on.feishu.events.repeat(event, new_id=True)
            on.feishu.events.repeat(event)
            await on.settled()
            assert await rooms(on) == 1
            assert len(on.feishu.called("POST /open-apis/im/v1/chats", ok=True)) == 1

    async def test_every_event_twice_changes_nothing(self, tmp_path: Path) -> None:
        async with stage(tmp_path, language="zh") as on:
            on.feishu.faults.copies = 2
            li = on.tenant.person("李雷")
            room = await opened(on, li)
            said = await li.writes("14:05 重启了网关", room)
            await li.reacts("Pin", said)
            await on.settled()
            await li.writes("@集结 时间线", room)
            await on.settled()
            shown = await li.expects("重启了网关", chat=room)
            assert shown.words.count("重启了网关") == 1

    async def test_what_comes_again_hours_later_after_a_restart_is_known(
        self, tmp_path: Path
    ) -> None:
        async with FakeFeishu() as feishu:
            tenant = feishu.tenant()
            app = tenant.app()
            async with stage(tmp_path, feishu=feishu, app=app, language="zh") as on:
                await opened(on, tenant.person("李雷"))
            async with stage(tmp_path, feishu=feishu, app=app, language="zh") as on:
                [event] = feishu.events.of("im.message.receive_v1")
                feishu.events.repeat(event, new_id=True)
                await on.settled()
                assert await rooms(on) == 1

    async def test_what_is_said_while_muster_is_away_comes_by_the_ladder(
        self, tmp_path: Path
    ) -> None:
        async with FakeFeishu() as feishu:
            tenant = feishu.tenant()
            app = tenant.app()
            li = tenant.person("李雷")
            await li.dm("开 支付超时")
            await feishu.until(lambda: feishu.events.log and feishu.events.log[0].tries)
            async with stage(tmp_path, feishu=feishu, app=app, language="zh") as on:
                assert await rooms(on) == 0
                feishu.clock.advance(16)
                await feishu.until(lambda: len(feishu.events.log[0].tries) > 1)
                await on.settled()
                assert await rooms(on) == 1
                assert feishu.events.log[0].is_acked

    async def test_what_could_not_be_kept_is_not_acknowledged(self, tmp_path: Path) -> None:
        async with stage(tmp_path, language="zh") as on:
            li = on.tenant.person("李雷")
            app = on.adapter.apps[on.app.id]
            handle = app._visits.handle
            assert handle is not None
            app._visits.handle = None
            await li.dm("开 支付超时")
            await on.feishu.until(lambda: on.feishu.events.log[-1].tries)
            assert not on.feishu.events.log[-1].is_acked
            app.listen(handle)
            on.feishu.clock.advance(16)
            await on.feishu.until(lambda: on.feishu.events.log[-1].is_acked)
            await on.settled()
            assert await rooms(on) == 1
