"""What a Muster shows at /metrics."""

from __future__ import annotations

import asyncio
import re

import httpx
import pytest

from bot import web
from bot.bootstrap import build
from bot.settings import Settings

_TYPE = re.compile(r"^# TYPE (\S+) (\S+)$", re.MULTILINE)
_PARTS = {"histogram": ("_bucket", "_sum", "_count"), "summary": ("_sum", "_count")}


@pytest.fixture(scope="session")
def families(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What kind each metric is, by its name."""
    home = tmp_path_factory.mktemp("home")

    async def ask() -> str:
        muster = build(Settings.without_file(home=home, database_url="", playground="on"))
        transport = httpx.ASGITransport(web.app(muster))
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            answer = await client.get("/metrics")
        await muster.stop()
        return answer.text

    found = dict(_TYPE.findall(asyncio.run(ask())))
    return {name: kind for name, kind in found.items() if not name.endswith("_created")}


@pytest.fixture(scope="session")
def series(families: dict[str, str]) -> set[str]:
    """Every name that a query can ask for."""
    return {f"{name}{part}" for name, kind in families.items() for part in _PARTS.get(kind, ("",))}
