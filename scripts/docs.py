"""The documentation: writes its generated pages, and checks what the others say.

    python scripts/docs.py            write docs/commands.md and docs/commands.zh.md
    python scripts/docs.py --check    say what is stale or untrue; exit 1 if anything is

Every command in a page is parsed as if somebody had typed it, every relative link is followed,
every `make` target and every setting that is mentioned must be there.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import typer

from bot.bootstrap import registry
from bot.cli import app
from bot.core.errors import Refused
from bot.core.i18n import plain
from bot.core.lexicon import Lexicon
from bot.core.parse import read_values
from bot.core.text import LANGUAGES, Language, Reader
from bot.reference import page
from bot.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
PAGES: dict[Language, str] = {"en": "docs/commands.md", "zh": "docs/commands.zh.md"}
_FENCE = re.compile(r"^(`{3,}|~{3,})[^\n]*\n(.*?)^\1[ \t]*$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\[[^\]\n]*\]\(([^()\s]+)\)")
#: A line of a conversation may begin with who says it, and where: `alice@WR-1: /item add …`.
_TYPED = re.compile(r"(?:[\w.-]+(?:@[\w-]+)?: +)?([/／].*)")
_SETTING = re.compile(r"\b(?:MUSTER|SLACK|FEISHU)_[A-Z][A-Z_]*[A-Z]\b")
#: Paths that begin with a slash as commands do.
_PATHS = re.compile(
    r"/(healthz|readyz|metrics|data|api|static|tmp)\b.*|/(etc|feishu|opt|run|slack|srv|var)/.*"
)


@dataclass
class Anybody:
    """Surroundings in which every name is somebody's: pages may use any."""

    now: datetime
    zone: ZoneInfo

    def person(self, user: str) -> int:  # noqa: ARG002  as in Surroundings
        return 1

    def named(self, name: str) -> int | None:  # noqa: ARG002  as in Surroundings
        return 1

    def name_of(self, user: str) -> str:
        return user


ANYBODY = Anybody(datetime(2026, 11, 23, 1, 0, tzinfo=UTC), ZoneInfo("Asia/Shanghai"))


def code_of(text: str) -> tuple[list[str], str]:
    """The pieces of code in a page, line by line, and the page without its blocks of code."""
    prose = _FENCE.sub("", text)
    lines = [line for block in _FENCE.finditer(text) for line in block[2].splitlines()]
    return [each.strip() for each in (*lines, *_SPAN.findall(prose))], prose


def command_problems(code: list[str], lexicon: Lexicon) -> Iterator[str]:
    """Commands among pieces of code that do not exist, or cannot be understood as they stand."""
    for each in code:
        typed = _TYPED.fullmatch(each)
        if typed is None or _PATHS.fullmatch(typed[1]):
            continue
        request = lexicon.find(typed[1])
        if request is None:
            yield f"no such command: {typed[1]}"
            continue
        try:
            read_values(request.cls.spec, request.rest, ANYBODY)
        except Refused as refused:
            yield f"{typed[1]}: {plain(refused.message, Reader())}"


def link_problems(file: Path, prose: str) -> Iterator[str]:
    """Relative links of a page that lead nowhere."""
    for target in _LINK.findall(prose):
        path, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        found = (file.parent / path).resolve() if path else file
        if not found.exists():
            yield f"no such file: {target}"
        elif anchor and found.suffix == ".md" and anchor not in anchors(found.read_text("utf-8")):
            yield f"no such heading: {target}"


def anchors(text: str) -> set[str]:
    """What the headings of a page can be linked to as."""
    titles = re.findall(r"^#{1,6} +(.+?)[ \t]*$", code_of(text)[1], re.MULTILINE)
    plain_titles = [re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).lower() for title in titles]
    return {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in plain_titles}


def target_problems(code: list[str], makefile: str) -> Iterator[str]:
    """Targets of `make` that are mentioned and do not exist."""
    targets = set(re.findall(r"^([a-z][\w-]*):", makefile, re.MULTILINE))
    for each in code:
        found = re.fullmatch(r"(?:\$ )?make ([a-z-]+)(?: .*)?", each)
        if found is not None and found[1] not in targets:
            yield f"no such target: make {found[1]}"


def cli_problems(code: list[str], cli: object) -> Iterator[str]:
    """Commands of the command line that are mentioned and do not exist: `muster runn`."""
    for each in code:
        found = re.match(r"(?:\$ )?muster((?: [a-z]+)+)", each)
        here = cli
        for word in found[1].split() if found is not None else ():
            commands: Mapping[str, object] | None = getattr(here, "commands", None)
            if commands is None:
                break  # no group of commands, so these are its arguments
            if word not in commands:
                yield f"no such command line: {each}"
                break
            here = commands[word]


def setting_problems(text: str, others: str) -> Iterator[str]:
    """Settings that are mentioned and are neither Muster's nor those of its tests (`others`)."""
    known = set(Settings.variables().values())
    for name in sorted(set(_SETTING.findall(text)) - known):
        if name not in others:
            yield f"no such setting: {name}"


def written(root: Path = ROOT) -> list[Path]:
    """The pages that people wrote."""
    generated = {root / page for page in PAGES.values()}
    pages = [*root.glob("*.md"), *(root / "docs").rglob("*.md")]
    return sorted(page for page in pages if page not in generated)


def check(root: Path = ROOT) -> list[str]:
    """Everything that is stale or untrue, a line each."""
    known = registry()
    problems = []
    for lang in LANGUAGES:
        file = root / PAGES[lang]
        if not file.exists() or file.read_text("utf-8") != page(known.commands, lang):
            problems.append(f"{PAGES[lang]}: is stale: run `make docs`")
    makefile = (root / "Makefile").read_text("utf-8")
    tests = "\n".join(file.read_text("utf-8") for file in (root / "tests").rglob("*.py"))
    for file in [*written(root), *(root / name for name in PAGES.values())]:
        if not file.exists():
            continue
        text = file.read_text("utf-8")
        code, prose = code_of(text)
        found = [*link_problems(file, prose), *setting_problems(text, tests)]
        if file.relative_to(root).as_posix() not in PAGES.values():
            found += command_problems(code, known.lexicon)
            found += target_problems(code, makefile)
            found += cli_problems(code, typer.main.get_command(app))
        problems += [f"{file.relative_to(root).as_posix()}: {problem}" for problem in found]
    return problems


def main() -> int:
    """Do as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="only say what is stale or untrue")
    if parser.parse_args().check:
        problems = check()
        for problem in problems:
            print(problem, file=sys.stderr)
        return 1 if problems else 0
    for lang in LANGUAGES:
        (ROOT / PAGES[lang]).write_text(page(registry().commands, lang), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
