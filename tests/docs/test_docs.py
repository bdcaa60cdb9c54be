"""The pages are true, and the checker of pages sees what is not."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import typer

from bot.bootstrap import registry
from bot.cli import app
from bot.core.text import LANGUAGES
from bot.core.when import Unclear, parse_when
from scripts import docs

ROOT = Path(__file__).parents[2]
LEXICON = registry().lexicon
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")


def test_the_pages_are_true() -> None:
    assert docs.check(ROOT) == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_reference_has_every_command_and_parameter(lang: str) -> None:
    page = (ROOT / docs.PAGES["zh" if lang == "zh" else "en"]).read_text("utf-8")
    for cls in registry().commands.values():
        found = re.search(rf"^### /{cls.spec.path}$(.*?)(?=^##|\Z)", page, re.MULTILINE | re.DOTALL)
        assert (found is not None) is cls.spec.public, cls.spec.path
        for param in cls.spec.params if found is not None else ():
            assert found is not None
            said = f"`--{param.flag}`" in found[1] or param.positional or not param.is_listed
            assert said, f"{cls.spec.path} --{param.flag}"


def _dates(page: str, title: str) -> tuple[list[str], list[str]]:
    """The phrases of a guide that it says are understood, and those that it says are not."""
    section = page.partition(f"## {title}\n")[2].partition("\n## ")[0]
    table, _, prose = section.partition("\n\n- ")
    return re.findall(r"`([^`]+)`", table), re.findall(r"[\"「]([^\"」]+)[\"」] ?[（(]", prose)


@pytest.mark.parametrize(
    ("page", "title"), [("docs/guide.md", "Dates"), ("docs/guide.zh.md", "日期和时间")]
)
def test_the_dates_of_a_guide_are_understood_as_it_says(page: str, title: str) -> None:
    fine, unclear = _dates((ROOT / page).read_text("utf-8"), title)
    assert len(fine) > 20
    assert len(unclear) == 3
    for phrase in fine:
        assert parse_when(phrase, now=NOW, zone=SHANGHAI).at > NOW
    for phrase in unclear:
        with pytest.raises(Unclear) as refused:
            parse_when(phrase, now=NOW, zone=SHANGHAI)
        assert refused.value.reason == "ambiguous", phrase


@pytest.mark.parametrize("name", ["README", "docs/guide"])
def test_a_page_says_as_much_in_either_language(name: str) -> None:
    english = (ROOT / f"{name}.md").read_text("utf-8")
    chinese = (ROOT / f"{name}.zh.md").read_text("utf-8")
    for pattern in (r"^#{1,3} ", r"^- ", r"^\|", r"^```", r"!\["):
        counts = [len(re.findall(pattern, text, re.MULTILINE)) for text in (english, chinese)]
        assert counts[0] == counts[1], pattern


# The checker.


@pytest.mark.parametrize(
    "code",
    [
        "/item ad x",
        "/warroom open x --severty 1",
        "/item due 3 someday",
        "alice@WR-1: /warroom severity 9",
        "/warrom",
        "／事项 加加",
    ],
)
def test_a_command_that_does_not_exist_is_found(code: str) -> None:
    assert list(docs.command_problems([code], LEXICON))


@pytest.mark.parametrize(
    "code",
    [
        "/warroom open",
        "/item",
        "alice: /item done 3",
        "/healthz",
        "make demo",
        "/攻关 状态 WR-7 观察中",
        "3/4",
    ],
)
def test_code_that_is_fine_is_let_be(code: str) -> None:
    assert list(docs.command_problems([code], LEXICON)) == []


def test_links_are_followed(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# One, two\n\n## 日期 `x`\n", "utf-8")
    prose = "[a](page.md) [b](#one-two) [c](page.md#日期-x) [d](https://example.com/x)"
    assert list(docs.link_problems(page, prose)) == []
    assert list(docs.link_problems(page, "[a](gone.md) [b](#three)")) == [
        "no such file: gone.md",
        "no such heading: #three",
    ]


def test_what_a_block_of_code_shows_is_no_link() -> None:
    code, prose = docs.code_of("see `make x`\n```sh\n/item add [a](b)\n```\n[c](d)\n")
    assert code == ["/item add [a](b)", "make x"]
    assert "[a]" not in prose
    assert "[c](d)" in prose


def test_targets_command_lines_and_settings_are_looked_up() -> None:
    makefile = "demo: ## x\n\ttrue\n"
    assert list(docs.target_problems(["make demo", 'make demo ARGS="x"'], makefile)) == []
    assert list(docs.target_problems(["make dmo"], makefile)) == ["no such target: make dmo"]
    cli = typer.main.get_command(app)
    assert list(docs.cli_problems(["muster run", "muster", "muster run now"], cli)) == []
    assert list(docs.cli_problems(["muster rnu"], cli)) == ["no such command line: muster rnu"]
    assert list(docs.setting_problems("MUSTER_PORT, MUSTER_FAKE", "MUSTER_FAKE")) == []
    assert list(docs.setting_problems("MUSTER_PROT", "")) == ["no such setting: MUSTER_PROT"]
