"""How English says dates and times: its words, and which rows of them are a part of a phrase."""

from __future__ import annotations

import calendar
import re
from functools import partial
from itertools import product

from bot.core.when_grammar import Language, Lexeme, Rule, Token, vocabulary
from bot.core.when_parts import (
    Clock,
    DayPart,
    Days,
    Length,
    Said,
    Unit,
    Vague,
    Weekday,
    calendar_day,
    clock_time,
    day_part,
    half_day_time,
    length,
)

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
    "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
)

_MONTHS = "january february march april may june july august september october november december"
_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday"
#: Besides the first three letters.
_SHORT_NAMES = {
    "sept": Token("month_name", 9),
    "tues": Token("weekday", calendar.TUESDAY),
    "weds": Token("weekday", calendar.WEDNESDAY),
    "thur": Token("weekday", calendar.THURSDAY),
    "thurs": Token("weekday", calendar.THURSDAY),
}

_UNITS = {
    Unit.MINUTE: "m min mins minute minutes",
    Unit.HOUR: "h hr hrs hour hours",
    Unit.DAY: "d day days",
    Unit.WEEK: "w wk wks week weeks",
    Unit.MONTH: "mo month months",
    Unit.YEAR: "y yr yrs year years",
}

_DAY_PARTS = {
    "morning": DayPart.MORNING,
    "noon": DayPart.NOON,
    "midday": DayPart.NOON,
    "afternoon": DayPart.AFTERNOON,
    "evening": DayPart.EVENING,
    "night": DayPart.NIGHT,
    "midnight": DayPart.MIDNIGHT,
}

_TODAY = Token("today", 0)

#: Words that stand for one token, or for a few that any phrase could have said.
_WORDS: dict[str, tuple[Token, ...]] = {
    "a": (Token("a", 1),),
    "an": (Token("a", 1),),
    "ago": (Token("ago", 1),),
    "later": (Token("later", 0),),
    "from now": (Token("later", 0),),
    "half": (Token("half", 1),),
    "in": (Token("in"),),
    "within": (Token("in"),),
    "by": (Token("by"),),
    "due": (Token("by"),),
    "before": (Token("by"),),
    "today": (_TODAY,),
    "tonight": (_TODAY, Token("part", DayPart.NIGHT)),
    "tomorrow": (Token("today", 1),),
    "yesterday": (Token("today", -1),),
    "the day after tomorrow": (Token("today", 2),),
    "day after tomorrow": (Token("today", 2),),
    "the day before yesterday": (Token("today", -2),),
    "day before yesterday": (Token("today", -2),),
    "this morning": (_TODAY, Token("part", DayPart.MORNING)),
    "this afternoon": (_TODAY, Token("part", DayPart.AFTERNOON)),
    "this evening": (_TODAY, Token("part", DayPart.EVENING)),
    "last": (Token("relative", -1),),
    "this": (Token("relative", 0),),
    "next": (Token("relative", 1),),
    "o'clock": (Token("oclock"),),
    "oclock": (Token("oclock"),),
    "eod": (Token("eod"),),
    "cob": (Token("eod"),),
    "close of business": (Token("eod"),),
}
#: Words that are a kind of their own.
_PARTICLES = "and at end eom eow eoy of on past quarter the weekend"


def _plain() -> dict[str, Token]:
    """Particles, units, and parts and halves of the day."""
    words = {word: Token(word) for word in _PARTICLES.split()}
    for unit, names in _UNITS.items():
        words |= {name: Token(unit.name.lower(), unit) for name in names.split()}
    words |= {word: Token("part", part) for word, part in _DAY_PARTS.items()}
    for letter, value in (("a", 0), ("p", 12)):
        words |= {f"{letter}{rest}": Token("ampm", value) for rest in ("m", ".m", ".m.")}
    return words


def _names() -> dict[str, Token]:
    """Months and weekdays, in full and short, the short ones with or without a full stop."""
    full = {
        word: Token(kind, number)
        for kind, words, first in (("month_name", _MONTHS, 1), ("weekday", _WEEKDAYS, 0))
        for number, word in enumerate(words.split(), start=first)
    }
    short = {word[:3]: token for word, token in full.items()} | _SHORT_NAMES
    return {f"{word}.": token for word, token in short.items()} | short | full


def _numbers() -> dict[str, Token]:
    """From zero to ninety-nine, and from first to ninety-ninth."""
    ones, ordinals = _ONES.split(), _ORDINALS.split()
    numbers = {word: Token("number", value) for value, word in enumerate(ones)}
    numbers |= {word: Token("nth", value) for value, word in enumerate(ordinals, start=1)}
    numbers["thirtieth"] = Token("nth", 30)
    for ten, tens in enumerate(_TENS.split(), start=2):
        numbers[tens] = Token("number", 10 * ten)
        for one, joint in product(range(1, 10), " -"):
            numbers[f"{tens}{joint}{ones[one]}"] = Token("number", 10 * ten + one)
            numbers[f"{tens}{joint}{ordinals[one - 1]}"] = Token("nth", 10 * ten + one)
    return numbers


def _words() -> dict[str, tuple[Token, ...]]:
    singles = _plain() | _names() | _numbers()
    return _WORDS | {word: (token,) for word, token in singles.items()}


_LEXEMES = (
    Lexeme(
        re.compile(r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)(?![a-z])"),
        lambda match: (Token("ordinal", int(match["day"])),),
    ),
    vocabulary(_words(), then="(?![a-z])"),
)

_UNIT = "unit:minute|hour|day|week|month|year"
_AFTER = "ago:later|ago|前?"
_DAY = "day:number|ordinal|nth"
_YEAR = "comma? year:yyyy?"

_LENGTHS = (
    Rule(f"in? count:a|number {_UNIT} {_AFTER}", length),
    # Four digits count too, but 2026年 is a year.
    Rule(f"in? count:yyyy unit:minute|hour|day {_AFTER}", length),
    Rule("in number", Vague),
    Rule(f"in? count:a|number {_UNIT} and a half:half {_AFTER}", length),
    Rule(f"in? count:number and a half:half {_UNIT} {_AFTER}", length),
    Rule(f"in? a? half:half a? {_UNIT} {_AFTER}", length),
    Rule(f"in? seconds:decimal hour {_AFTER}", Length),
    Rule(f"in? a? quarter of? a? hour {_AFTER}", partial(Length, seconds=15 * 60)),
)

_DAYS = (
    Rule("days:today", Days),
    Rule("day:weekday", Weekday),
    Rule("weeks:relative day:weekday", Weekday),
    Rule("weeks:relative week comma? on? day:weekday", Weekday),
    Rule("day:weekday comma? of? weeks:relative week", Weekday),
    Rule("eow", partial(Weekday, day=calendar.FRIDAY, weeks=0)),
    Rule("the? end of the? week", partial(Weekday, day=calendar.FRIDAY, weeks=0)),
    Rule("the? end of weeks:relative week", partial(Weekday, day=calendar.FRIDAY)),
    Rule("ahead:relative week|month|year", Vague),
    Rule("the? ahead:relative? weekend", Vague),
)

_CALENDAR = (
    Rule(f"month:month_name the? {_DAY} {_YEAR}", calendar_day),
    Rule(f"the? {_DAY} of? month:month_name {_YEAR}", calendar_day),
    Rule(f"month:month_name the? {_DAY} comma? of? years_ahead:relative year", calendar_day),
    Rule(f"the? {_DAY} of? month:month_name comma? of? years_ahead:relative year", calendar_day),
    Rule("the? day:ordinal", calendar_day),
    Rule("the day:nth", calendar_day),
    Rule("the? day:ordinal|nth of? months_ahead:relative month", calendar_day),
    Rule("months_ahead:relative month comma? on? the? day:ordinal|nth", calendar_day),
    Rule("eom", partial(calendar_day, months_ahead=0)),
    Rule("the? end of the? month", partial(calendar_day, months_ahead=0)),
    Rule("the? end of months_ahead:relative month", calendar_day),
    Rule("the? end of month:month_name year:yyyy?", calendar_day),
    Rule("eoy", partial(calendar_day, day=31, month=12, years_ahead=0)),
    Rule("the? end of the? year", partial(calendar_day, day=31, month=12, years_ahead=0)),
    Rule("the? end of years_ahead:relative year", partial(calendar_day, day=31, month=12)),
    Rule("month_name yyyy?", Vague),
)

_said = partial(clock_time, said=Said.SPOKEN)
_END_OF_DAY = partial(Clock, hour=18, said=Said.FIXED)

_TIMES = (
    Rule("hour:number oclock? ampm:ampm", half_day_time),
    Rule("hour:number oclock", _said),
    Rule("at hour:number", _said),
    Rule("half past hour:number", partial(_said, minute=30)),
    Rule("half past hour:number ampm:ampm", partial(half_day_time, minute=30)),
    Rule("a? quarter past hour:number", partial(_said, minute=15)),
    Rule("a? quarter past hour:number ampm:ampm", partial(half_day_time, minute=15)),
    Rule("eod", _END_OF_DAY),
    Rule("the? end of the? day", _END_OF_DAY),
    Rule("part:part", day_part),
    Rule("in the part:part", day_part),
)

ENGLISH = Language(_LEXEMES, _LENGTHS + _DAYS + _CALENDAR + _TIMES)
