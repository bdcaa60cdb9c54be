"""From what somebody typed to a command.

    /item add Check the gateway logs --owner @bob --due tomorrow 5pm
    事项 加 查网关日志 --负责人 @bob --截止 明天下午5点

The first words name the command; options stand anywhere, as `--name value`, with the dash that a
phone makes of two (`—name`), or by their Chinese name; what is left fills the positional parameters
in order. An option takes as much as its kind can use and gives the rest back to the sentence. What
is quoted is not searched for options.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bot.core.commands import Command, Kind, Param, Spec
from bot.core.errors import Refused
from bot.core.lexicon import Request
from bot.core.options import segments
from bot.core.text import Code, Strong, t
from bot.core.usage import usage
from bot.core.values import (
    AFTER_A_NAME,
    BETWEEN_PEOPLE,
    MENTION,
    Surroundings,
    check_crowd,
    check_length,
    fits,
    nobody,
    option_for,
    person_or_none,
    unclear,
    unquoted,
    value_of,
    with_names,
)
from bot.core.when import Unclear, longest_when
from bot.core.words import shortened

_WORD = re.compile(rf"\s*({MENTION.pattern}|\S+)")
_CALLED = re.compile(rf"{MENTION.pattern}|(?<![A-Za-z0-9_.+-])[@＠][^\s@＠<>,，、;；]+")
#: What a text may have besides its parameters: names of options, dates, people.
_BESIDES = 10_000


class Incomplete(Refused):
    """A command lacks something that it needs; its form can ask for it."""

    def __init__(self, param: Param, values: Mapping[str, Any]) -> None:
        super().__init__(t("Still needed: {what}", what=param.label), field=param.name)
        self.values = dict(values)


def parse(request: Request, around: Surroundings) -> Command:
    """The command that `request` asks for.

    Raises Incomplete when something required is missing, and Refused when something cannot be
    understood; either names the parameter at fault.
    """
    values = read_values(request.cls.spec, request.rest, around)
    return complete(request.cls, values)


def complete(cls: type[Command], values: Mapping[str, Any]) -> Command:
    """A command of its values; Incomplete if a required one is missing."""
    for param in cls.spec.params:
        if param.required and values.get(param.name) in {None, "", ()}:
            raise Incomplete(param, values)
    return cls(**values)


def read_values(spec: Spec, text: str, around: Surroundings) -> dict[str, Any]:
    """The values that `text` gives to the parameters of `spec`; absent ones are left out."""
    _refuse_too_long(spec, text)
    values: dict[str, Any] = {}
    sentence: list[str] = []
    people = _people_of(spec)
    for param, has_equals, segment in segments(spec, text):
        left = segment
        if param is not None:
            said = segment
            if people is not None and param.kind in {Kind.LINE, Kind.LONG}:
                said = _without_people(people, segment, values, around)
            value, left = _take_option(param, said, around, has_equals=has_equals)
            _put(values, param, value)
        sentence.append(left)
    _read_positionals(spec, _joined(sentence), values, around)
    return values


def _people_of(spec: Spec) -> Param | None:
    """The parameter that the people at the end belong to, whatever they come after."""
    return next((p for p in spec.params if p.positional and p.kind is Kind.PEOPLE), None)


def _without_people(people: Param, words: str, values: dict[str, Any], around: Surroundings) -> str:
    """`words` without the people at their end, who are put where they belong."""
    left, found = _trailing_people(people, words, around)
    if found:
        values[people.name] = tuple(dict.fromkeys((*found, *values.get(people.name, ()))))
    return left


def _refuse_too_long(spec: Spec, text: str) -> None:
    """Before a text is read that cannot fit: that takes time, and everybody would wait for it."""
    texts = [param for param in spec.params if param.kind in {Kind.REST, Kind.LINE, Kind.LONG}]
    if len(text) <= sum(param.max_length for param in texts) + _BESIDES:
        return
    if texts:
        check_length(texts[0], len(text))
    _refuse_left_over(spec, text)


def _put(values: dict[str, Any], param: Param, value: Any) -> None:
    """Said twice, the last one counts; people come together."""
    if param.kind is Kind.PEOPLE:
        value = tuple(dict.fromkeys((*values.get(param.name, ()), *value)))
    values[param.name] = value


def _joined(parts: list[str]) -> str:
    """A sentence of what was around its options, its line breaks kept."""
    whole = ""
    for part in parts:
        words = part.strip()
        if not words:
            continue
        ahead = part[: len(part) - len(part.lstrip())]
        whole += ("\n" if "\n" in ahead else " ") + words if whole else words
    return whole


def _read_positionals(
    spec: Spec, sentence: str, values: dict[str, Any], around: Surroundings
) -> None:
    people = _people_of(spec)
    params = [param for param in spec.params if param.positional and param.name not in values]
    before = None
    while sentence != before:
        before = sentence
        sentence = _read_inline(spec, sentence, values, around)
        if people is not None:
            sentence = _without_people(people, sentence, values, around)
    for param in params:
        if not sentence:
            return
        if param is people:
            continue
        if param.kind is Kind.REST:
            values[param.name] = value_of(param, sentence, around)
            return
        if not param.required and not fits(param, _first_word(sentence)[0]):
            continue
        values[param.name], left = _take(param, sentence, around)
        sentence = left.strip()
    if sentence:
        _refuse_left_over(spec, with_names(sentence, around))


def _refuse_left_over(spec: Spec, sentence: str) -> None:
    raise Refused(
        t(
            "I understood all but {words}. It goes like this: {usage}",
            words=Strong(shortened(sentence)),
            usage=usage(spec),
        )
    )


def _trailing_people(
    param: Param, sentence: str, around: Surroundings
) -> tuple[str, tuple[int, ...]]:
    """The people at the end of a sentence, and what is before them."""
    if (quoted := unquoted(sentence)) is not None and not quoted[1].strip():
        return sentence, ()
    found: list[int] = []
    end = len(sentence)
    for called in reversed(list(_CALLED.finditer(sentence))):
        if sentence[called.end() : end].strip(BETWEEN_PEOPLE):
            break
        check_crowd(param, len(found))
        person = person_or_none(called[0], around)
        if person is None:
            raise nobody(called[0], param)
        found.insert(0, person)
        end = called.start()
    left = sentence[:end].rstrip(BETWEEN_PEOPLE) if found else sentence
    return left, tuple(dict.fromkeys(found))


def _read_inline_choices(spec: Spec, sentence: str, values: dict[str, Any]) -> str:
    """Choices said without dashes at the end of the sentence, as Chinese does: 「… 级别1」."""
    for param in spec.params:
        if param.kind is not Kind.CHOICE or param.positional or param.name in values:
            continue
        for name in param.also:
            found = re.search(rf"(?<![^\s,，;；]){re.escape(name)}[:：]?\s?(\S+)$", sentence)
            option = option_for(param, found[1]) if found else None
            if found and option is not None:
                values[param.name] = option.value
                sentence = sentence[: found.start()].rstrip(" \t\n,，;；")
                break
    return sentence


def _read_inline(spec: Spec, sentence: str, values: dict[str, Any], around: Surroundings) -> str:
    """What is said without dashes at the end of the sentence: 「… 级别1」, 「… 截止 周五」.

    Only where the whole of what follows the option's name is such a value.
    """
    before = None
    while sentence != before:
        before = sentence
        sentence = _read_inline_choices(spec, sentence, values)
        sentence = _read_inline_values(spec, sentence, values, around)
    return sentence


def _read_inline_values(
    spec: Spec, sentence: str, values: dict[str, Any], around: Surroundings
) -> str:
    """A person or a date at the end of the sentence, behind the name of an option."""
    for param in spec.params:
        if param.kind not in {Kind.PERSON, Kind.WHEN} or param.positional or param.name in values:
            continue
        for name in param.also:
            found = _last_named(name, sentence)
            value = _inline_value(param, found[1].strip(), around) if found else None
            if found and value is not None:
                values[param.name] = value
                return sentence[: found.start()].rstrip(" \t\n,，;；")
    return sentence


def _last_named(name: str, sentence: str) -> re.Match[str] | None:
    """The last place where an option's name begins a word, and what follows it."""
    at = sentence.rfind(name)
    if at < 0:
        return None
    found = re.compile(rf"(?<![^\s,，;；]){re.escape(name)}[:：]?\s*([^\n]+)$")
    return found.match(sentence, at)


def _inline_value(param: Param, words: str, around: Surroundings) -> Any:
    """What `words` say as a person or as a date and time, all of them; None if they say none."""
    if param.kind is Kind.PERSON:
        if _CALLED.fullmatch(words) is None:
            return None
        person = person_or_none(words, around)
        if person is None:
            raise nobody(words, param)
        return person
    tokens = words.split()
    try:
        moment, used = longest_when(tokens, now=around.now, zone=around.zone)
    except Unclear:
        return None
    return moment.at if used == len(tokens) else None


def _take_option(
    param: Param, segment: str, around: Surroundings, *, has_equals: bool
) -> tuple[Any, str]:
    """As `_take`, for an option; a flag takes a word only where it was said with an equals sign."""
    if param.kind is not Kind.FLAG:
        return _take(param, segment, around)
    if not has_equals or not segment.strip():
        return True, segment
    word, left = _first_word(segment)
    return value_of(param, word, around), left


def _take(param: Param, segment: str, around: Surroundings) -> tuple[Any, str]:
    """The value that `param` takes from the front of `segment`, and what it leaves."""
    body = segment.strip()
    if not body:
        needs = t("{option} needs a value.", option=Code(f"--{param.flag}"))
        raise Refused(needs, field=param.name)
    if (quoted := unquoted(body)) is not None:
        return value_of(param, quoted[0], around), quoted[1]
    match param.kind:
        case Kind.LINE | Kind.LONG | Kind.REST:
            return value_of(param, body, around), ""
        case Kind.WHEN:
            return _take_when(param, body, around)
        case Kind.PEOPLE:
            return _take_people(param, body, around)
        case _:
            word, left = _first_word(body)
            return value_of(param, word, around), left


def _first_word(segment: str) -> tuple[str, str]:
    """The first word of a segment that has one, and what follows it; a mention is one word."""
    found = _WORD.match(segment)
    assert found is not None, "a segment without a word"
    left = segment[found.end() :]
    return found[1], left.lstrip(AFTER_A_NAME) if MENTION.fullmatch(found[1]) else left


def _take_when(param: Param, segment: str, around: Surroundings) -> tuple[Any, str]:
    words = []
    for word in re.finditer(r"\S+", segment):
        words.append(word)
        if len(words) > 8:  # noqa: PLR2004  no date or time has more
            break
    try:
        moment, used = longest_when([w[0] for w in words], now=around.now, zone=around.zone)
    except Unclear as found:
        raise unclear(found, with_names(segment, around), param) from found
    return moment.at, segment[words[used - 1].end() :]


def _take_people(param: Param, segment: str, around: Surroundings) -> tuple[tuple[int, ...], str]:
    """The people at the front of a segment; there is one at least."""
    found: list[int] = []
    end = 0
    while called := _CALLED.match(segment, end):
        person = person_or_none(called[0], around)
        if person is None:
            raise nobody(called[0], param)
        found.append(person)
        check_crowd(param, len(found))
        end = called.end() + _width_of_gap(segment[called.end() :])
    if not found:
        word, left = _first_word(segment)
        return value_of(param, word, around), left
    return tuple(dict.fromkeys(found)), segment[end:]


def _width_of_gap(text: str) -> int:
    return len(text) - len(text.lstrip(BETWEEN_PEOPLE))
