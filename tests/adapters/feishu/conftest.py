"""Feishu, for the tests of its adapter."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator

import pytest

from tests.adapters.feishu.bench import Bench, made

#: What a shell may hold and the settings, aiohttp or the SDK would read.
_TRAPS = ("FEISHU_", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def _no_traps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the shell's reaches Muster or the SDK."""
    for name in list(os.environ):
        if name.startswith(_TRAPS):
            monkeypatch.delenv(name)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with made() as it:
        yield it
