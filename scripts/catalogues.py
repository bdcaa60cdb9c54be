"""The catalogues of what people see: bot/locales/muster.pot and one muster.po for each language.

    python scripts/catalogues.py extract    collect every t() and tn() into muster.pot
    python scripts/catalogues.py update     … and bring the catalogues of the languages up to date
    python scripts/catalogues.py check      say what is missing or wrong; exit 1 if anything is

English is the message id itself, so it has no catalogue. The files have no dates and no line
numbers: they change only when a sentence does, or moves to another file.
"""

from __future__ import annotations

import argparse
import ast
import io
import re
import string
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
LOCALES = ROOT / "bot" / "locales"
POT = LOCALES / "muster.pot"
SOURCES = ("bot", "adapters", "storage")
#: How many of their first arguments are sentences.
SENTENCES = {"t": 1, "tn": 2}
MARKERS = "bot.core.text"
PLURALS = {"zh": "nplurals=1; plural=0;"}
_CJK = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")
_NAME = re.compile(r"[a-z][a-z_]*")

Sentence = str | tuple[str, str]


@dataclass
class Found:
    """What the code says, and what is wrong with how it says it."""

    catalog: Catalog = field(default_factory=lambda: Catalog(fuzzy=False))
    problems: list[str] = field(default_factory=list)


def extract(root: Path = ROOT) -> Found:
    """Every sentence of the code below `root`, in the order of the files."""
    found = Found()
    for folder in SOURCES:
        for file in sorted((root / folder).rglob("*.py")):
            where = file.relative_to(root).as_posix()
            _read_file(where, file.read_text(encoding="utf-8"), found)
    return found


def _read_file(where: str, source: str, found: Found) -> None:
    tree = ast.parse(source)
    names = dict(_marker_names(tree))
    if not names:
        return
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        marker = names.get(call.func.id) if isinstance(call.func, ast.Name) else None
        if marker is not None:
            _read_call(where, marker, call, found)


def _marker_names(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """What t() and tn() are called in a file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == MARKERS:
            for alias in node.names:
                if alias.name in SENTENCES:
                    yield alias.asname or alias.name, alias.name


def _read_call(where: str, marker: str, call: ast.Call, found: Found) -> None:
    place = f"{where}:{call.lineno}: {marker}()"
    texts: list[str] = []
    for argument in call.args[: SENTENCES[marker]]:
        if not isinstance(argument, ast.Constant) or not isinstance(argument.value, str):
            found.problems.append(f"{place} takes a literal sentence, not {ast.unparse(argument)}")
            return
        texts.append(argument.value)
    if len(texts) < SENTENCES[marker]:
        found.problems.append(f"{place} lacks a sentence")
        return
    found.problems += [f"{place} {problem}" for problem in _id_problems(marker, call, texts)]
    sentence: Sentence = (texts[0], texts[1]) if marker == "tn" else texts[0]
    # Babel keeps one entry for an id; a sentence that also counts keeps its plural.
    known = found.catalog.get(texts[0])
    if known is not None and isinstance(known.id, tuple) != isinstance(sentence, tuple):
        found.problems.append(f"{place} {texts[0]!r} counts here and does not count elsewhere")
        return
    found.catalog.add(sentence, locations=[(where, 0)])


def _id_problems(marker: str, call: ast.Call, texts: list[str]) -> Iterator[str]:
    for text in texts:
        if not text.strip():
            yield "is empty"
        if _CJK.search(text):
            yield f"{text!r} is to be English"
    try:
        wanted = frozenset().union(*map(placeholders, texts))
    except ValueError as error:
        yield str(error)
        return
    if any(keyword.arg is None for keyword in call.keywords):
        return  # **values: only running it can tell
    given = {keyword.arg for keyword in call.keywords if keyword.arg is not None}
    given |= {"n"} if marker == "tn" else set()
    for name in sorted(wanted - given):
        yield f"is not given {{{name}}} of {texts[0]!r}"
    for name in sorted(given - wanted - {"n"}):
        yield f"is given {name}, of which {texts[0]!r} makes no use"


def placeholders(text: str) -> frozenset[str]:
    """The names in braces in a sentence; ValueError if the braces hold anything else."""
    names = set()
    for _, name, spec, conversion in string.Formatter().parse(text):
        if name is None:
            continue
        if spec or conversion or not _NAME.fullmatch(name):
            message = f"{text!r} has a placeholder that is not a plain name"
            raise ValueError(message)
        names.add(name)
    return frozenset(names)


def as_text(catalog: Catalog, language: str | None = None) -> str:
    """A catalogue as the text of its file."""
    out = io.BytesIO()
    write_po(out, catalog, width=0, omit_header=True, include_lineno=False, ignore_obsolete=True)
    header = ["Content-Type: text/plain; charset=UTF-8"]
    if language is not None:
        header += [f"Language: {language}", f"Plural-Forms: {PLURALS[language]}"]
    lines = ['msgid ""', 'msgstr ""', *(f'"{line}\\n"' for line in header), "", ""]
    return "\n".join(lines) + out.getvalue().decode().rstrip("\n") + "\n"


def update(found: Found, locales: Path = LOCALES) -> None:
    """Write the template, and bring every language up to date with it.

    What is like an older sentence keeps its translation, marked as fuzzy; what is gone is dropped.
    """
    (locales / POT.name).write_text(as_text(found.catalog), encoding="utf-8")
    for po in _catalogues(locales):
        catalog = _read(po)
        catalog.update(found.catalog)
        po.write_text(as_text(catalog, _language(po)), encoding="utf-8")


def _catalogues(locales: Path) -> list[Path]:
    return sorted(locales.glob("*/LC_MESSAGES/muster.po"))


def _language(po: Path) -> str:
    return po.parent.parent.name


def _read(po: Path) -> Catalog:
    with po.open("rb") as file:
        return read_po(file, locale=_language(po), abort_invalid=True)


def check(found: Found, locales: Path = LOCALES) -> list[str]:
    """Everything that is missing, stale or wrong, a line each."""
    problems = list(found.problems)
    pot = locales / POT.name
    if not pot.exists() or pot.read_text(encoding="utf-8") != as_text(found.catalog):
        problems.append(f"{pot.name} is stale: run `python scripts/catalogues.py update`")
    for po in _catalogues(locales):
        catalog = _read(po)
        where = f"{_language(po)}/{po.name}"
        problems += [f"{where}: {problem}" for problem in _catalogue_problems(found, catalog)]
    return problems


def _catalogue_problems(found: Found, catalog: Catalog) -> Iterator[str]:
    for wanted in found.catalog:
        if not wanted.id:
            continue
        message = catalog.get(_first(wanted))
        if message is None or message.id != wanted.id or not all(_strings(message)):
            yield f"not translated: {_first(wanted)!r}"
            continue
        if message.fuzzy:
            yield f"fuzzy, look it over and take the mark away: {_first(wanted)!r}"
        yield from _placeholder_problems(message)
    for message in catalog:
        if message.id and found.catalog.get(_first(message)) is None:
            yield f"no longer in the code: {_first(message)!r}"
    for obsolete in catalog.obsolete:
        yield f"obsolete: {obsolete!r}"


def _placeholder_problems(message: Message) -> Iterator[str]:
    ids = message.id if isinstance(message.id, tuple) else (str(message.id),)
    allowed = {placeholders(each) for each in ids}
    for text in _strings(message):
        try:
            names = placeholders(text)
        except ValueError as error:
            yield str(error)
            continue
        if names not in allowed:
            wanted = ", ".join(sorted(placeholders(ids[-1]))) or "none"
            yield f"{text!r} does not have the placeholders of {ids[-1]!r}: {wanted}"


def _first(message: Message) -> str:
    return message.id[0] if isinstance(message.id, tuple) else str(message.id)


def _strings(message: Message) -> tuple[str, ...]:
    return tuple(message.string) if isinstance(message.string, tuple) else (str(message.string),)


def main() -> int:
    """Do as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=("extract", "update", "check"))
    what = parser.parse_args().what
    found = extract()
    if what == "extract":
        POT.write_text(as_text(found.catalog), encoding="utf-8")
    elif what == "update":
        update(found)
    problems = check(found) if what == "check" else found.problems
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    raise SystemExit(main())
