"""The auditor: says when what should have happened has not; its heartbeat says that all is well."""

from __future__ import annotations

import asyncio
import http.server
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
import structlog

from bot.auditor import Auditor
from bot.core.effects import Address, Pin
from bot.core.errors import Unavailable
from storage import letters, outbox
from storage.rows import table_of
from storage.tables import Timer
from tests.features.escalation.conftest import Group
from tests.world import World

SHANGHAI = "Asia/Shanghai"


@pytest.fixture
def forgotten(world: World, group: Group) -> Group:
    """WR-1-1 should have gone on at 18:00 on Monday, but its timer is gone. It is 09:03."""
    group.olga.says("/escalate ops here", world.channel("general")).hears("Every ladder ends")
    group.alice.says("/item add Check the logs --owner @Bob", group.room).hears_nothing()
    group.room.skips()
    table = table_of(Timer)
    world.read(lambda tx: tx.conn.execute(table.delete().where(table.c.key == "climb:1")))
    world.at("2026-11-24 09:03", SHANGHAI)
    world.meant_errors.add("escalation.late")
    return group


def _look(world: World, heartbeat: str = "") -> int:
    return world.run(Auditor(world.muster.door, world.clock, heartbeat).look())


def test_a_late_climb_is_said_and_set_going_again(world: World, forgotten: Group) -> None:
    assert (
        "Escalations are late, since Mon 23 Nov 2026, 18:00"
        in forgotten.olga.dms("/muster doctor").text
    )
    assert _look(world) == 1
    metrics = world.muster.door.metrics
    assert metrics.registry.get_sample_value("muster_escalations_late") == 1
    world.channel("general").expects("1 escalation is late, since Mon 23 Nov 2026, 10:00")
    world.advance(minutes=5)
    forgotten.bob.hears("WR-1-1 Check the logs")
    assert _look(world) == 0
    assert metrics.registry.get_sample_value("muster_escalations_late") == 0
    assert "No escalation is late" in forgotten.olga.dms("/muster doctor").text


def test_it_is_said_once(world: World, forgotten: Group) -> None:
    """As long as it is the same that is late, the ops channel hears of it once."""
    auditor = Auditor(world.muster.door, world.clock)
    for _ in range(3):
        assert world._runner.run(auditor.look()) == 1  # the worker is dead
    world.settle()
    world.channel("general").expects("1 escalation is late")
    world.channel("general").expects_nothing()
    world.advance(minutes=5)
    forgotten.bob.hears("WR-1-1 Check the logs")


def test_who_does_not_work_looks_as_well_and_leaves_the_rest(
    world: World, forgotten: Group
) -> None:
    """With the web alone somebody must see it; whoever works sets it going again."""
    auditor = Auditor(world.muster.door, world.clock, works=False)
    for _ in range(2):
        assert world._runner.run(auditor.look()) == 1
    metrics = world.muster.door.metrics
    assert metrics.registry.get_sample_value("muster_escalations_late") == 1
    world.settle()
    world.channel("general").expects_nothing()
    assert _look(world) == 1
    world.advance(minutes=5)
    world.channel("general").expects("1 escalation is late")
    forgotten.bob.hears("WR-1-1 Check the logs")


def test_what_waits_for_a_platform_that_is_gone_is_explained(world: World) -> None:
    """It is said in the log and with the effect, as the guide promises."""
    pin = Pin(Address("feishu", "a", "c"), "m")
    written = world.clock.now() - timedelta(minutes=6)
    db = world.muster.db
    world._runner.run(db.write(lambda conn: outbox.put(conn, [pin], key="k", now=written)))
    auditor = Auditor(world.muster.door, world.clock, platforms=["playground"])
    with structlog.testing.capture_logs() as logs:
        world._runner.run(auditor.look())
        world._runner.run(auditor.look())
    said = [log for log in logs if log["event"] == "outbox.not_set_up"]
    assert [(log["platform"], log["effects"]) for log in said] == [("feishu", 1)]
    [letter] = world._runner.run(db.read(lambda conn: letters.listed(conn, "open", count=9)))
    assert letter.error == "the platform is not set up"
    world._runner.run(db.write(lambda conn: letters.drop(conn, letter, world.clock.now())))


def test_all_is_well(world: World, group: Group) -> None:
    group.alice.says("/item add Check the logs --owner @Bob", group.room)
    group.room.skips()
    assert _look(world) == 0
    assert "No escalation is late" in group.olga.dms("/muster doctor").text


class _Heart(http.server.BaseHTTPRequestHandler):
    beats = 0

    def do_GET(self) -> None:
        type(self).beats += 1
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def heart() -> Iterator[str]:
    """Somewhere outside that listens for the heartbeat."""
    _Heart.beats = 0
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Heart) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_the_heart_beats_only_while_all_is_well(world: World, forgotten: Group, heart: str) -> None:
    assert _look(world, heart) == 1
    assert _Heart.beats == 0
    world.channel("general").skips()
    world.advance(minutes=5)
    forgotten.bob.direct.skips()
    assert _look(world, heart) == 0
    assert _Heart.beats == 1


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "nonsense", "http://[bad"])
def test_a_heart_that_nobody_hears_is_no_trouble(world: World, group: Group, url: str) -> None:
    assert _look(world, url) == 0


def test_nothing_ends_it(world: World, group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a database that is away nor a mistake of its own."""
    troubles: list[Exception] = [Unavailable("away"), RuntimeError("oops")]
    looked = []

    async def look(_: Auditor) -> int:
        looked.append(1)
        if troubles:
            raise troubles.pop(0)
        raise asyncio.CancelledError

    monkeypatch.setattr("bot.auditor.EVERY", 0.0)
    monkeypatch.setattr(Auditor, "look", look)
    world.meant_errors.add("auditor.failed")
    with pytest.raises(asyncio.CancelledError):
        world.run(Auditor(world.muster.door, world.clock).run())
    assert len(looked) == 3
