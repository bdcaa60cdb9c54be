"""A platform that hangs: the short form of `make chaos ARGS=hangs`."""

from __future__ import annotations

import sys

import pytest

from tests.faults import line_hangs
from tests.faults.finding import broken

pytestmark = [
    pytest.mark.faults,
    pytest.mark.slow,
    pytest.mark.timeout(240),
    pytest.mark.skipif(sys.platform != "linux", reason="files are limited from outside by prlimit"),
]


def test_nobody_waits_for_a_platform_and_nobody_sees_a_thing_twice() -> None:
    assert broken(line_hangs.measure("short", "sqlite", seed=1)) == []
