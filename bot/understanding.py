"""From a delivery to the command that it asks for, or the form that has to ask for more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple
from datetime import datetime
from typing import Any

from bot import refusals
from bot.core import commands, forms
from bot.core.chat import Form
from bot.core.commands import Command, Kind, Needs, Param, Spec, Step
from bot.core.errors import Refused
from bot.core.keys import LARGEST
from bot.core.lexicon import Lexicon, Request
from bot.core.parse import Incomplete, parse
from bot.core.platform import Pressed, Submitted, Typed
from bot.core.text import Code, t
from bot.core.usage import usage
from bot.core.values import MOST_PEOPLE, is_number
from bot.core.when import YEARS
from bot.core.words import clean
from bot.people import Circle
from storage.tx import Tx

#: The longest text of any command, all its parameters together, fits in with room to spare.
LONGEST_TEXT = 200_000


class Understanding:
    """Knows the commands that there are, and what asks for them."""

    def __init__(self, known: Mapping[str, type[Command]], lexicon: Lexicon) -> None:
        self._known = known
        self._lexicon = lexicon

    def of(self, what: Typed | Pressed | Submitted, tx: Tx, now: datetime) -> Command | Form:
        """What is asked for. Refused if that cannot be told, or may not be asked."""
        match what:
            case Typed(text, names):
                return self._typed(text, Circle(tx, now, names))
            case Pressed(payload):
                return self._pressed(payload, Circle(tx, now))
            case Submitted(path, values, kept, names):
                cls = self._asked(path)
                check_needs(cls, tx)
                return forms.read_form(cls, values, kept, Circle(tx, now, names))

    def again(self, refused: Refused, what: object) -> Form | None:
        """A form that was refused, with what was filled in and an error beside each field.

        None if it was no form, or not for what is in it.
        """
        if not isinstance(what, Submitted) or not isinstance(refused, forms.Invalid):
            return None
        return forms.form_again(self._known[what.command], what.values, what.kept, refused.errors)

    def _asked(self, path: str) -> type[Command]:
        cls = self._known.get(path)
        if cls is None or issubclass(cls, Step):
            raise refusals.outdated_form()
        return cls

    def _typed(self, text: str, circle: Circle) -> Command | Form:
        if len(text) > LONGEST_TEXT:
            raise refusals.too_long(LONGEST_TEXT)
        text = clean(text)
        request = self._lexicon.find(text) or self._lexicon.find_loosely(text)
        if request is None:
            raise refusals.unknown(text, self._lexicon.offers(text))
        check_needs(request.cls, circle.tx)
        spec = request.cls.spec
        if spec.asks and not request.rest:
            return self._form(request, {}, circle)
        try:
            return parse(request, circle)
        except Incomplete as incomplete:
            if spec.form:
                return self._form(request, incomplete.values, circle)
            raise Refused(
                t(
                    "{what}. It goes like this: {usage}",
                    what=incomplete.message,
                    usage=Code(usage(spec)),
                )
            ) from incomplete

    def _form(self, request: Request, values: Mapping[str, Any], circle: Circle) -> Form:
        return forms.form_of(request.cls, values, circle, circle.zone)

    def _pressed(self, payload: object, circle: Circle) -> Command | Form:
        try:
            command = commands.load(payload, self._known)
        except ValueError as error:
            raise refusals.outdated_button() from error
        cls = type(command)
        values = {param.name: getattr(command, param.name) for param in cls.spec.params}
        if isinstance(command, Step) or not _could_be_said(cls.spec, values, circle):
            raise refusals.outdated_button()
        check_needs(cls, circle.tx)
        given = {name: value for name, value in values.items() if value not in {"", None, ()}}
        asks = isinstance(payload, dict) and payload.get("form")
        if asks or any(param.required and param.name not in given for param in cls.spec.params):
            return forms.form_of(cls, given, circle, circle.zone)
        return command


def check_needs(cls: type[Command], tx: Tx) -> None:
    """Refused if who asks may not ask for that at all."""
    if cls.spec.needs is Needs.ADMIN and not tx.person.is_admin:
        raise refusals.not_an_administrator()


def _could_be_said(spec: Spec, values: Mapping[str, Any], circle: Circle) -> bool:
    """Whether the values of a button are such as can be typed: Muster makes no others."""
    given = [(param, values[param.name]) for param in spec.params]
    return all(value is None or _is_sound(param, value, circle) for param, value in given)


def _is_sound(param: Param, value: Any, circle: Circle) -> bool:  # noqa: PLR0911  one a kind
    match param.kind:
        case Kind.REST | Kind.LINE | Kind.LONG:
            return len(value) <= param.max_length and clean(value) == value
        case Kind.PERSON:
            return circle.knows(value)
        case Kind.PEOPLE:
            return len(value) <= MOST_PEOPLE and all(map(circle.knows, value))
        case Kind.CHOICE:
            return any(option.value == value for option in param.options)
        case Kind.NUMBER:
            return is_number(value)
        case Kind.KEY:
            return all(number is None or 0 <= number <= LARGEST for number in astuple(value))
        case Kind.WHEN:
            return value.tzinfo is not None and value.year in YEARS
        case Kind.FLAG:
            return True
