"""Decisions that are to be imported: values from outside, checked and put in order."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.core.errors import MusterError
from bot.core.keys import DecisionKey, ItemKey, RoomKey
from bot.core.nearest import nearest
from bot.core.text import Code, Msg, Strong, t
from bot.core.words import clean, fold, shortened
from bot.features.decisions.options import Considered, read_options, write_options
from bot.features.decisions.records import FIELDS, INSTANTS, LISTS, Record
from bot.features.decisions.tables import State

#: Everything that people wrote is kept whole up to this many characters.
LONGEST = 50_000
_TEXTS = frozenset(
    {"title", "why", "instead_of", "context", "drivers", "options", "consequences"}
    | {"confirmation", "evidence"}
)
#: What is in one line, and names of people and rooms.
_LONGEST_LINE = 1000
_MOST_OF_A_LIST = 200


@dataclass(frozen=True, slots=True)
class Draft:
    """A decision that is to be imported, and where it stood: a file, and a line of it."""

    record: Record
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why something cannot be imported. Line 0 is the file as a whole."""

    file: str
    line: int
    why: Msg


class Unreadable(MusterError):  # noqa: N818  what was handed in is at fault, not Muster
    """Nothing can be imported from it."""

    def __init__(self, troubles: list[Trouble]) -> None:
        super().__init__("Nothing can be imported from it.")
        self.troubles = troubles


class Wrong(Exception):  # noqa: N818  as Unreadable
    """A value that cannot be."""

    def __init__(self, message: Msg) -> None:
        super().__init__(message.id)
        self.message = message


def record_of(values: Mapping[str, Any], *, name: str = "") -> Record:
    """A record of the values of its fields; what is left out is not there. Wrong: why it is none.

    Without a lasting id it gets one that is the same whenever the same is imported: of `name`, its
    key, its title and its date.
    """
    for given in values:
        if given not in FIELDS:
            raise Wrong(_unknown(given))
    checked: dict[str, Any] = {}
    for field in FIELDS:
        check: Callable[[str, Any], Any] = _CHECKS.get(field, _line)
        checked[field] = check(field, values.get(field))
    if not checked["title"].strip():
        raise Wrong(t("There is no title."))
    record = Record(**checked)
    if record.uid:
        return record
    told = json.dumps([name, record.key, record.title, record.decided_at])
    return record._replace(uid=hashlib.sha256(told.encode()).hexdigest()[:32])


def _unknown(name: str) -> Msg:
    close = nearest(name, FIELDS)
    if close:
        meant = Code(close[0])
        return t("There is no field {name}. Did you mean {meant}?", name=Code(name), meant=meant)
    return t("There is no field {name}.", name=Code(shortened(name)))


def _cannot(field: str, value: Any) -> Wrong:
    said = shortened(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
    return Wrong(t("{field} cannot be {value}.", field=Code(field), value=Strong(said)))


def _string(field: str, value: Any, longest: int) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _cannot(field, value)
    if len(value) > longest:
        raise Wrong(t("{field} is longer than {n} characters.", field=Code(field), n=longest))
    return clean(value)


def _text(field: str, value: Any) -> str:
    return _string(field, value, LONGEST)


def _line(field: str, value: Any) -> str:
    text = _string(field, value, _LONGEST_LINE)
    if "\n" in text:
        raise _cannot(field, value)
    return text


def _list(field: str, value: Any) -> tuple[str, ...]:
    if value is None or value == "":
        return ()
    if not isinstance(value, list) or len(value) > _MOST_OF_A_LIST:
        raise _cannot(field, value)
    found = tuple(_line(field, each) for each in value)
    if not all(each.strip() for each in found):
        raise _cannot(field, value)
    return found


def _tags(field: str, value: Any) -> tuple[str, ...]:
    found = (" ".join(fold(tag).lstrip("#").split()) for tag in _list(field, value))
    tags = tuple(dict.fromkeys(found))
    if not all(tags) or any("," in tag for tag in tags):
        raise _cannot(field, value)
    return tags


def _keys(kind: type[DecisionKey | ItemKey]) -> Callable[[str, Any], tuple[str, ...]]:
    def check(field: str, value: Any) -> tuple[str, ...]:
        found = []
        for each in _list(field, value):
            key = kind.parse(each)
            if key is None or (isinstance(key, ItemKey) and key.room is None):
                raise _cannot(field, each)
            found.append(str(key))
        return tuple(found)

    return check


def _key(kind: type[DecisionKey | RoomKey]) -> Callable[[str, Any], str]:
    def check(field: str, value: Any) -> str:
        text = _line(field, value)
        key = kind.parse(text) if text else None
        if text and (key is None or key.number == 0):
            raise _cannot(field, value)
        return str(key) if key else ""

    return check


def _instant(field: str, value: Any) -> str:
    text = _line(field, value)
    if not text:
        return ""
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None:
            raise _cannot(field, value)
        return at.astimezone(UTC).isoformat()
    except (ValueError, OverflowError) as error:
        raise _cannot(field, value) from error


def _one_of(field: str, value: Any) -> str:
    text = _line(field, value) or State.ACCEPTED
    if text not in set(State):
        raise _cannot(field, value)
    return str(text)


def _matching(pattern: str) -> Callable[[str, Any], str]:
    def check(field: str, value: Any) -> str:
        text = _line(field, value)
        if text and not re.fullmatch(pattern, text):
            raise _cannot(field, value)
        return text

    return check


def _options(field: str, value: Any) -> str:
    """Text as people write it, or the list that JSON has."""
    if not isinstance(value, list):
        return _text(field, value)
    considered = []
    for each in value:
        if not isinstance(each, dict) or not each.keys() <= {"name", "pros", "cons"}:
            raise _cannot(field, each)
        pros, cons = (_list(field, each.get(name)) for name in ("pros", "cons"))
        considered.append(Considered(_line(field, each.get("name")), pros, cons))
    text = write_options(considered)
    if read_options(text) != considered:
        raise _cannot(field, value)
    return _text(field, text)


_CHECKS: dict[str, Callable[[str, Any], Any]] = {
    **dict.fromkeys(_TEXTS, _text),
    **dict.fromkeys(LISTS, _list),
    **dict.fromkeys(INSTANTS, _instant),
    "key": _key(DecisionKey),
    "room": _key(RoomKey),
    "room_title": _text,
    "superseded_by": _key(DecisionKey),
    "supersedes": _keys(DecisionKey),
    "items": _keys(ItemKey),
    "tags": _tags,
    "options": _options,
    "state": _one_of,
    "quorum": _matching(r"all|any|lead|[1-9]\d{0,3}"),
    "link": _matching(r"https?://[^\s<>]+"),
    "uid": _matching(r"[0-9A-Za-z_-]{1,64}"),
}
