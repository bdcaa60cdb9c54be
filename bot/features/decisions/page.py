"""Decisions as one page that needs nothing else: to be kept, sent, searched and printed.

It is in both languages, and shows that of its reader first. What people wrote stays text, and the
page's own policy allows no script and no style but its own two.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from html import escape
from importlib import resources
from typing import TextIO

from bot.core.i18n import plain
from bot.core.text import Language, Msg, Reader, t
from bot.core.zones import zone_named
from bot.features.decisions import wording
from bot.features.decisions.records import Record, as_instant

_ROWS = "<!--rows-->"
#: What is said in both languages, by its name in page.html.
_SAID = {
    "heading": wording.DECISIONS,
    "theme": t("Light or dark"),
    "print": t("Print"),
    "nothing": t("No decisions to show"),
}
#: What the script says in the language at hand.
_SWITCHED = {
    "find": t("Find in all of it"),
    "states": t("All states"),
    "rooms": t("All rooms"),
    "tags": t("All tags"),
}
_NAMED = ("decision_makers", "consulted", "informed", "owner", "items", "review_at")


def write(file: TextIO, records: Iterable[Record], reader: Reader) -> None:
    """Write the page."""
    before, after = _frame(reader).split(_ROWS)
    file.write(before)
    for record in records:
        file.writelines(_article(record, reader))
    file.write(after)


def _frame(reader: Reader) -> str:
    lang: Language = "zh" if reader.lang == "zh" else "en"
    style, script = _asset("page.css"), _asset("page.js")
    values = {
        "lang": lang,
        "title": escape(plain(wording.DECISIONS, Reader(lang))),
        "style": style,
        "script": script,
        "style_hash": _digest(style),
        "script_hash": _digest(script),
        "state": _both_plain(wording.LABELS["state"]),
        "room": _both_plain(wording.LABELS["room"]),
        "tag": _both_plain(wording.LABELS["tags"]),
    }
    for name, message in _SAID.items():
        values[name] = _both_plain(message) if name == "theme" else _both(message)
    for name, message in _SWITCHED.items():
        values[name] = escape(plain(message, Reader(lang)))
        values[f"{name}_en"] = escape(plain(message, Reader("en")))
        values[f"{name}_zh"] = escape(plain(message, Reader("zh")))
    page = _asset("page.html")
    for name in sorted(values, key=len, reverse=True):
        page = page.replace(f"@{name}@", values[name])
    return page


@cache
def _asset(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text("utf-8")


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _both(message: Msg) -> str:
    return _both_of(message.id)


@cache
def _both_of(words: str) -> str:
    languages: tuple[Language, ...] = ("en", "zh")
    said = ((lang, escape(plain(Msg(words), Reader(lang)))) for lang in languages)
    return "".join(f'<span lang="{lang}">{text}</span>' for lang, text in said)


def _both_plain(message: Msg) -> str:
    return escape(f"{plain(message, Reader('en'))} / {plain(message, Reader('zh'))}")


def _article(record: Record, reader: Reader) -> Iterator[str]:
    tags = escape("\n".join(record.tags))
    room = escape(f"{record.room} {record.room_title}".strip())
    yield (
        f'<article id="{record.key}" data-state="{escape(record.state)}" data-room="{room}"'
        f' data-tag="{tags}">\n<h2><a href="#{record.key}">{record.key}</a>'
        f"{escape(record.title)}</h2>\n"
        f'<div class="facts">{"".join(_facts(record, room, reader))}</div>\n'
    )
    for name, label in wording.LONG.items():
        if text := getattr(record, name):
            yield f"<h3>{_both(label)}</h3>\n<p>{escape(text)}</p>\n"
    named = [(name, getattr(record, name)) for name in _NAMED]
    if any(value for _, value in named):
        yield "<dl>"
        for name, value in named:
            if value:
                called = _both(wording.LABELS[name])
                yield f"<dt>{called}</dt><dd>{_value(name, value, reader)}</dd>"
        yield "</dl>\n"
    yield "</article>\n"


def _facts(record: Record, room: str, reader: Reader) -> Iterator[str]:
    state = wording.STATES.get(record.state)
    named = _both(state) if state else escape(record.state)
    yield f'<span class="state {escape(record.state)}">{named}</span>'
    if record.decided_by:
        yield f"<span>{escape(record.decided_by)}</span>"
    yield f"<span>{_time(record.decided_at, reader)}</span>"
    if room:
        yield f'<span class="room">{room}</span>'
    for name in ("supersedes", "superseded_by"):
        keys = getattr(record, name)
        for key in [keys] if isinstance(keys, str) and keys else keys:
            link = f'<a href="#{escape(key)}">{escape(key)}</a>'
            yield f"<span>{_both(wording.LABELS[name])} {link}</span>"
    for tag in record.tags:
        yield f'<span class="tag">{escape(tag)}</span>'
    if record.link.startswith(("https://", "http://")):
        link = f'<a href="{escape(record.link)}" rel="noopener noreferrer">'
        yield f"{link}{_both(t('message'))}</a>"


def _value(name: str, value: str | tuple[str, ...], reader: Reader) -> str:
    if name == "review_at" and isinstance(value, str):
        return _time(value, reader)
    return escape(value if isinstance(value, str) else ", ".join(value))


def _time(instant: str, reader: Reader) -> str:
    # Year, month, day: the one order that is read alike in both languages.
    local = as_instant(instant).astimezone(zone_named(reader.zone))
    return f'<time datetime="{instant}">{local:%Y-%m-%d %H:%M}</time>'
