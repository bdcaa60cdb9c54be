"""The lines that people write for `muster chat`, and what they mean.

    alice: /warroom open Payment timeouts        said in #general
    bob@WR-1: [Join]                             a button, in the channel of that room
    alice@dm: {title: Checkout is slow}          a form, filled in and sent
    !advance 26h                                 the clock

docs/chat.md describes them all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.errors import MusterError
from bot.core.text import Code, Either, Language, Msg, Seq, Strong, t


class NotUnderstoodError(MusterError):
    """A line that means nothing, or something that cannot be done; `message` says why."""

    def __init__(self, message: Msg) -> None:
        super().__init__(message.id)
        self.message = message


@dataclass(frozen=True, slots=True)
class Says:
    """Somebody writes. `place` is a room's key, the name of a channel, or "dm"."""

    who: str
    place: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Presses:
    """Somebody presses the newest button called `label`, where given the one beside some words."""

    who: str
    place: str | None
    label: str
    beside: str = ""


@dataclass(frozen=True, slots=True)
class Fills:
    """Somebody fills in the form that is open for them, and sends it."""

    who: str
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Introduces:
    """Somebody new, or another language, zone or standing for somebody known."""

    name: str
    lang: Language | None = None
    zone: str | None = None
    is_admin: bool = False


@dataclass(frozen=True, slots=True)
class MakesChannel:
    """A new channel, with everybody in it unless it is private."""

    name: str
    is_private: bool = False


@dataclass(frozen=True, slots=True)
class Advances:
    """Time passes."""

    by: timedelta


@dataclass(frozen=True, slots=True)
class GoesTo:
    """It is later; a time without an offset is one of the terminal's own zone."""

    at: datetime


Statement = Says | Presses | Fills | Introduces | MakesChannel | Advances | GoesTo

_SPOKEN = re.compile(
    r"(?P<who>[^\s!#/／@＠:：<>|\[\]{}][^@＠:：<>|\[\]{}\n]*?)\s*"
    r"(?:[@＠]\s*#?(?P<place>[^\s@＠:：]+))?\s*[:：](?P<said>.*)",
    re.DOTALL,
)
_BUTTON = re.compile(r"\[(?P<label>[^\[\]]+)\](?P<beside>.*)", re.DOTALL)
_FORM = re.compile(r"\{(?P<fields>.*)\}", re.DOTALL)
#: A field and its value; a value in double quotes may have a semicolon in it.
_FIELD = re.compile(
    r"\s*(?P<name>[^:：=;；\"]+?)\s*[:：=]\s*(?:\"(?P<quoted>[^\"]*)\"|(?P<bare>[^;；]*?))\s*(?:[;；]|$)",
    re.DOTALL,
)
_LENGTH = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+)\s*", re.IGNORECASE)
_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_UNITS |= {"min": "minutes", "mins": "minutes", "sec": "seconds"}
_UNITS |= {name: name for name in ("weeks", "days", "hours", "minutes", "seconds")}
_UNITS |= {name[:-1]: name for name in list(_UNITS.values())}


def statements(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Lines with their numbers, from 1; one that ends in a backslash goes on in the next."""
    begun, number = "", 0
    for count, line in enumerate(lines, start=1):
        number = number or count
        text = line.rstrip("\r\n")
        if text.endswith("\\"):
            begun += text[:-1] + "\n"
            continue
        yield number, begun + text
        begun, number = "", 0
    if begun:
        yield number, begun


def read(text: str) -> Statement | None:
    """What a line means; None for a comment or an empty one. NotUnderstoodError."""
    text = text.strip().lstrip("\ufeff")
    if not text or text.startswith("#"):
        return None
    if text.startswith(("!", "！")):
        return _directive(text[1:])
    spoken = _SPOKEN.fullmatch(text)
    if spoken is None:
        example = Either(Code("alice: /muster help"), Code("alice: /帮助"))
        raise NotUnderstoodError(t("Say who it is. For example: {example}", example=example))
    return _deed(spoken["who"], spoken["place"], spoken["said"].strip())


def speaker(text: str) -> str | None:
    """Who does something in a line, if anybody does."""
    spoken = _SPOKEN.fullmatch(text.strip())
    return spoken["who"] if spoken else None


def _deed(who: str, place: str | None, said: str) -> Statement:
    if not said:
        raise NotUnderstoodError(t("{who} says nothing.", who=Strong(who)))
    if button := _BUTTON.fullmatch(said):
        return Presses(who, place, button["label"].strip(), button["beside"].strip())
    if form := _FORM.fullmatch(said):
        return Fills(who, tuple(_fields(form["fields"])))
    return Says(who, place, said)


def _fields(text: str) -> Iterator[tuple[str, str]]:
    end = 0
    while text[end:].strip(" \t\r\n;；"):
        found = _FIELD.match(text, end)
        if found is None:
            example = Code("{title: Payment timeouts; severity: 1}")
            raise NotUnderstoodError(t("A form is filled in like this: {example}", example=example))
        quoted = found["quoted"]
        value = quoted if quoted is not None else found["bare"]
        yield found["name"], value.replace("\\n", "\n")
        end = found.end()


def _directive(text: str) -> Statement:
    name, _, rest = text.strip().partition(" ")
    if name not in _DIRECTIVES:
        known = Seq(tuple(Code(f"!{each}") for each in _DIRECTIVES))
        raise NotUnderstoodError(
            t("There is no {name}. There are: {known}.", name=Code(f"!{name}"), known=known)
        )
    return _DIRECTIVES[name](rest.strip())


def _advance(text: str) -> Statement:
    return Advances(length(text))


def length(text: str) -> timedelta:
    """A length of time: "26h", "1h30m", "2 days". NotUnderstoodError."""
    total, end = timedelta(), 0
    for found in _LENGTH.finditer(text):
        unit = _UNITS.get(found[2].lower())
        if found.start() != end or unit is None:
            break
        try:
            total += timedelta(**{unit: float(found[1])})
        except OverflowError:
            break
        end = found.end()
    if end != len(text) or not total:
        examples = Seq((Code("26h"), Code("1h30m"), Code("2 days")))
        raise NotUnderstoodError(t("A length of time looks like {examples}.", examples=examples))
    return total


def _go_to(text: str) -> Statement:
    return GoesTo(instant(text))


def instant(text: str) -> datetime:
    """A date and time of ISO 8601; naive if it has no offset. NotUnderstoodError."""
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        example = Code("2026-09-20T09:30+08:00")
        raise NotUnderstoodError(
            t("A date and time looks like {example}.", example=example)
        ) from error


def _person(text: str) -> Statement:
    """NAME [en|zh] [ZONE] [admin], in any order after the name."""
    words = text.split()
    lang: Language | None = None
    zone: str | None = None
    is_admin = False
    while len(words) > 1:
        last = words[-1]
        if last in {"en", "zh"}:
            lang = "zh" if last == "zh" else "en"
        elif "/" in last or last == "UTC":
            zone = last
        elif last == "admin":
            is_admin = True
        else:
            break
        words.pop()
    if not words:
        example = Code("!person 陈晨 zh Asia/Shanghai")
        raise NotUnderstoodError(t("Say who it is. For example: {example}", example=example))
    return Introduces(" ".join(words), lang, zone, is_admin)


def _channel(text: str) -> Statement:
    name, _, more = text.lstrip("#").partition(" ")
    if not name or more.strip() not in {"", "private"}:
        example = Code("!channel incidents private")
        raise NotUnderstoodError(t("A channel is made like this: {example}", example=example))
    return MakesChannel(name, more.strip() == "private")


_DIRECTIVES: dict[str, Callable[[str], Statement]] = {
    "advance": _advance,
    "at": _go_to,
    "person": _person,
    "channel": _channel,
}
