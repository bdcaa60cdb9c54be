"""Commands: values that name what somebody asked for, defined once.

One definition of a command yields its text syntax in both languages, its help, its form on every
platform, its button payload and its page in the reference. The use-case that carries it out is
registered beside it by its feature.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal, TypeVar, dataclass_transform

from pydantic import PlainSerializer, PlainValidator, TypeAdapter, ValidationInfo

from bot.core.keys import DecisionKey, ItemKey, Key, RoomKey
from bot.core.text import Msg, t


class Kind(StrEnum):
    """What a parameter is made of, and so how it is parsed and which input a form gives it."""

    REST = "rest"  # the rest of the line, as it was typed
    LINE = "line"  # one line of text, an option
    LONG = "long"  # many lines of text, an option
    PERSON = "person"
    PEOPLE = "people"
    WHEN = "when"
    CHOICE = "choice"
    NUMBER = "number"
    FLAG = "flag"
    KEY = "key"
    SOURCE = "source"  # the message that it is made of: `sources.Source`, as text
    ANSWERS = "answers"  # what stood in a form that its feature drew, by the names of its fields


class Needs(StrEnum):
    """Who may ask for it, as far as the command alone can tell; rooms decide the rest.

    Anyone may be of another organisation, or a guest; an insider belongs to the workspace.
    """

    ANYONE = "anyone"
    INSIDER = "insider"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a choice: its name, its label, and more words for it in either language."""

    value: Any
    label: Msg
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter of a command, as its field's metadata."""

    kind: Kind
    label: Msg
    hint: Msg | None = None
    #: Chinese (and further) names for the option, without dashes: `--级别 1`, `级别1`.
    also: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    key: type[Key] | None = None
    #: Taken from its place in the line; everything else is `--name value`.
    positional: bool = False
    max_length: int = 200
    #: Shown in forms.
    in_form: bool = True
    #: Typed, and shown in help; what only buttons say (the next page) is not.
    is_listed: bool = True
    #: Line breaks in it become spaces: a title.
    one_line: bool = False
    #: What of a message it is filled in with: its first line, what follows that, all of it.
    quotes: Literal["", "first", "rest", "all"] = ""
    required: bool = False
    name: str = ""

    @property
    def flag(self) -> str:
        """The option as it is typed: `next_update` is `--next-update`."""
        return self.name.replace("_", "-")


class Command:
    """What somebody asked for; the same value comes from text, a form, a button or a test."""

    __slots__ = ()
    spec: ClassVar[Spec]


class Step(Command):
    """A command of Muster's own, dispatched by the worker: never typed, never pressed.

    Those that continue an effect have a field `receipt`, filled in with what became of it.
    """

    __slots__ = ()


#: What the button of a form says that has nothing better to say.
SEND = t("Send")


@dataclass(frozen=True, slots=True)
class Spec:
    """The definition of a command."""

    #: Its words after the slash: "warroom open". Its identity in payloads, never to be reused.
    path: str
    summary: Msg
    #: Other ways to say it, in either language: "攻关 开".
    also: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    details: Msg | None = None
    needs: Needs = Needs.ANYONE
    #: Whether the command can be typed; steps cannot.
    public: bool = True
    #: Asked for without its values, it opens its form (where forms can be opened).
    form: bool = True
    #: What its slash command alone stands for.
    bare: bool = False
    #: Said alone it opens its form, though nothing that it needs is missing.
    asks: bool = False
    #: Its form is drawn by its feature (`events.DrawForm`), and not made of its parameters.
    draws: bool = False
    #: The form's submit button.
    submit: Msg = SEND
    #: What it is called in the menu of a message (at most 24 characters in Slack): it can be made
    #: of a message, at once or through its form.
    on_message: Msg | None = None
    at_once: bool = False
    #: Emoji (short names) that make it of the message they are put on, in a room.
    emoji: tuple[str, ...] = ()
    params: tuple[Param, ...] = ()

    @property
    def root(self) -> str:
        """The slash command that it belongs to."""
        return self.path.partition(" ")[0]


def _params(cls: type[Command]) -> tuple[Param, ...]:
    found = []
    for each in fields(cls):  # type: ignore[arg-type]  # every command is a dataclass
        param: Param | None = each.metadata.get("param")
        if param is not None:
            required = each.default is MISSING and each.default_factory is MISSING
            values = {name: getattr(param, name) for name in Param.__slots__}
            found.append(Param(**{**values, "name": each.name, "required": required}))
    return tuple(found)


def text(label: Msg, *, default: Any = MISSING, **more: Any) -> Any:
    """One line of text."""
    return _field(Param(Kind.LINE, label, **more), default)


def long(label: Msg, *, default: Any = MISSING, max_length: int = 20_000, **more: Any) -> Any:
    """Text of any length up to `max_length` characters."""
    return _field(Param(Kind.LONG, label, max_length=max_length, **more), default)


def rest(label: Msg, *, default: Any = MISSING, **more: Any) -> Any:
    """All words that are no option: the sentence itself."""
    return _field(Param(Kind.REST, label, positional=True, **more), default)


def person(label: Msg, *, default: Any = MISSING, **more: Any) -> Any:
    """A person: in the command, the id of their row."""
    return _field(Param(Kind.PERSON, label, **more), default)


def people(label: Msg, *, default: Any = MISSING, **more: Any) -> Any:
    """Several people: in the command, a tuple of the ids of their rows."""
    return _field(Param(Kind.PEOPLE, label, **more), default)


def when(label: Msg, *, default: Any = MISSING, **more: Any) -> Any:
    """An instant: in the command, an aware datetime in UTC."""
    return _field(Param(Kind.WHEN, label, **more), default)


def choice(label: Msg, options: Iterable[Option], *, default: Any = MISSING, **more: Any) -> Any:
    """One of `options`: in the command, its `value`."""
    return _field(Param(Kind.CHOICE, label, options=tuple(options), **more), default)


def number(label: Msg, *, default: Any = MISSING, **more: Any) -> Any:
    """A finite number: in the command, a float."""
    return _field(Param(Kind.NUMBER, label, **more), default)


def flag(label: Msg, *, default: bool, **more: Any) -> Any:
    """Yes when given."""
    return _field(Param(Kind.FLAG, label, **more), default)


def room_key(*, default: Any = MISSING, positional: bool = True, in_form: bool = False) -> Any:
    """Which room, for when a command is not given in it."""
    param = Param(
        Kind.KEY, t("Room"), key=RoomKey, also=("群",), positional=positional, in_form=in_form
    )
    return _field(param, default)


def item_key(*, default: Any = MISSING) -> Any:
    """Which item."""
    return _field(Param(Kind.KEY, t("Item"), key=ItemKey, positional=True), default)


def decision_key(*, default: Any = MISSING) -> Any:
    """Which decision."""
    return _field(Param(Kind.KEY, t("Decision"), key=DecisionKey, positional=True), default)


def decision_option(label: Msg, *, also: tuple[str, ...] = ()) -> Any:
    """Another decision, as an option; None if there is none."""
    return _field(Param(Kind.KEY, label, key=DecisionKey, also=also), None)


def source(*, default: None) -> Any:
    """The message that it is made of, as text (`sources.Source`); None if it is of none."""
    param = Param(Kind.SOURCE, t("Message"), in_form=False, is_listed=False, max_length=2000)
    return _field(param, default)


def answers(*, default: tuple[()]) -> Any:
    """What a form drawn by the feature holds: pairs of a field's name and its text."""
    param = Param(Kind.ANSWERS, t("Answers"), in_form=False, is_listed=False, max_length=20_000)
    return _field(param, default)


def _field(param: Param, default: Any) -> Any:
    return field(default=default, metadata={"param": param})


C = TypeVar("C", bound=Command)


@dataclass_transform(
    frozen_default=True,
    kw_only_default=True,
    field_specifiers=(
        text,
        long,
        rest,
        person,
        people,
        when,
        choice,
        number,
        flag,
        room_key,
        item_key,
        decision_key,
        source,
        answers,
        field,
    ),
)
def command(path: str, summary: Msg, **more: Any) -> Callable[[type[C]], type[C]]:
    """Define a command that people can ask for by `path`. `more` is as in `Spec`."""
    return _definer(Spec(path, summary, **more))


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def step(path: str) -> Callable[[type[C]], type[C]]:
    """Define a step of Muster's own."""
    return _definer(Spec(path, t("A step of Muster's own"), public=False))


#: Every command that was defined, by its path.
_defined: dict[str, Spec] = {}


def spec_of(path: str) -> Spec | None:
    """The definition of the command of that path; None if this version has no such command."""
    return _defined.get(path)


def _definer(spec: Spec) -> Callable[[type[C]], type[C]]:
    def define(cls: type[C]) -> type[C]:
        made = dataclass(frozen=True, slots=True, kw_only=True)(cls)
        made.spec = _defined[spec.path] = replace(spec, params=_params(made))
        return made

    return define


#: The version of stored commands; a change of meaning of any parameter raises it.
PAYLOAD_VERSION = 1


_adapters: dict[type[Command], TypeAdapter[Command]] = {}


def _adapter(cls: type[Command]) -> TypeAdapter[Command]:
    """Made once a class: making one takes a millisecond."""
    made = _adapters.get(cls)
    if made is None:
        made = _adapters[cls] = TypeAdapter(cls)
    return made


def dump(command: Command) -> dict[str, Any]:
    """`command` as JSON values: {"do": path, "v": version, "with": parameters that matter}."""
    cls = type(command)
    values = _adapter(cls).dump_python(command, mode="json", exclude_defaults=True)
    return {"do": cls.spec.path, "v": PAYLOAD_VERSION, "with": values}


class UnknownCommand(ValueError):  # noqa: N818  as the errors of the core
    """A stored command that this version of Muster does not know; another one may."""


def load(payload: object, known: Mapping[str, type[Command]]) -> Command:
    """The command that `dump` made a payload of; UnknownCommand if it is none of the `known`."""
    match payload:
        case {"do": str(path), "v": int(version), "with": dict(values)} if path in known:
            if version > PAYLOAD_VERSION:
                message = f"a payload of version {version}"
                raise UnknownCommand(message)
            return _adapter(known[path]).validate_python(values)
        case _:
            message = "a payload that names no command"
            raise UnknownCommand(message)


def _load_in_context(payload: object, info: ValidationInfo) -> Command:
    if isinstance(payload, Command):
        return payload
    return load(payload, (info.context or {}).get("commands", {}))


#: A command inside a stored value (a button, what follows an effect). Decoding needs the known
#: commands as pydantic context: {"commands": {path: class}}.
AnyCommand = Annotated[Command, PlainValidator(_load_in_context), PlainSerializer(dump)]
