"""Cards out: the closed union of blocks as card JSON 2.0.

Everything here is pure. A card is drawn generously; if it is too large, once more sparingly; if it
is still too large, what does not fit is cut, which the card says, and handed back as text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, assert_never

from adapters.feishu import answers, blocks, elements, forms, tables
from adapters.feishu.elements import TEMPLATES
from adapters.feishu.limits import (
    CARD_BYTES,
    CHARTS,
    COMPONENTS,
    INPUT_CHARACTERS,
    TABLES,
    TITLE_CHARACTERS,
    Node,
    components,
    weight,
    writable,
)
from adapters.feishu.texts import (
    FEISHU_APPLINK,
    Pen,
    bare,
    translated,
    words,
)
from bot.core.chat import (
    Block,
    Buttons,
    Card,
    Divider,
    Entries,
    Fields,
    Form,
    Heading,
    Note,
    Paragraph,
    Progress,
    Quote,
    Table,
    Tone,
)
from bot.core.forms import beginning
from bot.core.i18n import languages, plain
from bot.core.plaintext import block_lines
from bot.core.text import Msg, Reader, t
from bot.core.words import clean

#: What stands at the end of a card that was cut.
_CUT = t("This card is cut short. The rest follows right after it.")
#: A field's value that is longer gets a line of its own.
_SHORT = 40
#: What an input of a form starts with at most, in characters, until the form fits.
_INPUTS = (300, 100, 0)
_TOASTS: dict[Tone, str] = dict.fromkeys(Tone, "info") | {Tone.GOOD: "success"}
_REFUSALS: dict[Tone, str] = dict.fromkeys(Tone, "warning") | {Tone.DANGER: "error"}


@dataclass(frozen=True, slots=True)
class Drawn:
    """A card as JSON, and as unmarked text whatever did not fit into it ("" mostly).

    The card says that `overflow` follows, so whoever posts the card posts that too.
    """

    json: Node
    overflow: str = ""


@dataclass(frozen=True, slots=True)
class _Before:
    """How many of the components that are counted stand above a block."""

    tables: int = 0
    charts: int = 0
    forms: int = 0


def card(
    shown: Card, reader: Reader, *, applink: str = FEISHU_APPLINK, alone: bool = False
) -> Drawn:
    """A card within the limits. A bilingual or Chinese place falls back to Chinese.

    `alone`: in the language of the place and no other.
    """
    for sparing in ((False, False), (True, False), (True, True)):
        pen = Pen(reader, applink, *sparing, is_alone=alone)
        drawn = _framed(shown, _opening(shown, pen) + _blocks(shown.blocks, pen), pen)
        if _fits(drawn):
            return Drawn(writable(drawn))
    return _cut(shown, Pen(reader, applink, is_compact=True, is_worded=True, is_alone=alone))


def form(
    shown: Form,
    reader: Reader,
    context: Mapping[str, Any],
    *,
    people: Sequence[str] = (),
    cancel: bool = False,
) -> Node:
    """A form as a card of its own; `context` comes back with it, as JSON values.

    `people` are the open_ids that can be picked. Without them these are the members of the chat in
    which the card stands, and a picker cannot start with anybody.
    """
    pen = Pen(reader)
    framed: Node = {}
    for part, longest in _smaller(shown):
        drawn = [forms.container(part, pen, context, people, longest=longest)]
        if cancel:
            drawn.append(forms.cancel(pen, context))
        framed = _framed(Card(shown.title, tone=Tone.INFO), drawn, pen, has_header=True)
        if _fits(framed):
            break
        pen = Pen(reader, is_compact=True)
    whole: Node = writable(framed)
    return whole


def _smaller(shown: Form) -> Iterator[tuple[Form, int]]:
    """A form, and what an input starts with at most: sections go before what is in them does."""
    yield shown, INPUT_CHARACTERS
    for count in range(len(shown.parts), 0, -1):
        yield beginning(shown, count), INPUT_CHARACTERS
    for longest in _INPUTS:
        yield beginning(shown, 1), longest


def toast(shown: Card, reader: Reader, *, is_refusal: bool = False) -> Node:
    """A card as what flashes up over the chat: its title, in both languages.

    A card's tone may be of what it is about, a room's severity: that is no error.
    """
    said = translated(lambda lang: words(shown.title, lang, Pen(reader)), Pen(reader))
    node = {"type": (_REFUSALS if is_refusal else _TOASTS)[shown.tone], "content": said["content"]}
    node |= {"i18n": said["i18n_content"]} if "i18n_content" in said else {}
    found: Node = writable(node)
    return found


pressed = answers.payload
submitted = answers.submitted


# The frame.


def _framed(shown: Card, drawn: list[Node], pen: Pen, *, has_header: bool = False) -> Node:
    summary = bare(shown.title, pen, TITLE_CHARACTERS)
    del summary["tag"]
    node: Node = {"schema": "2.0", "config": {"update_multi": True, "summary": summary}}
    if shown.blocks or has_header:
        node["header"] = {
            "title": bare(shown.title, pen, TITLE_CHARACTERS),
            "template": TEMPLATES[shown.tone],
        }
    return {**node, "body": {"elements": drawn}}


def _opening(shown: Card, pen: Pen) -> list[Node]:
    """What stands above the blocks: a sentence that is the whole card, or too long for a header."""
    if not shown.blocks:
        said = elements.markdown(shown.title, pen)
        return [said if shown.tone is Tone.NEUTRAL else elements.tinted(said, shown.tone)]
    readers = (Reader(lang, pen.reader.zone) for lang in pen.languages)
    if any(len(plain(shown.title, each)) > TITLE_CHARACTERS for each in readers):
        return [elements.markdown(shown.title, pen)]
    return []


def _fits(drawn: Node) -> bool:
    return weight(drawn) <= CARD_BYTES and components(drawn) <= COMPONENTS


# What does not fit.


def _cut(shown: Card, pen: Pen) -> Drawn:
    """`shown` without what does not fit. Buttons and forms go first: they are what it is for."""
    title, is_long = _short_title(shown.title, pen)
    shown = replace(shown, title=title)
    notice = elements.tinted(elements.markdown(_CUT, pen), Tone.WARNING)
    empty = _framed(shown, [*_opening(shown, pen), notice], pen)
    room = _Room(CARD_BYTES - weight(empty), COMPONENTS - components(empty))
    drawn: dict[int, list[Node]] = {}
    rest: dict[int, str] = {-1: plain(is_long, pen.reader)} if is_long is not None else {}
    numbered = list(zip(shown.blocks, _counts(shown.blocks), strict=True))
    for is_pressed in (True, False):
        for position, (block, before) in enumerate(numbered):
            if isinstance(block, Buttons | Form) is is_pressed:
                kept = room.fill(block, before, pen)
                drawn[position] = kept.json
                if kept.is_cut:
                    rest[position] = "\n".join(block_lines(block, pen.reader))
    body = [node for position in sorted(drawn) for node in drawn[position]]
    framed = _framed(shown, [*_opening(shown, pen), *body, notice], pen)
    overflow = "\n\n".join(clean(rest[position]) for position in sorted(rest))
    return Drawn(writable(framed), overflow)


def _short_title(title: Msg, pen: Pen) -> tuple[Msg, Msg | None]:
    """A title of bearable length; and the whole of it, if that is not it."""
    longest = TITLE_CHARACTERS * 5
    if all(len(plain(title, Reader(lang, pen.reader.zone))) <= longest for lang in pen.languages):
        return title, None
    short = plain(title, replace(pen.reader, lang=languages(pen.reader.lang)[-1]))[:longest]
    return t("{text}…", text=short), title


@dataclass(slots=True)
class _Filled:
    json: list[Node]
    is_cut: bool


@dataclass(slots=True)
class _Room:
    """What a card can still take."""

    bytes: int
    components: int

    def fill(self, block: Block, before: _Before, pen: Pen) -> _Filled:
        """As much of a block as there is room for."""
        part: Block | None = block
        while part is not None:
            drawn = _block(part, before, pen)
            bytes_, components_ = weight(drawn), components(drawn)
            if bytes_ <= self.bytes and components_ <= self.components:
                self.bytes -= bytes_
                self.components -= components_
                return _Filled(drawn, is_cut=part is not block)
            part = _half(part, pen)
        return _Filled([], is_cut=True)


def _half(block: Block, pen: Pen) -> Block | None:
    """The first half of a block, or None where it cannot be divided."""
    match block:
        case Paragraph(text) | Note(text) | Heading(text):
            said = plain(text, replace(pen.reader, lang=pen.home))
            return replace(block, text=f"{said[: len(said) // 2]}…") if len(said) > _SHORT else None
        case Quote(text):
            return Quote(f"{text[: len(text) // 2]}…") if len(text) > _SHORT else None
        case Fields(pairs):
            return Fields(pairs[: len(pairs) // 2]) if len(pairs) > 1 else None
        case Entries(entries, more):
            half = len(entries) // 2
            return Entries(entries[:half], more + len(entries) - half) if half else None
        case Table(columns, rows):
            return Table(columns, rows[: len(rows) // 2]) if len(rows) > 1 else None
        case Buttons(buttons):
            return Buttons(buttons[: len(buttons) // 2]) if len(buttons) > 1 else None
        case Progress() | Divider() | Form():
            return None
        case _:
            assert_never(block)


# Blocks.


def _counts(blocks: Sequence[Block]) -> Iterator[_Before]:
    """For each block, what is counted above it."""
    before = _Before()
    for block in blocks:
        yield before
        before = _Before(
            before.tables + isinstance(block, Table),
            before.charts + isinstance(block, Progress),
            before.forms + isinstance(block, Form),
        )


def _blocks(blocks: Sequence[Block], pen: Pen) -> list[Node]:
    numbered = zip(blocks, _counts(blocks), strict=True)
    return [node for block, before in numbered for node in _block(block, before, pen)]


def _block(block: Block, before: _Before, pen: Pen) -> list[Node]:
    """A block as elements for the root of a card."""
    match block:
        case Paragraph(text):
            return [elements.markdown(text, pen)]
        case Quote(text):
            return blocks.quote(text)
        case Note(text):
            return [blocks.small(text, pen)]
        case Heading(text):
            return [blocks.heading(text, pen)]
        case Fields(pairs):
            return blocks.fields(pairs, pen)
        case Progress():
            return blocks.progress(block, pen, is_chart=before.charts < CHARTS)
        case Entries(entries, more):
            return blocks.entries(entries, more, pen)
        case Table(columns=()):
            return []
        case Table():
            is_native = before.tables < TABLES
            return [tables.table(block, pen) if is_native else tables.written(block, pen)]
        case Divider():
            return [{"tag": "hr"}]
        case Buttons(buttons):
            return [elements.row([elements.button(b, pen) for b in buttons])] if buttons else []
        case Form():
            titled = elements.markdown(block.title, pen, text_size="heading")
            return [titled, forms.container(block, pen, {}, number=before.forms)]
        case _:
            assert_never(block)
