"""Takes the pictures in docs/images from the living example of the playground.

    python scripts/screenshots.py               all of them
    python scripts/screenshots.py standups      those of stand-ups

It needs Chromium or Chrome, as MUSTER_TEST_BROWSER or on the PATH, and a font with Chinese in it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
SIZE: ViewportSize = {"width": 1280, "height": 860}
TALL: ViewportSize = {"width": 1440, "height": 1080}
#: What stands on buttons, by language.
REPLIES = {"en": re.compile(r"^\d+ repl"), "zh": re.compile(r"^\d+ 条回复")}
ANSWER = {"en": "Answer", "zh": "回答"}


def main() -> int:
    """Start the example and the scenes, take the pictures, end them."""
    path = os.environ.get("MUSTER_TEST_BROWSER") or shutil.which("chromium")
    if path is None:
        print("no browser: set MUSTER_TEST_BROWSER", file=sys.stderr)
        return 1
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        if "standups" not in sys.argv[1:]:
            with served("-m", "bot.cli", "demo") as address:
                take(browser, address)
        for lang in ("en", "zh"):
            with served("scripts/standup_scene.py", lang) as address:
                take_standup(browser, address, lang)
        browser.close()
    return 0


@contextmanager
def served(*arguments: str) -> Iterator[str]:
    """The address of a playground that a program of ours serves."""
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield next(
            found[0]
            for line in process.stdout
            if not line.startswith("20") and (found := re.search(r"http://\S+", line))
        )
    finally:
        process.terminate()
        process.wait(15)


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


def take_standup(browser: Browser, address: str, lang: str) -> None:
    """The thread of the day before with its report; the form of somebody who is in two rooms."""
    who, suffix = ("alice", "") if lang == "en" else ("陈晨", ".zh")
    page = open_page(browser, "light", "en-GB" if lang == "en" else "zh-CN", TALL)
    page.goto(f"{address}#/{who}/general")
    to_room(page)
    heads = page.get_by_role("article").filter(has_text=re.compile("2026-11-19"))
    heads.last.get_by_role("button", name=REPLIES[lang]).click()
    thread = page.get_by_role("complementary").filter(has=page.get_by_role("log"))
    thread.get_by_role("article").last.wait_for()
    page.mouse.move(0, 0)
    page.wait_for_timeout(800)
    page.screenshot(path=IMAGES / f"standup{suffix}.png")

    page.keyboard.press("Escape")
    heads = page.get_by_role("article").filter(has_text="2026-11-20")
    heads.last.get_by_role("button", name=ANSWER[lang], exact=True).click()
    form = page.get_by_role("dialog")
    form.wait_for()
    page.wait_for_timeout(400)
    page.screenshot(path=IMAGES / f"standup-form{suffix}.png")


def open_page(browser: Browser, scheme: str, locale: str, size: ViewportSize | None = None) -> Page:
    """A page in a context of its own, which remembers nothing of the one before."""
    context = browser.new_context(
        viewport=size or SIZE,
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
