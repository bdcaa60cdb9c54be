"""The grammar's engine: text → tokens → parts → one phrase. It knows no word of any language.

A language is data: `Lexeme`s say how its text falls into tokens, `Rule`s which runs of tokens are a
part of a phrase. At each place the rule that takes the most tokens wins, so their order is of no
account and nothing is ever tried twice: the work is (tokens x rules), and no pattern backtracks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from bot.core.when_parts import Length, Part, Phrase

#: Words that only join the parts of a phrase ("by", "at", a comma, 的), and how many may meet.
_JOINTS = frozenset({"at", "on", "by", "comma", "的"})
_MOST_JOINTS = 2


class Token(NamedTuple):
    """One word: its kind, as the rules name it, and the number that it stands for."""

    kind: str
    value: int = 0


@dataclass(frozen=True, slots=True)
class Lexeme:
    """A shape of text, and the tokens it becomes; None from `tokens` when it is none after all."""

    shape: re.Pattern[str]
    tokens: Callable[[re.Match[str]], Sequence[Token] | None]


def vocabulary(words: Mapping[str, Sequence[Token]], *, then: str = "") -> Lexeme:
    """The longest of `words` that is there; `then` is what (a regular expression) must follow."""
    longest_first = sorted(words, key=len, reverse=True)
    shape = re.compile(f"(?:{'|'.join(map(re.escape, longest_first))}){then}")
    return Lexeme(shape, lambda match: words[match.group()])


@dataclass(frozen=True, slots=True)
class _Item:
    name: str
    kinds: frozenset[str]
    optional: bool


class Rule:
    """A run of tokens that is a part of a phrase.

    `pattern` is a row of items such as `at`, `the?` (may be missing), `day:number|ordinal` (one of
    these kinds; its value is handed to `build` as `day`). `build` returns None where the numbers
    make no sense, such as 13pm.
    """

    def __init__(self, pattern: str, build: Callable[..., Part | None]) -> None:
        self.items = tuple(_item(text) for text in pattern.split())
        self._build = build

    def match(self, tokens: Sequence[Token], start: int) -> tuple[int, Part | None] | None:
        """Where the part at `start` ends, and the part if it makes sense; None if it is another."""
        at, values = start, {}
        for item in self.items:
            if at < len(tokens) and tokens[at].kind in item.kinds:
                if item.name:
                    values[item.name] = tokens[at].value
                at += 1
            elif not item.optional:
                return None
        return at, self._build(**values)


def _item(text: str) -> _Item:
    name, _, kinds = text.rpartition(":")
    wanted = frozenset(kinds.removesuffix("?").split("|"))
    if "number" in wanted:
        wanted |= {"padded"}  # "05" is a number like any other, unless a rule asks for the zero
    return _Item(name, wanted, kinds.endswith("?"))


@dataclass(frozen=True, slots=True)
class Language:
    """How one language (or the digits, which belong to all of them) says dates and times."""

    lexemes: tuple[Lexeme, ...]
    rules: tuple[Rule, ...]


class Grammar:
    """Several languages, which a phrase may mix."""

    def __init__(self, *languages: Language) -> None:
        self._lexemes = tuple(lexeme for language in languages for lexeme in language.lexemes)
        self._rules = tuple(rule for language in languages for rule in language.rules)

    def read(self, text: str) -> Phrase | None:
        """The phrase that the whole of `text` (tidied, lower case) is, or None."""
        tokens = self._tokens(text)
        if not tokens:
            return None
        if len(tokens) > 1 and tokens[-1].kind == "前" and tokens[-2].kind != "前":
            # "周五前" is "by Friday"; but "3天前" is "3 days ago", so that is tried first.
            return self._phrase(tokens) or self._phrase(tokens[:-1])
        return self._phrase(tokens)

    def _tokens(self, text: str) -> list[Token] | None:
        tokens: list[Token] = []
        at = 0
        while at < len(text):
            if text[at] == " ":
                at += 1
                continue
            for lexeme in self._lexemes:
                match = lexeme.shape.match(text, at)
                found = lexeme.tokens(match) if match else None
                if match and found is not None:
                    tokens += found
                    at = match.end()
                    break
            else:
                return None
        return tokens

    def _phrase(self, tokens: Sequence[Token]) -> Phrase | None:
        phrase: Phrase | None = Phrase()
        before: Part | None = None
        at = 0
        while phrase is not None and at < len(tokens):
            if isinstance(before, Length) and tokens[at].kind == "and":
                at += 1
            found = self._part(tokens, at)
            if found is None:
                return None
            at, part = found
            if isinstance(before, Length) and isinstance(part, Length) and part.unit < before.unit:
                part = before + part  # "1h 30m", "two days and an hour"; but not "two hours a day"
                phrase = replace(phrase, date=part)
            else:
                phrase = phrase.plus(part)
            before = part
        return phrase

    def _part(self, tokens: Sequence[Token], start: int) -> tuple[int, Part] | None:
        """The part that reaches furthest, at `start` or after the joints there, and its end.

        None also when that part makes no sense: "Feb 30" is not "Feb" and then something else.
        """
        matches: list[tuple[int, Part | None]] = []
        for at in range(start, min(start + _MOST_JOINTS + 1, len(tokens))):
            found = (rule.match(tokens, at) for rule in self._rules)
            matches += [match for match in found if match]
            if tokens[at].kind not in _JOINTS:
                break
        if not matches:
            return None
        end, part = max(matches, key=lambda match: (match[0], match[1] is not None))
        return None if part is None else (end, part)
