"""What the doctor asks of the calendar: are the days off known, of every region in use?"""

from __future__ import annotations

from datetime import timedelta

from bot.core.events import Checkup, Finding
from bot.core.text import Code, Speech, t
from bot.features.calendar import cards, queries
from bot.features.calendar.regions import region_name, region_of
from storage.tx import Tx

#: So long before a year begins its days off should be known. China's notice comes in November.
_AHEAD = timedelta(days=60)


def findings(question: Checkup, tx: Tx) -> tuple[Finding, ...]:
    """A finding for each year whose days off nobody knows; one that all is well."""
    lang = tx.reader.lang
    years = sorted({tx.now.year, (tx.now + _AHEAD).year})
    loaded = {row.day.year for row in queries.team_days(tx, tx.workspace_id)}
    codes = queries.regions_in_use(tx)
    missing = [
        _missing(code, year, lang)
        for year in years
        for code in codes
        if year not in loaded and not region_of(code).is_published(year)
    ]
    if missing or not codes:
        return tuple(missing)
    names = ", ".join(region_name(code, lang) for code in codes)
    return (Finding(t("The days off are known: {regions}", regions=names), is_fine=True),)


def _missing(code: str, year: int, lang: Speech) -> Finding:
    load = Code("muster calendar load days.csv")
    advice = t("A newer Muster may know them; or load them yourself: {load}", load=load)
    return Finding(cards.unpublished(code, year, lang), is_fine=False, advice=advice)
