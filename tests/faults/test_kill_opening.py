"""kill -9 at every named point of opening a war room: exactly one room, one channel, one card.

Each process is armed to die at a point while rooms are being opened through the playground's own
HTTP interface, as a browser does it; the next process finds what is left, and is armed for the next
point. At the end an unarmed one finishes whatever is unfinished, and everything is counted.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bot.core.points import POINTS
from tests.faults.nursery import Nursery
from tests.waiting import eventually

KILLED = -9
#: Rooms that each process is asked for.
ROOMS = 3
#: At the first, second, … time that a process gets to a point: a delivery comes as often as there
#: are rooms, an effect six times as often. Nothing in opening a room waits for time.
DOOR = [point for point in POINTS if point.startswith("door.")]
WORKER = [point for point in POINTS if point.startswith("worker.") and "timer" not in point]
KILLS = [f"{point}:{count}" for count in [1, 2, 3] * 5 for point in DOOR]
KILLS += [f"{point}:{count}" for count in range(1, 17) for point in WORKER]


class Site:
    """One Muster's home, and the processes that follow each other there."""

    def __init__(self, home: Path, nursery: Nursery) -> None:
        self.home = home
        self.nursery = nursery
        self.pid = 0
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]

    def start(self, kill_at: str = "") -> None:
        env = {
            "MUSTER_HOME": str(self.home),
            "MUSTER_PORT": str(self.port),
            "MUSTER_DATABASE_URL": "",
            "MUSTER_KILL_AT": kill_at,
            "MUSTER_LOG_FORMAT": "json",
        }
        self.pid = self.nursery.start("run", env=env, log=self.home / "log")

    def call(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """The answer of the playground's API; None if the process died meanwhile."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"content-type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310  as above
                return json.load(answer)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return None

    def is_up(self) -> bool:
        """Whether it listens; or died trying."""
        return self.has_ended() or self.call("/readyz") is not None

    def has_ended(self) -> bool:
        return self.nursery.wait(self.pid, 0) is not None

    def rows(self, file: str, query: str) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(self.home / file)
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()

    def is_quiet(self) -> bool:
        """Whether every room is open and nothing is on its way."""
        waiting = self.rows("muster.db", "SELECT COUNT(*) FROM outbox WHERE state <> 'done'")
        return waiting == [(0,)] and set(self.rooms().values()) <= {"ready"}

    def rooms(self) -> dict[str, str]:
        """Titles of the rooms that there are, with how far each has come."""
        if not (self.home / "muster.db").exists():
            return {}
        found = self.rows("muster.db", "SELECT title, opening FROM room")
        assert len(found) == len({title for title, _ in found}), f"a room twice: {found}"
        return dict(found)


@pytest.mark.faults
@pytest.mark.timeout(600)
def test_a_room_opens_exactly_once_whenever_muster_dies(tmp_path: Path) -> None:
    kills: Counter[str] = Counter()
    with Nursery() as nursery:
        site = Site(tmp_path, nursery)
        site.start()
        eventually(site.is_up)
        for name in ("alice", "bob"):
            assert site.call("/playground/api/people", {"name": name})
        general = next(iter(site.call("/playground/api/state?as=alice")["channels"]))["id"]
        end(site)

        asked = 0
        for kill_at in KILLS:
            wanted = range(asked, asked + ROOMS)
            kills[kill_at.partition(":")[0]] += open_until_killed(site, kill_at, wanted, general)
            asked = wanted.stop
        site.start()
        eventually(site.is_up)
        for number in range(asked):
            ask_for(site, number, general)
        eventually(site.is_quiet, timeout=120)
        end(site)

    print(f"\nkilled {sum(kills.values())} times: {dict(kills)}")
    assert sum(kills.values()) >= 100
    assert all(kills[point] for point in [*DOOR, *WORKER]), kills
    check_everything_once(site, asked)


def open_until_killed(site: Site, kill_at: str, numbers: range, general: str) -> int:
    """Ask an armed process for rooms until it dies there; 1 if it did.

    It may already die of what the one before it has left. One that never gets there is ended.
    """
    site.start(kill_at)
    eventually(site.is_up)
    for number in numbers:
        if not site.has_ended():
            ask_for(site, number, general)
    eventually(lambda: site.has_ended() or site.is_quiet())
    if not site.has_ended():
        end(site)
        return 0
    assert site.nursery.wait(site.pid, 0) == KILLED, (site.home / "log").read_text()
    return 1


def ask_for(site: Site, number: int, general: str) -> None:
    """Ask for a room, as somebody does who got no answer: again, if it is not there."""
    title = f"Trouble {number}"
    if title not in site.rooms():
        say = {"as": "alice", "channel": general, "text": f"/warroom open {title} @bob"}
        site.call("/playground/api/say", say)


def end(site: Site) -> None:
    """End a process that is alive, in the middle of whatever it does."""
    os.kill(site.pid, signal.SIGKILL)
    site.nursery.wait(site.pid, 10)


def check_everything_once(site: Site, asked: int) -> None:
    rooms = site.rows("muster.db", "SELECT number, title, channel, card FROM room")
    assert sorted(title for _, title, _, _ in rooms) == sorted(
        f"Trouble {number}" for number in range(asked)
    )
    channels = site.rows("playground.db", "SELECT id, title FROM channels WHERE title LIKE 'WR-%'")
    assert Counter(title for _, title in channels) == Counter(
        f"WR-{number} {title}" for number, title, _, _ in rooms
    )
    cards = site.rows(
        "playground.db",
        "SELECT channel, COUNT(*), SUM(is_pinned) FROM messages"
        " WHERE author = 'muster' AND only_for IS NULL GROUP BY channel",
    )
    counted = {channel: (count, pinned) for channel, count, pinned in cards}
    for _, title, channel, _ in rooms:
        assert counted[channel] == (1, 1), (title, counted)
    stuck = site.rows("muster.db", "SELECT id, state FROM outbox WHERE state <> 'done'")
    assert stuck == []
