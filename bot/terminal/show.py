"""What Muster did, as lines for people or as JSON for programs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from adapters.playground import render
from adapters.playground.places import Channel
from adapters.playground.town import Town
from bot.core.i18n import plain
from bot.core.plaintext import card_lines, form_lines
from bot.core.text import Msg, Reader, Seq, Strong, t
from bot.terminal.stage import Deed, Kind

_ROOM = re.compile(r"(WR-\d+) ")


def place_of(channel: Channel) -> str:
    """A channel as it is written after a name: `WR-1`, `general`, `dm`."""
    if channel.direct_with is not None:
        return "dm"
    room = _ROOM.match(channel.title)
    return room[1] if room else channel.name


class Teller:
    """Puts a deed into words: in its own reader's language, or that of the terminal."""

    def __init__(self, town: Town, reader: Reader) -> None:
        self._town = town
        self._reader = reader

    def lines(self, deed: Deed) -> list[str]:
        """All that it says, line by line; the first one is its title."""
        reader = deed.reader or self._reader
        if deed.form is not None:
            return list(form_lines(deed.form, reader))
        message = deed.message
        if message is not None and message.card is not None and deed.kind is not Kind.PINNED:
            return list(card_lines(message.card, reader))
        if message is not None and message.note is not None:
            return plain(message.note, reader).splitlines()
        return [plain(self._event(deed), self._reader)]

    def _event(self, deed: Deed) -> Msg:
        """What happened to a channel, in a sentence."""
        people = Seq(tuple(person.name for person in deed.people))
        match deed.kind:
            case Kind.CHANNEL:
                return t("New channel: {title}", title=Strong(deed.channel.title))
            case Kind.DESCRIBED:
                return t("New topic: {topic}", topic=deed.channel.topic)
            case Kind.INVITED if not deed.refused:
                return t("In the channel: {people}", people=people)
            case Kind.INVITED:
                refused = Seq(tuple(name for name, _ in deed.refused))
                return t("In the channel: {people}; not {others}", people=people, others=refused)
            case Kind.REMOVED:
                return t("No longer in the channel: {people}", people=people)
            case _:
                assert deed.message is not None
                card = deed.message.card
                return t("Pinned: {card}", card=card.title if card else deed.message.text)

    def file_text(self, deed: Deed) -> str | None:
        """The content of a file, if it is text."""
        try:
            return self.content(deed).decode("utf-8-sig")
        except UnicodeDecodeError:
            return None

    def content(self, deed: Deed) -> bytes:
        """The content of a file."""
        assert deed.message is not None
        assert deed.message.file is not None
        return self._town.messages.content_of(deed.message.file.id)


def as_json(deed: Deed, teller: Teller, line: int | None, path: Path | None) -> dict[str, Any]:
    """A deed as JSON values; every key is always there. docs/chat.md describes them."""
    message, reader = deed.message, deed.reader
    card = message.card if message is not None and deed.kind is not Kind.PINNED else None
    return {
        "kind": str(deed.kind),
        "line": line,
        "at": deed.at.isoformat(),
        "place": place_of(deed.channel),
        "channel": deed.channel.name or None,
        "to": deed.to.name if deed.to else None,
        "thread": message.thread if message else None,
        "message": message.id if message else None,
        "lang": reader.lang if reader else None,
        "text": render.words("\n".join(teller.lines(deed)), Reader()),
        "card": _flat(render.card(card, reader)) if card and reader else None,
        "form": _flat(render.form(deed.form, reader)) if deed.form and reader else None,
        "file": _file(deed, teller, path),
        "people": [person.name for person in deed.people],
        "refused": dict(deed.refused),
    }


def _file(deed: Deed, teller: Teller, path: Path | None) -> dict[str, Any] | None:
    if deed.message is None or deed.message.file is None:
        return None
    return {
        "name": deed.message.file.name,
        "size": deed.message.file.size,
        "text": teller.file_text(deed),
        "path": str(path) if path else None,
    }


def _flat(node: Any) -> Any:
    """What the browser gets, the spans of a text put together, and without what is only for it."""
    match node:
        case [{"t": _}, *_]:
            return "".join(span["text"] for span in node)
        case list():
            return [_flat(each) for each in node]
        case dict():
            hidden = {"payload", "plain", "kept"}
            return {name: _flat(each) for name, each in node.items() if name not in hidden}
        case _:
            return node
