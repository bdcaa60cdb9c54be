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
from bot.core.effects import Address, Effect, Quoted, Receipt, SendFile
from bot.core.errors import MusterError
from bot.core.events import Event, Finding
from bot.core.text import Language, Reader


@dataclass(frozen=True, slots=True)
class Sender:
    """Who did it, as far as the platform says with the delivery itself."""

    user: str
    name: str = ""
    lang: Language | None = None
    zone: str | None = None
    #: Whether they administer the workspace, where the platform says so; None where it does not,
    #: and the first person to come does.
    is_admin: bool | None = None
    #: Whether they are of another organisation, or a guest; None where the platform does not say.
    is_outsider: bool | None = None
    #: False while the adapter has not asked the platform about them: see `Unacquainted`.
    is_known: bool = True


@dataclass(frozen=True, slots=True)
class Typed:
    """Somebody wrote to Muster: a slash command with its slash, or words that were meant for it.

    The text is plain and unescaped, its line breaks kept; people mentioned in it stand as
    `<@user id>`, and `names` says what they are called.
    """

    text: str
    names: Mapping[str, str] = field(default_factory=dict)
    #: It was not meant for Muster: written in a thread below a message of Muster's. A feature may
    #: take it (`events.Unaddressed`); else nothing is answered.
    is_overheard: bool = False
    #: What stands before the names of slash commands here, and stood there too; not in `text`.
    prefix: str = ""

    @property
    def written(self) -> str:
        """The text as it was typed, for when it is quoted to them."""
        return f"/{self.prefix}{self.text[1:]}" if self.prefix else self.text


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
class Picked:
    """Somebody chose, in the menu of a message, to make something of it with `command`."""

    command: str
    quoted: Quoted


@dataclass(frozen=True, slots=True)
class Happened:
    """Something happened in a channel; the sender is who did it."""

    event: Event


@dataclass(frozen=True, slots=True)
class PutOff:
    """Something that is to be noted for now, and acknowledged: to carry it out would take too long.

    It comes again as what it is, with the same `delivery`: from the adapter, or, should this
    process end before, from that of another, which `ResumesDeliveries` with what was `waiting`.
    """

    #: What the platform brought, as the adapter will read it.
    waiting: str


@dataclass(frozen=True, slots=True)
class Unshown:
    """A reply that could not be shown where it was asked for: it becomes an effect."""

    reply: Reply
    #: The message whose button was pressed.
    message: str | None = None


#: What somebody did, or what the platform says has happened.
What = Typed | Pressed | Submitted | Picked | Happened | PutOff | Unshown


@dataclass(frozen=True, slots=True)
class Incoming:
    """One delivery. `delivery` is the same when the platform delivers the same thing again."""

    platform: str
    workspace: str
    delivery: str
    sender: Sender
    what: What
    #: Where it happened. In a direct conversation `is_direct` is true.
    place: Address | None = None
    is_direct: bool = False
    #: False where the platform has no way to answer at once: the answer becomes an effect.
    is_answerable: bool = True


class Unacquainted(MusterError):  # noqa: N818  as the errors of the core
    """To answer, Muster must know the sender better: look them up, and deliver it again.

    Nothing was done. Raised only for a sender who `is_known` no more than by their id, and only
    where it matters: a date in their local time, what only administrators may do, or the language
    of an answer that becomes a message, which nobody can say again.
    """


@dataclass(frozen=True, slots=True)
class Say:
    """Tell it to the one who asked, and to nobody else."""

    card: Card
    #: What was asked was not done.
    is_refusal: bool = False


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
class TellsTrouble(Protocol):
    """May listen, and yet be of no use as it is set up."""

    def trouble(self) -> str:
        """What is wrong, in a few words for whoever looks after it; empty if nothing is."""


@runtime_checkable
class HoldsConnection(Protocol):
    """May be reached through a connection that it opened itself."""

    @property
    def is_connected_to(self) -> bool:
        """Whether it is to be reached so, as it is set up; which of the replicas is another."""

    def connection_age(self) -> float | None:
        """Seconds that it has stood, the youngest of several; None while there is none."""


@runtime_checkable
class ResumesDeliveries(Protocol):
    """Notes deliveries before it brings them (`PutOff`)."""

    async def resume(self, workspace: str, waiting: str) -> None:
        """Bring what was noted. What cannot be brought now stays noted. Raises nothing."""


@runtime_checkable
class RemembersPeople(Protocol):
    """Remembers for a while what its platform says of people."""

    def forget(self, workspace: str, user: str) -> None:
        """They have changed, as another replica was told."""


@runtime_checkable
class ProbesDelivery(Protocol):
    """Can find out whether an effect has already happened.

    Without it, a doubtful effect is performed again with the same key.
    """

    async def probe(self, effect: Effect, key: str) -> Receipt | None:
        """The receipt of `effect` if it has happened, else None."""


class Vault(Protocol):
    """Keeps what a platform entrusted to Muster for a workspace, encrypted at rest.

    All raise Unavailable when the database is away, `open` Sealed where no key fits.
    """

    async def keep(self, platform: str, workspace: str, text: str) -> None:
        """Keep `text`, in place of what was kept before."""

    async def open(self, platform: str, workspace: str) -> str | None:
        """What is kept; None if nothing is."""

    async def forget(self, platform: str, workspace: str) -> None:
        """Keep nothing any more."""

    async def workspaces(self, platform: str) -> list[str]:
        """The workspaces of which something is kept."""


@runtime_checkable
class ServesWeb(Protocol):
    """Is reached over HTTP."""

    def routes(self) -> list[Any]:
        """Its Starlette routes."""


@runtime_checkable
class ExaminesItself(Protocol):
    """Can say for `muster doctor` whether all is well with its platform."""

    async def examine(self, channels: Mapping[str, Mapping[str, str]]) -> list[Finding]:
        """What was found, in words that say what to do. Raises nothing.

        `channels` are those that Muster should be in: by workspace, their ids and what is in them.
        """


@runtime_checkable
class SendsFiles(Protocol):
    """Can deliver a file. Without it, the person is told where else to get it."""

    async def send_file(self, effect: SendFile, key: str, content: Path) -> Receipt:
        """Deliver the file at `content`, which is deleted afterwards. Raises as `perform`."""


def encode(button: Button) -> dict[str, Any]:
    """A button's payload: its command, and whether it opens that command's form."""
    payload = dump(button.command)
    return {**payload, "form": True} if button.opens_form else payload
