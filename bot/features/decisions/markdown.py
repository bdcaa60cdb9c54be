"""Decisions as one Markdown file, for people to read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TextIO
from urllib.parse import quote

from bot.core.filetext import markdown_line, markdown_quote
from bot.core.i18n import plain
from bot.core.text import Msg, Reader, When, t
from bot.core.words import shortened
from bot.features.decisions import wording
from bot.features.decisions.records import Record, as_instant
from bot.features.decisions.tables import State

#: As much of a long decision as its heading has; the whole of it follows.
_HEADING = 120
#: What a web address keeps as it is; brackets would end the link.
_IN_LINKS = "%/:?#@!$&*+,;=-._~"
#: The people and things that are named in one line each.
_NAMED = ("decision_makers", "consulted", "informed", "owner", "tags", "items", "supersedes")


def write(file: TextIO, records: Iterable[Record], reader: Reader) -> None:
    """Write decisions that come room by room."""

    def say(message: Msg) -> str:
        return plain(message, reader)

    file.write(f"# {say(wording.DECISIONS)}\n")
    is_empty = True
    for room, found in groupby(records, lambda record: (record.room, record.room_title)):
        is_empty = False
        if room[0]:
            file.write(f"\n## {room[0]} {markdown_line(room[1])}\n")
        for record in found:
            file.writelines(_lines(record, reader))
    if is_empty:
        file.write(f"\n{say(t('No decisions yet.'))}\n")


def _lines(record: Record, reader: Reader) -> Iterator[str]:
    heading = shortened(record.title, _HEADING)
    yield f"\n### {record.key} {markdown_line(heading)}\n\n"
    if heading != record.title:
        yield f"{markdown_quote(record.title)}\n\n"
    at = When(as_instant(record.decided_at))
    who = t("{name}, {when}", name=record.decided_by or t("somebody"), when=at)
    yield f"*{markdown_line(plain(who, reader))}*\n"
    if record.state != State.ACCEPTED:
        state = plain(wording.STATES.get(record.state, record.state), reader)
        yield f"\n**{state}**{f' → {record.superseded_by}' if record.superseded_by else ''}\n"
    if record.link:
        yield f"\n[{plain(t('message'), reader)}]({link_address(record.link)})\n"
    for name, label in wording.LONG.items():
        if text := getattr(record, name):
            yield f"\n**{plain(label, reader)}**\n\n{markdown_quote(text)}\n"
    for name in _NAMED:
        if said := getattr(record, name):
            value = said if isinstance(said, str) else ", ".join(said)
            yield f"\n**{plain(wording.LABELS[name], reader)}:** {markdown_line(value)}\n"


def link_address(link: str) -> str:
    """A web address as it may stand in a Markdown link."""
    return quote(link, safe=_IN_LINKS)
