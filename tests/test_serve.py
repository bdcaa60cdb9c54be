"""`muster run`: it becomes ready, it works, it stops when told, and nothing is lost by that."""

from __future__ import annotations

import asyncio
import http.client
import json
import signal
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from bot import serve
from bot.core.chat import line
from bot.core.effects import Address, PostCard
from bot.core.text import Reader, t
from storage import migrate, outbox
from storage.db import open_database
from tests.running import Running, muster, running
from tests.waiting import eventually


def arrive(site: Running) -> str:
    """Alice comes to the town; the id of #general."""
    site.api("people", {"name": "alice", "lang": "en", "zone": "UTC"})
    return str(site.api("state?as=alice")["channels"][0]["id"])


def say(site: Running, channel: str, text: str) -> Any:
    return site.api("say", {"as": "alice", "channel": channel, "text": text})


def channels(site: Running) -> list[str]:
    return [each["name"] for each in site.api("state?as=alice")["channels"]]


# ── ready ────────────────────────────────────────────────────────────────────────────────────────


def test_it_says_that_it_is_ready_and_how_it_is(tmp_path: Path) -> None:
    with running(tmp_path) as site:
        assert site.get("/healthz") == (200, "ok\n")
        status, text = site.get("/readyz")
        assert status == 200
        assert json.loads(text) == {"ready": True, "database": "ok", "playground": "ok"}
        status, text = site.get("/metrics")
        assert status == 200
        assert 'muster_outbox_rows{state="waiting"} 0.0' in text
        assert "muster_database_up 1.0" in text
        assert site.get("/")[0] == 200
        assert site.stop() == 0
        assert [log["event"] for log in site.logs] == ["ready", "stopping", "stopped"]
        assert site.logs[0]["platforms"] == ["playground"]


def test_without_a_playground_only_its_health_is_served(tmp_path: Path) -> None:
    with running(tmp_path, playground="off") as site:
        assert site.get("/readyz")[0] == 200
        assert site.get("/")[0] == 404
        assert site.stop(signal.SIGINT) == 0


def test_no_log_holds_what_somebody_wrote(tmp_path: Path) -> None:
    with running(tmp_path, log_level="debug") as site:
        general = arrive(site)
        say(site, general, "/warroom open Xylophone")
        eventually(lambda: len(channels(site)) == 3)
        site.get("/playground/api/state?as=alice&x=Xylophone")
        assert site.stop() == 0
        assert "ylophone" not in json.dumps(site.logs)


def test_a_port_that_is_taken_is_said_in_a_sentence(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = str(taken.getsockname()[1])
        done = muster("run", home=tmp_path, port=port)
    assert done.returncode == 1
    assert done.stderr == f"muster: Port {port} is taken: set MUSTER_PORT to a free one.\n"


def test_it_runs_on_postgresql_as_well(tmp_path: Path, postgres_url: str) -> None:
    with running(tmp_path, database_url=postgres_url) as site:
        assert site.get("/readyz")[0] == 200
        say(site, arrive(site), "/warroom open Payment timeouts")
        eventually(lambda: pins(site, "wr-1-payment-timeouts") == ["WR-1 Payment timeouts"])
        assert site.stop() == 0
        assert site.troubles == []


@pytest.mark.parametrize("host", ["::1", "localhost"])
def test_it_listens_where_it_is_told_to(tmp_path: Path, host: str) -> None:
    with running(tmp_path, host=host) as site:
        assert site.get("/healthz")[0] == 200
        assert site.stop() == 0


# ── stopping ─────────────────────────────────────────────────────────────────────────────────────


def test_open_pages_do_not_hold_up_the_stop(tmp_path: Path) -> None:
    with running(tmp_path) as site:
        arrive(site)
        streams = [site.connection() for _ in range(3)]
        answers = []
        for stream in streams:
            stream.request("GET", "/playground/api/events?as=alice")
            answers.append(stream.getresponse())
        assert all(answer.readline() == b"retry: 1000\n" for answer in answers)
        begun = time.monotonic()
        assert site.stop() == 0
        assert time.monotonic() - begun < serve.PATIENCE / 2
        for answer, stream in zip(answers, streams, strict=True):
            answer.read()  # it ends, as a stream that was finished does
            stream.close()
        assert site.troubles == []


@contextmanager
def locked(home: Path) -> Iterator[sqlite3.Connection]:
    """The database, held by somebody else so that nothing can be written."""
    with closing(sqlite3.connect(home / "muster.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other


def test_a_request_in_hand_is_finished(tmp_path: Path) -> None:
    with running(tmp_path) as site:
        general = arrive(site)
        answers: list[Any] = []
        with locked(tmp_path) as other:
            asking = threading.Thread(
                target=lambda: answers.append(say(site, general, "/muster whoami"))
            )
            asking.start()
            eventually(lambda: messages(site.home) == 1)  # said, and waiting for the database
            site.process.send_signal(signal.SIGTERM)
            eventually(lambda: not accepts(site))
            assert answers == []
            other.execute("ROLLBACK")
            asking.join(20)
        assert site.wait() == 0
        [answer] = answers
        assert answer["answer"]["card"]["plain"] == "You are alice"
        assert site.troubles == []


def messages(home: Path) -> int:
    """How many messages there are in the town."""
    with closing(sqlite3.connect(home / "playground.db")) as town:
        return int(town.execute("SELECT count(*) FROM messages").fetchone()[0])


def accepts(site: Running) -> bool:
    try:
        connection = site.connection()
        connection.connect()
    except OSError:
        return False
    connection.close()
    return True


def test_a_second_signal_ends_it_at_once(tmp_path: Path) -> None:
    with running(tmp_path) as site:
        general = arrive(site)
        with locked(tmp_path):
            asking = threading.Thread(target=_say_in_vain, args=(site, general))
            asking.start()
            eventually(lambda: messages(site.home) == 1)
            site.process.send_signal(signal.SIGTERM)
            eventually(lambda: not accepts(site))
            eventually(lambda: _is_ended_by(site, signal.SIGTERM))
            asking.join(20)
        assert site.wait() == -signal.SIGTERM


def _is_ended_by(site: Running, how: signal.Signals) -> bool:
    """Whether it has ended; until then it is told once more, as somebody impatient does."""
    if site.process.poll() is None:
        site.process.send_signal(how)
    return site.process.poll() is not None


def _say_in_vain(site: Running, channel: str) -> None:
    with pytest.raises((OSError, http.client.HTTPException)):
        say(site, channel, "/muster whoami")


@pytest.mark.slow
def test_it_stops_in_time_though_the_database_is_held(tmp_path: Path) -> None:
    with running(tmp_path) as site:
        general = arrive(site)
        with locked(tmp_path):
            asking = threading.Thread(target=_say_nothing_heard, args=(site, general))
            asking.start()
            eventually(lambda: messages(site.home) == 1)
            begun = time.monotonic()
            assert site.stop() == 0
            assert time.monotonic() - begun < serve.PATIENCE + 2
            asking.join(20)
    with running(tmp_path) as site:  # nothing is broken by that
        assert say(site, general, "/muster whoami")["answer"]
        assert site.stop() == 0


def _say_nothing_heard(site: Running, channel: str) -> None:
    """Whatever becomes of it: cut off, or told that the database does not take it."""
    with pytest.raises((OSError, http.client.HTTPException, AssertionError)):
        say(site, channel, "/muster whoami")


# ── what is left ─────────────────────────────────────────────────────────────────────────────────


def test_what_is_left_is_picked_up_at_the_next_start(tmp_path: Path) -> None:
    with running(tmp_path) as site:
        general = arrive(site)
        assert site.stop() == 0
    effect = PostCard(
        Address("playground", "playground", general), line(t("Left over")), Reader("en", "UTC")
    )
    asyncio.run(leave(f"sqlite:///{tmp_path / 'muster.db'}", effect))
    with running(tmp_path) as site:
        eventually(lambda: messages(site.home) == 1)
        assert site.stop() == 0
        assert site.troubles == []


async def leave(url: str, effect: PostCard) -> None:
    """Put an effect where a process that was stopped would have left it."""
    database = open_database(url)
    try:
        now = await database.read(lambda conn: conn.exec_driver_sql("SELECT 1").scalar())
        assert now == 1
        await database.write(lambda conn: _put(conn, effect))
    finally:
        await database.close()


def _put(conn: Any, effect: PostCard) -> None:
    from bot.core.clock import SystemClock

    key = f"{migrate.instance_of(conn)}-left"
    outbox.put(conn, [effect], key=key, now=SystemClock().now())


def test_a_room_that_was_being_opened_is_finished_by_the_next_process(tmp_path: Path) -> None:
    with running(tmp_path, kill_at="worker.after_claim:2") as site:
        general = arrive(site)
        say(site, general, "/warroom open Payment timeouts")
        assert site.wait() == -signal.SIGKILL
    with running(tmp_path) as site:
        eventually(lambda: len(channels(site)) == 3)
        eventually(lambda: pins(site, "wr-1-payment-timeouts") == ["WR-1 Payment timeouts"])
        assert site.stop() == 0


def pins(site: Running, name: str) -> list[str]:
    channels = [c["id"] for c in site.api("state?as=alice")["channels"] if c["name"] == name]
    found = [site.api(f"pins?as=alice&channel={channel}")["messages"] for channel in channels]
    return [message["card"]["plain"] for messages in found for message in messages]
