"""Finds the button that somebody means."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator

from adapters.playground.places import MUSTER, Channel, Message, Person
from adapters.playground.town import Town
from bot.core.chat import Button, Buttons, Card, Entries
from bot.core.i18n import plain
from bot.core.text import LANGUAGES, Inline, Reader, Seq, Strong, t
from bot.terminal.script import NotUnderstoodError

#: How far back a button is looked for, in messages of a channel.
_MOST = 500


def find(
    town: Town, person: Person, channels: Iterable[Channel], label: str, beside: str
) -> tuple[Message, Button]:
    """The newest button called `label` that `person` sees in `channels`.

    With `beside`, the newest one that stands beside those words. NotUnderstoodError, with the
    buttons that there are.
    """
    wanted, words = _folded(label), beside.casefold()
    seen: dict[str, None] = {}
    streams = (_messages(town, person, channel) for channel in channels)
    for message in heapq.merge(*streams, key=lambda each: int(each.id), reverse=True):
        for button, near in buttons_of(message.card):
            if wanted in {_folded(said) for said in _said(button.label)} and any(
                words in said.casefold() for value in near for said in _said(value)
            ):
                return message, button
            seen.setdefault(plain(button.label, person.reader))
    who, name = Strong(person.name), Strong(f"[{label}] {beside}".strip())
    if not seen:
        raise NotUnderstoodError(t("{who} sees no buttons there.", who=who))
    there = Seq(tuple(Strong(f"[{each}]") for each in list(seen)[:12]))
    raise NotUnderstoodError(
        t("{who} sees no button {name} there, but {there}.", who=who, name=name, there=there)
    )


def _said(value: Inline) -> list[str]:
    """A text in each language."""
    return [plain(value, Reader(lang)) for lang in LANGUAGES]


def _folded(label: str) -> str:
    return label.casefold().rstrip("….").strip()


def _messages(town: Town, person: Person, channel: Channel) -> Iterator[Message]:
    """Muster's messages in a channel that somebody sees, the newest first."""
    before: str | None = None
    for _ in range(0, _MOST, 50):
        page = town.messages.page(channel.id, person.id, before=before)
        if not page:
            return
        yield from (each for each in reversed(page) if each.author == MUSTER)
        before = page[0].id


def buttons_of(card: Card | None) -> Iterator[tuple[Button, tuple[Inline, ...]]]:
    """Every button of a card, with the texts that it stands beside."""
    for block in card.blocks if card else ():
        if isinstance(block, Buttons):
            yield from ((button, (card.title,)) for button in block.buttons if card)
        elif isinstance(block, Entries):
            for entry in block.entries:
                near = (entry.text,) if entry.note is None else (entry.text, entry.note)
                yield from ((button, near) for button in entry.buttons)
