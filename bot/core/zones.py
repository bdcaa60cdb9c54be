"""Time zones, found by what people call them."""

from __future__ import annotations

import functools
import zoneinfo

from bot.core.nearest import nearest
from bot.core.words import fold

#: What people say that no zone is named after.
_CITIES = {
    "北京": "Asia/Shanghai",
    "上海": "Asia/Shanghai",
    "深圳": "Asia/Shanghai",
    "广州": "Asia/Shanghai",
    "杭州": "Asia/Shanghai",
    "成都": "Asia/Shanghai",
    "中国": "Asia/Shanghai",
    "beijing": "Asia/Shanghai",
    "shenzhen": "Asia/Shanghai",
    "china": "Asia/Shanghai",
    "香港": "Asia/Hong_Kong",
    "台北": "Asia/Taipei",
    "新加坡": "Asia/Singapore",
    "东京": "Asia/Tokyo",
    "首尔": "Asia/Seoul",
    "伦敦": "Europe/London",
    "巴黎": "Europe/Paris",
    "柏林": "Europe/Berlin",
    "纽约": "America/New_York",
    "旧金山": "America/Los_Angeles",
    "洛杉矶": "America/Los_Angeles",
    "san francisco": "America/Los_Angeles",
    "悉尼": "Australia/Sydney",
}


@functools.cache
def _names() -> dict[str, str]:
    """Every way to name a zone, folded: the whole name, its city, the cities above."""
    zones = sorted(zone for zone in zoneinfo.available_timezones() if "/" in zone or zone == "UTC")
    named = {fold(zone): zone for zone in zones}
    for zone in zones:
        named.setdefault(fold(zone.rpartition("/")[2].replace("_", " ")), zone)
    return {**named, **_CITIES}


def find_zone(name: str) -> str | None:
    """The IANA zone that somebody means, by its name or a city; None if there is none."""
    return _names().get(fold(name)) or _names().get(fold(name.replace("_", " ")))


def near_zones(name: str) -> list[str]:
    """The zones whose names come nearest."""
    return list(dict.fromkeys(_names()[close] for close in nearest(fold(name), _names())))


@functools.cache
def zone_named(name: str) -> zoneinfo.ZoneInfo:
    """The zone of an IANA name; UTC if this machine does not know it."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return zoneinfo.ZoneInfo("UTC")
