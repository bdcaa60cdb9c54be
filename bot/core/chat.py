"""Cards: what Muster shows in a chat, as intent and not as looks.

`Block` is a closed union. Each platform's `render.py` matches on it and ends in `assert_never`, so
a new block does not type-check until every platform can draw it. Nothing here knows about mrkdwn,
hex colours or JSON.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Discriminator

from bot.core.commands import AnyCommand
from bot.core.text import Inline, Msg


class Tone(StrEnum):
    """What a card or a button means; the platform picks the colour."""

    NEUTRAL = "neutral"
    INFO = "info"
    GOOD = "good"
    WARNING = "warning"
    DANGER = "danger"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Button:
    """Runs `command` as whoever presses it, exactly as if they had typed it.

    With `opens_form` the press opens the command's form, filled in with the command's values,
    instead of running it.
    """

    label: Msg
    command: AnyCommand
    tone: Tone = Tone.NEUTRAL
    #: Asked before the command is run.
    confirm: Msg | None = None
    opens_form: bool = False


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph. Line breaks in what people typed are kept."""

    text: Inline
    type: Literal["paragraph"] = "paragraph"


@dataclass(frozen=True, slots=True)
class Quote:
    """Something a person wrote, set apart; may be very long."""

    text: str
    type: Literal["quote"] = "quote"


@dataclass(frozen=True, slots=True)
class Note:
    """Small print."""

    text: Inline
    type: Literal["note"] = "note"


@dataclass(frozen=True, slots=True)
class Heading:
    """The title of a section inside a card."""

    text: Inline
    type: Literal["heading"] = "heading"


@dataclass(frozen=True, slots=True)
class Fields:
    """Labels and short values, drawn in two columns where there is room."""

    pairs: tuple[tuple[Msg, Inline], ...]
    type: Literal["fields"] = "fields"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far something has come: `share` is 0…1 (clipped when drawn), `text` says it in words."""

    label: Inline
    share: float
    text: Inline
    type: Literal["progress"] = "progress"


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a list, with what can be done about it: one button shows, more are a menu."""

    text: Inline
    note: Inline | None = None
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True)
class Entries:
    """A list. `more` counts those that are not shown."""

    entries: tuple[Entry, ...]
    more: int = 0
    type: Literal["entries"] = "entries"


@dataclass(frozen=True, slots=True)
class Table:
    """A small table; every row has as many cells as there are columns."""

    columns: tuple[Msg, ...]
    rows: tuple[tuple[Inline, ...], ...]
    type: Literal["table"] = "table"


@dataclass(frozen=True, slots=True)
class Divider:
    """A line between sections."""

    type: Literal["divider"] = "divider"


@dataclass(frozen=True, slots=True)
class Buttons:
    """Buttons in one row, the most likely first."""

    buttons: tuple[Button, ...]
    type: Literal["buttons"] = "buttons"


class FieldKind(StrEnum):
    """How a field of a form is filled in."""

    LINE = "line"
    LONG = "long"
    SELECT = "select"
    PERSON = "person"
    PEOPLE = "people"
    WHEN = "when"
    NUMBER = "number"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a select: `value` is what is submitted, `words` what people may type for it."""

    value: str
    label: Msg
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FormField:
    """One input. `value` holds what it starts with: text, or user ids for people ("" for none)."""

    name: str
    kind: FieldKind
    label: Msg
    required: bool = False
    value: str | tuple[str, ...] = ""
    choices: tuple[Choice, ...] = ()
    hint: Msg | None = None
    error: Msg | None = None
    max_length: int = 3000
    #: The heading of the part of the form that begins with this field.
    section: Msg | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """A form that, submitted, becomes the command called `command`.

    `kept` are parameters that the form does not show but hands back (for example the item that it
    is about), already encoded as text.
    """

    command: str
    title: Msg
    fields: tuple[FormField, ...]
    submit: Msg
    kept: dict[str, str] = field(default_factory=dict)
    intro: Msg | None = None
    type: Literal["form"] = "form"

    @property
    def parts(self) -> tuple[tuple[FormField, ...], ...]:
        """The fields, those of a section together: one part where there are no sections."""
        found: list[list[FormField]] = []
        for each in self.fields:
            if each.section is not None or not found:
                found.append([])
            found[-1].append(each)
        return tuple(tuple(part) for part in found)


AnyBlock = (
    Paragraph
    | Quote
    | Note
    | Heading
    | Fields
    | Progress
    | Entries
    | Table
    | Divider
    | Buttons
    | Form
)
Block = Annotated[AnyBlock, Discriminator("type")]


@dataclass(frozen=True, slots=True)
class Card:
    """A message with a shape. `title` also serves as the notification text."""

    title: Msg
    blocks: tuple[Block, ...] = ()
    tone: Tone = Tone.NEUTRAL


def line(text: Msg, tone: Tone = Tone.NEUTRAL) -> Card:
    """A card of one sentence, for what needs no more."""
    return Card(text, (), tone)
