"""Cards as unmarked lines: for terminals, notifications and whatever cannot show more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from bot.core.chat import (
    Block,
    Button,
    Buttons,
    Card,
    Divider,
    Entries,
    Entry,
    Fields,
    Form,
    FormField,
    Heading,
    Note,
    Paragraph,
    Progress,
    Quote,
    Table,
)
from bot.core.i18n import plain
from bot.core.text import Inline, Reader, t, tn
from bot.core.words import clean

_BAR = 20


def card_text(card: Card, reader: Reader) -> str:
    """`card` as lines, its title first."""
    return "\n".join(card_lines(card, reader))


def card_lines(card: Card, reader: Reader) -> Iterator[str]:
    """As `card_text`, line by line."""
    yield plain(card.title, reader)
    for block in card.blocks:
        yield from block_lines(block, reader)


def block_lines(block: Block, reader: Reader) -> Iterator[str]:  # noqa: C901, PLR0912  one case a block
    """A block as lines."""

    def say(value: Inline) -> str:
        return plain(value, reader)

    match block:
        case Paragraph(text) | Note(text):
            yield say(text)
        case Heading(text):
            yield f"— {say(text)} —"
        case Quote(text):
            yield from (f"> {each}" for each in clean(text).splitlines())
        case Fields(pairs):
            for label, value in pairs:
                yield say(t("{label}: {value}", label=label, value=value))
        case Progress(label, share, text):
            progress = t("{bar} {text}", bar=bar(share), text=text)
            yield say(t("{label}: {value}", label=label, value=progress))
        case Entries(entries, more):
            for entry in entries:
                yield _entry(entry, reader)
            if more:
                yield say(tn("… and {n} more", "… and {n} more", more))
        case Table(columns, rows):
            yield " | ".join(say(column) for column in columns)
            yield from (" | ".join(say(cell) for cell in row) for row in rows)
        case Divider():
            yield "───"
        case Buttons(buttons):
            yield " ".join(_button(button, reader) for button in buttons)
        case Form():
            yield from form_lines(block, reader)
        case _:
            assert_never(block)


def _entry(entry: Entry, reader: Reader) -> str:
    said = entry.text
    if entry.note is not None:
        said = t("{text} ({note})", text=entry.text, note=entry.note)
    parts = [f"• {plain(said, reader)}"]
    parts += [_button(button, reader) for button in entry.buttons]
    return " ".join(parts)


def _button(button: Button, reader: Reader) -> str:
    return f"[{plain(button.label, reader)}]"


def bar(share: float) -> str:
    """A progress bar of characters; `share` is clipped to 0…1."""
    filled = round(max(0.0, min(1.0, share)) * _BAR)
    return "█" * filled + "░" * (_BAR - filled)


def form_lines(form: Form, reader: Reader) -> Iterator[str]:
    """A form as lines: its title, then each field with what is in it and what is wrong with it."""
    yield plain(form.title, reader)
    if form.intro is not None:
        yield plain(form.intro, reader)
    for each in form.fields:
        if each.section is not None:
            yield f"— {plain(each.section, reader)} —"
        yield _field(each, reader)


def _field(field: FormField, reader: Reader) -> str:
    value = field.value if isinstance(field.value, str) else ", ".join(field.value)
    star = "*" if field.required else ""
    text = f"  {plain(field.label, reader)}{star}: {value}".rstrip()
    return f"{text}  ← {plain(field.error, reader)}" if field.error is not None else text
