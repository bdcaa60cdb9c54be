"""Traces: a span a delivery, an effect, a timer, linked across the outbox; never what was said."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import structlog
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from bot.core.errors import Permanent, Temporary
from bot.core.traces import Untraced, cause_of
from bot.traces import Telemetry, ids_of, traces
from tests.lab import Lab

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def spans() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
async def lab(spans: InMemorySpanExporter) -> AsyncIterator[Lab]:
    made = Lab()
    made.door.traces = Telemetry(SimpleSpanProcessor(spans))
    yield made
    made.door.traces.close()
    await made.db.close()


def named(spans: InMemorySpanExporter, name: str) -> list[ReadableSpan]:
    return [span for span in spans.get_finished_spans() if span.name == name]


def linked(span: ReadableSpan) -> list[tuple[int, int]]:
    return [(link.context.trace_id, link.context.span_id) for link in span.links]


def place(span: ReadableSpan) -> tuple[int, int]:
    assert span.context is not None
    return (span.context.trace_id, span.context.span_id)


async def test_an_effect_is_linked_to_the_delivery_that_caused_it(
    lab: Lab, spans: InMemorySpanExporter
) -> None:
    await lab.says("/lab post C1 C2")
    await lab.worker.drain()
    [delivery] = named(spans, "delivery")
    first, second = named(spans, "effect")
    assert linked(first) == linked(second) == [place(delivery)]
    assert place(first)[0] != place(second)[0]
    assert delivery.attributes == {
        "muster.platform": "lab",
        "muster.kind": "typed",
        "muster.origin": "i0-i1",
        "muster.attempt": 1,
    }
    assert first.attributes is not None
    assert first.attributes["muster.kind"] == "post_card"
    assert first.attributes["muster.outcome"] == "done"


async def test_what_follows_an_effect_is_linked_to_that(
    lab: Lab, spans: InMemorySpanExporter
) -> None:
    """A live card is looked at again once it is posted, for the command that posted it."""
    await lab.says("/lab show")
    await lab.worker.drain()
    [posted, redrawn] = named(spans, "effect")
    [delivery] = named(spans, "delivery")
    assert linked(posted) == [place(delivery)]
    assert linked(redrawn) == [place(delivery)], "its key is the card's own, with -r"


async def test_a_timer_and_what_it_causes(lab: Lab, spans: InMemorySpanExporter) -> None:
    await lab.says("/lab timer 1")
    await lab.advance(minutes=2)
    [timer] = named(spans, "timer")
    assert timer.attributes is not None
    assert timer.attributes["muster.kind"] == "lab rang"
    origin = str(timer.attributes["muster.origin"])
    assert cause_of(f"{origin}-0") == origin


async def test_each_try_is_a_span_of_one_trace(lab: Lab, spans: InMemorySpanExporter) -> None:
    lab.platform.failures += [Temporary(retry_after=1), Permanent("nope")]
    await lab.says("/lab post C1")
    await lab.worker.drain()
    await lab.advance(seconds=2)
    first, second = named(spans, "effect")
    assert place(first)[0] == place(second)[0]
    assert place(first) != place(second)
    assert [s.attributes["muster.attempt"] for s in (first, second) if s.attributes] == [1, 2]
    assert [s.status.description for s in (first, second)] == ["postponed", "failed"]
    assert {s.status.status_code for s in (first, second)} == {StatusCode.ERROR}


async def test_it_is_linked_from_another_process(spans: InMemorySpanExporter) -> None:
    """Nothing was handed along but what the database has: another replica finds the same ids."""
    lab = Lab()
    lab.door.traces = Telemetry(SimpleSpanProcessor(spans))
    await lab.says("/lab post C1")
    lab.door.traces = Telemetry(SimpleSpanProcessor(spans))
    await lab.worker.drain()
    [delivery], [effect] = named(spans, "delivery"), named(spans, "effect")
    assert linked(effect) == [place(delivery)]
    await lab.db.close()


async def test_nothing_that_was_said_is_in_it(lab: Lab, spans: InMemorySpanExporter) -> None:
    await lab.says("/lab hello Supercalifragilistic")
    await lab.says("/lab post Supercalifragilistic+")
    lab.platform.failures.append(Permanent("Supercalifragilistic"))
    await lab.worker.drain()
    assert len(spans.get_finished_spans()) == 3
    shown = "".join(span.to_json() for span in spans.get_finished_spans())
    assert "upercali" not in shown


async def test_a_fault_is_a_span_that_failed(lab: Lab, spans: InMemorySpanExporter) -> None:
    with structlog.testing.capture_logs():
        await lab.says("/lab boom")
    await lab.says("/lab refuse")
    boom, refused = named(spans, "delivery")
    assert refused.status.status_code is StatusCode.UNSET
    assert boom.start_time is not None
    assert boom.end_time is not None
    assert timedelta(0) < timedelta(microseconds=(boom.end_time - boom.start_time) / 1000)
    assert timedelta(minutes=1) > timedelta(microseconds=(boom.end_time - boom.start_time) / 1000)


@pytest.mark.parametrize(
    ("key", "cause"),
    [
        ("a1-i7-0", "a1-i7"),
        ("a1-i7-e0-a-0", "a1-i7"),
        ("a1-o12-3", "a1-o12"),
        ("a1-t5-1790000000-0", "a1-t5-1790000000"),
        ("a1-audit-slack-T1-179-0", None),
        ("a1-i7x-0", None),
        ("", None),
    ],
)
def test_causes(key: str, cause: str | None) -> None:
    assert cause_of(key) == cause


def test_ids_are_of_the_origin() -> None:
    assert ids_of("a1-i7") == ids_of("a1-i7")
    assert len({ids_of(f"a1-i{n}") for n in range(100)}) == 100


# Off, unless it is set up.


def test_without_an_address_nothing_is_loaded(tmp_path: Path) -> None:
    program = (
        "import sys; from bot.bootstrap import build; from bot.settings import Settings;"
        f"m = build(Settings.without_file(home={str(tmp_path)!r}));"
        "assert not m.door.traces.is_on;"
        "print([n for n in sys.modules if n.startswith('opentelemetry')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    assert done.stdout == "[]\n"


def test_without_the_extra_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with structlog.testing.capture_logs() as logs:
        assert isinstance(traces("http://localhost:4318"), Untraced)
    assert [log["event"] for log in logs] == ["traces.not_installed"]


class Collector(BaseHTTPRequestHandler):
    """Takes what is sent to it."""

    taken: list[tuple[str, bytes]]

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.taken.append((self.path, self.rfile.read(length)))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  as the parent has it
        pass


def test_a_collector_gets_them(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
    taken: list[tuple[str, bytes]] = []
    handler = type("Taking", (Collector,), {"taken": taken})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        telemetry = traces(f"http://127.0.0.1:{server.server_port}")
        telemetry.note("delivery", began=0, origin="a1-i7", platform="lab", kind="typed")
        telemetry.close()
        server.shutdown()
        serving.join()
    [(path, body)] = taken
    assert path == "/v1/traces"
    assert b"a1-i7" in body
    assert b"muster" in body
