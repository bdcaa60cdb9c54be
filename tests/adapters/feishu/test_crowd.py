"""More at once than can be done at once, and people of whom Feishu has to be asked first."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.core import backlog
from bot.core.clock import MovableClock, SystemClock
from bot.features.rooms.notes import KIND
from bot.leftovers import FORGOTTEN
from storage import inbox
from storage.rows import table_of
from storage.tables import Entry
from tests.adapters.feishu.stage import KEY, MODES, Mode, Stage, opened, stage
from tests.fakes.feishu import FakeFeishu

pytestmark = pytest.mark.anyio
MANY = 40


async def noted(on: Stage) -> Counter[int]:
    """The numbers on the timeline, each with how often it is there."""
    table = table_of(Entry)
    query = select(table.c.text).where(table.c.kind == KIND)
    texts = await on.muster.db.read(lambda conn: list(conn.execute(query).scalars()))
    return Counter(n for text in texts for n in range(MANY) if f"第 {n} 件" in text)


@pytest.mark.parametrize("mode", MODES)
async def test_no_acknowledgement_waits_until_feishu_says_who_somebody_is(
    mode: Mode, tmp_path: Path
) -> None:
    async with stage(tmp_path, mode, language="zh") as on:
        li = on.tenant.person("李雷")
        on.feishu.faults.hang("GET /open-apis/contact/v3/users/{user_id}", times=3)
        await li.dm("帮助")
        await on.feishu.settled()  # the event is acknowledged by then
        assert await on.muster.db.read(inbox.count_waiting) == 1
        assert li.finds("攻关", chat=li.direct()) is None
        on.feishu.faults.release()
        await li.expects("攻关", chat=li.direct())
        await on.settled()


async def test_a_crowd_is_done_once_and_entirely(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backlog, "HANDS", 2)
    monkeypatch.setattr(backlog, "LINE", 2)
    async with stage(tmp_path, "webhook", language="zh") as on:
        on.feishu.faults.copies = 2
        li = on.tenant.person("李雷")
        room = await opened(on, li)
        await asyncio.gather(*(li.writes(f"@集结 记录 第 {n} 件", room) for n in range(MANY)))
        await on.settled()
        assert await noted(on) == dict.fromkeys(range(MANY), 1)


async def test_what_was_noted_is_done_after_the_process_has_died(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = MovableClock(SystemClock().now())
    async with FakeFeishu() as feishu:
        tenant = feishu.tenant()
        app = tenant.app(encrypt_key=KEY)
        li = tenant.person("李雷")
        async with stage(tmp_path, "webhook", feishu=feishu, app=app, clock=clock) as on:
            room = await opened(on, li)

            async def never(_: Any) -> None:
                """It dies before it gets to that."""

            async def crowded(_: Any) -> bool:
                return False

            monkeypatch.setattr(backlog.Backlog, "work", never)
            monkeypatch.setattr(backlog.Backlog, "admits", crowded)
            await li.writes("@集结 记录 第 7 件", room)
            await feishu.settled()
            assert await noted(on) == {}
            [note] = await on.muster.db.read(
                lambda conn: inbox.noted_before(
                    conn, ("feishu",), clock.now() + timedelta(seconds=1)
                )
            )
            assert app.verification_token not in note.waiting
        monkeypatch.undo()
        clock.move_to(clock.now() + FORGOTTEN + timedelta(seconds=1))
        async with stage(tmp_path, "webhook", feishu=feishu, app=app, clock=clock) as on:
            async with asyncio.timeout(20):
                while not await noted(on):  # noqa: ASYNC110  the database tells nobody
                    await asyncio.sleep(0.05)
            await on.settled()
            assert await noted(on) == {7: 1}
