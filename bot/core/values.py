"""One value of a command, from the words that stand for it."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from bot.core.commands import Kind, Option, Param
from bot.core.errors import Refused
from bot.core.nearest import nearest
from bot.core.sources import Source
from bot.core.text import Code, Either, Msg, Seq, Strong, When, t
from bot.core.usage import option_name
from bot.core.when import Unclear, parse_when
from bot.core.words import clean, fold, shortened

MENTION = re.compile(r"<@([^<>\s|]{1,100})(?:\|[^<>]{0,200})?>")
#: What stands between people, and after one who is spoken to.
BETWEEN_PEOPLE = " \t\n,，、;；"
AFTER_A_NAME = BETWEEN_PEOPLE + ":：.。"
#: By what opens a quotation, what closes it.
QUOTES = {'"': '"', "“": "”", "”": "”", "「": "」", "『": "』", "'": "'", "‘": "’"}
_YES = {"yes", "y", "true", "on", "1", "是"}
_DIGITS = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)?(\.\d*)?(e[+-]?\d{1,3})?", re.ASCII)
_SPACE_BEFORE_OFFSET = re.compile(r"\s+(?=[+-]\d\d:?\d\d$)")
#: Larger numbers lose their last digits.
_LARGEST = 1e15
#: More people at once are a slip, or worse.
MOST_PEOPLE = 100


class Surroundings(Protocol):
    """What a text can refer to besides itself."""

    now: datetime

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which dates are meant."""

    def person(self, user: str) -> int:
        """The person with the platform's id `user`; Refused if there is none."""

    def named(self, name: str) -> int | None:
        """The one person called `name`; None if nobody is, Refused if several are."""

    def name_of(self, user: str) -> str:
        """What the person with the platform's id `user` is called."""


def value_of(param: Param, text: str, around: Surroundings) -> Any:  # noqa: C901, PLR0911  one a kind
    """The value of `param` that `text` stands for, all of it; Refused if it does not."""
    match param.kind:
        case Kind.REST | Kind.LINE | Kind.LONG:
            return _sentence(param, text, around)
        case Kind.PERSON:
            return _person(param, text, around)
        case Kind.PEOPLE:
            return _people(param, text, around)
        case Kind.WHEN:
            return _instant(param, with_names(text, around), around)
        case Kind.CHOICE:
            return _chosen(param, with_names(text, around))
        case Kind.NUMBER:
            return _number(param, with_names(text, around))
        case Kind.KEY:
            return _keyed(param, with_names(text, around))
        case Kind.FLAG:
            return fold(text) in _YES
        case Kind.SOURCE:
            return _source(param, text)
        case Kind.ANSWERS:
            return ()  # only a form has any


def fits(param: Param, word: str) -> bool:
    """Whether a word is meant as an optional positional parameter at all, and no other."""
    match param.kind:
        case Kind.KEY:
            return param.key is not None and param.key.parse(word) is not None
        case Kind.CHOICE:
            return option_for(param, word) is not None or _is_slip(param, word)
        case Kind.PERSON | Kind.PEOPLE:
            return word.startswith(("<@", "@", "\uff20"))
        case _:
            return True


def _source(param: Param, text: str) -> str:
    """As it is: nobody types it."""
    try:
        Source.parse(text)
    except ValueError as error:
        raise Refused(t("I cannot tell which message that is."), field=param.name) from error
    return text


# Text.


def with_names(text: str, around: Surroundings) -> str:
    """`text` with the people mentioned in it by name: it mentions nobody any more."""
    return MENTION.sub(lambda found: f"@{around.name_of(found[1])}", text)


def unquoted(text: str) -> tuple[str, str] | None:
    """What is quoted at the front of `text`, and what follows; None if nothing is."""
    closing = QUOTES.get(text[:1])
    end = 0
    while closing and (end := text.find(closing, end + 1)) > 0:
        after = text[end + 1 : end + 2]
        if not after or after.isspace():
            return text[1:end], text[end + 1 :]
    return None


def _sentence(param: Param, text: str, around: Surroundings) -> str:
    words = clean(with_names(text, around)).strip()
    quoted = unquoted(words) if param.kind is not Kind.LONG else None
    if quoted is not None and not quoted[1].strip():
        words = quoted[0].strip()
    if param.one_line or param.kind is Kind.LINE:
        words = " ".join(words.split())
    check_length(param, len(words))
    return words


def check_length(param: Param, length: int) -> None:
    """Refused if a text of `length` characters is too long for `param`."""
    if length > param.max_length:
        raise Refused(
            t(
                '"{what}" may have at most {limit} characters; this has {length}.',
                what=param.label,
                limit=param.max_length,
                length=length,
            ),
            field=param.name,
        )


# People.


def person_or_none(word: str, around: Surroundings) -> int | None:
    """Whom a word mentions, as the platform does or by name; None if it does not, or nobody."""
    if mention := MENTION.fullmatch(word):
        return around.person(mention[1])
    if not word.startswith(("@", "\uff20")) or len(word) == 1:
        return None
    name = word[1:]
    found = around.named(name)
    bare = name.rstrip(AFTER_A_NAME)
    return around.named(bare) if found is None and bare not in {"", name} else found


def _person(param: Param, text: str, around: Surroundings) -> int:
    word = text.strip().rstrip(AFTER_A_NAME)
    person = person_or_none(word, around)
    if person is None and word:
        person = around.named(word)
    if person is None:
        raise nobody(text, param)
    return person


def _people(param: Param, text: str, around: Surroundings) -> tuple[int, ...]:
    words = [word for word in re.split(f"[{BETWEEN_PEOPLE}]+", text) if word]
    check_crowd(param, len(words))
    return tuple(dict.fromkeys(_person(param, word, around) for word in words))


def check_crowd(param: Param, people: int) -> None:
    """Refused if these are more people than anybody names at once."""
    if people > MOST_PEOPLE:
        sentence = t("That is too many people at once: {n} are the most.", n=MOST_PEOPLE)
        raise Refused(sentence, field=param.name)


def nobody(text: str, param: Param) -> Refused:
    """What is said of a name that nobody has."""
    name = Strong(shortened(text.strip().lstrip("@\uff20")))
    return Refused(t("I do not know anybody called {name} here.", name=name), field=param.name)


# Times.


def _instant(param: Param, text: str, around: Surroundings) -> datetime:
    try:
        return parse_when(text, now=around.now, zone=around.zone).at
    except Unclear as found:
        raise unclear(found, text, param) from found


def unclear(found: Unclear, text: str, param: Param) -> Refused:
    """What is said of words that are no time to come."""
    words = Strong(shortened(text))
    sentence: Msg
    match found.reason:
        case "past":
            picked = _picked(text)
            sentence = (
                t("{words} is in the past.", words=words)
                if picked is None
                else t("{when} is in the past.", when=picked)
            )
        case "ambiguous":
            sentence = t(
                "{words} could mean more than one time. Say for example {example}.",
                words=words,
                example=Code("2026-12-01 17:00"),
            )
        case "range":
            sentence = t("{words} is too far away: use a year from 2000 to 2100.", words=words)
        case _:
            sentence = t(
                "I do not understand {words} as a time. Say for example {one}, {two} or {three}.",
                words=words,
                one=Either(Code("tomorrow 5pm"), Code("明天下午5点")),
                two=Either(Code("Dec 4"), Code("12月4日")),
                three=Either(Code("3d"), Code("3天后")),
            )
    return Refused(sentence, field=param.name)


def _picked(text: str) -> When | None:
    """What a picker means by `text`, which is for machines; None for words of people."""
    try:
        at = datetime.fromisoformat(_SPACE_BEFORE_OFFSET.sub("", text.strip()))
    except ValueError:
        return None
    return When(at.astimezone(UTC)) if at.tzinfo is not None else None


# Choices, numbers, keys.


def option_for(param: Param, word: str) -> Option | None:
    """The option that a word names, in either language."""
    return _options(param).get(fold(word))


def _options(param: Param) -> Mapping[str, Option]:
    return {
        fold(word): option
        for option in reversed(param.options)
        for word in (str(option.value), *option.words)
    }


def _is_slip(param: Param, word: str) -> bool:
    """Whether a word is one or two letters off the name of an option."""
    return bool(nearest(fold(word), [n for n in _options(param) if len(n) > 3], at_most=2))  # noqa: PLR2004


def _chosen(param: Param, text: str) -> Any:
    option = option_for(param, text)
    if option is not None:
        return option.value
    raise Refused(
        t(
            "{words} is none of {options}.",
            words=Strong(shortened(text)),
            options=Seq(tuple(map(option_name, param.options)), "or"),
        ),
        field=param.name,
    )


def _number(param: Param, text: str) -> float:
    """Commas only between thousands: what 1,5 means depends on where one comes from."""
    digits = unicodedata.normalize("NFKC", text).strip().removesuffix("%").casefold()
    found = math.nan
    if _DIGITS.fullmatch(digits) and any(char.isdigit() for char in digits):
        found = float(digits.replace(",", ""))
    if not is_number(found):
        sentence = t("{words} is not a number.", words=Strong(shortened(text)))
        raise Refused(sentence, field=param.name)
    return found


def is_number(value: float) -> bool:
    """Whether it can be kept and calculated with."""
    return math.isfinite(value) and abs(value) <= _LARGEST


def _keyed(param: Param, text: str) -> Any:
    assert param.key is not None, f"{param.name} is a key, but of what?"
    found = param.key.parse(text)
    if found is None:
        raise Refused(
            t(
                "{words} is no key. A key looks like {example}.",
                words=Strong(shortened(text)),
                example=Code(param.key.example),
            ),
            field=param.name,
        )
    return found
