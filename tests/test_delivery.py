"""Delivering one effect: doubtful ones, live cards, files."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
import structlog
from sqlalchemy import Connection

from bot.core.effects import Address, Effect, PostCard, Receipt, RedrawCard, SendFile, UpdateCard
from bot.core.errors import Permanent, Temporary
from bot.core.events import EffectFailed
from bot.core.i18n import plain
from bot.core.text import Reader, t
from bot.delivery import Courier
from bot.feature import Feature, Outcome
from bot.worker import MOST_FAULTS
from storage import letters, outbox
from storage.tables import LiveCard, Outbox
from storage.tx import Tx
from tests.lab import FEATURE, HOME, Lab, Platform, until

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    made = Lab()
    yield made
    await made.db.close()


def _titles(platform: Platform) -> list[str]:
    cards = [
        effect.card for _, effect in platform.done if isinstance(effect, PostCard | UpdateCard)
    ]
    return [plain(card.title, Reader()) for card in cards]


# Doubtful effects.


class Probing(Platform):
    """Knows no keys: what is done twice is there twice. But it can be asked what is there."""

    def __init__(self) -> None:
        super().__init__()
        self.probes = 0

    async def probe(self, effect: Effect, key: str) -> Receipt | None:
        self.probes += 1
        keys = [done for done, _ in self.done]
        return Receipt(f"m{keys.index(key) + 1}") if key in keys else None


async def _die_before_the_receipt(lab: Lab, platform: Platform) -> None:
    """The effect is performed; the worker is gone before that is recorded."""
    performed = asyncio.Event()
    perform = platform.perform

    async def perform_and_hang(effect: Effect, key: str) -> Receipt:
        await perform(effect, key)
        performed.set()
        return await asyncio.Future()

    platform.perform = perform_and_hang  # type: ignore[method-assign]  # for this once
    running = asyncio.create_task(lab.worker.run())
    await performed.wait()
    await lab.worker.stop(0)
    await running
    platform.perform = perform  # type: ignore[method-assign]  # as it was
    lab.worker = lab.new_worker()


async def test_killed_between_call_and_receipt_a_post_is_there_once() -> None:
    lab = Lab(platform := Probing())
    await lab.says("/lab post C1+")
    await _die_before_the_receipt(lab, platform)
    await lab.advance(seconds=outbox.LEASE.total_seconds())
    assert platform.places == ["C1"], "exactly one"
    assert await lab.timeline() == ["posted C1 m1"], "and what follows has its receipt"
    assert platform.probes == 1
    await lab.db.close()


async def test_killed_before_the_call_it_is_made() -> None:
    lab = Lab(platform := Probing())
    await lab.says("/lab post C1+")
    await lab.db.write(lambda conn: outbox.claim(conn, lab.clock.now(), count=1))
    await lab.advance(seconds=outbox.LEASE.total_seconds())
    assert platform.places == ["C1"]
    assert platform.probes == 1
    await lab.db.close()


async def test_a_first_try_is_not_doubted() -> None:
    lab = Lab(platform := Probing())
    await lab.says("/lab post C1 C2")
    await lab.worker.drain()
    assert platform.probes == 0
    await lab.db.close()


async def test_without_a_probe_it_is_done_again_with_the_same_key(lab: Lab) -> None:
    await lab.says("/lab post C1+")
    await _die_before_the_receipt(lab, lab.platform)
    await lab.advance(seconds=outbox.LEASE.total_seconds())
    [first, second] = lab.platform.done
    assert first == second
    assert await lab.timeline() == ["posted C1 m2"]


async def test_a_dead_letter_that_had_arrived_is_not_doubled() -> None:
    """The platform took it and said that it had not: who tries again by hand doubles nothing."""

    class Liar(Probing):
        async def perform(self, effect: Effect, key: str) -> Receipt:
            await super().perform(effect, key)
            raise Permanent("internal_error")

    lab = Lab(platform := Liar())
    await lab.says("/lab post C1")
    await lab.worker.drain()
    assert await lab.states() == ["failed"]

    def again(conn: Connection) -> bool:
        [letter] = letters.listed(conn, "failed", count=9)
        return letters.retry(conn, letter, lab.clock.now())

    assert await lab.db.write(again)
    await lab.worker.drain()
    assert await lab.states() == ["done"]
    assert platform.places == ["C1"], "exactly one"
    assert platform.probes == 1
    await lab.db.close()


async def test_who_waits_for_what_is_dropped_is_told(lab: Lab) -> None:
    await lab.says("/lab post C1+")
    courier = Courier(lab.door, {})

    def drop(conn: Connection) -> bool:
        [letter] = letters.listed(conn, "open", count=9)
        return courier.drop(conn, letter, lab.clock.now())

    assert await lab.db.write(drop)
    assert await lab.states() == ["done"]
    assert await lab.timeline() == ["failed C1 dropped"]
    await lab.worker.drain()
    assert lab.platform.places == []


async def test_that_it_failed_is_announced_where_nothing_waits_for_it() -> None:
    heard: list[EffectFailed] = []

    def hear(event: EffectFailed, tx: Tx, now: datetime) -> Outcome:
        assert (tx.home.platform, tx.home.workspace) == HOME
        heard.append(event)
        return Outcome()

    lab = Lab(feature=replace(FEATURE, reactions={EffectFailed: hear}))
    lab.platform.failures += [Permanent("nope"), Permanent("nope")]
    await lab.says("/lab post C1+ C2")
    await lab.worker.drain()
    assert [event.code for event in heard] == ["nope"]
    assert await lab.timeline() == ["failed C1 nope"]
    await lab.db.close()


async def test_a_probe_that_fails_is_tried_again() -> None:
    class Shy(Probing):
        async def probe(self, effect: Effect, key: str) -> Receipt | None:
            if self.probes == 0:
                self.probes += 1
                raise Temporary(retry_after=1)
            return await super().probe(effect, key)

    lab = Lab(platform := Shy())
    await lab.says("/lab post C1+")
    await _die_before_the_receipt(lab, platform)
    await lab.advance(seconds=outbox.LEASE.total_seconds())
    assert await lab.timeline() == []
    await lab.advance(seconds=1)
    assert platform.places == ["C1"]
    assert await lab.timeline() == ["posted C1 m1"]
    await lab.db.close()


# Live cards.


async def test_a_live_card_is_drawn_when_it_is_sent(lab: Lab) -> None:
    await lab.says("/lab show")
    await lab.says("/lab touch")
    await lab.worker.drain()
    assert _titles(lab.platform) == ["1 touches"]
    [card] = await lab.rows(LiveCard)
    assert (card.live, card.channel, card.message) == ("lab:1", "C1", "m1")


async def test_redrawings_that_wait_collapse_into_one(lab: Lab) -> None:
    await lab.says("/lab show")
    await lab.worker.drain()
    for _ in range(5):
        await lab.says("/lab touch")
    await lab.worker.drain()
    assert _titles(lab.platform) == ["0 touches", "5 touches"]


async def test_a_card_that_looks_the_same_is_left_alone(lab: Lab) -> None:
    await lab.says("/lab show")
    await lab.worker.drain()
    effects = [RedrawCard(Address(*HOME, "C1"), "m1", "lab:1", Reader())]
    await lab.db.write(lambda conn: outbox.put(conn, effects, key="again", now=lab.clock.now()))
    await lab.worker.drain()
    assert _titles(lab.platform) == ["0 touches"]
    assert set(await lab.states()) == {"done"}


async def test_what_changes_between_drawing_and_receipt_is_drawn_again(lab: Lab) -> None:
    """Nobody knew yet where the card stands, so nobody could ask for it to be redrawn."""
    lab.platform.held = asyncio.Event()
    await lab.says("/lab show")
    draining = asyncio.create_task(lab.worker.drain())
    await until(lambda: lab.platform.tries == 1)
    await lab.says("/lab touch")
    lab.platform.held.set()
    await draining
    assert _titles(lab.platform) == ["0 touches", "1 touches"]


async def test_what_changes_while_a_card_is_redrawn_is_drawn_again(lab: Lab) -> None:
    await lab.says("/lab show")
    await lab.worker.drain()
    await lab.says("/lab touch")
    lab.platform.held = asyncio.Event()
    draining = asyncio.create_task(lab.worker.drain())
    await until(lambda: lab.platform.tries == 2)
    await lab.says("/lab touch")
    lab.platform.held.set()
    await draining
    assert _titles(lab.platform) == ["0 touches", "1 touches", "2 touches"]


async def test_a_redrawing_that_is_put_off_draws_what_is_true_then(lab: Lab) -> None:
    await lab.says("/lab show")
    await lab.worker.drain()
    await lab.says("/lab touch")
    lab.platform.failures.append(Temporary(retry_after=10))
    await lab.worker.drain()
    await lab.says("/lab touch")
    await lab.advance(seconds=10)
    assert _titles(lab.platform) == ["0 touches", "2 touches"]


async def test_what_is_shown_no_more_is_left_as_it_stands(lab: Lab) -> None:
    await lab.says("/lab show")
    await lab.worker.drain()
    await lab.db.write(lambda conn: conn.exec_driver_sql("UPDATE workspace SET rooms_made = 100"))
    await lab.says("/lab touch")
    await lab.worker.drain()
    assert _titles(lab.platform) == ["0 touches"]


async def test_a_card_of_something_gone_is_posted_as_it_was(lab: Lab) -> None:
    await lab.says("/lab show")
    await lab.db.write(lambda conn: conn.exec_driver_sql("UPDATE workspace SET rooms_made = 100"))
    await lab.worker.drain()
    assert _titles(lab.platform) == ["0 touches"]


async def test_a_card_that_can_be_redrawn_no_more_is_forgotten(lab: Lab) -> None:
    """Somebody has deleted the message; that is no failure, and it is not tried for ever."""
    await lab.says("/lab show")
    await lab.worker.drain()
    await lab.says("/lab touch")
    lab.platform.failures.append(Permanent("message_not_found"))
    with structlog.testing.capture_logs() as logs:
        await lab.worker.drain()
    assert await lab.rows(LiveCard) == []
    assert "failed" not in await lab.states()
    assert {log["log_level"] for log in logs} == {"warning"}
    tries = lab.platform.tries
    await lab.says("/lab touch")
    await lab.worker.drain()
    assert lab.platform.tries == tries


async def test_a_card_that_is_posted_anew_is_redrawn_where_it_stands_now(lab: Lab) -> None:
    await lab.says("/lab show")
    await lab.worker.drain()
    lab.platform.posts_anew = True
    await lab.says("/lab touch")
    await lab.worker.drain()
    [card] = await lab.rows(LiveCard)
    assert card.message == "m2"
    lab.platform.posts_anew = False
    await lab.says("/lab touch")
    # One that was asked for before it moved: nobody may post it a second time.
    late = [RedrawCard(Address(*HOME, "C1"), "m1", "lab:1", Reader())]
    await lab.db.write(lambda conn: outbox.put(conn, late, key="late", now=lab.clock.now()))
    await lab.worker.drain()
    updates = [effect for _, effect in lab.platform.done if isinstance(effect, UpdateCard)]
    assert [effect.message for effect in updates] == ["m1", "m2"]
    assert set(await lab.states()) == {"done"}


async def test_a_card_that_fails_for_another_reason_is_not_forgotten(lab: Lab) -> None:
    await lab.says("/lab show")
    await lab.worker.drain()
    await lab.says("/lab touch")
    lab.platform.failures.extend(RuntimeError("fault") for _ in range(MOST_FAULTS))
    with structlog.testing.capture_logs():
        for _ in range(MOST_FAULTS):
            await lab.advance(minutes=1)
    assert len(await lab.rows(LiveCard)) == 1
    await lab.says("/lab touch")
    await lab.worker.drain()
    assert _titles(lab.platform)[-1] == "2 touches"


async def test_the_same_message_elsewhere_is_another_card(lab: Lab) -> None:
    """Numbers of messages are a platform's own."""
    await lab.says("/lab show")
    await lab.worker.drain()

    def elsewhere(conn: Connection) -> None:
        conn.exec_driver_sql(
            "INSERT INTO live_card"
            " (live, platform, workspace, channel, message, lang, zone, digest)"
            " SELECT live, 'other', 'W9', channel, message, lang, zone, 'x'"
            " FROM live_card"
        )

    await lab.db.write(elsewhere)
    await lab.says("/lab touch")
    with structlog.testing.capture_logs():
        await lab.worker.drain()
    mine, other = await lab.rows(LiveCard)
    assert mine.digest != "x"
    assert other.digest == "x"
    assert _titles(lab.platform) == ["0 touches", "1 touches"]


# Files.


class Sending(Platform):
    """Takes files."""

    def __init__(self) -> None:
        super().__init__()
        self.files: list[tuple[str, bytes, Path]] = []

    async def send_file(self, effect: SendFile, key: str, content: Path) -> Receipt:
        receipt = await self.perform(effect, key)
        written = await asyncio.to_thread(content.read_bytes)
        self.files.append((effect.filename, written, content))
        return receipt


def _export(rows: object, query: object, path: Path, report: object) -> int:
    path.write_text(f"{query}")
    return 1


EXPORTING = Feature(
    "lab",
    commands=FEATURE.commands,
    reactions=FEATURE.reactions,
    live=FEATURE.live,
    exports={"all": _export},
)


async def _send_file(lab: Lab) -> None:
    effect = SendFile(Address(*HOME, "C1"), "all", {"x": 1}, "all.txt", t("Here"), Reader())
    await lab.db.write(lambda conn: outbox.put(conn, [effect], key="file", now=lab.clock.now()))
    await lab.worker.drain()


async def test_a_file_is_written_when_it_is_sent_and_gone_afterwards() -> None:
    lab = Lab(platform := Sending(), feature=EXPORTING)
    await _send_file(lab)
    [(name, content, path)] = platform.files
    assert (name, content) == ("all.txt", b"{'x': 1}")
    assert not path.exists()
    await lab.db.close()


async def test_a_file_is_written_anew_for_every_try() -> None:
    lab = Lab(platform := Sending(), feature=EXPORTING)
    platform.failures.append(Temporary(retry_after=1))
    await _send_file(lab)
    await lab.advance(seconds=1)
    assert len(platform.files) == 1
    await lab.db.close()


async def test_files_are_written_one_at_a_time(tmp_path: Path) -> None:
    """An export reads for a minute; two at once would have all who read on SQLite."""
    at_once, most = 0, 0

    def slow(rows: object, query: object, path: Path, report: object) -> int:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        time.sleep(0.05)  # in a thread; what would overlap does
        at_once -= 1
        return _export(rows, query, path, report)

    feature = replace(EXPORTING, exports={"all": slow})
    lab = Lab(platform := Sending(), url=f"sqlite:///{tmp_path / 'm.db'}", feature=feature)
    files = [
        SendFile(Address(*HOME, f"C{n}"), "all", {}, "all.txt", t("Here"), Reader())
        for n in range(3)
    ]
    await lab.db.write(lambda conn: outbox.put(conn, files, key="files", now=lab.clock.now()))
    await lab.worker.drain()
    assert (len(platform.files), most) == (3, 1)
    await lab.db.close()


async def test_a_platform_without_files_says_so() -> None:
    lab = Lab(feature=EXPORTING)
    with structlog.testing.capture_logs():
        await _send_file(lab)
    [row] = await lab.rows(Outbox)
    assert (row.state, row.error) == ("failed", "no_files")
    await lab.db.close()
