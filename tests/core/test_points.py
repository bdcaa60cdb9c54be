"""Points at which a test can kill the process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.core import points

ROOT = Path(__file__).parents[2]
SCRIPT = """
from bot.core.points import reached
for number in range(3):
    reached("worker.before_call")
    reached("worker.after_call")
    print(number, flush=True)
"""


def _run(where: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=ROOT,
        env={**os.environ, "MUSTER_KILL_AT": where},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("where", "said"),
    [("worker.after_call", ""), ("worker.after_call:1", ""), ("worker.after_call:3", "0\n1\n")],
)
def test_the_process_dies_there(where: str, said: str) -> None:
    done = _run(where)
    assert done.returncode == -signal.SIGKILL
    assert done.stdout == said


@pytest.mark.parametrize("where", ["", "door.after_commit", "worker.after_call:4"])
def test_or_else_nothing_happens(where: str) -> None:
    assert _run(where).stdout == "0\n1\n2\n"


def test_a_point_that_there_is_not() -> None:
    assert "no such point: door.nowhere" in _run("door.nowhere").stderr
    with pytest.raises(ValueError, match="no such point"):
        points.arm("door.nowhere")
    points.arm("")


def test_every_point_is_in_the_code() -> None:
    code = "\n".join(file.read_text() for file in (ROOT / "bot").glob("*.py"))
    for point in points.POINTS:
        assert f'reached("{point}")' in code
