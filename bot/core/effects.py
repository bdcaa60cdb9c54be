"""Effects: what Muster does in a chat. Rows of the outbox, performed by an adapter.

Every effect says where (`Address`, `User`), carries only plain values, and has a key that no other
effect ever has, so that a platform which knows idempotency keys can be handed it and one which
does not can be probed. Effects to the same `lane` leave in the order in which they were written.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Discriminator, TypeAdapter

from bot.core.chat import Card
from bot.core.commands import AnyCommand, Command
from bot.core.text import Inline, Reader


@dataclass(frozen=True, slots=True)
class Address:
    """A channel of a workspace, by the platform's own ids; `thread` is a message in it."""

    platform: str
    workspace: str
    channel: str
    thread: str | None = None


@dataclass(frozen=True, slots=True)
class User:
    """A person of a workspace, by the platform's own id."""

    platform: str
    workspace: str
    user: str


@dataclass(frozen=True, slots=True)
class Home:
    """A workspace as a whole, by the platform's own id: where there is no channel yet."""

    platform: str
    workspace: str


@dataclass(frozen=True, slots=True)
class Quoted:
    """A message as it stood: where, whose (the platform's user id), what it said, and when.

    `text` is plain, with people as `<@user id>`; `link` opens the message, "" where there is none.
    """

    channel: str
    message: str
    author: str
    text: str
    at: datetime
    link: str = ""
    thread: str | None = None
    #: What the people mentioned in it are called, as far as the platform says.
    names: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What came of an effect: the platform's id of what was made, and what did not work.

    `refused` maps a user's id to the platform's word for why they could not be invited; `link`
    opens what was made, for those who may see it; `quoted` is the message that was read; `channel`
    is where a direct message stands.
    """

    id: str = ""
    name: str = ""
    refused: dict[str, str] = field(default_factory=dict)
    link: str = ""
    quoted: Quoted | None = None
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """An effect will not happen: the platform's word for why."""

    code: str


@dataclass(frozen=True, slots=True)
class CreateChannel:
    """Make a channel. `name` is a slug (a-z 0-9 - _, ≤ 80), `title` what people call it.

    Receipt: the channel's id and the name it really got.
    """

    to: Home
    name: str
    title: str
    topic: str = ""
    private: bool = False
    then: AnyCommand | None = None
    type: Literal["create_channel"] = "create_channel"


@dataclass(frozen=True, slots=True)
class Invite:
    """Bring people into a channel. Receipt: those who could not be."""

    to: Address
    users: tuple[str, ...]
    then: AnyCommand | None = None
    type: Literal["invite"] = "invite"


@dataclass(frozen=True, slots=True)
class Remove:
    """Take somebody out of a channel; harmless if they are not in it."""

    to: Address
    user: str
    then: AnyCommand | None = None
    type: Literal["remove"] = "remove"


@dataclass(frozen=True, slots=True)
class Describe:
    """Give a channel its title and topic."""

    to: Address
    title: str
    topic: str
    then: AnyCommand | None = None
    type: Literal["describe"] = "describe"


@dataclass(frozen=True, slots=True)
class PostCard:
    """Post a card. Receipt: the message's id.

    A card that is to be kept up to date names what it shows as `live` ("room:7"): its content is
    then drawn anew at the moment of sending, and redrawn whenever that is refreshed.
    """

    to: Address
    card: Card
    reader: Reader
    live: str | None = None
    then: AnyCommand | None = None
    type: Literal["post_card"] = "post_card"


@dataclass(frozen=True, slots=True)
class UpdateCard:
    """Redraw a card in place. Receipt: its message, another one if it had to be posted anew."""

    to: Address
    message: str
    card: Card
    reader: Reader
    then: AnyCommand | None = None
    type: Literal["update_card"] = "update_card"


@dataclass(frozen=True, slots=True)
class RedrawCard:
    """Redraw a live card from what it shows *now*; several in a row collapse into one.

    The worker turns it into an `UpdateCard`; no adapter ever sees it.
    """

    to: Address
    message: str
    live: str
    reader: Reader
    then: AnyCommand | None = None
    type: Literal["redraw_card"] = "redraw_card"


@dataclass(frozen=True, slots=True)
class Pin:
    """Pin a message of the channel."""

    to: Address
    message: str
    then: AnyCommand | None = None
    type: Literal["pin"] = "pin"


@dataclass(frozen=True, slots=True)
class DirectMessage:
    """Post a card to one person alone. Receipt: the message's id, and the channel that it is in.

    `live` is as in `PostCard`; where the platform does not say the channel, it stays as it is.
    """

    to: User
    card: Card
    reader: Reader
    live: str | None = None
    then: AnyCommand | None = None
    type: Literal["direct_message"] = "direct_message"


@dataclass(frozen=True, slots=True)
class Tell:
    """Show a card to one person alone, in a channel; in private where that cannot be done there."""

    to: Address
    user: str
    card: Card
    reader: Reader
    then: AnyCommand | None = None
    type: Literal["tell"] = "tell"


@dataclass(frozen=True, slots=True)
class PublishHome:
    """Draw somebody's own page anew, from what `live` shows *now*; several collapse into one.

    `card` is what stands there until then; an adapter gets it filled in.
    """

    to: User
    live: str
    card: Card
    reader: Reader
    then: AnyCommand | None = None
    type: Literal["publish_home"] = "publish_home"


@dataclass(frozen=True, slots=True)
class ReadMessage:
    """Read a message as it stands. Receipt: `quoted`.

    `to` is a workspace where the platform names messages without their channel.
    """

    to: Address | Home
    message: str
    then: AnyCommand | None = None
    type: Literal["read_message"] = "read_message"


@dataclass(frozen=True, slots=True)
class Archive:
    """Archive a channel; harmless if it is."""

    to: Address
    then: AnyCommand | None = None
    type: Literal["archive"] = "archive"


@dataclass(frozen=True, slots=True)
class Bookmark:
    """Keep a link at the top of a channel, in place of the one that had the same title."""

    to: Address
    title: str
    url: str
    then: AnyCommand | None = None
    type: Literal["bookmark"] = "bookmark"


@dataclass(frozen=True, slots=True)
class Urgent:
    """Press a message of Muster's on people of its channel, as loudly as `how` says (加急).

    Permanent("not_supported") where a platform has nothing of the kind.
    """

    to: Address
    message: str
    users: tuple[str, ...]
    how: Literal["app", "sms", "phone"] = "app"
    then: AnyCommand | None = None
    type: Literal["urgent"] = "urgent"


@dataclass(frozen=True, slots=True)
class SendFile:
    """Deliver a file that is written at the moment of sending, by the exporter called `export`.

    `query` is what that exporter takes; `note` is said beside the file. With `as_document` it
    becomes a document of the platform's own (from Markdown), where it has any.
    Receipt: `link` opens the file or the document.
    """

    to: Address | User
    export: str
    query: dict[str, Any]
    filename: str
    note: Inline
    reader: Reader
    as_document: bool = False
    then: AnyCommand | None = None
    type: Literal["send_file"] = "send_file"


Effect = (
    CreateChannel
    | Invite
    | Remove
    | Describe
    | PostCard
    | UpdateCard
    | RedrawCard
    | Pin
    | DirectMessage
    | Tell
    | PublishHome
    | ReadMessage
    | Archive
    | Bookmark
    | Urgent
    | SendFile
)


def lane(effect: Effect) -> str:
    """Where an effect waits in line: its channel, its person, or its workspace.

    What only one person sees, or nobody, need not wait for what the channel is told.
    """
    if isinstance(effect, Tell):
        return f"{effect.to.platform}/{effect.to.workspace}/{effect.to.channel}@{effect.user}"
    if isinstance(effect, PublishHome):
        return f"{effect.to.platform}/{effect.to.workspace}/@{effect.to.user}/home"
    if isinstance(effect, ReadMessage):
        return f"{effect.to.platform}/{effect.to.workspace}/read/{effect.message}"
    match effect.to:
        case Address(platform, workspace, channel):
            return f"{platform}/{workspace}/{channel}"
        case User(platform, workspace, user):
            return f"{platform}/{workspace}/@{user}"
        case Home(platform, workspace):
            return f"{platform}/{workspace}"


_effect: TypeAdapter[Effect] = TypeAdapter(Annotated[Effect, Discriminator("type")])


def dump_effect(effect: Effect) -> bytes:
    """`effect` as JSON."""
    return _effect.dump_json(effect)


def load_effect(payload: bytes | str, commands: dict[str, type[Command]]) -> Effect:
    """What `dump_effect` wrote; ValueError if it is something else."""
    return _effect.validate_json(payload, context={"commands": commands})


_card: TypeAdapter[Card] = TypeAdapter(Card)


def dump_card(card: Card) -> bytes:
    """`card` as JSON, without any reader's language."""
    return _card.dump_json(card)


def load_card(payload: bytes | str, commands: dict[str, type[Command]]) -> Card:
    """What `dump_card` wrote; ValueError if it is something else."""
    return _card.validate_json(payload, context={"commands": commands})
