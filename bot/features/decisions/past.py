"""Times that are over, as people type them after `--since`: 2026-10-01, 2w, Monday, 上个月."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.core.errors import Refused
from bot.core.text import Code, Either, Strong, t
from bot.core.when import Unclear, parse_when
from bot.core.when_calendar import add_months
from bot.core.words import fold, shortened

#: Days back to the beginning of what a word names, and of how many months ago.
_WORDS = {
    "today": (0, 0),
    "今天": (0, 0),
    "yesterday": (1, 0),
    "昨天": (1, 0),
    "前天": (2, 0),
}
_THIS_WEEK, _LAST_WEEK = {"this week", "本周", "这周"}, {"last week", "上周", "上星期"}
_THIS_MONTH, _LAST_MONTH = {"this month", "本月", "这个月"}, {"last month", "上个月", "上月"}
_THIS_YEAR, _LAST_YEAR = {"this year", "今年"}, {"last year", "去年"}
_AGO = re.compile(r"\s*(ago|以前|之前|前)$")
_IS_LENGTH = re.compile(r"[\d一二两三四五六七八九十百半]|(an?|one|two|three|four|six|ten)\s")
_IS_AHEAD = re.compile(r"下|明|后天|大后天|今晚|(next|tomorrow|tonight|in)\b")
#: From how many days ago on a phrase is looked for; the last goes back to the first year there is.
_BACK = (7, 31, 366)
_FIRST = datetime(2000, 1, 2, tzinfo=UTC)
_SHIFT = timedelta(days=1000)


def parse_since(text: str, *, now: datetime, zone: ZoneInfo) -> datetime:
    """The instant (UTC) from which on `text` asks: not after `now`. Refused if it is none.

    A day begins at its midnight; a length of time counts back from now.
    """
    found = _named(fold(text), now, zone) or _length(text, now, zone) or _date(text, now, zone)
    if found is not None:
        return found
    sentence = t(
        "I do not understand {words} as a time that is over. Say for example {one}, {two} or "
        "{three}.",
        words=Strong(shortened(text)),
        one=Code("2026-10-01"),
        two=Code("2w"),
        three=Either(Code("last month"), Code("上个月")),
    )
    raise Refused(sentence, field="since")


def _named(words: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    today = now.astimezone(zone).date()
    monday, first = today - timedelta(today.weekday()), today.replace(day=1)
    day = None
    if words in _WORDS:
        day = today - timedelta(_WORDS[words][0])
    elif words in _THIS_WEEK | _LAST_WEEK:
        day = monday - timedelta(7 if words in _LAST_WEEK else 0)
    elif words in _THIS_MONTH | _LAST_MONTH:
        day = add_months(first, -1 if words in _LAST_MONTH else 0)
    elif words in _THIS_YEAR | _LAST_YEAR:
        day = first.replace(year=today.year - (words in _LAST_YEAR), month=1)
    return datetime.combine(day, time(), zone).astimezone(UTC) if day is not None else None


def _length(text: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """Two weeks, counted back: a phrase that moves along with now is one that counts from it."""
    words = _AGO.sub("", text.strip())
    if not _IS_LENGTH.match(words.casefold()):
        return None
    try:
        ahead = parse_when(words, now=now, zone=zone).at
        moved = parse_when(words, now=now - _SHIFT, zone=zone).at
    except Unclear:
        return None
    # A day or two of tolerance: months are not all as long.
    return now - (ahead - now) if abs(ahead - moved - _SHIFT) <= timedelta(days=4) else None


def _date(text: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """The last day (or time) of that name."""
    if _IS_AHEAD.match(fold(text)):
        return None
    for start in (*(now - timedelta(days) for days in _BACK), _FIRST):
        try:
            found = parse_when(text, now=start, zone=zone)
        except Unclear:
            continue
        if found.at > now + timedelta(days=1):
            continue
        if found.has_time:
            return min(found.at, now)
        day = datetime.combine(found.at.astimezone(zone).date(), time(), zone)
        return day.astimezone(UTC) if day <= now else None
    return None
