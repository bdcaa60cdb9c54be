"""Traces for OpenTelemetry: an extra (`pip install 'muster-bot[otel]'`), off unless it is set up.

The ids of a trace are made of the origin that it is of, so that whoever knows what caused something
can link to that without having kept anything: see `bot/core/traces.py`.
"""

from __future__ import annotations

import hashlib
import importlib.util
import random
import time
from importlib.metadata import version
from typing import TYPE_CHECKING

import structlog

from bot.core.clock import SystemClock
from bot.core.traces import Traces, Untraced

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor
    from opentelemetry.trace import SpanContext

log = structlog.get_logger(__name__)


def traces(endpoint: str) -> Traces:
    """Traces sent to a collector (OTLP over HTTP); without an address none.

    The other variables that OpenTelemetry defines (OTEL_EXPORTER_OTLP_HEADERS, OTEL_TRACES_SAMPLER,
    OTEL_RESOURCE_ATTRIBUTES, …) count as well.
    """
    if not endpoint:
        return Untraced()
    if importlib.util.find_spec("opentelemetry.sdk") is None:
        log.warning("traces.not_installed", extra="otel")
        return Untraced()
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415  an extra
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415  as above

    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
    return Telemetry(BatchSpanProcessor(exporter))


class Telemetry:
    """Notes everything as spans, which `processor` sends on."""

    is_on = True

    def __init__(self, processor: SpanProcessor) -> None:
        from opentelemetry import trace  # noqa: PLC0415  an extra
        from opentelemetry.context import Context  # noqa: PLC0415  as above
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415

        self._api = trace
        self._nothing = Context()
        self._ids = _Ids()
        named = {"service.name": "muster", "service.version": version("muster-bot")}
        self._provider = TracerProvider(
            resource=Resource.create(named),
            id_generator=self._ids,  # type: ignore[arg-type]  # it has what an IdGenerator has
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("muster")

    def note(
        self,
        what: str,
        *,
        began: int,
        origin: str | None,
        cause: str | None = None,
        attempt: int = 1,
        failed: str | None = None,
        **facts: str | int,
    ) -> None:
        """As `Traces`."""
        now = int(SystemClock().now().timestamp() * 1_000_000) * 1000
        self._ids.of(origin, is_first=attempt == 1)
        attributes = {f"muster.{name}": value for name, value in facts.items()}
        if origin is not None:
            attributes["muster.origin"] = origin
        span = self._tracer.start_span(
            what,
            context=self._nothing,
            attributes={**attributes, "muster.attempt": attempt},
            links=[self._api.Link(self._context(cause))] if cause else [],
            start_time=now - (time.perf_counter_ns() - began),
        )
        if failed is not None:
            span.set_status(self._api.Status(self._api.StatusCode.ERROR, failed))
        span.end(now)

    def _context(self, origin: str) -> SpanContext:
        trace_id, span_id = ids_of(origin)
        flags = self._api.TraceFlags(self._api.TraceFlags.SAMPLED)
        return self._api.SpanContext(trace_id, span_id, is_remote=True, trace_flags=flags)

    def close(self) -> None:
        """As `Traces`."""
        self._provider.shutdown()


def ids_of(origin: str) -> tuple[int, int]:
    """The ids of the trace of an origin, and of its first span."""
    digest = hashlib.sha256(origin.encode()).digest()
    return int.from_bytes(digest[:16]) or 1, int.from_bytes(digest[16:24]) or 1


class _Ids:
    """Gives a span the ids of its origin; used by one thread, just before the span is begun."""

    def __init__(self) -> None:
        self._trace = self._span = 1

    def of(self, origin: str | None, *, is_first: bool) -> None:
        """The ids of the next span. Only the first try of an effect has the one to link to."""
        self._span = random.getrandbits(64) or 1
        self._trace = random.getrandbits(128) or 1
        if origin is not None:
            self._trace, first = ids_of(origin)
            self._span = first if is_first else self._span

    def generate_trace_id(self) -> int:
        return self._trace

    def generate_span_id(self) -> int:
        return self._span

    def is_trace_id_random(self) -> bool:
        return False
