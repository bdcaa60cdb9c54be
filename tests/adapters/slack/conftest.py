"""Slack, for the tests of its adapter."""

from __future__ import annotations

import os

import pytest

#: What a shell may hold and Bolt or the SDK would read (measured: the environment traps).
_TRAPS = ("SLACK_", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def _no_traps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the shell's reaches Bolt or the SDK."""
    for name in list(os.environ):
        if name.startswith(_TRAPS):
            monkeypatch.delenv(name)
