"""The short form of the line `timers`: twenty seconds, some ten kills."""

from __future__ import annotations

import pytest

from tests.faults import line_timers
from tests.faults.finding import Engine, broken
from tests.faults.suite import findings

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300), pytest.mark.postgres]


@pytest.mark.parametrize("engine", line_timers.ENGINES)
def test_every_timer_fires_once_whichever_replica_dies(engine: Engine) -> None:
    assert broken(findings(line_timers.measure, engine)) == []
