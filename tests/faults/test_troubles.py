"""Troubles of a database and a clock: the short form of `make chaos ARGS=troubles`."""

from __future__ import annotations

import os
import sys

import pytest

from tests.faults import line_troubles
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
def test_muster_refuses_and_recovers_by_itself(engine: Engine) -> None:
    try:
        findings = line_troubles.measure("short", engine, seed=1)
    except NoServer as reason:
        if os.environ.get("MUSTER_REQUIRE_POSTGRES"):
            raise
        pytest.skip(f"no PostgreSQL: {reason}")
    assert broken(findings) == []
