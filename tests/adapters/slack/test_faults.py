"""A bad day between Muster and Slack: nothing is lost, and nothing happens twice."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from adapters.slack import socket as socket_mode
from bot.core.clock import MovableClock
from bot.core.errors import Unavailable
from bot.features.items.tables import Item
from bot.features.rooms.tables import Room
from storage import outbox
from storage.rows import table_of
from tests.adapters.slack.stage import MODES, Mode, Stage, stage
from tests.fakes.slack import Channel, FakeSlack, Person
from tests.fakes.slack.faults import Fault, Kind

pytestmark = pytest.mark.anyio
#: Calls that carry something to people; the rest can be asked as often as one likes.
DEEDS = ("conversations.create", "chat.postMessage", "conversations.invite", "pins.add")


async def titles(on: Stage) -> list[str]:
    query = select(table_of(Room).c.title)
    return sorted(await on.muster.db.read(lambda conn: list(conn.execute(query).scalars())))


async def items(on: Stage) -> list[str]:
    query = select(table_of(Item).c.text)
    return sorted(await on.muster.db.read(lambda conn: list(conn.execute(query).scalars())))


async def opened(on: Stage) -> tuple[Person, Channel]:
    """Somebody in a war room of theirs."""
    mei = on.team.person("Mei", locale="en-US")
    await mei.types("/warroom open Trouble", on.general)
    await on.settled()
    return mei, await on.room("WR-1")


def check_once(on: Stage, mei: Person, key: str = "WR-1") -> None:
    """One channel, one pinned card, one announcement."""
    [room] = [c for c in on.team.channels.values() if c.name.startswith(f"{key.lower()}-")]
    [card] = [seen for seen in mei.sees(room) if seen.is_pinned]
    assert len([one for one in mei.sees(room) if one.words == card.words]) == 1
    public = [one for one in mei.sees(on.general) if one.by == "Muster" and not one.is_ephemeral]
    assert len([one for one in public if key in one.words]) == 1


class TestTooOften:
    async def test_a_storm_in_which_half_of_all_calls_are_refused(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with stage(tmp_path, "http") as on:
            strike = on.slack.faults.strike
            seen, refused = Counter[str](), Counter[str]()

            def half(method: str) -> list[Fault]:
                seen[method] += 1
                if method != "response_url" and seen[method] % 2:
                    refused[method] += 1
                    return [Fault(Kind.RATE, method, seconds=1)]
                return strike(method)

            monkeypatch.setattr(on.slack.faults, "strike", half)
            mei = on.team.person("Mei", locale="en-US")
            await mei.types("/warroom open Trouble", on.general)
            room = await on.slack.until(lambda: on.team.named("wr-1-trouble"), patience=60)
            await on.slack.until(lambda: mei.id in room.members, patience=60)
            for n in range(3):
                assert (await mei.types(f"/item add Number {n}", room)).status == 200
            await on.settled()
            assert {"conversations.create", "chat.postMessage"} <= set(refused)
            assert sum(refused.values()) >= 6, refused
            check_once(on, mei)
            added = [one.words for one in mei.sees(room) if "@Mei added" in one.words]
            assert [f"Number {n}" in words for n, words in enumerate(added)] == [True] * 3, added
            assert on.slack.limits.early == [], "called although Slack had asked to wait"

    async def test_an_answer_waits_as_well(self, tmp_path: Path) -> None:
        async with stage(tmp_path, "http") as on:
            mei = on.team.person("Mei", locale="en-US")
            on.slack.faults.fails("response_url", "used_url", times=None)
            refused = on.slack.faults.answers_429(1, "chat.postEphemeral", times=2)
            await mei.types("/warroom list", on.general)
            await on.slack.until(lambda: mei.sees(on.general))
            [said] = mei.sees(on.general)
            assert said.is_ephemeral
            assert "No war rooms" in said.words
            assert refused.hits >= 1
            assert on.slack.limits.early == []


def _hangs(on: Stage, method: str) -> Fault:
    on.adapter.client(on.team.id).api._timeout = 0.4
    return on.slack.faults.hangs(method)


SPOILS: dict[str, Callable[[Stage, str], Fault]] = {
    "hangs": _hangs,
    "drops before": lambda on, method: on.slack.faults.drops_before(method),
    "drops after delivery": lambda on, method: on.slack.faults.drops_after_delivery(method),
    "server error": lambda on, method: on.slack.faults.http_500(method),
    "internal error": lambda on, method: on.slack.faults.fails(method, "internal_error"),
}


@pytest.mark.parametrize("spoil", list(SPOILS))
async def test_a_room_is_opened_once_whatever_its_calls_suffer(spoil: str, tmp_path: Path) -> None:
    async with stage(tmp_path, "http") as on:
        mei = on.team.person("Mei", locale="en-US")
        await (await mei.types("/warroom list", on.general)).hears("No war rooms")
        faults = [SPOILS[spoil](on, method) for method in DEEDS]
        await mei.types("/warroom open Trouble", on.general)
        for fault in faults:
            await on.slack.until(lambda fault=fault: fault.hits, patience=60)  # type: ignore[misc]
            if spoil == "hangs":
                # It is carried out in the end, by when it was given up.
                await asyncio.sleep(0.5)  # longer than the patience of a call
                fault.lift()
        await on.settled()
        check_once(on, mei)
        assert await titles(on) == ["Trouble"]


async def test_a_token_that_is_revoked_and_comes_back(tmp_path: Path) -> None:
    clock = MovableClock()
    async with stage(tmp_path, "http", clock=clock) as on:
        mei, room = await opened(on)
        shut = on.slack.faults.fails("*", "token_revoked", times=None)
        # It is taken in, and answered where that needs no token.
        assert (await mei.types("/item add Look at the logs", room)).status == 200
        # The fake has answered before Muster has read it.
        await on.slack.until(lambda: on.adapter.client(on.team.id).trouble == "token_revoked")
        assert shut.hits
        while (await on.muster.db.read(outbox.counts)).get("claimed"):  # noqa: ASYNC110  as said
            await asyncio.sleep(0.01)  # until it is noted that it has to wait
        shut.lift()
        assert not [one for one in mei.sees(room) if "Look at the logs" in one.words]
        clock.move_to(clock.now() + timedelta(minutes=16))
        on.muster.worker.wake()
        await on.slack.until(
            lambda: [one for one in mei.sees(room) if "Look at the logs" in one.words]
        )
        await on.settled()
        told = [one for one in mei.sees(room) if "Look at the logs" in one.words]
        assert len([one for one in told if not one.is_pinned and not one.is_ephemeral]) == 1


@pytest.mark.parametrize("mode", MODES)
class TestTwice:
    async def test_everything_is_delivered_twice(self, mode: Mode, tmp_path: Path) -> None:
        async with stage(tmp_path, mode) as on:
            mei, bob = on.team.person("Mei", locale="en-US"), on.team.person("Bob", locale="en-US")
            on.slack.deliveries.duplicates(1000)
            await mei.types("/warroom open Trouble", on.general)
            await on.settled()
            room = await on.room("WR-1")
            [announced] = [seen for seen in bob.sees(on.general) if "WR-1" in seen.words]
            await bob.presses("Join", announced)
            await mei.types("/item add Look", room)
            written = await mei.writes("@Muster note It was the pool", room)
            await on.settled()
            await mei.reacts("pushpin", written)
            await mei.shortcut("Make an item", written)
            await on.slack.until(lambda: mei.modal)
            assert (await mei.submits()).error == ""
            await on.settled()
            assert await titles(on) == ["Trouble"]
            assert len(await items(on)) == 2
            check_once(on, mei)
            assert Counter(room.members)[bob.id] == 1
            public = [one for one in mei.sees(room) if one.by == "Muster" and not one.is_ephemeral]
            keys = Counter(json.dumps(one.metadata) for one in public)
            assert set(keys.values()) == {1}, public
            assert len([one for one in public if "added" in one.words]) == 2

    async def test_the_ladder_of_redeliveries_all_at_once(self, mode: Mode, tmp_path: Path) -> None:
        async with stage(tmp_path, mode) as on:
            mei, room = await opened(on)
            said = [await mei.writes(f"@Muster item add Number {n}", room) for n in range(5)]
            mentions = [one for one in on.slack.deliveries.log if one.name == "app_mention"]
            assert len(mentions) == len(said)
            for _ in range(4):
                for one in mentions:
                    on.slack.deliveries.redelivers(one)
            await on.slack.until(lambda: all(len(one.attempts) == 5 for one in mentions))
            assert await items(on) == [f"Number {n}" for n in range(5)]


class TestSocket:
    @pytest.mark.parametrize("trouble", ["closed", "refreshed", "warned", "half open"])
    async def test_a_burst_over_a_socket_in_trouble(
        self, trouble: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(socket_mode, "PING", 0.3)
        async with stage(tmp_path, "socket") as on:
            mei, room = await opened(on)
            on.slack.limits.on = False
            first = on.slack.socket.opened
            on.slack.deliveries.patience = 1.0
            burst = [asyncio.create_task(_says(mei, room, n)) for n in range(30)]
            await on.slack.until(lambda: len(on.slack.deliveries.log) > 10)
            match trouble:
                case "closed":
                    await on.slack.socket.close_all()
                case "refreshed":
                    await on.slack.socket.refresh()
                case "warned":
                    await on.slack.socket.refresh("warning")
                case _:
                    on.slack.socket.half_open()
            await asyncio.gather(*burst)
            if trouble != "warned":
                await on.slack.until(lambda: on.slack.socket.opened > first, patience=20)
                await on.slack.until(
                    lambda: [one for one in on.slack.socket.connections if not one.is_half_open]
                )
                for one in list(on.slack.socket.connections):
                    if one.is_half_open:  # Slack lets go of it some time
                        on.slack.socket._gone(one)
            # What was not acknowledged comes again, as Slack has it.
            await _climbed(on)
            await on.caught_up()
            assert await items(on) == sorted(f"Number {n}" for n in range(30))
            assert on.adapter.ready.is_set()

    async def test_whoever_cannot_wait_for_a_goodbye_leaves_no_session_open(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made: list[Any] = []

        class Kept(socket_mode._Handler):
            def __init__(self, *args: Any, **more: Any) -> None:
                super().__init__(*args, **more)
                made.append(self.client)

        async with stage(tmp_path, "socket") as on:
            monkeypatch.setattr(socket_mode, "_Handler", Kept)
            task = asyncio.create_task(on.adapter._connected())
            await on.slack.until(lambda: made and made[0].current_session)
            monkeypatch.setattr(made[0], "disconnect", asyncio.Event().wait)  # no answer to it
            for _ in range(2):
                task.cancel()
                await asyncio.sleep(0.1)  # into the goodbye
            await asyncio.wait([task])
            assert made[0].aiohttp_client_session.closed

    async def test_readiness_follows_the_socket(self, tmp_path: Path) -> None:
        async with stage(tmp_path, "socket") as on:
            assert on.adapter.socket is not None
            refused = on.slack.faults.fails("apps.connections.open", "internal_error", times=None)
            await on.slack.socket.close_all()
            await on.slack.until(lambda: not on.adapter.ready.is_set())
            assert on.adapter.socket.connected_at is None
            refused.lift()
            await on.slack.until(on.adapter.ready.is_set, patience=30)


async def _says(mei: Person, room: Channel, n: int) -> None:
    await mei.writes(f"@Muster item add Number {n}", room)


async def _climbed(on: Stage) -> None:
    """Let the ladder of retries pass: Slack's clock moves on until each was taken or given up."""
    events = [one for one in on.slack.deliveries.log if one.kind == "event"]
    for _ in range(10):
        on.slack.clock.advance(310)
        await on.slack.quiet(patience=30)
        if all(one.done.is_set() for one in events):
            break
    assert all(one.attempts[-1].is_good for one in events), "something was given up"


@pytest.mark.parametrize("mode", MODES)
async def test_without_its_database_nothing_is_acknowledged(
    mode: Mode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stage(tmp_path, mode) as on:
        mei, room = await opened(on)

        async def away(*_: Any) -> Any:
            raise Unavailable

        on.slack.deliveries.patience = 1.0
        with monkeypatch.context() as patch:
            patch.setattr(on.muster.db, "write", away)
            asked = await mei.types("/item add Look", room)
            assert asked.status == (503 if mode == "http" else 0)
            assert asked.error, "who typed it sees that it did not work"
            await mei.writes("@Muster item add Number 1", room)
            [mention] = [one for one in on.slack.deliveries.log if one.name == "app_mention"]
            assert not mention.attempts[0].is_good
        await _climbed(on)
        await on.settled()
        assert await items(on) == ["Number 1"]


class TestOccasionsThatPass:
    @pytest.mark.parametrize(
        "code", ["expired_trigger_id", "exchanged_trigger_id", "internal_error"]
    )
    async def test_a_form_whose_trigger_is_spent_is_behind_a_button(
        self, code: str, tmp_path: Path
    ) -> None:
        async with stage(tmp_path, "http") as on:
            mei = on.team.person("Mei", locale="en-US")
            on.slack.faults.fails("views.open", code)
            asked = await mei.types("/warroom open --severity 1", on.general)
            said = await on.slack.until(lambda: asked.said)
            assert mei.modal is None
            assert said.words.count("took too long to open") == 1
            assert said.words.count("Open a war room") == 1
            [label] = said.buttons
            await mei.presses(label, said)
            modal = await on.slack.until(lambda: mei.modal)
            assert modal.inputs["Severity"].value["text"]["text"] == "1 · critical"
            await mei.fills({"What is the problem?": "Trouble"})
            assert not (await mei.submits()).refused
            await on.settled()
            assert await titles(on) == ["Trouble"]

    async def test_a_form_that_comes_too_late_for_real(self, tmp_path: Path) -> None:
        """Nothing is told the fake: the trigger is as old as it is."""
        async with stage(tmp_path, "http") as on:
            mei = on.team.person("Mei", locale="en-US")
            slow = on.slack.faults.lag(1.0, "users.info")
            task = asyncio.create_task(mei.types("/warroom", on.general))
            await on.slack.until(lambda: on.slack.called("users.info"))
            on.slack.clock.advance(4)
            asked = await task
            said = await on.slack.until(lambda: asked.said)
            slow.lift()
            assert said.buttons

    async def test_a_spent_response_url(self, tmp_path: Path) -> None:
        async with stage(tmp_path, "http") as on:
            mei = on.team.person("Mei", locale="en-US")
            on.slack.faults.fails("response_url", "used_url", times=None)
            await mei.types("/warroom list", on.general)
            await on.slack.until(lambda: mei.sees(on.general))
            [said] = mei.sees(on.general)
            assert said.is_ephemeral
            assert "No war rooms" in said.words

    async def test_a_spent_response_url_where_muster_is_not(self, tmp_path: Path) -> None:
        async with stage(tmp_path, "http") as on:
            mei = on.team.person("Mei", locale="en-US")
            lair = await mei.creates("lair", private=True)
            on.slack.faults.fails("response_url", "used_url", times=None)
            await mei.types("/warroom list", lair)
            await on.slack.until(mei.sees)
            assert "No war rooms" in mei.sees()[0].words
            assert mei.sees(lair) == []

    async def test_a_home_tab_whose_trigger_is_spent(self, tmp_path: Path) -> None:
        async with stage(tmp_path, "http") as on:
            mei = on.team.person("Mei", locale="en-US")
            on.slack.faults.fails("views.open", "expired_trigger_id", times=None)
            await mei.global_shortcut("warroom open")
            await on.slack.until(mei.sees)
            [said] = mei.sees()
            on.slack.faults.lift()
            await mei.presses(next(iter(said.buttons)), said)
            modal = await on.slack.until(lambda: mei.modal)
            assert "What is the problem?" in modal.inputs


async def test_an_uninstalled_app_says_no_more(tmp_path: Path) -> None:
    async with FakeSlack() as slack, stage(tmp_path, "http", slack=slack) as on:
        mei, room = await opened(on)
        on.team.uninstalls()
        await slack.quiet()
        before = len(slack.called("chat.postMessage"))
        await mei.types("/item add Look", room)
        await slack.quiet()
        posted = slack.called("chat.postMessage")[before:]
        assert [one.answer for one in posted if (one.answer or {}).get("ok")] == []
        assert json.dumps([one.answer for one in posted]).count('"ok": true') == 0
