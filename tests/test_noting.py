"""Deliveries that are noted first: durable when acknowledged, carried out once, by whoever can."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import structlog

from bot.core.chat import Card
from bot.core.effects import Address, DirectMessage, Tell, UpdateCard
from bot.core.errors import Unavailable
from bot.core.i18n import plain
from bot.core.platform import Incoming, PutOff, Redraw, Reply, Say, Typed, Unshown
from bot.core.text import Reader, t
from bot.leftovers import FORGOTTEN, Leftovers
from bot.noting import Notes
from storage import inbox
from tests.lab import ALICE, Lab, until

pytestmark = pytest.mark.anyio
CARD = Card(t("Done"))
PLACE = Address("lab", "W1", "general")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    made = Lab()
    yield made
    await made.db.close()


async def waiting(lab: Lab) -> int:
    return await lab.db.read(inbox.count_waiting)


def typed(text: str, delivery: str = "d1") -> Incoming:
    return Incoming("lab", "W1", delivery, ALICE, Typed(text), PLACE)


def put_off(incoming: Incoming) -> Incoming:
    return replace(incoming, what=PutOff("/lab hello Bob"))


class TestTheDoor:
    async def test_a_note_is_kept_until_the_same_delivery_is_carried_out(self, lab: Lab) -> None:
        incoming = typed("/lab hello Bob")
        answer = await lab.door.handle(put_off(incoming))
        assert answer.reply is None
        assert await waiting(lab) == 1
        assert await lab.timeline() == []

        said = await lab.door.handle(incoming)
        assert isinstance(said.reply, Say)
        assert plain(said.reply.card.title, Reader()) == "Hello Bob"
        assert await waiting(lab) == 0
        assert (await lab.door.handle(incoming)).reply is None

    async def test_what_was_done_before_is_not_noted(self, lab: Lab) -> None:
        incoming = typed("/lab hello Bob")
        await lab.door.handle(incoming)
        await lab.door.handle(put_off(incoming))
        assert await waiting(lab) == 0

    async def test_a_refusal_ends_a_note_as_well(self, lab: Lab) -> None:
        incoming = typed("/lab refuse")
        await lab.door.handle(put_off(incoming))
        assert isinstance((await lab.door.handle(incoming)).reply, Say)
        assert await waiting(lab) == 0

    async def test_a_fault_of_ours_is_not_tried_for_ever(self, lab: Lab) -> None:
        incoming = typed("/lab boom")
        await lab.door.handle(put_off(incoming))
        assert isinstance((await lab.door.handle(incoming)).reply, Say)
        assert await waiting(lab) == 0

    async def test_what_is_being_noted_together_is_one_commit(self, lab: Lab) -> None:
        written = 0
        write = lab.db.write

        async def counted(job: Any) -> Any:
            nonlocal written
            written += 1
            return await write(job)

        lab.db.write = counted  # type: ignore[method-assign]  # it counts
        many = [put_off(typed("/lab hello Bob", f"d{n}")) for n in range(100)]
        await asyncio.gather(*map(lab.door.handle, many))
        assert written <= 2
        assert await waiting(lab) == 100


class TestNotes:
    async def test_a_database_that_is_away_notes_nothing_and_the_next_is_noted(
        self, lab: Lab
    ) -> None:
        notes = Notes(lab.db)
        write = lab.db.write

        async def away(job: Any) -> Any:
            raise Unavailable

        def note(name: str) -> inbox.Note:
            return inbox.Note("lab", "W1", name, lab.clock.now(), "{}")

        lab.db.write = away  # type: ignore[method-assign]  # it is away
        tried = await asyncio.gather(*(notes.add(note(n)) for n in "ab"), return_exceptions=True)
        assert [type(each) for each in tried] == [Unavailable, Unavailable]
        lab.db.write = write  # type: ignore[method-assign]  # it is back
        await notes.add(note("c"))
        assert await waiting(lab) == 1

    async def test_whoever_stops_waiting_does_not_stop_the_others(self, lab: Lab) -> None:
        notes = Notes(lab.db)
        tasks = [
            asyncio.create_task(notes.add(inbox.Note("lab", "W1", n, lab.clock.now(), "{}")))
            for n in "ab"
        ]
        await asyncio.sleep(0)
        tasks[0].cancel()
        await tasks[1]
        assert await waiting(lab) == 2


class TestUnshown:
    @pytest.mark.parametrize(
        ("reply", "message", "is_direct", "kind"),
        [
            (Say(CARD), None, False, Tell),
            (Say(CARD), "m1", False, Tell),
            (Say(CARD), None, True, DirectMessage),
            (Redraw(CARD), "m1", False, UpdateCard),
            (Redraw(CARD), None, False, Tell),
        ],
    )
    async def test_what_could_not_be_shown_becomes_an_effect_once(
        self, reply: Reply, message: str | None, is_direct: bool, kind: type, lab: Lab
    ) -> None:
        incoming = Incoming(
            "lab",
            "W1",
            "d1 answer",
            ALICE,
            Unshown(reply, message),
            place=PLACE,
            is_direct=is_direct,
            is_answerable=False,
        )
        for _ in range(2):
            assert (await lab.door.handle(incoming)).reply is None
        await lab.worker.drain()
        [(_, effect)] = lab.platform.done
        assert isinstance(effect, kind)


class Resuming:
    """A platform's adapter that notes things."""

    name = "lab"

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.resumed: list[tuple[str, str]] = []

    async def run(self, handle: Any) -> None:
        """Hear nothing."""

    async def perform(self, effect: Any, key: str) -> Any:
        """Do nothing."""

    async def resume(self, workspace: str, waiting: str) -> None:
        self.resumed.append((workspace, waiting))


class TestLeftovers:
    async def test_what_nobody_carried_out_is_given_to_its_adapter(self, lab: Lab) -> None:
        adapter = Resuming(lab)
        leftovers = Leftovers(lab.db, {"lab": adapter}, lab.clock)
        await lab.door.handle(put_off(typed("/lab hello Bob")))
        lab.clock.move_to(lab.clock.now() + FORGOTTEN)
        assert await leftovers.resume() == 0, "it may still be in hand"
        lab.clock.move_to(lab.clock.now() + timedelta(seconds=1))
        assert await leftovers.resume() == 1
        assert adapter.resumed == [("W1", "/lab hello Bob")]

    async def test_what_another_platform_brought_is_left_alone(self, lab: Lab) -> None:
        leftovers = Leftovers(lab.db, {"lab": lab.platform}, lab.clock)
        await lab.door.handle(put_off(typed("/lab hello Bob")))
        lab.clock.move_to(lab.clock.now() + timedelta(hours=1))
        assert await leftovers.resume() == 0

    async def test_what_cannot_be_done_is_tried_less_and_less_and_others_are_not_held_up(
        self, lab: Lab
    ) -> None:
        adapter = Resuming(lab)
        leftovers = Leftovers(lab.db, {"lab": adapter}, lab.clock)
        await lab.door.handle(put_off(typed("/lab hello Bob")))
        lab.clock.move_to(lab.clock.now() + FORGOTTEN)
        with structlog.testing.capture_logs() as logs:
            for _ in range(720):  # an hour
                lab.clock.move_to(lab.clock.now() + timedelta(seconds=5))
                await leftovers.resume()
        assert 10 < len(adapter.resumed) < 20
        stuck = [log for log in logs if log["event"] == "leftovers.stuck"]
        assert {log["log_level"] for log in stuck} == {"warning"}
        assert len(stuck) == len(adapter.resumed) - 2
        adapter.resumed.clear()
        await lab.door.handle(put_off(typed("/lab hello Eve", "d2")))
        lab.clock.move_to(lab.clock.now() + FORGOTTEN + timedelta(seconds=1))
        await leftovers.resume()
        assert len(adapter.resumed) >= 1, "the new one at once"

    async def test_what_was_acknowledged_is_never_dropped_in_silence(self, lab: Lab) -> None:
        metrics = lab.door.metrics
        leftovers = Leftovers(lab.db, {"lab": Resuming(lab)}, lab.clock, metrics)
        await lab.door.handle(put_off(typed("/lab hello Bob")))
        lab.clock.move_to(lab.clock.now() + inbox.KEPT - timedelta(minutes=1))
        await leftovers.give_up()
        assert await waiting(lab) == 1
        lab.clock.move_to(lab.clock.now() + timedelta(hours=2))
        await lab.db.write(lambda conn: inbox.forget_old(conn, lab.clock.now()))
        assert await waiting(lab) == 1, "housekeeping leaves it"
        with structlog.testing.capture_logs() as logs:
            await leftovers.give_up()
        [said] = logs
        assert (said["event"], said["log_level"], said["deliveries"]) == (
            "leftovers.given_up",
            "error",
            1,
        )
        assert await waiting(lab) == 0
        failed = {"platform": "lab", "outcome": "failed"}
        assert metrics.registry.get_sample_value("muster_deliveries_total", failed) == 1

    async def test_where_muster_is_gone_from_nothing_is_missed(self, lab: Lab) -> None:
        await lab.says("/lab hello Bob", delivery="d0")
        await lab.door.handle(put_off(typed("/lab hello Bob")))
        await lab.db.write(
            lambda conn: conn.exec_driver_sql("UPDATE workspace SET left_at = '2026-11-23'")
        )
        assert await waiting(lab) == 0

    async def test_a_database_that_is_away_is_waited_for(
        self, lab: Lab, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("bot.leftovers.LOOK", 0.0)
        adapter = Resuming(lab)
        leftovers = Leftovers(lab.db, {"lab": adapter}, lab.clock)
        await lab.door.handle(put_off(typed("/lab hello Bob")))
        lab.clock.move_to(lab.clock.now() + timedelta(hours=1))
        troubles = [Unavailable("away"), RuntimeError("a fault")]
        read = lab.db.read

        async def troubled(job: Any) -> Any:
            if troubles:
                raise troubles.pop(0)
            return await read(job)

        monkeypatch.setattr(lab.db, "read", troubled)
        running = asyncio.create_task(leftovers.run())
        await until(lambda: adapter.resumed)
        running.cancel()
