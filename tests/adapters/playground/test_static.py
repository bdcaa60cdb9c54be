"""The page's own files, as far as they can be checked without a browser."""

from __future__ import annotations

import json
import re
from importlib import resources
from typing import Any

import pytest

STATIC = resources.files("adapters.playground") / "static"
FILES = {each.name: each.read_text(encoding="utf-8") for each in STATIC.iterdir() if each.is_file()}
SCRIPTS = {name: text for name, text in FILES.items() if name.endswith(".js")}
STYLES = {name: text for name, text in FILES.items() if name.endswith(".css")}


def words() -> dict[str, list[Any]]:
    """Every text of the page by its key: English (one, or one and many) and Chinese."""
    body = SCRIPTS["strings.js"].partition("STRINGS = ")[2].partition(";\n")[0]
    body = re.sub(r"^ *//.*$", "", body, flags=re.MULTILINE)
    body = re.sub(r"^ *(\w+):", r'"\1":', body, flags=re.MULTILINE)
    found: dict[str, list[Any]] = json.loads(re.sub(r",(\s*[\]}])", r"\1", body))
    return found


def test_every_text_is_in_both_languages() -> None:
    assert len(words()) > 100
    for key, (english, chinese) in words().items():
        assert re.search(r"[\u3400-\u9fff0-9+]", chinese), key
        for said in english if isinstance(english, list) else [english]:
            assert set(re.findall(r"{(\w+)}", said)) == set(re.findall(r"{(\w+)}", chinese)), key


def test_every_text_that_is_used_is_there_and_the_other_way_round() -> None:
    used = set()
    for name, text in SCRIPTS.items():
        if name != "strings.js":
            used |= set(re.findall(r'"(\w+)"', text))
    called = {key for text in SCRIPTS.values() for key in re.findall(r'\btr\("(\w+)"', text)}
    assert called <= set(words())
    unused = {key for key in words() if key not in used and not key.startswith("error_")}
    assert not unused


@pytest.mark.parametrize("name", SCRIPTS)
def test_data_never_becomes_markup(name: str) -> None:
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert way not in SCRIPTS[name]


@pytest.mark.parametrize("name", FILES)
def test_files_are_small_and_come_from_here(name: str) -> None:
    text = FILES[name]
    addresses = set(re.findall(r"https?://[\w.]+", text)) - {"http://www.w3.org"}
    assert not addresses
    assert text.count("\n") <= 300, "split it"


def test_the_page_runs_nothing_inline() -> None:
    page = FILES["index.html"]
    assert not re.search(r"<script(?![^>]*src=)|<style|\son\w+=|\sstyle=", page)
    for address in re.findall(r'(?:src|href)="([^"]+)"', page):
        assert address.removeprefix("/playground/static/") in FILES


def test_modules_import_what_there_is() -> None:
    for text in SCRIPTS.values():
        for names, module in re.findall(r'import {([^}]*)} from "\./([\w.]+)"', text):
            for name in filter(None, map(str.strip, names.split(","))):
                assert re.search(
                    rf"export (?:const|let|function|async function|class) {name}\b",
                    SCRIPTS[module],
                ), f"{module} has no {name}"


def test_every_class_of_the_style_is_used() -> None:
    everything = "".join(SCRIPTS.values()) + FILES["index.html"]
    classes = {
        name
        for text in STYLES.values()
        for name in re.findall(r"\.([a-z][a-z-]+)(?=[\s,.:{>)\[])", text)
    }
    made = re.compile(r"tone-|hue-|icon-")
    missing = {each for each in classes if each not in everything and not made.match(each)}
    assert not missing
