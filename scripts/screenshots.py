"""Takes the pictures in docs/images from the living example of the playground.

    python scripts/screenshots.py

It needs Chromium or Chrome, as MUSTER_TEST_BROWSER or on the PATH, and a font with Chinese in it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
SIZE = {"width": 1280, "height": 860}


def main() -> int:
    """Start the example, take the pictures, end it."""
    path = os.environ.get("MUSTER_TEST_BROWSER") or shutil.which("chromium")
    if path is None:
        print("no browser: set MUSTER_TEST_BROWSER", file=sys.stderr)
        return 1
    IMAGES.mkdir(exist_ok=True)
    example = subprocess.Popen(
        [sys.executable, "-m", "bot.cli", "demo"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert example.stdout is not None
        address = next(
            found[0] for line in example.stdout if (found := re.search(r"http://\S+", line))
        )
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
            take(browser, address)
            browser.close()
    finally:
        example.terminate()
        example.wait(15)
    return 0


def take(browser: Browser, address: str) -> None:
    """One picture in English by day, one in Chinese by night."""
    page = open_page(browser, "light", "en-GB")
    page.goto(f"{address}#/alice/general")
    to_room(page)
    page.get_by_role("button", name="Pinned").click()
    page.wait_for_timeout(600)
    page.screenshot(path=IMAGES / "playground.png")

    page = open_page(browser, "dark", "zh-CN")
    page.goto(f"{address}#/chenchen/general")
    to_room(page)
    page.screenshot(path=IMAGES / "playground.zh.png")


def open_page(browser: Browser, scheme: str, locale: str) -> Page:
    """A page in a context of its own, which remembers nothing of the one before."""
    context = browser.new_context(
        viewport={"width": SIZE["width"], "height": SIZE["height"]},
        color_scheme="dark" if scheme == "dark" else "light",
        locale=locale,
    )
    return context.new_page()


def to_room(page: Page) -> None:
    """Go to the war room of the example, and let it come to rest."""
    page.get_by_role("navigation").get_by_role("link", name=re.compile("WR-1")).click()
    page.get_by_role("log").get_by_role("article").last.wait_for()
    page.wait_for_timeout(800)


if __name__ == "__main__":
    sys.exit(main())
