"""A storm of 429: the short form of `make chaos ARGS=storm`."""

from __future__ import annotations

import sys

import pytest

from tests.faults import line_storm
from tests.faults.finding import broken

pytestmark = [
    pytest.mark.faults,
    pytest.mark.slow,
    pytest.mark.timeout(240),
    pytest.mark.skipif(sys.platform != "linux", reason="files are limited from outside by prlimit"),
]


def test_a_storm_loses_nothing_and_nobody_calls_before_it_may() -> None:
    assert broken(line_storm.measure("short", "sqlite", seed=1)) == []
