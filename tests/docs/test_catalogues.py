"""The catalogues are whole, and read well; and the tool that says so sees what is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts import catalogues
from scripts.catalogues import Found, check, extract, placeholders, update

CODE = """
from bot.core.text import t, tn as counted

def say(n, what):
    return t("Hello {name}, "
             "how are you?", name="x"), counted("{n} dog", "{n} dogs", n), t("Bye")
"""
ZH = catalogues.LOCALES / "zh" / "LC_MESSAGES" / "muster.po"


def tree(root: Path, code: str) -> Found:
    (root / "bot").mkdir(exist_ok=True)
    (root / "bot" / "x.py").write_text(code, "utf-8")
    return extract(root)


@pytest.fixture
def locales(tmp_path: Path) -> Path:
    po = tmp_path / "locales" / "zh" / "LC_MESSAGES" / "muster.po"
    po.parent.mkdir(parents=True)
    po.write_text('msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n', "utf-8")
    return tmp_path / "locales"


def translate(locales: Path, **strings: str) -> None:
    po = locales / "zh" / "LC_MESSAGES" / "muster.po"
    text = po.read_text("utf-8")
    for english, chinese in strings.items():
        pattern = rf'(msgid "{english}[^\n]*\n(?:msgid_plural [^\n]*\n)?msgstr(?:\[0\])? )"[^\n]*"'
        text, count = re.subn(pattern, rf'\1"{chinese}"', text)
        assert count == 1, english
    po.write_text(text, "utf-8")


def test_the_catalogues_are_whole() -> None:
    assert check(extract()) == []


def test_sentences_are_collected_whole(tmp_path: Path) -> None:
    found = tree(tmp_path, CODE)
    ids = [message.id for message in found.catalog if message.id]
    assert ids == ["Hello {name}, how are you?", ("{n} dog", "{n} dogs"), "Bye"]
    assert found.problems == []


def test_the_template_says_nothing_of_when_or_where_exactly(tmp_path: Path) -> None:
    before = catalogues.as_text(tree(tmp_path, CODE).catalog)
    after = catalogues.as_text(tree(tmp_path, f"# moved\n\n{CODE}").catalog)
    assert before == after
    assert "#: bot/x.py\n" in before


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        ("t(what)", "takes a literal sentence, not what"),
        ('t(f"Hi {what}")', "takes a literal sentence, not f'Hi {what}'"),
        ('t("a" + what)', "takes a literal sentence, not 'a' + what"),
        ('t("")', "is empty"),
        ('t("你好")', "'你好' is to be English"),
        ('t("Hi {name}")', "is not given {name} of 'Hi {name}'"),
        ('t("Hi", name=what)', "is given name, of which 'Hi' makes no use"),
        ('t("{0}")', "'{0}' has a placeholder that is not a plain name"),
        ('t("{a:>3}", a=1)', "'{a:>3}' has a placeholder that is not a plain name"),
        ('tn("{n} x", n=3)', "lacks a sentence"),
        ('t("Same"), tn("Same", "Sames", 1)', "'Same' counts here and does not count elsewhere"),
    ],
)
def test_a_sentence_that_cannot_be_translated_is_found(
    tmp_path: Path, call: str, problem: str
) -> None:
    code = f"from bot.core.text import t, tn\n\ndef f(what):\n    return {call}\n"
    [said] = tree(tmp_path, code).problems
    assert re.fullmatch(rf"bot/x\.py:4: tn?\(\) {re.escape(problem)}", said)


def test_calls_of_other_functions_named_t_are_no_sentences(tmp_path: Path) -> None:
    assert tree(tmp_path, "def t(x): ...\nt(3)\n").problems == []


def test_a_translated_catalogue_is_fine(tmp_path: Path, locales: Path) -> None:
    found = tree(tmp_path, CODE)
    update(found, locales)
    assert len(check(found, locales)) == 3
    translate(locales, Hello="{name}，你好吗？", **{"{n} dog": "{n} 条狗"}, Bye="再见")
    assert check(found, locales) == []


def test_what_is_wrong_with_a_catalogue_is_said(tmp_path: Path, locales: Path) -> None:
    found = tree(tmp_path, CODE)
    update(found, locales)
    translate(locales, Hello="{nome}，你好吗？", **{"{n} dog": "几条狗"}, Bye="再见{")
    said = "\n".join(check(found, locales))
    assert "does not have the placeholders of 'Hello {name}, how are you?': name" in said
    assert "does not have the placeholders of '{n} dogs': n" in said
    assert len(said.splitlines()) == 3


def test_a_changed_sentence_is_stale_then_fuzzy(tmp_path: Path, locales: Path) -> None:
    update(tree(tmp_path, CODE), locales)
    translate(locales, Hello="{name}，你好吗？", **{"{n} dog": "{n} 条狗"}, Bye="再见")
    changed = tree(tmp_path, CODE.replace("how are you", "how are they").replace('t("Bye")', "1"))
    assert [line.split(":")[0] for line in check(changed, locales)] == [
        "muster.pot is stale",
        *["zh/muster.po"] * 3,
    ]
    update(changed, locales)
    [left] = check(changed, locales)
    assert left.startswith("zh/muster.po: fuzzy")


def test_a_catalogue_of_things_that_are_gone_is_found(tmp_path: Path, locales: Path) -> None:
    found = tree(tmp_path, "")
    update(found, locales)
    po = locales / "zh" / "LC_MESSAGES" / "muster.po"
    po.write_text(
        po.read_text("utf-8") + '\nmsgid "x"\nmsgstr "y"\n\n#~ msgid "z"\n#~ msgstr "z"\n'
    )
    assert check(found, locales) == [
        "zh/muster.po: no longer in the code: 'x'",
        "zh/muster.po: obsolete: 'z'",
    ]


def test_placeholders() -> None:
    assert placeholders("{a} and {b_c}, {{literally}}") == {"a", "b_c"}


# How the Chinese reads.

_HAN = "[\u4e00-\u9fff]"
#: Their placeholders are filled with Chinese of ours, so they need no spaces.
_CLOSE = {"我会用{language}和你交流。"}


def chinese() -> list[tuple[str, str]]:
    catalog = catalogues._read(ZH)
    return [(catalogues._first(m), s) for m in catalog if m.id for s in catalogues._strings(m)]


@pytest.mark.parametrize(
    ("slip", "why"),
    [
        (rf"{_HAN}[,.;:!?()]|[,;:!?()]{_HAN}", "full-width punctuation beside Chinese"),
        (rf"{_HAN}[A-Za-z0-9{{]|[A-Za-z0-9}}]{_HAN}", "a space between Chinese and what is not"),
        ("[，。；：！？、（）「」] | [，。；：！？、（）「」]", "no space beside full width"),
        ("您", "你, not 您"),
        ("[“”\"']", "「」 for quotations"),
        ("^ | $|\n", "no space around"),
    ],
)
def test_the_chinese_is_written_as_it_is_printed(slip: str, why: str) -> None:
    found = [text for _, text in chinese() if re.search(slip, text) and text not in _CLOSE]
    assert not found, f"{why}: {found}"


def test_a_sentence_that_ends_with_a_full_stop_does_so_in_both_languages() -> None:
    found = [
        text
        for english, text in chinese()
        if english.endswith(".") and not text.endswith(("。", "？", "：", "}"))
    ]
    assert not found
