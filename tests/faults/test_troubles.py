"""Troubles of a database and a clock: the short form of `make chaos ARGS=troubles`."""

from __future__ import annotations

import sys

import pytest

from tests.faults import line_troubles
from tests.faults.finding import Engine, broken
from tests.faults.suite import ON_ENGINES, findings

pytestmark = [
    pytest.mark.faults,
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(sys.platform != "linux", reason="files are limited from outside by prlimit"),
]


@pytest.mark.parametrize("engine", ON_ENGINES)
def test_muster_refuses_and_recovers_by_itself(engine: Engine) -> None:
    assert broken(findings(line_troubles.measure, engine)) == []
