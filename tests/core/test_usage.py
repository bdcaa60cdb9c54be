"""What a command is called where somebody reads of it, and that the source names those that are."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.bootstrap import registry
from bot.core.i18n import plain
from bot.core.lexicon import Lexicon
from bot.core.text import AnyInline, Either, Reader, Slash, dump_inline, load_inline, t
from bot.core.usage import typed_name, usage

COMMANDS = registry().commands
SPECS = [cls.spec for cls in COMMANDS.values() if cls.spec.public]
ROOTS = {spec.root for spec in SPECS}
ROOT = Path(__file__).resolve().parents[2]
ANYWHERE, IN_SLACK, PREFIXED = None, "", "ops-"


@pytest.mark.parametrize(
    ("value", "prefix", "en", "zh"),
    [
        (Slash("warroom open", "…"), ANYWHERE, "/warroom open …", "/攻关 开 …"),
        (Slash("warroom open", "…"), IN_SLACK, "/warroom open …", "/warroom 开 …"),
        (Slash("warroom open", "…"), PREFIXED, "/ops-warroom open …", "/ops-warroom 开 …"),
        (Slash("decide"), ANYWHERE, "/decide", "/决策"),
        (Slash("decide"), IN_SLACK, "/decide", "/decide"),
        (Slash("muster home"), ANYWHERE, "/muster home", "/我的"),
        (Slash("muster home"), IN_SLACK, "/muster home", "/muster 我的"),
        (Slash("muster help"), PREFIXED, "/ops-muster help", "/ops-muster 帮助"),
        (Slash("item list", Either("all", "全部")), IN_SLACK, "/item list all", "/item 列表 全部"),
        (Slash("of another version", "x"), ANYWHERE, "/of another version x",
         "/of another version x"),
    ],
)  # fmt: skip
def test_a_command_as_it_can_be_typed(
    value: AnyInline, prefix: str | None, en: str, zh: str
) -> None:
    assert plain(value, Reader("en", prefix=prefix)) == en
    assert plain(value, Reader("zh", prefix=prefix)) == zh
    both = en if en == zh else f"{en} / {zh}"
    assert plain(value, Reader("both", prefix=prefix)) == both


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("prefix", [ANYWHERE, IN_SLACK])
def test_every_command_is_understood_by_the_name_it_goes_by(lang: str, prefix: str | None) -> None:
    lexicon = Lexicon(COMMANDS)
    for spec in SPECS:
        name = typed_name(spec.path, "zh" if lang == "zh" else "en", prefix)
        found = lexicon.find(f"/{name}")
        assert found is not None, name
        assert (found.cls.spec.path, found.rest) == (spec.path, ""), name


def test_in_slack_every_usage_begins_with_a_slash_command_of_the_manifest() -> None:
    for spec in SPECS:
        for lang in ("en", "zh"):
            shown = plain(usage(spec), Reader("zh" if lang == "zh" else "en", prefix=PREFIXED))
            assert shown.split()[0] == f"/ops-{spec.root}"


def test_it_is_kept_by_its_path() -> None:
    said = t("Join it first: {join}", join=Slash("warroom join", Either("WR-1", t("Room"))))
    assert load_inline(json.loads(json.dumps(dump_inline(said)))) == said


def _calls(name: str) -> Iterator[tuple[Path, ast.Call]]:
    """Where the source makes a value of that name."""
    for folder in ("bot", "adapters", "storage"):
        for file in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                match node:
                    case ast.Call(func=ast.Name(id=called), args=[_, *_]) if called == name:
                        yield file, node


def test_every_command_that_a_sentence_names_is_there() -> None:
    named = [
        (str(file), call.args[0].value)
        for file, call in _calls("Slash")
        if isinstance(call.args[0], ast.Constant)
    ]
    assert len(named) > 20
    assert [each for each in named if each[1] not in COMMANDS] == []


def test_no_sentence_names_a_command_letter_by_letter() -> None:
    """It would be the same to everybody, wherever they are: it is to be a `Slash`."""
    slash = re.compile(rf"(?:^|[\s`'])/(?:{'|'.join(ROOTS)}|[\u4e00-\u9fff])")
    found = [
        (file.name, value.value)
        for name in ("Code", "Strong", "t", "tn")
        for file, call in _calls(name)
        if "terminal" not in file.parts
        for value in ast.walk(call)
        if isinstance(value, ast.Constant) and isinstance(value.value, str)
        if slash.search(value.value)
    ]
    assert found == []
