"""`muster demo`: a living example, in the middle of its trouble, up to the present."""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
import webbrowser
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import demo, serve
from bot.bootstrap import Muster, build
from bot.core.clock import MovableClock, SystemClock
from bot.core.text import Language
from bot.features.items.queries import items
from bot.features.items.tables import Item, Kind
from bot.features.rooms.queries import Room, rooms
from bot.settings import Settings
from storage import outbox
from storage.rows import Rows
from tests.running import running
from tests.waiting import eventually


def test_the_demo_serves_a_room_in_the_middle_of_its_trouble(tmp_path: Path) -> None:
    with running(tmp_path, "demo", port="0") as site:
        eventually(lambda: "Ctrl-C ends it." in site.said)
        [address] = [line.split()[-1] for line in site.said if "http://" in line]
        assert address.startswith("http://127.0.0.1:")
        assert site.stop(signal.SIGINT) == 0
        assert site.troubles == []
    assert list(tmp_path.iterdir()) == []  # it has a home of its own, and leaves nothing


def test_the_demo_takes_another_port_when_its_own_is_taken(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        assert demo._port(port) == 0
        with running(tmp_path, "demo", "--port", str(port)) as site:
            assert site.wait() == 1
            assert f"Port {port} is taken" in site.logs[-1]["event"]
    assert demo._port(port) == port


class Story:
    """The story, told to a Muster of its own."""

    def __init__(self, home: Path) -> None:
        self.begun = SystemClock().now()
        self.clock = MovableClock(self.begun - demo.beats()[0][0] - timedelta(minutes=1))
        settings = Settings.without_file(home=home, playground="on")
        self.muster = build(settings, clock=self.clock)

    async def run(self) -> None:
        await self.muster.start()
        try:
            await demo.tell(self.muster)
            await self.muster.db.read(self.look)
        finally:
            await self.muster.stop()

    def look(self, conn: Any) -> None:
        rows = Rows(conn)
        self.rooms = rows.all(Room, rooms.select())
        self.items = rows.all(Item, items.select())
        self.outbox = outbox.counts(conn)
        self.now = self.clock.now()
        town = muster_town(self.muster)
        self.people = {person.name: person.lang for person in town.people.everybody()}
        [channel] = [c for c in town.channels.everything() if c.title.startswith("WR-1 ")]
        self.members = channel.members
        self.said = town.messages.page(channel.id, "alice")
        self.pinned = town.messages.pinned(channel.id)


def muster_town(muster: Muster) -> Any:
    assert muster.playground is not None
    return muster.playground.town


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    told = Story(tmp_path_factory.mktemp("demo"))
    asyncio.run(told.run())
    return told


def test_three_people_of_both_languages_are_in_one_open_room(story: Story) -> None:
    assert story.people == {"alice": "en", "陈晨": "zh", "bob": "en"}
    assert set(story.members) == {"alice", "bob", "chenchen"}
    [room] = story.rooms
    assert room.is_ready
    assert not room.is_closed
    assert len(story.pinned) == 1


def test_the_room_has_something_of_everything(story: Story) -> None:
    [room] = story.rooms
    assert room.progress is not None
    assert 0.5 < room.progress < 1
    assert room.update_text
    assert {Kind(item.kind) for item in story.items} == set(Kind)
    assert any(item.is_done for item in story.items)
    assert any(item.blocked_by for item in story.items)
    assert all(item.owner_id or item.kind == Kind.RISK for item in story.items)
    assert sum(item.is_overdue(story.now) for item in story.items) == 1


def test_the_story_ends_at_the_present(story: Story) -> None:
    [room] = story.rooms
    took = SystemClock().now() - story.begun
    assert abs(story.now - story.begun) <= took
    assert room.next_update_at is not None
    assert room.next_update_at > story.now
    newest = story.said[-1].at
    assert timedelta() < story.now - newest < timedelta(minutes=5)
    assert room.opened_at < story.now - timedelta(hours=24)


def test_the_story_is_over_when_it_is_shown(story: Story) -> None:
    assert story.outbox == {}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_kept_demo_goes_on_where_it_was_left(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    lang: Language,
) -> None:
    told: list[bool] = []
    opened: list[str] = []
    done = threading.Event()

    def run(settings: Settings, *, clock: Any, prepare: Any, ready: Any) -> None:
        told.append(prepare is not None)
        assert (clock is not None) is (prepare is not None)
        assert settings.database == f"sqlite:///{tmp_path / 'demo' / 'muster.db'}"
        assert settings.playground == "on"
        (settings.home / "playground.db").touch()
        ready("http://127.0.0.1:1")

    def browse(address: str) -> None:
        opened.append(address)
        done.set()

    monkeypatch.setattr(serve, "run", run)
    monkeypatch.setattr(webbrowser, "open", browse)
    settings = Settings.without_file(
        home=tmp_path, database_url="postgresql://production/x", host="0.0.0.0", language=lang
    )
    demo.run(settings, port=0, keep=True, browse=False)
    assert opened == []
    demo.run(settings, port=0, keep=True, browse=True)
    assert done.wait(10)
    assert opened == ["http://127.0.0.1:1"]
    assert told == [True, False]
    assert ("Ctrl-C" in capsys.readouterr().out) is True
