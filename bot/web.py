"""What Muster answers over HTTP: how it is, what it counts, and the routes of its platforms.

/healthz says that the process is alive, /readyz that it can work: the database answers, its schema
is this code's, every platform listens. /metrics is for Prometheus.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, ProcessCollector, generate_latest
from sqlalchemy import Connection
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.bootstrap import Muster, web_routes
from bot.core.errors import Unavailable
from bot.core.platform import Adapter, HoldsConnection, TellsReadiness, TellsTrouble
from bot.core.strain import TellsStrain
from bot.metrics import Line
from storage import inbox, migrate, outbox, timers
from storage.db import Job

log = structlog.get_logger(__name__)
T = TypeVar("T")
#: Seconds that the database has to answer: whoever asks for readiness waits no longer.
PATIENCE = 3.0


def app(muster: Muster) -> Starlette:
    """The web application of a running Muster."""
    health = Health(muster)
    own = [
        Route("/healthz", health.alive, methods=["GET"]),
        Route("/readyz", health.ready, methods=["GET"]),
        Route("/metrics", health.metrics, methods=["GET"]),
    ]
    return Starlette(
        routes=[*own, *web_routes(muster)],
        exception_handlers={ClientDisconnect: _cut_off},
    )


async def _cut_off(_: Request, __: Exception) -> Response:
    """Nobody hears it: the connection ended before the request did. It is no fault of ours."""
    return PlainTextResponse("cut off\n", 400)


class Health:
    """How a Muster is, for those who look after it."""

    def __init__(self, muster: Muster) -> None:
        self._muster = muster
        self._metrics = muster.door.metrics
        ProcessCollector(registry=self._metrics.registry)
        self._metrics.show_lines(self._lines)

    async def alive(self, _: Request) -> Response:
        """200 as long as the process can answer at all."""
        return PlainTextResponse("ok\n")

    async def ready(self, _: Request) -> Response:
        """200 when all is ready, else 503; which parts are, as JSON, either way.

        `connected_seconds` says how long the connections stand that Muster opened, by platform.
        """
        parts = {"database": await self._database()}
        ages: dict[str, int] = {}
        for name, adapter in self._muster.adapters.items():
            parts[name] = _part(adapter)
            age = adapter.connection_age() if isinstance(adapter, HoldsConnection) else None
            if age is not None:
                ages[name] = round(age)
        is_ready = all(part == "ok" for part in parts.values())
        told = {"ready": is_ready, **parts, **({"connected_seconds": ages} if ages else {})}
        return JSONResponse(told, 200 if is_ready else 503)

    async def _database(self) -> str:
        try:
            is_fit = await self._read(migrate.fits)
        except Unavailable:
            return "does not answer"
        return "ok" if is_fit else "is not up to date"

    async def metrics(self, _: Request) -> Response:
        """What is counted, the inbox and the outbox as they are now."""
        try:
            noted, counts, oldest, due = await self._read(_queues)
        except Unavailable:
            self._metrics.database.set(0)
        else:
            now = self._muster.clock.now()
            self._metrics.show_queues(noted, counts, _since(oldest, now), _since(due, now))
        shown = generate_latest(self._metrics.registry)
        return Response(shown, media_type=CONTENT_TYPE_LATEST)

    def _lines(self) -> dict[str, Line]:
        """How the adapters are connected that count."""
        found: dict[str, Line] = {}
        for name, adapter in self._muster.adapters.items():
            if not isinstance(adapter, TellsStrain):
                continue
            if isinstance(adapter, HoldsConnection):
                age, is_held = adapter.connection_age(), adapter.is_connected_to
                found[name] = Line(adapter.strain, age, is_held)
            else:
                found[name] = Line(adapter.strain)
        return found

    async def _read(self, job: Job[T]) -> T:
        """What the database answers. Unavailable: it does not, or not in time."""
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._muster.db.read(job)
        except TimeoutError as error:
            log.warning("health.database_slow", seconds=PATIENCE)
            raise Unavailable from error


def _part(adapter: Adapter) -> str:
    """How a platform is: "ok", or what is wrong."""
    if isinstance(adapter, TellsTrouble) and (trouble := adapter.trouble()):
        return trouble
    listens = not isinstance(adapter, TellsReadiness) or adapter.ready.is_set()
    return "ok" if listens else "does not listen"


_Queues = tuple[int, Mapping[str, int], datetime | None, datetime | None]


def _queues(conn: Connection) -> _Queues:
    waiting = inbox.count_waiting(conn)
    return waiting, outbox.counts(conn), outbox.oldest(conn), timers.next_due(conn)


def _since(at: datetime | None, now: datetime) -> float:
    """Seconds since then; 0 if it is yet to come, or nothing is."""
    return max(0.0, (now - at).total_seconds()) if at is not None else 0.0
