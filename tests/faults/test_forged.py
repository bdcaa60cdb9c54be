"""Forged, slow and idle: the short form of `make chaos ARGS=forged`."""

from __future__ import annotations

import sys

import pytest

from tests.faults import line_forged
from tests.faults.finding import broken

pytestmark = [
    pytest.mark.faults,
    pytest.mark.slow,
    pytest.mark.timeout(180),
    # A body that is too large is sent in one piece on purpose: it has to be refused all the same.
    pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning"),
    pytest.mark.skipif(sys.platform != "linux", reason="files are limited from outside by prlimit"),
]


def test_who_is_not_the_platform_is_refused_and_who_holds_the_line_is_shed() -> None:
    assert broken(line_forged.measure("short", "sqlite", seed=1)) == []
