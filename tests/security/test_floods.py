"""A script floods, on both platforms: it is told so, and its colleagues are served."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.clock import MovableClock, SystemClock
from tests.adapters.feishu import stage as feishu
from tests.adapters.slack import stage as slack

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def clock() -> MovableClock:
    """It stands still, so that a slow machine lets nobody in again."""
    return MovableClock(SystemClock().now(), frozen=True)


@pytest.mark.parametrize("mode", slack.MODES)
async def test_slack(mode: slack.Mode, tmp_path: Path, clock: MovableClock) -> None:
    async with slack.stage(tmp_path, mode, clock=clock, person_limit=3) as on:
        bob = on.team.person("Bob", locale="en-US")
        mei = on.team.person("Mei", locale="zh-CN")
        floods = [await bob.types(f"/warroom open Trouble {n}", on.general) for n in range(8)]
        last = await on.slack.until(lambda: floods[-1].said)
        assert "too fast" in last.words
        assert "/warroom open Trouble 7" in last.words, "what they typed is handed back"
        other = await mei.types("/warroom list", on.general)
        heard = await on.slack.until(lambda: other.said)
        assert "太快" not in heard.words
        await on.settled()
        opened = [each for each in on.team.channels.values() if each.name.startswith("wr-")]
        assert len(opened) == 3


@pytest.mark.parametrize("mode", feishu.MODES)
async def test_feishu(mode: feishu.Mode, tmp_path: Path, clock: MovableClock) -> None:
    async with feishu.stage(tmp_path, mode, clock=clock, language="zh", person_limit=3) as on:
        li, han = on.tenant.person("李雷"), on.tenant.person("韩梅梅")
        for number in range(8):
            await li.dm(f"开 故障{number}")
        await on.settled()
        assert await feishu.rooms(on) == 3
        told = [seen.words for seen in li.sees() if "太快" in seen.words]
        assert len(told) == 1, "each answer is a message here: once is enough"
        assert "开 故障3" in told[0]
        await han.dm("开 别的")
        await on.settled()
        assert await feishu.rooms(on) == 4
        assert not [seen for seen in han.sees() if "太快" in seen.words]
