"""The short form of the line `database`: three restarts, and the network cut in each way once."""

from __future__ import annotations

import pytest

from tests.faults import line_database
from tests.faults.finding import Engine, broken
from tests.faults.suite import findings

#: The line's own namespace, beside loopback (`line_database.Cable`).
HOSTS = ["127.0.0.1", "::1", "localhost", *(f"10.213.{n}.2" for n in range(250))]
pytestmark = [
    pytest.mark.faults,
    pytest.mark.timeout(300),
    pytest.mark.postgres,
    pytest.mark.allow_hosts(HOSTS),
]


@pytest.mark.parametrize("engine", line_database.ENGINES)
def test_nothing_is_lost_when_the_database_goes_away(engine: Engine) -> None:
    assert broken(findings(line_database.measure, engine)) == []
