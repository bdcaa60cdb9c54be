"""How Chinese says dates and times: its words and numerals, and which rows of them are a part.

The rules name particles (月, 点, 个) by themselves. Traditional characters are made simplified
before anything is read, see `SIMPLIFIED`.
"""

from __future__ import annotations

import re
from functools import partial

from bot.core.when_grammar import Language, Lexeme, Rule, Token, vocabulary
from bot.core.when_parts import (
    Clock,
    DayPart,
    Length,
    Said,
    Unit,
    Vague,
    Weekday,
    calendar_day,
    clock_time,
    half_day_time,
    length,
)

#: Traditional characters (and variants) of the words below → simplified.
SIMPLIFIED = str.maketrans(
    "後週點個禮兩鐘鍾頭時號這間淩過內裡裏〇",
    "后周点个礼两钟钟头时号这间凌过内里里零",
)
#: What counts as a Chinese character: spaces beside one mean nothing.
HAN = "\u3400-\u9fff"

_DIGITS = "零一二三四五六七八九"
_VALUES = {digit: value for value, digit in enumerate(_DIGITS)} | {"两": 2}

_DAY_PARTS = {
    DayPart.DAWN: "凌晨",
    DayPart.MORNING: "早上 早晨 清晨 上午 早",
    DayPart.NOON: "中午 正午",
    DayPart.AFTERNOON: "下午",
    DayPart.DUSK: "傍晚",
    DayPart.EVENING: "晚上 晚间 晚",
    DayPart.NIGHT: "夜里 夜间 深夜",
    DayPart.MIDNIGHT: "半夜 午夜",
}

_UNITS = {
    Unit.MINUTE: "分钟",
    Unit.HOUR: "小时 钟头",
    Unit.DAY: "天",
    Unit.WEEK: "周 星期 礼拜",
    Unit.YEAR: "年",
}

#: Words of one token. A particle is a kind of its own; what English says too has its kind.
_WORDS = {
    "后": Token("later", 0),
    "之后": Token("later", 0),
    "以后": Token("later", 0),
    "内": Token("later", 0),
    "之内": Token("later", 0),
    "以内": Token("later", 0),
    "前": Token("前", 1),
    "之前": Token("前", 1),
    "以前": Token("前", 1),
    "过": Token("in"),
    "再过": Token("in"),
    "在": Token("on"),
    "的": Token("的"),
    "个": Token("个"),
    "半": Token("half", 1),
    "月": Token("月"),
    "日": Token("日"),
    "号": Token("日"),
    "点": Token("点"),
    "点钟": Token("点"),
    "时": Token("点"),
    "分": Token("分"),
    "刻": Token("刻"),
    "刻钟": Token("刻钟"),
    "整": Token("整"),
    "下班": Token("eod"),
    "周末": Token("weekend"),
    "月底": Token("月底"),
    "月末": Token("月底"),
    "年底": Token("年底"),
    "年末": Token("年底"),
    "底": Token("底"),
    "末": Token("底"),
    "上": Token("relative", -1),
    "这": Token("relative", 0),
    "本": Token("relative", 0),
    "下": Token("relative", 1),
    "下下": Token("relative", 2),
    "今天": Token("today", 0),
    "今日": Token("today", 0),
    "明天": Token("today", 1),
    "明日": Token("today", 1),
    "后天": Token("today", 2),
    "后日": Token("today", 2),
    "大后天": Token("today", 3),
    "昨天": Token("today", -1),
    "昨日": Token("today", -1),
    "前天": Token("today", -2),
    "大前天": Token("today", -3),
}


def _several() -> dict[str, tuple[Token, ...]]:
    """Words that say two things at once: 今晚, 明早, 明年."""
    words: dict[str, tuple[Token, ...]] = {
        f"{year}年": (Token("relative", ahead), Token("year", Unit.YEAR))
        for year, ahead in (("去", -1), ("今", 0), ("明", 1), ("后", 2))
    }
    for day, ahead in (("昨", -1), ("今", 0), ("明", 1)):
        for letters, part in (
            ("早", DayPart.MORNING),
            ("晨", DayPart.MORNING),
            ("晚", DayPart.EVENING),
            ("夜", DayPart.NIGHT),
        ):
            words[day + letters] = (Token("today", ahead), Token("part", part))
    return words


def _named() -> dict[str, tuple[Token, ...]]:
    """Weekdays, units and parts of the day, under all their names."""
    words: dict[str, Token] = {}
    for week in _UNITS[Unit.WEEK].split():
        for day, letters in enumerate(("一", "二", "三", "四", "五", "六", "日天")):
            words |= {week + letter: Token("weekday", day) for letter in letters}
    for unit, names in _UNITS.items():
        words |= {name: Token(unit.name.lower(), unit) for name in names.split()}
    for part, names in _DAY_PARTS.items():
        words |= {name: Token("part", part) for name in names.split()}
    return {word: (token,) for word, token in (_WORDS | words).items()}


def _year(match: re.Match[str]) -> tuple[Token, ...]:
    """二零二六: four digits, one after the other."""
    return (Token("yyyy", int("".join(str(_VALUES[digit]) for digit in match.group()))),)


def _numeral(match: re.Match[str]) -> tuple[Token, ...]:
    """三, 十, 十一, 三十一, 一百二十; 零五 as in 五点零五分."""
    hundreds, tens, ones = match["hundreds"], match["tens"], match["ones"]
    value = 100 * _VALUES[hundreds[0]] if hundreds else 0
    if tens:
        value += 10 * (1 if tens == "十" else _VALUES[tens[0]])
    padded = ones and match.group().startswith("零")
    return (Token("padded" if padded else "number", value + (_VALUES[ones] if ones else 0)),)


_LEXEMES = (
    vocabulary(_named() | _several()),
    Lexeme(re.compile(f"[{_DIGITS}]{{4}}"), _year),
    Lexeme(
        re.compile(
            r"(?=[零一二两三四五六七八九十])(?P<hundreds>[一二两三四五六七八九]百)?零?"
            r"(?P<tens>[一二两三四五六七八九]?十)?(?P<ones>[一二两三四五六七八九])?"
        ),
        _numeral,
    ),
)

_COUNT = "in? count:number"
_UNIT = "unit:minute|hour|day|week"
_AFTER = "ago:later|前?"


def _quarters_of_an_hour(*, count: int, ago: int = 0) -> Length:
    return Length(seconds=count * 15 * 60, ago=bool(ago))


_LENGTHS = (
    Rule(f"{_COUNT} 个? {_UNIT} {_AFTER}", length),
    Rule(f"{_COUNT} 个? unit:hour half:half {_AFTER}", length),
    Rule(f"{_COUNT} 个 half:half unit:hour {_AFTER}", length),
    Rule(f"{_COUNT} 个 月 {_AFTER}", partial(length, unit=Unit.MONTH)),
    Rule(f"{_COUNT} 日 later", partial(length, unit=Unit.DAY)),
    Rule(f"{_COUNT} 分 {_AFTER}", partial(length, unit=Unit.MINUTE)),
    Rule(f"{_COUNT} 刻钟 {_AFTER}", _quarters_of_an_hour),
    Rule(f"in? count:number unit:year {_AFTER}", length),
    Rule(f"in? half:half 个? unit:hour|year {_AFTER}", length),
    Rule(f"in? seconds:decimal 个? hour {_AFTER}", Length),
)

_DAYS = (
    Rule("weeks:relative 个 day:weekday", Weekday),
    Rule("weeks:relative 个? week 的? day:weekday", Weekday),
    Rule("ahead:relative 个? week|月|year", Vague),
    Rule("ahead:relative 个 weekend", Vague),
)

_YEAR = "year:number|yyyy year"
_MONTH_AND_DAY = "month:number 月 day:number 日?"

_CALENDAR = (
    Rule(f"{_YEAR} {_MONTH_AND_DAY}", calendar_day),
    Rule(f"years_ahead:relative year {_MONTH_AND_DAY}", calendar_day),
    Rule(_MONTH_AND_DAY, calendar_day),
    Rule("day:number 日", calendar_day),
    Rule("months_ahead:relative 个? 月 的? day:number 日", calendar_day),
    Rule("number 月", Vague),
    Rule("yyyy year", Vague),
    Rule("yyyy year number 月", Vague),
    Rule("月底", partial(calendar_day, months_ahead=0)),
    Rule("months_ahead:relative 个? 月? 月底", calendar_day),
    Rule("month:number 月底", calendar_day),
    Rule(f"{_YEAR} month:number 月底", calendar_day),
    Rule("年底", partial(calendar_day, day=31, month=12, years_ahead=0)),
    Rule("years_ahead:relative 年底", partial(calendar_day, day=31, month=12)),
    Rule("years_ahead:relative year 底|年底", partial(calendar_day, day=31, month=12)),
    Rule("year:number|yyyy 年底", partial(calendar_day, day=31, month=12)),
)

_said = partial(clock_time, said=Said.SPOKEN)


def _minute_alone(*, hour: int, minute: int) -> Clock | None:
    """5点45, without 分. 5点3 is nobody's 5:03, so the 3 belongs to something else."""
    return _said(hour=hour, minute=minute) if minute not in range(10) else None


def _quarters_past(*, hour: int, quarters: int) -> Clock | None:
    return _said(hour=hour, minute=15 * quarters)


_TIMES = (
    Rule("hour:number 点 整?", _said),
    Rule("hour:number 点 ampm:ampm", half_day_time),
    Rule("hour:number 点 half", partial(_said, minute=30)),
    Rule("hour:number 点 minute:number 分", _said),
    Rule("hour:number 点 minute:padded", _said),
    Rule("hour:number 点 minute:number", _minute_alone),
    Rule("hour:number 点 quarters:number 刻", _quarters_past),
)

CHINESE = Language(_LEXEMES, _LENGTHS + _DAYS + _CALENDAR + _TIMES)
