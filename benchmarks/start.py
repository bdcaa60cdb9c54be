"""From `muster run` to ready, and what it weighs when idle, with the playground alone."""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil

from benchmarks.table import Row

ROUNDS = 5
#: Seconds and MB that are aimed at.
QUICK = 1.5
LIGHT = 90
#: Seconds of idleness before it is weighed.
IDLE = 3.0


def run() -> list[Row]:
    """A first start, which makes the database; then starts on what is there.

    Modules have been compiled by then, as they are where a package was installed.
    """
    with tempfile.TemporaryDirectory(prefix="muster-bench-") as home:
        started(Path(home))
    with tempfile.TemporaryDirectory(prefix="muster-bench-") as home:
        first, _ = started(Path(home))
        starts, weights = zip(*(started(Path(home)) for _ in range(ROUNDS)), strict=True)
    start, weight = statistics.median(starts), statistics.median(weights)
    quick = f"≤ {QUICK} s"
    return [
        Row("first start to ready (makes the database)", f"{first:.2f} s", quick, first <= QUICK),
        Row("start to ready", f"{start:.2f} s", quick, start <= QUICK),
        Row("idle memory (RSS)", f"{weight:.0f} MB", f"≤ {LIGHT} MB", weight <= LIGHT),
    ]


def started(home: Path, **settings: str) -> tuple[float, float]:
    """Start Muster with more settings; seconds until it was ready, and MB when it was idle."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    env = {**os.environ, "MUSTER_HOME": str(home), "MUSTER_PORT": str(port), **settings}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "bot.cli", "run"],
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until_ready(port)
        took = time.perf_counter() - begun
        time.sleep(IDLE)
        weight = psutil.Process(process.pid).memory_info().rss / 2**20
    finally:
        process.terminate()
        process.wait(15)
    return took, weight


def _wait_until_ready(port: int) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.005)
    message = "not ready within 30 s"
    raise TimeoutError(message)
