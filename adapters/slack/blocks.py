"""Blocks of a card as blocks of Slack, in units that are shown as a whole or not at all."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from adapters.slack import buttons, limits, rich
from adapters.slack.mrkdwn import NOTHING, Atom, Node, atoms, fitted, mrkdwn, strong, words
from bot.core.chat import (
    Block,
    Buttons,
    Divider,
    Entries,
    Entry,
    Fields,
    Form,
    Heading,
    Note,
    Paragraph,
    Progress,
    Quote,
    Table,
)
from bot.core.plaintext import bar, block_lines
from bot.core.text import Inline, Msg, Reader, tn
from bot.core.words import clean

#: So many lines without buttons stand in one section.
_LINES = 10
_BETWEEN = Atom(" · ")
_BREAK = Atom("\n")


@dataclass(frozen=True, slots=True)
class Unit:
    """Something that can be shown: blocks of Slack, and all of it `said` without markup."""

    blocks: tuple[Node, ...]
    said: str
    #: False where the blocks show it shortened.
    is_whole: bool = True
    #: Shown even where what stands before it has to give way: what people can do.
    is_kept: bool = False


@dataclass(slots=True)
class Drawing:
    """What one message or view is drawn with."""

    reader: Reader
    #: Table blocks that may still be used: one in a message, none in a view.
    tables: int = 1
    actions: Iterator[str] = field(
        default_factory=lambda: (f"{buttons.PRESS}{n}" for n in itertools.count(1))
    )

    def section(self, drawn: list[Atom]) -> tuple[Node, bool]:
        """A section, and whether all of the text is in it."""
        text, is_whole = fitted(drawn, limits.SECTION)
        return {"type": "section", "text": mrkdwn(text)}, is_whole

    def said(self, block: Block) -> str:
        """A block as it is said without markup."""
        return clean("\n".join(block_lines(block, self.reader)))


def units(block: Block, drawing: Drawing) -> Iterator[Unit]:  # noqa: C901, PLR0912  one case a block
    """`block` in units, in order."""
    reader, said = drawing.reader, drawing.said
    match block:
        case Paragraph(text):
            yield _texts(drawing, atoms(text, reader), said(block))
        case Heading(text):
            yield _texts(drawing, bold(text, reader), words(text, reader))
        case Note(text):
            yield note(text, reader)
        case Quote(text):
            yield _quote(text, said(block))
        case Fields(pairs):
            for start in range(0, len(pairs), limits.FIELDS):
                yield _fields(drawing, pairs[start : start + limits.FIELDS])
        case Progress(label, share, text):
            line = [*bold(label, reader), _BREAK, Atom(f"{bar(share)}  "), *atoms(text, reader)]
            yield _texts(drawing, line, said(block))
        case Entries(entries, more):
            yield from _entries(drawing, entries)
            if more:
                yield note(tn("… and {n} more", "… and {n} more", more), reader)
        case Table():
            if block.columns:
                yield _table(drawing, block)
        case Divider():
            yield Unit(({"type": "divider"},), said(block))
        case Buttons(shown):
            for row, node in buttons.rows(shown, reader, drawing.actions):
                yield Unit((node,), said(Buttons(row)), is_kept=True)
        case Form():
            yield _form(drawing, block)
        case _:
            assert_never(block)


def _texts(drawing: Drawing, drawn: list[Atom], said: str) -> Unit:
    section, is_whole = drawing.section(drawn)
    return Unit((section,), said, is_whole)


def bold(value: Inline, reader: Reader) -> list[Atom]:
    """`value` in bold, if it is nothing but words."""
    drawn = atoms(value, reader)
    is_words = not any(atom.whole and not atom.styled for atom in drawn)
    return [strong(words(value, reader))] if is_words else drawn


def note(text: Inline, reader: Reader) -> Unit:
    """Small print."""
    shown, is_whole = fitted(atoms(text, reader), limits.CONTEXT)
    return Unit(({"type": "context", "elements": [mrkdwn(shown)]},), words(text, reader), is_whole)


def _quote(text: str, said: str) -> Unit:
    typed = clean(text).strip("\n")
    shown = limits.shortened(typed, limits.RICH)
    return Unit((rich.quote(shown if shown.strip() else NOTHING),), said, shown == typed)


def _fields(drawing: Drawing, pairs: Sequence[tuple[Msg, Inline]]) -> Unit:
    reader = drawing.reader
    drawn = [
        fitted([*bold(label, reader), _BREAK, *atoms(value, reader)], limits.FIELD)
        for label, value in pairs
    ]
    section = {"type": "section", "fields": [mrkdwn(text) for text, _ in drawn]}
    is_whole = all(whole for _, whole in drawn)
    return Unit((section,), drawing.said(Fields(tuple(pairs))), is_whole)


def _entries(drawing: Drawing, entries: Sequence[Entry]) -> Iterator[Unit]:
    """Lines that offer nothing stand close together, each of the others by itself."""
    for has_buttons, group in itertools.groupby(entries, lambda entry: bool(entry.buttons)):
        if has_buttons:
            yield from (_entry(drawing, entry) for entry in group)
            continue
        lines = tuple(group)
        for start in range(0, len(lines), _LINES):
            yield from _lines(drawing, lines[start : start + _LINES])


def _lines(drawing: Drawing, entries: tuple[Entry, ...]) -> Iterator[Unit]:
    drawn: list[Atom] = []
    for entry in entries:
        drawn += [*([_BREAK] if drawn else []), Atom("• "), *_line(drawing, entry, _BETWEEN)]
    unit = _texts(drawing, drawn, drawing.said(Entries(entries)))
    if unit.is_whole or len(entries) == 1:
        yield unit
        return
    for entry in entries:
        yield from _lines(drawing, (entry,))


def _line(drawing: Drawing, entry: Entry, between: Atom) -> list[Atom]:
    drawn = atoms(entry.text, drawing.reader)
    return drawn if entry.note is None else [*drawn, between, *atoms(entry.note, drawing.reader)]


def _entry(drawing: Drawing, entry: Entry) -> Unit:
    """One button stands beside the line, several are a menu there, or a row below it."""
    section, is_whole = drawing.section(_line(drawing, entry, _BREAK))
    said = drawing.said(Entries((entry,)))
    if len(entry.buttons) == 1:
        beside = buttons.button(entry.buttons[0], drawing.reader, next(drawing.actions))
        return Unit((section | {"accessory": beside},), said, is_whole)
    menu = buttons.menu(entry.buttons, drawing.reader, drawing.actions)
    if menu is not None:
        return Unit((section | {"accessory": menu},), said, is_whole)
    below = buttons.rows(entry.buttons, drawing.reader, drawing.actions)
    return Unit((section, *(row for _, row in below)), said, is_whole)


def _table(drawing: Drawing, table: Table) -> Unit:
    if drawing.tables:
        drawing.tables -= 1
        node, is_whole = rich.table(table, drawing.reader)
    else:
        node, is_whole = rich.letters(table, drawing.reader)
    return Unit((node,), drawing.said(table), is_whole)


def _form(drawing: Drawing, form: Form) -> Unit:
    """Its title and what is said above it, with the button that opens it."""
    drawn = bold(form.title, drawing.reader)
    if form.intro is not None:
        drawn += [_BREAK, *atoms(form.intro, drawing.reader)]
    section, is_whole = drawing.section(drawn)
    opener = buttons.form_button(form, drawing.reader, next(drawing.actions))
    return Unit((section | {"accessory": opener},), drawing.said(form), is_whole, is_kept=True)
