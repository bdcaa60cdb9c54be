"""Markdown of cards as people see it: without its marks, in their language and time zone."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from tests.fakes.feishu.clock import TIMEZONE

_AT = re.compile(r"<at\s+(?:id|user_id|open_id)\s*=\s*[\"']?([^\"'\s>]+)[\"']?[^>]*>(.*?)</at>")
_PERSON = re.compile(r"<person\s+id\s*=\s*[\"']?([^\"'\s>]+)[\"']?[^>]*>(?:</person>)?")
_TIME = re.compile(
    r"<local_datetime\s+millisecond\s*=\s*['\"]?(-?\d+)['\"]?"
    r"\s+format_type\s*=\s*['\"]?(\w+)['\"]?[^>]*>.*?</local_datetime>"
)
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)\s]*\)")
_CODE = re.compile(r"(`+) ?(.+?) ?\1")
_TAG = re.compile(r"</?(?:font|text_tag|u|b|i|strong|em)\b[^>]*>")
_HEADING = re.compile(r"(?m)^#{1,6}\s+")
_EMPHASIS = re.compile(r"\*\*|~~")
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u2060\ufeff"))
_WEEK = {"zh_cn": "周一 周二 周三 周四 周五 周六 周日", "en_us": "Mon Tue Wed Thu Fri Sat Sun"}


def mentioned(text: str, names: Mapping[str, str]) -> str:
    """The text with its <at> and <person> tags turned into names."""
    text = text.replace("<at id=all></at>", "@所有人")
    text = _AT.sub(lambda found: "@" + names.get(found[1], found[2] or found[1]), text)
    return _PERSON.sub(lambda found: "@" + names.get(found[1], found[1]), text)


def seen(text: str, lang: str, names: Mapping[str, str]) -> str:
    """What is left for the eye. Entities are resolved last, so that they make no marks."""
    text = mentioned(text, names)
    text = _TIME.sub(lambda found: _instant(int(found[1]), found[2], lang), text)
    text = _LINK.sub(r"\1", re.sub(r"<br\s*/?>", "\n", text))
    text = _HEADING.sub("", _TAG.sub("", _CODE.sub(r"\2", text)))
    text = html.unescape(_EMPHASIS.sub("", text))
    return text.translate(_INVISIBLE).replace("\xa0", " ")


def _instant(millisecond: int, form: str, lang: str) -> str:
    """Everybody here lives in one zone; the forms are those of <local_datetime>."""
    local = datetime.fromtimestamp(millisecond / 1000, UTC).astimezone(ZoneInfo(TIMEZONE))
    match form:
        case "date" if lang == "zh_cn":
            return f"{local.year}年{local.month}月{local.day}日"
        case "date":
            return f"{local:%b} {local.day}, {local.year}"
        case "week" | "week_short":
            return _WEEK.get(lang, _WEEK["en_us"]).split()[local.weekday()]
        case "time":
            return f"{local:%H:%M}"
        case _:
            return f"{local:%Y-%m-%d %H:%M}"
