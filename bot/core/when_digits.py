"""Dates and times written in digits, which are the same in every language: 2026-11-30, 17:30."""

from __future__ import annotations

import re
from fractions import Fraction

from bot.core.when_grammar import Language, Lexeme, Rule, Token
from bot.core.when_parts import (
    CalendarDay,
    Clock,
    Said,
    Vague,
    calendar_day,
    clock_time,
    half_day_time,
)

#: The furthest that a clock is from Greenwich, in minutes (Kiribati).
_FURTHEST_OFFSET = 14 * 60


def _ymd(match: re.Match[str]) -> tuple[Token, ...]:
    names = ("year", "month", "day")
    tokens = tuple(Token(f"iso_{name}", int(match[name])) for name in names)
    return (*tokens, Token("t")) if match["t"] else tokens


def _slashed(match: re.Match[str]) -> tuple[Token, ...]:
    names = ("first", "second", "year")
    return tuple(Token(f"slash_{name}", int(match[name])) for name in names if match[name])


def _colons(match: re.Match[str]) -> tuple[Token, ...]:
    hour, minute, second = (int(match[name] or 0) for name in ("hour", "minute", "second"))
    return Token("hh", hour), Token("mm", minute), Token("ss", second)


def _offset(match: re.Match[str]) -> tuple[Token, ...] | None:
    east, minutes = int(match["hour"] or 0) * 60, int(match["minute"] or 0)
    if minutes not in range(60) or east + minutes > _FURTHEST_OFFSET:
        return None
    if match["sign"] == "-":
        return (Token("west", -east - minutes),)
    return (Token("east", east + minutes),)


def _number(match: re.Match[str]) -> tuple[Token, ...]:
    """Four digits may be a year, and "05" is hardly a count: they are kinds of their own."""
    digits = match.group()
    if len(digits) == len("2026"):
        return (Token("yyyy", int(digits)),)
    padded = len(digits) == len("05") and digits.startswith("0")
    return (Token("padded" if padded else "number", int(digits)),)


def _decimal(match: re.Match[str]) -> tuple[Token, ...]:
    """In 3600ths: only hours are told in decimals, and so these are whole seconds."""
    return (Token("decimal", round(Fraction(match.group()) * 3600)),)


_LEXEMES = (
    Lexeme(
        re.compile(
            r"(?P<year>[0-9]{4})(?P<mark>[-/.])(?P<month>[0-9]{1,2})(?P=mark)(?P<day>[0-9]{1,2})"
            r"(?![0-9])(?P<t>t?)"
        ),
        _ymd,
    ),
    Lexeme(
        re.compile(
            r"(?P<first>[0-9]{1,2})/(?P<second>[0-9]{1,2})(?:/(?P<year>[0-9]{4}))?(?![0-9/])"
        ),
        _slashed,
    ),
    Lexeme(
        re.compile(
            r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.[0-9]+)?)?"
            r"(?![0-9:])"
        ),
        _colons,
    ),
    Lexeme(
        re.compile(
            r"z(?![a-z])|(?P<sign>[+-])(?P<hour>[0-9]{2})(?::?(?P<minute>[0-9]{2}))?(?![0-9:])"
        ),
        _offset,
    ),
    Lexeme(re.compile(r"[0-9]+\.[0-9]+(?![0-9.])"), _decimal),
    Lexeme(re.compile(r"[0-9]+"), _number),
    Lexeme(re.compile(","), lambda _: (Token("comma"),)),
)


def _either_way(*, first: int, second: int, year: int | None = None) -> CalendarDay | Vague | None:
    """Month/day or day/month: the one that exists, `Vague` when both do."""
    readings = {
        calendar_day(month=month, day=day, year=year)
        for month, day in ((first, second), (second, first))
    } - {None}
    return Vague() if len(readings) > 1 else next(iter(readings), None)


def _bare(*, hour: int) -> Clock:
    """A number that nothing explains: the phrase may yet make it an hour."""
    return Clock(hour, said=Said.BARE)


def _on_colons(
    *, hour: int, minute: int, second: int, ampm: int | None = None, offset: int | None = None
) -> Clock | None:
    if ampm is None:
        return clock_time(hour=hour, minute=minute, second=second, offset=offset)
    return half_day_time(hour=hour, minute=minute, second=second, ampm=ampm)


_RULES = (
    Rule("year:iso_year month:iso_month day:iso_day", calendar_day),
    Rule("first:slash_first second:slash_second year:slash_year?", _either_way),
    Rule("hour:hh minute:mm second:ss ampm:ampm?", _on_colons),
    Rule("t? hour:hh minute:mm second:ss offset:east?", _on_colons),
    # Without the T of ISO 8601, 2026-11-30 09:00-10:00 is rather from nine to ten.
    Rule("t hour:hh minute:mm second:ss offset:west", _on_colons),
    Rule("hour:number|yyyy", _bare),
    Rule("decimal", Vague),
)

DIGITS = Language(_LEXEMES, _RULES)
