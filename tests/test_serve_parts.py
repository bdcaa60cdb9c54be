"""The parts of `muster run`: where it listens, which signals end it, what breaks it."""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import pytest
import structlog
import uvicorn

from adapters.playground.adapter import Playground
from bot import serve
from bot.bootstrap import Muster
from bot.core.i18n import plain
from bot.core.text import Reader, t
from bot.problems import Problem
from bot.settings import Settings


def _in_process(tmp_path: Path) -> Settings:
    return Settings.without_file(home=tmp_path, port=0, playground="on")


def test_a_part_that_ends_stops_the_process_loudly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run(self: Playground, handle: object) -> None:
        raise RuntimeError("the wire is cut")

    monkeypatch.setattr(Playground, "run", run)
    with structlog.testing.capture_logs() as logs, pytest.raises(Problem, match="broke"):
        serve.run(_in_process(tmp_path))
    [broken] = [log for log in logs if log["event"] == "broken"]
    assert str(broken["exc_info"]) == "the wire is cut"


def test_what_cannot_be_prepared_ends_the_process(tmp_path: Path) -> None:
    async def prepare(muster: Muster) -> None:
        raise Problem(t("There is no story"))

    with pytest.raises(Problem, match="no story"):
        serve.run(_in_process(tmp_path), prepare=prepare)


@pytest.mark.parametrize("has_signals", [True, False])
def test_without_uvloop_it_runs_on_the_loop_of_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, has_signals: bool
) -> None:
    """As on Windows, where the loop does not take signals either."""
    loops = []

    def refuse(*_: object) -> None:
        raise NotImplementedError

    async def prepare(muster: Muster) -> None:
        loops.append(type(asyncio.get_running_loop()).__module__.partition(".")[0])
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setitem(sys.modules, "uvloop", None)
    if not has_signals:
        monkeypatch.setattr(asyncio.SelectorEventLoop, "add_signal_handler", refuse)
        monkeypatch.setattr(asyncio.SelectorEventLoop, "remove_signal_handler", refuse)
    before = signal.getsignal(signal.SIGTERM)
    with structlog.testing.capture_logs() as logs:
        serve.run(_in_process(tmp_path), prepare=prepare)
    assert loops == ["asyncio"]
    assert [log["event"] for log in logs] == ["ready", "stopping", "stopped"]
    assert signal.getsignal(signal.SIGTERM) == before


def test_the_web_server_that_ends_by_itself_is_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main_loop(self: uvicorn.Server) -> None:
        """Not at all."""

    monkeypatch.setattr(uvicorn.Server, "main_loop", main_loop)
    with structlog.testing.capture_logs() as logs, pytest.raises(Problem, match="broke"):
        serve.run(_in_process(tmp_path))
    assert "broken" in [log["event"] for log in logs]


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OSError(errno.EADDRINUSE, "taken"), "Port 8080 is taken"),
        (OSError(errno.EACCES, "no"), "needs more rights"),
        (OSError(errno.EADDRNOTAVAIL, "no"), "is no address of this machine"),
    ],
)
def test_why_it_cannot_listen_is_said(
    monkeypatch: pytest.MonkeyPatch, error: OSError, sentence: str
) -> None:
    def bind(self: socket.socket, address: object) -> None:
        raise error

    monkeypatch.setattr(socket.socket, "bind", bind)
    with (
        pytest.raises(Problem) as problem,
        serve.listener("127.0.0.1", 8080),
    ):
        pass
    assert sentence in plain(problem.value.message, Reader())


def test_a_host_that_is_no_address_is_said() -> None:
    with (
        pytest.raises(Problem) as problem,
        serve.listener("no such host", 8080),
    ):
        pass
    assert "MUSTER_HOST" in plain(problem.value.message, Reader())


def test_a_signal_before_there_is_anything_ends_it_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "build", lambda *_, **__: signal.raise_signal(signal.SIGTERM))
    with pytest.raises(SystemExit) as end:
        serve.run(_in_process(tmp_path))
    assert end.value.code == 0


@pytest.mark.parametrize(
    ("bound", "address"),
    [
        (("127.0.0.1", 1), "http://127.0.0.1:1"),
        (("0.0.0.0", 2), "http://localhost:2"),
        (("::", 3, 0, 0), "http://localhost:3"),
        (("::1", 4, 0, 0), "http://[::1]:4"),
    ],
)
def test_the_address_is_one_to_click_on(bound: tuple[Any, ...], address: str) -> None:
    class Bound:
        def getsockname(self) -> tuple[Any, ...]:
            return bound

    assert serve._address(Bound()) == address  # type: ignore[arg-type]  # what it asks of a socket
