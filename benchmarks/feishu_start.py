"""From `muster run` to connected with Feishu alone, and what that weighs when idle.

Feishu is the tests' own, another process on this computer. What merely loading the SDK costs stands
beside it: `python -m benchmarks feishu` measures that in more detail.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import feishu, start
from benchmarks.table import Row

ROUNDS = 3


def run() -> list[Row]:
    """Ready is: the database is up to date, and the long connection is there."""
    with _feishu() as settings, tempfile.TemporaryDirectory(prefix="muster-bench-") as home:
        start.started(Path(home), **settings)
        rounds = [start.started(Path(home), **settings) for _ in range(ROUNDS)]
    took, weight = (statistics.median(each) for each in zip(*rounds, strict=True))
    loading, sdk = feishu.loaded("lark-oapi whole")
    quick, light = f"≤ {start.QUICK} s", f"≤ {start.LIGHT} MB"
    return [
        Row("Feishu alone: start to connected", f"{took:.2f} s", quick, took <= start.QUICK),
        Row("Feishu alone: idle memory (RSS)", f"{weight:.0f} MB", light, weight <= start.LIGHT),
        Row("beside it: importing lark_oapi, and nothing else", f"{loading:.0f} ms, +{sdk:.0f} MB"),
    ]


@contextmanager
def _feishu() -> Iterator[dict[str, str]]:
    """A Feishu, and the settings of an app there."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.fakes.feishu"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "NO_PROXY": "127.0.0.1"},
    )
    try:
        assert process.stdout is not None
        settings = {"MUSTER_PLAYGROUND": "off"}
        for line in process.stdout:
            name, _, value = line.strip().partition("=")
            if not name.startswith("FEISHU_"):
                break
            if name not in {"FEISHU_ENCRYPT_KEY", "FEISHU_VERIFICATION_TOKEN"}:
                settings[name] = value
        yield settings
    finally:
        process.kill()
        process.communicate()
