"""kill -9 at every named point of opening a war room in Feishu: one room, one group, one card.

Feishu is in this process, Muster in others that follow each other on one database. Each is armed to
die at a point while somebody asks for rooms in a direct message, over the long connection; what it
did not acknowledge comes again by Feishu's ladder, what it began is found by the next. At the end
one that is not armed finishes whatever is unfinished, and everything is counted.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sqlite3
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.core.points import POINTS
from tests.adapters.feishu.stage import judge
from tests.fakes.feishu import App, FakeFeishu, Person
from tests.faults.nursery import Nursery

KILLED = -9
DOOR = [point for point in POINTS if point.startswith("door.")]
WORKER = [point for point in POINTS if point.startswith("worker.") and "timer" not in point]
#: Opening takes five effects: a group, its people, its card, its pin, and the answer.
KILLS = [f"{point}:{count}" for point in DOOR for count in (1, 1)]
KILLS += [f"{point}:{count}" for count in range(1, 6) for point in WORKER]


@dataclass
class Site:
    """One Muster's home, the processes that follow each other there, and its Feishu."""

    home: Path
    nursery: Nursery
    feishu: FakeFeishu
    app: App
    port: int
    pid: int = 0

    async def start(self, kill_at: str = "") -> None:
        env = {
            "MUSTER_HOME": str(self.home),
            "MUSTER_PORT": str(self.port),
            "MUSTER_DATABASE_URL": "",
            "MUSTER_LANGUAGE": "zh",
            "MUSTER_KILL_AT": kill_at,
            "MUSTER_LOG_FORMAT": "json",
            "FEISHU_APP_ID": self.app.id,
            "FEISHU_APP_SECRET": self.app.secret,
            "FEISHU_DOMAIN": self.feishu.url,
        }
        log = self.home / "log"
        self.pid = await asyncio.to_thread(self.nursery.start, "run", env=env, log=log)
        # It may die of what the one before it left, before it ever hears anything.
        await self.until(lambda: self.has_ended() or bool(self.feishu.sockets.of(self.app)))

    async def until(self, condition: Callable[[], bool], within: float = 30.0) -> None:
        await self.feishu.until(condition, within)

    def has_ended(self) -> bool:
        return self.nursery.wait(self.pid, 0) is not None

    async def end(self) -> None:
        """End a process that is alive, in the middle of whatever it does."""
        if not self.has_ended():
            os.kill(self.pid, signal.SIGKILL)
        await asyncio.to_thread(self.nursery.wait, self.pid, 10)
        await self.until(lambda: not self.feishu.sockets.of(self.app))

    def rows(self, query: str) -> list[tuple[object, ...]]:
        if not (self.home / "muster.db").exists():
            return []
        connection = sqlite3.connect(self.home / "muster.db", timeout=10)
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()

    def is_quiet(self, asked: int) -> bool:
        """Whether every room that was asked for is open and nothing is on its way."""
        waiting = self.rows("SELECT COUNT(*) FROM outbox WHERE state <> 'done'")
        ready = self.rows("SELECT COUNT(*) FROM room WHERE opening = 'ready'")
        return waiting == [(0,)] and ready == [(asked,)]


@pytest.mark.faults
@pytest.mark.timeout(300)
@pytest.mark.anyio
async def test_a_room_opens_exactly_once_whenever_muster_dies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [each for each in os.environ if each.startswith("FEISHU_")]:
        monkeypatch.delenv(name)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    kills: Counter[str] = Counter()
    async with FakeFeishu() as feishu:
        with Nursery() as nursery:
            tenant = feishu.tenant()
            site = Site(tmp_path, nursery, feishu, tenant.app(), port)
            li = tenant.person("李雷")
            for number, kill_at in enumerate(KILLS):
                point = kill_at.partition(":")[0]
                kills[point] += await open_until_killed(site, kill_at, li, number)
            await site.start()
            # 15 s, 5 min: what was not acknowledged comes again.
            for _ in range(2):
                feishu.clock.advance(301)
                await feishu.settled()
            await site.until(lambda: site.is_quiet(len(KILLS)), 60)
            await site.end()
        print(f"\nkilled {sum(kills.values())} times: {dict(kills)}")
        assert all(kills[point] for point in [*DOOR, *WORKER]), kills
        assert sum(kills.values()) >= len(KILLS) - 3
        check_everything_once(feishu, li, len(KILLS))
        judge(feishu)


async def open_until_killed(site: Site, kill_at: str, li: Person, number: int) -> int:
    """Ask an armed process for a room until it dies there; 1 if it did."""
    await site.start(kill_at)
    await li.dm(f"开 麻烦{number}号")
    await site.until(lambda: site.has_ended() or site.is_quiet(number + 1))
    was_killed = site.has_ended()
    if was_killed:
        status = site.nursery.wait(site.pid, 0)
        assert status == KILLED, (site.home / "log").read_text()
    await site.end()
    return int(was_killed)


def check_everything_once(feishu: FakeFeishu, li: Person, asked: int) -> None:
    groups = [chat for chat in feishu.chats.values() if chat.mode == "group"]
    titles = Counter(chat.name.partition(" ")[2] for chat in groups)
    assert titles == Counter(f"麻烦{number}号" for number in range(asked))
    for chat in groups:
        assert chat.members == [li.user], chat.name
        seen = [each for each in li.sees(chat) if each.message.sender is not li.user]
        assert [each.is_pinned for each in seen] == [True], chat.name
    answers = [each.words for each in li.sees() if each.message.sender is not li.user]
    assert len(answers) == asked, answers


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
