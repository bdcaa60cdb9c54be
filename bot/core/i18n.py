"""From a `Msg` to words: catalogues, plural forms, dates and lists in English and Chinese.

English is the message id itself; every other language is a gettext catalogue under `bot/locales`.
`pieces` yields the parts of a sentence in order, so that a renderer can draw each kind its own way;
`plain` is the renderer for places with no markup at all (terminals, exports, notifications).
"""

from __future__ import annotations

import functools
import gettext
import io
import string
from importlib import resources
from typing import assert_never
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from bot.core.text import (
    ChannelLink,
    Code,
    Either,
    Inline,
    Joint,
    Language,
    Link,
    Mention,
    Msg,
    Reader,
    Seq,
    Slash,
    Speech,
    Strong,
    When,
    t,
)
from bot.core.usage import typed_name

#: Between the two languages of a bilingual place.
BOTH_SEPARATOR = " / "
#: The names of days and months, and the pattern of a date, as people write it.
_DATES: dict[Language, tuple[str, str]] = {
    "en": ("en_GB", "EEE d MMM y"),
    "zh": ("zh_Hans_CN", "y年M月d日 EEE"),
}
#: Between a date and its time.
_BEFORE_TIME: dict[Language, str] = {"en": ", ", "zh": " "}
#: Before the last of several values, by what joins them.
_LAST: dict[Language, dict[Joint, str]] = {
    "en": {"and": " and ", "or": " or "},
    "zh": {"and": " 和 ", "or": " 或 "},
}
#: From here on the digits of a whole number are grouped.
_MANY = 10_000
_BETWEEN: dict[Language, str] = {"en": ", ", "zh": "、"}
_formatter = string.Formatter()


class Words(str):
    """Words from a catalogue, as opposed to a `str` that a person typed."""

    __slots__ = ()


#: A piece of a sentence: words of ours (`Words`), or a value to be drawn by its type.
Piece = Words | str | Mention | When | Strong | Code | Link | ChannelLink


@functools.cache
def catalogue(lang: Language) -> gettext.NullTranslations:
    """The translations of `lang`; English is its own source."""
    if lang == "en":
        return gettext.NullTranslations()
    source = resources.files("bot") / "locales" / lang / "LC_MESSAGES" / "muster.po"
    compiled = io.BytesIO()
    with source.open("rb") as po:
        write_mo(compiled, read_po(po, locale=lang))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def template(msg: Msg, lang: Language) -> str:
    """The sentence of `msg` in `lang`, its placeholders not yet filled."""
    if msg.plural is None:
        return catalogue(lang).gettext(msg.id)
    n = msg.values["n"]
    return catalogue(lang).ngettext(msg.id, msg.plural, n if isinstance(n, int) else 0)


@functools.lru_cache(maxsize=4096)
def _parsed(sentence: str) -> tuple[tuple[Words, str | None], ...]:
    return tuple((Words(words), name) for words, name, _, _ in _formatter.parse(sentence))


def pieces(value: Inline, lang: Language, prefix: str | None = None) -> list[Piece]:
    """The parts of `value` in order; catalogue words are `Words`. `prefix`: see `Reader`."""
    found: list[Piece] = []
    _collect(value, lang, found, prefix)
    return found


def _collect(  # noqa: C901, PLR0912  one case a kind
    value: Inline, lang: Language, found: list[Piece], prefix: str | None
) -> None:
    match value:
        case Msg():
            for words, name in _parsed(template(value, lang)):
                if words:
                    found.append(words)
                if name is not None:
                    _collect(value.values[name], lang, found, prefix)
        case str():
            found.append(value)
        case Seq(values, joint):
            for position, part in enumerate(values):
                if position:
                    is_last = position == len(values) - 1
                    found.append(Words(_LAST[lang][joint] if is_last else _BETWEEN[lang]))
                _collect(part, lang, found, prefix)
        case Either(en, zh):
            _collect(zh if lang == "zh" else en, lang, found, prefix)
        case Slash(path, rest):
            name = typed_name(path, lang, prefix)
            found.append(
                Code(f"/{name} {_plain(rest, Reader(lang, prefix=prefix), lang)}".rstrip())
            )
        case int() | float():
            found.append(Words(_number(value)))
        case Mention() | When() | Strong() | Code() | Link() | ChannelLink():
            found.append(_worded(value, lang))
        case _:
            assert_never(value)


def _worded(value: Piece, lang: Language) -> Piece:
    """A link with its words as its label; anything else as it is."""
    if isinstance(value, Link) and value.words is not None:
        return Link(value.url, template(value.words, lang))
    return value


def _number(value: float) -> str:
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= _MANY else str(value)
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def plain(value: Inline, reader: Reader) -> str:
    """`value` as unmarked words. In a bilingual place: English, then Chinese where it differs."""
    spoken = [_plain(value, reader, lang) for lang in languages(reader.lang)]
    return BOTH_SEPARATOR.join(dict.fromkeys(spoken))


def _plain(value: Inline, reader: Reader, lang: Language) -> str:
    out: list[str] = []
    for piece in pieces(value, lang, reader.prefix):
        match piece:
            case str():
                out.append(piece)
            case Mention(name=name):
                out.append(f"@{name}")
            case When():
                out.append(when_text(piece, lang, reader.zone))
            case Strong(text) | Code(text):
                out.append(text)
            case Link(url, label):
                out.append(f"{label} ({url})")
            case ChannelLink(name=name):
                out.append(f"#{name}")
            case _:
                assert_never(piece)
    return "".join(out)


def languages(speech: Speech) -> tuple[Language, ...]:
    """The languages of a place, in the order in which they are shown."""
    return ("en", "zh") if speech == "both" else (speech,)


def when_text(when: When, lang: Language, zone: str) -> str:
    """An instant in words: "Tue 24 Nov 2026, 18:00", 「2026年11月24日 周二 18:00」."""
    local = when.at.astimezone(ZoneInfo(zone))
    clock = f"{local:%H:%M}"
    if when.style == "time":
        return clock
    locale, pattern = _DATES[lang]
    day = format_date(local.date(), pattern, locale=locale)
    return day if when.style == "date" else f"{day}{_BEFORE_TIME[lang]}{clock}"


#: What a language is called, for where a person picks one.
LANGUAGE_NAMES: dict[Speech, Msg] = {
    "en": t("English"),
    "zh": t("Chinese"),
    "both": t("English and Chinese"),
}
