"""Between Muster and a chat platform: what comes in, what is answered, what an adapter must do.

An adapter turns what its platform sends into an `Incoming`, hands it to the door, and shows the
`Answer` on the same interaction. Everything else reaches it as effects, through `perform`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from bot.core.chat import Button, Card, Form
from bot.core.commands import dump
from bot.core.effects import Address, Effect, Receipt, SendFile
from bot.core.events import Event
from bot.core.text import Language, Reader


@dataclass(frozen=True, slots=True)
class Sender:
    """Who did it, as far as the platform says with the delivery itself."""

    user: str
    name: str = ""
    lang: Language | None = None
    zone: str | None = None
    #: Whether the platform says that they administer the workspace.
    is_admin: bool = False


@dataclass(frozen=True, slots=True)
class Typed:
    """Somebody wrote to Muster: a slash command with its slash, or words that were meant for it.

    The text is plain and unescaped, its line breaks kept; people mentioned in it stand as
    `<@user id>`, and `names` says what they are called.
    """

    text: str
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pressed:
    """Somebody pressed a button: `payload` is what `encode` made, `message` where it stood."""

    payload: object
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Submitted:
    """Somebody sent a form: a value for each field by its name, people as user ids."""

    command: str
    values: Mapping[str, str | tuple[str, ...]]
    kept: Mapping[str, str] = field(default_factory=dict)
    #: What the people in it are called, as far as the platform says.
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Happened:
    """Something happened in a channel; the sender is who did it."""

    event: Event


@dataclass(frozen=True, slots=True)
class Incoming:
    """One delivery. `delivery` is the same when the platform delivers the same thing again."""

    platform: str
    workspace: str
    delivery: str
    sender: Sender
    what: Typed | Pressed | Submitted | Happened
    #: Where it happened. In a direct conversation `is_direct` is true.
    place: Address | None = None
    is_direct: bool = False


@dataclass(frozen=True, slots=True)
class Say:
    """Tell it to the one who asked, and to nobody else."""

    card: Card


@dataclass(frozen=True, slots=True)
class Redraw:
    """Replace the card whose button was pressed."""

    card: Card


@dataclass(frozen=True, slots=True)
class ShowForm:
    """Open a form; in answer to a submitted form, show it again with its errors."""

    form: Form


Reply = Say | Redraw | ShowForm


@dataclass(frozen=True, slots=True)
class Answer:
    """What to show at once, and for whom. No reply: the delivery is done with, quietly."""

    reply: Reply | None
    reader: Reader


Handle = Callable[[Incoming], Awaitable[Answer]]


class Adapter(Protocol):
    """A chat platform."""

    #: Its name in addresses: "slack".
    name: str

    async def run(self, handle: Handle) -> None:
        """Take in what the platform sends, until cancelled."""

    async def perform(self, effect: Effect, key: str) -> Receipt:
        """Do it. Raises `Temporary` or `Permanent`; anything else counts as Temporary."""


@runtime_checkable
class TellsReadiness(Protocol):
    """Needs a while before it hears its platform. Without it, it counts as ready at once."""

    #: Set while it listens.
    ready: asyncio.Event


@runtime_checkable
class ProbesDelivery(Protocol):
    """Can find out whether an effect has already happened.

    Without it, a doubtful effect is performed again with the same key.
    """

    async def probe(self, effect: Effect, key: str) -> Receipt | None:
        """The receipt of `effect` if it has happened, else None."""


@runtime_checkable
class SendsFiles(Protocol):
    """Can deliver a file. Without it, the person is told where else to get it."""

    async def send_file(self, effect: SendFile, key: str, content: Path) -> Receipt:
        """Deliver the file at `content`, which is deleted afterwards. Raises as `perform`."""


def encode(button: Button) -> dict[str, Any]:
    """A button's payload: its command, and whether it opens that command's form."""
    payload = dump(button.command)
    return {**payload, "form": True} if button.opens_form else payload
