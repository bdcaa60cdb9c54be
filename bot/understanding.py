"""From a delivery to the command that it asks for, or the form that has to ask for more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, replace
from datetime import datetime
from typing import Any

from bot import refusals
from bot.core import commands, forms
from bot.core.chat import Form
from bot.core.commands import Command, Kind, Needs, Param, Spec, Step
from bot.core.effects import Quoted
from bot.core.errors import Refused
from bot.core.events import DrawForm, FormIntro, Unaddressed
from bot.core.keys import LARGEST
from bot.core.lexicon import Lexicon, Request
from bot.core.parse import Incomplete, complete, parse
from bot.core.platform import Picked, Pressed, Submitted, Typed, Unacquainted
from bot.core.quoting import values_from
from bot.core.sources import Source
from bot.core.text import t
from bot.core.usage import usage
from bot.core.values import MOST_PEOPLE, is_number, with_names
from bot.core.when import YEARS
from bot.core.words import clean, without_slash
from bot.people import Circle
from storage.tx import Tx

#: The longest text of any command, all its parameters together, fits in with room to spare.
LONGEST_TEXT = 200_000


class Understanding:
    """Knows the commands that there are, and what asks for them."""

    def __init__(self, known: Mapping[str, type[Command]], lexicon: Lexicon) -> None:
        self._known = known
        self._lexicon = lexicon

    def of(
        self, what: Typed | Pressed | Submitted | Picked, tx: Tx, now: datetime
    ) -> Command | Form | None:
        """What is asked for; None if it was not said to Muster. Refused if that cannot be told."""
        match what:
            case Typed(text, is_overheard=True):
                return _meant(text, tx, is_overheard=True)
            case Typed():
                return self._typed(what, Circle(tx, now, what.names))
            case Pressed(payload):
                return self._pressed(payload, Circle(tx, now))
            case Submitted(path, values, kept, names):
                cls = self._asked(path)
                check_needs(cls, tx)
                return forms.read_form(cls, values, kept, Circle(tx, now, names))
            case Picked(path, quoted):
                return self._picked(self._asked(path), quoted, Circle(tx, now, quoted.names))

    def made_of(self, path: str, quoted: Quoted, tx: Tx, now: datetime) -> Command:
        """A command made of a message, without asking for more. Refused if that cannot be."""
        cls = self._asked(path)
        check_needs(cls, tx)
        return _made(cls, quoted, Circle(tx, now, quoted.names))

    def again(self, refused: Refused, what: object, tx: Tx) -> Form | None:
        """A form that was refused, with what was filled in and an error beside each field.

        None if it was no form, or not for what is in it.
        """
        if not isinstance(what, Submitted) or not isinstance(refused, forms.Invalid):
            return None
        cls = self._known[what.command]
        if cls.spec.draws:
            try:
                drawn = _there(_drawn(cls, what.kept, tx))
            except Refused:
                return None  # there is no form any more: what was written is handed back
            return forms.refilled(drawn, what.values, refused.errors)
        return forms.form_again(cls, what.values, what.kept, refused.errors)

    def _asked(self, path: str) -> type[Command]:
        cls = self._known.get(path)
        if cls is None or issubclass(cls, Step):
            raise refusals.outdated_form()
        return cls

    def _typed(self, what: Typed, circle: Circle) -> Command | Form:
        if len(what.text) > LONGEST_TEXT:
            raise refusals.too_long(LONGEST_TEXT)
        text = clean(what.text)
        if (meant := self._unaddressed(text, circle.tx)) is not None:
            return meant
        request = self._lexicon.find(text) or self._lexicon.find_loosely(text)
        if request is None:
            written = with_names(clean(what.written), circle)
            raise refusals.unknown(written, self._lexicon.offers(text))
        check_needs(request.cls, circle.tx)
        spec = request.cls.spec
        if (spec.asks or spec.draws) and not request.rest:
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
                    usage=usage(spec),
                )
            ) from incomplete

    def _unaddressed(self, text: str, tx: Tx) -> Command | None:
        """What words without a slash mean to a feature, which may be waiting for some."""
        if without_slash(text) != text.strip():
            return None
        request = self._lexicon.find(text)
        is_command = request is not None and not request.rest
        return None if is_command else _meant(text, tx)

    def _picked(self, cls: type[Command], quoted: Quoted, circle: Circle) -> Command | Form:
        if cls.spec.on_message is None:
            raise refusals.outdated_button()
        check_needs(cls, circle.tx)
        if cls.spec.at_once:
            return _made(cls, quoted, circle)
        return _form_of(cls, values_from(cls, quoted, circle), circle)

    def _form(self, request: Request, values: Mapping[str, Any], circle: Circle) -> Form:
        return _form_of(request.cls, values, circle)

    def _pressed(self, payload: object, circle: Circle) -> Command | Form:
        match payload:
            case {"do": str(path), "fields": dict(fields), "kept": dict(kept)}:
                # The form of a card, where a card cannot hold one: it was put behind a button.
                cls = self._asked(path)
                check_needs(cls, circle.tx)
                if cls.spec.draws:
                    drawn = _drawn(cls, _kept(kept), circle.tx)
                    return forms.refilled(_there(drawn), _submission(fields), {})
                again = forms.form_again(cls, _submission(fields), _kept(kept), {})
                return _introduced(again, kept, circle.tx)
            case _:
                pass
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
            return _form_of(cls, given, circle)
        return command


def _form_of(cls: type[Command], values: Mapping[str, Any], circle: Circle) -> Form:
    if not cls.spec.draws:
        return _introduced(forms.form_of(cls, values, circle), values, circle.tx)
    kept = {name: str(value) for name, value in values.items()}
    return _there(_drawn(cls, kept, circle.tx))


def _introduced(form: Form, values: Mapping[str, Any], tx: Tx) -> Form:
    """A form with what a feature says should be known before it is filled in."""
    found = tx.ask(FormIntro(form.command, dict(values)))
    return replace(form, intro=next((each for each in found if each is not None), form.intro))


def _drawn(cls: type[Command], kept: Mapping[str, str], tx: Tx) -> Form | None:
    """The form that a feature draws for a command of its own."""
    found = tx.ask(DrawForm(cls.spec.path, dict(kept)))
    return next((form for form in found if form is not None), None)


def _there(form: Form | None) -> Form:
    if form is None:
        raise refusals.outdated_form()
    return form


def _meant(text: str, tx: Tx, *, is_overheard: bool = False) -> Command | None:
    """The command that a feature takes words for which are none; None if no feature does."""
    asked = Unaddressed(clean(text), tx.is_direct, is_overheard)
    return next((found for found in tx.ask(asked) if found is not None), None)


def _made(cls: type[Command], quoted: Quoted, circle: Circle) -> Command:
    try:
        return complete(cls, values_from(cls, quoted, circle))
    except Incomplete as incomplete:
        raise Refused(t("There is no text in that message.")) from incomplete


def _submission(fields: Mapping[Any, Any]) -> dict[str, str | tuple[str, ...]]:
    """The fields of a form as they came back in a button."""
    return {
        str(name): tuple(map(str, value)) if isinstance(value, list) else str(value)
        for name, value in fields.items()
    }


def _kept(kept: Mapping[Any, Any]) -> dict[str, str]:
    return {str(name): str(value) for name, value in kept.items()}


def check_needs(cls: type[Command], tx: Tx) -> None:
    """Refused if who asks may not ask for that at all."""
    if cls.spec.needs is Needs.ADMIN and not tx.person.is_admin:
        if not tx.is_acquainted:
            raise Unacquainted
        raise refusals.not_an_administrator()
    if cls.spec.needs is Needs.INSIDER and tx.is_outsider:
        raise refusals.not_an_insider()


def _is_source(text: str) -> bool:
    try:
        Source.parse(text)
    except ValueError:
        return False
    return True


def _could_be_said(spec: Spec, values: Mapping[str, Any], circle: Circle) -> bool:
    """Whether the values of a button are such as can be typed: Muster makes no others."""
    given = [(param, values[param.name]) for param in spec.params]
    return all(value is None or _is_sound(param, value, circle) for param, value in given)


def _is_sound(  # noqa: C901, PLR0911  one a kind
    param: Param, value: Any, circle: Circle
) -> bool:
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
        case Kind.SOURCE:
            return _is_source(value)
        case Kind.ANSWERS:
            return bool(value == ())
