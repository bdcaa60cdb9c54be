"""What `muster doctor` says of Feishu, and what a running Muster says of its connection."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

from bot import doctor
from bot.core.i18n import plain
from bot.core.text import Reader
from bot.settings import Settings
from tests.adapters.feishu.stage import opened, stage
from tests.fakes.feishu import App, FakeFeishu

pytestmark = pytest.mark.anyio


async def examined(feishu: FakeFeishu, app: App, home: Path, **more: str) -> str:
    """What `muster doctor` says of an app, as a process of its own would."""
    given = {
        "feishu_app_id": app.id,
        "feishu_app_secret": app.secret,
        "feishu_domain": feishu.url,
        **more,
    }
    settings = Settings.without_file(home=home, **given)
    found = await asyncio.to_thread(doctor._platforms, settings)
    return "\n".join(
        f"{'✓' if each.is_fine else '✗'} {plain(each.text, Reader())}" for each in found
    )


async def test_all_is_well(tmp_path: Path) -> None:
    async with FakeFeishu() as feishu:
        app = feishu.tenant().app()
        said = await examined(feishu, app, tmp_path)
        assert f"✓ Feishu: {app.id} is" in said
        assert "✓ Feishu: reached over a long connection" in said
        assert "✗" not in said


async def test_a_wrong_secret_is_said(tmp_path: Path) -> None:
    async with FakeFeishu() as feishu:
        app = feishu.tenant().app()
        said = await examined(feishu, app, tmp_path, feishu_app_secret="wrong")
        assert f"✗ Feishu does not let {app.id} in" in said


async def test_a_group_without_muster_is_said(tmp_path: Path) -> None:
    async with stage(tmp_path, "webhook") as on:
        li = on.tenant.person("李雷")
        room = await opened(on, li)
        rooms = {on.app.id: {room.id: "WR-1"}}
        texts = [plain(each.text, Reader()) for each in await on.adapter.examine(rooms)]
        assert not any("WR-1" in text for text in texts)
        await li.removes_bot(on.app, room)
        await on.settled()
        texts = [plain(each.text, Reader()) for each in await on.adapter.examine(rooms)]
        assert "Feishu: Muster is not in the group of WR-1" in texts


async def test_a_running_muster_says_how_long_it_has_been_connected(tmp_path: Path) -> None:
    async with stage(tmp_path, "long") as on, httpx.AsyncClient() as client:
        told = (await client.get(f"{on.address}/readyz")).json()
        assert told["feishu"] == "ok"
        assert told["connected_seconds"]["feishu"] >= 0
