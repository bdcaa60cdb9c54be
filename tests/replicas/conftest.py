"""Several replicas of Muster on one PostgreSQL."""

from __future__ import annotations

import os

import pytest

#: What a shell may hold and an SDK or psycopg would read.
_TRAPS = ("SLACK_", "FEISHU_", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "PG")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def _no_traps(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(_TRAPS):
            monkeypatch.delenv(name)
