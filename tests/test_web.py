"""What Muster says about itself over HTTP, while things are well and while they are not."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from sqlalchemy import Connection, update

from bot import web
from bot.bootstrap import Muster, build
from bot.core.chat import line
from bot.core.clock import MovableClock
from bot.core.effects import Address, PostCard
from bot.core.text import Reader, t
from bot.features.decisions.steps import DigestDue
from bot.settings import Settings
from storage import identity, migrate, outbox, timers
from storage.rows import Rows, table_of
from storage.tables import Meta

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@asynccontextmanager
async def site(home: Path, *, started: bool = True) -> AsyncIterator[tuple[Muster, Any]]:
    """A Muster that performs nothing, and who asks it."""
    settings = Settings.without_file(home=home, database_url="", playground="on")
    muster = build(settings, clock=MovableClock(NOW, frozen=True))
    if started:
        await muster.start(working=False)
    transport = httpx.ASGITransport(web.app(muster))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield muster, client
    await muster.stop()


def run(
    home: Path, ask: Callable[[Muster, httpx.AsyncClient], Awaitable[None]], *, started: bool = True
) -> None:
    async def doing() -> None:
        async with site(home, started=started) as (muster, client):
            await ask(muster, client)

    asyncio.run(doing())


def test_it_is_ready_once_it_listens(tmp_path: Path) -> None:
    async def ask(muster: Muster, client: httpx.AsyncClient) -> None:
        before = await client.get("/readyz")
        assert before.status_code == 503
        assert before.json() == {
            "ready": False,
            "database": "ok",
            "playground": "does not listen",
        }
        await muster.start(working=False)
        assert (await client.get("/readyz")).status_code == 200

    run(tmp_path, ask, started=False)


def test_it_is_not_ready_with_another_schema(tmp_path: Path) -> None:
    async def ask(muster: Muster, client: httpx.AsyncClient) -> None:
        def upgrade(contract: str) -> Callable[[Connection], None]:
            def change(conn: Connection) -> None:
                conn.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
                meta = table_of(Meta)
                kept = update(meta).where(meta.c.name == "contract").values(value=contract)
                conn.execute(kept)

            return change

        # During a rolling upgrade this version goes on, as long as the next one says that it may.
        await muster.db.write(upgrade(contract=migrate.HEAD))
        assert (await client.get("/readyz")).status_code == 200
        await muster.db.write(upgrade(contract="9999"))
        answer = await client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["database"] == "is not up to date"

    run(tmp_path, ask)


def test_without_its_database_it_is_alive_and_not_ready(tmp_path: Path) -> None:
    async def ask(muster: Muster, client: httpx.AsyncClient) -> None:
        await muster.db.close()
        assert (await client.get("/healthz")).status_code == 200
        answer = await client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["database"] == "does not answer"
        assert "muster_database_up 0.0" in (await client.get("/metrics")).text

    run(tmp_path, ask)


def test_a_database_that_is_too_slow_does_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "PATIENCE", 0.01)
    goes_on = threading.Event()

    def wait(_: Connection) -> None:
        goes_on.wait(20)

    async def ask(muster: Muster, client: httpx.AsyncClient) -> None:
        readers = [asyncio.create_task(muster.db.read(wait)) for _ in range(2)]
        await asyncio.sleep(0)  # they are handed in before the question is
        with structlog.testing.capture_logs() as logs:
            answer = await client.get("/readyz")
        goes_on.set()
        await asyncio.gather(*readers)
        assert answer.json()["database"] == "does not answer"
        assert [log["event"] for log in logs] == ["health.database_slow"]

    run(tmp_path, ask)


def test_the_outbox_is_counted_when_it_is_asked_for(tmp_path: Path) -> None:
    async def ask(muster: Muster, client: httpx.AsyncClient) -> None:
        effect = PostCard(Address("playground", "playground", "C1"), line(t("Hi")), Reader())
        for key, ago in (("a", 90), ("b", 30)):
            written = NOW - timedelta(seconds=ago)
            await muster.db.write(_putting(effect, key, written))
        text = (await client.get("/metrics")).text
        assert 'muster_outbox_rows{state="waiting"} 2.0' in text
        assert 'muster_outbox_rows{state="failed"} 0.0' in text
        assert "muster_outbox_oldest_seconds 90.0" in text
        await muster.worker.drain()
        text = (await client.get("/metrics")).text
        assert 'muster_outbox_rows{state="waiting"} 0.0' in text
        assert "muster_outbox_oldest_seconds 0.0" in text
        assert 'muster_effects_total{outcome="done"} 2.0' in text
        assert "process_resident_memory_bytes" in text

    run(tmp_path, ask)


def test_what_is_due_and_not_done_is_seen_by_whoever_is_there(tmp_path: Path) -> None:
    """No worker runs here, as where only the web is left."""

    async def ask(muster: Muster, client: httpx.AsyncClient) -> None:
        def overdue(text: str) -> str:
            return next(
                line.split()[1]
                for line in text.splitlines()
                if line.startswith("muster_timers_overdue_seconds ")
            )

        assert overdue((await client.get("/metrics")).text) == "0.0"

        def due(conn: Connection, at: datetime, name: str) -> None:
            home = identity.workspace_of(Rows(conn), "playground", "playground", NOW)
            timers.set_timer(conn, name, workspace_id=home.id, at=at, command=DigestDue())

        await muster.db.write(lambda conn: due(conn, NOW + timedelta(hours=1), "later"))
        assert overdue((await client.get("/metrics")).text) == "0.0"
        await muster.db.write(lambda conn: due(conn, NOW - timedelta(days=10), "late"))
        assert overdue((await client.get("/metrics")).text) == "864000.0"

    run(tmp_path, ask)


def _putting(effect: PostCard, key: str, written: datetime) -> Callable[[Connection], None]:
    return lambda conn: outbox.put(conn, [effect], key=key, now=written)


def test_only_what_there_is_is_served(tmp_path: Path) -> None:
    async def ask(muster: Muster, client: httpx.AsyncClient) -> None:
        assert (await client.get("/nothing")).status_code == 404
        assert (await client.post("/healthz")).status_code == 405
        assert (await client.head("/healthz")).status_code == 200
        assert (await client.get("/")).headers["content-type"].startswith("text/html")

    run(tmp_path, ask)
