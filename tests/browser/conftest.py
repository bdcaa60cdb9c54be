"""A real Muster, and a real browser to use it with."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.waiting import eventually

NO_BROWSER = "no Chromium or Chrome was found: set MUSTER_TEST_BROWSER, or run `make test`"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser. Not for longer than a module: while it is there, no other event loop can run."""
    path = os.environ.get("MUSTER_TEST_BROWSER")
    if not path:
        pytest.skip(NO_BROWSER)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield launched
        launched.close()


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Where a Muster with an empty playground listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    env = {**os.environ, "MUSTER_HOME": str(tmp_path), "MUSTER_PORT": str(port)}
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot.cli", "run"], env=env, stdout=log, stderr=log
        )
        try:
            found = f"http://127.0.0.1:{port}"
            eventually(lambda: _is_ready(found))
            yield found
        finally:
            process.terminate()
            assert process.wait(15) == 0, (tmp_path / "log").read_text()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A page of English habits, in which nothing may go wrong unseen. It closes before Muster."""
    context = browser.new_context(
        locale="en-GB", viewport={"width": 1280, "height": 860}, accept_downloads=True
    )
    context.set_default_timeout(15_000)
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on(
        "console",
        lambda message: errors.append(message.text) if message.type == "error" else None,
    )
    opened.goto(address)
    yield opened
    context.close()
    assert not errors, errors


def _is_ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/readyz", timeout=5):  # noqa: S310  always http
            return True
    except (urllib.error.URLError, ConnectionError):
        return False
