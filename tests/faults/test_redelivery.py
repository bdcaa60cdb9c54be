"""The short form of the line `redelivery`: what three people do in two rounds, on each engine."""

from __future__ import annotations

import pytest

from tests.faults import line_redelivery
from tests.faults.finding import Engine, broken
from tests.faults.suite import ON_ENGINES, findings

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]


@pytest.mark.parametrize("engine", ON_ENGINES)
def test_whatever_is_delivered_often_happens_once(engine: Engine) -> None:
    assert broken(findings(line_redelivery.measure, engine)) == []
