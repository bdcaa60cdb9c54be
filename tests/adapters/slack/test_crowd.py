"""More at once than can be carried out at once: acknowledged quickly, done once, all answered."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp import web
from sqlalchemy import select

from bot.core import backlog
from bot.core.clock import MovableClock, SystemClock
from bot.core.errors import Unavailable
from bot.features.rooms.notes import KIND
from bot.leftovers import FORGOTTEN
from storage import inbox
from storage.rows import table_of
from storage.tables import Entry
from tests.adapters.slack.stage import MODES, Mode, Stage, stage
from tests.adapters.slack.test_inbound import post, signed
from tests.fakes.slack import Channel, FakeSlack, Person

pytestmark = pytest.mark.anyio
MANY = 80
_NUMBER = re.compile(r"Number \d+")


class Ears:
    """Hears what is answered through response_urls."""

    def __init__(self) -> None:
        self.heard: dict[int, list[str]] = {}
        self.is_deaf = False

    async def hear(self, request: web.Request) -> web.Response:
        if self.is_deaf:
            return web.Response(status=404)
        number = int(request.match_info["number"])
        self.heard.setdefault(number, []).append(json.dumps(await request.json()))
        return web.Response(text="ok")


@pytest.fixture
async def ears() -> AsyncIterator[tuple[Ears, str]]:
    made = Ears()
    application = web.Application()
    application.router.add_post("/{number}", made.hear)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]  # asyncio's
    yield made, f"http://127.0.0.1:{port}"
    await runner.cleanup()


async def opened(on: Stage) -> tuple[Person, Channel]:
    mei = on.team.person("Mei", locale="en-US")
    await mei.types("/warroom open Trouble", on.general)
    await on.settled()
    return mei, await on.room("WR-1")


def command(on: Stage, person: Person, room: Channel, number: int, url: str = "") -> bytes:
    fields = {
        "command": "/warroom",
        "text": f"note Number {number}",
        "user_id": person.id,
        "user_name": "mei",
        "team_id": on.team.id,
        "channel_id": room.id,
        "trigger_id": f"{number}.crowd",
        "response_url": f"{url}/{number}" if url else "",
        "token": "an old secret",
    }
    return urlencode(fields).encode()


async def notes(on: Stage) -> list[str]:
    """What was noted on the timeline, in its order."""
    table = table_of(Entry)
    query = select(table.c.text).where(table.c.kind == KIND).order_by(table.c.id)
    found = await on.muster.db.read(lambda conn: list(conn.execute(query).scalars()))
    return [number for text in found for number in _NUMBER.findall(text)]


async def sent(on: Stage, person: Person, room: Channel, numbers: range, url: str) -> list[str]:
    """Send commands at once; the bodies of their acknowledgements."""
    bodies = [command(on, person, room, number, url) for number in numbers]
    answers = await asyncio.gather(*(post(on, body, signed(on, body)) for body in bodies))
    assert {status for status, _ in answers} == {200}
    return [text for _, text in answers]


def once_each(numbers: range) -> Counter[str]:
    return Counter(f"Number {number}" for number in numbers)


async def test_a_crowd_is_acknowledged_done_once_and_each_is_answered(
    tmp_path: Path, ears: tuple[Ears, str]
) -> None:
    heard, url = ears
    async with stage(tmp_path, "http") as on:
        mei, room = await opened(on)
        bodies = await sent(on, mei, room, range(MANY), url)
        at_once = {number for number, text in enumerate(bodies) if text}
        assert len(at_once) < MANY, "none had to wait: this shows nothing"
        await on.settled()
        assert Counter(await notes(on)) == once_each(range(MANY))
        await on.slack.until(lambda: len(heard.heard) == MANY - len(at_once))
        assert set(heard.heard) == set(range(MANY)) - at_once
        assert {len(each) for each in heard.heard.values()} == {1}


async def test_a_crowd_delivered_twice_is_done_once(tmp_path: Path, ears: tuple[Ears, str]) -> None:
    heard, url = ears
    async with stage(tmp_path, "http") as on:
        mei, room = await opened(on)
        first = sent(on, mei, room, range(MANY), url)
        await asyncio.gather(first, sent(on, mei, room, range(MANY), url))
        await on.settled()
        assert Counter(await notes(on)) == once_each(range(MANY))
        assert all(len(each) == 1 for each in heard.heard.values())


async def test_in_a_crowd_what_one_person_asks_is_done_in_its_order(
    tmp_path: Path, ears: tuple[Ears, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backlog, "HANDS", 1)
    monkeypatch.setattr(backlog, "LINE", 0)
    async with stage(tmp_path, "http") as on:
        mei, room = await opened(on)
        for number in range(30):  # each sent when the one before is acknowledged
            await asyncio.gather(
                *(sent(on, mei, room, range(n, n + 1), ears[1]) for n in (number, 100 + number))
            )
        await on.settled()
        assert [note for note in await notes(on) if len(note) < len("Number 100")] == [
            f"Number {number}" for number in range(30)
        ]


async def test_an_answer_whose_way_back_is_closed_comes_as_a_message(
    tmp_path: Path, ears: tuple[Ears, str]
) -> None:
    heard, url = ears
    heard.is_deaf = True
    async with stage(tmp_path, "http") as on:
        mei, room = await opened(on)
        bodies = await sent(on, mei, room, range(MANY), url)
        at_once = {number for number, text in enumerate(bodies) if text}
        assert len(at_once) < MANY

        def told() -> bool:
            alone = [seen for seen in mei.sees(room) if seen.is_ephemeral]
            return len(alone) == MANY - len(at_once)

        await on.slack.until(told, patience=60)


async def test_what_was_noted_is_done_after_the_process_has_died(
    tmp_path: Path, ears: tuple[Ears, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    heard, url = ears
    clock = MovableClock(SystemClock().now())
    async with FakeSlack() as slack:
        async with stage(tmp_path, "http", slack=slack, clock=clock) as on:
            mei, room = await opened(on)

            async def never(_: Any) -> None:
                """It dies before it gets to that."""

            monkeypatch.setattr(backlog.Backlog, "work", never)
            bodies = await sent(on, mei, room, range(MANY), url)
            done = await notes(on)
            noted = await on.muster.db.read(inbox.count_waiting)
            assert noted == MANY - len(done) > 0
            for_all = await on.muster.db.read(
                lambda conn: inbox.noted_before(
                    conn, ("slack",), clock.now() + timedelta(seconds=1)
                )
            )
            assert not [note for note in for_all if "an old secret" in note.waiting]
        monkeypatch.undo()
        clock.move_to(clock.now() + FORGOTTEN + timedelta(seconds=1))
        async with stage(tmp_path, "http", slack=slack, clock=clock) as on:
            await on.slack.until(lambda: len(heard.heard) == noted, patience=30)
            await on.settled()
            assert Counter(await notes(on)) == once_each(range(MANY))
            assert {number for number, text in enumerate(bodies) if not text} == set(heard.heard)


@pytest.mark.parametrize("mode", MODES)
async def test_no_acknowledgement_waits_until_slack_says_who_somebody_is(
    mode: Mode, tmp_path: Path
) -> None:
    async with stage(tmp_path, mode) as on:
        new = on.team.person("Nadia", locale="en-US", tz="Europe/Paris")
        shut = on.slack.faults.hangs("users.info", times=None)
        result = await new.types("/warroom open Look at it --next tomorrow 5pm", on.general)
        assert result.status == 200
        assert result.said is None
        shut.lift()
        said = await on.slack.until(lambda: result.said, patience=20)
        assert "Look at it" in said.words


async def test_in_a_crowd_too_only_what_slack_signed_from_where_muster_is(
    tmp_path: Path, ears: tuple[Ears, str]
) -> None:
    heard, url = ears
    async with stage(tmp_path, "http") as on:
        mei, room = await opened(on)
        body = command(on, mei, room, 1, url)
        elsewhere = body.replace(on.team.id.encode(), b"T0ELSEWHERE")
        text = json.dumps({"type": "block_actions", "team": {"id": on.team.id}})
        pressed = urlencode({"payload": text, "command": "/warroom", "user_id": mei.id}).encode()
        with on.adapter._inbound._backlog.noting():
            forged = await post(on, body, signed(on, body, secret="theirs"))
            stale = await post(on, body, signed(on, body, age=400))
            await post(on, elsewhere, signed(on, elsewhere))
            press = await post(on, pressed, signed(on, pressed))
            assert await on.muster.db.read(inbox.count_waiting) == 0
            good = await post(on, body, signed(on, body))
        assert [forged[0], stale[0], press[0]] == [401, 401, 200]
        assert "not installed" in heard.heard.pop(1)[0]
        assert good == (200, "")
        await on.settled()
        assert await notes(on) == ["Number 1"]


async def test_in_a_crowd_nothing_is_acknowledged_that_was_not_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stage(tmp_path, "http") as on:
        mei, room = await opened(on)
        body = command(on, mei, room, 1)

        def away(*_: Any) -> None:
            raise Unavailable

        with on.adapter._inbound._backlog.noting(), monkeypatch.context() as patched:
            patched.setattr(inbox, "note", away)
            assert (await post(on, body, signed(on, body)))[0] == 503
        await on.settled()
        assert await notes(on) == []


@pytest.mark.parametrize("mode", MODES)
async def test_in_a_crowd_a_command_goes_past_bolt(
    mode: Mode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stage(tmp_path, mode) as on:
        mei, room = await opened(on)

        async def busy(*_: Any) -> None:
            pytest.fail("Bolt has it")

        with on.adapter._inbound._backlog.noting(), monkeypatch.context() as patched:
            patched.setattr(on.adapter._app, "async_dispatch", busy)
            asked = await mei.types("/warroom note Number 1", room)
        assert (asked.status, asked.said) == (200, None)
        await on.slack.until(lambda: asked.said)
        assert await notes(on) == ["Number 1"]
