"""What is counted: each promise where it is kept, once, under labels that stay few."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Connection

from bot import web
from bot.bootstrap import build
from bot.core.effects import Effect, Receipt
from bot.core.errors import Permanent
from bot.core.strain import Strain
from bot.metrics import Line, Metrics
from bot.settings import Settings
from storage import letters, outbox
from storage.db import open_database
from tests.lab import Lab, Platform

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    made = Lab()
    yield made
    await made.db.close()


def value(metrics: Metrics, name: str, **labels: str) -> float:
    """What /metrics would say; 0 where it says nothing of it."""
    for family in text_string_to_metric_families(generate_latest(metrics.registry).decode()):
        for sample in family.samples:
            if sample.name == name and labels.items() <= sample.labels.items():
                return sample.value
    return 0.0


async def test_a_redelivery_is_counted_as_one(lab: Lab) -> None:
    for _ in range(3):
        await lab.says("/lab hello Ada", delivery="d1")
    metrics = lab.door.metrics
    assert value(metrics, "muster_redeliveries_total", platform="lab") == 2
    assert value(metrics, "muster_handling_seconds_count", platform="lab") == 3


async def test_probes_are_counted_by_what_they_found() -> None:
    class Knowing(Platform):
        async def probe(self, effect: Effect, key: str) -> Receipt | None:
            return Receipt("m1") if "C1" in str(effect) else None

    lab = Lab(Knowing())
    await lab.says("/lab post C1 C2")
    await lab.db.write(lambda conn: conn.exec_driver_sql("UPDATE outbox SET attempts = 1"))
    await lab.worker.drain()
    metrics = lab.door.metrics
    assert value(metrics, "muster_probes_total", platform="lab", found="happened") == 1
    assert value(metrics, "muster_probes_total", platform="lab", found="not_found") == 1
    await lab.db.close()


async def test_a_dead_letter_is_one_that_nobody_minds(lab: Lab) -> None:
    await lab.says("/lab post C1 C2+")
    lab.platform.failures += [Permanent("nope"), Permanent("nope")]
    await lab.worker.drain()
    metrics = lab.door.metrics
    assert value(metrics, "muster_dead_letters_total", platform="lab") == 1
    assert value(metrics, "muster_effects_total", outcome="failed") == 2


async def test_how_late_a_timer_fired(lab: Lab) -> None:
    await lab.says("/lab timer 1")
    lab.clock.move_to(lab.clock.now() + timedelta(minutes=11))
    await lab.worker.drain()
    metrics = lab.door.metrics
    assert value(metrics, "muster_timers_late_seconds_sum") == 600
    assert value(metrics, "muster_timers_late_seconds_bucket", le="300.0") == 0
    assert value(metrics, "muster_timers_late_seconds_bucket", le="900.0") == 1


async def test_the_database_says_how_long_it_took(database_url: str) -> None:
    db, metrics = open_database(database_url), Metrics()
    db.watch = metrics
    for _ in range(3):
        await db.write(lambda conn: conn.exec_driver_sql("DELETE FROM meta").rowcount)
    await db.read(lambda conn: conn.exec_driver_sql("SELECT 1").scalar())
    await db.close()
    assert value(metrics, "muster_database_commit_seconds_count") == 3
    assert value(metrics, "muster_database_commit_seconds_sum") > 0
    assert value(metrics, "muster_database_queue_seconds_count") >= 3


async def test_waiting_for_another_writer_is_counted(sqlite_url: str) -> None:
    db, metrics = open_database(sqlite_url), Metrics()
    db.watch = metrics
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    job = db.write(lambda conn: conn.exec_driver_sql("DELETE FROM meta").rowcount)
    writing = asyncio.create_task(job)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(writing), 0.1)
    other.execute("ROLLBACK")
    other.close()
    await writing
    await db.close()
    assert value(metrics, "muster_database_lock_seconds_sum") >= 0.09


async def test_a_transaction_that_is_run_again_is_counted(postgres_url: str) -> None:
    db, metrics = open_database(postgres_url), Metrics()
    db.watch = metrics
    tries: list[int] = []

    def job(conn: Connection) -> None:
        tries.append(1)
        if len(tries) == 1:
            conn.exec_driver_sql("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$")

    await db.write(job)
    await db.close()
    assert len(tries) == 2
    assert value(metrics, "muster_database_retries_total") == 1
    assert value(metrics, "muster_database_commit_seconds_count") == 1


def test_what_adapters_count_is_shown() -> None:
    metrics = Metrics()
    strain = Strain()
    lines = {"slack": Line(strain), "feishu": Line(Strain(connections=2), 12.0, is_held=True)}
    metrics.show_lines(lambda: lines)
    strain.had_turn_after(0.0)
    strain.had_turn_after(1.5)
    strain.had_turn_after(0.5)
    strain.limited += 1
    assert value(metrics, "muster_limiter_waits_total", platform="slack") == 2
    assert value(metrics, "muster_limiter_wait_seconds_total", platform="slack") == 2.0
    assert value(metrics, "muster_limited_total", platform="slack") == 1
    assert value(metrics, "muster_connections_total", platform="feishu") == 2
    assert value(metrics, "muster_connected", platform="feishu") == 1
    shown = generate_latest(metrics.registry).decode()
    assert 'muster_connected{platform="slack"}' not in shown, "it is reached over HTTP"
    lines["feishu"] = Line(Strain(), None, is_held=True)
    shown = generate_latest(metrics.registry).decode()
    assert 'muster_connected{platform="feishu"} 0.0' in shown, "also if it never was"


SOCKET = {"slack_bot_token": "xoxb-1", "slack_app_token": "xapp-1"}
LONG = {"feishu_app_id": "a", "feishu_app_secret": "s"}
WEBHOOK = {"feishu_mode": "webhook", "feishu_verification_token": "v"}


@pytest.mark.parametrize(
    ("given", "connected"),
    [
        ({**SOCKET, **LONG}, {"slack", "feishu"}),
        ({"slack_bot_token": "xoxb-1", "slack_signing_secret": "s", **LONG}, {"feishu"}),
        ({**SOCKET, **LONG, **WEBHOOK}, {"slack"}),
    ],
)
async def test_an_alert_can_tell_that_nobody_ever_connected(
    tmp_path: Path, given: dict[str, str], connected: set[str]
) -> None:
    """A token that is wrong from the beginning; and a burst of failures, the first there are."""
    muster = build(Settings.without_file(home=tmp_path, database_url="", **given))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(web.app(muster)), base_url="http://localhost"
    ) as client:
        lines = (await client.get("/metrics")).text.splitlines()
    await muster.stop()
    held = {line for line in lines if line.startswith("muster_connected{")}
    assert held == {f'muster_connected{{platform="{name}"}} 0.0' for name in connected}
    for name in ("slack", "feishu"):
        for outcome in ("failed", "unavailable"):
            labels = f'outcome="{outcome}",platform="{name}"'
            assert f"muster_deliveries_total{{{labels}}} 0.0" in lines


#: Whose values are few, whatever people do.
LABELS = {"platform", "outcome", "state", "found", "le"}


async def test_labels_stay_few(tmp_path: Path) -> None:
    settings = Settings.without_file(home=tmp_path, database_url="", playground="on")
    muster = build(settings)
    app = web.app(muster)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://localhost"
    ) as client:
        text = (await client.get("/metrics")).text
    await muster.stop()
    labels = {
        name
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        for name in sample.labels
    }
    assert labels <= LABELS
    declared = {
        label
        for each in vars(muster.door.metrics).values()
        for label in getattr(each, "_labelnames", ())
    }
    assert declared <= LABELS


async def test_counting_has_an_end(lab: Lab) -> None:
    """That there are very many is enough to know."""
    rows = [{"n": number, "state": "failed" if number % 2 else "waiting"} for number in range(2000)]

    def fill(conn: Connection) -> None:
        conn.exec_driver_sql(
            "INSERT INTO outbox (key, platform, lane, payload, state, due_at, attempts, created_at)"
            " VALUES (:n, 'p', 'p/w/c', '{}', :state, '2026-01-01', 0, '2026-01-01 00:00:00')",
            rows,
        )

    await lab.db.write(fill)
    counts = await lab.db.read(lambda conn: outbox.counts(conn, at_most=100))
    assert counts == {"waiting": 100, "failed": 100}
    assert await lab.db.read(outbox.counts) == {"waiting": 1000, "failed": 1000}
    assert await lab.db.read(lambda conn: len(letters.listed(conn, "failed", count=5))) == 5
