"""Fuzz: the short form of `make chaos ARGS=fuzz`."""

from __future__ import annotations

import sys

import pytest

from tests.faults import line_fuzz
from tests.faults.finding import Engine, broken
from tests.faults.suite import ON_ENGINES, findings

pytestmark = [
    pytest.mark.faults,
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(sys.platform != "linux", reason="files are limited from outside by prlimit"),
]


@pytest.mark.parametrize("engine", ON_ENGINES)
def test_nothing_that_comes_in_is_a_fault_of_musters_own(engine: Engine) -> None:
    assert broken(findings(line_fuzz.measure, engine)) == []
