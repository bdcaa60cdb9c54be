"""A newcomer's first hour, in a real browser: open, join, item, decide, export, close."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


def settle_in(page: Page, name: str) -> None:
    """Be somebody new: on the first visit by the welcome, later by the persona menu."""
    welcome = page.get_by_role("heading", name="Welcome to the playground")
    persona = page.get_by_role("button", name=re.compile("^Persona"))
    expect(welcome.or_(persona)).to_be_visible()
    place: Page | Locator = page
    if persona.is_visible():
        persona.click()
        page.get_by_role("menuitem", name="Add a person…").click()
        place = page.get_by_role("dialog")
    box = place.get_by_label("Name", exact=True)
    box.fill(name)
    box.press("Enter")
    expect(persona).to_contain_text(name)


def say(page: Page, text: str) -> None:
    box = page.get_by_role("textbox", name="Message", exact=True).first
    box.fill(text)
    box.press("Escape")  # no suggestion is wanted
    box.press("Enter")
    expect(box).to_have_value("")


def log(page: Page) -> Locator:
    return page.get_by_role("log").first


def go_to(page: Page, channel: str) -> None:
    page.get_by_role("navigation").get_by_role("link", name=re.compile(channel)).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(channel)


def become(page: Page, name: str) -> None:
    page.get_by_role("button", name=re.compile("^Persona")).click()
    page.get_by_role("menuitemradio", name=name).click()
    expect(page.get_by_role("button", name=re.compile("^Persona"))).to_contain_text(name)


def test_a_room_from_open_to_close(page: Page, tmp_path: Path) -> None:
    settle_in(page, "Bob")
    settle_in(page, "Alice")

    say(page, "/warroom")
    form = page.get_by_role("dialog")
    form.get_by_label("What is the problem?").fill("Payment timeouts")
    form.get_by_label("Severity").select_option("1")
    form.get_by_role("button", name="Open the room").click()
    expect(form).to_be_hidden()
    expect(log(page)).to_contain_text("War room WR-1 Payment timeouts")

    become(page, "Bob")
    go_to(page, "general")
    log(page).get_by_role("button", name="Join").click()
    go_to(page, "WR-1")
    expect(page.get_by_role("navigation")).to_contain_text("WR-1 Payment timeouts")

    become(page, "Alice")
    go_to(page, "WR-1")
    say(page, "/item add Check the gateway logs --due tomorrow 5pm")
    expect(log(page)).to_contain_text("WR-1-1 Check the gateway logs")
    log(page).get_by_role("button", name="Done").first.click()
    expect(log(page)).to_contain_text("@Alice finished WR-1-1 Check the gateway logs")

    say(page, "/decide Roll back to 1.4 --why Errors began with 1.5 --instead-of A hotfix")
    expect(log(page)).to_contain_text("Decision D-1 Roll back to 1.4")

    with page.expect_download() as download:
        say(page, "/export decisions --format md")
        log(page).get_by_role("link", name=re.compile(r"decisions.*\.md")).click()
    download.value.save_as(tmp_path / "decisions.md")
    assert "D-1 Roll back to 1.4" in (tmp_path / "decisions.md").read_text("utf-8")

    say(page, "/item add Write to the customers")
    expect(log(page)).to_contain_text("WR-1-2 Write to the customers")
    say(page, "/warroom close Rolled back, errors are gone")
    expect(log(page)).to_contain_text("still has open work")
    log(page).get_by_role("button", name="Close anyway").click()
    confirm = page.get_by_role("alertdialog")
    if confirm.is_visible():
        confirm.get_by_role("button", name="Close anyway").click()
    expect(log(page)).to_contain_text("WR-1 Payment timeouts is closed")
    assert log(page).get_by_text("WR-1 Payment timeouts is closed").count() == 1


def test_a_room_in_chinese_by_keyboard_alone(page: Page) -> None:
    page.get_by_label("Name", exact=True).fill("陈晨")
    page.get_by_label("Language").select_option("zh")
    page.get_by_label("Time zone").select_option("Asia/Shanghai")
    page.get_by_label(re.compile("Name|姓名"), exact=True).press("Enter")
    box = page.get_by_role("textbox", name="消息")
    expect(box).to_be_focused()

    page.keyboard.type("/攻关 开 支付超时 级别1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("navigation")).to_contain_text("WR-1 支付超时")
    page.keyboard.press("Control+k")
    page.keyboard.type("支付")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("支付超时")
    expect(box).to_be_visible()  # she has been let in
    expect(box).to_be_focused()

    page.keyboard.type("/事项 加 查网关日志 --截止 明天下午5点")
    page.keyboard.press("Enter")
    expect(log(page)).to_contain_text("WR-1-1 查网关日志")
    expect(log(page)).to_contain_text("17:00")


def test_nobody_acts_as_who_they_were_while_they_become_somebody_else(page: Page) -> None:
    settle_in(page, "Bob")
    settle_in(page, "Alice")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/state?*", hold)
    page.get_by_role("button", name=re.compile("^Persona")).click()
    page.get_by_role("menuitemradio", name="Bob").click()

    page.locator("textarea").first.click(force=True)
    page.keyboard.type("/warroom open Whose is it")
    page.keyboard.press("Enter")
    for each in held:
        each.continue_()
    page.unroute("**/state?*")
    expect(page.get_by_role("button", name=re.compile("^Persona"))).to_contain_text("Bob")
    say(page, "/warroom open Mine")

    expect(log(page)).to_contain_text("War room WR-1 Mine")


def test_time_moves_and_everybody_sees_it_at_once(page: Page) -> None:
    settle_in(page, "Alice")
    say(page, "/warroom open Slow searches")
    go_to(page, "WR-1")
    say(page, "/warroom status mitigating Index rebuilt --next in 2 hours")
    expect(log(page)).to_contain_text("Next update by")
    other = page.context.new_page()
    other.goto(page.url)
    page.get_by_role("button", name=re.compile("^Playground clock")).click()
    page.get_by_role("menuitem", name=re.compile("1 day")).click()
    for each in (page, other):
        expect(log(each)).to_contain_text("The promised update is due")


def test_what_somebody_writes_is_only_ever_text(page: Page) -> None:
    settle_in(page, "Alice")
    say(page, "/warroom open <img src=x onerror=alert(1)> <b>bold</b> --severity 2")
    expect(log(page)).to_contain_text("<img src=x onerror=alert(1)> <b>bold</b>")
    assert log(page).locator("img[src=x]").count() == 0
