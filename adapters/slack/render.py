"""Cards out: as Block Kit, for messages, for the Home tab and for modals that only say something.

Pure functions: the same card drawn twice is the same. What does not fit is never lost: the card
says so, and `Drawn.overflow` has all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from adapters.slack import limits, rich
from adapters.slack.blocks import Drawing, Unit, bold, note, units
from adapters.slack.mrkdwn import Atom, Node, atoms, escape, fitted, plain_text, words
from bot.core.chat import Buttons, Card, Divider, Entries, Form, Heading, Tone
from bot.core.i18n import languages, pieces
from bot.core.plaintext import block_lines
from bot.core.text import ChannelLink, Inline, Link, Mention, Msg, Reader, When, t
from bot.core.words import clean

#: Said below a card that was shortened: in a channel, to one person alone, and in a view.
IN_THREAD = t("This is shortened. All of it is in the thread.")
BELOW = t("This is shortened. All of it follows below.")
ASK_ME = t("This is shortened. Ask me in a direct message to see all of it.")

#: One look tells what a card means. Slack has no colours in blocks, so a sign stands for them.
_SIGNS = {
    Tone.NEUTRAL: "",
    Tone.INFO: "🔵 ",
    Tone.GOOD: "🟢 ",
    Tone.WARNING: "🟠 ",
    Tone.DANGER: "🔴 ",
    Tone.DONE: "✅ ",
}


#: Stands above the second and every further section of a card.
_LINE = Unit(({"type": "divider"},), "")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A message: `text` for notifications and screen readers (escaped), and its blocks.

    `overflow` is everything that `blocks` had to shorten or leave out, whole and without markup;
    None if that is nothing. `replies` makes messages of it.
    """

    text: str
    blocks: list[Node]
    overflow: str | None = None


def message(card: Card, reader: Reader, *, rest: Msg = IN_THREAD) -> Drawn:
    """`card` as a message; `rest` says where whoever calls puts what does not fit."""
    drawing = Drawing(reader)
    drawn = _card_units(card, drawing)
    blocks, left_out = _within(
        drawn,
        lambda: note(rest, reader).blocks,
        most=limits.MESSAGE_BLOCKS,
        size=limits.MESSAGE_SIZE,
    )
    told = _notification(card, drawn[0].said, reader)
    return Drawn(told, blocks, "\n\n".join(filter(None, left_out)) or None)


def replies(overflow: str, reader: Reader) -> list[Drawn]:
    """What did not fit, as messages that continue the first: exactly as it was written."""
    drawn: list[Drawn] = []
    for part in limits.parts(clean(overflow), limits.REPLY):
        blocks = [rich.prose(each) for each in limits.parts(part, limits.RICH)]
        text = words(t("Continued: {text}", text=part), reader)
        drawn.append(Drawn(_cut_escaped(text), blocks))
    return drawn


def home(card: Card, reader: Reader) -> Node:
    """`card` as the Home tab of the one who reads it."""
    return {"type": "home", "blocks": view_blocks(_card_units(card, _for_view(reader)), reader)}


def said(card: Card, reader: Reader) -> Node:
    """`card` as a modal that says it and asks nothing."""
    return {
        "type": "modal",
        "title": plain_text("Muster", limits.VIEW_TITLE),
        "close": plain_text(words(t("Close"), reader), limits.VIEW_TITLE),
        "blocks": view_blocks(_card_units(card, _for_view(reader)), reader),
    }


def view_blocks(drawn: Iterable[Unit], reader: Reader) -> list[Node]:
    """Units as the blocks of a view; it says so where they do not all fit."""
    blocks, _ = _within(
        drawn,
        lambda: note(ASK_ME, reader).blocks,
        most=limits.VIEW_BLOCKS,
        size=limits.VIEW_SIZE,
    )
    return blocks


def _for_view(reader: Reader) -> Drawing:
    return Drawing(reader, tables=0)


def _card_units(card: Card, drawing: Drawing) -> list[Unit]:
    match card.blocks:
        case (Form(title=name) as form,) if name == card.title:
            return list(units(form, drawing))  # it says so itself
        case _:
            drawn = [title(card, drawing)]
    for before, block in zip((None, *card.blocks), card.blocks, strict=False):
        if isinstance(block, Heading) and before is not None and not isinstance(before, Divider):
            drawn.append(_LINE)
        drawn += units(block, drawing)
    return drawn


def title(card: Card, drawing: Drawing) -> Unit:
    """The title: large above a card, a plain sentence if it is all that the card says.

    A header shows no mention, link or time, so a title with one of these is a section.
    """
    reader = drawing.reader
    sign, text = _SIGNS[card.tone], words(card.title, reader)
    fits = limits.width(sign + text) <= limits.HEADER and "\n" not in text
    if card.blocks and fits and _is_only_words(card.title, reader):
        header = {"type": "header", "text": plain_text(sign + text, limits.HEADER)}
        return Unit((header,), text)
    drawn = bold(card.title, reader) if card.blocks else atoms(card.title, reader)
    section, is_whole = drawing.section([Atom(sign), *drawn])
    return Unit((section,), text, is_whole)


def _is_only_words(value: Inline, reader: Reader) -> bool:
    special = Mention | When | Link | ChannelLink
    return not any(
        isinstance(piece, special)
        for lang in languages(reader.lang)
        for piece in pieces(value, lang, reader.prefix)
    )


def _within(
    drawn: Iterable[Unit], missing: Callable[[], tuple[Node, ...]], *, most: int, size: int
) -> tuple[list[Node], list[str]]:
    """The blocks there is room for, and the words of what is not wholly in them.

    Room is kept for what can be done (`is_kept`) and for `missing`, the remark that something is.
    From the first unit without room on, only what can be done is shown.
    """
    waiting = list(drawn)
    everything = tuple(block for unit in waiting for block in unit.blocks)
    if all(unit.is_whole for unit in waiting) and Room(most, size).has(everything):
        return list(everything), []
    keeps = [unit for unit in waiting if unit.is_kept]
    remark = missing()
    room = Room(most, size).without(remark)
    blocks: list[Node] = []
    left_out: list[str] = []
    is_full = False
    for unit in waiting:
        if unit.is_kept:
            keeps.pop(0)
        free = room if unit.is_kept else room.without(*(each.blocks for each in keeps))
        fits = free.has(unit.blocks) and (unit.is_kept or not is_full)
        if fits:
            blocks += unit.blocks
            room = room.without(unit.blocks)
        else:
            is_full = True
        if not fits or not unit.is_whole:
            left_out.append(unit.said)
    return (blocks + list(remark) if left_out else blocks), left_out


@dataclass(frozen=True, slots=True)
class Room:
    """How many blocks, and how much of them, still fit."""

    blocks: int
    size: int

    def has(self, blocks: tuple[Node, ...]) -> bool:
        return len(blocks) <= self.blocks and limits.size(blocks) <= self.size

    def without(self, *taken: tuple[Node, ...]) -> Room:
        blocks = self.blocks - sum(map(len, taken))
        return Room(blocks, self.size - sum(map(limits.size, taken)))


def _notification(card: Card, said: str, reader: Reader) -> str:
    """All that the card says, for those who do not see it, without its buttons; first its title."""
    lines = [said]
    for block in card.blocks:
        match block:
            case Buttons() | Divider():
                continue
            case Entries(entries):
                told = tuple(replace(entry, buttons=()) for entry in entries)
                lines += block_lines(replace(block, entries=told), reader)
            case _:
                lines += block_lines(block, reader)
    return _cut_escaped(clean("\n".join(line for line in lines if line.strip())))


def _cut_escaped(text: str) -> str:
    """`text` escaped, within what notifications take; no escape is broken up."""
    return fitted([Atom(escape(text))], limits.NOTIFICATION)[0]
