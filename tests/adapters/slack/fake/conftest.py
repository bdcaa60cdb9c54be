"""Nothing in the environment may lead the SDK elsewhere."""

from __future__ import annotations

import pytest

TRAPS = (
    "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy",
    "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET",
    "SLACK_APP_TOKEN",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _no_traps(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in TRAPS:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
