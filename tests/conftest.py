"""What every test can ask for."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from typing import Any

import pytest

from tests.world import World

pytest_plugins = ["tests.engines"]
# Tests ask more at once than people do; those of the limits say so themselves.
os.environ |= {"MUSTER_PERSON_LIMIT": "0", "MUSTER_WORKSPACE_LIMIT": "0"}
_has_failed: pytest.StashKey[bool] = pytest.StashKey()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call":
        item.stash[_has_failed] = report.failed
    return report


@pytest.fixture
def world_options() -> dict[str, Any]:
    """How the world is made, where a folder's stories need it otherwise."""
    return {}


@pytest.fixture
def world(request: pytest.FixtureRequest, world_options: dict[str, Any]) -> Iterator[World]:
    """A world in memory, in English. It checks itself when the test is over."""
    with World(**world_options) as made:
        yield made
        made.is_abandoned = request.node.stash.get(_has_failed, False)


@pytest.fixture
def world_on_both(request: pytest.FixtureRequest, database_url: str) -> Iterator[World]:
    """A world on each engine: SQLite in a file, PostgreSQL where there is one."""
    with World(database_url) as made:
        yield made
        made.is_abandoned = request.node.stash.get(_has_failed, False)
