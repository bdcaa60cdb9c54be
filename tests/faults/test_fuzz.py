"""Fuzz: the short form of `make chaos ARGS=fuzz`."""

from __future__ import annotations

import os
import sys

import pytest

from tests.faults import line_fuzz
from tests.faults.finding import Engine, broken

NoServer = pytest.importorskip(
    "tests.postgres", reason="the server does not run on Windows"
).NoServer

pytestmark = [
    pytest.mark.faults,
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(sys.platform != "linux", reason="files are limited from outside by prlimit"),
]


@pytest.mark.parametrize(
    "engine", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
)
def test_nothing_that_comes_in_is_a_fault_of_musters_own(engine: Engine) -> None:
    try:
        findings = line_fuzz.measure("short", engine, seed=1)
    except NoServer as reason:
        if os.environ.get("MUSTER_REQUIRE_POSTGRES"):
            raise
        pytest.skip(f"no PostgreSQL: {reason}")
    assert broken(findings) == []
