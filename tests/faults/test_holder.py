"""The short form of the line `holder`: one kill, one stop."""

from __future__ import annotations

import pytest

from tests.faults import line_holder
from tests.faults.finding import Engine, broken

pytestmark = [pytest.mark.faults, pytest.mark.postgres, pytest.mark.timeout(300)]


@pytest.mark.parametrize("engine", line_holder.ENGINES)
def test_the_connection_goes_over_to_another_replica(
    engine: Engine,
    postgres_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert broken(line_holder.measure("short", engine, seed=1)) == []
