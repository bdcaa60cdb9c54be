"""Text that people see: a message id with values, so that each reader gets their own language.

`t("Room {key} is open", key=Strong("WR-7"))` builds a `Msg`; nothing is translated until a renderer
knows who reads. What people typed travels as a plain `str` value: every renderer escapes it, and
only the classes below ever become a mention, a link or a time. That is why no text typed by anybody
can ping a channel.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, PlainSerializer, PlainValidator
from pydantic_core import core_schema

Language = Literal["en", "zh"]
#: How several values are joined in a sentence.
Joint = Literal["and", "or"]
#: How a place speaks: one language, or both one after the other.
Speech = Literal["en", "zh", "both"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom a text is drawn: their language and their IANA time zone.

    `prefix` is for platforms that take the slash commands which they were told of, and no other: it
    stands before their English names. None where commands can be typed in any language.
    """

    lang: Speech = "en"
    zone: str = "UTC"
    #: Of the place where the text is drawn, so its adapter says so; it is kept nowhere.
    prefix: Annotated[str | None, Field(exclude=True)] = None


@dataclass(frozen=True, slots=True)
class Mention:
    """A person. `user` is the platform's own id, `name` is for where a mention cannot be drawn."""

    user: str
    name: str


@dataclass(frozen=True, slots=True)
class When:
    """An instant (aware, UTC), drawn in the reader's time zone and language."""

    at: datetime
    style: Literal["datetime", "date", "time"] = "datetime"


@dataclass(frozen=True, slots=True)
class Strong:
    """Text to stress: a key, a title."""

    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """Something to type or copy, letter by letter."""

    text: str


@dataclass(frozen=True, slots=True)
class Slash:
    """A command to type, and what follows it: each reader sees it as they can type it.

    Renderers are handed `Code`: which name it goes by depends on their language and their place.
    """

    #: As in `commands.Spec`: "warroom open".
    path: str
    rest: AnyInline = ""


@dataclass(frozen=True, slots=True)
class Either:
    """What the two languages say each in its own way, without a sentence to be translated."""

    en: AnyInline
    zh: AnyInline


@dataclass(frozen=True, slots=True)
class Link:
    """A web address (http or https) with a label.

    `words` stand in place of the label where it should be in the reader's language; renderers are
    handed a link with its label only.
    """

    url: str
    label: str
    words: Msg | None = None


@dataclass(frozen=True, slots=True)
class ChannelLink:
    """A channel of the same workspace; `name` is for where it cannot be drawn as a link."""

    channel: str
    name: str


@dataclass(frozen=True, slots=True)
class Seq:
    """Several values in one sentence: "a, b and c", 「甲、乙 和 丙」."""

    values: tuple[AnyInline, ...]
    joint: Joint = "and"


@dataclass(frozen=True, slots=True)
class Msg:
    """A message id (the English sentence) with its values, and a plural form where it counts."""

    id: str
    values: Mapping[str, AnyInline] = field(default_factory=dict)
    #: The English plural; the count is `values["n"]`.
    plural: str | None = None

    @classmethod
    def __get_pydantic_core_schema__(cls, *_: object) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            load_msg,
            serialization=core_schema.plain_serializer_function_ser_schema(dump_inline),
        )


AnyInline = (
    str
    | int
    | float
    | Msg
    | Mention
    | When
    | Strong
    | Code
    | Link
    | ChannelLink
    | Seq
    | Slash
    | Either
)


def dump_inline(value: AnyInline) -> Any:  # noqa: C901, PLR0911  one case a kind
    """`value` as JSON values: text and numbers as they are, the rest as [tag, …]."""
    match value:
        case Msg(id=sentence, values=values, plural=plural):
            return ["msg", sentence, {k: dump_inline(v) for k, v in values.items()}, plural]
        case Mention(user, name):
            return ["mention", user, name]
        case When(at, style):
            return ["when", at.isoformat(), style]
        case Strong(words):
            return ["strong", words]
        case Code(words):
            return ["code", words]
        case Slash(path, rest):
            return ["slash", path, dump_inline(rest)]
        case Either(en, zh):
            return ["either", dump_inline(en), dump_inline(zh)]
        case Link(url, label, None):
            return ["link", url, label]
        case Link(url, label, Msg() as words):
            return ["link", url, label, dump_inline(words)]
        case ChannelLink(channel, name):
            return ["channel", channel, name]
        case Seq(parts, joint):
            return ["seq", [dump_inline(part) for part in parts], joint]
        case _:
            return value


_LOADERS: dict[str, Callable[..., AnyInline]] = {
    "msg": lambda sentence, values, plural: Msg(
        sentence, {k: load_inline(v) for k, v in values.items()}, plural
    ),
    "mention": Mention,
    "when": lambda at, style: When(datetime.fromisoformat(at), style),
    "strong": Strong,
    "code": Code,
    "slash": lambda path, rest: Slash(path, load_inline(rest)),
    "either": lambda en, zh: Either(load_inline(en), load_inline(zh)),
    "link": lambda url, label, words=None: Link(
        url, label, None if words is None else load_msg(words)
    ),
    "channel": ChannelLink,
    "seq": lambda parts, joint="and": Seq(tuple(load_inline(part) for part in parts), joint),
}


def load_inline(value: Any) -> AnyInline:
    """What `dump_inline` made JSON of; ValueError if it is something else."""
    match value:
        case str() | int() | float() | Msg() | Mention() | When():
            return value
        case Strong() | Code() | Link() | ChannelLink() | Seq() | Slash() | Either():
            return value
        case [str(tag), *parts] if tag in _LOADERS:
            return _LOADERS[tag](*parts)
        case _:
            message = f"not a text: {type(value).__name__}"
            raise ValueError(message)


def load_msg(value: Any) -> Msg:
    """As `load_inline`, for where only a `Msg` will do."""
    loaded = load_inline(value)
    if not isinstance(loaded, Msg):
        message = f"not a message: {type(loaded).__name__}"
        raise ValueError(message)  # noqa: TRY004  pydantic reports only ValueError as bad input
    return loaded


#: A value inside a text, and what each of them is in stored JSON.
Inline = Annotated[AnyInline, PlainValidator(load_inline), PlainSerializer(dump_inline)]


def t(message: str, /, **values: AnyInline) -> Msg:
    """Mark `message` for translation and give it its values."""
    return Msg(message, values)


def tn(one: str, many: str, n: int, /, **values: AnyInline) -> Msg:
    """Mark a sentence that counts; `{n}` is the count."""
    return Msg(one, {"n": n, **values}, plural=many)
