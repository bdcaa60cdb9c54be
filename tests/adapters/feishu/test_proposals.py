"""A proposal with three approvers, one objection and a supersede: in Feishu, both ways in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapters.feishu.stage import MODES, Mode, opened, stage

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("mode", MODES)
async def test_the_proposal_story(mode: Mode, tmp_path: Path) -> None:
    async with stage(tmp_path, mode, language="zh") as on:
        li = on.tenant.person("李雷")
        bob = on.tenant.person("Bob", lang="en_us")
        han = on.tenant.person("韩梅梅")
        room = await opened(on, li, bob, han, words="开 支付超时 @Bob @韩梅梅")
        await li.writes("@集结 决策 留在 1.5", room)
        await on.settled()
        await li.writes(
            "@集结 决策 提议 回滚到 1.4 --审批人 @李雷 @Bob @韩梅梅 --取代 D-1 --原因 1.5 报错",
            room,
        )
        await on.settled()
        card = await bob.expects("Proposal D-2", chat=room)
        assert "提案" in (await han.expects("提案", "D-2", chat=room)).words
        pressed = await bob.presses("Agree", card)
        assert pressed.error is None, pressed
        await on.settled()
        await han.writes("@集结 决策 反对 D-2 还没人测过", room)
        await on.settled()
        assert "先要有人回应" in (await li.expects("还没人测过", chat=room)).words
        await li.writes("@集结 决策 回应 D-2 @韩梅梅 周一测过了", room)
        await on.settled()
        await han.expects("周一测过了", chat=room)
        for person in (li, han):
            await person.writes("@集结 决策 同意 D-2", room)
            await on.settled()
        assert "D-2 回滚到 1.4" in (await li.expects("已通过", chat=room)).words
        await li.writes("@集结 决策 取代 D-2 升级到 1.6 --原因 修复好了", room)
        await on.settled()
        assert "取代" in (await han.expects("D-3 升级到 1.6", chat=room)).words
        await bob.writes("@集结 decide show D-2", room)
        await on.settled()
        await bob.expects("superseded by D-3", chat=room)
