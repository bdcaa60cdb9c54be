"""The page of decisions in a real browser: found, filtered, in both languages, on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.features.decisions.shelf import exported, imported, shelf, workspace

DATA = Path(__file__).parents[1] / "features" / "decisions" / "data"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    more = folder / "more.csv"
    more.write_text("title,why,tags,room,room_title\n回滚到 1.4,支付超时,支付,WR-1,支付\n", "utf-8")
    with shelf() as conn:
        tx = workspace(conn, 1)
        imported(tx, DATA / "shell-tools")
        imported(tx, more)
        return exported(tx, "html", folder)


@pytest.fixture
def page(browser: Browser, file: Path) -> Iterator[Page]:
    """The page on a screen, where nothing may go wrong unseen."""
    context = browser.new_context(locale="en-GB", viewport={"width": 1100, "height": 900})
    context.set_default_timeout(15_000)
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda message: errors.append(message.text))
    opened.goto(file.as_uri())
    yield opened
    context.close()
    assert not errors, errors


def shown(page: Page) -> list[str]:
    return [
        str(each.get_attribute("id")) for each in page.locator("article").all() if each.is_visible()
    ]


def test_it_is_searched_and_filtered(page: Page) -> None:
    assert len(shown(page)) == 11
    page.get_by_role("searchbox").fill("ISO DATES")
    assert shown(page) == ["D-8"]
    assert page.get_by_role("status").inner_text() == "1 / 11"
    page.get_by_role("searchbox").fill("支付")
    assert shown(page) == ["D-11"]
    page.get_by_role("searchbox").fill("no such thing")
    assert shown(page) == []
    assert page.locator("#nothing").is_visible()
    page.get_by_role("searchbox").fill("")
    page.locator("#state").select_option("superseded")
    assert shown(page) == ["D-5"]
    page.locator("#state").select_option("")
    page.locator("#tag").select_option("支付")
    assert shown(page) == ["D-11"]
    assert page.locator("#room").is_hidden(), "there is only one"


def test_it_speaks_both_languages(page: Page) -> None:
    heading = page.get_by_role("heading", level=1)
    assert heading.inner_text() == "Decisions"
    page.locator("#lang").click()
    assert heading.inner_text() == "决策"
    assert page.title() == "决策"
    assert page.locator("html").get_attribute("lang") == "zh"
    page.locator("#lang").click()
    assert page.title() == "Decisions"


def colour(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


def test_it_is_light_and_dark(page: Page) -> None:
    light = colour(page)
    page.emulate_media(color_scheme="dark")
    dark = colour(page)
    assert dark != light
    page.locator("#theme").click()
    assert colour(page) == light
    page.locator("#theme").click()
    assert colour(page) == dark
    page.emulate_media(media="print")
    assert colour(page) == "rgb(255, 255, 255)", "paper is white"
    assert page.get_by_role("searchbox").is_hidden()


def test_it_fits_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.get_by_role("searchbox").fill("help")
    assert set(shown(page)) >= {"D-5", "D-9"}


def test_links_lead_from_one_to_another(page: Page) -> None:
    page.locator("#D-5").get_by_role("link", name="D-9").click()
    assert page.url.endswith("#D-9")
