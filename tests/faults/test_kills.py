"""The short form of the line `kills`: some seventy deaths on each engine."""

from __future__ import annotations

import pytest

from tests.faults import line_kills
from tests.faults.finding import Engine, broken
from tests.faults.suite import ON_ENGINES, findings

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]


@pytest.mark.parametrize("engine", ON_ENGINES)
def test_nothing_is_lost_or_doubled_whenever_muster_dies(engine: Engine) -> None:
    assert broken(findings(line_kills.measure, engine)) == []
