"""Regions, and the days off of each: the only file that knows where they come from.

They come from the library `holidays`. What it calls `weekend_workdays` are the make-up workdays:
of 2026 in China exactly those six of the notice of the State Council. Where a country's days off
are set anew each year by such a notice, the library goes on guessing after the last one: there the
weekdays are worked until the notice is out, and `is_published` says so. So it does for years after
the last one that the library has of a country at all (of India, 2035). It is loaded when somebody
first asks for a region: a process that starts needs none.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from babel import Locale
from babel.core import get_global

from bot.core.calendar import Day, Kind, Region, Weekdays
from bot.core.nearest import nearest
from bot.core.text import Speech
from bot.core.words import fold

if TYPE_CHECKING:
    from holidays import HolidayBase

#: Countries whose days off follow from a notice for each year. Later years: see `is_published`.
_BY_NOTICE = {"CN"}
#: The library has only Sunday, on which a general holiday moves (General Holidays Ordinance, Cap.
#: 149, section 3); offices and the civil service work from Monday to Friday.
_OFFICE_WEEKENDS = {"HK": {5, 6}}
#: Names that the standard ones lack, by their code.
_ALSO = {
    "china": "CN",
    "mainland": "CN",
    "mainland china": "CN",
    "大陆": "CN",
    "内地": "CN",
    "中国大陆": "CN",
    "hong kong": "HK",
    "hongkong": "HK",
    "香港": "HK",
    "macau": "MO",
    "macao": "MO",
    "澳门": "MO",
    "uk": "GB",
    "britain": "GB",
    "great britain": "GB",
    "england": "GB-ENG",
    "scotland": "GB-SCT",
    "wales": "GB-WLS",
    "northern ireland": "GB-NIR",
    "英格兰": "GB-ENG",
    "苏格兰": "GB-SCT",
    "america": "US",
    "korea": "KR",
    "czech republic": "CZ",
    "holland": "NL",
    "california": "US-CA",
    "加州": "US-CA",
    "new york": "US-NY",
    "纽约": "US-NY",
    "texas": "US-TX",
    "bavaria": "DE-BY",
    "巴伐利亚": "DE-BY",
}
#: Years of which the library knows all days off, where it says so only in a warning.
_KNOWN = {"IN": range(2001, 2036)}
_CHINESE = "zh_CN"
#: Shown in the exchange of a day off for a day of the weekend, in the library's Chinese.
_SWAPPED = re.compile(r"(\d{4}-\d{2}-\d{2})")
#: Names that are shorter are not offered for mistyped ones.
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Country:
    """A country, or a part of one, that the library knows."""

    code: str

    def day(self, day: date) -> Day:
        """What a date is there."""
        special = _days(self.code, day.year).get(day)
        if special is not None:
            return special
        is_weekend = day.weekday() in _weekend(self.code)
        return Day(day, Kind.WEEKEND if is_weekend else Kind.WORKDAY, not is_weekend)

    def is_published(self, year: int) -> bool:
        """Whether the days off of a year are known."""
        country = self.code[:2]
        if year not in _known_years(country):
            return False
        # Each notice so far had make-up workdays, and nothing else has them. Those of long ago
        # matter to nobody, and not all of them are in the library.
        is_by_notice = country in _BY_NOTICE and year > _LONG_AGO
        return not is_by_notice or any(day.year == year for day in _worked(self.code, year))


_LONG_AGO = 2020


def _made(code: str, years: tuple[int, ...], language: str) -> HolidayBase:
    import holidays  # noqa: PLC0415  see above

    country, _, part = code.partition("-")
    known = [year for year in years if year in _known_years(country)]
    return holidays.country_holidays(
        country, subdiv=part or None, years=known, expand=False, language=language
    )


@functools.cache
def _known_years(country: str) -> range:
    if country in _KNOWN:
        return _KNOWN[country]
    entity = _entity(country)
    return range(entity.start_year, entity.end_year + 1)


@functools.cache
def _weekend(code: str) -> frozenset[int]:
    return frozenset(_OFFICE_WEEKENDS.get(code[:2]) or _made(code, (), "en_US").weekend)


@functools.lru_cache(maxsize=512)
def _worked(code: str, year: int) -> frozenset[date]:
    """The days of weekends that are worked, of a year and the one after it."""
    return frozenset(_made(code, (year, year + 1), "en_US").weekend_workdays)


@functools.lru_cache(maxsize=512)
def _days(code: str, year: int) -> Mapping[date, Day]:
    """What is special in a year. A holiday of the next may be kept in December.

    Made whole and never changed: the library's own objects fill their years in while they are
    asked, which another thread would see half done.
    """
    if not Country(code).is_published(year):
        return {}
    years = (year, year + 1) if Country(code).is_published(year + 1) else (year,)
    english, chinese = _made(code, years, "en_US"), _made(code, years, _CHINESE)
    if _CHINESE not in chinese.supported_languages:
        chinese = english  # else they were in the language of the country
    found = {day: _holiday(day, name, chinese[day]) for day, name in english.items()}
    for day in _worked(code, year):
        found[day] = Day(day, Kind.MAKE_UP, is_workday=True)
    for off in list(found.values()):
        if off.swapped is not None and off.swapped in found:
            found[off.swapped] = replace(found[off.swapped], swapped=off.on)
    weekend = _weekend(code)
    return {
        day: special
        for day, special in found.items()
        # A holiday on a weekend is a day off anyway; but it has a name.
        if day.year == year and (special.is_workday or special.name or day.weekday() not in weekend)
    }


def _holiday(day: date, english: str, chinese: str) -> Day:
    """A day off; one in exchange for a make-up workday has that, and no name."""
    if (worked := _SWAPPED.search(chinese)) is not None:
        return Day(day, Kind.HOLIDAY, is_workday=False, swapped=date.fromisoformat(worked[1]))
    return Day(day, Kind.HOLIDAY, is_workday=False, name=english, name_zh=chinese)


# Names.


def region_of(code: str | None) -> Region:
    """The region of a stored code; nowhere in particular where the library knows it no longer."""
    return Country(code) if code and _is_known(code) else Weekdays()


def find_region(text: str) -> str | None:
    """The code that somebody means by a code or a name: "CN", "de-by", "Germany", 「香港」."""
    words = fold(text)
    if words in _names():
        return _names()[words]
    for found in re.finditer(r"[-\s/,，]+", words):
        country = _names().get(words[: found.start()])
        part = _part(country, words[found.end() :]) if country and "-" not in country else None
        if part is not None:
            return part
    return None


def near_regions(text: str) -> list[str]:
    """The codes whose names come nearest."""
    close = nearest(fold(text), [name for name in _names() if len(name) >= _NAMED])
    return list(dict.fromkeys(_names()[name] for name in close))


def region_name(code: str, lang: Speech) -> str:
    """What a region is called: "Germany (BY)", 「中国」."""
    country, _, part = code.partition("-")
    name = _locale("zh" if lang == "zh" else "en").get(country, country)
    return f"{name} ({part})" if part else name


def region_of_zone(zone: str) -> str | None:
    """The country of an IANA time zone; None if it is no country's (UTC), or one without days."""
    country = get_global("zone_territories").get(zone)
    return country if country is not None and _is_known(country) else None


@functools.cache
def _supported() -> dict[str, list[str]]:
    """The parts of each country that have days of their own."""
    import holidays  # noqa: PLC0415  see above

    return dict(holidays.list_supported_countries(include_aliases=False))


@functools.cache
def _is_known(code: str) -> bool:
    country, _, part = code.partition("-")
    return country in _supported() and (not part or part in _supported()[country])


@functools.cache
def _names() -> dict[str, str]:
    """Every name of a country, folded, with its code."""
    return {fold(name): code for name, code in _each_name()} | _ALSO


def _each_name() -> Iterator[tuple[str, str]]:
    from holidays.registry import COUNTRIES  # noqa: PLC0415  see above

    for lang in ("en", "zh"):
        for code, name in _locale(lang).items():
            if code in _supported():
                yield name, code
    for names in COUNTRIES.values():  # "UnitedStates", "US", "USA"
        yield from ((name, names[1]) for name in names if names[1] in _supported())
    for code, parts in _supported().items():
        yield from ((f"{code}-{part}", f"{code}-{part}") for part in parts)


def _entity(country: str) -> Any:
    """The library's class of a country: its years, its parts."""
    import holidays  # noqa: PLC0415  see above

    return getattr(holidays, country)


def _part(country: str, words: str) -> str | None:
    """A part of a country by its name in the country's own language."""
    entity = _entity(country)
    named = {fold(name): part for name, part in entity.subdivisions_aliases.items()}
    named |= {fold(part): part for part in entity.subdivisions}
    return f"{country}-{named[words]}" if words in named else None


@functools.cache
def _locale(lang: str) -> Mapping[str, str]:
    names: Mapping[str, str] = Locale(lang).territories
    return names
