"""A line's short form as a test: on each engine, skipped where there is no PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from tests.faults.finding import Engine, Finding, Scale

ON_ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


def findings(
    measure: Callable[[Scale, Engine, int], list[Finding]], engine: Engine
) -> list[Finding]:
    """What a line finds in its short form. Skips where the engine cannot be had, and says why."""
    from tests.postgres import NoServer  # there is no such module on Windows

    try:
        found = measure("short", engine, 1)
    except NoServer as error:
        message = f"no PostgreSQL: {error}"
        if os.environ.get("MUSTER_REQUIRE_POSTGRES"):
            pytest.fail(message)
        pytest.skip(message)
    for each in found:
        print(f"{each.what}: {each.measured} (must be {each.target})")
    return found
